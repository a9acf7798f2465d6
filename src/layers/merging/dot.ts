// Dot products between the samples of two inputs.

import { ShapeError, ValueError } from '../../errors.js';
import type { Tensor } from '../../graph/tensor.js';
import { maximum, multiply, rsqrt, square } from '../../ops/elementwise.js';
import { matmul } from '../../ops/matmul.js';
import { expandDims, moveaxis, reshape, squeeze } from '../../ops/movement.js';
import { sum } from '../../ops/reduce.js';
import type { Field } from '../../options.js';
import { formatShape, normalizeAxis } from '../../shape.js';
import { layer, layerWith } from '../define.js';
import { value } from '../fields.js';
import type { SymbolicShape } from '../kerasTensor.js';
import type { ShapeStructure } from '../layer.js';
import { checkBatches, MergeLayer } from './merging.js';

const axes: Field<number | readonly [number, number], number | readonly [number, number], true> = {
  required: true,
  parse(given, where) {
    const list: readonly number[] = [given ?? []].flat();
    if (list.some(axis => !Number.isInteger(axis)) || list.length !== (Array.isArray(given) ? 2 : 1)) {
      throw new ValueError(`${where} must be an integer or a list of two. Received: ${JSON.stringify(given)}`);
    }
    return given!;
  },
  toConfig: kept => kept,
};

const schema = {
  /** The axis of each input to sum over, one number for both or two; not the batch. */
  axes,
  /** Whether to scale each sample to length 1 first: then the result is the cosine. Default false. */
  normalize: value<boolean>(false),
};

class DotLayer extends layerWith('Dot', schema, ['axes', 'normalize'], MergeLayer) {
  override build(inputShape: ShapeStructure): void {
    const [a, b] = this.#two(inputShape);
    const [i, j] = this.#axesFor(a.length, b.length);
    if (a[i] !== null && b[j] !== null && a[i] !== b[j]) {
      throw new ShapeError(
        `Incompatible input shapes: axis values ${a[i]} (at axis ${i}) != ${b[j]} (at axis ${j}). ` +
          `Full input shapes: ${formatShape(a)}, ${formatShape(b)}`,
      );
    }
    checkBatches([a, b]);
  }

  #two(inputs: ShapeStructure): readonly [SymbolicShape, SymbolicShape] {
    if (!Array.isArray(inputs) || inputs.length !== 2 || !Array.isArray(inputs[0])) {
      throw new ValueError(
        `A \`Dot\` layer should be called on a list of 2 inputs. "${this.name}" received something else.`,
      );
    }
    return inputs as unknown as readonly [SymbolicShape, SymbolicShape];
  }

  #axesFor(rankA: number, rankB: number): [number, number] {
    const [a, b] = typeof this.axes === 'number' ? [this.axes, this.axes] : this.axes;
    const axes: [number, number] = [normalizeAxis(a, rankA), normalizeAxis(b, rankB)];
    if (axes.includes(0))
      throw new ValueError(`Layer "${this.name}" cannot take the dot product over axis 0, the batch.`);
    return axes;
  }

  override call([x, y]: readonly [Tensor, Tensor]): Tensor {
    const [i, j] = this.#axesFor(x.rank, y.rank);
    const scale = (t: Tensor, axis: number) =>
      this.normalize ? multiply(t, rsqrt(maximum(sum(square(t), axis, true), 1e-14))) : t;
    return batchDot(scale(x, i), scale(y, j), i, j);
  }

  override computeOutputShape(inputShape: ShapeStructure): ShapeStructure {
    const [a, b] = this.#two(inputShape);
    const [i, j] = this.#axesFor(a.length, b.length);
    const shape = [...a.filter((_, axis) => axis !== i), ...b.filter((_, axis) => axis !== j && axis !== 0)];
    return shape.length === 1 ? [...shape, 1] : shape;
  }

  override computeMask(): null {
    return null;
  }
}

/** Sums x · y over axis i of x and axis j of y for each sample: x's other axes, then y's. */
export function batchDot(x: Tensor, y: Tensor, i: number, j: number): Tensor {
  const batch = x.shape[0]!;
  const left = moveaxis(x.rank === 2 ? expandDims(x, 1) : x, x.rank === 2 ? i + 1 : i, -1);
  const right = moveaxis(y.rank === 2 ? expandDims(y, 2) : y, j, 1);
  const inner = left.shape.at(-1)!;
  const product = matmul(
    reshape(left, [batch, left.size / (batch * inner), inner]),
    reshape(right, [batch, inner, right.size / (batch * inner)]),
  );
  const full = reshape(product, [batch, ...left.shape.slice(1, -1), ...right.shape.slice(2)]);
  if (x.rank === 2) return squeeze(full, 1);
  return y.rank === 2 ? squeeze(full, -1) : full;
}

/** Dot product of two inputs along the given axes, sample by sample. */
export const Dot = layer(DotLayer);
export type Dot = DotLayer;
