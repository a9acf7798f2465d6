// Pooling over windows of up to three spatial dimensions, channels last: 2D has d = 1, 1D has d = h = 1.
//
//   x, dx  [n, d, h, w, c]      y, dy  [n, od, oh, ow, c]
//
// Window o of an axis covers the cells o·s - p ... o·s - p + k - 1 that exist: cells beyond the border take part in
// neither a maximum nor an average, which is Keras's rule for 'same'. Every window must cover at least one cell.
// Vectors run over channels, 16 at a time while there are so many. No array may alias another.

import { ELEMENT, loadTail, storeTail } from './simd';
import { shareRows } from './team';

/** Sizes, and the arrays of all pooling kernels; each kernel says which ones it uses. */
@unmanaged
export class PoolArgs {
  x: usize;
  y: usize;
  dy: usize;
  dx: usize;
  n: i32;
  d: i32;
  h: i32;
  w: i32;
  c: i32;
  od: i32;
  oh: i32;
  ow: i32;
  kd: i32;
  kh: i32;
  kw: i32;
  sd: i32;
  sh: i32;
  sw: i32;
  pd: i32;
  ph: i32;
  pw: i32;
}

/** y = max of x over each window; NaN if a cell is NaN. Parallel: rows of y. */
export function maxPool(args: PoolArgs, thread: i32, threads: i32): void {
  pool<Maximum>(args, thread, threads);
}

/** y = mean of x over the cells of each window that exist. Parallel: rows of y. */
export function averagePool(args: PoolArgs, thread: i32, threads: i32): void {
  pool<Mean>(args, thread, threads);
}

/** How the cells of a window are folded into one number per channel. */
abstract class Fold {
  abstract start(): v128;
  abstract step(accumulator: v128, cell: v128): v128;
  abstract finish(accumulator: v128, inverseCount: v128): v128;
}

@final
class Maximum extends Fold {
  start(): v128 {
    return f32x4.splat(-Infinity);
  }
  step(accumulator: v128, cell: v128): v128 {
    // Where both are numbers, the two results are equal; where one is NaN, they are the two operands, whose bits
    // together are NaN. f32x4.max takes more than twice as many machine instructions for the sake of the sign of 0.
    return v128.or(f32x4.pmax(accumulator, cell), f32x4.pmax(cell, accumulator));
  }
  finish(accumulator: v128, inverseCount: v128): v128 {
    return accumulator;
  }
}

@final
class Mean extends Fold {
  start(): v128 {
    return f32x4.splat(0);
  }
  step(accumulator: v128, cell: v128): v128 {
    return f32x4.add(accumulator, cell);
  }
  finish(accumulator: v128, inverseCount: v128): v128 {
    return f32x4.mul(accumulator, inverseCount);
  }
}

function pool<F extends Fold>(args: PoolArgs, thread: i32, threads: i32): void {
  const pixel = <usize>args.c * ELEMENT;
  const row = <usize>args.w * pixel;
  const plane = <usize>args.h * row;
  const rows = args.n * args.od * args.oh;
  const to = shareRows(rows, thread + 1, threads);
  for (let r = shareRows(rows, thread, threads); r < to; r++) {
    const slab = r / args.oh;
    const h = (r % args.oh) * args.sh - args.ph;
    const d = (slab % args.od) * args.sd - args.pd;
    const h0 = max(h, 0);
    const d0 = max(d, 0);
    const nh = min(h + args.kh, args.h) - h0;
    const nd = min(d + args.kd, args.d) - d0;
    const x = args.x + <usize>((slab / args.od) * args.d + d0) * plane + <usize>h0 * row;
    let y = args.y + <usize>r * <usize>args.ow * pixel;
    for (let o = 0; o < args.ow; o++) {
      const w = o * args.sw - args.pw;
      const w0 = max(w, 0);
      const nw = min(w + args.kw, args.w) - w0;
      foldWindow<F>(x + <usize>w0 * pixel, y, pixel, row, plane, nd, nh, nw);
      y += pixel;
    }
  }
}

/** One window, whose first cell is at x: nd x nh x nw cells of `pixel` bytes each. */
function foldWindow<F extends Fold>(
  x: usize,
  y: usize,
  pixel: usize,
  row: usize,
  plane: usize,
  nd: i32,
  nh: i32,
  nw: i32,
): void {
  const fold = changetype<F>(0);
  const inverse = f32x4.splat(1 / <f32>(nd * nh * nw));
  const width = <usize>nw * pixel;
  let c: usize = 0;
  for (; c + 64 <= pixel; c += 64) {
    let a0 = fold.start();
    let a1 = a0;
    let a2 = a0;
    let a3 = a0;
    for (let d = 0; d < nd; d++) {
      for (let h = 0; h < nh; h++) {
        let p = x + c + <usize>d * plane + <usize>h * row;
        const end = p + width;
        for (; p < end; p += pixel) {
          a0 = fold.step(a0, v128.load(p));
          a1 = fold.step(a1, v128.load(p, 16));
          a2 = fold.step(a2, v128.load(p, 32));
          a3 = fold.step(a3, v128.load(p, 48));
        }
      }
    }
    v128.store(y + c, fold.finish(a0, inverse));
    v128.store(y + c, fold.finish(a1, inverse), 16);
    v128.store(y + c, fold.finish(a2, inverse), 32);
    v128.store(y + c, fold.finish(a3, inverse), 48);
  }
  if (pixel >= 16) {
    while (c < pixel) {
      // The last vector reaches back over channels that are done already, rather than past the end.
      c = min(c, pixel - 16);
      let a = fold.start();
      for (let d = 0; d < nd; d++) {
        for (let h = 0; h < nh; h++) {
          let p = x + c + <usize>d * plane + <usize>h * row;
          const end = p + width;
          for (; p < end; p += pixel) a = fold.step(a, v128.load(p));
        }
      }
      v128.store(y + c, fold.finish(a, inverse));
      c += 16;
    }
  } else {
    const count = <i32>(pixel / ELEMENT);
    let a = fold.start();
    for (let d = 0; d < nd; d++) {
      for (let h = 0; h < nh; h++) {
        let p = x + <usize>d * plane + <usize>h * row;
        const end = p + width;
        for (; p < end; p += pixel) a = fold.step(a, loadTail(p, count));
      }
    }
    storeTail(y, fold.finish(a, inverse), count);
  }
}

/**
 * dx = the sum of dy over the windows whose maximum this cell is, where the first of equal cells is the maximum.
 * Uses x, y, dy; writes all of dx. Parallel: each thread owns rows of dx, and computes windows that straddle two
 * threads' rows for its own rows only.
 */
export function maxPoolGrad(args: PoolArgs, thread: i32, threads: i32): void {
  const rows = args.n * args.d * args.h;
  const from = shareRows(rows, thread, threads);
  const to = shareRows(rows, thread + 1, threads);
  if (from == to) return;
  const row = <usize>(args.w * args.c) * ELEMENT;
  // Rows are zeroed just before the first window that reaches them, while they are on their way through the cache.
  let zeroed = from;
  const image = args.d * args.h;
  for (let n = from / image; n <= (to - 1) / image; n++) {
    for (let od = 0; od < args.od; od++) {
      const d = od * args.sd - args.pd;
      const d0 = max(d, 0);
      const nd = min(d + args.kd, args.d) - d0;
      for (let oh = 0; oh < args.oh; oh++) {
        const h = oh * args.sh - args.ph;
        const h0 = max(h, 0);
        const nh = min(h + args.kh, args.h) - h0;
        const first = (n * args.d + d0) * args.h + h0;
        const last = first + (nd - 1) * args.h + nh;
        if (first >= to || last <= from) continue;
        if (zeroed < min(last, to)) {
          memory.fill(args.dx + <usize>zeroed * row, 0, <usize>(min(last, to) - zeroed) * row);
          zeroed = min(last, to);
        }
        scatterRow(args, first, nd, nh, ((n * args.od + od) * args.oh + oh) * args.ow, from, to);
      }
    }
  }
  memory.fill(args.dx + <usize>zeroed * row, 0, <usize>(to - zeroed) * row);
}

/** One row of windows: their first row of cells is `first`, their first output pixel is `output`. */
function scatterRow(args: PoolArgs, first: i32, nd: i32, nh: i32, output: i32, from: i32, to: i32): void {
  const pixel = <usize>args.c * ELEMENT;
  const all = i8x16.splat(-1);
  for (let o = 0; o < args.ow; o++) {
    const w = o * args.sw - args.pw;
    const w0 = max(w, 0);
    const nw = min(w + args.kw, args.w) - w0;
    const at = <usize>(output + o) * pixel;
    const cell = (<usize>first * <usize>args.w + <usize>w0) * pixel;
    let c: usize = 0;
    for (; c + 16 <= pixel; c += 16) {
      const y = v128.load(args.y + at + c);
      const dy = v128.load(args.dy + at + c);
      let open = all;
      for (let d = 0; d < nd; d++) {
        for (let h = 0; h < nh; h++) {
          const r = d * args.h + h;
          let offset = cell + c + <usize>(r * args.w) * pixel;
          const end = offset + <usize>nw * pixel;
          const own = first + r >= from && first + r < to;
          for (; offset < end; offset += pixel) {
            const hit = v128.and(open, f32x4.eq(v128.load(args.x + offset), y));
            open = v128.andnot(open, hit);
            if (!own) continue;
            v128.store(args.dx + offset, f32x4.add(v128.load(args.dx + offset), v128.and(dy, hit)));
          }
        }
      }
    }
    for (; c < pixel; c += ELEMENT) {
      const y = load<f32>(args.y + at + c);
      scatterChannel(args, y, load<f32>(args.dy + at + c), cell + c, first, nd, nh, nw, from, to);
    }
  }
}

/** One channel of one window: dy goes to its first cell that equals y, if that lies in the rows from..to. */
function scatterChannel(
  args: PoolArgs,
  y: f32,
  dy: f32,
  cell: usize,
  first: i32,
  nd: i32,
  nh: i32,
  nw: i32,
  from: i32,
  to: i32,
): void {
  const pixel = <usize>args.c * ELEMENT;
  for (let d = 0; d < nd; d++) {
    for (let h = 0; h < nh; h++) {
      const r = d * args.h + h;
      let offset = cell + <usize>(r * args.w) * pixel;
      const end = offset + <usize>nw * pixel;
      for (; offset < end; offset += pixel) {
        if (load<f32>(args.x + offset) != y) continue;
        if (first + r < from || first + r >= to) return;
        store<f32>(args.dx + offset, load<f32>(args.dx + offset) + dy);
        return;
      }
    }
  }
}

/**
 * dy = dx at the first cell of each window that equals its maximum y: the transpose of maxPoolGrad, which its own
 * gradient needs. Uses x, y, dx; writes dy. Parallel: rows of y.
 */
export function maxPoolPick(args: PoolArgs, thread: i32, threads: i32): void {
  const pixel = <usize>args.c * ELEMENT;
  const rows = args.n * args.od * args.oh;
  const to = shareRows(rows, thread + 1, threads);
  for (let r = shareRows(rows, thread, threads); r < to; r++) {
    const slab = r / args.oh;
    const h = (r % args.oh) * args.sh - args.ph;
    const d = (slab % args.od) * args.sd - args.pd;
    const h0 = max(h, 0);
    const d0 = max(d, 0);
    const nh = min(h + args.kh, args.h) - h0;
    const nd = min(d + args.kd, args.d) - d0;
    const first = ((slab / args.od) * args.d + d0) * args.h + h0;
    for (let o = 0; o < args.ow; o++) {
      const w = o * args.sw - args.pw;
      const w0 = max(w, 0);
      const nw = min(w + args.kw, args.w) - w0;
      const at = <usize>(r * args.ow + o) * pixel;
      const cell = (<usize>first * <usize>args.w + <usize>w0) * pixel;
      for (let c: usize = 0; c < pixel; c += ELEMENT) {
        store<f32>(args.dy + at + c, pickChannel(args, load<f32>(args.y + at + c), cell + c, nd, nh, nw));
      }
    }
  }
}

/** dx at the first cell of one channel of a window that equals y; 0 if none does, as for NaN. */
function pickChannel(args: PoolArgs, y: f32, cell: usize, nd: i32, nh: i32, nw: i32): f32 {
  const pixel = <usize>args.c * ELEMENT;
  for (let d = 0; d < nd; d++) {
    for (let h = 0; h < nh; h++) {
      let offset = cell + <usize>((d * args.h + h) * args.w) * pixel;
      const end = offset + <usize>nw * pixel;
      for (; offset < end; offset += pixel) {
        if (load<f32>(args.x + offset) == y) return load<f32>(args.dx + offset);
      }
    }
  }
  return 0;
}

/**
 * dx = the sum of dy / (cells that exist) over the windows that cover this cell. Uses dy; writes all of dx.
 * Parallel: rows of dx, to each of which the rows of windows around it are added.
 */
export function averagePoolGrad(args: PoolArgs, thread: i32, threads: i32): void {
  const rows = args.n * args.d * args.h;
  const row = <usize>(args.w * args.c) * ELEMENT;
  const to = shareRows(rows, thread + 1, threads);
  for (let r = shareRows(rows, thread, threads); r < to; r++) {
    const slab = r / args.h;
    const d = (slab % args.d) + args.pd;
    const h = (r % args.h) + args.ph;
    const dx = args.dx + <usize>r * row;
    memory.fill(dx, 0, row);
    for (let od = firstWindow(d, args.kd, args.sd); od <= min(d / args.sd, args.od - 1); od++) {
      const nd = cells(od, args.kd, args.sd, args.pd, args.d);
      for (let oh = firstWindow(h, args.kh, args.sh); oh <= min(h / args.sh, args.oh - 1); oh++) {
        const nh = cells(oh, args.kh, args.sh, args.ph, args.h);
        const output = (((slab / args.d) * args.od + od) * args.oh + oh) * args.ow;
        spreadRow(args, args.dy + <usize>(output * args.c) * ELEMENT, dx, nd * nh);
      }
    }
  }
}

/** First window that covers cell i, counted from the first cell of the padding. */
function firstWindow(i: i32, k: i32, s: i32): i32 {
  return i < k ? 0 : (i - k) / s + 1;
}

/** How many cells of window o exist. */
function cells(o: i32, k: i32, s: i32, p: i32, size: i32): i32 {
  const start = o * s - p;
  return min(start + k, size) - max(start, 0);
}

/** Adds one row of windows to one row of cells; `others`: cells of a window per cell of this row. */
function spreadRow(args: PoolArgs, dy: usize, dx: usize, others: i32): void {
  const pixel = <usize>args.c * ELEMENT;
  for (let o = 0; o < args.ow; o++) {
    const w = o * args.sw - args.pw;
    const w0 = max(w, 0);
    const nw = min(w + args.kw, args.w) - w0;
    const first = dx + <usize>w0 * pixel;
    spreadPixel(dy, first, first + <usize>nw * pixel, pixel, 1 / <f32>(others * nw));
    dy += pixel;
  }
}

/** Adds dy · scale to each of the pixels dx ... end. */
function spreadPixel(dy: usize, dx: usize, end: usize, pixel: usize, scale: f32): void {
  const factor = f32x4.splat(scale);
  let c: usize = 0;
  for (; c + 16 <= pixel; c += 16) {
    const v = f32x4.mul(v128.load(dy + c), factor);
    for (let p = dx + c; p < end; p += pixel) v128.store(p, f32x4.add(v128.load(p), v));
  }
  for (; c < pixel; c += ELEMENT) {
    const v = load<f32>(dy + c) * scale;
    for (let p = dx + c; p < end; p += pixel) store<f32>(p, load<f32>(p) + v);
  }
}
