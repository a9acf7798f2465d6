// Losses that compare sets: overlaps of segmentations, and embeddings of the same and of different classes.

import { epsilon } from '../defaults.js';
import { asTensor, constant, type TensorLike } from '../graph/apply.js';
import { setMask } from '../graph/mask.js';
import type { Tensor } from '../graph/tensor.js';
import { softplus } from '../ops/activations.js';
import {
  add,
  cast,
  divide,
  equal,
  greater,
  logicalAnd,
  logicalNot,
  maximum,
  multiply,
  subtract,
  where,
} from '../ops/elementwise.js';
import { matmul } from '../ops/matmul.js';
import { reshape, transpose } from '../ops/movement.js';
import { logsumexp, sum } from '../ops/reduce.js';

/** 1 - 2 sum(y p) / (sum(y) + sum(p) + epsilon) over `axis` (null: everything, a scalar). */
export function dice(
  yTrue: TensorLike,
  yPred: TensorLike,
  { axis = null as number | readonly number[] | null } = {},
): Tensor {
  const p = asTensor(yPred);
  const t = cast(yTrue, p.dtype);
  const common = multiply(sum(multiply(t, p), axis), 2);
  return subtract(1, divide(common, add(add(sum(t, axis), sum(p, axis)), epsilon())));
}

/** 1 - common / (common + alpha fp + beta fn + epsilon) over `axis` (Salehi et al. 2017); alpha = beta = 0.5 is dice. */
export function tversky(
  yTrue: TensorLike,
  yPred: TensorLike,
  { alpha = 0.5, beta = 0.5, axis = null as number | readonly number[] | null } = {},
): Tensor {
  const p = asTensor(yPred);
  const t = cast(yTrue, p.dtype);
  const common = sum(multiply(t, p), axis);
  const first = sum(multiply(subtract(1, p), t), axis);
  const second = sum(multiply(p, subtract(1, t)), axis);
  return subtract(1, divide(common, add(add(common, add(multiply(first, alpha), multiply(second, beta))), epsilon())));
}

/**
 * Circle loss (Sun et al. 2020) over all pairs of a batch: labels (batch,) integers, predictions (batch, d) unit
 * vectors. Samples without a pair of their class count nothing.
 */
export function circle(
  yTrue: TensorLike,
  yPred: TensorLike,
  { gamma = 80, margin = 0.4, removeDiagonal = true } = {},
): Tensor {
  const embeddings = asTensor(yPred);
  const count = embeddings.shape[0]!;
  const labels = reshape(cast(yTrue, 'int32'), [-1]);
  const distance = maximum(subtract(1, matmul(embeddings, transpose(embeddings))), 0);
  const samePair = equal(reshape(labels, [-1, 1]), reshape(labels, [1, -1]));
  const negative = logicalNot(samePair);
  const diagonal = constant(
    Uint8Array.from({ length: count * count }, (_, i) => Number(i % (count + 1) === 0)),
    'bool',
    [count, count],
  );
  const positive = removeDiagonal ? logicalAnd(samePair, logicalNot(diagonal)) : samePair;
  const positiveWeight = maximum(add(distance, margin), 0);
  const negativeWeight = maximum(subtract(1 + margin, distance), 0);
  const positiveTerm = multiply(multiply(positiveWeight, subtract(margin, distance)), -gamma);
  const negativeTerm = multiply(multiply(negativeWeight, subtract(1 - margin, distance)), gamma);
  // Pairs that do not take part: a huge negative number and not -Infinity, whose gradient would be NaN.
  const outside = -1e30;
  const loss = softplus(
    add(logsumexp(where(positive, positiveTerm, outside), 1), logsumexp(where(negative, negativeTerm, outside), 1)),
  );
  setMask(loss, greater(loss, 0));
  return loss;
}
