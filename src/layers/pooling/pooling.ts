// Maximum and mean over windows of sequences, images and volumes.

import { ShapeError } from '../../errors.js';
import type { Tensor } from '../../graph/tensor.js';
import { averagePool, maxPool } from '../../ops/pool.js';
import type { DataFormat } from '../../ops/window.js';
import type { Field } from '../../options.js';
import { formatShape } from '../../shape.js';
import { layer, layerWith, type MadeLayer } from '../define.js';
import { dataFormat, padding, sizesOr } from '../fields.js';
import type { SymbolicShape } from '../kerasTensor.js';

type Sizes = readonly number[];

/** The size of an axis after windows have moved over it; null if it is not known. */
export function pooledSize(size: number | null, window: number, stride: number, pad: string): number | null {
  if (size === null) return null;
  return pad === 'same' ? Math.ceil(size / stride) : Math.floor((size - window) / stride) + 1;
}

/** The output shape of pooling. @throws ShapeError if no window fits. */
function pooledShape(
  shape: SymbolicShape,
  pool: Sizes,
  strides: Sizes,
  pad: string,
  format: DataFormat,
): SymbolicShape {
  const first = format === 'channels_last' ? 1 : 2;
  return shape.map((dim, axis) => {
    const i = axis - first;
    if (i < 0 || i >= pool.length) return dim;
    const size = pooledSize(dim, pool[i]!, strides[i]!, pad);
    if (size !== null && size <= 0) {
      throw new ShapeError(
        `Pooling: no window of size ${formatShape(pool)} fits into an input of shape ${formatShape(shape)}. ` +
          "Use a smaller poolSize, or padding 'same'.",
      );
    }
    return size;
  });
}

function pooling(className: string, dims: number, op: typeof maxPool, ...aliases: string[]) {
  const sizes = sizesOr(dims, 2);
  // null stands for the pool size, which is known only once all options are.
  const strides: Field<number | Sizes | null, Sizes | null, false> = {
    required: false,
    parse: (given, where) => (given === undefined || given === null ? null : sizes.parse(given, where)),
    toConfig: kept => kept,
  };
  const schema = {
    /** Size of the windows. Default 2. */
    poolSize: sizes,
    /** Steps between windows. Default: the pool size. */
    strides,
    padding: padding(),
    dataFormat,
  };
  const Options = layerWith(className, schema, ['poolSize', 'strides', 'padding', 'dataFormat']);
  class PoolingLayer extends Options {
    static override readonly builtAtInit = true;
    override built = true;
    override inputSpec = { ndim: dims + 2 };

    constructor(...args: ConstructorParameters<typeof Options>) {
      super(...args);
      this.strides ??= this.poolSize;
    }

    override call(x: Tensor): Tensor {
      return op(x, this.poolSize, this.strides, this.padding, this.dataFormat);
    }

    override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
      return pooledShape(inputShape, this.poolSize, this.strides!, this.padding, this.dataFormat);
    }
  }
  return layer(PoolingLayer, ...aliases) as MadeLayer<typeof Options>;
}

/** Maximum over windows of sequences.  (batch, steps, channels) → (batch, fewer steps, channels). */
export const MaxPooling1D = pooling('MaxPooling1D', 1, maxPool, 'MaxPool1D');
export type MaxPooling1D = InstanceType<typeof MaxPooling1D>;

/** Maximum over windows of images.  (batch, height, width, channels), or channels first. */
export const MaxPooling2D = pooling('MaxPooling2D', 2, maxPool, 'MaxPool2D');
export type MaxPooling2D = InstanceType<typeof MaxPooling2D>;

/** Maximum over windows of volumes. */
export const MaxPooling3D = pooling('MaxPooling3D', 3, maxPool, 'MaxPool3D');
export type MaxPooling3D = InstanceType<typeof MaxPooling3D>;

/** Mean over windows of sequences; with 'same' padding, over the cells that exist. */
export const AveragePooling1D = pooling('AveragePooling1D', 1, averagePool, 'AvgPool1D');
export type AveragePooling1D = InstanceType<typeof AveragePooling1D>;

/** Mean over windows of images. */
export const AveragePooling2D = pooling('AveragePooling2D', 2, averagePool, 'AvgPool2D');
export type AveragePooling2D = InstanceType<typeof AveragePooling2D>;

/** Mean over windows of volumes. */
export const AveragePooling3D = pooling('AveragePooling3D', 3, averagePool, 'AvgPool3D');
export type AveragePooling3D = InstanceType<typeof AveragePooling3D>;
