// keras.applications.mobilenet_v2: residual blocks that are wide inside and narrow outside.
// Source: Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks" (2018).

import { ValueError } from '../errors.js';
import { ReLU } from '../layers/activations/activations.js';
import { Conv2D } from '../layers/convolutional/conv.js';
import { DepthwiseConv2D } from '../layers/convolutional/depthwiseConv.js';
import type { KerasTensor } from '../layers/kerasTensor.js';
import { Add } from '../layers/merging/merging.js';
import { BatchNormalization } from '../layers/normalization/batchNormalization.js';
import { ZeroPadding2D } from '../layers/reshaping/zeroPadding.js';
import { application, chain, channelsOf, classifier, pooled } from './application.js';
import { preprocessor } from './imagenetUtils.js';
import { publishedSize } from './inputShape.js';
import { correctPad, makeDivisible } from './scaling.js';
import { published } from './weights.js';

export { decodePredictions } from './imagenetUtils.js';

/** Filters, stride of the first block and number of blocks of each stage. */
// biome-ignore format: a table, row by row
const stages = [[16, 1, 1], [24, 2, 2], [32, 2, 3], [64, 2, 4], [96, 1, 3], [160, 2, 3], [320, 1, 1]] as const;

const sizes = [96, 128, 160, 192, 224];

const normalize = (name: string) => BatchNormalization({ axis: -1, epsilon: 1e-3, momentum: 0.999, name });
const relu6 = (name: string) => ReLU(6, { name });

function block(x: KerasTensor, filters: number, stride: number, id: number): KerasTensor {
  const channels = channelsOf(x);
  const prefix = id === 0 ? 'expanded_conv_' : `block_${id}_`;
  const wide =
    id === 0
      ? x
      : chain(
          x,
          Conv2D(6 * channels, 1, { padding: 'same', useBias: false, name: `${prefix}expand` }),
          normalize(`${prefix}expand_BN`),
          relu6(`${prefix}expand_relu`),
        );
  const narrow = chain(
    wide,
    ...(stride === 2 ? [ZeroPadding2D(correctPad(wide, 3), { name: `${prefix}pad` })] : []),
    DepthwiseConv2D(3, {
      strides: stride,
      useBias: false,
      padding: stride === 1 ? 'same' : 'valid',
      name: `${prefix}depthwise`,
    }),
    normalize(`${prefix}depthwise_BN`),
    relu6(`${prefix}depthwise_relu`),
    Conv2D(filters, 1, { padding: 'same', useBias: false, name: `${prefix}project` }),
    normalize(`${prefix}project_BN`),
  );
  return channels === filters && stride === 1 ? Add({ name: `${prefix}add` })([x, narrow]) : narrow;
}

/** 4 million parameters with `alpha` 1, the factor of the widths. Images 224x224. */
export const MobileNetV2 = application('MobileNetV2', {
  name: ({ alpha, inputShape }) => `mobilenetv2_${alpha.toFixed(2)}_${inputShape[0] ?? 'None'}`,
  options: {
    /** Factor of the number of filters. Default 1. */
    alpha: 1,
  },
  size: ({ inputShape, inputTensor }) => publishedSize(sizes, inputShape ?? inputTensor?.shape.slice(1)),
  features(image, { alpha }) {
    let x = chain(
      image,
      Conv2D(makeDivisible(32 * alpha), 3, { strides: 2, padding: 'same', useBias: false, name: 'Conv1' }),
      normalize('bn_Conv1'),
      relu6('Conv1_relu'),
    );
    let id = 0;
    for (const [filters, stride, count] of stages) {
      const width = makeDivisible(Math.floor(filters * alpha));
      for (let i = 0; i < count; i++) x = block(x, width, i === 0 ? stride : 1, id++);
    }
    return chain(
      x,
      Conv2D(alpha > 1 ? makeDivisible(1280 * alpha) : 1280, 1, { useBias: false, name: 'Conv_1' }),
      normalize('Conv_1_bn'),
      relu6('out_relu'),
    );
  },
  top: classifier({ pool: null }),
  bottom: pooled({ named: false }),
  checkImagenet({ alpha }) {
    if (![0.35, 0.5, 0.75, 1, 1.3, 1.4].includes(alpha)) {
      throw new ValueError(
        'MobileNetV2: if imagenet weights are being loaded, alpha must be one of 0.35, 0.5, 0.75, 1, 1.3 or 1.4 only. ' +
          `Received alpha=${alpha}`,
      );
    }
  },
  file: ({ alpha, inputShape, includeTop }) => {
    const size = publishedSize(sizes, inputShape);
    const width = Number.isInteger(alpha) ? alpha.toFixed(1) : alpha;
    return published(
      `mobilenet_v2/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_${width}_${size}${includeTop ? '' : '_no_top'}.h5`,
    );
  },
});

/** Scales pixels to -1..1. */
export const preprocessInput = preprocessor('tf');
