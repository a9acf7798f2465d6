// Counting equal elements. The results of bincount and unique are as long as the data demand, so their argument must have
// a value that is known: they cannot stand inside a traced function.

import { asTensor, constant, fromTypedArray, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { onesLike } from './creation.js';
import { add, cast, divide, lessEqual, logicalAnd, minimum, multiply, subtract, where } from './elementwise.js';
import { arange } from './grid.js';
import { segmentSum } from './indexing.js';
import { ravel } from './movement.js';
import { max, min } from './reduce.js';
import { searchsorted } from './sort.js';

/** How often each of 0, 1, ..., max(x, minlength − 1) occurs in x; with weights, the sum of theirs. */
export function bincount(x: TensorLike, weights: TensorLike | null = null, minlength = 0): Tensor {
  const values = ravel(cast(asTensor(x, 'int32'), 'int32'));
  let length = minlength;
  for (const value of values.data()) length = Math.max(length, value + 1);
  return segmentSum(weights === null ? onesLike(values) : ravel(weights), values, length);
}

/**
 * [counts, edges]: how many elements lie in each of `bins` equal intervals between the smallest and the largest element,
 * or in `range`. An element on an edge counts above it, one on the last edge below it.
 */
export function histogram(x: TensorLike, bins = 10, range: readonly [number, number] | null = null): [Tensor, Tensor] {
  const values = ravel(cast(asTensor(x), 'float32'));
  const low = range ? constant(range[0]) : min(values);
  const high = range ? constant(range[1]) : max(values);
  const edges = add(low, multiply(subtract(high, low), divide(arange(bins + 1), bins)));
  const bin = minimum(subtract(searchsorted(edges, values, 'right'), 1), bins - 1);
  const inside = logicalAnd(lessEqual(low, values), lessEqual(values, high));
  return [segmentSum(onesLike(values), where(inside, bin, bins), bins), edges];
}

/** The different elements of x in ascending order; NaN last, once. */
export function unique(x: TensorLike): Tensor {
  const tensor = asTensor(x);
  const values = tensor.data().slice().sort();
  const different = values.filter((value, i) => i === 0 || (value !== values[i - 1] && !Number.isNaN(values[i - 1])));
  return fromTypedArray(different, [different.length], tensor.dtype);
}
