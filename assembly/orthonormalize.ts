// Orthonormal columns: the Q of a QR decomposition whose R has a positive diagonal, by modified Gram-Schmidt in float64.
//
// Which road leads to Q does not matter, because the signs make it unique. float64 keeps the loss of orthogonality
// (condition number times the unit roundoff) far below float32. Columns are worked on as contiguous rows of a float64
// copy, in blocks of four per thread: a block meets all earlier rows while it stays in the cache, then itself.
// Every row meets the others in the same order whatever the number of threads, so the result does not depend on it.
// Source: Björck, "Solving linear least squares problems by Gram-Schmidt orthogonalization" (1967).

import { ELEMENT } from './simd';
import { barrier } from './team';

const DOUBLE: usize = 8;
/** Rows a thread projects at once. */
const ROWS: i32 = 4;
/** More threads than this would make blocks whose inner part, which one thread does, is the longer one. */
const MAX_THREADS: i32 = 8;

@unmanaged
export class OrthonormalizeArgs {
  x: usize;
  work: usize;
  y: usize;
  m: i32;
  n: i32;
  scale: f32;
  transpose: bool;
}

/**
 * y = scale·Q of x = Q·R. x: [m, n] with m >= n; y: [m, n], or [n, m] if `transpose`; work: n·m float64.
 * y may equal x. Parallel; all threads meet at barriers.
 */
export function orthonormalize(args: OrthonormalizeArgs, thread: i32, threads: i32): void {
  const m = args.m;
  const n = args.n;
  const row = <usize>m * DOUBLE;
  const team = min(threads, MAX_THREADS);
  const first = (m * min(thread, team)) / team;
  const last = (m * min(thread + 1, team)) / team;
  for (let i = first; i < last; i++) {
    for (let j = 0; j < n; j++) {
      store<f64>(args.work + <usize>j * row + <usize>i * DOUBLE, load<f32>(args.x + <usize>(i * n + j) * ELEMENT));
    }
  }
  barrier(thread, threads, 0);
  const block = ROWS * team;
  for (let start = 0; start < n; start += block) {
    if (thread < team) {
      const from = start + ROWS * thread;
      projectRows(args.work, from, min(from + ROWS, n), start, m);
    }
    barrier(thread, threads, 0);
    if (thread == 0) {
      const end = min(start + block, n);
      for (let j = start; j < end; j++) {
        const v = args.work + <usize>j * row;
        for (let k = start; k < j; k++) project(args.work + <usize>k * row, v, m);
        normalize(v, m);
      }
    }
    barrier(thread, threads, 0);
  }
  for (let i = first; i < last; i++) {
    for (let j = 0; j < n; j++) {
      const value = <f32>load<f64>(args.work + <usize>j * row + <usize>i * DOUBLE) * args.scale;
      store<f32>(args.y + <usize>(args.transpose ? j * m + i : i * n + j) * ELEMENT, value);
    }
  }
}

/** Takes rows 0 to `count` - 1 off rows `from` to `to` - 1. */
function projectRows(work: usize, from: i32, to: i32, count: i32, m: i32): void {
  const row = <usize>m * DOUBLE;
  if (to - from == ROWS) {
    for (let k = 0; k < count; k++) projectFour(work + <usize>k * row, work + <usize>from * row, m);
    return;
  }
  for (let j = from; j < to; j++) {
    for (let k = 0; k < count; k++) project(work + <usize>k * row, work + <usize>j * row, m);
  }
}

/** v -= (q·v)·q. q: a unit vector of m elements. */
function project(q: usize, v: usize, m: i32): void {
  const end = <usize>(m & ~1) * DOUBLE;
  let sums = f64x2.splat(0);
  for (let i: usize = 0; i < end; i += 16) sums = f64x2.add(sums, f64x2.mul(v128.load(q + i), v128.load(v + i)));
  let sum = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
  if (m & 1) sum += load<f64>(q + end) * load<f64>(v + end);
  const factor = f64x2.splat(sum);
  for (let i: usize = 0; i < end; i += 16) {
    v128.store(v + i, f64x2.sub(v128.load(v + i), f64x2.mul(factor, v128.load(q + i))));
  }
  if (m & 1) store<f64>(v + end, load<f64>(v + end) - sum * load<f64>(q + end));
}

/** The same for the four vectors that begin at v, with each load of q used four times. */
function projectFour(q: usize, v: usize, m: i32): void {
  const row = <usize>m * DOUBLE;
  const end = <usize>(m & ~1) * DOUBLE;
  const v1 = v + row;
  const v2 = v1 + row;
  const v3 = v2 + row;
  let sums0 = f64x2.splat(0);
  let sums1 = sums0;
  let sums2 = sums0;
  let sums3 = sums0;
  for (let i: usize = 0; i < end; i += 16) {
    const qi = v128.load(q + i);
    sums0 = f64x2.add(sums0, f64x2.mul(qi, v128.load(v + i)));
    sums1 = f64x2.add(sums1, f64x2.mul(qi, v128.load(v1 + i)));
    sums2 = f64x2.add(sums2, f64x2.mul(qi, v128.load(v2 + i)));
    sums3 = f64x2.add(sums3, f64x2.mul(qi, v128.load(v3 + i)));
  }
  let sum0 = f64x2.extract_lane(sums0, 0) + f64x2.extract_lane(sums0, 1);
  let sum1 = f64x2.extract_lane(sums1, 0) + f64x2.extract_lane(sums1, 1);
  let sum2 = f64x2.extract_lane(sums2, 0) + f64x2.extract_lane(sums2, 1);
  let sum3 = f64x2.extract_lane(sums3, 0) + f64x2.extract_lane(sums3, 1);
  if (m & 1) {
    const qi = load<f64>(q + end);
    sum0 += qi * load<f64>(v + end);
    sum1 += qi * load<f64>(v1 + end);
    sum2 += qi * load<f64>(v2 + end);
    sum3 += qi * load<f64>(v3 + end);
    store<f64>(v + end, load<f64>(v + end) - sum0 * qi);
    store<f64>(v1 + end, load<f64>(v1 + end) - sum1 * qi);
    store<f64>(v2 + end, load<f64>(v2 + end) - sum2 * qi);
    store<f64>(v3 + end, load<f64>(v3 + end) - sum3 * qi);
  }
  const factor0 = f64x2.splat(sum0);
  const factor1 = f64x2.splat(sum1);
  const factor2 = f64x2.splat(sum2);
  const factor3 = f64x2.splat(sum3);
  for (let i: usize = 0; i < end; i += 16) {
    const qi = v128.load(q + i);
    v128.store(v + i, f64x2.sub(v128.load(v + i), f64x2.mul(factor0, qi)));
    v128.store(v1 + i, f64x2.sub(v128.load(v1 + i), f64x2.mul(factor1, qi)));
    v128.store(v2 + i, f64x2.sub(v128.load(v2 + i), f64x2.mul(factor2, qi)));
    v128.store(v3 + i, f64x2.sub(v128.load(v3 + i), f64x2.mul(factor3, qi)));
  }
}

/** v /= |v|; a vector of zeros stays. */
function normalize(v: usize, m: i32): void {
  let sum: f64 = 0;
  for (let i = 0; i < m; i++) {
    const value = load<f64>(v + <usize>i * DOUBLE);
    sum += value * value;
  }
  if (sum == 0) return;
  const factor = 1 / Math.sqrt(sum);
  for (let i = 0; i < m; i++) {
    const p = v + <usize>i * DOUBLE;
    store<f64>(p, load<f64>(p) * factor);
  }
}
