// Counting equal elements. The results of bincount and unique are as long as the data demand, so their argument must have
// a value that is known: they cannot stand inside a traced function.

import { asTensor, constant, fromTypedArray, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { onesLike } from './creation.js';
import { add, cast, divide, lessEqual, logicalAnd, minimum, multiply, subtract, where } from './elementwise.js';
import { arange } from './grid.js';
import { segmentSum, take } from './indexing.js';
import { expandDims, moveaxis, ravel, reshape } from './movement.js';
import { max, min } from './reduce.js';
import { searchsorted } from './sort.js';

/**
 * How often each of 0, 1, ..., max(x, minlength − 1) occurs in x (n,) or in every row of x (rows, n); with weights, the sum
 * of theirs.
 */
export function bincount(x: TensorLike, weights: TensorLike | null = null, minlength = 0): Tensor {
  const values = cast(asTensor(x, 'int32'), 'int32');
  let length = minlength;
  for (const value of values.data()) length = Math.max(length, value + 1);
  const counted = weights === null ? onesLike(values) : asTensor(weights);
  if (values.rank !== 2) return segmentSum(ravel(counted), ravel(values), length);
  const rows = values.shape[0]!;
  const bins = add(values, multiply(expandDims(arange(rows), 1), length));
  return reshape(segmentSum(ravel(counted), ravel(bins), rows * length), [rows, length]);
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

interface Unique {
  /** The different elements, or slices of the axis, in ascending order; NaN last, once. */
  readonly values: Tensor;
  /** Where each of them comes first. */
  readonly index: Tensor;
  /** Which of them each element of x is. */
  readonly inverse: Tensor;
  /** How often each of them comes. */
  readonly counts: Tensor;
}

/** The different elements of x, or with an axis its different slices. */
export function unique(x: TensorLike, axis: number | null = null): Unique {
  const tensor = asTensor(x);
  const items = axis === null ? reshape(tensor, [tensor.size, 1]) : moveaxis(tensor, axis, 0);
  const n = items.shape[0]!;
  const length = items.size / Math.max(1, n);
  const data = items.data();
  const compare = (i: number, j: number): number => {
    for (let k = 0; k < length; k++) {
      const [a, b] = [data[i * length + k]!, data[j * length + k]!];
      if (a < b || (Number.isNaN(b) && !Number.isNaN(a))) return -1;
      if (a > b || (Number.isNaN(a) && !Number.isNaN(b))) return 1;
    }
    return 0;
  };
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => compare(i, j) || i - j);
  const first: number[] = [];
  const counts: number[] = [];
  const inverse = new Int32Array(n);
  for (const i of order) {
    if (first.length === 0 || compare(first.at(-1)!, i) !== 0) {
      first.push(i);
      counts.push(0);
    }
    inverse[i] = first.length - 1;
    counts[counts.length - 1]!++;
  }
  const index = constant(first, 'int32', [first.length]);
  const values = take(items, index, 0);
  return {
    values: axis === null ? ravel(values) : moveaxis(values, 0, axis),
    index,
    inverse: fromTypedArray(inverse, axis === null ? tensor.shape : [n]),
    counts: constant(counts, 'int32', [counts.length]),
  };
}
