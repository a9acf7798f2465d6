// Zeros around sequences, images and volumes.

import type { Tensor } from '../../graph/tensor.js';
import { pad } from '../../ops/movement.js';
import { layer, layerWith, type MadeLayer } from '../define.js';
import { dataFormat } from '../fields.js';
import type { SymbolicShape } from '../kerasTensor.js';
import { border, border1d, firstSpatial } from './border.js';

type Pairs = readonly (readonly [number, number])[];

function padded(shape: SymbolicShape, pairs: Pairs, first: number): SymbolicShape {
  return shape.map((dim, axis) => {
    const [before, after] = pairs[axis - first] ?? [0, 0];
    return dim === null ? null : dim + before + after;
  });
}

function padAxes(x: Tensor, pairs: Pairs, first: number): Tensor {
  return pad(
    x,
    x.shape.map((_, axis) => pairs[axis - first] ?? ([0, 0] as const)),
  );
}

const schema1d = {
  /** Steps before and after. Default 1. */
  padding: border1d(1),
  dataFormat,
};

class ZeroPadding1DLayer extends layerWith('ZeroPadding1D', schema1d, ['padding', 'dataFormat']) {
  override inputSpec = { ndim: 3 };

  override build(_inputShape: SymbolicShape): void {}

  override call(x: Tensor): Tensor {
    return padAxes(x, [this.padding], firstSpatial(this.dataFormat));
  }

  override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
    return padded(inputShape, [this.padding], firstSpatial(this.dataFormat));
  }
}

/** Zeros before and after each sequence. */
export const ZeroPadding1D = layer(ZeroPadding1DLayer);
export type ZeroPadding1D = ZeroPadding1DLayer;

function zeroPadding(className: string, dims: number) {
  const schema = {
    /** Cells on each side: one number, one per axis, or a pair per axis. Default 1. */
    padding: border(dims, 1),
    dataFormat,
  };
  const Options = layerWith(className, schema, ['padding', 'dataFormat']);
  class ZeroPaddingLayer extends Options {
    override inputSpec = { ndim: dims + 2 };

    override build(_inputShape: SymbolicShape): void {}

    override call(x: Tensor): Tensor {
      return padAxes(x, this.padding, firstSpatial(this.dataFormat));
    }

    override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
      return padded(inputShape, this.padding, firstSpatial(this.dataFormat));
    }
  }
  return layer(ZeroPaddingLayer) as MadeLayer<typeof Options>;
}

/** Zeros around each image. */
export const ZeroPadding2D = zeroPadding('ZeroPadding2D', 2);
export type ZeroPadding2D = InstanceType<typeof ZeroPadding2D>;

/** Zeros around each volume. */
export const ZeroPadding3D = zeroPadding('ZeroPadding3D', 3);
export type ZeroPadding3D = InstanceType<typeof ZeroPadding3D>;
