// Towers: what the Inception networks are made of.

import { Conv2D } from '../layers/convolutional/conv.js';
import { Activation } from '../layers/core/activation.js';
import type { KerasTensor } from '../layers/kerasTensor.js';
import { Concatenate } from '../layers/merging/concatenate.js';
import { BatchNormalization } from '../layers/normalization/batchNormalization.js';
import { AveragePooling2D, MaxPooling2D } from '../layers/pooling/pooling.js';
import { chain } from './application.js';

/** One step of a tower: a convolution with its window (and a stride of 2 without padding), or a pooling. */
export type Step =
  | readonly [filters: number, kernel: number | readonly [number, number], reduce?: 'valid' | 'half']
  | 'average'
  | 'halve';

/** Convolution, batch normalization without gamma, and ReLU. */
export function convBn(
  x: KerasTensor,
  [filters, kernel, reduce]: Exclude<Step, string>,
  name: string | null = null,
): KerasTensor {
  return chain(
    x,
    Conv2D(filters, kernel, {
      strides: reduce === 'half' ? 2 : 1,
      padding: reduce ? 'valid' : 'same',
      useBias: false,
      name,
    }),
    BatchNormalization({ axis: 3, scale: false, name: name && `${name}_bn` }),
    Activation('relu', { name: name && `${name}_ac` }),
  );
}

/** Steps one after the other. */
export function tower(x: KerasTensor, steps: readonly Step[]): KerasTensor {
  return steps.reduce<KerasTensor>((y, step) => {
    if (step === 'average') return AveragePooling2D(3, { strides: 1, padding: 'same' })(y);
    return step === 'halve' ? MaxPooling2D(3, { strides: 2 })(y) : convBn(y, step);
  }, x);
}

/** Towers side by side on the same input. */
export function mixed(x: KerasTensor, towers: readonly (readonly Step[])[], name: string | null = null): KerasTensor {
  return Concatenate({ axis: 3, name })(towers.map(steps => tower(x, steps)));
}

/** The stem of both networks: five convolutions and two poolings. */
// biome-ignore format: a table, row by row
export const stem: readonly Step[] = [
  [32, 3, 'half'], [32, 3, 'valid'], [64, 3], 'halve', [80, 1, 'valid'], [192, 3, 'valid'], 'halve',
];
