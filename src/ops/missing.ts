// Reductions that leave NaN aside: each replaces it by the value that does not count, or counts the others.

import { asTensor, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { cast, divide, equal, isnan, logicalNot, multiply, sqrt, square, subtract, where } from './elementwise.js';
import { argmax, argmin, cumprod, cumsum, max, min, prod, sum } from './reduce.js';
import { elementsAt, type QuantileMethod, quantilesOf } from './sort.js';

type Axes = number | readonly number[] | null;

const present = (x: Tensor): Tensor => logicalNot(isnan(x));
/** x with `value` for NaN. Integers and bools stay what they are: they have none. */
const filled = (x: TensorLike, value: number): Tensor => {
  const tensor = asTensor(x);
  return tensor.dtype === 'float32' ? where(isnan(tensor), value, tensor) : tensor;
};
const count = (x: TensorLike, axis: Axes, keepdims: boolean): Tensor =>
  sum(cast(present(cast(asTensor(x), 'float32')), 'float32'), axis, keepdims);
/** `y` where there was anything to reduce, else NaN. */
const orNaN = (y: Tensor, x: TensorLike, axis: Axes, keepdims: boolean): Tensor =>
  y.dtype === 'float32' ? where(equal(count(x, axis, keepdims), 0), NaN, y) : y;

/** The sum of what is not NaN. */
export function nansum(x: TensorLike, axis: Axes = null, keepdims = false): Tensor {
  return sum(filled(x, 0), axis, keepdims);
}

/** The product of what is not NaN. */
export function nanprod(x: TensorLike, axis: Axes = null, keepdims = false): Tensor {
  return prod(filled(x, 1), axis, keepdims);
}

/** The mean of what is not NaN. */
export function nanmean(x: TensorLike, axis: Axes = null, keepdims = false): Tensor {
  return divide(nansum(x, axis, keepdims), count(x, axis, keepdims));
}

/** The variance of what is not NaN. */
export function nanvar(x: TensorLike, axis: Axes = null, keepdims = false): Tensor {
  return nanmean(square(subtract(asTensor(x), nanmean(x, axis, true))), axis, keepdims);
}

/** The standard deviation of what is not NaN. */
export function nanstd(x: TensorLike, axis: Axes = null, keepdims = false): Tensor {
  return sqrt(nanvar(x, axis, keepdims));
}

/** The largest of what is not NaN; NaN if there is nothing else. */
export function nanmax(x: TensorLike, axis: Axes = null, keepdims = false): Tensor {
  return orNaN(max(filled(x, -Infinity), axis, keepdims), x, axis, keepdims);
}

/** The smallest of what is not NaN; NaN if there is nothing else. */
export function nanmin(x: TensorLike, axis: Axes = null, keepdims = false): Tensor {
  return orNaN(min(filled(x, Infinity), axis, keepdims), x, axis, keepdims);
}

/** Where the largest of what is not NaN is; -1 if there is nothing else. */
export function nanargmax(x: TensorLike, axis: number | null = null, keepdims = false): Tensor {
  return where(equal(count(x, axis, keepdims), 0), -1, argmax(filled(x, -Infinity), axis, keepdims));
}

/** Where the smallest of what is not NaN is; -1 if there is nothing else. */
export function nanargmin(x: TensorLike, axis: number | null = null, keepdims = false): Tensor {
  return where(equal(count(x, axis, keepdims), 0), -1, argmin(filled(x, Infinity), axis, keepdims));
}

/** Running sums in which NaN counts as 0. */
export function nancumsum(x: TensorLike, axis: number | null = null): Tensor {
  return cumsum(filled(x, 0), axis);
}

/** Running products in which NaN counts as 1. */
export function nancumprod(x: TensorLike, axis: number | null = null): Tensor {
  return cumprod(filled(x, 1), axis);
}

/** The value below which a share q of what is not NaN lies; NaN if there is nothing else. */
export function nanquantile(
  x: TensorLike,
  q: TensorLike,
  axis: Axes = null,
  method: QuantileMethod = 'linear',
  keepdims = false,
): Tensor {
  return quantilesOf(x, q, axis, keepdims, (lines, shares) => {
    // NaN sorts last, so the elements that count are the first ones of each line.
    const last = subtract(count(lines, -1, true), 1);
    return where(equal(last, -1), NaN, elementsAt(lines, multiply(shares, last), last, method));
  });
}
