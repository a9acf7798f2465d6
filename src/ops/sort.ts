// Sorting along an axis and what follows from it. One op finds the order; taking elements in that order does the rest,
// gradients included.

import { ValueError } from '../errors.js';
import { apply, asTensor, type TensorLike } from '../graph/apply.js';
import { defineOp } from '../graph/op.js';
import type { Tensor } from '../graph/tensor.js';
import { formatShape, normalizeAxes, normalizeAxis, sizeOf } from '../shape.js';
import { broadcastTo, reshape } from './broadcast.js';
import {
  add,
  cast,
  ceil,
  equal,
  floor,
  isnan,
  less,
  logicalAnd,
  logicalNot,
  maximum,
  minimum,
  multiply,
  round,
  subtract,
  where,
} from './elementwise.js';
import { takeAlongAxis } from './indexing.js';
import { expandDims, moveaxis, ravel, sliceAxis, squeeze, transpose } from './movement.js';
import { sum } from './reduce.js';

/** The positions along the last axis in the order of their elements, equal ones by position; NaN is the largest. */
const argsortOp = defineOp<{ descending: boolean }>({
  name: 'argsort',
  infer: ([x]) => [{ shape: x!.shape, dtype: 'int32' }],
  vjp: 'none',
  emit(k, { inputs: [x], outputs: [y], attrs: { descending } }) {
    if (x!.size === 0) return;
    const n = x!.shape.at(-1)!;
    const workspace = k.workspace(16 * n * k.threads);
    const order = { rows: x!.size / n, n, descending, float: x!.dtype === 'float32' };
    k.call('argsort', { x: x!, y: y!, workspace, ...order }, x!.size * 8 * Math.ceil(Math.log2(n + 1)));
  },
});

/** y[i] = elements of `sorted` below values[i]; with `right`, those equal to it as well. */
const searchSortedOp = defineOp<{ right: boolean }>({
  name: 'searchSorted',
  infer: ([, values]) => [{ shape: values!.shape, dtype: 'int32' }],
  vjp: 'none',
  emit(k, { inputs: [sorted, values], outputs: [y], attrs: { right } }) {
    const sizes = { n: sorted!.size, count: values!.size, right, float: sorted!.dtype === 'float32' };
    k.call(
      'searchSorted',
      { sorted: sorted!, values: values!, y: y!, ...sizes },
      values!.size * 8 * Math.ceil(Math.log2(sorted!.size + 2)),
    );
  },
});

function order(x: Tensor, axis: number, descending: boolean): Tensor {
  return moveaxis(apply(argsortOp, [moveaxis(x, axis, -1)], { descending }), -1, axis);
}

/** The positions along an axis (null: of the flattened tensor) in ascending order of the elements, int32. Stable. */
export function argsort(x: TensorLike, axis: number | null = -1): Tensor {
  const tensor = axis === null ? ravel(x) : asTensor(x);
  return order(tensor, axis === null ? 0 : normalizeAxis(axis, tensor.rank), false);
}

/** The elements along an axis (null: of the flattened tensor) in ascending order; NaN at the end. */
export function sort(x: TensorLike, axis: number | null = -1): Tensor {
  const tensor = axis === null ? ravel(x) : asTensor(x);
  const dim = axis === null ? 0 : normalizeAxis(axis, tensor.rank);
  return takeAlongAxis(tensor, order(tensor, dim, false), dim);
}

/**
 * [values, indices] of the k largest elements along the last axis, largest first; of equal ones the first.
 * @throws ValueError if there are fewer than k.
 */
export function topK(x: TensorLike, k: number): [Tensor, Tensor] {
  const tensor = asTensor(x);
  const n = tensor.shape.at(-1) ?? 0;
  if (!Number.isInteger(k) || k < 0 || k > n) {
    throw new ValueError(
      `topK: expected k from 0 to ${n}, the last axis of shape ${formatShape(tensor.shape)}. Received k=${k}.`,
    );
  }
  const indices = sliceAxis(order(tensor, tensor.rank - 1, true), tensor.rank - 1, 0, k);
  return [takeAlongAxis(tensor, indices, -1), indices];
}

/**
 * Whether predictions[i, targets[i]] is among the k largest of row i: fewer than k are larger. A target out of range,
 * or one whose prediction is NaN, is not.
 */
export function inTopK(targets: TensorLike, predictions: TensorLike, k: number): Tensor {
  const scores = asTensor(predictions);
  const own = takeAlongAxis(scores, expandDims(asTensor(targets, 'int32'), -1), -1);
  const larger = sum(less(own, scores), -1);
  return logicalAnd(less(larger, k), logicalNot(isnan(squeeze(own, -1))));
}

/** Where each value would be inserted into an ascending tensor of one axis: before ('left') or after equal elements. */
export function searchsorted(sortedSequence: TensorLike, values: TensorLike, side: 'left' | 'right' = 'left'): Tensor {
  const sequence = asTensor(sortedSequence);
  const wanted = asTensor(values, sequence.dtype);
  if (sequence.rank !== 1) {
    throw new ValueError(
      `searchsorted: expected a sequence with one axis. Received shape ${formatShape(sequence.shape)}.`,
    );
  }
  const dtype = sequence.dtype === 'float32' || wanted.dtype === 'float32' ? 'float32' : 'int32';
  return apply(searchSortedOp, [cast(sequence, dtype), cast(wanted, dtype)], { right: side === 'right' });
}

/** The bin of each element, given the ascending edges of the bins: edges[y - 1] <= x < edges[y]. */
export function digitize(x: TensorLike, bins: TensorLike): Tensor {
  return searchsorted(bins, x, 'right');
}

/** What a quantile between two elements is: interpolated, one of them, or their mean. */
export type QuantileMethod = 'linear' | 'lower' | 'higher' | 'midpoint' | 'nearest';

/**
 * The elements of `lines` (..., n), each in ascending order, at fractional positions along the last axis; `last` is the
 * largest position that counts.
 */
export function elementsAt(lines: Tensor, places: Tensor, last: TensorLike, method: QuantileMethod): Tensor {
  const low = floor(places);
  const high = minimum(ceil(places), last);
  const element = (index: Tensor) => takeAlongAxis(lines, cast(maximum(index, 0), 'int32'), -1);
  switch (method) {
    case 'lower':
      return element(low);
    case 'higher':
      return element(high);
    case 'nearest':
      return element(round(places));
    case 'midpoint':
      return multiply(add(element(low), element(high)), 0.5);
    case 'linear': {
      const between = subtract(places, low);
      // Where the place is that of an element, its neighbour does not count, not even an infinite one.
      const other = where(equal(between, 0), element(low), element(high));
      return add(multiply(element(low), subtract(1, between)), multiply(other, between));
    }
    default:
      throw new ValueError(
        `quantile: expected method 'linear', 'lower', 'higher', 'midpoint' or 'nearest'. Received '${String(method)}'.`,
      );
  }
}

/**
 * Quantiles of lines: `at` gives those of lines (..., n) at shares (..., k) as (..., k). The axes of q come first in the
 * result, then those of x that are left.
 */
export function quantilesOf(
  x: TensorLike,
  q: TensorLike,
  axis: number | readonly number[] | null,
  keepdims: boolean,
  at: (lines: Tensor, shares: Tensor) => Tensor,
): Tensor {
  const tensor = cast(asTensor(x), 'float32');
  const shares = cast(asTensor(q), 'float32');
  const axes = normalizeAxes(axis, tensor.rank);
  const kept = tensor.shape.map((_, i) => i).filter(i => !axes.includes(i));
  const keptShape = kept.map(i => tensor.shape[i]!);
  const n = sizeOf(axes.map(i => tensor.shape[i]!));
  if (n === 0) throw new ValueError(`quantile: expected elements. Received shape ${formatShape(tensor.shape)}.`);
  const lines = sort(reshape(transpose(tensor, [...kept, ...axes]), [...keptShape, n]));
  const found = at(lines, broadcastTo(ravel(shares), [...keptShape, shares.size]));
  const shape = keepdims ? tensor.shape.map((dim, i) => (axes.includes(i) ? 1 : dim)) : keptShape;
  return reshape(moveaxis(found, -1, 0), [...shares.shape, ...shape]);
}

/** The value below which a share q of the elements lies; NaN if one of them is. Several q give new first axes. */
export function quantile(
  x: TensorLike,
  q: TensorLike,
  axis: number | readonly number[] | null = null,
  method: QuantileMethod = 'linear',
  keepdims = false,
): Tensor {
  return quantilesOf(x, q, axis, keepdims, (lines, shares) => {
    const n = lines.shape.at(-1)!;
    const largest = sliceAxis(lines, lines.rank - 1, n - 1, n); // NaN, if there is one
    return where(isnan(largest), NaN, elementsAt(lines, multiply(shares, n - 1), n - 1, method));
  });
}

/** The middle element; the mean of the two middle ones of an even number. */
export function median(x: TensorLike, axis: number | readonly number[] | null = null, keepdims = false): Tensor {
  return quantile(x, 0.5, axis, 'linear', keepdims);
}
