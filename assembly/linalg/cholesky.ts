// Cholesky factors, column by column (left-looking), in float64.
// Source: Golub & Van Loan, Matrix Computations (4th ed.), 4.2.5.

import { ELEMENT } from '../simd';
import { shareRows } from '../team';
import { at, loadMatrix } from './matrix';

@unmanaged
export class CholeskyArgs {
  x: usize;
  y: usize;
  /** Scratch memory of n² float64 for each thread. */
  workspace: usize;
  batch: i32;
  n: i32;
}

/**
 * The lower triangle y[b] with y[b]·y[b]ᵀ = x[b], of which the lower triangle counts; NaN if x[b] is not positive definite.
 * x, y: [batch, n, n]. Parallel: shares of the batch.
 */
export function cholesky(args: CholeskyArgs, thread: i32, threads: i32): void {
  const n = args.n;
  const rows = at(args.workspace, thread * n * n);
  for (let b = shareRows(args.batch, thread, threads), end = shareRows(args.batch, thread + 1, threads); b < end; b++) {
    const y = args.y + <usize>(b * n * n) * ELEMENT;
    loadMatrix(args.x + <usize>(b * n * n) * ELEMENT, rows, n, n, true);
    const found = factor(rows, n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const value = j > i ? 0 : found ? load<f64>(at(rows, i * n + j)) : NaN;
        store<f32>(y + <usize>(i * n + j) * ELEMENT, <f32>value);
      }
    }
  }
}

/** Replaces the lower triangle of a, which is stored by rows; false if it has no factor. */
function factor(a: usize, n: i32): bool {
  for (let j = 0; j < n; j++) {
    const own = at(a, j * n);
    for (let i = j; i < n; i++) {
      const row = at(a, i * n);
      let value = load<f64>(at(row, j));
      for (let k = 0; k < j; k++) value -= load<f64>(at(row, k)) * load<f64>(at(own, k));
      if (i == j) {
        if (!(value > 0)) return false;
        store<f64>(at(row, j), Math.sqrt(value));
      } else {
        store<f64>(at(row, j), value / load<f64>(at(own, j)));
      }
    }
  }
  return true;
}
