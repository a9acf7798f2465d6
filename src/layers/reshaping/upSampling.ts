// Larger sequences, images and volumes by repeating or interpolating.

import type { Tensor } from '../../graph/tensor.js';
import { repeat } from '../../ops/movement.js';
import { resize } from '../../ops/resize.js';
import { layer, layerWith } from '../define.js';
import { dataFormat, sizeOr, sizesOr, word } from '../fields.js';
import type { SymbolicShape } from '../kerasTensor.js';
import { firstSpatial } from './border.js';

function grown(shape: SymbolicShape, factors: readonly number[], first: number): SymbolicShape {
  return shape.map((dim, axis) => (dim === null ? null : dim * (factors[axis - first] ?? 1)));
}

function repeatAxes(x: Tensor, factors: readonly number[], first: number): Tensor {
  return factors.reduce<Tensor>((y, factor, i) => (factor === 1 ? y : repeat(y, factor, first + i)), x);
}

class UpSampling1DLayer extends layerWith('UpSampling1D', { size: sizeOr(2) }, ['size']) {
  override inputSpec = { ndim: 3 };

  override build(_inputShape: SymbolicShape): void {}

  override call(x: Tensor): Tensor {
    return repeatAxes(x, [this.size], 1);
  }

  override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
    return grown(inputShape, [this.size], 1);
  }
}

/** Repeats each step `size` times.  (batch, steps, features) → (batch, steps · size, features). */
export const UpSampling1D = layer(UpSampling1DLayer);
export type UpSampling1D = UpSampling1DLayer;

const schema2d = {
  /** Factors for rows and columns. Default 2. */
  size: sizesOr(2, 2),
  dataFormat,
  /** Default 'nearest'. */
  interpolation: word('nearest', 'bilinear', 'bicubic', 'lanczos3', 'lanczos5'),
};

class UpSampling2DLayer extends layerWith('UpSampling2D', schema2d, ['size', 'dataFormat', 'interpolation']) {
  override inputSpec = { ndim: 4 };

  override build(_inputShape: SymbolicShape): void {}

  override call(x: Tensor): Tensor {
    const first = firstSpatial(this.dataFormat);
    if (this.interpolation === 'nearest') return repeatAxes(x, this.size, first);
    const size = [x.shape[first]! * this.size[0]!, x.shape[first + 1]! * this.size[1]!] as const;
    return resize(x, size, { interpolation: this.interpolation, dataFormat: this.dataFormat });
  }

  override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
    return grown(inputShape, this.size, firstSpatial(this.dataFormat));
  }
}

/** Enlarges images by whole factors. */
export const UpSampling2D = layer(UpSampling2DLayer);
export type UpSampling2D = UpSampling2DLayer;

class UpSampling3DLayer extends layerWith('UpSampling3D', { size: sizesOr(3, 2), dataFormat }, ['size', 'dataFormat']) {
  override inputSpec = { ndim: 5 };

  override build(_inputShape: SymbolicShape): void {}

  override call(x: Tensor): Tensor {
    return repeatAxes(x, this.size, firstSpatial(this.dataFormat));
  }

  override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
    return grown(inputShape, this.size, firstSpatial(this.dataFormat));
  }
}

/** Enlarges volumes by whole factors. */
export const UpSampling3D = layer(UpSampling3DLayer);
export type UpSampling3D = UpSampling3DLayer;
