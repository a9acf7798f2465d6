// The K backend: crossentropies, per element or per sample. They clip probabilities as classic Keras does, which differs
// from the losses of keras.losses by about epsilon.

import { epsilon } from '../defaults.js';
import { asTensor, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { lifter } from '../layers/operation.js';
import { sigmoid } from '../ops/activations.js';
import * as losses from '../ops/crossentropy.js';
import {
  add,
  cast,
  clip,
  divide,
  log,
  multiply,
  negative,
  notEqual,
  power,
  subtract,
  where,
} from '../ops/elementwise.js';
import { moveaxis, reshape } from '../ops/movement.js';
import { sum } from '../ops/reduce.js';
import { softmax } from '../ops/softmax.js';

const op = lifter('keras.src.legacy.backend');

const inside = (probabilities: TensorLike): Tensor => clip(probabilities, epsilon(), 1 - epsilon());

const ofElements = (target: TensorLike, output: TensorLike, fromLogits = false): Tensor => {
  if (fromLogits) return losses.binaryCrossentropy(target, output, true);
  const o = inside(asTensor(output));
  const t = cast(target, o.dtype);
  const logOf = (p: TensorLike) => log(add(p, epsilon()));
  return negative(add(multiply(t, logOf(o)), multiply(subtract(1, t), logOf(subtract(1, o)))));
};
/** -t log(o) - (1 - t) log(1 - o) per element. */
export const binaryCrossentropy = op('binaryCrossentropy', ofElements, 'target output', 'fromLogits=false');

/** Binary crossentropy times (1 - p)^gamma, p being the probability of the true class. */
export const binaryFocalCrossentropy = op(
  'binaryFocalCrossentropy',
  (
    target: TensorLike,
    output: TensorLike,
    applyClassBalancing = false,
    alpha = 0.25,
    gamma = 2,
    fromLogits = false,
  ): Tensor => {
    const p = fromLogits ? sigmoid(output) : asTensor(output);
    const t = cast(target, p.dtype);
    const ofTrueClass = add(multiply(t, p), multiply(subtract(1, t), subtract(1, p)));
    const loss = multiply(power(subtract(1, ofTrueClass), gamma), ofElements(t, output, fromLogits));
    return applyClassBalancing ? multiply(add(multiply(t, alpha), multiply(subtract(1, t), 1 - alpha)), loss) : loss;
  },
  'target output',
  'applyClassBalancing=false',
  'alpha=0.25',
  'gamma=2',
  'fromLogits=false',
);

export const categoricalCrossentropy = op(
  'categoricalCrossentropy',
  losses.categoricalCrossentropy,
  'target output',
  'fromLogits=false',
  'axis=-1',
);

/** -sum(alpha (1 - p)^gamma t log(p)) over the classes. */
export const categoricalFocalCrossentropy = op(
  'categoricalFocalCrossentropy',
  (target: TensorLike, output: TensorLike, alpha = 0.25, gamma = 2, fromLogits = false, axis = -1): Tensor => {
    const given = fromLogits ? softmax(output, axis) : asTensor(output);
    const p = inside(divide(given, sum(given, axis, true)));
    const entropy = negative(multiply(cast(target, p.dtype), log(p)));
    return sum(multiply(multiply(power(subtract(1, p), gamma), alpha), entropy), axis);
  },
  'target output',
  'alpha=0.25',
  'gamma=2',
  'fromLogits=false',
  'axis=-1',
);

/**
 * -log(p[target]) for numbers of classes, of the shape of the output without its classes (or that with a last axis of 1, or flat).
 * Probabilities need not sum to 1. Samples of the class `ignoreClass` count 0.
 */
export const sparseCategoricalCrossentropy = op(
  'sparseCategoricalCrossentropy',
  (
    target: TensorLike,
    output: TensorLike,
    fromLogits = false,
    axis = -1,
    ignoreClass: number | null = null,
  ): Tensor => {
    const last = moveaxis(fromLogits ? output : log(inside(output)), axis, -1);
    const t = cast(target, 'int32');
    const labels = t.size * last.shape.at(-1)! === last.size ? reshape(t, last.shape.slice(0, -1)) : t;
    const valid = ignoreClass === null ? null : notEqual(labels, ignoreClass);
    const loss = losses.sparseCategoricalCrossentropy(valid ? where(valid, labels, 0) : labels, last, true);
    return valid ? where(valid, loss, 0) : loss;
  },
  'target output',
  'fromLogits=false',
  'axis=-1',
  'ignoreClass=null',
);
