// Batch normalization in training, and its gradient, over x [rows, c] with one mean and variance per channel.
//
//   y = (x - mean) · gamma / sqrt(variance + epsilon) + beta        variance: biased, mean of (x - mean)²
//
// Moments are taken exactly as far as float32 allows: over blocks of rows that stay in the L1 cache, first the block's
// mean, then its squared distances from it; blocks and threads are combined by the formulas of Chan, Golub and LeVeque
// (1979). E[x²] - E[x]² would lose all digits where the mean is large against the deviation.
// Vectors run over channels, 16 at a time while there are so many.

import { ELEMENT, fma, loadTail, storeTail } from './simd';
import { barrier, share, shareRows } from './team';

@unmanaged
export class BatchNormArgs {
  x: usize;
  gamma: usize;
  beta: usize;
  y: usize;
  mean: usize;
  variance: usize;
  /** 2·c floats per thread. */
  workspace: usize;
  rows: i32;
  c: i32;
  epsilon: f32;
}

/** Writes y, mean and variance. y may be x. Parallel: rows. */
export function batchNorm(args: BatchNormArgs, thread: i32, threads: i32): void {
  const c = args.c;
  const channels = <usize>c * ELEMENT;
  const from = shareRows(args.rows, thread, threads);
  const to = shareRows(args.rows, thread + 1, threads);
  const own = args.workspace + <usize>(2 * thread) * channels;
  memory.fill(own, 0, 2 * channels);
  const block = blockRows(c);
  for (let r = from; r < to; r += block) {
    addMoments(args.x + <usize>r * channels, min(block, to - r), channels, own, own + channels, r - from);
  }
  barrier(thread, threads, 0);
  const end = share(c, thread + 1, threads);
  for (let i = share(c, thread, threads); i < end; i++) combineMoments(args, i, threads);
  barrier(thread, threads, 0);
  // From here on the thread's own workspace holds gamma / sqrt(variance + epsilon).
  for (let i: usize = 0; i < channels; i += ELEMENT) {
    store<f32>(own + i, load<f32>(args.gamma + i) / sqrt<f32>(load<f32>(args.variance + i) + args.epsilon));
  }
  for (let r = from; r < to; r++) {
    const row = <usize>r * channels;
    normalizeRow(args.x + row, args.y + row, args.mean, own, args.beta, channels);
  }
}

/** Rows of a block: 16 KB of them, but enough that combining blocks costs little. */
function blockRows(c: i32): i32 {
  return max(4096 / max(c, 1), 8);
}

/** Takes the moments of a block of rows into mean and m2 (sum of squared distances), which hold those of `before` rows. */
function addMoments(x: usize, rows: i32, channels: usize, mean: usize, m2: usize, before: i32): void {
  const inverse = f32x4.splat(1 / <f32>rows);
  const weight = f32x4.splat(<f32>rows / <f32>(before + rows));
  const between = f32x4.splat(<f32>before * (<f32>rows / <f32>(before + rows)));
  const end = x + <usize>rows * channels;
  let c: usize = 0;
  for (; c + 64 <= channels; c += 64) addMoments16(x + c, end, channels, mean + c, m2 + c, inverse, weight, between);
  for (; c < channels; c += 16) {
    const count = min<i32>(4, <i32>((channels - c) / ELEMENT));
    let sum = f32x4.splat(0);
    for (let p = x + c; p < end; p += channels) sum = f32x4.add(sum, loadSome(p, count));
    const center = f32x4.mul(sum, inverse);
    let squares = f32x4.splat(0);
    for (let p = x + c; p < end; p += channels) {
      const v = f32x4.sub(loadSome(p, count), center);
      squares = fma(v, v, squares);
    }
    mergeMoments(mean + c, m2 + c, center, squares, weight, between, count);
  }
}

function addMoments16(
  x: usize,
  end: usize,
  channels: usize,
  mean: usize,
  m2: usize,
  inverse: v128,
  weight: v128,
  between: v128,
): void {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  for (let p = x; p < end; p += channels) {
    s0 = f32x4.add(s0, v128.load(p));
    s1 = f32x4.add(s1, v128.load(p, 16));
    s2 = f32x4.add(s2, v128.load(p, 32));
    s3 = f32x4.add(s3, v128.load(p, 48));
  }
  const c0 = f32x4.mul(s0, inverse);
  const c1 = f32x4.mul(s1, inverse);
  const c2 = f32x4.mul(s2, inverse);
  const c3 = f32x4.mul(s3, inverse);
  s0 = f32x4.splat(0);
  s1 = s0;
  s2 = s0;
  s3 = s0;
  for (let p = x; p < end; p += channels) {
    const v0 = f32x4.sub(v128.load(p), c0);
    const v1 = f32x4.sub(v128.load(p, 16), c1);
    const v2 = f32x4.sub(v128.load(p, 32), c2);
    const v3 = f32x4.sub(v128.load(p, 48), c3);
    s0 = fma(v0, v0, s0);
    s1 = fma(v1, v1, s1);
    s2 = fma(v2, v2, s2);
    s3 = fma(v3, v3, s3);
  }
  mergeMoments(mean, m2, c0, s0, weight, between, 4);
  mergeMoments(mean + 16, m2 + 16, c1, s1, weight, between, 4);
  mergeMoments(mean + 32, m2 + 32, c2, s2, weight, between, 4);
  mergeMoments(mean + 48, m2 + 48, c3, s3, weight, between, 4);
}

/** Merges the moments of a block into those of the rows in front of it. */
function mergeMoments(
  mean: usize,
  m2: usize,
  center: v128,
  squares: v128,
  weight: v128,
  between: v128,
  count: i32,
): void {
  const old = loadSome(mean, count);
  const delta = f32x4.sub(center, old);
  storeSome(mean, fma(delta, weight, old), count);
  const all = f32x4.add(loadSome(m2, count), squares);
  storeSome(m2, fma(f32x4.mul(delta, delta), between, all), count);
}

/** Mean and variance of channel i from all threads' moments. */
function combineMoments(args: BatchNormArgs, i: i32, threads: i32): void {
  let mean: f32 = 0;
  let m2: f32 = 0;
  let before: i32 = 0;
  for (let t = 0; t < threads; t++) {
    const rows = shareRows(args.rows, t + 1, threads) - before;
    if (rows == 0) continue;
    const p = args.workspace + <usize>(2 * t * args.c + i) * ELEMENT;
    const delta = load<f32>(p) - mean;
    const weight = <f32>rows / <f32>(before + rows);
    mean += delta * weight;
    m2 += load<f32>(p + <usize>args.c * ELEMENT) + delta * delta * <f32>before * weight;
    before += rows;
  }
  store<f32>(args.mean + <usize>i * ELEMENT, mean);
  store<f32>(args.variance + <usize>i * ELEMENT, m2 / <f32>args.rows);
}

/** y = (x - mean) · scale + shift over one row. */
function normalizeRow(x: usize, y: usize, mean: usize, scale: usize, shift: usize, channels: usize): void {
  let c: usize = 0;
  for (; c + 16 <= channels; c += 16) {
    const v = f32x4.sub(v128.load(x + c), v128.load(mean + c));
    v128.store(y + c, fma(v, v128.load(scale + c), v128.load(shift + c)));
  }
  for (; c < channels; c += ELEMENT) {
    const v = load<f32>(x + c) - load<f32>(mean + c);
    store<f32>(y + c, v * load<f32>(scale + c) + load<f32>(shift + c));
  }
}

@unmanaged
export class BatchNormGradArgs {
  x: usize;
  gamma: usize;
  mean: usize;
  variance: usize;
  dy: usize;
  dmean: usize;
  dvariance: usize;
  dx: usize;
  dgamma: usize;
  dbeta: usize;
  /** 3·c floats per thread. */
  workspace: usize;
  rows: i32;
  c: i32;
  epsilon: f32;
}

/**
 * With r = 1 / sqrt(variance + epsilon) and n rows:
 *
 *   dbeta  = Σ dy          dgamma = r · Σ dy·(x - mean)
 *   dx     = gamma·r · (dy - dbeta/n - r·(x - mean)·dgamma/n) + dmean/n + 2·dvariance·(x - mean)/n
 *
 * dmean and dvariance are the cotangents of the outputs mean and variance. dx may be x or dy. Parallel: rows.
 */
export function batchNormGrad(args: BatchNormGradArgs, thread: i32, threads: i32): void {
  const c = args.c;
  const channels = <usize>c * ELEMENT;
  const from = shareRows(args.rows, thread, threads);
  const to = shareRows(args.rows, thread + 1, threads);
  const own = args.workspace + <usize>(3 * thread) * channels;
  memory.fill(own, 0, 2 * channels);
  const block = blockRows(2 * c);
  for (let r = from; r < to; r += block) {
    const row = <usize>r * channels;
    addGradSums(args.x + row, args.dy + row, min(block, to - r), channels, args.mean, own, own + channels);
  }
  barrier(thread, threads, 0);
  const end = share(c, thread + 1, threads);
  for (let i = share(c, thread, threads); i < end; i++) combineGradSums(args, i, threads);
  barrier(thread, threads, 0);
  writeCoefficients(args, own, channels);
  for (let r = from; r < to; r++) {
    const row = <usize>r * channels;
    gradRow(args.x + row, args.dy + row, args.dx + row, args.mean, own, channels);
  }
}

/** sums += Σ dy, products += Σ dy·(x - mean) over a block of rows. */
function addGradSums(x: usize, dy: usize, rows: i32, channels: usize, mean: usize, sums: usize, products: usize): void {
  const end = dy + <usize>rows * channels;
  let c: usize = 0;
  for (; c + 32 <= channels; c += 32) addGradSums8(x + c, dy + c, end, channels, mean + c, sums + c, products + c);
  for (; c < channels; c += 16) {
    const count = min<i32>(4, <i32>((channels - c) / ELEMENT));
    const m = loadSome(mean + c, count);
    let s = f32x4.splat(0);
    let t = s;
    let p = x + c;
    for (let q = dy + c; q < end; q += channels) {
      const v = loadSome(q, count);
      s = f32x4.add(s, v);
      t = fma(v, f32x4.sub(loadSome(p, count), m), t);
      p += channels;
    }
    storeSome(sums + c, f32x4.add(loadSome(sums + c, count), s), count);
    storeSome(products + c, f32x4.add(loadSome(products + c, count), t), count);
  }
}

function addGradSums8(
  x: usize,
  dy: usize,
  end: usize,
  channels: usize,
  mean: usize,
  sums: usize,
  products: usize,
): void {
  const m0 = v128.load(mean);
  const m1 = v128.load(mean, 16);
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let t0 = s0;
  let t1 = s0;
  let p = x;
  for (let q = dy; q < end; q += channels) {
    const v0 = v128.load(q);
    const v1 = v128.load(q, 16);
    s0 = f32x4.add(s0, v0);
    s1 = f32x4.add(s1, v1);
    t0 = fma(v0, f32x4.sub(v128.load(p), m0), t0);
    t1 = fma(v1, f32x4.sub(v128.load(p, 16), m1), t1);
    p += channels;
  }
  v128.store(sums, f32x4.add(v128.load(sums), s0));
  v128.store(sums, f32x4.add(v128.load(sums, 16), s1), 16);
  v128.store(products, f32x4.add(v128.load(products), t0));
  v128.store(products, f32x4.add(v128.load(products, 16), t1), 16);
}

/** dbeta and dgamma of channel i from all threads' sums. */
function combineGradSums(args: BatchNormGradArgs, i: i32, threads: i32): void {
  let sum: f32 = 0;
  let product: f32 = 0;
  for (let t = 0; t < threads; t++) {
    const p = args.workspace + <usize>(3 * t * args.c + i) * ELEMENT;
    sum += load<f32>(p);
    product += load<f32>(p + <usize>args.c * ELEMENT);
  }
  const at = <usize>i * ELEMENT;
  store<f32>(args.dbeta + at, sum);
  store<f32>(args.dgamma + at, product / sqrt<f32>(load<f32>(args.variance + at) + args.epsilon));
}

/** Three rows of coefficients, so that dx = a·dy + b·(x - mean) + k. */
function writeCoefficients(args: BatchNormGradArgs, own: usize, channels: usize): void {
  const inverse = <f32>1 / <f32>args.rows;
  for (let i: usize = 0; i < channels; i += ELEMENT) {
    const r = <f32>1 / sqrt<f32>(load<f32>(args.variance + i) + args.epsilon);
    const a = load<f32>(args.gamma + i) * r;
    const b = <f32>2 * load<f32>(args.dvariance + i) - a * r * load<f32>(args.dgamma + i);
    const k = load<f32>(args.dmean + i) - a * load<f32>(args.dbeta + i);
    store<f32>(own + i, a);
    store<f32>(own + channels + i, b * inverse);
    store<f32>(own + 2 * channels + i, k * inverse);
  }
}

function gradRow(x: usize, dy: usize, dx: usize, mean: usize, own: usize, channels: usize): void {
  let c: usize = 0;
  for (; c + 16 <= channels; c += 16) {
    const p = own + c;
    const v = f32x4.sub(v128.load(x + c), v128.load(mean + c));
    const affine = fma(v, v128.load(p + channels), v128.load(p + 2 * channels));
    v128.store(dx + c, fma(v128.load(dy + c), v128.load(p), affine));
  }
  for (; c < channels; c += ELEMENT) {
    const p = own + c;
    const v = load<f32>(x + c) - load<f32>(mean + c);
    const affine = v * load<f32>(p + channels) + load<f32>(p + 2 * channels);
    store<f32>(dx + c, load<f32>(dy + c) * load<f32>(p) + affine);
  }
}

/** `count` (1..4) floats at p, the other lanes 0. */
function loadSome(p: usize, count: i32): v128 {
  return count == 4 ? v128.load(p) : loadTail(p, count);
}

/** Stores the first `count` (1..4) lanes. */
function storeSome(p: usize, v: v128, count: i32): void {
  if (count == 4) v128.store(p, v);
  else storeTail(p, v, count);
}
