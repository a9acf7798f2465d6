// Functions that say per sample whether a prediction is right: 1 or 0.

import { asTensor, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { aligned } from '../losses/regression.js';
import { cast, equal, greater } from '../ops/elementwise.js';
import { expandDims, reshape, slice, squeeze } from '../ops/movement.js';
import { any, argmax } from '../ops/reduce.js';
import { inTopK } from '../ops/sort.js';

/** Whether targets and predictions are equal. */
export function accuracy(yTrue: TensorLike, yPred: TensorLike): Tensor {
  return cast(equal(...aligned(yTrue, yPred)), 'float32');
}

/** Whether prediction > threshold says what the target says. A prediction equal to the threshold counts as 0. */
export function binaryAccuracy(yTrue: TensorLike, yPred: TensorLike, { threshold = 0.5 } = {}): Tensor {
  const [t, p] = aligned(yTrue, yPred);
  return cast(equal(t, cast(greater(p, threshold), t.dtype)), 'float32');
}

/** Whether one-hot targets and predictions have their maximum at the same class. */
export function categoricalAccuracy(yTrue: TensorLike, yPred: TensorLike): Tensor {
  return cast(equal(argmax(yTrue, -1), argmax(yPred, -1)), 'float32');
}

/** Whether the predictions have their maximum at the class that an integer target names. */
export function sparseCategoricalAccuracy(yTrue: TensorLike, yPred: TensorLike): Tensor {
  const p = asTensor(yPred);
  const t = asTensor(yTrue);
  const labels = t.rank === p.rank && t.shape.at(-1) === 1 ? squeeze(t, -1) : t;
  return cast(equal(cast(labels, 'int32'), argmax(p, -1)), 'float32');
}

/** Whether the class of one-hot targets is among the `k` most probable ones. */
export function topKCategoricalAccuracy(yTrue: TensorLike, yPred: TensorLike, { k = 5 } = {}): Tensor {
  return sparseTopKCategoricalAccuracy(argmax(yTrue, -1), yPred, { k });
}

/** The same with integer targets. `fromSortedIds`: the predictions are class numbers already, best first. */
export function sparseTopKCategoricalAccuracy(
  yTrue: TensorLike,
  yPred: TensorLike,
  { k = 5, fromSortedIds = false } = {},
): Tensor {
  const p = asTensor(yPred);
  const t = asTensor(yTrue);
  const rows = reshape(p, [-1, p.shape.at(-1)!]);
  const labels = reshape(t, [-1]);
  const matches = fromSortedIds
    ? any(
        equal(expandDims(cast(labels, p.dtype), 1), slice(rows, [0, 0], [rows.shape[0]!, Math.min(k, rows.shape[1]!)])),
        1,
      )
    : inTopK(labels, rows, k);
  const samples = cast(matches, 'float32');
  return t.rank > 1 ? reshape(samples, t.shape) : samples;
}
