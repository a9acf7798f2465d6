// Singular values and vectors: reflections make the matrix bidiagonal (assembly/linalg/bidiagonal.ts makes that diagonal).
//
// Works on the matrix or its transpose, whichever is tall; one that is much taller than wide is made a triangle first. All in
// float64. The order of the reflections and rotations is that of LAPACK's sgesdd for small matrices, and so are the signs.
// Source: Golub & Van Loan, Matrix Computations (4th ed.), 5.4.8 (bidiagonal form) and 8.6.

import { ELEMENT } from '../simd';
import { shareRows } from '../team';
import { diagonalizeBidiagonal } from './bidiagonal';
import { at, fillNaN, identity, loadMatrix, storeMatrix } from './matrix';
import { applyReflections, householder, reflect, triangularize } from './reflection';
import { COS, LENGTH, rotate, rotation, SIN } from './rotation';

@unmanaged
export class SvdArgs {
  x: usize;
  u: usize;
  s: usize;
  vt: usize;
  /** Scratch memory of k·(l + 2·k + 5) + l·(full ? l : k) + 3 float64 for each thread; k, l: the smaller, larger of m and n. */
  workspace: usize;
  batch: i32;
  m: i32;
  n: i32;
  full: bool;
}

/**
 * x[b] = u[b]·diag(s[b])·vt[b] with descending s. x: [batch, m, n]; with k = min(m, n) u: [batch, m, k], s: [batch, k], vt:
 * [batch, k, n]; `full`: u: [batch, m, m], vt: [batch, n, n]. All NaN where x[b] is not finite. Parallel: shares of the batch.
 */
export function svd(args: SvdArgs, thread: i32, threads: i32): void {
  const m = args.m;
  const n = args.n;
  const wide = m < n;
  const l = max(m, n);
  const k = min(m, n);
  const columns = args.full ? l : k;
  const t = at(args.workspace, thread * (k * (l + 2 * k + 5) + l * columns + 3));
  const square = at(t, l * k);
  const short = at(square, k * k);
  const long = at(short, k * k);
  const d = at(long, l * columns);
  const e = at(d, k);
  const turn = at(e, 4 * k);
  const uSize = wide ? m * m : m * columns;
  const vSize = wide ? columns * n : n * n;
  for (let b = shareRows(args.batch, thread, threads), end = shareRows(args.batch, thread + 1, threads); b < end; b++) {
    const u = args.u + <usize>(b * uSize) * ELEMENT;
    const s = args.s + <usize>(b * k) * ELEMENT;
    const vt = args.vt + <usize>(b * vSize) * ELEMENT;
    if (!loadMatrix(args.x + <usize>(b * m * n) * ELEMENT, t, m, n, wide)) {
      fillNaN(u, uSize);
      fillNaN(s, k);
      fillNaN(vt, vSize);
      continue;
    }
    decompose(t, l, k, wide, square, d, long, columns, short, turn);
    storeMatrix(d, s, k, 1, false);
    storeMatrix(wide ? short : long, u, m, wide ? m : columns, false);
    storeMatrix(wide ? long : short, vt, n, wide ? columns : n, true);
  }
}

/**
 * t = long·diag(d)·shortᵀ. t: k columns of l elements, the transposed of the matrix if `wide`; long: `columns` columns of l,
 * short: k of k elements; behind d [k] come e and three times taus, [k] each.
 */
function decompose(
  t: usize,
  l: i32,
  k: i32,
  wide: bool,
  square: usize,
  d: usize,
  long: usize,
  columns: i32,
  short: usize,
  turn: usize,
): void {
  const e = at(d, k);
  const leftTaus = at(e, k);
  const rightTaus = at(leftTaus, k);
  const taus = at(rightTaus, k);
  identity(long, l, columns);
  identity(short, k, k);
  if (l >= (k * 11) / 6) {
    triangularize(t, l, k, taus);
    for (let j = 0; j < k; j++) {
      for (let i = 0; i < k; i++) {
        store<f64>(at(square, wide ? i * k + j : j * k + i), i > j ? 0 : load<f64>(at(t, j * l + i)));
      }
    }
    bidiagonalize(square, k, k, d, e, leftTaus, rightTaus);
    if (wide) {
      diagonalizeBidiagonal(d, e, k, short, k, long, l, turn);
      applyReflections(square, k, k, leftTaus, short, k, k);
      applyRight(square, k, k, rightTaus, long, l, columns);
    } else {
      diagonalizeBidiagonal(d, e, k, long, l, short, k, turn);
      applyReflections(square, k, k, leftTaus, long, l, columns);
      applyRight(square, k, k, rightTaus, short, k, k);
    }
    applyReflections(t, l, k, taus, long, l, columns);
    return;
  }
  bidiagonalize(t, l, k, d, e, leftTaus, rightTaus);
  if (wide) {
    // The matrix itself has the transposed, lower bidiagonal form, which rotations of its rows make an upper one.
    for (let i = 0; i < k - 1; i++) {
      rotation(load<f64>(at(d, i)), load<f64>(at(e, i)), turn);
      const c = load<f64>(turn, COS);
      const s = load<f64>(turn, SIN);
      const next = load<f64>(at(d, i + 1));
      store<f64>(at(d, i), load<f64>(turn, LENGTH));
      store<f64>(at(e, i), s * next);
      store<f64>(at(d, i + 1), c * next);
      rotate(at(short, i * k), at(short, (i + 1) * k), k, c, s);
    }
    diagonalizeBidiagonal(d, e, k, short, k, long, l, turn);
  } else {
    diagonalizeBidiagonal(d, e, k, long, l, short, k, turn);
  }
  applyReflections(t, l, k, leftTaus, long, l, columns);
  applyRight(t, l, k, rightTaus, short, k, k);
}

/**
 * Makes a (n columns of m ≥ n elements) upper bidiagonal: diagonal d [n], above it e [n - 1]. The reflections stay in a: below
 * the diagonal those from the left, right of e those from the right.
 */
function bidiagonalize(a: usize, m: i32, n: i32, d: usize, e: usize, leftTaus: usize, rightTaus: usize): void {
  for (let i = 0; i < n; i++) {
    const column = at(a, i * m + i);
    const left = householder(column, 1, m - i);
    store<f64>(at(leftTaus, i), left);
    store<f64>(at(d, i), load<f64>(column));
    if (i == n - 1) break;
    const row = at(column, m);
    reflect(column, 1, m - i, left, row, 1, m, n - i - 1);
    const right = householder(row, m, n - i - 1);
    store<f64>(at(rightTaus, i), right);
    store<f64>(at(e, i), load<f64>(row));
    reflect(row, m, n - i - 1, right, at(row, 1), m, 1, m - i - 1);
  }
}

/** q = G₀·G₁·…·q for the reflections from the right that `bidiagonalize` left in a. q: `columns` columns of `stride` elements. */
function applyRight(a: usize, m: i32, n: i32, taus: usize, q: usize, stride: i32, columns: i32): void {
  for (let i = n - 2; i >= 0; i--) {
    reflect(at(a, (i + 1) * m + i), m, n - i - 1, load<f64>(at(taus, i)), at(q, i + 1), 1, stride, columns);
  }
}
