// Rarer functions of numbers, element by element, composed of the common ones.

import { asTensor, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { logaddexp } from './composite.js';
import {
  abs,
  add,
  cast,
  divide,
  equal,
  exp,
  floorDivide,
  greater,
  isfinite,
  isinf,
  isnan,
  less,
  lessEqual,
  logicalAnd,
  logicalOr,
  maximum,
  minimum,
  mod,
  multiply,
  notEqual,
  power,
  rsqrt,
  subtract,
  trunc,
  where,
} from './elementwise.js';
import { all } from './reduce.js';

/** The remainder with the sign of the dividend, as in C. */
export function fmod(x1: TensorLike, x2: TensorLike): Tensor {
  const { dtype } = subtract(x1, x2);
  const quotient = cast(trunc(divide(x1, x2)), dtype);
  const remainder = subtract(x1, multiply(quotient, x2));
  if (dtype !== 'float32') return remainder;
  return where(logicalAnd(isfinite(float(x1)), isinf(float(x2))), x1, remainder);
}

/** The larger one; of a number and NaN, the number. */
export function fmax(x1: TensorLike, x2: TensorLike): Tensor {
  return where(isnan(float(x1)), x2, where(isnan(float(x2)), x1, maximum(x1, x2)));
}

/** The smaller one; of a number and NaN, the number. */
export function fmin(x1: TensorLike, x2: TensorLike): Tensor {
  return where(isnan(float(x1)), x2, where(isnan(float(x2)), x1, minimum(x1, x2)));
}

function float(x: TensorLike): Tensor {
  return cast(asTensor(x), 'float32');
}

// Euclid's algorithm on integers of 31 bits never takes more steps.
const EUCLID_STEPS = 45;

/** The greatest common divisor of integers. */
export function gcd(x1: TensorLike, x2: TensorLike): Tensor {
  let a = abs(cast(asTensor(x1, 'int32'), 'int32'));
  let b = abs(cast(asTensor(x2, 'int32'), 'int32'));
  for (let step = 0; step < EUCLID_STEPS; step++) {
    const done = equal(b, 0);
    const rest = where(done, 0, mod(a, where(done, 1, b)));
    a = where(done, a, b);
    b = rest;
  }
  return a;
}

/** The least common multiple of integers. */
export function lcm(x1: TensorLike, x2: TensorLike): Tensor {
  const divisor = gcd(x1, x2);
  const safe = where(equal(divisor, 0), 1, divisor);
  return abs(multiply(floorDivide(cast(asTensor(x1, 'int32'), 'int32'), safe), cast(asTensor(x2, 'int32'), 'int32')));
}

/** x1 · 2^x2. */
export function ldexp(x1: TensorLike, x2: TensorLike): Tensor {
  return multiply(float(x1), power(2, float(x2)));
}

/** log2(2^x1 + 2^x2). */
export function logaddexp2(x1: TensorLike, x2: TensorLike): Tensor {
  return divide(logaddexp(multiply(float(x1), Math.LN2), multiply(float(x2), Math.LN2)), Math.LN2);
}

/** 0 for negative x1, 1 for positive, x2 for 0. */
export function heaviside(x1: TensorLike, x2: TensorLike): Tensor {
  const x = float(x1);
  return where(isnan(x), NaN, where(less(x, 0), 0, where(equal(x, 0), x2, 1)));
}

/** Whether the number is negative, -0 included. */
export function signbit(x: TensorLike): Tensor {
  const tensor = asTensor(x);
  return logicalOr(less(tensor, 0), logicalAnd(equal(tensor, 0), less(divide(1, float(tensor)), 0)));
}

/** Whether x is minus infinity. */
export function isneginf(x: TensorLike): Tensor {
  return logicalAnd(isinf(float(x)), less(float(x), 0));
}

/** Whether x is plus infinity. */
export function isposinf(x: TensorLike): Tensor {
  return logicalAnd(isinf(float(x)), greater(float(x), 0));
}

/** |x1 - x2| <= atol + rtol · |x2|, element by element. Equal infinities are close, NaN only with `equalNan`. */
export function isclose(x1: TensorLike, x2: TensorLike, rtol = 1e-5, atol = 1e-8, equalNan = false): Tensor {
  const [a, b] = [float(x1), float(x2)];
  const finite = logicalAnd(notEqual(isinf(a), true), notEqual(isinf(b), true));
  const near = logicalAnd(finite, lessEqual(abs(subtract(a, b)), add(atol, multiply(rtol, abs(b)))));
  const same = logicalOr(equal(a, b), near);
  return equalNan ? logicalOr(same, logicalAnd(isnan(a), isnan(b))) : same;
}

/** Whether all elements are close: see `isclose`. */
export function allclose(x1: TensorLike, x2: TensorLike, rtol = 1e-5, atol = 1e-8, equalNan = false): Tensor {
  return all(isclose(x1, x2, rtol, atol, equalNan));
}

const polynomial = (x: Tensor, coefficients: readonly number[]): Tensor =>
  coefficients.slice(1).reduce<Tensor>((y, c) => add(multiply(y, x), c), add(multiply(x, 0), coefficients[0]!));

/** The modified Bessel function of the first kind, order 0. Abramowitz and Stegun, 9.8.1 and 9.8.2. */
export function i0(x: TensorLike): Tensor {
  const y = abs(float(x));
  const small = polynomial(
    power(divide(minimum(y, 3.75), 3.75), 2),
    [0.0045813, 0.0360768, 0.2659732, 1.2067492, 3.0899424, 3.5156229, 1],
  );
  const far = maximum(y, 3.75);
  const large = multiply(
    multiply(exp(far), rsqrt(far)),
    polynomial(
      divide(3.75, far),
      [0.00392377, -0.01647633, 0.02635537, -0.02057706, 0.00916281, -0.00157565, 0.00225319, 0.01328592, 0.39894228],
    ),
  );
  return where(less(y, 3.75), small, large);
}
