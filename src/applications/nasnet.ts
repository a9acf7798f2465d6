// keras.applications.nasnet: two kinds of cells found by search, each reading the outputs of the two cells before it.
// Source: Zoph, Vasudevan, Shlens, Le, "Learning Transferable Architectures for Scalable Image Recognition" (2017).

import { withScope } from '../layers/context.js';
import { Conv2D } from '../layers/convolutional/conv.js';
import { SeparableConv2D } from '../layers/convolutional/separableConv.js';
import { Activation } from '../layers/core/activation.js';
import type { KerasTensor } from '../layers/kerasTensor.js';
import { add, concatenate } from '../layers/merging/functions.js';
import { BatchNormalization } from '../layers/normalization/batchNormalization.js';
import { AveragePooling2D, MaxPooling2D } from '../layers/pooling/pooling.js';
import { Cropping2D } from '../layers/reshaping/cropping.js';
import { ZeroPadding2D } from '../layers/reshaping/zeroPadding.js';
import { type Application, application, chain, channelsOf, classifier, pooled } from './application.js';
import { preprocessor } from './imagenetUtils.js';
import { correctPad } from './scaling.js';
import { published } from './weights.js';

export { decodePredictions } from './imagenetUtils.js';

const normalize = (name: string) => BatchNormalization({ axis: -1, momentum: 0.9997, epsilon: 1e-3, name });
const relu = (name: string | null = null) => Activation('relu', { name });
const average = (name: string) => AveragePooling2D(3, { strides: 1, padding: 'same', name });

/** Runs `make` with a part of the paths of the weights it makes. */
const scoped = (name: string, make: () => KerasTensor): KerasTensor => withScope({}, name, make);

const convolution = (filters: number, name: string) =>
  Conv2D(filters, 1, { padding: 'same', useBias: false, kernelInitializer: 'he_normal', name });

/** Twice ReLU, separable convolution and normalization; the first time with a stride, if any. */
function separable(x: KerasTensor, filters: number, kernel: number, strides: 1 | 2, id: string): KerasTensor {
  const twice = (i: number, stride: 1 | 2, padding: 'same' | 'valid') => [
    SeparableConv2D(filters, kernel, {
      strides: stride,
      name: `separable_conv_${i}_${id}`,
      padding,
      useBias: false,
    }),
    normalize(`separable_conv_${i}_bn_${id}`),
  ];
  return scoped(`separable_conv_block_${id}`, () =>
    chain(
      x,
      relu(),
      ...(strides === 2 ? [ZeroPadding2D(correctPad(x, kernel), { name: `separable_conv_1_pad_${id}` })] : []),
      ...twice(1, strides, strides === 2 ? 'valid' : 'same'),
      relu(),
      ...twice(2, 1, 'same'),
    ),
  );
}

/** Brings the output of the cell before the last to the size and the channels of the last. */
function adjust(previous: KerasTensor | null, x: KerasTensor, filters: number, id: string): KerasTensor {
  if (previous === null) return x;
  const different = previous.shape[2] !== x.shape[2];
  if (!different && channelsOf(previous) === filters) return previous;
  return scoped('adjust_block', () =>
    different
      ? scoped(`adjust_reduction_block_${id}`, () => halved(previous, filters, id))
      : scoped(`adjust_projection_block_${id}`, () =>
          chain(previous, relu(), convolution(filters, `adjust_conv_projection_${id}`), normalize(`adjust_bn_${id}`)),
        ),
  );
}

/** Two poolings that see every second pixel, one of them shifted by one. */
function halved(x: KerasTensor, filters: number, id: string): KerasTensor {
  const half = (i: 1 | 2) => [
    AveragePooling2D(1, { strides: 2, padding: 'valid', name: `adjust_avg_pool_${i}_${id}` }),
    convolution(Math.floor(filters / 2), `adjust_conv_${i}_${id}`),
  ];
  const active = relu(`adjust_relu_1_${id}`)(x);
  const even = chain(active, ...half(1));
  const odd = chain(
    active,
    ZeroPadding2D([
      [0, 1],
      [0, 1],
    ]),
    Cropping2D([
      [1, 0],
      [1, 0],
    ]),
    ...half(2),
  );
  return normalize(`adjust_bn_${id}`)(concatenate([even, odd], { axis: -1 }));
}

/** A cell that keeps the size of the image. */
function normalCell(x: KerasTensor, previous: KerasTensor | null, filters: number, id: string): KerasTensor {
  const p = adjust(previous, x, filters, id);
  const h = chain(x, relu(), convolution(filters, `normal_conv_1_${id}`), normalize(`normal_bn_1_${id}`));
  const side = (of: KerasTensor, kernel: number, name: string) =>
    separable(of, filters, kernel, 1, `normal_${name}_${id}`);
  const sum = (i: number, pair: () => KerasTensor[]) =>
    scoped(`block_${i}`, () => add(pair(), { name: `normal_add_${i}_${id}` }));
  return concatenate(
    [
      p,
      sum(1, () => [side(h, 5, 'left1'), side(p, 3, 'right1')]),
      sum(2, () => [side(p, 5, 'left2'), side(p, 3, 'right2')]),
      sum(3, () => [average(`normal_left3_${id}`)(h), p]),
      sum(4, () => [average(`normal_left4_${id}`)(p), average(`normal_right4_${id}`)(p)]),
      sum(5, () => [side(h, 3, 'left5'), h]),
    ],
    { axis: -1, name: `normal_concat_${id}` },
  );
}

/** A cell that halves the image. */
function reductionCell(x: KerasTensor, previous: KerasTensor | null, filters: number, id: string): KerasTensor {
  const p = adjust(previous, x, filters, id);
  const h = chain(x, relu(), convolution(filters, `reduction_conv_1_${id}`), normalize(`reduction_bn_1_${id}`));
  const padded = ZeroPadding2D(correctPad(h, 3), { name: `reduction_pad_1_${id}` })(h);
  const side = (of: KerasTensor, kernel: number, name: string, strides: 1 | 2 = 2) =>
    separable(of, filters, kernel, strides, `reduction_${name}_${id}`);
  const halving = (name: string) => ({ strides: 2, padding: 'valid', name: `reduction_${name}_${id}` }) as const;
  const sum = (i: number, name: string | null, pair: () => KerasTensor[]) =>
    scoped(`block_${i}`, () => add(pair(), { name: name && `reduction_${name}_${id}` }));

  const x1 = sum(1, 'add_1', () => [side(h, 5, 'left1'), side(p, 7, 'right1')]);
  const x2 = sum(2, 'add_2', () => [MaxPooling2D(3, halving('left2'))(padded), side(p, 7, 'right2')]);
  const x3 = sum(3, 'add3', () => [AveragePooling2D(3, halving('left3'))(padded), side(p, 5, 'right3')]);
  const x4 = sum(4, null, () => [x2, average(`reduction_left4_${id}`)(x1)]);
  const x5 = sum(5, 'add4', () => [side(x1, 3, 'left4', 1), MaxPooling2D(3, halving('right5'))(padded)]);
  return concatenate([x2, x3, x4, x5], { axis: -1, name: `reduction_concat_${id}` });
}

interface Variant {
  readonly size: number;
  /** Filters of the first convolution, and of the cells of the first stage. */
  readonly stem: number;
  readonly filters: number;
  /** Normal cells in each of the three stages. */
  readonly cells: number;
  /** Whether the first cell of a stage reads the cell before the reduction, rather than the reduction's input. */
  readonly skipReduction: boolean;
  readonly file: string;
}

function nasnet(
  title: string,
  name: string,
  { size, stem, filters, cells, skipReduction, file }: Variant,
): Application {
  return application(title, {
    name,
    options: {},
    size,
    features(image) {
      let x = chain(
        image,
        Conv2D(stem, 3, {
          strides: 2,
          padding: 'valid',
          useBias: false,
          name: 'stem_conv1',
          kernelInitializer: 'he_normal',
        }),
        normalize('stem_bn1'),
      );
      let previous: KerasTensor | null = null;
      const step = (cell: typeof normalCell, width: number, id: string, keepPrevious = false) => {
        const next = scoped(`${cell === normalCell ? 'normal' : 'reduction'}_A_block_${id}`, () =>
          cell(x, previous, width, id),
        );
        if (!keepPrevious) previous = x;
        x = next;
      };
      step(reductionCell, filters / 4, 'stem_1');
      step(reductionCell, filters / 2, 'stem_2');
      for (let stage = 0; stage < 3; stage++) {
        const width = filters * 2 ** stage;
        if (stage > 0) step(reductionCell, width, `reduce_${stage * cells}`, skipReduction);
        for (let i = 0; i < cells; i++) step(normalCell, width, String(stage * cells + i + (stage > 0 ? 1 : 0)));
      }
      return relu()(x);
    },
    top: classifier({ pool: null }),
    bottom: pooled({ named: false }),
    file: ({ includeTop }) => published(`nasnet/${file}${includeTop ? '' : '-no-top'}.h5`),
  });
}

const mobile = nasnet('NASNetMobile', 'nasnet_mobile', {
  size: 224,
  stem: 32,
  filters: 44,
  cells: 4,
  skipReduction: false,
  file: 'NASNet-mobile',
});

/** 5 million parameters. Images 224x224, without the classifier, too. */
export const NASNetMobile: Application = ((options: Parameters<Application>[0] = {}) =>
  mobile(
    options.includeTop === false ? { ...options, inputShape: options.inputShape ?? [224, 224, 3] } : options,
  )) as Application;

/** 89 million parameters. Images 331x331. */
export const NASNetLarge = nasnet('NASNetLarge', 'nasnet_large', {
  size: 331,
  stem: 96,
  filters: 168,
  cells: 6,
  skipReduction: true,
  file: 'NASNet-large',
});

/** Scales pixels to -1..1. */
export const preprocessInput = preprocessor('tf');
