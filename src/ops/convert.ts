// Conversion between all of Keras's dtypes, as far as three can stand for them: narrow integers wrap around as NumPy's do,
// and are then kept as int32; every width of float is float32.

import { nearestDType } from '../dtype.js';
import { asTensor, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { add, bitwiseAnd, cast, clip, subtract } from './elementwise.js';

/** x as the dtype of that name. Into int8, uint8, int16 and uint16, integers wrap around. @throws ValueError for an unknown name. */
export function castTo(x: TensorLike, dtype: string): Tensor {
  const to = nearestDType(dtype);
  const tensor = asTensor(x);
  const [, unsigned, bits] = /^(u?)int(8|16)$/.exec(dtype) ?? [];
  if (bits === undefined) return cast(tensor, to);
  const range = 2 ** Number(bits);
  const integers = cast(tensor, 'int32');
  if (unsigned) return bitwiseAnd(integers, range - 1);
  return subtract(bitwiseAnd(add(integers, range / 2), range - 1), range / 2);
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
