// The one place where products are multiplied out: a tile of MR x NR sums, kept in registers over a run of k.
//
// 2 x 16 is the tile that V8's register allocator handles well in all its versions: 8 accumulators, 2
// broadcasts of A and one vector of B stay below the 15 registers it has, where 6 x 8 or a loop unrolled by
// hand spills. The rows of A are read where they lie, without packing: a row is `runs` stretches of `run`
// bytes, `jump` bytes apart, which is what a row of a matrix is (one stretch), and what an image patch is
// (one stretch for each line of the filter).

import { fma } from '../simd';

/** Rows and columns of the micro-kernel's tile. */
export const MR: i32 = 2;
export const NR: i32 = 16;

/** Bytes of a row of the tile. */
export const ROW: usize = 64;

/**
 * c0[j] = x0[j] + sum over k of a0[k]·b[k][j],  c1[j] = x1[j] + sum over k of a1[k]·b[k][j],  j < 16.
 * a0, a1: two rows of A, at least one element each. b: rows of 16 columns, `step` bytes apart. x may equal c.
 */
export function multiply(
  a0: usize,
  a1: usize,
  run: usize,
  jump: usize,
  runs: i32,
  b: usize,
  step: usize,
  x0: usize,
  x1: usize,
  c0: usize,
  c1: usize,
): void {
  let c00 = v128.load(x0);
  let c01 = v128.load(x0, 16);
  let c02 = v128.load(x0, 32);
  let c03 = v128.load(x0, 48);
  let c10 = v128.load(x1);
  let c11 = v128.load(x1, 16);
  let c12 = v128.load(x1, 32);
  let c13 = v128.load(x1, 48);
  for (;;) {
    const end = a0 + run;
    do {
      const p = v128.load32_splat(a0);
      const q = v128.load32_splat(a1);
      let v = v128.load(b);
      c00 = fma(p, v, c00);
      c10 = fma(q, v, c10);
      v = v128.load(b, 16);
      c01 = fma(p, v, c01);
      c11 = fma(q, v, c11);
      v = v128.load(b, 32);
      c02 = fma(p, v, c02);
      c12 = fma(q, v, c12);
      v = v128.load(b, 48);
      c03 = fma(p, v, c03);
      c13 = fma(q, v, c13);
      a0 += 4;
      a1 += 4;
      b += step;
    } while (a0 < end);
    if (--runs == 0) break;
    a0 += jump;
    a1 += jump;
  }
  v128.store(c0, c00);
  v128.store(c0, c01, 16);
  v128.store(c0, c02, 32);
  v128.store(c0, c03, 48);
  v128.store(c1, c10);
  v128.store(c1, c11, 16);
  v128.store(c1, c12, 32);
  v128.store(c1, c13, 48);
}

/**
 * c0[j] += sum over k of a[k][0]·b[k][j],  c1[j] += sum over k of a[k][1]·b[k][j],  j < 16: two columns of A,
 * which lie next to each other in rows that are `step` bytes apart. b: rows of 16 columns up to `end`, at least
 * one. c: two rows of 16.
 */
export function multiplyColumns(a: usize, step: usize, b: usize, end: usize, c: usize): void {
  let c00 = v128.load(c);
  let c01 = v128.load(c, 16);
  let c02 = v128.load(c, 32);
  let c03 = v128.load(c, 48);
  let c10 = v128.load(c, 64);
  let c11 = v128.load(c, 80);
  let c12 = v128.load(c, 96);
  let c13 = v128.load(c, 112);
  do {
    const p = v128.load32_splat(a);
    const q = v128.load32_splat(a, 4);
    let v = v128.load(b);
    c00 = fma(p, v, c00);
    c10 = fma(q, v, c10);
    v = v128.load(b, 16);
    c01 = fma(p, v, c01);
    c11 = fma(q, v, c11);
    v = v128.load(b, 32);
    c02 = fma(p, v, c02);
    c12 = fma(q, v, c12);
    v = v128.load(b, 48);
    c03 = fma(p, v, c03);
    c13 = fma(q, v, c13);
    a += step;
    b += ROW;
  } while (b < end);
  v128.store(c, c00);
  v128.store(c, c01, 16);
  v128.store(c, c02, 32);
  v128.store(c, c03, 48);
  v128.store(c, c10, 64);
  v128.store(c, c11, 80);
  v128.store(c, c12, 96);
  v128.store(c, c13, 112);
}
