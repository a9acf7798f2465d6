// Layer normalization over the last axis, and its gradient: x [rows, c] with one mean and variance per row.
//
//   y = (x - mean) · r · gamma + beta        r = 1 / sqrt(variance + epsilon), variance biased
//
// A row stays in the L1 cache while it is passed over: once for the mean, once for the variance, once to write. The
// gradient takes mean and r afresh, which is cheaper than to keep them.

import { ELEMENT, fma, loadTail, storeTail, sumLanes } from './simd';
import { barrier, share, shareRows } from './team';

@unmanaged
export class LayerNormArgs {
  x: usize;
  gamma: usize;
  beta: usize;
  y: usize;
  rows: i32;
  c: i32;
  epsilon: f32;
}

/** Writes y, which may be x. Parallel: rows. */
export function layerNorm(args: LayerNormArgs, thread: i32, threads: i32): void {
  const bytes = <usize>args.c * ELEMENT;
  const to = shareRows(args.rows, thread + 1, threads);
  for (let r = shareRows(args.rows, thread, threads); r < to; r++) {
    const x = args.x + <usize>r * bytes;
    const y = args.y + <usize>r * bytes;
    const mean = rowMean(x, bytes, args.c);
    const scale = f32x4.splat(1 / sqrt<f32>(rowVariance(x, bytes, args.c, mean) + args.epsilon));
    const center = f32x4.splat(mean);
    let i: usize = 0;
    for (; i + 16 <= bytes; i += 16) {
      const v = f32x4.mul(f32x4.sub(v128.load(x + i), center), scale);
      v128.store(y + i, fma(v, v128.load(args.gamma + i), v128.load(args.beta + i)));
    }
    if (i == bytes) continue;
    const count = <i32>((bytes - i) / ELEMENT);
    const v = f32x4.mul(f32x4.sub(loadTail(x + i, count), center), scale);
    storeTail(y + i, fma(v, loadTail(args.gamma + i, count), loadTail(args.beta + i, count)), count);
  }
}

function rowMean(x: usize, bytes: usize, c: i32): f32 {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let i: usize = 0;
  for (; i + 32 <= bytes; i += 32) {
    s0 = f32x4.add(s0, v128.load(x + i));
    s1 = f32x4.add(s1, v128.load(x + i, 16));
  }
  let sum = sumLanes(f32x4.add(s0, s1));
  for (; i < bytes; i += ELEMENT) sum += load<f32>(x + i);
  return sum / <f32>c;
}

function rowVariance(x: usize, bytes: usize, c: i32, mean: f32): f32 {
  const center = f32x4.splat(mean);
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let i: usize = 0;
  for (; i + 32 <= bytes; i += 32) {
    const v0 = f32x4.sub(v128.load(x + i), center);
    const v1 = f32x4.sub(v128.load(x + i, 16), center);
    s0 = fma(v0, v0, s0);
    s1 = fma(v1, v1, s1);
  }
  let sum = sumLanes(f32x4.add(s0, s1));
  for (; i < bytes; i += ELEMENT) {
    const v = load<f32>(x + i) - mean;
    sum += v * v;
  }
  return sum / <f32>c;
}

@unmanaged
export class LayerNormGradArgs {
  x: usize;
  gamma: usize;
  dy: usize;
  dx: usize;
  dgamma: usize;
  dbeta: usize;
  /** 2·c floats per thread. */
  workspace: usize;
  rows: i32;
  c: i32;
  epsilon: f32;
}

/**
 * With z = (x - mean)·r and w = dy·gamma, per row:
 *
 *   dx = r · (w - mean of w - z · mean of w·z)        dgamma = Σ dy·z,  dbeta = Σ dy  over the rows
 *
 * dx may be dy, or x. Parallel: rows, then channels.
 */
export function layerNormGrad(args: LayerNormGradArgs, thread: i32, threads: i32): void {
  const c = args.c;
  const bytes = <usize>c * ELEMENT;
  const own = args.workspace + <usize>(2 * thread) * bytes;
  memory.fill(own, 0, 2 * bytes);
  const to = shareRows(args.rows, thread + 1, threads);
  for (let r = shareRows(args.rows, thread, threads); r < to; r++) {
    gradRow(args, args.x + <usize>r * bytes, args.dy + <usize>r * bytes, args.dx + <usize>r * bytes, own, own + bytes);
  }
  barrier(thread, threads, 0);
  const end = share(c, thread + 1, threads);
  for (let i = share(c, thread, threads); i < end; i++) {
    let dgamma: f32 = 0;
    let dbeta: f32 = 0;
    for (let t = 0; t < threads; t++) {
      const p = args.workspace + <usize>(2 * t * c + i) * ELEMENT;
      dgamma += load<f32>(p);
      dbeta += load<f32>(p + bytes);
    }
    store<f32>(args.dgamma + <usize>i * ELEMENT, dgamma);
    store<f32>(args.dbeta + <usize>i * ELEMENT, dbeta);
  }
}

/** dx of one row; adds the row's part to dgamma and dbeta. */
function gradRow(args: LayerNormGradArgs, x: usize, dy: usize, dx: usize, dgamma: usize, dbeta: usize): void {
  const c = args.c;
  const bytes = <usize>c * ELEMENT;
  const vectors = bytes & ~15;
  const tail = <i32>((bytes - vectors) / ELEMENT);
  const mean = rowMean(x, bytes, c);
  const r = <f32>1 / sqrt<f32>(rowVariance(x, bytes, c, mean) + args.epsilon);
  const center = f32x4.splat(mean);
  const scale = f32x4.splat(r);
  let sum = f32x4.splat(0);
  let product = sum;
  for (let i: usize = 0; i < vectors; i += 16) {
    const v = v128.load(dy + i);
    const z = f32x4.mul(f32x4.sub(v128.load(x + i), center), scale);
    const w = f32x4.mul(v, v128.load(args.gamma + i));
    sum = f32x4.add(sum, w);
    product = fma(w, z, product);
    v128.store(dgamma + i, fma(v, z, v128.load(dgamma + i)));
    v128.store(dbeta + i, f32x4.add(v, v128.load(dbeta + i)));
  }
  if (tail > 0) {
    const v = loadTail(dy + vectors, tail);
    const z = f32x4.mul(f32x4.sub(loadTail(x + vectors, tail), center), scale);
    const w = f32x4.mul(v, loadTail(args.gamma + vectors, tail));
    sum = f32x4.add(sum, w);
    product = fma(w, z, product);
    storeTail(dgamma + vectors, fma(v, z, loadTail(dgamma + vectors, tail)), tail);
    storeTail(dbeta + vectors, f32x4.add(v, loadTail(dbeta + vectors, tail)), tail);
  }
  const meanW = f32x4.splat(sumLanes(sum) / <f32>c);
  const meanWZ = f32x4.splat(sumLanes(product) / <f32>c);
  for (let i: usize = 0; i < vectors; i += 16) {
    const w = f32x4.mul(v128.load(dy + i), v128.load(args.gamma + i));
    const z = f32x4.mul(f32x4.sub(v128.load(x + i), center), scale);
    v128.store(dx + i, f32x4.mul(scale, f32x4.sub(f32x4.sub(w, meanW), f32x4.mul(z, meanWZ))));
  }
  if (tail > 0) {
    const w = f32x4.mul(loadTail(dy + vectors, tail), loadTail(args.gamma + vectors, tail));
    const z = f32x4.mul(f32x4.sub(loadTail(x + vectors, tail), center), scale);
    storeTail(dx + vectors, f32x4.mul(scale, f32x4.sub(f32x4.sub(w, meanW), f32x4.mul(z, meanWZ))), tail);
  }
}
