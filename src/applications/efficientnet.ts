// keras.applications.efficientnet: one network, scaled in width, depth and size of the image at once. Source: Tan, Le,
// "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks" (2019). The models scale their pixels themselves.

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
import { ZeroPadding2D } from '../layers/reshaping/zeroPadding.js';
import { type Application, application, chain, channelsOf, classifier, pooled } from './application.js';
import { correctPad, makeDivisible } from './scaling.js';
import { denseInitializer, convInitializer as kernelInitializer, squeezeExcite } from './squeezeExcite.js';
import { imagenet } from './weights.js';

export { decodePredictions, unchanged as preprocessInput } from './imagenetUtils.js';

/** Kernel, number of blocks, filters, expansion and stride of each stage. */
const stages = [
  [3, 1, 16, 1, 1],
  [3, 2, 24, 6, 2],
  [5, 2, 40, 6, 2],
  [3, 3, 80, 6, 2],
  [5, 3, 112, 6, 1],
  [5, 4, 192, 6, 2],
  [3, 1, 320, 6, 1],
] as const;

/** Rate at which the last blocks are dropped; it grows from 0 with the depth. */
const dropConnectRate = 0.2;

/** Keras's pretrained files were made by dividing by the variance, which this makes up for. */
const imagenetRescaling = [0.229, 0.224, 0.225].map(deviation => 1 / Math.sqrt(deviation));

const activate = (prefix: string): Layer[] => [
  BatchNormalization({ axis: 3, name: `${prefix}bn` }),
  Activation('swish', { name: `${prefix}activation` }),
];

const pointwise = (filters: number, name: string) =>
  Conv2D(filters, 1, { padding: 'same', useBias: false, kernelInitializer, name });

interface BlockOptions {
  readonly kernel: number;
  readonly filters: number;
  readonly expansion: number;
  readonly strides: number;
  readonly dropRate: number;
}

function block(
  x: KerasTensor,
  { kernel, filters, expansion, strides, dropRate }: BlockOptions,
  name: string,
): KerasTensor {
  const channels = channelsOf(x);
  let y =
    expansion === 1
      ? x
      : chain(x, pointwise(channels * expansion, `${name}expand_conv`), ...activate(`${name}expand_`));
  y = chain(
    y,
    ...(strides === 2 ? [ZeroPadding2D(correctPad(y, kernel), { name: `${name}dwconv_pad` })] : []),
    DepthwiseConv2D(kernel, {
      strides,
      padding: strides === 2 ? 'valid' : 'same',
      useBias: false,
      depthwiseInitializer: kernelInitializer,
      name: `${name}dwconv`,
    }),
    ...activate(name),
  );
  y = squeezeExcite(y, channels / 4, name);
  y = chain(y, pointwise(filters, `${name}project_conv`), BatchNormalization({ axis: 3, name: `${name}project_bn` }));
  if (strides !== 1 || channels !== filters) return y;
  if (dropRate > 0) y = Dropout(dropRate, { noiseShape: [null, 1, 1, 1], name: `${name}drop` })(y);
  return add([y, x], { name: `${name}add` });
}

function efficientnet(title: string, width: number, depth: number, size: number, dropout: number): Application {
  const name = title.toLowerCase();
  const widthOf = (filters: number) => makeDivisible(filters * width);
  const depthOf = (count: number) => Math.ceil(depth * count);
  const blocks = stages.reduce((sum, [, count]) => sum + depthOf(count), 0);
  return application(title, {
    name,
    options: {},
    size,
    features(image, { weights }) {
      let x = chain(
        image,
        Rescaling(1 / 255),
        Normalization({ axis: 3 }),
        ...(weights === imagenet ? [Rescaling(imagenetRescaling)] : []),
        ZeroPadding2D(correctPad(image, 3), { name: 'stem_conv_pad' }),
        Conv2D(widthOf(32), 3, {
          strides: 2,
          padding: 'valid',
          useBias: false,
          kernelInitializer,
          name: 'stem_conv',
        }),
        ...activate('stem_'),
      );
      let done = 0;
      stages.forEach(([kernel, count, filters, expansion, stride], stage) => {
        for (let i = 0; i < depthOf(count); i++) {
          x = block(
            x,
            {
              kernel,
              filters: widthOf(filters),
              expansion,
              strides: i === 0 ? stride : 1,
              dropRate: (dropConnectRate * done++) / blocks,
            },
            `block${stage + 1}${String.fromCharCode(97 + i)}_`,
          );
        }
      });
      return chain(x, pointwise(widthOf(1280), 'top_conv'), ...activate('top_'));
    },
    top: classifier({ dropout, kernelInitializer: denseInitializer }),
    bottom: pooled({ named: true }),
    file: ({ includeTop }) =>
      `https://storage.googleapis.com/keras-applications/${name}${includeTop ? '' : '_notop'}.h5`,
  });
}

/** 5 million parameters. Images 224x224, with values 0..255. */
export const EfficientNetB0 = efficientnet('EfficientNetB0', 1, 1, 224, 0.2);
/** 8 million parameters. Images 240x240, with values 0..255. */
export const EfficientNetB1 = efficientnet('EfficientNetB1', 1, 1.1, 240, 0.2);
/** 9 million parameters. Images 260x260, with values 0..255. */
export const EfficientNetB2 = efficientnet('EfficientNetB2', 1.1, 1.2, 260, 0.3);
/** 12 million parameters. Images 300x300, with values 0..255. */
export const EfficientNetB3 = efficientnet('EfficientNetB3', 1.2, 1.4, 300, 0.3);
/** 20 million parameters. Images 380x380, with values 0..255. */
export const EfficientNetB4 = efficientnet('EfficientNetB4', 1.4, 1.8, 380, 0.4);
/** 31 million parameters. Images 456x456, with values 0..255. */
export const EfficientNetB5 = efficientnet('EfficientNetB5', 1.6, 2.2, 456, 0.4);
/** 43 million parameters. Images 528x528, with values 0..255. */
export const EfficientNetB6 = efficientnet('EfficientNetB6', 1.8, 2.6, 528, 0.5);
/** 67 million parameters. Images 600x600, with values 0..255. */
export const EfficientNetB7 = efficientnet('EfficientNetB7', 2, 3.1, 600, 0.5);
