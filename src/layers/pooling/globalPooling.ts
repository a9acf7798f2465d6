// One value per channel for a whole sequence, image or volume.

import type { Tensor } from '../../graph/tensor.js';
import { cast, divide, multiply } from '../../ops/elementwise.js';
import { expandDims } from '../../ops/movement.js';
import { max, mean, sum } from '../../ops/reduce.js';
import { layer, layerWith, type MadeLayer } from '../define.js';
import { dataFormat, value } from '../fields.js';
import type { SymbolicShape } from '../kerasTensor.js';
import type { CallOptions } from '../layer.js';

const schema = {
  dataFormat,
  /** Whether the pooled axes stay, with size 1. Default false. */
  keepdims: value<boolean>(false),
};

type Reduce = (x: Tensor, axes: readonly number[], keepdims: boolean, mask: Tensor | null) => Tensor;

function globalPooling(className: string, dims: number, masks: boolean, reduce: Reduce, ...aliases: string[]) {
  const Options = layerWith(className, schema, ['dataFormat', 'keepdims']);
  class GlobalPoolingLayer extends Options {
    static override readonly builtAtInit = true;
    override built = true;
    override supportsMasking = masks;
    override inputSpec = { ndim: dims + 2 };

    get axes(): readonly number[] {
      const first = this.dataFormat === 'channels_last' ? 1 : 2;
      return Array.from({ length: dims }, (_, i) => first + i);
    }

    override call(x: Tensor, { mask }: CallOptions): Tensor {
      return reduce(x, this.axes, this.keepdims, mask as Tensor | null);
    }

    override computeMask(): null {
      return null;
    }

    override get makesMasks(): boolean {
      return false;
    }

    override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
      const { axes } = this;
      if (this.keepdims) return inputShape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
      return inputShape.filter((_, axis) => !axes.includes(axis));
    }
  }
  return layer(GlobalPoolingLayer, ...aliases) as MadeLayer<typeof Options>;
}

const maximum: Reduce = (x, axes, keepdims) => max(x, axes, keepdims);
const average: Reduce = (x, axes, keepdims) => mean(x, axes, keepdims);

/** Mean over the steps that count. */
const maskedAverage: Reduce = (x, axes, keepdims, mask) => {
  if (!mask) return mean(x, axes, keepdims);
  const weights = expandDims(cast(mask, 'float32'), axes[0] === 1 ? 2 : 1);
  return divide(sum(multiply(x, weights), axes, keepdims), sum(weights, axes, keepdims));
};

/** Maximum over all steps.  (batch, steps, channels) → (batch, channels). */
export const GlobalMaxPooling1D = globalPooling('GlobalMaxPooling1D', 1, false, maximum, 'GlobalMaxPool1D');
export type GlobalMaxPooling1D = InstanceType<typeof GlobalMaxPooling1D>;

/** Maximum over all pixels. */
export const GlobalMaxPooling2D = globalPooling('GlobalMaxPooling2D', 2, false, maximum, 'GlobalMaxPool2D');
export type GlobalMaxPooling2D = InstanceType<typeof GlobalMaxPooling2D>;

/** Maximum over all voxels. */
export const GlobalMaxPooling3D = globalPooling('GlobalMaxPooling3D', 3, false, maximum, 'GlobalMaxPool3D');
export type GlobalMaxPooling3D = InstanceType<typeof GlobalMaxPooling3D>;

/** Mean over all steps; masked ones do not count. */
export const GlobalAveragePooling1D = globalPooling(
  'GlobalAveragePooling1D',
  1,
  true,
  maskedAverage,
  'GlobalAvgPool1D',
);
export type GlobalAveragePooling1D = InstanceType<typeof GlobalAveragePooling1D>;

/** Mean over all pixels. */
export const GlobalAveragePooling2D = globalPooling('GlobalAveragePooling2D', 2, false, average, 'GlobalAvgPool2D');
export type GlobalAveragePooling2D = InstanceType<typeof GlobalAveragePooling2D>;

/** Mean over all voxels. */
export const GlobalAveragePooling3D = globalPooling('GlobalAveragePooling3D', 3, false, average, 'GlobalAvgPool3D');
export type GlobalAveragePooling3D = InstanceType<typeof GlobalAveragePooling3D>;
