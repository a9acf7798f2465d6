// The activations of keras.activations that treat every element alike (softmax and its kin are in softmax.ts).
// relu, sigmoid, tanh and softplus are ops of their own; everything else is written with other ops, which the compiler
// joins into one pass.

import { asTensor, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { MicroOp } from '../runtime/kernels.generated.js';
import {
  abs,
  add,
  binary,
  cast,
  clip,
  divide,
  erf,
  expm1,
  greater,
  greaterEqual,
  less,
  lessEqual,
  maximum,
  minimum,
  multiply,
  negative,
  sigmoid,
  sqrt,
  square,
  subtract,
  tanh,
  unary,
  where,
} from './elementwise.js';
import { split } from './movement.js';

export { exp as exponential, sigmoid, tanh } from './elementwise.js';

// The gradient at 0 is 0, as in Keras; as maximum(x, 0) it would be 1.
const reluOf = unary('relu', { float32: MicroOp.reluF }, (dy, y) => reluGrad(dy, y));

/** max(x, 0) in the dtype of x. */
const positive = (x: Tensor): Tensor => (x.dtype === 'float32' ? reluOf(x) : maximum(x, 0));

/** dy where y > 0, else 0: the gradient of y = relu x. */
export const reluGrad = binary('reluGrad', { float32: MicroOp.reluGradF }, (g, _, _dy, y) => [
  reluGrad(g, y!),
  undefined,
]);

export interface ReluOptions {
  /** Slope below the threshold. Default 0. */
  readonly negativeSlope?: number;
  /** Largest value; null for none. Default null. */
  readonly maxValue?: number | null;
  /** Values below it count as negative. Default 0. */
  readonly threshold?: number;
}

/**
 * Rectified linear unit: x for threshold < x < maxValue, maxValue above, negativeSlope·(x − threshold) below.
 * Without options max(x, 0).
 */
export function relu(x: TensorLike, { negativeSlope = 0, maxValue = null, threshold = 0 }: ReluOptions = {}): Tensor {
  if (negativeSlope !== 0 && maxValue === null && threshold === 0) return leakyRelu(x, negativeSlope);
  const tensor = asTensor(x);
  let y = threshold === 0 ? positive(tensor) : multiply(tensor, cast(greater(tensor, threshold), tensor.dtype));
  if (maxValue !== null) y = clip(y, 0, maxValue);
  if (negativeSlope === 0) return y;
  return subtract(y, multiply(reluOf(subtract(threshold, tensor)), negativeSlope));
}

/** min(max(x, 0), 6). */
export function relu6(x: TensorLike): Tensor {
  return minimum(reluOf(x), 6);
}

/** x for x ≥ 0, else negativeSlope·x. */
export function leakyRelu(x: TensorLike, negativeSlope = 0.2): Tensor {
  const tensor = asTensor(x);
  return where(greaterEqual(tensor, 0), tensor, multiply(tensor, negativeSlope));
}

/** x for x > 0, else alpha·(e^x − 1). */
export function elu(x: TensorLike, alpha = 1): Tensor {
  const tensor = asTensor(x);
  return where(greater(tensor, 0), tensor, multiply(expm1(minimum(tensor, 0)), alpha));
}

/** Self-normalizing: scale·elu(x, alpha) with the constants of Klambauer et al., arXiv:1706.02515. */
export function selu(x: TensorLike): Tensor {
  return multiply(elu(x, 1.6732632423543772), 1.0507009873554805);
}

/** x for x > 0, else alpha·(e^(x/alpha) − 1): continuously differentiable for every alpha. */
export function celu(x: TensorLike, alpha = 1): Tensor {
  const tensor = asTensor(x);
  return where(greater(tensor, 0), tensor, multiply(expm1(divide(minimum(tensor, 0), alpha)), alpha));
}

/** log(1 + e^x). dx = dy·sigmoid(x). */
export const softplus = unary('softplus', { float32: MicroOp.softplusF }, (dy, _, x) => multiply(dy, sigmoid(x)));

/** x / (1 + |x|). */
export function softsign(x: TensorLike): Tensor {
  const tensor = asTensor(x);
  return divide(tensor, add(abs(tensor), 1));
}

/** x·sigmoid(x), also called swish. */
export function silu(x: TensorLike): Tensor {
  const tensor = asTensor(x);
  return multiply(tensor, sigmoid(tensor));
}

/**
 * x·Φ(x), where Φ is the normal distribution function: x/2·(1 + erf(x/√2)).
 * @param approximate x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))) instead. Default false, as in keras.activations.
 */
export function gelu(x: TensorLike, approximate = false): Tensor {
  const tensor = asTensor(x);
  const half = multiply(tensor, 0.5);
  if (!approximate) return multiply(half, add(erf(multiply(tensor, Math.SQRT1_2)), 1));
  const cubic = multiply(tensor, add(multiply(square(tensor), 0.044715), 1));
  return multiply(half, add(tanh(multiply(cubic, Math.sqrt(2 / Math.PI))), 1));
}

/** relu6(x + 3) / 6. */
export function hardSigmoid(x: TensorLike): Tensor {
  return multiply(relu6(add(x, 3)), 1 / 6);
}

/** x·hardSigmoid(x), also called hard swish. */
export function hardSilu(x: TensorLike): Tensor {
  const tensor = asTensor(x);
  return multiply(tensor, hardSigmoid(tensor));
}

/** x, but at least −1 and at most 1. */
export function hardTanh(x: TensorLike): Tensor {
  return clip(x, -1, 1);
}

/** x·tanh(softplus(x)). */
export function mish(x: TensorLike): Tensor {
  const tensor = asTensor(x);
  return multiply(tensor, tanh(softplus(tensor)));
}

/** log(sigmoid(x)) = −softplus(−x). */
export function logSigmoid(x: TensorLike): Tensor {
  return negative(softplus(negative(x)));
}

/** x. */
export function linear(x: TensorLike): Tensor {
  return asTensor(x);
}

/** x − tanh(x). */
export function tanhShrink(x: TensorLike): Tensor {
  const tensor = asTensor(x);
  return subtract(tensor, tanh(tensor));
}

/** x moved towards 0 by `threshold`, and 0 where it would pass it. */
export function softShrink(x: TensorLike, threshold = 0.5): Tensor {
  const tensor = asTensor(x);
  return subtract(tensor, clip(tensor, -threshold, threshold));
}

/** x where |x| > threshold, else 0. */
export function hardShrink(x: TensorLike, threshold = 0.5): Tensor {
  const tensor = asTensor(x);
  return where(greater(abs(tensor), threshold), tensor, 0);
}

/** x where x > threshold, else value. */
export function threshold(x: TensorLike, threshold: number, value: number): Tensor {
  const tensor = asTensor(x);
  return where(greater(tensor, threshold), tensor, value);
}

/** (x + √(x² + b)) / 2. */
export function squareplus(x: TensorLike, b = 4): Tensor {
  const tensor = asTensor(x);
  return multiply(add(tensor, sqrt(add(square(tensor), b))), 0.5);
}

/** 0 for x ≤ −1, x for x ≥ 1, (x + 1)²/4 between. */
export function sparsePlus(x: TensorLike): Tensor {
  const tensor = asTensor(x);
  return where(lessEqual(tensor, -1), 0, where(less(tensor, 1), multiply(square(add(tensor, 1)), 0.25), tensor));
}

/** 0 for x ≤ −1, 1 for x ≥ 1, (x + 1)/2 between. */
export function sparseSigmoid(x: TensorLike): Tensor {
  return clip(multiply(add(x, 1), 0.5), 0, 1);
}

/** Gated linear unit: the first half of an axis times the sigmoid of the second. @throws ValueError for an odd axis */
export function glu(x: TensorLike, axis = -1): Tensor {
  const [value, gate] = split(x, 2, axis);
  return multiply(value!, sigmoid(gate!));
}
