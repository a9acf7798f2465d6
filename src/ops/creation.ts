// Tensors of one repeated value. They are broadcasts of a scalar, so they take no memory where the compiler can read the
// scalar instead.

import type { DType } from '../dtype.js';
import { asTensor, constant, type TensorLike } from '../graph/apply.js';
import type { Spec, Tensor } from '../graph/tensor.js';
import type { Shape } from '../shape.js';
import { broadcastTo } from './movement.js';

/** A tensor of shape `shape` with every element equal to `value`. */
export function full(shape: Shape, value: number | boolean, dtype: DType = 'float32'): Tensor {
  return broadcastTo(constant(value, dtype), shape);
}

export function zeros(shape: Shape, dtype: DType = 'float32'): Tensor {
  return full(shape, 0, dtype);
}

export function ones(shape: Shape, dtype: DType = 'float32'): Tensor {
  return full(shape, 1, dtype);
}

/** Zeros of the shape and dtype of `x`. */
export function zerosLike(x: Spec, dtype: DType = x.dtype): Tensor {
  return zeros(x.shape, dtype);
}

/** Ones of the shape and dtype of `x`. */
export function onesLike(x: Spec, dtype: DType = x.dtype): Tensor {
  return ones(x.shape, dtype);
}

/** `value` in the shape and dtype of `x`. */
export function fullLike(x: TensorLike, value: number | boolean, dtype?: DType): Tensor {
  const like = asTensor(x);
  return full(like.shape, value, dtype ?? like.dtype);
}
