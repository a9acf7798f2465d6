// Systems with a triangular matrix, row by row (forward and back substitution), with sums in float64.
// Source: Golub & Van Loan, Matrix Computations (4th ed.), 3.1.

import { ELEMENT } from '../simd';
import { shareRows } from '../team';
import { at } from './matrix';

@unmanaged
export class SolveTriangularArgs {
  a: usize;
  b: usize;
  y: usize;
  /** Scratch memory of n·k float64 for each thread. */
  workspace: usize;
  batch: i32;
  n: i32;
  k: i32;
  lower: bool;
}

/**
 * a[b]·y[b] = b[b], where of a[b] the upper triangle counts, or the lower one. a: [batch, n, n]; b, y: [batch, n, k].
 * Parallel: shares of the batch.
 */
export function solveTriangular(args: SolveTriangularArgs, thread: i32, threads: i32): void {
  const n = args.n;
  const k = args.k;
  const rows = at(args.workspace, thread * n * k);
  for (let b = shareRows(args.batch, thread, threads), end = shareRows(args.batch, thread + 1, threads); b < end; b++) {
    const a = args.a + <usize>(b * n * n) * ELEMENT;
    const offset = <usize>(b * n * k) * ELEMENT;
    for (let step = 0; step < n; step++) {
      const i = args.lower ? step : n - 1 - step;
      const pivot = <f64>load<f32>(a + <usize>(i * n + i) * ELEMENT);
      for (let c = 0; c < k; c++) {
        const place = <usize>(i * k + c) * ELEMENT + offset;
        let value = <f64>load<f32>(args.b + place);
        for (let s = 0; s < step; s++) {
          const j = args.lower ? s : n - 1 - s;
          value -= <f64>load<f32>(a + <usize>(i * n + j) * ELEMENT) * load<f64>(at(rows, j * k + c));
        }
        value /= pivot;
        store<f64>(at(rows, i * k + c), value);
        store<f32>(args.y + place, <f32>value);
      }
    }
  }
}
