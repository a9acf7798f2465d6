// Softmax and its logarithm along the middle axis of [outer, n, inner], float32, with their gradients:
//
//   softmax         y = e^(x - m) / Σ e^(x - m), m the largest x          dx = y·(dy - Σ dy·y)
//   logSoftmax      y = x - m - log Σ e^(x - m)                           dx = dy - e^y·Σ dy
//
// inner = 1: along rows, four elements at a time. inner > 1: down the columns, four columns at a time. Outputs may be in
// the memory of inputs. Threads share the outer axis, or the columns where it is too short.

import { exp, log } from './math';
import { ELEMENT, fma, loadTail, maxLanes, storeTail, sumLanes } from './simd';
import { share } from './team';

/** Exponentials that are added up straight; long rows add up such blocks, for the accuracy of the sum. */
const BLOCK: i32 = 1024;

@unmanaged
export class SoftmaxArgs {
  x: usize;
  y: usize;
  outer: i32;
  n: i32;
  inner: i32;
}

export function softmax(args: SoftmaxArgs, thread: i32, threads: i32): void {
  forward(args, thread, threads, false);
}
export function logSoftmax(args: SoftmaxArgs, thread: i32, threads: i32): void {
  forward(args, thread, threads, true);
}

function forward(args: SoftmaxArgs, thread: i32, threads: i32, logarithm: bool): void {
  const inner = args.inner;
  const whole = args.outer >= threads;
  const from = whole ? part(args.outer, thread, threads) : 0;
  const to = whole ? part(args.outer, thread + 1, threads) : args.outer;
  const column = whole ? 0 : share(inner, thread, threads);
  const columns = (whole ? inner : share(inner, thread + 1, threads)) - column;
  for (let o = from; o < to; o++) {
    const at = (<usize>o * args.n * inner + column) * ELEMENT;
    if (inner > 1) forwardColumns(args.x + at, args.y + at, args.n, <usize>inner * ELEMENT, columns, logarithm);
    else if (columns > 0) forwardRow(args.x + at, args.y + at, args.n, logarithm);
  }
}

@unmanaged
export class SoftmaxGradArgs {
  y: usize;
  dy: usize;
  dx: usize;
  outer: i32;
  n: i32;
  inner: i32;
}

export function softmaxGrad(args: SoftmaxGradArgs, thread: i32, threads: i32): void {
  backward(args, thread, threads, false);
}
export function logSoftmaxGrad(args: SoftmaxGradArgs, thread: i32, threads: i32): void {
  backward(args, thread, threads, true);
}

function backward(args: SoftmaxGradArgs, thread: i32, threads: i32, logarithm: bool): void {
  const inner = args.inner;
  const whole = args.outer >= threads;
  const from = whole ? part(args.outer, thread, threads) : 0;
  const to = whole ? part(args.outer, thread + 1, threads) : args.outer;
  const column = whole ? 0 : share(inner, thread, threads);
  const columns = (whole ? inner : share(inner, thread + 1, threads)) - column;
  for (let o = from; o < to; o++) {
    const at = (<usize>o * args.n * inner + column) * ELEMENT;
    const y = args.y + at;
    const dy = args.dy + at;
    if (inner > 1) backwardColumns(y, dy, args.dx + at, args.n, <usize>inner * ELEMENT, columns, logarithm);
    else if (columns > 0) backwardRow(y, dy, args.dx + at, args.n, logarithm);
  }
}

function part(n: i32, thread: i32, threads: i32): i32 {
  return <i32>((<i64>n * thread) / threads);
}

function forwardRow(x: usize, y: usize, n: i32, logarithm: bool): void {
  const m = f32x4.splat(maxOfRow(x, n));
  let total: f32 = 0;
  for (let i = 0; i < n; i += BLOCK) {
    const at = <usize>i * ELEMENT;
    total += exponentials(x + at, y + at, min<i32>(BLOCK, n - i), m, logarithm);
  }
  // Softmax multiplies what has been stored; its logarithm goes back to x, of which nothing has been overwritten.
  if (logarithm) shiftRow(x, y, n, m, f32x4.extract_lane(log(f32x4.splat(total)), 0));
  else scaleRow(y, n, 1 / total);
}

function maxOfRow(x: usize, n: i32): f32 {
  let a = f32x4.splat(-Infinity);
  let b = a;
  for (; n >= 8; n -= 8) {
    a = f32x4.max(a, v128.load(x));
    b = f32x4.max(b, v128.load(x, 16));
    x += 32;
  }
  for (; n > 0; n--) {
    a = f32x4.max(a, v128.load32_splat(x));
    x += 4;
  }
  return maxLanes(f32x4.max(a, b));
}

/** Σ e^(x - m) of n elements; unless `onlySum`, the exponentials are stored at y. */
function exponentials(x: usize, y: usize, n: i32, m: v128, onlySum: bool): f32 {
  let sum = f32x4.splat(0);
  for (; n >= 4; n -= 4) {
    const e = exp(f32x4.sub(v128.load(x), m));
    if (!onlySum) v128.store(y, e);
    sum = f32x4.add(sum, e);
    x += 16;
    y += 16;
  }
  if (n > 0) {
    const e = exp(f32x4.sub(loadTail(x, n), m));
    if (!onlySum) storeTail(y, e, n);
    sum = f32x4.add(sum, v128.and(e, firstLanes(n)));
  }
  return sumLanes(sum);
}

/** All bits of the first `count` lanes. */
function firstLanes(count: i32): v128 {
  return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count));
}

function scaleRow(y: usize, n: i32, scale: f32): void {
  const s = f32x4.splat(scale);
  for (; n >= 4; n -= 4) {
    v128.store(y, f32x4.mul(v128.load(y), s));
    y += 16;
  }
  for (; n > 0; n--) {
    store<f32>(y, load<f32>(y) * scale);
    y += 4;
  }
}

/** y = x - m - logTotal, in this order: the first difference is exact where it matters. */
function shiftRow(x: usize, y: usize, n: i32, m: v128, logTotal: f32): void {
  const l = f32x4.splat(logTotal);
  for (; n >= 4; n -= 4) {
    v128.store(y, f32x4.sub(f32x4.sub(v128.load(x), m), l));
    x += 16;
    y += 16;
  }
  if (n > 0) storeTail(y, f32x4.sub(f32x4.sub(loadTail(x, n), m), l), n);
}

function backwardRow(y: usize, dy: usize, dx: usize, n: i32, logarithm: bool): void {
  let total: f32 = 0;
  for (let i = 0; i < n; i += BLOCK) {
    const at = <usize>i * ELEMENT;
    total += cotangents(y + at, dy + at, min<i32>(BLOCK, n - i), logarithm);
  }
  const t = f32x4.splat(total);
  for (; n >= 4; n -= 4) {
    v128.store(dx, gradient(v128.load(y), v128.load(dy), t, logarithm));
    y += 16;
    dy += 16;
    dx += 16;
  }
  if (n > 0) storeTail(dx, gradient(loadTail(y, n), loadTail(dy, n), t, logarithm), n);
}

/** Σ dy·y of softmax, Σ dy of its logarithm. */
function cotangents(y: usize, dy: usize, n: i32, logarithm: bool): f32 {
  let sum = f32x4.splat(0);
  for (; n >= 4; n -= 4) {
    sum = logarithm ? f32x4.add(sum, v128.load(dy)) : fma(v128.load(dy), v128.load(y), sum);
    y += 16;
    dy += 16;
  }
  if (n > 0) sum = logarithm ? f32x4.add(sum, loadTail(dy, n)) : fma(loadTail(dy, n), loadTail(y, n), sum);
  return sumLanes(sum);
}

function gradient(y: v128, dy: v128, total: v128, logarithm: bool): v128 {
  return logarithm ? f32x4.sub(dy, f32x4.mul(exp(y), total)) : f32x4.mul(y, f32x4.sub(dy, total));
}

/** Down four columns at a time, the last of them fewer; ld in bytes. */
function forwardColumns(x: usize, y: usize, n: i32, ld: usize, columns: i32, logarithm: bool): void {
  for (; columns > 0; columns -= 4) {
    const lanes = min<i32>(columns, 4);
    const end = x + <usize>n * ld;
    let m = f32x4.splat(-Infinity);
    for (let p = x; p < end; p += ld) m = f32x4.max(m, loadLanes(p, lanes));
    let sum = f32x4.splat(0);
    let q = y;
    for (let p = x; p < end; p += ld) {
      const e = exp(f32x4.sub(loadLanes(p, lanes), m));
      sum = f32x4.add(sum, e);
      if (!logarithm) storeLanes(q, e, lanes);
      q += ld;
    }
    const factor = logarithm ? log(sum) : f32x4.div(f32x4.splat(1), sum);
    q = y;
    for (let p = x; p < end; p += ld) {
      if (logarithm) storeLanes(q, f32x4.sub(f32x4.sub(loadLanes(p, lanes), m), factor), lanes);
      else storeLanes(q, f32x4.mul(loadLanes(q, lanes), factor), lanes);
      q += ld;
    }
    x += 16;
    y += 16;
  }
}

function backwardColumns(y: usize, dy: usize, dx: usize, n: i32, ld: usize, columns: i32, logarithm: bool): void {
  for (; columns > 0; columns -= 4) {
    const lanes = min<i32>(columns, 4);
    let sum = f32x4.splat(0);
    for (let i = 0; i < n; i++) {
      const at = <usize>i * ld;
      const g = loadLanes(dy + at, lanes);
      sum = logarithm ? f32x4.add(sum, g) : fma(g, loadLanes(y + at, lanes), sum);
    }
    for (let i = 0; i < n; i++) {
      const at = <usize>i * ld;
      storeLanes(dx + at, gradient(loadLanes(y + at, lanes), loadLanes(dy + at, lanes), sum, logarithm), lanes);
    }
    y += 16;
    dy += 16;
    dx += 16;
  }
}

function loadLanes(p: usize, lanes: i32): v128 {
  return lanes == 4 ? v128.load(p) : loadTail(p, lanes);
}

function storeLanes(p: usize, v: v128, lanes: i32): void {
  if (lanes == 4) v128.store(p, v);
  else storeTail(p, v, lanes);
}
