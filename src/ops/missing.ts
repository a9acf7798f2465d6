// Reductions that leave NaN aside: each replaces it by the value that does not count, or counts the others.

import { asTensor, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { normalizeAxes, type Shape, sizeOf } from '../shape.js';
import { reshape } from './broadcast.js';
import {
  add,
  cast,
  divide,
  equal,
  floor,
  isnan,
  logicalNot,
  minimum,
  multiply,
  sqrt,
  square,
  subtract,
  where,
} from './elementwise.js';
import { takeAlongAxis } from './indexing.js';
import { stack, transpose } from './movement.js';
import { argmax, argmin, cumprod, cumsum, max, min, prod, sum } from './reduce.js';
import { sort } from './sort.js';

type Axes = number | readonly number[] | null;

const present = (x: Tensor): Tensor => logicalNot(isnan(x));
const filled = (x: TensorLike, value: number): Tensor => {
  const tensor = cast(asTensor(x), 'float32');
  return where(isnan(tensor), value, tensor);
};
const count = (x: TensorLike, axis: Axes, keepdims: boolean): Tensor =>
  sum(cast(present(cast(asTensor(x), 'float32')), 'float32'), axis, keepdims);
/** `y` where there was anything to reduce, else NaN. */
const orNaN = (y: Tensor, x: TensorLike, axis: Axes, keepdims: boolean): Tensor =>
  where(equal(count(x, axis, keepdims), 0), NaN, y);

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

/** The value below which a share q of what is not NaN lies, interpolated linearly. Several q give a new first axis. */
export function nanquantile(x: TensorLike, q: number | readonly number[], axis: Axes = null, keepdims = false): Tensor {
  const tensor = cast(asTensor(x), 'float32');
  const axes = normalizeAxes(axis, tensor.rank);
  const kept = tensor.shape.map((_, i) => i).filter(i => !axes.includes(i));
  const n = sizeOf(axes.map(i => tensor.shape[i]!));
  // NaN sorts last, so the elements that count are the first ones of each line.
  const lines = sort(reshape(transpose(tensor, [...kept, ...axes]), [...kept.map(i => tensor.shape[i]!), n]));
  const last = subtract(count(lines, -1, true), 1);
  const shape: Shape = keepdims
    ? tensor.shape.map((dim, i) => (axes.includes(i) ? 1 : dim))
    : kept.map(i => tensor.shape[i]!);
  const at = (share: number): Tensor => {
    const place = multiply(last, share);
    const low = floor(place);
    const element = (index: Tensor) => takeAlongAxis(lines, cast(minimum(index, n - 1), 'int32'), -1);
    const [a, b, between] = [element(low), element(minimum(add(low, 1), last)), subtract(place, low)];
    return reshape(where(equal(last, -1), NaN, add(multiply(a, subtract(1, between)), multiply(b, between))), shape);
  };
  return typeof q === 'number' ? at(q) : stack(q.map(at));
}
