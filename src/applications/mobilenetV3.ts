// keras.applications.mobilenet_v3: inverted residual blocks found by search, some with squeeze and excitation.
// Source: Howard et al., "Searching for MobileNetV3" (2019). The models scale their pixels themselves.

import { add, multiply } from '../backend/ops/numpy.js';
import { ValueError } from '../errors.js';
import { ReLU } from '../layers/activations/activations.js';
import { Conv2D } from '../layers/convolutional/conv.js';
import { DepthwiseConv2D } from '../layers/convolutional/depthwiseConv.js';
import { Activation } from '../layers/core/activation.js';
import type { KerasTensor } from '../layers/kerasTensor.js';
import type { Layer } from '../layers/layer.js';
import { Add, Multiply } from '../layers/merging/merging.js';
import { BatchNormalization } from '../layers/normalization/batchNormalization.js';
import { GlobalAveragePooling2D } from '../layers/pooling/globalPooling.js';
import { Rescaling } from '../layers/preprocessing/images.js';
import { Dropout } from '../layers/regularization/dropout.js';
import { Flatten } from '../layers/reshaping/flatten.js';
import { ZeroPadding2D } from '../layers/reshaping/zeroPadding.js';
import { type Application, application, chain, channelsOf, pooled } from './application.js';
import { correctPad, makeDivisible } from './scaling.js';
import { published } from './weights.js';

export { decodePredictions, unchanged as preprocessInput } from './imagenetUtils.js';

/** Expansion, filters, kernel, stride, squeeze and excitation, activation. */
type Block = readonly [
  expansion: number,
  filters: number,
  kernel: 3 | 5,
  stride: 1 | 2,
  squeeze: boolean,
  act: 'relu' | 'swish',
];

const small: readonly Block[] = [
  [1, 16, 3, 2, true, 'relu'],
  [72 / 16, 24, 3, 2, false, 'relu'],
  [88 / 24, 24, 3, 1, false, 'relu'],
  [4, 40, 5, 2, true, 'swish'],
  [6, 40, 5, 1, true, 'swish'],
  [6, 40, 5, 1, true, 'swish'],
  [3, 48, 5, 1, true, 'swish'],
  [3, 48, 5, 1, true, 'swish'],
  [6, 96, 5, 2, true, 'swish'],
  [6, 96, 5, 1, true, 'swish'],
  [6, 96, 5, 1, true, 'swish'],
];

const large: readonly Block[] = [
  [1, 16, 3, 1, false, 'relu'],
  [4, 24, 3, 2, false, 'relu'],
  [3, 24, 3, 1, false, 'relu'],
  [3, 40, 5, 2, true, 'relu'],
  [3, 40, 5, 1, true, 'relu'],
  [3, 40, 5, 1, true, 'relu'],
  [6, 80, 3, 2, false, 'swish'],
  [2.5, 80, 3, 1, false, 'swish'],
  [2.3, 80, 3, 1, false, 'swish'],
  [2.3, 80, 3, 1, false, 'swish'],
  [6, 112, 3, 1, true, 'swish'],
  [6, 112, 3, 1, true, 'swish'],
  [6, 160, 5, 2, true, 'swish'],
  [6, 160, 5, 1, true, 'swish'],
  [6, 160, 5, 1, true, 'swish'],
];

const normalize = (name: string) => BatchNormalization({ axis: -1, epsilon: 1e-3, momentum: 0.999, name });

/** Without search results that are slow on some devices: no squeeze and excitation, 3x3 kernels, ReLU only. */
const minimal = ([expansion, filters, , stride]: Block): Block => [expansion, filters, 3, stride, false, 'relu'];

const activate = (act: 'relu' | 'swish'): Layer => (act === 'relu' ? ReLU() : Activation('hard_swish'));

/** x times a factor per channel that is computed from the means of the channels. */
function squeezeAndExcite(x: KerasTensor, channels: number, prefix: string): KerasTensor {
  const name = `${prefix}squeeze_excite`;
  const squeezed = chain(
    x,
    GlobalAveragePooling2D({ keepdims: true, name: `${name}_avg_pool` }),
    Conv2D(makeDivisible(channels / 4), 1, { padding: 'same', name: `${name}_conv` }),
    ReLU({ name: `${name}_relu` }),
    Conv2D(channels, 1, { padding: 'same', name: `${name}_conv_1` }),
  );
  // The hard sigmoid: relu6(x + 3) / 6.
  const gates = ReLU(6);
  return Multiply({ name: `${name}_mul` })([x, multiply(gates(add(squeezed, 3)), 1 / 6)]);
}

function block(x: KerasTensor, [expansion, filters, kernel, stride, squeeze, act]: Block, id: number): KerasTensor {
  const channels = channelsOf(x);
  const width = makeDivisible(channels * expansion);
  const prefix = id === 0 ? 'expanded_conv_' : `expanded_conv_${id}_`;
  let y =
    id === 0
      ? x
      : chain(
          x,
          Conv2D(width, 1, { padding: 'same', useBias: false, name: `${prefix}expand` }),
          normalize(`${prefix}expand_bn`),
          activate(act),
        );
  y = chain(
    y,
    ...(stride === 2 ? [ZeroPadding2D(correctPad(y, kernel), { name: `${prefix}depthwise_pad` })] : []),
    DepthwiseConv2D(kernel, {
      strides: stride,
      padding: stride === 1 ? 'same' : 'valid',
      useBias: false,
      name: `${prefix}depthwise`,
    }),
    normalize(`${prefix}depthwise_bn`),
    activate(act),
  );
  if (squeeze) y = squeezeAndExcite(y, width, prefix);
  y = chain(
    y,
    Conv2D(filters, 1, { padding: 'same', useBias: false, name: `${prefix}project` }),
    normalize(`${prefix}project_bn`),
  );
  return stride === 1 && channels === filters ? Add({ name: `${prefix}add` })([x, y]) : y;
}

const ownOptions = {
  /** Factor of the number of filters. Default 1. */
  alpha: 1,
  /** Whether to leave out what is slow on some devices. Default false. */
  minimalistic: false,
  /** Rate of the dropout before the classifier. Default 0.2. */
  dropoutRate: 0.2,
  /** Whether the model scales pixels 0..255 to -1..1 itself. Default true. */
  includePreprocessing: true,
};

function mobilenetV3(
  title: string,
  size: 'small' | 'large',
  blocks: readonly Block[],
  lastFilters: number,
): Application<typeof ownOptions> {
  return application(title, {
    name: title,
    options: ownOptions,
    size: 224,
    anySize: true,
    features(image, { alpha, minimalistic, includePreprocessing }) {
      const act = minimalistic ? 'relu' : 'swish';
      let x = chain(
        image,
        ...(includePreprocessing ? [Rescaling(1 / 127.5, { offset: -1 })] : []),
        Conv2D(16, 3, { strides: 2, padding: 'same', useBias: false, name: 'conv' }),
        normalize('conv_bn'),
        activate(act),
      );
      blocks.forEach((row, id) => {
        const [expansion, filters, ...rest] = minimalistic ? minimal(row) : row;
        x = block(x, [expansion, makeDivisible(filters * alpha), ...rest], id);
      });
      return chain(
        x,
        Conv2D(makeDivisible(channelsOf(x) * 6), 1, { padding: 'same', useBias: false, name: 'conv_1' }),
        normalize('conv_1_bn'),
        activate(act),
      );
    },
    top: (x, { alpha, minimalistic, dropoutRate, classes, classifierActivation }) =>
      chain(
        x,
        GlobalAveragePooling2D({ keepdims: true }),
        Conv2D(alpha > 1 ? makeDivisible(lastFilters * alpha) : lastFilters, 1, {
          padding: 'same',
          name: 'conv_2',
        }),
        activate(minimalistic ? 'relu' : 'swish'),
        ...(dropoutRate > 0 ? [Dropout(dropoutRate)] : []),
        Conv2D(classes, 1, { padding: 'same', name: 'logits' }),
        Flatten(),
        Activation(classifierActivation, { name: 'predictions' }),
      ),
    bottom: pooled({ named: true }),
    checkImagenet({ alpha, minimalistic }) {
      if (!(alpha === 1 || (alpha === 0.75 && !minimalistic))) {
        throw new ValueError(
          `${title}: if imagenet weights are being loaded, alpha can be one of 0.75, 1 for non minimalistic or 1 for ` +
            `minimalistic only. Received alpha=${alpha}`,
        );
      }
    },
    file: ({ alpha, minimalistic, includeTop }) =>
      published(
        `mobilenet_v3/weights_mobilenet_v3_${size}${minimalistic ? '_minimalistic' : ''}_224_` +
          `${alpha === 1 ? '1.0' : alpha}_float${includeTop ? '' : '_no_top_v2'}.h5`,
      ),
  });
}

/** 3 million parameters with `alpha` 1. Images of any size, with values 0..255. */
export const MobileNetV3Small = mobilenetV3('MobileNetV3Small', 'small', small, 1024);
/** 5 million parameters with `alpha` 1. Images of any size, with values 0..255. */
export const MobileNetV3Large = mobilenetV3('MobileNetV3Large', 'large', large, 1280);
