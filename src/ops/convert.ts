// Conversion between all of Keras's dtypes, as far as three can stand for them: narrow integers wrap around as NumPy's do,
// and are then kept as int32; float16 is rounded, and kept like every float as float32.

import { nearestDType } from '../dtype.js';
import { asTensor, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import {
  abs,
  add,
  bitwiseAnd,
  cast,
  clip,
  less,
  multiply,
  sign,
  stopGradient,
  subtract,
  where,
} from './elementwise.js';

/**
 * x as the dtype of that name. Into int8, uint8, int16 and uint16, integers wrap around; float16 rounds. @throws ValueError for an unknown name.
 */
export function castTo(x: TensorLike, dtype: string): Tensor {
  const to = nearestDType(dtype);
  const tensor = asTensor(x);
  if (dtype === 'float16') return toHalf(cast(tensor, to));
  const [, unsigned, bits] = /^(u?)int(8|16)$/.exec(dtype) ?? [];
  if (bits === undefined) return cast(tensor, to);
  const range = 2 ** Number(bits);
  const integers = cast(tensor, 'int32');
  if (unsigned) return bitwiseAnd(integers, range - 1);
  return subtract(bitwiseAnd(add(integers, range / 2), range - 1), range / 2);
}

/**
 * The nearest numbers of 16 bits: 11 significant ones, down to a last bit of 2^-24, and infinity from 65520 on. The difference
 * of a number and a much larger one keeps the bits that they share: of c·x for x itself (Dekker 1971), and of a constant for
 * small x. The gradient is that of x.
 */
function toHalf(x: Tensor): Tensor {
  const size = abs(x);
  const [far, least] = [multiply(size, 2 ** 13 + 1), 0.75];
  const small = subtract(add(size, least), least);
  const rounded = where(less(size, 2 ** -14), small, subtract(far, subtract(far, size)));
  const halves = multiply(sign(x), where(less(size, 65520), rounded, Infinity));
  return where(less(size, Infinity), add(x, stopGradient(subtract(halves, x))), x);
}

/** x as the dtype of that name, with values beyond its range at the nearer end of it. */
export function saturateCast(x: TensorLike, dtype: string): Tensor {
  const to = nearestDType(dtype);
  const tensor = asTensor(x);
  if (to !== 'int32') return cast(tensor, to);
  const bits = Math.min(Number(/\d+$/.exec(dtype)![0]), 32);
  const unsigned = dtype.startsWith('u');
  // The largest float32 below 2^31 is 2^31 - 128.
  const top = Math.min(2 ** (unsigned ? bits : bits - 1) - 1, tensor.dtype === 'float32' ? 2 ** 31 - 128 : 2 ** 31 - 1);
  return cast(clip(tensor, unsigned ? 0 : -(2 ** (bits - 1)), top), 'int32');
}
