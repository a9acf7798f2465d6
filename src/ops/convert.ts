// Conversion between all of Keras's dtypes, as far as three can stand for them: narrow integers wrap around as NumPy's do,
// and are kept as int32; narrow floats are rounded, and kept as float32.

import { nearestDType } from '../dtype.js';
import { asTensor, named, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import {
  abs,
  add,
  bitwiseAnd,
  cast,
  clip,
  divide,
  less,
  multiply,
  sign,
  stopGradient,
  subtract,
  where,
} from './elementwise.js';

/** How many bits of a number narrow floats have, the least normal number, and from where on they are infinite. */
const narrowFloats: { readonly [dtype: string]: { bits: number; least: number; beyond: number } } = {
  float16: { bits: 11, least: 2 ** -14, beyond: 65520 },
  bfloat16: { bits: 8, least: 2 ** -126, beyond: (2 - 2 ** -8) * 2 ** 127 },
};

/**
 * x as the dtype of that name. Into int8, uint8, int16 and uint16, integers wrap around; into float16 and bfloat16, numbers are
 * rounded, ties to even. @throws ValueError for an unknown name.
 */
export function castTo(x: TensorLike, dtype: string): Tensor {
  const kind = nearestDType(dtype);
  const tensor = asTensor(x);
  const name = dtype === 'int' ? 'int32' : dtype;
  if (tensor.dtypeName === name) return tensor;
  const converted = cast(tensor, kind);
  return named(name in narrowFloats ? rounded(converted, name) : wrapped(converted, name), name);
}

/** Integers modulo the range of a narrow dtype. */
function wrapped(x: Tensor, dtype: string): Tensor {
  const [, unsigned, bits] = /^(u?)int(8|16)$/.exec(dtype) ?? [];
  if (bits === undefined) return x;
  const range = 2 ** Number(bits);
  if (unsigned) return bitwiseAnd(x, range - 1);
  return subtract(bitwiseAnd(add(x, range / 2), range - 1), range / 2);
}

/**
 * The nearest numbers of a narrow dtype. The difference of a number and a much larger one keeps the bits that they share: of
 * c·x for x itself (Dekker 1971), and of a constant for numbers that are too small to be normal. Large x are scaled
 * down first, as c·x may be beyond all numbers. The gradient is that of x.
 */
function rounded(x: Tensor, dtype: string): Tensor {
  const { bits, least, beyond } = narrowFloats[dtype]!;
  const size = abs(x);
  const scale = where(less(size, 1), 1, 2 ** -24);
  const scaled = multiply(size, scale);
  const far = multiply(scaled, 2 ** (24 - bits) + 1);
  let nearest = divide(subtract(far, subtract(far, scaled)), scale);
  // Where its sum with a number ends in the last bit that numbers below the least normal one have.
  const anchor = 0.75 * least * 2 ** (25 - bits);
  nearest = where(less(size, least), subtract(add(size, anchor), anchor), nearest);
  const narrow = multiply(sign(x), where(less(size, beyond), nearest, Infinity));
  return where(less(size, Infinity), add(x, stopGradient(subtract(narrow, x))), x);
}

/** x as the dtype of that name, with values beyond its range at the nearer end of it. */
export function saturateCast(x: TensorLike, dtype: string): Tensor {
  const tensor = asTensor(x);
  if (nearestDType(dtype) !== 'int32') return castTo(tensor, dtype);
  const bits = Math.min(Number(/\d+$/.exec(dtype)![0]), 32);
  const unsigned = dtype.startsWith('u');
  // The largest float32 below 2^31 is 2^31 - 128.
  const top = Math.min(2 ** (unsigned ? bits : bits - 1) - 1, tensor.dtype === 'float32' ? 2 ** 31 - 128 : 2 ** 31 - 1);
  return castTo(clip(tensor, unsigned ? 0 : -(2 ** (bits - 1)), top), dtype);
}
