// Linear algebra on stacks of small matrices, made of factors (decompositions.ts) and other ops.

import { ShapeError } from '../errors.js';
import { asTensor, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { formatShape } from '../shape.js';
import { broadcastTo, reshape } from './broadcast.js';
import { withGradient } from './customGradient.js';
import { cholesky, luFactor, matrices, solve, solveTriangular, svd, transposed } from './decompositions.js';
import { diagonal } from './diagonal.js';
import {
  abs,
  add,
  cast,
  divide,
  equal,
  greaterEqual,
  less,
  log,
  multiply,
  sign,
  stopGradient,
  subtract,
  where,
} from './elementwise.js';
import { arange, eye } from './grid.js';
import { matmul } from './matmul.js';
import { expandDims, moveaxis, sliceAxis, squeeze, stack } from './movement.js';
import { prod, sum } from './reduce.js';

export { cholesky, eigh, luFactor, qr, solve, solveTriangular, svd } from './decompositions.js';

/** The inverses of matrices (..., n, n). Not finite where a matrix is singular. */
export function inv(x: TensorLike): Tensor {
  const a = matrices('inv', x, true);
  return solve(a, broadcastTo(eye(a.shape.at(-1)!), a.shape));
}

/** The diagonal of U, and the sign of the permutation P, where P · x = L · U. */
function pivots(a: Tensor): { values: Tensor; parity: Tensor } {
  const [factors, exchanges] = luFactor(a);
  const kept = equal(exchanges, arange(a.shape.at(-1)!));
  return { values: diagonal(factors, 0, -2, -1), parity: prod(where(kept, 1, -1), -1) };
}

/** The determinants of matrices (..., n, n). */
export function det(x: TensorLike): Tensor {
  const a = matrices('det', x, true);
  const { values, parity } = pivots(stopGradient(a));
  const y: Tensor = withGradient(multiply(prod(values, -1), parity), [a], dy => [
    multiply(matrixWise(multiply(dy, y)), transposed(inv(a))),
  ]);
  return y;
}

/** [sign, log |determinant|] of matrices (..., n, n). */
export function slogdet(x: TensorLike): [Tensor, Tensor] {
  const a = matrices('slogdet', x, true);
  const { values, parity } = pivots(stopGradient(a));
  const logarithm = withGradient(sum(log(abs(values)), -1), [a], dy => [multiply(matrixWise(dy), transposed(inv(a)))]);
  return [multiply(prod(sign(values), -1), parity), logarithm];
}

/** One number for each matrix, shaped to meet all of its elements. */
function matrixWise(x: Tensor): Tensor {
  return expandDims(x, [-2, -1]);
}

/** log(determinant) of positive definite matrices (..., n, n). */
export function logdet(x: TensorLike): Tensor {
  return multiply(2, sum(log(diagonal(cholesky(x), 0, -2, -1)), -1));
}

/** The inverse of x from its Cholesky factor. */
export function choleskyInverse(x: TensorLike, upper = false): Tensor {
  const factor = matrices('choleskyInverse', x, true);
  const lower = upper ? transposed(factor) : factor;
  const inverse = solveTriangular(lower, broadcastTo(eye(lower.shape.at(-1)!), lower.shape), true);
  return matmul(transposed(inverse), inverse);
}

/** The cross product of the vectors on an axis of 3 (or 2, the third component being 0). */
export function cross(
  x1: TensorLike,
  x2: TensorLike,
  axisa = -1,
  axisb = -1,
  axisc = -1,
  axis: number | null = null,
): Tensor {
  const a = moveaxis(asTensor(x1), axis ?? axisa, -1);
  const b = moveaxis(asTensor(x2), axis ?? axisb, -1);
  for (const { shape } of [a, b]) {
    if (shape.at(-1) !== 2 && shape.at(-1) !== 3) {
      throw new ShapeError(`cross: expected vectors of 2 or 3 elements. Received shape ${formatShape(shape)}.`);
    }
  }
  const part = (x: Tensor, i: number): Tensor | number =>
    i < x.shape.at(-1)! ? squeeze(sliceAxis(x, x.rank - 1, i, i + 1), -1) : 0;
  const minor = (i: number, j: number) => subtract(multiply(part(a, i), part(b, j)), multiply(part(a, j), part(b, i)));
  if (a.shape.at(-1) === 2 && b.shape.at(-1) === 2) return minor(0, 1);
  return moveaxis(stack([minor(1, 2), minor(2, 0), minor(0, 1)], -1), -1, axis ?? axisc);
}

/** The Kronecker product: every element of x1 times the whole of x2. */
export function kron(x1: TensorLike, x2: TensorLike): Tensor {
  const a = asTensor(x1);
  const b = asTensor(x2);
  const rank = Math.max(a.rank, b.rank);
  const left = [...new Array<number>(rank - a.rank).fill(1), ...a.shape];
  const right = [...new Array<number>(rank - b.rank).fill(1), ...b.shape];
  const product = multiply(
    reshape(
      a,
      left.flatMap(dim => [dim, 1]),
    ),
    reshape(
      b,
      right.flatMap(dim => [1, dim]),
    ),
  );
  return reshape(
    product,
    left.map((dim, i) => dim * right[i]!),
  );
}

/** The Moore-Penrose inverse of matrices (..., m, n); singular values up to `rcond` times the largest count as 0. */
export function pinv(x: TensorLike, rcond: number | null = null): Tensor {
  const a = matrices('pinv', x, false);
  const [u, s, vt] = svd(stopGradient(a), false);
  const share = rcond ?? 10 * Math.max(...a.shape.slice(-2)) * 2 ** -23;
  const kept = greaterEqual(s, multiply(sliceAxis(s, s.rank - 1, 0, 1), share));
  const inverse = where(kept, divide(1, where(kept, s, 1)), 0);
  const value = matmul(multiply(transposed(vt), expandDims(inverse, -2)), u, { transposeB: true });
  // Golub and Pereyra (1973), also where the rank is not full: with y the inverse,
  // da = −yᵀ dy yᵀ + (1 − a y) dyᵀ y yᵀ + yᵀ y dyᵀ (1 − y a)
  const y: Tensor = withGradient(value, [a], dy => {
    const [m, n] = a.shape.slice(-2) as [number, number];
    const yt = transposed(y);
    const dyt = transposed(dy);
    const beyond = matmul(subtract(eye(m), matmul(a, y)), matmul(dyt, matmul(y, yt)));
    const before = matmul(matmul(matmul(yt, y), dyt), subtract(eye(n), matmul(y, a)));
    return [subtract(add(beyond, before), matmul(matmul(yt, dy), yt))];
  });
  return y;
}

/** The x with the smallest |a · x - b|, and among these the shortest. */
export function lstsq(a: TensorLike, b: TensorLike, rcond: number | null = null): Tensor {
  const right = cast(asTensor(b), 'float32');
  const inverse = pinv(a, rcond);
  return right.rank === 1 ? squeeze(matmul(inverse, expandDims(right, -1)), -1) : matmul(inverse, right);
}

/** How many singular values of matrices (..., m, n) are larger than `tol`. */
export function matrixRank(x: TensorLike, tol: number | null = null): Tensor {
  const a = matrices('matrixRank', x, false);
  const [, s] = svd(a, false);
  const limit = tol ?? multiply(sliceAxis(s, s.rank - 1, 0, 1), Math.max(...a.shape.slice(-2)) * 2 ** -23);
  return sum(cast(less(asTensor(limit), s), 'int32'), -1);
}
