// The transforms of Winograd's convolution F(2x2, 3x3): 2 x 2 outputs of a 3 x 3 filter from a patch of 4 x 4
// inputs, with 16 products in place of 36.
//
//   y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A      Bᵀ = 1  0 -1  0     G =  1    0   0      Aᵀ = 1  1  1  0
//                                          0  1  1  0          1/2  1/2 1/2          0  1 -1 -1
//                                          0 -1  1  0          1/2 -1/2 1/2
//                                          0  1  0 -1          0    0   1
//
// Summed over channels and for many patches, each of the 16 places is a matrix product of its own: patches x
// channels by input x output channels. So place p of a transformed patch goes to plane p. Transforms only add
// and halve, so errors stay near those of a direct sum: below 3e-7 of the sum of magnitudes for 64 channels.
//
// Lavin and Gray, Fast Algorithms for Convolutional Neural Networks (2016).

import { ELEMENT } from '../simd';

/** Places of a transformed patch. */
export const PLACES: i32 = 16;

/** Lines and columns of a patch. */
const PATCH: i32 = 4;

/** An array [n, h, w, c] whose patches are transformed. c is a multiple of 4. */
@unmanaged
export class Image {
  data: usize;
  h: i32;
  w: i32;
  c: i32;
  /** Scratch memory for a patch that reaches beyond the border: 16·c elements. */
  frame: usize;
}

/** Bᵀ d B of the patch of image n that begins at (row, column); place p goes to `to` + p·plane. */
export function transformPatch(image: Image, n: i32, row: i32, column: i32, to: usize, plane: usize): void {
  const pixel = <usize>image.c * ELEMENT;
  let patch = image.data + <usize>((n * image.h + row) * image.w + column) * pixel;
  let line = <usize>image.w * pixel;
  if (row < 0 || column < 0 || row + PATCH > image.h || column + PATCH > image.w) {
    frame(image, n, row, column);
    patch = image.frame;
    line = <usize>PATCH * pixel;
  }
  const lines = plane << 2;
  differences(patch, patch + (line << 1), pixel, to, plane);
  sums(patch + line, patch + (line << 1), pixel, to + lines, plane);
  differences(patch + (line << 1), patch + line, pixel, to + (lines << 1), plane);
  differences(patch + line, patch + line * 3, pixel, to + lines * 3, plane);
}

/** Copies a patch into the frame, with zeros for what lies beyond the image. */
function frame(image: Image, n: i32, row: i32, column: i32): void {
  const pixel = <usize>image.c * ELEMENT;
  let to = image.frame;
  for (let r = row; r < row + PATCH; r++) {
    for (let c = column; c < column + PATCH; c++) {
      if (r < 0 || c < 0 || r >= image.h || c >= image.w) {
        for (let i: usize = 0; i < pixel; i += 16) v128.store(to + i, f32x4.splat(0));
      } else {
        const from = image.data + <usize>((n * image.h + r) * image.w + c) * pixel;
        for (let i: usize = 0; i < pixel; i += 16) v128.store(to + i, v128.load(from + i));
      }
      to += pixel;
    }
  }
}

/** A line of Bᵀ d is a - b, for two lines of the patch; this is the same line of Bᵀ d B. */
function differences(a: usize, b: usize, pixel: usize, to: usize, plane: usize): void {
  for (const end = a + pixel; a < end; a += 16) {
    const d0 = f32x4.sub(v128.load(a), v128.load(b));
    const d1 = f32x4.sub(v128.load(a + pixel), v128.load(b + pixel));
    const d2 = f32x4.sub(v128.load(a + pixel * 2), v128.load(b + pixel * 2));
    const d3 = f32x4.sub(v128.load(a + pixel * 3), v128.load(b + pixel * 3));
    v128.store(to, f32x4.sub(d0, d2));
    v128.store(to + plane, f32x4.add(d1, d2));
    v128.store(to + plane * 2, f32x4.sub(d2, d1));
    v128.store(to + plane * 3, f32x4.sub(d1, d3));
    b += 16;
    to += 16;
  }
}

/** The same for a line a + b. */
function sums(a: usize, b: usize, pixel: usize, to: usize, plane: usize): void {
  for (const end = a + pixel; a < end; a += 16) {
    const d0 = f32x4.add(v128.load(a), v128.load(b));
    const d1 = f32x4.add(v128.load(a + pixel), v128.load(b + pixel));
    const d2 = f32x4.add(v128.load(a + pixel * 2), v128.load(b + pixel * 2));
    const d3 = f32x4.add(v128.load(a + pixel * 3), v128.load(b + pixel * 3));
    v128.store(to, f32x4.sub(d0, d2));
    v128.store(to + plane, f32x4.add(d1, d2));
    v128.store(to + plane * 2, f32x4.sub(d2, d1));
    v128.store(to + plane * 3, f32x4.sub(d1, d3));
    b += 16;
    to += 16;
  }
}

/**
 * Aᵀ m A + bias, but at least `lower`, for 16 channels, whose place p is at m + p·plane: y00, y01 are outputs of
 * the first line, y10, y11 of the second.
 */
export function transformSums(
  m: usize,
  plane: usize,
  bias: usize,
  lower: v128,
  y00: usize,
  y01: usize,
  y10: usize,
  y11: usize,
): void {
  for (let i: usize = 0; i < 64; i += 16) {
    let p = m + i;
    let s = v128.load(p);
    let a = v128.load(p + plane * 4);
    let b = v128.load(p + plane * 8);
    let c = v128.load(p + plane * 12);
    const start = v128.load(bias + i);
    let v00 = f32x4.add(start, f32x4.add(s, f32x4.add(a, b)));
    let v10 = f32x4.add(start, f32x4.sub(f32x4.sub(a, b), c));
    p += plane;
    s = v128.load(p);
    a = v128.load(p + plane * 4);
    b = v128.load(p + plane * 8);
    c = v128.load(p + plane * 12);
    s = f32x4.add(s, f32x4.add(a, b));
    c = f32x4.sub(f32x4.sub(a, b), c);
    v00 = f32x4.add(v00, s);
    v10 = f32x4.add(v10, c);
    let v01 = f32x4.add(start, s);
    let v11 = f32x4.add(start, c);
    p += plane;
    s = v128.load(p);
    a = v128.load(p + plane * 4);
    b = v128.load(p + plane * 8);
    c = v128.load(p + plane * 12);
    s = f32x4.add(s, f32x4.add(a, b));
    c = f32x4.sub(f32x4.sub(a, b), c);
    // pmax(v, lower) keeps NaN.
    v128.store(y00 + i, f32x4.pmax(f32x4.add(v00, s), lower));
    v128.store(y10 + i, f32x4.pmax(f32x4.add(v10, c), lower));
    v01 = f32x4.sub(v01, s);
    v11 = f32x4.sub(v11, c);
    p += plane;
    s = v128.load(p);
    a = v128.load(p + plane * 4);
    b = v128.load(p + plane * 8);
    c = v128.load(p + plane * 12);
    v128.store(y01 + i, f32x4.pmax(f32x4.sub(v01, f32x4.add(s, f32x4.add(a, b))), lower));
    v128.store(y11 + i, f32x4.pmax(f32x4.sub(v11, f32x4.sub(f32x4.sub(a, b), c)), lower));
  }
}

/** A e Aᵀ, the transpose of transformSums, for `channels` (a multiple of 4) at four outputs e. */
export function transformOutputs(
  e00: usize,
  e01: usize,
  e10: usize,
  e11: usize,
  channels: i32,
  to: usize,
  plane: usize,
): void {
  const lines = plane << 2;
  for (const end = e00 + <usize>channels * ELEMENT; e00 < end; e00 += 16) {
    const a = v128.load(e00);
    const b = v128.load(e01);
    const c = v128.load(e10);
    const d = v128.load(e11);
    spread(a, b, to, plane);
    spread(f32x4.add(a, c), f32x4.add(b, d), to + lines, plane);
    spread(f32x4.sub(a, c), f32x4.sub(b, d), to + lines * 2, plane);
    spread(f32x4.neg(c), f32x4.neg(d), to + lines * 3, plane);
    e01 += 16;
    e10 += 16;
    e11 += 16;
    to += 16;
  }
}

/** The line (a, b)·Aᵀ. */
function spread(a: v128, b: v128, to: usize, plane: usize): void {
  v128.store(to, a);
  v128.store(to + plane, f32x4.add(a, b));
  v128.store(to + plane * 2, f32x4.sub(a, b));
  v128.store(to + plane * 3, f32x4.neg(b));
}

/** G g Gᵀ for 4 channels of a filter: tap t is at g + t·tap, place p goes to `to` + p·plane. */
export function transformFilter(g: usize, tap: usize, to: usize, plane: usize): void {
  const half = f32x4.splat(0.5);
  const lines = plane << 2;
  const a0 = v128.load(g);
  const a1 = v128.load(g + tap);
  const a2 = v128.load(g + tap * 2);
  const c0 = v128.load(g + tap * 6);
  const c1 = v128.load(g + tap * 7);
  const c2 = v128.load(g + tap * 8);
  expand(a0, a1, a2, to, plane);
  expand(c0, c1, c2, to + lines * 3, plane);
  const e0 = f32x4.mul(half, f32x4.add(a0, c0));
  const e1 = f32x4.mul(half, f32x4.add(a1, c1));
  const e2 = f32x4.mul(half, f32x4.add(a2, c2));
  const o0 = f32x4.mul(half, v128.load(g + tap * 3));
  const o1 = f32x4.mul(half, v128.load(g + tap * 4));
  const o2 = f32x4.mul(half, v128.load(g + tap * 5));
  expand(f32x4.add(e0, o0), f32x4.add(e1, o1), f32x4.add(e2, o2), to + lines, plane);
  expand(f32x4.sub(e0, o0), f32x4.sub(e1, o1), f32x4.sub(e2, o2), to + lines * 2, plane);
}

/** The line (a, b, c)·Gᵀ. */
function expand(a: v128, b: v128, c: v128, to: usize, plane: usize): void {
  const even = f32x4.mul(f32x4.splat(0.5), f32x4.add(a, c));
  const odd = f32x4.mul(f32x4.splat(0.5), b);
  v128.store(to, a);
  v128.store(to + plane, f32x4.add(even, odd));
  v128.store(to + plane * 2, f32x4.sub(even, odd));
  v128.store(to + plane * 3, c);
}

/**
 * Gᵀ u G, the transpose of transformFilter, for 4 channels: place p is at u + p·plane, which is overwritten;
 * tap t goes to `to` + t·tap.
 */
export function transformFilterSums(u: usize, plane: usize, to: usize, tap: usize): void {
  const half = f32x4.splat(0.5);
  for (let column: usize = 0; column < 4; column++) {
    const at = u + column * plane;
    const a = v128.load(at + plane * 4);
    const b = v128.load(at + plane * 8);
    const even = f32x4.mul(half, f32x4.add(a, b));
    v128.store(at, f32x4.add(v128.load(at), even));
    v128.store(at + plane * 4, f32x4.mul(half, f32x4.sub(a, b)));
    v128.store(at + plane * 8, f32x4.add(v128.load(at + plane * 12), even));
  }
  for (let line: usize = 0; line < 3; line++) {
    const a = v128.load(u + plane);
    const b = v128.load(u + plane * 2);
    const even = f32x4.mul(half, f32x4.add(a, b));
    v128.store(to, f32x4.add(v128.load(u), even));
    v128.store(to + tap, f32x4.mul(half, f32x4.sub(a, b)));
    v128.store(to + tap * 2, f32x4.add(v128.load(u + plane * 3), even));
    u += plane * 4;
    to += tap * 3;
  }
}
