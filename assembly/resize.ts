// Resizing of images, channels last, with half-pixel centres: output o of `out` takes position (o + 1/2) · size / out.
// Nearest takes the element that this lies in; bilinear blends the two whose centres lie around it, and at the border
// the outermost one alone.

import { ELEMENT, fma, loadTail, storeTail } from './simd';
import { shareRows } from './team';

@unmanaged
export class ResizeArgs {
  /** Forward the input, [n, h, w, c]; in the gradient dy, [n, oh, ow, c]. */
  x: usize;
  /** Forward the output, [n, oh, ow, c]; in the gradient dx, [n, h, w, c]. */
  y: usize;
  n: i32;
  h: i32;
  w: i32;
  oh: i32;
  ow: i32;
  c: i32;
  nearest: bool;
}

/** Where output o looks on an axis of `size`: the element's index plus the fraction towards the next one. */
function source(o: i32, size: i32, out: i32, nearest: bool): f32 {
  const position = ((<f32>o + 0.5) * <f32>size) / <f32>out;
  if (nearest) return min<f32>(floor<f32>(position), <f32>(size - 1));
  return min<f32>(max<f32>(position - 0.5, 0), <f32>(size - 1));
}

/** Writes y; must not overlap x. Parallel: rows of y. */
export function resize(args: ResizeArgs, thread: i32, threads: i32): void {
  const rows = args.n * args.oh;
  const pixel = <usize>args.c * ELEMENT;
  const row = <usize>args.w * pixel;
  const to = shareRows(rows, thread + 1, threads);
  let y = args.y + <usize>shareRows(rows, thread, threads) * <usize>args.ow * pixel;
  for (let r = shareRows(rows, thread, threads); r < to; r++) {
    const at = source(r % args.oh, args.h, args.oh, args.nearest);
    const h = <i32>at;
    const upper = args.x + <usize>((r / args.oh) * args.h + h) * row;
    const lower = h + 1 < args.h ? upper + row : upper;
    for (let o = 0; o < args.ow; o++) {
      const column = source(o, args.w, args.ow, args.nearest);
      const w = <i32>column;
      const left = <usize>w * pixel;
      if (args.nearest) copyPixel(upper + left, y, pixel);
      else {
        const right = w + 1 < args.w ? left + pixel : left;
        blendPixel(upper + left, upper + right, lower + left, lower + right, y, pixel, at - <f32>h, column - <f32>w);
      }
      y += pixel;
    }
  }
}

function copyPixel(x: usize, y: usize, pixel: usize): void {
  let c: usize = 0;
  for (; c + 16 <= pixel; c += 16) v128.store(y + c, v128.load(x + c));
  for (; c < pixel; c += ELEMENT) store<f32>(y + c, load<f32>(x + c));
}

/** y = the blend of four pixels: `down` towards the lower two, `across` towards the right two. */
function blendPixel(a: usize, b: usize, c: usize, d: usize, y: usize, pixel: usize, down: f32, across: f32): void {
  const v = f32x4.splat(down);
  const h = f32x4.splat(across);
  let i: usize = 0;
  for (; i + 16 <= pixel; i += 16) {
    v128.store(y + i, blend(v128.load(a + i), v128.load(b + i), v128.load(c + i), v128.load(d + i), v, h));
  }
  if (i == pixel) return;
  const count = <i32>((pixel - i) / ELEMENT);
  const upper = blend(
    loadTail(a + i, count),
    loadTail(b + i, count),
    loadTail(c + i, count),
    loadTail(d + i, count),
    v,
    h,
  );
  storeTail(y + i, upper, count);
}

function blend(a: v128, b: v128, c: v128, d: v128, down: v128, across: v128): v128 {
  const upper = fma(f32x4.sub(b, a), across, a);
  const lower = fma(f32x4.sub(d, c), across, c);
  return fma(f32x4.sub(lower, upper), down, upper);
}

/**
 * y (dx) = for each element the sum of x (dy), weighted as resize used the element. Writes all of y. Parallel: rows of
 * y, each gathered from the rows of x that it took part in.
 */
export function resizeGrad(args: ResizeArgs, thread: i32, threads: i32): void {
  const rows = args.n * args.h;
  const pixel = <usize>args.c * ELEMENT;
  const row = <usize>args.w * pixel;
  const to = shareRows(rows, thread + 1, threads);
  for (let r = shareRows(rows, thread, threads); r < to; r++) {
    const dx = args.y + <usize>r * row;
    memory.fill(dx, 0, row);
    const h = r % args.h;
    // Output rows look at ever lower input rows: start above the first one that can reach h, stop below the last.
    const first = <i32>(((<f32>h - 0.5) * <f32>args.oh) / <f32>args.h) - 2;
    for (let o = max(first, 0); o < args.oh; o++) {
      const at = source(o, args.h, args.oh, args.nearest);
      const upper = <i32>at;
      if (upper > h) break;
      const down = at - <f32>upper;
      const weight: f32 = upper == h ? <f32>1 - down : upper + 1 == h ? down : 0;
      if (weight == 0) continue;
      addRow(args, args.x + <usize>((r / args.h) * args.oh + o) * <usize>args.ow * pixel, dx, pixel, weight);
    }
  }
}

/** dx += one row of dy times `weight`, each pixel shared between the two that it was blended of. */
function addRow(args: ResizeArgs, dy: usize, dx: usize, pixel: usize, weight: f32): void {
  for (let o = 0; o < args.ow; o++) {
    const column = source(o, args.w, args.ow, args.nearest);
    const w = <i32>column;
    const across = column - <f32>w;
    addPixel(dy, dx + <usize>w * pixel, pixel, weight * (1 - across));
    if (across > 0) addPixel(dy, dx + <usize>(w + 1) * pixel, pixel, weight * across);
    dy += pixel;
  }
}

function addPixel(dy: usize, dx: usize, pixel: usize, weight: f32): void {
  const v = f32x4.splat(weight);
  let c: usize = 0;
  for (; c + 16 <= pixel; c += 16) v128.store(dx + c, fma(v128.load(dy + c), v, v128.load(dx + c)));
  for (; c < pixel; c += ELEMENT) store<f32>(dx + c, load<f32>(dx + c) + load<f32>(dy + c) * weight);
}
