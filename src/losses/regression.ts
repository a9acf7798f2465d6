// Losses between numbers. Each takes targets and predictions of shape (batch, ..., d) and gives (batch, ...): the
// mean (or sum) over the last axis. A missing or superfluous last axis of size 1 is mended, so that targets (n,)
// against predictions (n, 1) never broadcast to n x n.

import { epsilon } from '../defaults.js';
import { asTensor, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { softplus } from '../ops/activations.js';
import {
  abs,
  add,
  cast,
  divide,
  lessEqual,
  log,
  maximum,
  multiply,
  negative,
  rsqrt,
  square,
  subtract,
  where,
} from '../ops/elementwise.js';
import { mean, sum } from '../ops/reduce.js';
import { squeezeOrExpandToSameRank } from './rank.js';

/** mean((y - p)^2). */
export function meanSquaredError(yTrue: TensorLike, yPred: TensorLike): Tensor {
  const [t, p] = aligned(yTrue, yPred);
  return mean(square(subtract(t, p)), -1);
}

/** mean(|y - p|). */
export function meanAbsoluteError(yTrue: TensorLike, yPred: TensorLike): Tensor {
  const [t, p] = aligned(yTrue, yPred);
  return mean(abs(subtract(t, p)), -1);
}

/** 100 mean(|(y - p) / max(|y|, epsilon)|). */
export function meanAbsolutePercentageError(yTrue: TensorLike, yPred: TensorLike): Tensor {
  const [t, p] = aligned(yTrue, yPred);
  return multiply(mean(abs(divide(subtract(t, p), maximum(abs(t), epsilon()))), -1), 100);
}

/** mean((log(max(p, epsilon) + 1) - log(max(y, epsilon) + 1))^2). */
export function meanSquaredLogarithmicError(yTrue: TensorLike, yPred: TensorLike): Tensor {
  const [t, p] = aligned(yTrue, yPred);
  const logOf = (x: Tensor) => log(add(maximum(x, epsilon()), 1));
  return mean(square(subtract(logOf(p), logOf(t))), -1);
}

/** -sum(y/|y| p/|p|) on `axis`: -1 for equal directions, so that minimizing makes them similar. */
export function cosineSimilarity(yTrue: TensorLike, yPred: TensorLike, { axis = -1 } = {}): Tensor {
  return negative(cosine(yTrue, yPred, axis));
}

/** sum(y/|y| p/|p|) on `axis`. */
export function cosine(yTrue: TensorLike, yPred: TensorLike, axis: number): Tensor {
  const [t, p] = aligned(yTrue, yPred);
  const unit = (x: Tensor) => multiply(x, rsqrt(maximum(sum(square(x), axis, true), 1e-24)));
  return sum(multiply(unit(t), unit(p)), axis);
}

/** mean(e^2 / 2) where |e| <= delta, else mean(delta |e| - delta^2 / 2), with e = p - y. */
export function huber(yTrue: TensorLike, yPred: TensorLike, { delta = 1 } = {}): Tensor {
  const [t, p] = aligned(yTrue, yPred);
  const error = subtract(p, t);
  const size = abs(error);
  const linear = subtract(multiply(size, delta), 0.5 * delta * delta);
  return mean(where(lessEqual(size, delta), multiply(square(error), 0.5), linear), -1);
}

/** mean(log(cosh(p - y))), as x + softplus(-2x) - log 2, which does not overflow. */
export function logCosh(yTrue: TensorLike, yPred: TensorLike): Tensor {
  const [t, p] = aligned(yTrue, yPred);
  const x = subtract(p, t);
  return mean(subtract(add(x, softplus(multiply(x, -2))), Math.LN2), -1);
}

/** Both as tensors of the predictions' dtype and of one rank. */
export function aligned(yTrue: TensorLike, yPred: TensorLike): [Tensor, Tensor] {
  const p = asTensor(yPred);
  return squeezeOrExpandToSameRank(cast(yTrue, p.dtype), p);
}
