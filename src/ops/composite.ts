// Element-wise functions that are a few others: the compiler joins them into one pass, so they need no kernel.

import { asTensor, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import {
  abs,
  add,
  cast,
  divide,
  equal,
  erf,
  exp,
  isinf,
  isnan,
  less,
  log,
  log1p,
  maximum,
  multiply,
  negative,
  power,
  sign,
  sin,
  sqrt,
  square,
  subtract,
  where,
} from './elementwise.js';

const LARGEST = 3.4028234663852886e38;

/** 2^x. */
export function exp2(x: TensorLike): Tensor {
  return power(2, cast(asTensor(x), 'float32'));
}

/** The logarithm to base 2. */
export function log2(x: TensorLike): Tensor {
  return multiply(log(x), Math.LOG2E);
}

/** The logarithm to base 10. */
export function log10(x: TensorLike): Tensor {
  return multiply(log(x), Math.LOG10E);
}

/** log(e^x1 + e^x2), without overflow. */
export function logaddexp(x1: TensorLike, x2: TensorLike): Tensor {
  const a = asTensor(x1);
  const b = asTensor(x2);
  return add(maximum(a, b), log1p(exp(negative(abs(subtract(a, b))))));
}

/** √(x1² + x2²). */
export function hypot(x1: TensorLike, x2: TensorLike): Tensor {
  // The squares of integers may be beyond them.
  const [a, b] = [x1, x2].map(x => square(cast(asTensor(x), 'float32'))) as [Tensor, Tensor];
  return sqrt(add(a, b));
}

/** ∛x, negative for negative x. */
export function cbrt(x: TensorLike): Tensor {
  const tensor = asTensor(x);
  return multiply(sign(tensor), power(abs(tensor), 1 / 3));
}

/** x1 / x2, and 0 where x2 is 0. */
export function divideNoNan(x1: TensorLike, x2: TensorLike): Tensor {
  const divisor = asTensor(x2);
  const zero = equal(divisor, 0);
  return where(zero, 0, divide(x1, where(zero, 1, divisor)));
}

/** sin(πx) / (πx), and 1 at 0. */
export function sinc(x: TensorLike): Tensor {
  const angle = multiply(asTensor(x), Math.PI);
  const zero = equal(angle, 0);
  const divisor = where(zero, 1, angle);
  return where(zero, 1, divide(sin(divisor), divisor));
}

/** 1 − erf x. */
export function erfc(x: TensorLike): Tensor {
  return subtract(1, erf(x));
}

/** Degrees as radians. */
export function deg2rad(x: TensorLike): Tensor {
  return multiply(x, Math.PI / 180);
}

/** Radians as degrees. */
export function rad2deg(x: TensorLike): Tensor {
  return multiply(x, 180 / Math.PI);
}

/** x with numbers in place of NaN (default 0), ∞ (default the largest float32) and −∞ (the smallest). */
export function nanToNum(x: TensorLike, nan = 0, posinf = LARGEST, neginf = -LARGEST): Tensor {
  const tensor = asTensor(x);
  if (tensor.dtype !== 'float32') return tensor;
  const bounded = where(isinf(tensor), where(less(tensor, 0), neginf, posinf), tensor);
  return where(isnan(tensor), nan, bounded);
}
