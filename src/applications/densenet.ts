// keras.applications.densenet: in a dense block every layer reads the outputs of all layers before it.
// Source: Huang, Liu, van der Maaten, Weinberger, "Densely Connected Convolutional Networks" (2016).

import { Conv2D } from '../layers/convolutional/conv.js';
import { Activation } from '../layers/core/activation.js';
import type { KerasTensor } from '../layers/kerasTensor.js';
import type { Layer } from '../layers/layer.js';
import { Concatenate } from '../layers/merging/concatenate.js';
import { BatchNormalization } from '../layers/normalization/batchNormalization.js';
import { AveragePooling2D, MaxPooling2D } from '../layers/pooling/pooling.js';
import { ZeroPadding2D } from '../layers/reshaping/zeroPadding.js';
import { type Application, application, chain, channelsOf, classifier, pooled } from './application.js';
import { preprocessor } from './imagenetUtils.js';
import { tensorflowFiles } from './weights.js';

export { decodePredictions } from './imagenetUtils.js';

/** Channels that each layer of a dense block adds. */
const growth = 32;

/** Batch normalization and ReLU; names end in `_bn` and `_relu`. */
const activate = (prefix: string): Layer[] => [
  BatchNormalization({ axis: 3, epsilon: 1.001e-5, name: `${prefix}bn` }),
  Activation('relu', { name: `${prefix}relu` }),
];

function denseBlock(x: KerasTensor, depth: number, name: string): KerasTensor {
  for (let i = 1; i <= depth; i++) {
    const block = `${name}_block${i}`;
    const added = chain(
      x,
      ...activate(`${block}_0_`),
      Conv2D(4 * growth, 1, { useBias: false, name: `${block}_1_conv` }),
      ...activate(`${block}_1_`),
      Conv2D(growth, 3, { padding: 'same', useBias: false, name: `${block}_2_conv` }),
    );
    x = Concatenate({ axis: 3, name: `${block}_concat` })([x, added]);
  }
  return x;
}

/** Halves the channels and the image. */
function transition(x: KerasTensor, name: string): KerasTensor {
  return chain(
    x,
    ...activate(`${name}_`),
    Conv2D(Math.floor(channelsOf(x) / 2), 1, { useBias: false, name: `${name}_conv` }),
    AveragePooling2D(2, { strides: 2, name: `${name}_pool` }),
  );
}

/** The architecture with `depths[i]` layers in dense block i. */
function densenet(title: string, depths: readonly number[]): Application {
  const name = title.toLowerCase();
  return application(title, {
    name,
    options: {},
    size: 224,
    features(image) {
      const stem = chain(
        image,
        ZeroPadding2D(3),
        Conv2D(64, 7, { strides: 2, useBias: false, name: 'conv1_conv' }),
        ...activate('conv1_'),
        ZeroPadding2D(1),
        MaxPooling2D(3, { strides: 2, name: 'pool1' }),
      );
      const x = depths.reduce(
        (y, depth, i) => denseBlock(i === 0 ? y : transition(y, `pool${i + 1}`), depth, `conv${i + 2}`),
        stem,
      );
      return chain(x, ...activate(''));
    },
    top: classifier(),
    bottom: pooled({ named: true }),
    file: tensorflowFiles('densenet', name),
  });
}

/** 8 million parameters. Images 224x224. */
export const DenseNet121 = densenet('DenseNet121', [6, 12, 24, 16]);
/** 14 million parameters. Images 224x224. */
export const DenseNet169 = densenet('DenseNet169', [6, 12, 32, 32]);
/** 20 million parameters. Images 224x224. */
export const DenseNet201 = densenet('DenseNet201', [6, 12, 48, 32]);

/** Scales pixels to 0..1, then each channel to mean 0 and deviation 1 on ImageNet. */
export const preprocessInput = preprocessor('torch');
