// Crossentropies per element and per sample, with exactly the numerics of Keras's JAX backend: probabilities are
// normalized to sum 1, then clipped to [epsilon, 1 - epsilon], then their logarithm is taken. Composites.

import { epsilon } from '../defaults.js';
import { ShapeError } from '../errors.js';
import { asTensor, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { formatShape, normalizeAxis, sameShape, sizeOf } from '../shape.js';
import { logSigmoid } from './activations.js';
import { add, cast, clip, divide, log, multiply, negative, subtract } from './elementwise.js';
import { oneHot } from './indexing.js';
import { squeeze } from './movement.js';
import { sum } from './reduce.js';
import { logSoftmax } from './softmax.js';

/** -t log(o) - (1 - t) log(1 - o) per element; with `fromLogits`, o = sigmoid(output), computed stably. */
export function binaryCrossentropy(target: TensorLike, output: TensorLike, fromLogits = false): Tensor {
  const o = asTensor(output);
  const t = cast(target, o.dtype);
  requireSameShape('binaryCrossentropy', t, o);
  if (fromLogits) {
    return negative(add(multiply(t, logSigmoid(o)), multiply(subtract(1, t), logSigmoid(negative(o)))));
  }
  const p = clip(o, epsilon(), 1 - epsilon());
  return negative(add(multiply(t, log(p)), multiply(subtract(1, t), log(subtract(1, p)))));
}

/** -sum(t log(o)) over the classes on `axis`; with `fromLogits`, o = softmax(output). */
export function categoricalCrossentropy(target: TensorLike, output: TensorLike, fromLogits = false, axis = -1): Tensor {
  const o = asTensor(output);
  const t = cast(target, o.dtype);
  requireSameShape('categoricalCrossentropy', t, o);
  return negative(sum(multiply(t, logProbabilities(o, fromLogits, axis)), axis));
}

/** Categorical crossentropy with integer targets: one axis less than the output, or a last axis of size 1. */
export function sparseCategoricalCrossentropy(
  target: TensorLike,
  output: TensorLike,
  fromLogits = false,
  axis = -1,
): Tensor {
  const o = asTensor(output);
  let t = cast(target, 'int32');
  if (t.rank === o.rank && t.shape[t.rank - 1] === 1) t = squeeze(t, -1);
  const classAxis = normalizeAxis(axis, o.rank);
  const expected = o.shape.filter((_, i) => i !== classAxis);
  if (!sameShape(t.shape, expected)) {
    throw new ShapeError(
      `sparseCategoricalCrossentropy: expected integer targets of shape ${formatShape(expected)} for outputs of shape ` +
        `${formatShape(o.shape)}. Received targets of shape ${formatShape(t.shape)}. For one-hot targets use ` +
        `categorical crossentropy.`,
    );
  }
  const hot = oneHot(t, o.shape[classAxis]!, classAxis);
  return negative(sum(multiply(hot, logProbabilities(o, fromLogits, axis)), axis));
}

function logProbabilities(output: Tensor, fromLogits: boolean, axis: number): Tensor {
  if (fromLogits) return logSoftmax(output, axis);
  return log(clip(divide(output, sum(output, axis, true)), epsilon(), 1 - epsilon()));
}

function requireSameShape(op: string, target: Tensor, output: Tensor): void {
  if (sameShape(target.shape, output.shape)) return;
  const numbered = op === 'categoricalCrossentropy' && sizeOf(target.shape) * output.shape.at(-1)! === output.size;
  const hint = numbered ? ' For targets that are the numbers of classes use sparseCategoricalCrossentropy.' : '';
  throw new ShapeError(
    `${op}: targets and outputs must have the same shape. Received targets of shape ${formatShape(target.shape)} and ` +
      `outputs of shape ${formatShape(output.shape)}.${hint}`,
  );
}
