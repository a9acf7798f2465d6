// Pooling to a wished size: the windows follow from it.

import type { Tensor } from '../../graph/tensor.js';
import { adaptiveAveragePool, adaptiveMaxPool } from '../../ops/adaptive.js';
import { layer, layerWith, type MadeLayer } from '../define.js';
import { dataFormat, sizes } from '../fields.js';
import type { SymbolicShape } from '../kerasTensor.js';

function adaptivePooling(className: string, dims: number, pool: typeof adaptiveAveragePool) {
  const schema = {
    /** Size of the output: one number, or one per spatial axis. */
    outputSize: sizes(dims),
    dataFormat,
  };
  const Options = layerWith(className, schema, ['outputSize', 'dataFormat']);
  class AdaptivePoolingLayer extends Options {
    override inputSpec = { ndim: dims + 2 };

    override build(_inputShape: SymbolicShape): void {}

    override call(x: Tensor): Tensor {
      return pool(x, this.outputSize, this.dataFormat);
    }

    override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
      const [batch] = inputShape;
      return this.dataFormat === 'channels_last'
        ? [batch!, ...this.outputSize, inputShape.at(-1)!]
        : [batch!, inputShape[1]!, ...this.outputSize];
    }
  }
  return layer(AdaptivePoolingLayer) as MadeLayer<typeof Options>;
}

/** Means over windows that divide the steps into `outputSize` parts. */
export const AdaptiveAveragePooling1D = adaptivePooling('AdaptiveAveragePooling1D', 1, adaptiveAveragePool);
export type AdaptiveAveragePooling1D = InstanceType<typeof AdaptiveAveragePooling1D>;

/** The same for images. */
export const AdaptiveAveragePooling2D = adaptivePooling('AdaptiveAveragePooling2D', 2, adaptiveAveragePool);
export type AdaptiveAveragePooling2D = InstanceType<typeof AdaptiveAveragePooling2D>;

/** The same for volumes. */
export const AdaptiveAveragePooling3D = adaptivePooling('AdaptiveAveragePooling3D', 3, adaptiveAveragePool);
export type AdaptiveAveragePooling3D = InstanceType<typeof AdaptiveAveragePooling3D>;

/** Maxima over windows that divide the steps into `outputSize` parts. */
export const AdaptiveMaxPooling1D = adaptivePooling('AdaptiveMaxPooling1D', 1, adaptiveMaxPool);
export type AdaptiveMaxPooling1D = InstanceType<typeof AdaptiveMaxPooling1D>;

/** The same for images. */
export const AdaptiveMaxPooling2D = adaptivePooling('AdaptiveMaxPooling2D', 2, adaptiveMaxPool);
export type AdaptiveMaxPooling2D = InstanceType<typeof AdaptiveMaxPooling2D>;

/** The same for volumes. */
export const AdaptiveMaxPooling3D = adaptivePooling('AdaptiveMaxPooling3D', 3, adaptiveMaxPool);
export type AdaptiveMaxPooling3D = InstanceType<typeof AdaptiveMaxPooling3D>;
