// keras.applications.mobilenet: depthwise convolutions, each followed by a 1x1 convolution.
// Source: Howard et al., "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications" (2017).

import { ValueError } from '../errors.js';
import { ReLU } from '../layers/activations/activations.js';
import { Conv2D } from '../layers/convolutional/conv.js';
import { DepthwiseConv2D } from '../layers/convolutional/depthwiseConv.js';
import { Activation } from '../layers/core/activation.js';
import type { Layer } from '../layers/layer.js';
import { BatchNormalization } from '../layers/normalization/batchNormalization.js';
import { GlobalAveragePooling2D } from '../layers/pooling/globalPooling.js';
import { Dropout } from '../layers/regularization/dropout.js';
import { Reshape } from '../layers/reshaping/reshape.js';
import { ZeroPadding2D } from '../layers/reshaping/zeroPadding.js';
import { application, chain, pooled } from './application.js';
import { preprocessor } from './imagenetUtils.js';
import { publishedSize } from './inputShape.js';
import { published } from './weights.js';

export { decodePredictions } from './imagenetUtils.js';

/** Filters and stride of the blocks. */
// biome-ignore format: a table, row by row
const blocks = [
  [64, 1], [128, 2], [128, 1], [256, 2], [256, 1], [512, 2], [512, 1], [512, 1], [512, 1], [512, 1], [512, 1], [1024, 2], [1024, 1],
] as const;

const sizes = [128, 160, 192, 224];

const activate = (name: string): Layer[] => [
  BatchNormalization({ axis: -1, name: `${name}_bn` }),
  ReLU(6, { name: `${name}_relu` }),
];

const block = (filters: number, stride: number, depthMultiplier: number, id: number): Layer[] => [
  ...(stride === 1
    ? []
    : [
        ZeroPadding2D(
          [
            [0, 1],
            [0, 1],
          ],
          { name: `conv_pad_${id}` },
        ),
      ]),
  DepthwiseConv2D(3, {
    padding: stride === 1 ? 'same' : 'valid',
    depthMultiplier,
    strides: stride,
    useBias: false,
    name: `conv_dw_${id}`,
  }),
  ...activate(`conv_dw_${id}`),
  Conv2D(filters, 1, { padding: 'same', useBias: false, name: `conv_pw_${id}` }),
  ...activate(`conv_pw_${id}`),
];

/** 4 million parameters with `alpha` 1, the factor of the widths. Images 224x224. */
export const MobileNet = application('MobileNet', {
  name: ({ alpha, inputShape }) => `mobilenet_${alpha.toFixed(2)}_${inputShape[0] ?? 'None'}`,
  options: {
    /** Factor of the number of filters. Default 1. */
    alpha: 1,
    /** Channels that a depthwise convolution makes of each. Default 1. */
    depthMultiplier: 1,
    /** Rate of the dropout before the classifier. Default 0.001. */
    dropout: 0.001,
  },
  size: ({ inputShape }) => publishedSize(sizes, inputShape),
  features: (image, { alpha, depthMultiplier }) =>
    chain(
      image,
      Conv2D(Math.floor(32 * alpha), 3, { padding: 'same', useBias: false, strides: 2, name: 'conv1' }),
      ...activate('conv1'),
      ...blocks.flatMap(([filters, stride], i) => block(Math.floor(filters * alpha), stride, depthMultiplier, i + 1)),
    ),
  top: (x, { dropout, classes, classifierActivation }) =>
    chain(
      x,
      GlobalAveragePooling2D({ keepdims: true }),
      Dropout(dropout, { name: 'dropout' }),
      Conv2D(classes, 1, { padding: 'same', name: 'conv_preds' }),
      Reshape([classes], { name: 'reshape_2' }),
      Activation(classifierActivation, { name: 'predictions' }),
    ),
  bottom: pooled({ named: false }),
  checkImagenet({ alpha, depthMultiplier }) {
    if (depthMultiplier !== 1) {
      throw new ValueError(
        `MobileNet: if imagenet weights are being loaded, depthMultiplier must be 1. Received depthMultiplier=${depthMultiplier}`,
      );
    }
    if (![0.25, 0.5, 0.75, 1].includes(alpha)) {
      throw new ValueError(
        `MobileNet: if imagenet weights are being loaded, alpha can be one of 0.25, 0.5, 0.75 or 1 only. Received alpha=${alpha}`,
      );
    }
  },
  file: ({ alpha, inputShape, includeTop }) => {
    const width = { 1: '1_0', 0.75: '7_5', 0.5: '5_0', 0.25: '2_5' }[alpha];
    return published(
      `mobilenet/mobilenet_${width}_${publishedSize(sizes, inputShape)}_tf${includeTop ? '' : '_no_top'}.h5`,
    );
  },
});

/** Scales pixels to -1..1. */
export const preprocessInput = preprocessor('tf');
