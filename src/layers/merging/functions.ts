// The merge layers as functions: `add([x, y])` makes a layer and calls it.

import type { TensorLike } from '../../graph/apply.js';
import type { Tensor } from '../../graph/tensor.js';
import type { KerasTensor } from '../kerasTensor.js';
import type { Layer, LayerOptions } from '../layer.js';
import { Concatenate } from './concatenate.js';
import { Dot } from './dot.js';
import { Add, Average, Maximum, Minimum, Multiply, Subtract } from './merging.js';

/** Symbolic inputs give a symbolic output, tensors a tensor. */
interface MergeFunction<Options> {
  (inputs: readonly KerasTensor[], options?: Options): KerasTensor;
  (inputs: readonly TensorLike[], options?: Options): Tensor;
}

function merge<Options>(make: (options: Options) => Layer): MergeFunction<Options> {
  return ((inputs: readonly KerasTensor[], options?: Options) =>
    make((options ?? {}) as Options).invoke(inputs)) as never;
}

/** Sum of the inputs. */
export const add = merge<LayerOptions>(options => new Add(options));
/** First input minus the second. */
export const subtract = merge<LayerOptions>(options => new Subtract(options));
/** Product of the inputs. */
export const multiply = merge<LayerOptions>(options => new Multiply(options));
/** Mean of the inputs. */
export const average = merge<LayerOptions>(options => new Average(options));
/** Largest of the inputs, element by element. */
export const maximum = merge<LayerOptions>(options => new Maximum(options));
/** Smallest of the inputs, element by element. */
export const minimum = merge<LayerOptions>(options => new Minimum(options));
type Axes = number | readonly [number, number];

function isAxes<T extends Axes>(options: T | object): options is T {
  return typeof options === 'number' || Array.isArray(options);
}

/** The inputs side by side along `axis`, the last by default. */
export const concatenate = merge<number | (LayerOptions & { axis?: number })>(options =>
  isAxes(options) ? new Concatenate(options) : new Concatenate(options),
);

/** Dot products along `axes`, the last by default. */
export const dot = merge<Axes | (LayerOptions & { axes?: Axes; normalize?: boolean })>(options =>
  isAxes(options) ? new Dot(options) : new Dot({ axes: -1, ...options }),
);
