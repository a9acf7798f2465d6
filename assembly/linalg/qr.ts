// QR decomposition by Householder reflections, in float64. R's diagonal has LAPACK's signs.
// Source: Golub & Van Loan, Matrix Computations (4th ed.), 5.2.1 and 5.1.6 (Q from the reflections, backwards).

import { ELEMENT } from '../simd';
import { shareRows } from '../team';
import { at, identity, loadMatrix, storeMatrix } from './matrix';
import { applyReflections, triangularize } from './reflection';

@unmanaged
export class QrArgs {
  x: usize;
  q: usize;
  r: usize;
  /** Scratch memory of m·(n + k) + min(m, n) float64 for each thread. */
  workspace: usize;
  batch: i32;
  m: i32;
  n: i32;
  k: i32;
}

/**
 * x[b] = q[b]·r[b] with orthonormal columns in q and an upper triangle r. x: [batch, m, n], q: [batch, m, k], r: [batch, k, n]
 * with k = m or min(m, n). Parallel: shares of the batch.
 */
export function qr(args: QrArgs, thread: i32, threads: i32): void {
  const m = args.m;
  const n = args.n;
  const k = args.k;
  const count = min(m, n);
  const a = at(args.workspace, thread * (m * (n + k) + count));
  const q = at(a, m * n);
  const taus = at(q, m * k);
  for (let b = shareRows(args.batch, thread, threads), end = shareRows(args.batch, thread + 1, threads); b < end; b++) {
    loadMatrix(args.x + <usize>(b * m * n) * ELEMENT, a, m, n, false);
    triangularize(a, m, n, taus);
    identity(q, m, k);
    applyReflections(a, m, count, taus, q, m, k);
    storeMatrix(q, args.q + <usize>(b * m * k) * ELEMENT, m, k, false);
    const r = args.r + <usize>(b * k * n) * ELEMENT;
    for (let i = 0; i < k; i++) {
      for (let j = 0; j < n; j++) {
        store<f32>(r + <usize>(i * n + j) * ELEMENT, i > j ? 0 : <f32>load<f64>(at(a, j * m + i)));
      }
    }
  }
}
