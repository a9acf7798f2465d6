// What both generations of ResNet share: the stem, four stacks of residual blocks, and the classifier.

import { Conv2D } from '../layers/convolutional/conv.js';
import { Activation } from '../layers/core/activation.js';
import type { KerasTensor } from '../layers/kerasTensor.js';
import type { Layer } from '../layers/layer.js';
import { BatchNormalization } from '../layers/normalization/batchNormalization.js';
import { MaxPooling2D } from '../layers/pooling/pooling.js';
import { ZeroPadding2D } from '../layers/reshaping/zeroPadding.js';
import { type Application, application, chain, classifier, pooled } from './application.js';
import { tensorflowFiles } from './weights.js';

/** One stack: `depth` blocks with `filters` channels inside and four times as many outside. */
export type Stack = (x: KerasTensor, filters: number, depth: number, name: string) => KerasTensor;

/** Batch normalization and ReLU, with the names of a block. */
export const normalize = (name: string): Layer =>
  BatchNormalization({ axis: 3, epsilon: 1.001e-5, name: `${name}_bn` });
export const rectify = (name: string): Layer => Activation('relu', { name: `${name}_relu` });

/** The architecture with `depths[i]` blocks in stack i. `preact`: normalization comes before the convolutions. */
export function residual(
  title: string,
  depths: readonly number[],
  stack: Stack,
  { preact }: { readonly preact: boolean },
): Application {
  const name = title.toLowerCase();
  return application(title, {
    name,
    options: {},
    size: 224,
    features(image) {
      const stem = chain(
        image,
        ZeroPadding2D(3, { name: 'conv1_pad' }),
        Conv2D(64, 7, { strides: 2, name: 'conv1_conv' }),
        ...(preact ? [] : [normalize('conv1'), rectify('conv1')]),
        ZeroPadding2D(1, { name: 'pool1_pad' }),
        MaxPooling2D(3, { strides: 2, name: 'pool1_pool' }),
      );
      const x = depths.reduce((y, depth, i) => stack(y, 64 * 2 ** i, depth, `conv${i + 2}`), stem);
      return preact ? chain(x, normalize('post'), rectify('post')) : x;
    },
    top: classifier(),
    bottom: pooled({ named: true }),
    file: tensorflowFiles('resnet', name),
  });
}
