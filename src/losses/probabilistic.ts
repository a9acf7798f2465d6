// Losses between probability distributions.

import { epsilon } from '../defaults.js';
import { ValueError } from '../errors.js';
import { asTensor, type TensorLike } from '../graph/apply.js';
import { setMask } from '../graph/mask.js';
import type { Tensor } from '../graph/tensor.js';
import { sigmoid } from '../ops/activations.js';
import * as crossentropy from '../ops/crossentropy.js';
import { ctcLoss } from '../ops/ctc.js';
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
import { oneHot } from '../ops/indexing.js';
import { expandDims, squeeze } from '../ops/movement.js';
import { mean, sum } from '../ops/reduce.js';
import { softmax } from '../ops/softmax.js';
import { formatShape } from '../shape.js';

export interface CrossentropyOptions {
  /** The predictions are logits and not probabilities. Default false. */
  fromLogits?: boolean;
  /** Draws the targets towards the uniform distribution, in [0, 1]. Default 0. */
  labelSmoothing?: number;
  /** The axis of the classes. Default -1. */
  axis?: number;
}

/** mean of -y log(p) - (1 - y) log(1 - p). */
export function binaryCrossentropy(
  yTrue: TensorLike,
  yPred: TensorLike,
  { fromLogits = false, labelSmoothing = 0, axis = -1 }: CrossentropyOptions = {},
): Tensor {
  const p = asTensor(yPred);
  return mean(crossentropy.binaryCrossentropy(smoothBinary(cast(yTrue, p.dtype), labelSmoothing), p, fromLogits), axis);
}

export interface BinaryFocalOptions extends CrossentropyOptions {
  /** Weighs the classes 1 and 0 with alpha and 1 - alpha. Default false. */
  applyClassBalancing?: boolean;
  /** Default 0.25. */
  alpha?: number;
  /** Focusing parameter; 0 gives the plain crossentropy. Default 2. */
  gamma?: number;
}

/** Binary crossentropy times (1 - p_t)^gamma, p_t the probability of the true class (Lin et al. 2017). */
export function binaryFocalCrossentropy(
  yTrue: TensorLike,
  yPred: TensorLike,
  {
    applyClassBalancing = false,
    alpha = 0.25,
    gamma = 2,
    fromLogits = false,
    labelSmoothing = 0,
    axis = -1,
  }: BinaryFocalOptions = {},
): Tensor {
  const p = fromLogits ? sigmoid(yPred) : asTensor(yPred);
  const t = smoothBinary(cast(yTrue, p.dtype), labelSmoothing);
  const ofTrueClass = add(multiply(t, p), multiply(subtract(1, t), subtract(1, p)));
  let loss = multiply(power(subtract(1, ofTrueClass), gamma), crossentropy.binaryCrossentropy(t, p));
  if (applyClassBalancing) loss = multiply(add(multiply(t, alpha), multiply(subtract(1, t), 1 - alpha)), loss);
  return mean(loss, axis);
}

/** -sum(y log(p)) over the classes. */
export function categoricalCrossentropy(
  yTrue: TensorLike,
  yPred: TensorLike,
  { fromLogits = false, labelSmoothing = 0, axis = -1 }: CrossentropyOptions = {},
): Tensor {
  const p = asTensor(yPred);
  return crossentropy.categoricalCrossentropy(
    smoothCategorical(cast(yTrue, p.dtype), labelSmoothing),
    p,
    fromLogits,
    axis,
  );
}

export interface CategoricalFocalOptions extends CrossentropyOptions {
  /** Default 0.25. */
  alpha?: number;
  /** Focusing parameter. Default 2. */
  gamma?: number;
}

/** -sum(alpha (1 - p)^gamma y log(p)). */
export function categoricalFocalCrossentropy(
  yTrue: TensorLike,
  yPred: TensorLike,
  { alpha = 0.25, gamma = 2, fromLogits = false, labelSmoothing = 0, axis = -1 }: CategoricalFocalOptions = {},
): Tensor {
  const p = fromLogits ? softmax(yPred, axis) : asTensor(yPred);
  const t = smoothCategorical(cast(yTrue, p.dtype), labelSmoothing);
  const output = clip(divide(p, sum(p, axis, true)), epsilon(), 1 - epsilon());
  const entropy = negative(multiply(t, log(output)));
  return sum(multiply(multiply(power(subtract(1, output), gamma), alpha), entropy), axis);
}

export interface SparseCrossentropyOptions {
  /** The predictions are logits and not probabilities. Default false. */
  fromLogits?: boolean;
  /** A class whose samples count nothing (for instance the void class of a segmentation). Default null. */
  ignoreClass?: number | null;
  /** The axis of the classes. Default -1. */
  axis?: number;
}

/** -log(p[y]): categorical crossentropy with integer targets. */
export function sparseCategoricalCrossentropy(
  yTrue: TensorLike,
  yPred: TensorLike,
  { fromLogits = false, ignoreClass = null, axis = -1 }: SparseCrossentropyOptions = {},
): Tensor {
  let p = asTensor(yPred);
  let t = asTensor(yTrue);
  if (t.rank === p.rank && t.shape.at(axis) === 1) t = squeeze(t, axis);
  if (ignoreClass === null) return crossentropy.sparseCategoricalCrossentropy(t, p, fromLogits, axis);
  const valid = notEqual(t, ignoreClass);
  t = where(valid, t, 0);
  p = where(expandDims(valid, axis), p, 0);
  const loss = where(valid, crossentropy.sparseCategoricalCrossentropy(t, p, fromLogits, axis), 0);
  setMask(loss, valid);
  return loss;
}

/** (1 - p_y^q) / q with integer targets: robust to wrong labels (Zhang and Sabuncu 2018). `q` in (0, 1). */
export function categoricalGeneralizedCrossEntropy(yTrue: TensorLike, yPred: TensorLike, { q = 0.5 } = {}): Tensor {
  if (!(q > 0 && q < 1)) throw new ValueError(`q must be in the interval (0, 1). Received: ${q}.`);
  const p = asTensor(yPred);
  const t = cast(yTrue, 'int32');
  const labels = t.rank === p.rank && t.shape.at(-1) === 1 ? squeeze(t, -1) : t;
  const ofTrueClass = sum(multiply(p, oneHot(labels, p.shape.at(-1)!)), -1);
  return divide(subtract(1, power(ofTrueClass, q)), q);
}

/** sum(y log(y / p)), both clipped to [epsilon, 1]. */
export function klDivergence(yTrue: TensorLike, yPred: TensorLike): Tensor {
  const given = asTensor(yPred);
  const t = clip(cast(yTrue, given.dtype), epsilon(), 1);
  const p = clip(given, epsilon(), 1);
  return sum(multiply(t, log(divide(t, p))), -1);
}

/** mean(p - y log(p + epsilon)). */
export function poisson(yTrue: TensorLike, yPred: TensorLike): Tensor {
  const p = asTensor(yPred);
  return mean(subtract(p, multiply(cast(yTrue, p.dtype), log(add(p, epsilon())))), -1);
}

/**
 * Connectionist temporal classification. Targets: (batch, length) integers padded with the blank 0; predictions:
 * (batch, frames, classes) logits.
 */
export function ctc(yTrue: TensorLike, yPred: TensorLike): Tensor {
  const labels = asTensor(yTrue);
  const logits = asTensor(yPred);
  if (labels.rank !== 2) {
    throw new ValueError(
      `ctc: expected integer targets of shape (batch, length). Received shape ${formatShape(labels.shape)}.`,
    );
  }
  if (logits.rank !== 3) {
    throw new ValueError(
      `ctc: expected logits of shape (batch, frames, classes). Received shape ${formatShape(logits.shape)}.`,
    );
  }
  const lengths = sum(cast(notEqual(labels, 0), 'int32'), -1);
  const frames = new Int32Array(logits.shape[0]!).fill(logits.shape[1]!);
  return ctcLoss(labels, logits, lengths, frames);
}

function smoothBinary(t: Tensor, smoothing: number): Tensor {
  return smoothing ? add(multiply(t, 1 - smoothing), 0.5 * smoothing) : t;
}

function smoothCategorical(t: Tensor, smoothing: number): Tensor {
  return smoothing ? add(multiply(t, 1 - smoothing), smoothing / t.shape.at(-1)!) : t;
}
