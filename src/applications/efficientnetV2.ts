// keras.applications.efficientnet_v2: its first stages fuse the two convolutions of a block into one, which trains faster.
// Source: Tan, Le, "EfficientNetV2: Smaller Models and Faster Training" (2021). The models scale their pixels themselves.

import { Constant } from '../initializers/index.js';
import { Conv2D } from '../layers/convolutional/conv.js';
import { DepthwiseConv2D } from '../layers/convolutional/depthwiseConv.js';
import { Activation } from '../layers/core/activation.js';
import type { KerasTensor } from '../layers/kerasTensor.js';
import type { Layer } from '../layers/layer.js';
import { add } from '../layers/merging/functions.js';
import { BatchNormalization } from '../layers/normalization/batchNormalization.js';
import { Rescaling } from '../layers/preprocessing/images.js';
import { Normalization } from '../layers/preprocessing/normalization.js';
import { Dropout } from '../layers/regularization/dropout.js';
import { type Application, application, chain, channelsOf, classifier, pooled } from './application.js';
import { nearestMultiple } from './scaling.js';
import { denseInitializer, convInitializer as kernelInitializer, squeezeExcite } from './squeezeExcite.js';
import { published } from './weights.js';

export { decodePredictions, unchanged as preprocessInput } from './imagenetUtils.js';

/** Number of blocks, filters, expansion and stride of a stage, and whether its convolutions are fused. */
type Stage = readonly [count: number, filters: number, expansion: number, stride: number, fused: boolean];

const base: readonly Stage[] = [
  [1, 16, 1, 1, true],
  [2, 32, 4, 2, true],
  [2, 48, 4, 2, true],
  [3, 96, 4, 2, false],
  [5, 112, 6, 1, false],
  [8, 192, 6, 2, false],
];
const s: readonly Stage[] = [
  [2, 24, 1, 1, true],
  [4, 48, 4, 2, true],
  [4, 64, 4, 2, true],
  [6, 128, 4, 2, false],
  [9, 160, 6, 1, false],
  [15, 256, 6, 2, false],
];
const m: readonly Stage[] = [
  [3, 24, 1, 1, true],
  [5, 48, 4, 2, true],
  [5, 80, 4, 2, true],
  [7, 160, 4, 2, false],
  [14, 176, 6, 1, false],
  [18, 304, 6, 2, false],
  [5, 512, 6, 1, false],
];
const l: readonly Stage[] = [
  [4, 32, 1, 1, true],
  [7, 64, 4, 2, true],
  [7, 96, 4, 2, true],
  [10, 192, 4, 2, false],
  [19, 224, 6, 1, false],
  [25, 384, 6, 2, false],
  [7, 640, 6, 1, false],
];

/** Rate at which the last blocks are dropped; it grows from 0 with the depth. */
const dropConnectRate = 0.2;

const normalize = (name: string) => BatchNormalization({ axis: 3, momentum: 0.9, name });
const activate = (prefix: string): Layer[] => [
  normalize(`${prefix}bn`),
  Activation('swish', { name: `${prefix}activation` }),
];

const convolution = (filters: number, kernel: number, strides: number, name: string) =>
  Conv2D(filters, kernel, { strides, kernelInitializer, padding: 'same', useBias: false, name });

interface BlockOptions {
  readonly filters: number;
  readonly expansion: number;
  readonly strides: number;
  readonly fused: boolean;
  readonly dropRate: number;
}

function block(
  x: KerasTensor,
  { filters, expansion, strides, fused, dropRate }: BlockOptions,
  name: string,
): KerasTensor {
  const channels = channelsOf(x);
  let y = fused ? fusedPath(x, filters, expansion, strides, name) : separablePath(x, filters, expansion, strides, name);
  if (strides !== 1 || channels !== filters) return y;
  if (dropRate > 0) y = Dropout(dropRate, { noiseShape: [null, 1, 1, 1], name: `${name}drop` })(y);
  return add([y, x], { name: `${name}add` });
}

/** Widens by a 1x1 convolution, then a depthwise one, squeeze and excitation, and narrows again. */
function separablePath(x: KerasTensor, filters: number, expansion: number, strides: number, name: string): KerasTensor {
  const wide = chain(
    x,
    convolution(channelsOf(x) * expansion, 1, 1, `${name}expand_conv`),
    ...activate(`${name}expand_`),
    DepthwiseConv2D(3, {
      strides,
      depthwiseInitializer: kernelInitializer,
      padding: 'same',
      useBias: false,
      name: `${name}dwconv2`,
    }),
    ...activate(name),
  );
  return chain(
    squeezeExcite(wide, channelsOf(x) / 4, name),
    convolution(filters, 1, 1, `${name}project_conv`),
    normalize(`${name}project_bn`),
  );
}

/** Widens by a 3x3 convolution and narrows again; without expansion that convolution is all. */
function fusedPath(x: KerasTensor, filters: number, expansion: number, strides: number, name: string): KerasTensor {
  if (expansion === 1)
    return chain(x, convolution(filters, 3, strides, `${name}project_conv`), ...activate(`${name}project_`));
  return chain(
    x,
    convolution(channelsOf(x) * expansion, 3, strides, `${name}expand_conv`),
    ...activate(`${name}expand_`),
    convolution(filters, 1, 1, `${name}project_conv`),
    normalize(`${name}project_bn`),
  );
}

const ownOptions = {
  /** Whether the model scales pixels 0..255 itself. Default true. */
  includePreprocessing: true,
};

/** The variants B0 to B3 keep the preprocessing of the first generation, if images have three channels. */
function preprocessing(image: KerasTensor, isBase: boolean): Layer[] {
  if (!isBase || channelsOf(image) !== 3) return [Rescaling(1 / 128, { offset: -1 })];
  return [
    Rescaling(1 / 255),
    Normalization({ mean: [0.485, 0.456, 0.406], variance: [0.229 ** 2, 0.224 ** 2, 0.225 ** 2], axis: 3 }),
  ];
}

function efficientnetV2(
  title: string,
  stages: readonly Stage[],
  size: number,
  { width = 1, depth = 1 } = {},
): Application<typeof ownOptions> {
  const name = `efficientnetv2-${title.slice('EfficientNetV2'.length).toLowerCase()}`;
  const widthOf = (filters: number) => nearestMultiple(filters * width);
  // Of the stages before scaling, as Keras counts.
  const blocks = stages.reduce((sum, [count]) => sum + count, 0);
  return application(title, {
    name,
    options: ownOptions,
    size,
    features(image, { includePreprocessing }) {
      // Every stem is as wide as the first stage's input.
      const stem = stages === base || stages === l ? 32 : 24;
      let x = chain(
        image,
        ...(includePreprocessing ? preprocessing(image, stages === base) : []),
        convolution(widthOf(stem), 3, 2, 'stem_conv'),
        ...activate('stem_'),
      );
      let done = 0;
      stages.forEach(([count, filters, expansion, stride, fused], stage) => {
        for (let i = 0; i < Math.ceil(depth * count); i++) {
          x = block(
            x,
            {
              filters: widthOf(filters),
              expansion,
              strides: i === 0 ? stride : 1,
              fused,
              dropRate: (dropConnectRate * done++) / blocks,
            },
            `block${stage + 1}${String.fromCharCode(97 + i)}_`,
          );
        }
      });
      return chain(x, convolution(widthOf(1280), 1, 1, 'top_conv'), ...activate('top_'));
    },
    top: classifier({ dropout: 0.2, kernelInitializer: denseInitializer, biasInitializer: Constant(0) }),
    bottom: pooled({ named: true }),
    file: ({ includeTop }) => published(`efficientnet_v2/${name}${includeTop ? '' : '_notop'}.h5`),
  });
}

/** 7 million parameters. Images 224x224, with values 0..255. */
export const EfficientNetV2B0 = efficientnetV2('EfficientNetV2B0', base, 224);
/** 8 million parameters. Images 240x240, with values 0..255. */
export const EfficientNetV2B1 = efficientnetV2('EfficientNetV2B1', base, 240, { depth: 1.1 });
/** 10 million parameters. Images 260x260, with values 0..255. */
export const EfficientNetV2B2 = efficientnetV2('EfficientNetV2B2', base, 260, { width: 1.1, depth: 1.2 });
/** 15 million parameters. Images 300x300, with values 0..255. */
export const EfficientNetV2B3 = efficientnetV2('EfficientNetV2B3', base, 300, { width: 1.2, depth: 1.4 });
/** 22 million parameters. Images 384x384, with values 0..255. */
export const EfficientNetV2S = efficientnetV2('EfficientNetV2S', s, 384);
/** 54 million parameters. Images 480x480, with values 0..255. */
export const EfficientNetV2M = efficientnetV2('EfficientNetV2M', m, 480);
/** 119 million parameters. Images 480x480, with values 0..255. */
export const EfficientNetV2L = efficientnetV2('EfficientNetV2L', l, 480);
