// Eigenvalues and eigenvectors of symmetric matrices: Householder reflections make the matrix tridiagonal, implicit QL or QR
// steps with Wilkinson's shift make that diagonal.
//
// All in float64, with float32's roundoff as the size below which an off-diagonal element counts as 0. Signs of rotations
// and reflections, and the choice between QL and QR, are those of LAPACK's ssteqr, and so are the eigenvectors' signs.
// The number of steps is bounded, whatever comes in.
// Source: Golub & Van Loan, Matrix Computations (4th ed.), 8.3 (tridiagonal form, implicit steps).

import { ELEMENT } from '../simd';
import { shareRows } from '../team';
import { at, fillNaN, identity, loadMatrix, storeMatrix } from './matrix';
import { householder, reflect } from './reflection';
import { COS, exchange, LENGTH, rotate, rotation, SIN } from './rotation';

const EPSILON: f64 = 5.960464477539063e-8; // 2^-24, half a unit in the last place of float32
const TINY: f64 = 2.2250738585072014e-308; // 2^-1022
/** Steps for each eigenvalue; two or three are usual. */
const STEPS: i32 = 30;

@unmanaged
export class EighArgs {
  x: usize;
  values: usize;
  vectors: usize;
  /** Scratch memory of 2·n² + 3·n + 3 float64 for each thread. */
  workspace: usize;
  batch: i32;
  n: i32;
}

/**
 * x[b] = V·diag(values[b])·Vᵀ with ascending values and V = vectors[b]. x, vectors: [batch, n, n], of x the lower triangle
 * counts; values: [batch, n]. All NaN where x[b] is not finite. Parallel: shares of the batch.
 */
export function eigh(args: EighArgs, thread: i32, threads: i32): void {
  const n = args.n;
  const size = n * n;
  const a = at(args.workspace, thread * (2 * size + 3 * n + 3));
  const z = at(a, size);
  const d = at(z, size);
  const e = at(d, n);
  const taus = at(e, n);
  for (let b = shareRows(args.batch, thread, threads), end = shareRows(args.batch, thread + 1, threads); b < end; b++) {
    const values = args.values + <usize>(b * n) * ELEMENT;
    const vectors = args.vectors + <usize>(b * size) * ELEMENT;
    if (!loadMatrix(args.x + <usize>(b * size) * ELEMENT, a, n, n, false)) {
      fillNaN(values, n);
      fillNaN(vectors, size);
      continue;
    }
    tridiagonalize(a, n, d, e, taus);
    identity(z, n, n);
    diagonalize(d, e, n, z, at(taus, n));
    for (let i = n - 2; i >= 0; i--) {
      reflect(at(a, i * n + i + 1), 1, n - i - 1, load<f64>(at(taus, i)), at(z, i + 1), 1, n, n);
    }
    storeMatrix(d, values, n, 1, false);
    storeMatrix(z, vectors, n, n, false);
  }
}

/** Diagonal d [n] and off-diagonal e [n - 1] of Hᵀ·a·H; the reflections stay below a's diagonal, with their taus [n - 1]. */
function tridiagonalize(a: usize, n: i32, d: usize, e: usize, taus: usize): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) store<f64>(at(a, i * n + j), load<f64>(at(a, j * n + i)));
  }
  for (let i = 0; i < n - 1; i++) {
    const v = at(a, i * n + i + 1);
    const rest = at(v, n);
    const count = n - i - 1;
    const tau = householder(v, 1, count);
    store<f64>(at(taus, i), tau);
    store<f64>(at(e, i), load<f64>(v));
    reflect(v, 1, count, tau, rest, 1, n, count);
    reflect(v, 1, count, tau, rest, n, 1, count);
  }
  for (let i = 0; i < n; i++) store<f64>(at(d, i), load<f64>(at(a, i * n + i)));
}

/** Makes d the eigenvalues in ascending order, and turns the columns of z along. e is used up; turn: 3 float64. */
function diagonalize(d: usize, e: usize, n: i32, z: usize, turn: usize): void {
  let steps = STEPS * n;
  for (let first = 0; first < n; ) {
    // A block without zeros in e, from first to last.
    let last = first;
    while (last < n - 1) {
      const size = abs(load<f64>(at(e, last)));
      if (size == 0) break;
      const limit = Math.sqrt(abs(load<f64>(at(d, last)))) * Math.sqrt(abs(load<f64>(at(d, last + 1)))) * EPSILON;
      if (size <= limit) {
        store<f64>(at(e, last), 0);
        break;
      }
      last++;
    }
    // From the end with the smaller element, where the small eigenvalues keep their digits.
    steps =
      abs(load<f64>(at(d, last))) < abs(load<f64>(at(d, first)))
        ? deflate(d, e, n, last, first, -1, steps, z, turn)
        : deflate(d, e, n, first, last, 1, steps, z, turn);
    // After a failure elements of e may be left; they count as 0.
    first = last + 1;
  }
  for (let i = 0; i < n - 1; i++) {
    let smallest = i;
    for (let j = i + 1; j < n; j++) if (load<f64>(at(d, j)) < load<f64>(at(d, smallest))) smallest = j;
    if (smallest == i) continue;
    exchange(at(d, i), at(d, smallest), 1);
    exchange(at(z, i * n), at(z, smallest * n), n);
  }
}

/**
 * Finds the eigenvalues of the block between l and end one after the other: QL steps upwards (way 1), QR steps downwards
 * (-1), which are the same seen in a mirror. Returns how many of `steps` are left.
 */
function deflate(d: usize, e: usize, n: i32, l: i32, end: i32, way: i32, steps: i32, z: usize, turn: usize): i32 {
  while ((end - l) * way >= 0) {
    let m = l;
    while (m != end) {
      const off = load<f64>(between(e, m, way));
      if (off * off <= EPSILON * EPSILON * abs(load<f64>(at(d, m))) * abs(load<f64>(at(d, m + way))) + TINY) break;
      m += way;
    }
    if (m != end) store<f64>(between(e, m, way), 0);
    if (m == l) {
      l += way;
    } else if (m == l + way) {
      const low = min(l, m);
      rotatePair(d, at(e, low), low, turn);
      rotate(at(z, low * n), at(z, (low + 1) * n), n, load<f64>(turn, COS), load<f64>(turn, SIN));
      l += 2 * way;
    } else if (steps-- == 0) {
      return 0;
    } else {
      step(d, e, n, l, m, way, z, turn);
    }
  }
  return steps;
}

/** The place of the off-diagonal element between i and i + way. */
function between(e: usize, i: i32, way: i32): usize {
  return at(e, way > 0 ? i : i - 1);
}

/** One implicit step from m to l. */
function step(d: usize, e: usize, n: i32, l: i32, m: i32, way: i32, z: usize, turn: usize): void {
  const corner = load<f64>(at(d, l));
  const off = load<f64>(between(e, l, way));
  const ratio = (load<f64>(at(d, l + way)) - corner) / (2 * off);
  let g = load<f64>(at(d, m)) - corner + off / (ratio + copysign<f64>(Math.sqrt(ratio * ratio + 1), ratio));
  let c: f64 = 1;
  let s: f64 = 1;
  let p: f64 = 0;
  for (let i = m - way; ; i -= way) {
    const here = between(e, i, way);
    const f = s * load<f64>(here);
    const b = c * load<f64>(here);
    rotation(g, f, turn);
    c = load<f64>(turn, COS);
    s = load<f64>(turn, SIN);
    if (i != m - way) store<f64>(between(e, i + way, way), load<f64>(turn, LENGTH));
    g = load<f64>(at(d, i + way)) - p;
    const r = (load<f64>(at(d, i)) - g) * s + 2 * c * b;
    p = s * r;
    store<f64>(at(d, i + way), g + p);
    g = c * r - b;
    const low = min(i, i + way);
    rotate(at(z, low * n), at(z, (low + 1) * n), n, c, way > 0 ? -s : s);
    if (i == l) break;
  }
  store<f64>(at(d, l), load<f64>(at(d, l)) - p);
  store<f64>(between(e, l, way), g);
}

/** Diagonalizes [a b; b c] at d[i]: the eigenvalue of the larger magnitude first, with its eigenvector (cosine, sine). */
function rotatePair(d: usize, off: usize, i: i32, turn: usize): void {
  const a = load<f64>(at(d, i));
  const b = load<f64>(off);
  const c = load<f64>(at(d, i + 1));
  const sum = a + c;
  const difference = a - c;
  const root = Math.sqrt(difference * difference + 4 * b * b);
  const larger = 0.5 * (sum < 0 ? sum - root : sum + root);
  const smaller =
    sum == 0 ? -0.5 * root : ((abs(a) > abs(c) ? a : c) / larger) * (abs(a) > abs(c) ? c : a) - (b / larger) * b;
  const cs = difference >= 0 ? difference + root : difference - root;
  let cosine: f64 = 1;
  let sine: f64 = 0;
  if (abs(cs) > 2 * abs(b)) {
    const ratio = (-2 * b) / cs;
    sine = 1 / Math.sqrt(1 + ratio * ratio);
    cosine = ratio * sine;
  } else if (b != 0) {
    const ratio = -cs / (2 * b);
    cosine = 1 / Math.sqrt(1 + ratio * ratio);
    sine = ratio * cosine;
  }
  if (sum < 0 == difference < 0) {
    const other = cosine;
    cosine = -sine;
    sine = other;
  }
  store<f64>(turn, cosine, COS);
  store<f64>(turn, sine, SIN);
  store<f64>(at(d, i), larger);
  store<f64>(at(d, i + 1), smaller);
  store<f64>(off, 0);
}
