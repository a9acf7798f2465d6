// Gaussian elimination with partial pivoting, in float64: factors, and solutions of systems.
// Source: Golub & Van Loan, Matrix Computations (4th ed.), 3.4.

import { ELEMENT } from '../simd';
import { shareRows } from '../team';
import { at, loadMatrix } from './matrix';
import { exchange } from './rotation';

@unmanaged
export class LuArgs {
  x: usize;
  y: usize;
  pivots: usize;
  /** Scratch memory of m·n float64 for each thread. */
  workspace: usize;
  batch: i32;
  m: i32;
  n: i32;
}

/**
 * P·x[b] = L·U, both in y[b]: U on and above the diagonal, below it L, whose diagonal is 1. P exchanges, for i = 0, 1, ..., row i
 * with row pivots[b, i]. x, y: [batch, m, n]; pivots: [batch, min(m, n)]. Parallel: shares of the batch.
 */
export function lu(args: LuArgs, thread: i32, threads: i32): void {
  const m = args.m;
  const n = args.n;
  const size = m * n;
  const a = at(args.workspace, thread * size);
  for (let b = shareRows(args.batch, thread, threads), end = shareRows(args.batch, thread + 1, threads); b < end; b++) {
    loadMatrix(args.x + <usize>(b * size) * ELEMENT, a, m, n, true);
    const pivots = args.pivots + <usize>(b * min(m, n)) * ELEMENT;
    for (let step = 0, steps = min(m, n); step < steps; step++) {
      store<i32>(pivots + <usize>step * ELEMENT, eliminate(a, m, n, step));
    }
    const y = args.y + <usize>(b * size) * ELEMENT;
    for (let i = 0; i < size; i++) store<f32>(y + <usize>i * ELEMENT, <f32>load<f64>(at(a, i)));
  }
}

@unmanaged
export class SolveArgs {
  a: usize;
  b: usize;
  y: usize;
  /** Scratch memory of n·(n + k) float64 for each thread. */
  workspace: usize;
  batch: i32;
  n: i32;
  k: i32;
}

/** a[b]·y[b] = b[b]. a: [batch, n, n]; b, y: [batch, n, k]. Not finite where a[b] is singular. Parallel: shares of the batch. */
export function solve(args: SolveArgs, thread: i32, threads: i32): void {
  const n = args.n;
  const k = args.k;
  const width = n + k;
  const a = at(args.workspace, thread * n * width);
  for (let b = shareRows(args.batch, thread, threads), end = shareRows(args.batch, thread + 1, threads); b < end; b++) {
    const left = args.a + <usize>(b * n * n) * ELEMENT;
    const right = args.b + <usize>(b * n * k) * ELEMENT;
    const y = args.y + <usize>(b * n * k) * ELEMENT;
    for (let i = 0; i < n; i++) {
      loadMatrix(left + <usize>(i * n) * ELEMENT, at(a, i * width), 1, n, true);
      loadMatrix(right + <usize>(i * k) * ELEMENT, at(a, i * width + n), 1, k, true);
    }
    for (let step = 0; step < n; step++) eliminate(a, n, width, step);
    for (let i = n - 1; i >= 0; i--) {
      const row = at(a, i * width);
      for (let j = i + 1; j < n; j++) subtract(at(row, n), at(a, j * width + n), k, load<f64>(at(row, j)));
      const pivot = load<f64>(at(row, i));
      for (let c = 0; c < k; c++) {
        const value = load<f64>(at(row, n + c)) / pivot;
        store<f64>(at(row, n + c), value);
        store<f32>(y + <usize>(i * k + c) * ELEMENT, <f32>value);
      }
    }
  }
}

/** Brings the largest element of column `step` up and clears those below it, leaving the factors there. Returns its row. */
function eliminate(a: usize, m: i32, n: i32, step: i32): i32 {
  let chosen = step;
  for (let i = step + 1; i < m; i++) {
    if (abs(load<f64>(at(a, i * n + step))) > abs(load<f64>(at(a, chosen * n + step)))) chosen = i;
  }
  const own = at(a, step * n);
  if (chosen != step) exchange(own, at(a, chosen * n), n);
  const pivot = load<f64>(at(own, step));
  // A column of zeros is cleared already.
  if (pivot == 0) return chosen;
  for (let i = step + 1; i < m; i++) {
    const head = at(a, i * n + step);
    const factor = load<f64>(head) / pivot;
    store<f64>(head, factor);
    subtract(at(head, 1), at(own, step + 1), n - step - 1, factor);
  }
  return chosen;
}

/** y -= factor·x for n elements. */
function subtract(y: usize, x: usize, n: i32, factor: f64): void {
  const end = n & ~1;
  const factors = f64x2.splat(factor);
  for (let i = 0; i < end; i += 2) {
    const p = at(y, i);
    v128.store(p, f64x2.sub(v128.load(p), f64x2.mul(factors, v128.load(at(x, i)))));
  }
  if (n & 1) store<f64>(at(y, end), load<f64>(at(y, end)) - factor * load<f64>(at(x, end)));
}
