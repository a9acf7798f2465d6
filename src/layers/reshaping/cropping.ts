// The middle of sequences, images and volumes.

import { ShapeError } from '../../errors.js';
import type { Tensor } from '../../graph/tensor.js';
import { slice } from '../../ops/movement.js';
import { formatShape } from '../../shape.js';
import { layer, layerWith, type MadeLayer } from '../define.js';
import { dataFormat } from '../fields.js';
import type { SymbolicShape } from '../kerasTensor.js';
import { border, border1d, firstSpatial } from './border.js';

type Pairs = readonly (readonly [number, number])[];

function cropped(shape: SymbolicShape, pairs: Pairs, first: number, name: string): SymbolicShape {
  return shape.map((dim, axis) => {
    const [before, after] = pairs[axis - first] ?? [0, 0];
    if (dim === null) return null;
    if (dim - before - after <= 0) {
      throw new ShapeError(
        `Values in \`cropping\` argument of layer "${name}" should be smaller than the input's size. ` +
          `Received: inputShape=${formatShape(shape)}, cropping=${JSON.stringify(pairs)}`,
      );
    }
    return dim - before - after;
  });
}

function cropAxes(x: Tensor, pairs: Pairs, first: number, name: string): Tensor {
  const starts = x.shape.map((_, axis) => pairs[axis - first]?.[0] ?? 0);
  return slice(x, starts, cropped(x.shape, pairs, first, name) as number[]);
}

class Cropping1DLayer extends layerWith('Cropping1D', { cropping: border1d(1) }, ['cropping']) {
  override inputSpec = { ndim: 3 };

  override build(_inputShape: SymbolicShape): void {}

  override call(x: Tensor): Tensor {
    return cropAxes(x, [this.cropping], 1, this.name);
  }

  override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
    return cropped(inputShape, [this.cropping], 1, this.name);
  }
}

/** Drops steps at both ends of each sequence. */
export const Cropping1D = layer(Cropping1DLayer);
export type Cropping1D = Cropping1DLayer;

function cropping(className: string, dims: number) {
  const schema = {
    /** Cells to drop on each side: one number, one per axis, or a pair per axis. Default 0 for images, 1 for volumes. */
    cropping: border(dims, dims === 2 ? 0 : 1),
    dataFormat,
  };
  const Options = layerWith(className, schema, ['cropping', 'dataFormat']);
  class CroppingLayer extends Options {
    override inputSpec = { ndim: dims + 2 };

    override build(_inputShape: SymbolicShape): void {}

    override call(x: Tensor): Tensor {
      return cropAxes(x, this.cropping, firstSpatial(this.dataFormat), this.name);
    }

    override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
      return cropped(inputShape, this.cropping, firstSpatial(this.dataFormat), this.name);
    }
  }
  return layer(CroppingLayer) as MadeLayer<typeof Options>;
}

/** Drops the border of each image. */
export const Cropping2D = cropping('Cropping2D', 2);
export type Cropping2D = InstanceType<typeof Cropping2D>;

/** Drops the border of each volume. */
export const Cropping3D = cropping('Cropping3D', 3);
export type Cropping3D = InstanceType<typeof Cropping3D>;
