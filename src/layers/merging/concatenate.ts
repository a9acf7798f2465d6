// Inputs side by side along one axis.

import { ShapeError } from '../../errors.js';
import type { Tensor } from '../../graph/tensor.js';
import { ones } from '../../ops/creation.js';
import { broadcastTo, concatenate, expandDims } from '../../ops/movement.js';
import { any } from '../../ops/reduce.js';
import { formatShape, normalizeAxis } from '../../shape.js';
import { layer, layerWith } from '../define.js';
import { value } from '../fields.js';
import type { SymbolicShape } from '../kerasTensor.js';
import type { ShapeStructure } from '../layer.js';
import { MergeLayer } from './merging.js';

const schema = {
  /** Axis to join, counted with the batch as 0. Default the last. */
  axis: value<number>(-1),
};

class ConcatenateLayer extends layerWith('Concatenate', schema, ['axis'], MergeLayer) {
  override build(inputShape: ShapeStructure): void {
    if (!Array.isArray(inputShape) || !Array.isArray(inputShape[0])) {
      throw new ShapeError(
        `A \`Concatenate\` layer should be called on a list of at least 1 input. "${this.name}" received a single one.`,
      );
    }
    const shapes = inputShape as readonly SymbolicShape[];
    const first = shapes[0]!;
    const joined = normalizeAxis(this.axis, first.length);
    const fits = shapes.every(
      shape =>
        shape.length === first.length &&
        shape.every(
          (dim, axis) =>
            axis === joined ||
            shapes.every(
              other => dim === null || other[axis] === null || other[axis] === undefined || other[axis] === dim,
            ),
        ),
    );
    if (!fits) {
      throw new ShapeError(
        'A `Concatenate` layer requires inputs with matching shapes except for the concatenation axis. ' +
          `Received: input_shape=[${shapes.map(formatShape).join(', ')}]`,
      );
    }
  }

  override call(inputs: readonly Tensor[]): Tensor {
    return concatenate(inputs, this.axis);
  }

  override computeOutputShape(inputShape: ShapeStructure): ShapeStructure {
    const shapes = inputShape as readonly SymbolicShape[];
    const joined = normalizeAxis(this.axis, shapes[0]!.length);
    return shapes[0]!.map((dim, axis) => {
      if (axis !== joined) return dim ?? shapes.map(shape => shape[axis]!).find(other => other !== null) ?? null;
      return shapes.reduce<number | null>(
        (sum, shape) => (sum === null || shape[axis] === null ? null : sum + shape[axis]!),
        0,
      );
    });
  }

  /** A step counts if any of its joined features does; inputs without a mask count everywhere. */
  override computeMask(inputs: readonly Tensor[], mask: readonly (Tensor | null)[]): Tensor | null {
    if (!Array.isArray(mask) || mask.every(each => each === null)) return null;
    const full = inputs.map((x, i) => {
      const own = mask[i] as Tensor | null;
      if (!own) return ones(x.shape, 'bool');
      return own.rank < x.rank ? broadcastTo(expandDims(own, -1), x.shape) : own;
    });
    return any(concatenate(full, this.axis), -1);
  }
}

/** Joins inputs along an axis. @throws ShapeError if they differ elsewhere. */
export const Concatenate = layer(ConcatenateLayer);
export type Concatenate = ConcatenateLayer;
