// keras.applications.xception: residual blocks of depthwise separable convolutions.
// Source: Chollet, "Xception: Deep Learning with Depthwise Separable Convolutions" (2016).

import { Conv2D } from '../layers/convolutional/conv.js';
import { SeparableConv2D } from '../layers/convolutional/separableConv.js';
import { Activation } from '../layers/core/activation.js';
import type { KerasTensor } from '../layers/kerasTensor.js';
import type { Layer } from '../layers/layer.js';
import { add } from '../layers/merging/functions.js';
import { BatchNormalization } from '../layers/normalization/batchNormalization.js';
import { MaxPooling2D } from '../layers/pooling/pooling.js';
import { application, chain, classifier, pooled } from './application.js';
import { preprocessor } from './imagenetUtils.js';
import { tensorflowFiles } from './weights.js';

export { decodePredictions } from './imagenetUtils.js';

const normalize = (name: string | null = null) => BatchNormalization({ axis: -1, name });
const relu = (name: string) => Activation('relu', { name: `${name}_act` });

const convolution = (filters: number, strides: number, name: string): Layer[] => [
  Conv2D(filters, 3, { strides, useBias: false, name }),
  normalize(`${name}_bn`),
  relu(name),
];

const separable = (filters: number, name: string): Layer[] => [
  SeparableConv2D(filters, 3, { padding: 'same', useBias: false, name }),
  normalize(`${name}_bn`),
];

/** Two separable convolutions and a pooling that halves the image, beside a strided 1x1 convolution. */
function entry(x: KerasTensor, filters: readonly [number, number], block: number): KerasTensor {
  const [first, second] = [`block${block}_sepconv1`, `block${block}_sepconv2`];
  const shortcut = chain(x, Conv2D(filters[1], 1, { strides: 2, padding: 'same', useBias: false }), normalize());
  const path = chain(
    x,
    // The stem ends with its own ReLU.
    ...(block === 2 ? [] : [relu(first)]),
    ...separable(filters[0], first),
    relu(second),
    ...separable(filters[1], second),
    MaxPooling2D(3, { strides: 2, padding: 'same', name: `block${block}_pool` }),
  );
  return add([path, shortcut]);
}

/** Three separable convolutions beside the identity. */
function middle(x: KerasTensor, block: number): KerasTensor {
  const path = chain(
    x,
    ...[1, 2, 3].flatMap(i => {
      const name = `block${block}_sepconv${i}`;
      return [relu(name), ...separable(728, name)];
    }),
  );
  return add([path, x]);
}

/** 23 million parameters. Images 299x299. */
export const Xception = application('Xception', {
  name: 'xception',
  options: {},
  size: 299,
  minSize: 71,
  features(image) {
    let x = chain(image, ...convolution(32, 2, 'block1_conv1'), ...convolution(64, 1, 'block1_conv2'));
    x = entry(x, [128, 128], 2);
    x = entry(x, [256, 256], 3);
    x = entry(x, [728, 728], 4);
    for (let block = 5; block <= 12; block++) x = middle(x, block);
    x = entry(x, [728, 1024], 13);
    return chain(
      x,
      ...[1536, 2048].flatMap((filters, i) => {
        const name = `block14_sepconv${i + 1}`;
        return [...separable(filters, name), relu(name)];
      }),
    );
  },
  top: classifier(),
  bottom: pooled({ named: false }),
  file: tensorflowFiles('xception', 'xception'),
});

/** Scales pixels to -1..1. */
export const preprocessInput = preprocessor('tf');
