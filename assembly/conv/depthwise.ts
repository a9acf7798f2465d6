// Depthwise convolution, channels last: each channel has a filter of its own.
//
//   y[n, i, j, c] = sum over taps s, t of  x[n, hFirst + i·hStep + s·hTapStep, wFirst + j·wStep + t·wTapStep, c]
//                                          · w[s·wRow + t·wColumn + c]
//
// where positions outside x count as 0. With the strides of y and of the taps of w free, the same kernel computes the
// gradient of the input as well: one call per residue of the input position modulo the stride, walking the taps that
// meet this residue backwards (src/ops/depthwise.ts works that out). All strides count elements.
//
// Vectors run over channels. The inner kernels keep four neighbouring pixels in registers, so that a weight is loaded
// once for four products; the weights and the few input columns of a tile stay in the L1 cache while all channels pass.

import { ELEMENT, fma, loadTail, storeTail } from '../simd';
import { claim } from '../team';

@unmanaged
export class DepthwiseArgs {
  x: usize;
  w: usize;
  y: usize;
  n: i32;
  c: i32;
  xPixel: i32;
  xImage: i32;
  yImage: i32;
  yRow: i32;
  yPixel: i32;
  wRow: i32;
  wColumn: i32;
  /** Rows: how many of y, position of the first tap of the first row, steps per row and per tap, taps, rows of x. */
  hCount: i32;
  hFirst: i32;
  hStep: i32;
  hTapStep: i32;
  hTaps: i32;
  hSize: i32;
  /** The same for columns. */
  wCount: i32;
  wFirst: i32;
  wStep: i32;
  wTapStep: i32;
  wTaps: i32;
  wSize: i32;
}

/** Rows of y that a thread claims at a time are at least this many multiply-adds. */
const CHUNK: i32 = 1 << 16;

/** Rows per claimed chunk. */
function chunkRows(args: DepthwiseArgs): i32 {
  return CHUNK / (args.wCount * args.c * max(args.hTaps * args.wTaps, 1) + 1) + 1;
}

/** Writes every pixel of y that its strides name; y aliases nothing. Parallel: claims chunks of rows. */
export function depthwise(args: DepthwiseArgs, thread: i32, threads: i32): void {
  const rows = args.n * args.hCount;
  const chunk = chunkRows(args);
  for (;;) {
    const from = claim(changetype<usize>(args)) * chunk;
    if (from >= rows) return;
    const to = min(from + chunk, rows);
    for (let r = from; r < to; r++) depthwiseRow(args, r);
  }
}

/** First tap at or behind position 0, and the first behind the end, for taps at first + t·step on an axis of `size`. */
function tapsFrom(first: i32, step: i32): i32 {
  return first >= 0 ? 0 : (step - 1 - first) / step;
}
function tapsTo(first: i32, step: i32, taps: i32, size: i32): i32 {
  return first >= size ? 0 : min(taps, (size - 1 - first) / step + 1);
}

function depthwiseRow(args: DepthwiseArgs, r: i32): void {
  const n = r / args.hCount;
  const i = r % args.hCount;
  const h = args.hFirst + i * args.hStep;
  const s0 = tapsFrom(h, args.hTapStep);
  const s1 = max(tapsTo(h, args.hTapStep, args.hTaps, args.hSize), s0);
  const channels = args.c * <i32>ELEMENT;
  const xPixel = args.xPixel * <i32>ELEMENT;
  const xRow = args.wSize * xPixel;
  const x = args.x + <usize>n * <usize>args.xImage * ELEMENT + <usize>((h + s0 * args.hTapStep) * xRow);
  const w = args.w + <usize>(s0 * args.wRow) * ELEMENT;
  const yStep = args.yPixel * <i32>ELEMENT;
  const y = args.y + (<usize>n * <usize>args.yImage + <usize>(i * args.yRow)) * ELEMENT;
  // Pixels whose taps all lie inside x come in tiles of four, the others one by one.
  const inside0 = min(tapsFrom(args.wFirst, args.wStep), args.wCount);
  const lastTap = args.wFirst + (args.wTaps - 1) * args.wTapStep;
  const inside1 = args.c < 4 ? inside0 : max(tapsTo(lastTap, args.wStep, args.wCount, args.wSize), inside0);
  let j = 0;
  while (j < args.wCount) {
    const first = args.wFirst + j * args.wStep;
    if (j >= inside0 && j + 4 <= inside1) {
      if (args.wTaps == 3 && args.wTapStep == args.wStep) {
        tile4x3(
          x + <usize>(first * xPixel),
          w,
          y + <usize>(j * yStep),
          channels,
          s1 - s0,
          args.hTapStep * xRow,
          args.wStep * xPixel,
          args.wRow * <i32>ELEMENT,
          args.wColumn * <i32>ELEMENT,
          yStep,
        );
      } else
        tile4(
          x + <usize>(first * xPixel),
          w,
          y + <usize>(j * yStep),
          channels,
          s1 - s0,
          args.wTaps,
          args.hTapStep * xRow,
          args.wTapStep * xPixel,
          args.wStep * xPixel,
          args.wRow * <i32>ELEMENT,
          args.wColumn * <i32>ELEMENT,
          yStep,
        );
      j += 4;
    } else {
      const t0 = tapsFrom(first, args.wTapStep);
      const t1 = max(tapsTo(first, args.wTapStep, args.wTaps, args.wSize), t0);
      tile1(
        x + <usize>((first + t0 * args.wTapStep) * xPixel),
        w + <usize>(t0 * args.wColumn) * ELEMENT,
        y + <usize>(j * yStep),
        channels,
        s1 - s0,
        t1 - t0,
        args.hTapStep * xRow,
        args.wTapStep * xPixel,
        args.wRow * <i32>ELEMENT,
        args.wColumn * <i32>ELEMENT,
      );
      j++;
    }
  }
}

/**
 * Four pixels `xPixel` bytes apart, all c >= 4 channels (`channels` bytes), `rows` x `columns` taps. Where the channels
 * are no multiple of 4, the last vector reaches back over channels done already.
 */
function tile4(
  x: usize,
  w: usize,
  y: usize,
  channels: i32,
  rows: i32,
  columns: i32,
  xRow: i32,
  xColumn: i32,
  xPixel: i32,
  wRow: i32,
  wColumn: i32,
  yPixel: i32,
): void {
  for (let c = 0; c < channels; c += 16) {
    c = min(c, channels - 16);
    let a0 = f32x4.splat(0);
    let a1 = a0;
    let a2 = a0;
    let a3 = a0;
    for (let s = 0; s < rows; s++) {
      let p = x + <usize>(c + s * xRow);
      let q = w + <usize>(c + s * wRow);
      for (let t = 0; t < columns; t++) {
        const k = v128.load(q);
        a0 = fma(v128.load(p), k, a0);
        a1 = fma(v128.load(p + <usize>xPixel), k, a1);
        a2 = fma(v128.load(p + <usize>(2 * xPixel)), k, a2);
        a3 = fma(v128.load(p + <usize>(3 * xPixel)), k, a3);
        p += <usize>xColumn;
        q += <usize>wColumn;
      }
    }
    let o = y + <usize>c;
    v128.store(o, a0);
    v128.store((o += <usize>yPixel), a1);
    v128.store((o += <usize>yPixel), a2);
    v128.store(o + <usize>yPixel, a3);
  }
}

/** The same for three taps as far apart as the pixels: six columns of x serve all twelve products. */
function tile4x3(
  x: usize,
  w: usize,
  y: usize,
  channels: i32,
  rows: i32,
  xRow: i32,
  xPixel: i32,
  wRow: i32,
  wColumn: i32,
  yPixel: i32,
): void {
  for (let c = 0; c < channels; c += 16) {
    c = min(c, channels - 16);
    let a0 = f32x4.splat(0);
    let a1 = a0;
    let a2 = a0;
    let a3 = a0;
    let p = x + <usize>c;
    let q = w + <usize>c;
    for (let s = 0; s < rows; s++) {
      const k0 = v128.load(q);
      const k1 = v128.load(q + <usize>wColumn);
      const k2 = v128.load(q + <usize>(2 * wColumn));
      let o = p;
      let v = v128.load(o);
      a0 = fma(v, k0, a0);
      v = v128.load((o += <usize>xPixel));
      a0 = fma(v, k1, a0);
      a1 = fma(v, k0, a1);
      v = v128.load((o += <usize>xPixel));
      a0 = fma(v, k2, a0);
      a1 = fma(v, k1, a1);
      a2 = fma(v, k0, a2);
      v = v128.load((o += <usize>xPixel));
      a1 = fma(v, k2, a1);
      a2 = fma(v, k1, a2);
      a3 = fma(v, k0, a3);
      v = v128.load((o += <usize>xPixel));
      a2 = fma(v, k2, a2);
      a3 = fma(v, k1, a3);
      v = v128.load(o + <usize>xPixel);
      a3 = fma(v, k2, a3);
      p += <usize>xRow;
      q += <usize>wRow;
    }
    let o = y + <usize>c;
    v128.store(o, a0);
    v128.store((o += <usize>yPixel), a1);
    v128.store((o += <usize>yPixel), a2);
    v128.store(o + <usize>yPixel, a3);
  }
}

/** One pixel with any number of channels. */
function tile1(
  x: usize,
  w: usize,
  y: usize,
  channels: i32,
  rows: i32,
  columns: i32,
  xRow: i32,
  xColumn: i32,
  wRow: i32,
  wColumn: i32,
): void {
  if (channels < 16) {
    const count = channels / <i32>ELEMENT;
    let a = f32x4.splat(0);
    for (let s = 0; s < rows; s++) {
      for (let t = 0; t < columns; t++) {
        const k = loadTail(w + <usize>(s * wRow + t * wColumn), count);
        a = fma(loadTail(x + <usize>(s * xRow + t * xColumn), count), k, a);
      }
    }
    storeTail(y, a, count);
    return;
  }
  for (let c = 0; c < channels; c += 16) {
    c = min(c, channels - 16);
    let a = f32x4.splat(0);
    for (let s = 0; s < rows; s++) {
      let p = x + <usize>(c + s * xRow);
      let q = w + <usize>(c + s * wRow);
      for (let t = 0; t < columns; t++) {
        a = fma(v128.load(p), v128.load(q), a);
        p += <usize>xColumn;
        q += <usize>wColumn;
      }
    }
    v128.store(y + <usize>c, a);
  }
}
