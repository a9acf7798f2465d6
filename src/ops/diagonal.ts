// Diagonals of matrices. In memory a diagonal is a slice with a step of one row and one column.

import { ValueError } from '../errors.js';
import { asTensor, constant, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { formatShape } from '../shape.js';
import { lessEqual, where } from './elementwise.js';
import { moveaxis, pad, ravel, reshape, slice, sliceAxis, stridedSlice } from './movement.js';
import { sum } from './reduce.js';

/** The elements [..., i, i + offset] of the matrices that two axes span, along a new last axis. */
export function diagonal(x: TensorLike, offset = 0, axis1 = 0, axis2 = 1): Tensor {
  const tensor = asTensor(x);
  if (tensor.rank < 2)
    throw new ValueError(`diagonal: expected at least 2 axes. Received shape ${formatShape(tensor.shape)}.`);
  const matrices = moveaxis(tensor, [axis1, axis2], [-2, -1]);
  const batch = matrices.shape.slice(0, -2);
  const [rows, columns] = matrices.shape.slice(-2) as [number, number];
  const row = Math.max(0, -offset);
  const column = Math.max(0, offset);
  const n = Math.max(0, Math.min(rows - row, columns - column));
  if (n === 0) return sliceAxis(reshape(matrices, [...batch, rows * columns]), batch.length, 0, 0);
  const flat = reshape(matrices, [...batch, rows * columns]);
  const first = row * columns + column;
  const all = batch.map(() => null);
  const last = first + (n - 1) * (columns + 1) + 1;
  return stridedSlice(flat, [...all, first], [...all, last], [...all.map(() => 1), columns + 1]);
}

/** A matrix with x [n] on a diagonal and 0 elsewhere, or that diagonal of a matrix x. */
export function diag(x: TensorLike, k = 0): Tensor {
  const tensor = asTensor(x);
  if (tensor.rank === 2) return diagonal(tensor, k);
  if (tensor.rank !== 1)
    throw new ValueError(`diag: expected 1 or 2 axes. Received shape ${formatShape(tensor.shape)}.`);
  const n = tensor.shape[0]!;
  const size = n + Math.abs(k);
  // Rows of one element and `size` zeros: row after row, every element lies one column further to the right.
  const rows = pad(reshape(tensor, [n, 1]), [
    [0, 0],
    [0, size],
  ]);
  const before = k < 0 ? -k * size : k;
  const spread = pad(ravel(rows), [[before, Math.max(0, size * size - before - n * (size + 1))]]);
  return reshape(slice(spread, [0], [size * size]), [size, size]);
}

/** The sum of a diagonal. */
export function trace(x: TensorLike, offset = 0, axis1 = 0, axis2 = 1): Tensor {
  return sum(diagonal(x, offset, axis1, axis2), -1);
}

/** x on and below diagonal k of its last two axes, 0 above it. */
export function tril(x: TensorLike, k = 0): Tensor {
  const tensor = asTensor(x);
  return where(below(tensor, k), tensor, constant(0, tensor.dtype));
}

/** x on and above diagonal k of its last two axes, 0 below it. */
export function triu(x: TensorLike, k = 0): Tensor {
  const tensor = asTensor(x);
  return where(below(tensor, k - 1), constant(0, tensor.dtype), tensor);
}

/** Whether an element of the last two axes lies on or below diagonal k. */
function below(x: Tensor, k: number): Tensor {
  if (x.rank < 2) throw new ValueError(`tril, triu: expected at least 2 axes. Received shape ${formatShape(x.shape)}.`);
  const [rows, columns] = x.shape.slice(-2) as [number, number];
  const limit = reshape(
    Int32Array.from({ length: rows }, (_, i) => i + k),
    [rows, 1],
  );
  return lessEqual(
    Int32Array.from({ length: columns }, (_, j) => j),
    limit,
  );
}
