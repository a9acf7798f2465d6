// Linear algebra on stacks of small matrices, as composites: each step of an algorithm is one op on whole rows, unrolled
// over the size of the matrices. Gradients follow from the ops, except where an iteration would have to be retraced.

import { ShapeError, ValueError } from '../errors.js';
import { asTensor, constant, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { formatShape, type Shape } from '../shape.js';
import { broadcastTo, reshape } from './broadcast.js';
import { withGradient } from './customGradient.js';
import { diagonal, tril } from './diagonal.js';
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
  notEqual,
  sign,
  sqrt,
  stopGradient,
  subtract,
  where,
} from './elementwise.js';
import { eye } from './grid.js';
import { oneHot, take } from './indexing.js';
import { matmul } from './matmul.js';
import { concatenate, expandDims, flip, moveaxis, sliceAxis, squeeze, stack, swapaxes } from './movement.js';
import { argmax, prod, sum } from './reduce.js';

/** x as float matrices. @throws ShapeError if it has fewer than two axes or, where asked for, the matrices are not square. */
function matrices(name: string, x: TensorLike, square: boolean): Tensor {
  const tensor = cast(asTensor(x), 'float32');
  const [rows, columns] = tensor.shape.slice(-2);
  if (tensor.rank < 2 || (square && rows !== columns)) {
    throw new ShapeError(
      `${name}: expected ${square ? 'square matrices (..., n, n)' : 'matrices (..., m, n)'}. Received shape ${formatShape(tensor.shape)}.`,
    );
  }
  return tensor;
}

/** Element [..., i, j] with both axes kept. */
function element(x: Tensor, i: number, j: number): Tensor {
  return sliceAxis(sliceAxis(x, x.rank - 2, i, i + 1), x.rank - 1, j, j + 1);
}

/** 1 at positions where `test` holds along `n` rows, as a column (n, 1). */
function rowsWhere(n: number, test: (i: number) => boolean): Tensor {
  return constant(
    Float32Array.from({ length: n }, (_, i) => Number(test(i))),
    'float32',
    [n, 1],
  );
}

interface Elimination {
  /** The matrix after elimination: its diagonal holds the pivots. */
  readonly upper: Tensor;
  /** What the same row operations made of the right hand side. */
  readonly right: Tensor;
  /** The sign of the row permutation, shaped (..., 1, 1). */
  readonly parity: Tensor;
}

/**
 * Gaussian elimination with partial pivoting of [a | b]. `full` clears the columns above the diagonal, too, and makes the
 * pivots 1 in `right`'s rows (Gauss-Jordan): right is then the solution.
 */
function eliminate(a: Tensor, b: Tensor, full: boolean): Elimination {
  const n = a.shape.at(-1)!;
  const rowAxis = a.rank - 2;
  let all = concatenate([a, b], -1);
  let parity: Tensor = constant(1);
  for (let step = 0; step < n; step++) {
    const column = sliceAxis(all, all.rank - 1, step, step + 1);
    // Rows above have been used up.
    const candidates = where(
      rowsWhere(n, i => i >= step),
      abs(column),
      -1,
    );
    const pivotRow = argmax(candidates, rowAxis);
    const chosen = swapaxes(oneHot(pivotRow, n), -1, -2);
    const current = rowsWhere(n, i => i === step);
    const pivot = sum(multiply(all, chosen), rowAxis, true);
    const displaced = sliceAxis(all, rowAxis, step, step + 1);
    all = where(notEqual(current, 0), pivot, where(notEqual(chosen, 0), displaced, all));
    parity = multiply(parity, where(equal(sliceAxis(chosen, rowAxis, step, step + 1), 1), 1, -1));
    const head = element(all, step, step);
    const others = rowsWhere(n, i => (full ? i !== step : i > step));
    const factors = multiply(divide(sliceAxis(all, all.rank - 1, step, step + 1), head), others);
    all = subtract(all, multiply(factors, pivot));
  }
  const upper = sliceAxis(all, all.rank - 1, 0, n);
  const right = sliceAxis(all, all.rank - 1, n, all.shape.at(-1)!);
  return { upper, right: full ? divide(right, expandDims(diagonal(upper, 0, -2, -1), -1)) : right, parity };
}

function batchOf(...tensors: readonly Tensor[]): Shape {
  return tensors.map(x => x.shape.slice(0, -2)).reduce((a, b) => (a.length >= b.length ? a : b));
}

/** The solution x of a · x = b, for matrices a (..., n, n) and b (..., n, k), or a vector b (n). */
export function solve(a: TensorLike, b: TensorLike): Tensor {
  const left = matrices('solve', a, true);
  const given = cast(asTensor(b), 'float32');
  const vector = given.rank === left.rank - 1;
  const right = vector ? expandDims(given, -1) : given;
  if (right.rank < 2 || right.shape.at(-2) !== left.shape.at(-1)) {
    throw new ShapeError(
      `solve: expected b with ${left.shape.at(-1)} rows for a of shape ${formatShape(left.shape)}. Received shape ${formatShape(given.shape)}.`,
    );
  }
  const batch = batchOf(left, right);
  const whole = (x: Tensor) => broadcastTo(x, [...batch, ...x.shape.slice(-2)]);
  const { right: solution } = eliminate(whole(left), whole(right), true);
  return vector ? squeeze(solution, -1) : solution;
}

/** The inverses of matrices (..., n, n). */
export function inv(x: TensorLike): Tensor {
  const a = matrices('inv', x, true);
  return eliminate(a, broadcastTo(eye(a.shape.at(-1)!), a.shape), true).right;
}

function pivots(name: string, x: TensorLike): { diagonal: Tensor; parity: Tensor } {
  const a = matrices(name, x, true);
  const { upper, parity } = eliminate(a, sliceAxis(a, a.rank - 1, 0, 0), false);
  return {
    diagonal: diagonal(upper, 0, -2, -1),
    parity: reshape(broadcastTo(parity, [...a.shape.slice(0, -2), 1, 1]), a.shape.slice(0, -2)),
  };
}

/** The determinants of matrices (..., n, n). */
export function det(x: TensorLike): Tensor {
  const { diagonal: values, parity } = pivots('det', x);
  return multiply(prod(values, -1), parity);
}

/** [sign, log |determinant|] of matrices (..., n, n). */
export function slogdet(x: TensorLike): [Tensor, Tensor] {
  const { diagonal: values, parity } = pivots('slogdet', x);
  return [multiply(prod(sign(values), -1), parity), sum(log(abs(values)), -1)];
}

/** log(determinant) of positive definite matrices (..., n, n). */
export function logdet(x: TensorLike): Tensor {
  return multiply(2, sum(log(diagonal(cholesky(x), 0, -2, -1)), -1));
}

/**
 * The lower triangular L with L · Lᵀ = x for symmetric positive definite matrices (..., n, n); `upper` gives Lᵀ. NaN where
 * x is not positive definite.
 */
export function cholesky(x: TensorLike, upper = false): Tensor {
  const a = matrices('cholesky', x, true);
  const n = a.shape.at(-1)!;
  // Both halves count alike, so that the gradient is symmetric.
  let rest = multiply(add(a, swapaxes(a, -1, -2)), 0.5);
  const columns: Tensor[] = [];
  for (let j = 0; j < n; j++) {
    const column = multiply(
      divide(sliceAxis(rest, rest.rank - 1, j, j + 1), sqrt(element(rest, j, j))),
      rowsWhere(n, i => i >= j),
    );
    columns.push(column);
    rest = subtract(rest, matmul(column, column, { transposeB: true }));
  }
  const lower = concatenate(columns, -1);
  return upper ? swapaxes(lower, -1, -2) : lower;
}

/** The inverse of x from its Cholesky factor. */
export function choleskyInverse(x: TensorLike, upper = false): Tensor {
  const factor = matrices('choleskyInverse', x, true);
  const lower = upper ? swapaxes(factor, -1, -2) : factor;
  const inverse = solveTriangular(lower, broadcastTo(eye(lower.shape.at(-1)!), lower.shape), true);
  return matmul(swapaxes(inverse, -1, -2), inverse);
}

/** The solution x of a · x = b for triangular a (..., n, n): the upper triangle counts, with `lower` the lower one. */
export function solveTriangular(a: TensorLike, b: TensorLike, lower = false): Tensor {
  const triangle = matrices('solveTriangular', a, true);
  const given = cast(asTensor(b), 'float32');
  const vector = given.rank === triangle.rank - 1;
  const right = vector ? expandDims(given, -1) : given;
  const n = triangle.shape.at(-1)!;
  const rows: Tensor[] = [];
  for (let step = 0; step < n; step++) {
    const i = lower ? step : n - 1 - step;
    let value = sliceAxis(right, right.rank - 2, i, i + 1);
    rows.forEach((row, k) => {
      value = subtract(value, multiply(element(triangle, i, lower ? k : n - 1 - k), row));
    });
    rows.push(divide(value, element(triangle, i, i)));
  }
  const solution = concatenate(lower ? rows : rows.reverse(), -2);
  return vector ? squeeze(solution, -1) : solution;
}

/**
 * [Q, R] with x = Q · R for matrices (..., m, n): orthonormal columns and an upper triangle, by Householder reflections.
 * 'reduced': Q (..., m, min(m, n)); 'complete': Q (..., m, m).
 */
export function qr(x: TensorLike, mode: 'reduced' | 'complete' = 'reduced'): [Tensor, Tensor] {
  if (mode !== 'reduced' && mode !== 'complete') {
    throw new ValueError(
      `\`mode\` argument value not supported. Expected one of {'reduced', 'complete'}. Received: mode=${String(mode)}`,
    );
  }
  const a = matrices('qr', x, false);
  const [m, n] = a.shape.slice(-2) as [number, number];
  let q: Tensor = broadcastTo(eye(m), [...a.shape.slice(0, -2), m, m]);
  let r = a;
  for (let j = 0; j < Math.min(m - 1, n); j++) {
    const column = multiply(
      sliceAxis(r, r.rank - 1, j, j + 1),
      rowsWhere(m, i => i >= j),
    );
    const head = element(column, j, 0);
    const length = sqrt(sum(multiply(column, column), -2, true));
    const direction = where(greaterEqual(head, 0), 1, -1);
    const v = add(
      column,
      multiply(
        multiply(direction, length),
        rowsWhere(m, i => i === j),
      ),
    );
    const square = sum(multiply(v, v), -2, true);
    const scaled = where(equal(square, 0), 0, divide(2, where(equal(square, 0), 1, square)));
    const transposed = swapaxes(v, -1, -2);
    r = subtract(r, multiply(scaled, matmul(v, matmul(transposed, r))));
    q = subtract(q, multiply(scaled, matmul(matmul(q, v), transposed)));
  }
  const k = mode === 'reduced' ? Math.min(m, n) : m;
  const upper = subtract(r, tril(r, -1));
  return [sliceAxis(q, q.rank - 1, 0, k), sliceAxis(upper, r.rank - 2, 0, k)];
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

const SWEEPS = 10;

/**
 * [eigenvalues in ascending order, eigenvectors in the columns] of symmetric matrices (..., n, n), by Jacobi rotations:
 * in each step n / 2 rotations of different pairs of rows, so that every pair comes once in n - 1 steps.
 */
export function eigh(x: TensorLike): [Tensor, Tensor] {
  const given = matrices('eigh', x, true);
  const n = given.shape.at(-1)!;
  const symmetric = multiply(add(given, swapaxes(given, -1, -2)), 0.5);
  let a = stopGradient(symmetric);
  let rotations: Tensor = broadcastTo(eye(n), a.shape);
  const rounds = n > 1 ? tournament(n) : [];
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const pairs of rounds) {
      const rotation = jacobiRotation(a, pairs);
      a = matmul(matmul(rotation, a, { transposeA: true }), rotation);
      rotations = matmul(rotations, rotation);
    }
  }
  const [sortedValues, sortedVectors] = sortedByValue(diagonal(a, 0, -2, -1), rotations);
  // With x = V diag(w) Vᵀ: dx = V diag(dw) Vᵀ, and dx = V (F ∘ VᵀdV) Vᵀ, where Fᵢⱼ = 1 / (wⱼ − wᵢ), 0 for equal values.
  const turned = (inner: Tensor): Tensor[] => [matmul(matmul(vectors, inner), vectors, { transposeB: true })];
  const values = withGradient(sortedValues, [symmetric], dw => turned(multiply(expandDims(dw, -1), eye(n))));
  const vectors: Tensor = withGradient(sortedVectors, [symmetric], dv => {
    const gaps = subtract(expandDims(values, -2), expandDims(values, -1));
    const none = equal(gaps, 0);
    const inverse = where(none, 0, divide(1, where(none, 1, gaps)));
    return turned(multiply(inverse, matmul(vectors, dv, { transposeA: true })));
  });
  return [values, vectors];
}

/** The rounds of a tournament of n players in which everybody meets everybody once. */
function tournament(n: number): (readonly [number, number])[][] {
  const players = Array.from({ length: n + (n % 2) }, (_, i) => i);
  const rounds: (readonly [number, number])[][] = [];
  for (let round = 0; round < players.length - 1; round++) {
    const pairs = Array.from({ length: players.length / 2 }, (_, i) => [players[i]!, players.at(-1 - i)!] as const);
    rounds.push(
      pairs.filter(([p, q]) => p < n && q < n).map(([p, q]) => (p < q ? ([p, q] as const) : ([q, p] as const))),
    );
    players.splice(1, 0, players.pop()!);
  }
  return rounds;
}

/** The rotation that makes a[p, q] zero for all of the pairs. */
function jacobiRotation(a: Tensor, pairs: readonly (readonly [number, number])[]): Tensor {
  const n = a.shape.at(-1)!;
  const flat = reshape(a, [...a.shape.slice(0, -2), n * n]);
  const at = (index: (pair: readonly [number, number]) => number) => take(flat, Int32Array.from(pairs, index), -1);
  const pq = at(([p, q]) => p * n + q);
  const none = equal(pq, 0);
  const theta = divide(
    subtract(
      at(([, q]) => q * n + q),
      at(([p]) => p * n + p),
    ),
    where(none, 1, multiply(2, pq)),
  );
  const direction = where(greaterEqual(theta, 0), 1, -1);
  const tangent = where(none, 0, divide(direction, add(abs(theta), sqrt(add(multiply(theta, theta), 1)))));
  const cosine = divide(1, sqrt(add(multiply(tangent, tangent), 1)));
  const sine = multiply(tangent, cosine);
  // Row i has the cosine in its own column and ± the sine in its partner's. A row without a partner stays as it is.
  const partner = Int32Array.from({ length: n }, (_, i) => i);
  const pairOf = new Int32Array(n).fill(pairs.length);
  const signs = new Float32Array(n);
  pairs.forEach(([p, q], i) => {
    [partner[p], partner[q]] = [q, p];
    pairOf[p] = pairOf[q] = i;
    [signs[p], signs[q]] = [1, -1];
  });
  const byRow = (x: Tensor, idle: number) => {
    const last = broadcastTo(constant(idle), [...x.shape.slice(0, -1), 1]);
    return expandDims(take(concatenate([x, last], -1), pairOf, -1), -1);
  };
  const own = multiply(byRow(cosine, 1), eye(n));
  const partners = multiply(multiply(byRow(sine, 0), expandDims(signs, -1)), take(eye(n), partner, 0));
  return add(own, partners);
}

/** Values in ascending order, and the columns that belong to them. */
function sortedByValue(values: Tensor, vectors: Tensor): [Tensor, Tensor] {
  const n = values.shape.at(-1)!;
  const column = expandDims(values, -1);
  const row = expandDims(values, -2);
  // rank[j] = how many values come before value j; equal ones by position.
  const earlier = constant(
    Float32Array.from({ length: n * n }, (_, k) => Number(k % n < Math.floor(k / n))),
    'float32',
    [n, n],
  );
  const before = add(cast(less(row, column), 'float32'), multiply(cast(equal(row, column), 'float32'), earlier));
  const order = oneHot(cast(sum(before, -1), 'int32'), n);
  return [squeeze(matmul(expandDims(values, -2), order), -2), matmul(vectors, order)];
}

/**
 * The singular value decomposition x = U · diag(s) · Vᵀ of matrices (..., m, n), singular values descending: [U, s, Vᵀ], or s
 * alone. By the eigenvectors of xᵀx (xxᵀ for wide matrices), refined by an orthogonalization of x · V.
 */
export function svd(x: TensorLike, fullMatrices = true): [Tensor, Tensor, Tensor] {
  const a = matrices('svd', x, false);
  const [m, n] = a.shape.slice(-2) as [number, number];
  if (m < n) {
    const [u, s, vt] = svd(swapaxes(a, -1, -2), fullMatrices);
    return [swapaxes(vt, -1, -2), s, swapaxes(u, -1, -2)];
  }
  const [, ascending] = eigh(matmul(a, a, { transposeA: true }));
  const v = flip(ascending, -1);
  const scaled = matmul(a, v);
  const s = sqrt(sum(multiply(scaled, scaled), -2));
  const [q, r] = qr(scaled, fullMatrices ? 'complete' : 'reduced');
  const signs = where(greaterEqual(diagonal(r, 0, -2, -1), 0), 1, -1);
  const padded =
    q.shape.at(-1)! > n
      ? concatenate([signs, broadcastTo(constant(1), [...signs.shape.slice(0, -1), q.shape.at(-1)! - n])], -1)
      : signs;
  return [multiply(q, expandDims(padded, -2)), s, swapaxes(v, -1, -2)];
}

/** The Moore-Penrose inverse of matrices (..., m, n); singular values up to `rcond` times the largest count as 0. */
export function pinv(x: TensorLike, rcond: number | null = null): Tensor {
  const a = matrices('pinv', x, false);
  const [u, s, vt] = svd(stopGradient(a), false);
  const share = rcond ?? 10 * Math.max(...a.shape.slice(-2)) * 2 ** -23;
  const kept = greaterEqual(s, multiply(sliceAxis(s, s.rank - 1, 0, 1), share));
  const inverse = where(kept, divide(1, where(kept, s, 1)), 0);
  const value = matmul(multiply(swapaxes(vt, -1, -2), expandDims(inverse, -2)), u, { transposeB: true });
  // Golub and Pereyra (1973), also where the rank is not full: with y the inverse,
  // da = −yᵀ dy yᵀ + (1 − a y) dyᵀ y yᵀ + yᵀ y dyᵀ (1 − y a)
  const y: Tensor = withGradient(value, [a], dy => {
    const [m, n] = a.shape.slice(-2) as [number, number];
    const yt = swapaxes(y, -1, -2);
    const dyt = swapaxes(dy, -1, -2);
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
