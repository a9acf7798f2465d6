// Factors of stacks of matrices, and systems solved with them: one kernel each, which works on one matrix after the other in
// float64 and shares the stack among the threads. Gradients hold where the factors are unique up to signs.

import { ShapeError, ValueError } from '../errors.js';
import { apply, applyAll, asTensor, type TensorLike } from '../graph/apply.js';
import { defineOp, type OpDef } from '../graph/op.js';
import type { Spec, Tensor } from '../graph/tensor.js';
import { formatShape, type Shape, sizeOf } from '../shape.js';
import { broadcastTo } from './broadcast.js';
import { tril } from './diagonal.js';
import { add, cast, divide, equal, multiply, negative, subtract, where } from './elementwise.js';
import { eye } from './grid.js';
import { matmul } from './matmul.js';
import { concatenate, expandDims, sliceAxis, squeeze, swapaxes } from './movement.js';

/** x as float matrices. @throws ShapeError if it has fewer than two axes or, where asked for, the matrices are not square. */
export function matrices(name: string, x: TensorLike, square: boolean): Tensor {
  const tensor = cast(asTensor(x), 'float32');
  const [rows, columns] = tensor.shape.slice(-2);
  if (tensor.rank < 2 || (square && rows !== columns)) {
    throw new ShapeError(
      `${name}: expected ${square ? 'square matrices (..., n, n)' : 'matrices (..., m, n)'}. Received shape ${formatShape(tensor.shape)}.`,
    );
  }
  return tensor;
}

/** [m, n, number of matrices] of a stack. */
function sizes(x: Spec): [m: number, n: number, batch: number] {
  const [m, n] = x.shape.slice(-2) as [number, number];
  return [m, n, sizeOf(x.shape.slice(0, -2))];
}

function stackOf(x: Spec, ...shape: Shape): Spec {
  return { shape: [...x.shape.slice(0, -2), ...shape], dtype: 'float32' };
}

export const transposed = (x: Tensor): Tensor => swapaxes(x, -1, -2);
const rowsOf = (x: Tensor, start: number, end: number) => sliceAxis(x, x.rank - 2, start, end);
const columnsOf = (x: Tensor, start: number, end: number) => sliceAxis(x, x.rank - 1, start, end);
const upperTriangle = (x: Tensor) => subtract(x, tril(x, -1));
/** 1 / x, and 0 for 0. */
const inverseOf = (x: Tensor) => where(equal(x, 0), 0, divide(1, where(equal(x, 0), 1, x)));

const eighOp = defineOp<Record<never, never>>({
  name: 'eigh',
  infer: ([x]) => [{ shape: x!.shape.slice(0, -1), dtype: 'float32' }, stackOf(x!, ...x!.shape.slice(-2))],
  // With x = V diag(w) Vᵀ: dx = V (diag(dw) + F ∘ VᵀdV) Vᵀ, where Fᵢⱼ = 1 / (wⱼ − wᵢ), 0 for equal values.
  vjp: ({ outputs: [values, vectors] }, [dw, dv]) => {
    const gaps = subtract(expandDims(values!, -2), expandDims(values!, -1));
    const inner = multiply(inverseOf(gaps), matmul(vectors!, dv!, { transposeA: true }));
    const middle = add(multiply(expandDims(dw!, -1), eye(values!.shape.at(-1)!)), inner);
    return [matmul(matmul(vectors!, middle), vectors!, { transposeB: true })];
  },
  emit(k, { inputs: [x], outputs: [values, vectors] }) {
    const [, n, batch] = sizes(x!);
    const workspace = k.workspace(8 * k.threads * (2 * n * n + 3 * n + 3));
    k.call('eigh', { x: x!, values: values!, vectors: vectors!, workspace, batch, n }, batch > 1 && 10 * n * x!.size);
  },
});

/**
 * [eigenvalues in ascending order, eigenvectors in the columns] of symmetric matrices (..., n, n): x · V = V · diag(w). All
 * NaN where a matrix is not finite.
 */
export function eigh(x: TensorLike): [Tensor, Tensor] {
  return applyAll(eighOp, [symmetric('eigh', x)], {}) as [Tensor, Tensor];
}

/** (x + xᵀ) / 2: both halves count alike, so that the gradient is symmetric. */
function symmetric(name: string, x: TensorLike): Tensor {
  const a = matrices(name, x, true);
  return multiply(add(a, transposed(a)), 0.5);
}

const svdOp = defineOp<{ readonly full: boolean }>({
  name: 'svd',
  infer: ([x], { full }) => {
    const [m, n] = sizes(x!);
    const k = Math.min(m, n);
    return [
      stackOf(x!, m, full ? m : k),
      { shape: [...x!.shape.slice(0, -2), k], dtype: 'float32' },
      stackOf(x!, full ? n : k, n),
    ];
  },
  // Of the columns that only complete a basis no gradient is known. With F as above for the squares of s:
  // dx = U (diag(ds) + (F ∘ (UᵀdU − dUᵀU)) S + S (F ∘ (VᵀdV − dVᵀV))) Vᵀ + (1 − UUᵀ) dU S⁻¹ Vᵀ + U S⁻¹ dVᵀ (1 − VVᵀ).
  // Source: Townsend, "Differentiating the singular value decomposition" (2016).
  vjp: ({ outputs: [fullU, s, fullVt] }, [fullDu, ds, fullDvt]) => {
    const k = s!.shape.at(-1)!;
    const [u, du] = [columnsOf(fullU!, 0, k), columnsOf(fullDu!, 0, k)];
    const [vt, dvt] = [rowsOf(fullVt!, 0, k), rowsOf(fullDvt!, 0, k)];
    const squares = multiply(s!, s!);
    const gaps = inverseOf(subtract(expandDims(squares, -2), expandDims(squares, -1)));
    const skew = (x: Tensor) => multiply(gaps, subtract(x, transposed(x)));
    const [row, column] = [expandDims(s!, -2), expandDims(s!, -1)];
    const utdu = matmul(u, du, { transposeA: true });
    const vtdv = matmul(vt, dvt, { transposeB: true });
    const middle = add(
      multiply(expandDims(ds!, -1), eye(k)),
      add(multiply(skew(utdu), row), multiply(column, skew(vtdv))),
    );
    const beyondU = multiply(subtract(du, matmul(u, utdu)), inverseOf(row));
    const beyondV = multiply(inverseOf(column), subtract(dvt, matmul(transposed(vtdv), vt)));
    return [add(matmul(add(matmul(u, middle), beyondU), vt), matmul(u, beyondV))];
  },
  emit(k, { inputs: [x], outputs: [u, s, vt], attrs: { full } }) {
    const [m, n, batch] = sizes(x!);
    const [less, more] = [Math.min(m, n), Math.max(m, n)];
    const bytes = 8 * (less * (more + 2 * less + 5) + more * (full ? more : less) + 3);
    const arrays = { x: x!, u: u!, s: s!, vt: vt!, workspace: k.workspace(k.threads * bytes) };
    k.call('svd', { ...arrays, batch, m, n, full }, batch > 1 && 20 * less * x!.size);
  },
});

/**
 * [U, s, Vᵀ] with x = U · diag(s) · Vᵀ for matrices (..., m, n), singular values descending. With fullMatrices U (..., m, m) and
 * Vᵀ (..., n, n), otherwise min(m, n) columns and rows. All NaN where a matrix is not finite.
 */
export function svd(x: TensorLike, fullMatrices = true): [Tensor, Tensor, Tensor] {
  return applyAll(svdOp, [matrices('svd', x, false)], { full: fullMatrices }) as [Tensor, Tensor, Tensor];
}

const qrOp = defineOp<{ readonly k: number }>({
  name: 'qr',
  infer: ([x], { k }) => {
    const [m, n] = sizes(x!);
    return [stackOf(x!, m, k), stackOf(x!, k, n)];
  },
  // dx = (dQ + Q copyltu(M)) R⁻ᵀ with M = R dRᵀ − dQᵀ Q, whose lower triangle is copied to the upper one. The columns of a
  // wide x behind the square part are Q times those of R.
  // Source: Walter & Lehmann, "Algorithmic differentiation of linear algebra functions" (2010).
  vjp: ({ inputs: [x], outputs: [fullQ, fullR] }, [fullDq, fullDr]) => {
    const [m, n] = sizes(x!);
    const k = Math.min(m, n);
    const q = columnsOf(fullQ!, 0, k);
    const r = rowsOf(fullR!, 0, k);
    const dr = upperTriangle(rowsOf(fullDr!, 0, k));
    const drRest = columnsOf(dr, k, n);
    const dq = add(columnsOf(fullDq!, 0, k), matmul(columnsOf(x!, k, n), drRest, { transposeB: true }));
    const square = columnsOf(r, 0, k);
    const mixed = subtract(
      matmul(square, columnsOf(dr, 0, k), { transposeB: true }),
      matmul(dq, q, { transposeA: true }),
    );
    const copied = add(tril(mixed), transposed(tril(mixed, -1)));
    const dx = transposed(triangularSolution(square, transposed(add(dq, matmul(q, copied))), false));
    return [n > k ? concatenate([dx, matmul(q, drRest)], -1) : dx];
  },
  emit(kernel, { inputs: [x], outputs: [q, r], attrs: { k } }) {
    const [m, n, batch] = sizes(x!);
    const workspace = kernel.workspace(8 * kernel.threads * (m * (n + k) + Math.min(m, n)));
    kernel.call('qr', { x: x!, q: q!, r: r!, workspace, batch, m, n, k }, batch > 1 && 4 * n * x!.size);
  },
});

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
  const [m, n] = sizes(a);
  return applyAll(qrOp, [a], { k: mode === 'reduced' ? Math.min(m, n) : m }) as [Tensor, Tensor];
}

const choleskyOp = defineOp<Record<never, never>>({
  name: 'cholesky',
  infer: ([x]) => [stackOf(x!, ...x!.shape.slice(-2))],
  // dx = L⁻ᵀ Φ(Lᵀ dL) L⁻¹, where Φ keeps the lower triangle and half of the diagonal. Source: Murray, "Differentiation of the
  // Cholesky decomposition" (2016).
  vjp: ({ outputs: [l] }, [dl]) => {
    const product = matmul(l!, tril(dl!), { transposeA: true });
    const halves = multiply(add(tril(product), tril(product, -1)), 0.5);
    const left = triangularSolution(transposed(l!), halves, false);
    return [transposed(triangularSolution(transposed(l!), transposed(left), false))];
  },
  emit(k, { inputs: [x], outputs: [y] }) {
    const [, n, batch] = sizes(x!);
    const workspace = k.workspace(8 * k.threads * n * n);
    k.call('cholesky', { x: x!, y: y!, workspace, batch, n }, batch > 1 && n * x!.size);
  },
});

/**
 * The lower triangular L with L · Lᵀ = x for symmetric positive definite matrices (..., n, n); `upper` gives Lᵀ. NaN where
 * x is not positive definite.
 */
export function cholesky(x: TensorLike, upper = false): Tensor {
  const lower = apply(choleskyOp, [symmetric('cholesky', x)], {});
  return upper ? transposed(lower) : lower;
}

const luOp = defineOp<Record<never, never>>({
  name: 'lu',
  infer: ([x]) => {
    const [m, n] = sizes(x!);
    return [stackOf(x!, m, n), { shape: [...x!.shape.slice(0, -2), Math.min(m, n)], dtype: 'int32' }];
  },
  vjp: 'none', // what is computed from the factors has rules of its own
  emit(k, { inputs: [x], outputs: [y, pivots] }) {
    const [m, n, batch] = sizes(x!);
    const workspace = k.workspace(8 * k.threads * m * n);
    k.call('lu', { x: x!, y: y!, pivots: pivots!, workspace, batch, m, n }, batch > 1 && n * x!.size);
  },
});

/**
 * [L and U in one matrix, pivots] of matrices (..., m, n), by Gaussian elimination with partial pivoting: U on and above the
 * diagonal, L, whose diagonal is 1, below it. Row i was exchanged with row pivots[i], in the order of i. Not differentiable.
 */
export function luFactor(x: TensorLike): [Tensor, Tensor] {
  return applyAll(luOp, [matrices('luFactor', x, false)], {}) as [Tensor, Tensor];
}

const solveOp: OpDef<Record<never, never>> = defineOp<Record<never, never>>({
  name: 'solve',
  infer: ([, b]) => [{ shape: b!.shape, dtype: 'float32' }],
  // y = a⁻¹ b: db = a⁻ᵀ dy, da = −db yᵀ
  vjp: ({ inputs: [a], outputs: [y] }, [dy]) => {
    const db = apply(solveOp, [transposed(a!), dy!], {});
    return [negative(matmul(db, y!, { transposeB: true })), db];
  },
  emit(k, { inputs: [a, b], outputs: [y] }) {
    const [n, columns, batch] = sizes(b!);
    const workspace = k.workspace(8 * k.threads * n * (n + columns));
    k.call('solve', { a: a!, b: b!, y: y!, workspace, batch, n, k: columns }, batch > 1 && n * (a!.size + b!.size));
  },
});

/** The solution x of a · x = b, for matrices a (..., n, n) and b (..., n, k), or vectors b (..., n). Not finite for singular a. */
export function solve(a: TensorLike, b: TensorLike): Tensor {
  return solution('solve', a, b, (left, right) => apply(solveOp, [left, right], {}));
}

const solveTriangularOp = defineOp<{ readonly lower: boolean }>({
  name: 'solveTriangular',
  infer: ([, b]) => [{ shape: b!.shape, dtype: 'float32' }],
  vjp: ({ inputs: [a], outputs: [y], attrs: { lower } }, [dy]) => {
    const db = triangularSolution(transposed(a!), dy!, !lower);
    const da = negative(matmul(db, y!, { transposeB: true }));
    return [lower ? tril(da) : upperTriangle(da), db];
  },
  emit(k, { inputs: [a, b], outputs: [y], attrs: { lower } }) {
    const [n, columns, batch] = sizes(b!);
    const workspace = k.workspace(8 * k.threads * n * columns);
    const args = { a: a!, b: b!, y: y!, workspace, batch, n, k: columns, lower };
    k.call('solveTriangular', args, batch > 1 && n * b!.size);
  },
});

function triangularSolution(a: Tensor, b: Tensor, lower: boolean): Tensor {
  return apply(solveTriangularOp, [a, b], { lower });
}

/** The solution x of a · x = b for triangular a (..., n, n): the upper triangle counts, with `lower` the lower one. */
export function solveTriangular(a: TensorLike, b: TensorLike, lower = false): Tensor {
  return solution('solveTriangular', a, b, (left, right) => triangularSolution(left, right, lower));
}

/** Brings a and b to the same stack; vectors b become columns. */
function solution(name: string, a: TensorLike, b: TensorLike, solver: (a: Tensor, b: Tensor) => Tensor): Tensor {
  const left = matrices(name, a, true);
  const given = cast(asTensor(b), 'float32');
  const vector = given.rank === left.rank - 1;
  const right = vector ? expandDims(given, -1) : given;
  if (right.rank < 2 || right.shape.at(-2) !== left.shape.at(-1)) {
    throw new ShapeError(
      `${name}: expected b with ${left.shape.at(-1)} rows for a of shape ${formatShape(left.shape)}. Received shape ${formatShape(given.shape)}.`,
    );
  }
  const batch = left.rank >= right.rank ? left.shape.slice(0, -2) : right.shape.slice(0, -2);
  const whole = (x: Tensor) => broadcastTo(x, [...batch, ...x.shape.slice(-2)]);
  const y = solver(whole(left), whole(right));
  return vector ? squeeze(y, -1) : y;
}
