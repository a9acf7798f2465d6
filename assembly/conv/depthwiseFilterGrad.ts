// Gradient of a depthwise convolution's filters, channels last:
//
//   dw[s, t, c] = sum over n, i, j of  dy[n, i, j, c] · x[n, i·strideH + s·dilationH - padH, j·strideW + t·dilationW - padW, c]
//
// Each thread sums its share of the rows of dy into a block of its own, then the blocks are added. A run of pixels is
// summed in registers, three taps at a time, before it is added to the block, which also keeps rounding small.

import { ELEMENT, fma, loadTail, storeTail } from '../simd';
import { barrier, share, shareRows } from '../team';

@unmanaged
export class DepthwiseFilterGradArgs {
  /** [n, h, w, c] */
  x: usize;
  /** [n, oh, ow, c] */
  dy: usize;
  /** [kh, kw, c] */
  dw: usize;
  /** One block like dw per thread; not used by a single thread. */
  partials: usize;
  n: i32;
  c: i32;
  h: i32;
  w: i32;
  oh: i32;
  ow: i32;
  kh: i32;
  kw: i32;
  strideH: i32;
  strideW: i32;
  dilationH: i32;
  dilationW: i32;
  /** Padding in front. */
  padH: i32;
  padW: i32;
}

/** Pixels summed in registers at a time. */
const RUN: i32 = 8;

/** Writes all of dw; no array aliases another. Parallel: rows of dy, then elements of dw. */
export function depthwiseFilterGrad(args: DepthwiseFilterGradArgs, thread: i32, threads: i32): void {
  const size = args.kh * args.kw * args.c;
  const bytes = <usize>size * ELEMENT;
  const block = threads == 1 ? args.dw : args.partials + <usize>thread * bytes;
  memory.fill(block, 0, bytes);
  const rows = args.n * args.oh;
  const to = shareRows(rows, thread + 1, threads);
  for (let r = shareRows(rows, thread, threads); r < to; r++) {
    const i = (r % args.oh) * args.strideH - args.padH;
    for (let s = 0; s < args.kh; s++) {
      const h = i + s * args.dilationH;
      if (h < 0 || h >= args.h) continue;
      const xRow = args.x + <usize>(((r / args.oh) * args.h + h) * args.w) * <usize>args.c * ELEMENT;
      const dyRow = args.dy + <usize>(r * args.ow) * <usize>args.c * ELEMENT;
      const dwRow = block + <usize>(s * args.kw * args.c) * ELEMENT;
      let t = 0;
      for (; t + 3 <= args.kw; t += 3) threeTaps(args, t, xRow, dyRow, dwRow);
      for (; t < args.kw; t++) oneTap(args, t, firstPixel(args, t), endPixel(args, t), xRow, dyRow, dwRow);
    }
  }
  if (threads == 1) return;
  barrier(thread, threads, 0);
  const end = share(size, thread + 1, threads);
  for (let i = share(size, thread, threads); i < end; i++) {
    let sum: f32 = 0;
    for (let t = 0; t < threads; t++) sum += load<f32>(args.partials + <usize>t * bytes + <usize>i * ELEMENT);
    store<f32>(args.dw + <usize>i * ELEMENT, sum);
  }
}

/** First output pixel of a row whose tap t lies inside x, and the first one behind the last such. */
function firstPixel(args: DepthwiseFilterGradArgs, t: i32): i32 {
  const at = t * args.dilationW - args.padW;
  return at >= 0 ? 0 : (args.strideW - 1 - at) / args.strideW;
}
function endPixel(args: DepthwiseFilterGradArgs, t: i32): i32 {
  const last = args.w - 1 - t * args.dilationW + args.padW;
  return last < 0 ? 0 : min(args.ow, last / args.strideW + 1);
}

/** Taps t, t+1, t+2 of one row: together where all three lie inside x, one by one at the borders. */
function threeTaps(args: DepthwiseFilterGradArgs, t: i32, xRow: usize, dyRow: usize, dwRow: usize): void {
  const from = firstPixel(args, t);
  const to = max(endPixel(args, t + 2), from);
  const pixel = args.c * <i32>ELEMENT;
  const vectors = pixel & ~15;
  for (let j = from; j < to; j += RUN) {
    const at = j * args.strideW + t * args.dilationW - args.padW;
    runOfThree(
      xRow + <usize>(at * pixel),
      dyRow + <usize>(j * pixel),
      dwRow + <usize>(t * pixel),
      vectors,
      pixel,
      min(RUN, to - j),
      args.strideW * pixel,
      args.dilationW * pixel,
    );
  }
  if (vectors < pixel) {
    for (let k = t; k < t + 3; k++) runOfTail(args, k, from, to, xRow, dyRow, dwRow);
  }
  for (let k = t; k < t + 3; k++) {
    oneTap(args, k, firstPixel(args, k), min(from, endPixel(args, k)), xRow, dyRow, dwRow);
    oneTap(args, k, max(to, firstPixel(args, k)), endPixel(args, k), xRow, dyRow, dwRow);
  }
}

/** dw of three neighbouring taps += sum over `pixels` pixels of dy · x, for the first `vectors` bytes of channels. */
function runOfThree(
  x: usize,
  dy: usize,
  dw: usize,
  vectors: i32,
  pixel: i32,
  pixels: i32,
  xPixel: i32,
  xTap: i32,
): void {
  for (let c: usize = 0; c < <usize>vectors; c += 16) {
    let a0 = f32x4.splat(0);
    let a1 = a0;
    let a2 = a0;
    let p = x + c;
    let q = dy + c;
    for (let j = 0; j < pixels; j++) {
      const v = v128.load(q);
      a0 = fma(v, v128.load(p), a0);
      a1 = fma(v, v128.load(p + <usize>xTap), a1);
      a2 = fma(v, v128.load(p + <usize>(2 * xTap)), a2);
      p += <usize>xPixel;
      q += <usize>pixel;
    }
    let o = dw + c;
    v128.store(o, f32x4.add(v128.load(o), a0));
    o += <usize>pixel;
    v128.store(o, f32x4.add(v128.load(o), a1));
    o += <usize>pixel;
    v128.store(o, f32x4.add(v128.load(o), a2));
  }
}

/** Tap t alone, for the pixels from..to of a row. */
function oneTap(
  args: DepthwiseFilterGradArgs,
  t: i32,
  from: i32,
  to: i32,
  xRow: usize,
  dyRow: usize,
  dwRow: usize,
): void {
  const pixel = args.c * <i32>ELEMENT;
  const vectors = pixel & ~15;
  for (let j = from; j < to; j += RUN) {
    const end = min(j + RUN, to);
    const x = xRow + <usize>((j * args.strideW + t * args.dilationW - args.padW) * pixel);
    for (let c = 0; c < vectors; c += 16) {
      let a = f32x4.splat(0);
      let p = x + <usize>c;
      for (let i = j; i < end; i++) {
        a = fma(v128.load(dyRow + <usize>(i * pixel + c)), v128.load(p), a);
        p += <usize>(args.strideW * pixel);
      }
      const o = dwRow + <usize>(t * pixel + c);
      v128.store(o, f32x4.add(v128.load(o), a));
    }
  }
  if (vectors < pixel) runOfTail(args, t, from, to, xRow, dyRow, dwRow);
}

/** Tap t for the channels behind the last whole vector. */
function runOfTail(
  args: DepthwiseFilterGradArgs,
  t: i32,
  from: i32,
  to: i32,
  xRow: usize,
  dyRow: usize,
  dwRow: usize,
): void {
  const pixel = args.c * <i32>ELEMENT;
  const c = pixel & ~15;
  const count = (pixel - c) / <i32>ELEMENT;
  let a = f32x4.splat(0);
  for (let j = from; j < to; j++) {
    const x = loadTail(xRow + <usize>((j * args.strideW + t * args.dilationW - args.padW) * pixel + c), count);
    a = fma(x, loadTail(dyRow + <usize>(j * pixel + c), count), a);
  }
  const o = dwRow + <usize>(t * pixel + c);
  storeTail(o, f32x4.add(loadTail(o, count), a), count);
}
