// What both generations of EfficientNet share: the first values of their weights, and squeeze and excitation.

import type { KerasObject } from '../config.js';
import { Conv2D } from '../layers/convolutional/conv.js';
import type { KerasTensor } from '../layers/kerasTensor.js';
import { multiply } from '../layers/merging/functions.js';
import { GlobalAveragePooling2D } from '../layers/pooling/globalPooling.js';
import { Reshape } from '../layers/reshaping/reshape.js';
import { chain, channelsOf } from './application.js';

const scaling = (scale: number, distribution: string): KerasObject => ({
  module: 'keras.initializers',
  class_name: 'VarianceScaling',
  config: { scale, mode: 'fan_out', distribution },
  registered_name: null,
});

export const convInitializer = scaling(2, 'truncated_normal');
export const denseInitializer = scaling(1 / 3, 'uniform');

/** x times a factor per channel, computed by two layers from the means of the channels. */
export function squeezeExcite(x: KerasTensor, inside: number, prefix: string): KerasTensor {
  const channels = channelsOf(x);
  const dense = (filters: number, activation: string, name: string) =>
    Conv2D(filters, 1, {
      padding: 'same',
      activation,
      kernelInitializer: convInitializer,
      name: `${prefix}se_${name}`,
    });
  const factors = chain(
    x,
    GlobalAveragePooling2D({ name: `${prefix}se_squeeze` }),
    Reshape([1, 1, channels], { name: `${prefix}se_reshape` }),
    dense(Math.max(1, Math.floor(inside)), 'swish', 'reduce'),
    dense(channels, 'sigmoid', 'expand'),
  );
  return multiply([x, factors], { name: `${prefix}se_excite` });
}
