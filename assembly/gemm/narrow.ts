// Micro-kernels for a last panel of at most 8 columns: other shapes of tile, so that fewer products are
// wasted on columns that do not exist. 6 x 4 and 4 x 8 keep the registers as busy as 2 x 16 does; see
// micro.ts for the arguments.

import { fma } from '../simd';

/** Rows of both tiles. */
export const ROWS_BY_4: i32 = 6;
export const ROWS_BY_8: i32 = 4;

/**
 * sums[i][j] += sum over k of a[i][k]·b[k][j] for 6 rows and 4 columns. rows: a table of 6 addresses,
 * `offset` bytes in front of the rows. sums: rows of 16 bytes.
 */
export function multiplyBy4(
  rows: usize,
  offset: usize,
  run: usize,
  jump: usize,
  runs: i32,
  b: usize,
  step: usize,
  sums: usize,
): void {
  let a0 = <usize>load<u32>(rows) + offset;
  let a1 = <usize>load<u32>(rows, 4) + offset;
  let a2 = <usize>load<u32>(rows, 8) + offset;
  let a3 = <usize>load<u32>(rows, 12) + offset;
  let a4 = <usize>load<u32>(rows, 16) + offset;
  let a5 = <usize>load<u32>(rows, 20) + offset;
  let c0 = v128.load(sums);
  let c1 = v128.load(sums, 16);
  let c2 = v128.load(sums, 32);
  let c3 = v128.load(sums, 48);
  let c4 = v128.load(sums, 64);
  let c5 = v128.load(sums, 80);
  for (;;) {
    const end = a0 + run;
    do {
      const v = v128.load(b);
      c0 = fma(v128.load32_splat(a0), v, c0);
      c1 = fma(v128.load32_splat(a1), v, c1);
      c2 = fma(v128.load32_splat(a2), v, c2);
      c3 = fma(v128.load32_splat(a3), v, c3);
      c4 = fma(v128.load32_splat(a4), v, c4);
      c5 = fma(v128.load32_splat(a5), v, c5);
      a0 += 4;
      a1 += 4;
      a2 += 4;
      a3 += 4;
      a4 += 4;
      a5 += 4;
      b += step;
    } while (a0 < end);
    if (--runs == 0) break;
    a0 += jump;
    a1 += jump;
    a2 += jump;
    a3 += jump;
    a4 += jump;
    a5 += jump;
  }
  v128.store(sums, c0);
  v128.store(sums, c1, 16);
  v128.store(sums, c2, 32);
  v128.store(sums, c3, 48);
  v128.store(sums, c4, 64);
  v128.store(sums, c5, 80);
}

/** The same for 4 rows and 8 columns. sums: rows of 32 bytes. */
export function multiplyBy8(
  rows: usize,
  offset: usize,
  run: usize,
  jump: usize,
  runs: i32,
  b: usize,
  step: usize,
  sums: usize,
): void {
  let a0 = <usize>load<u32>(rows) + offset;
  let a1 = <usize>load<u32>(rows, 4) + offset;
  let a2 = <usize>load<u32>(rows, 8) + offset;
  let a3 = <usize>load<u32>(rows, 12) + offset;
  let c00 = v128.load(sums);
  let c01 = v128.load(sums, 16);
  let c10 = v128.load(sums, 32);
  let c11 = v128.load(sums, 48);
  let c20 = v128.load(sums, 64);
  let c21 = v128.load(sums, 80);
  let c30 = v128.load(sums, 96);
  let c31 = v128.load(sums, 112);
  for (;;) {
    const end = a0 + run;
    do {
      const v = v128.load(b);
      const w = v128.load(b, 16);
      let p = v128.load32_splat(a0);
      c00 = fma(p, v, c00);
      c01 = fma(p, w, c01);
      p = v128.load32_splat(a1);
      c10 = fma(p, v, c10);
      c11 = fma(p, w, c11);
      p = v128.load32_splat(a2);
      c20 = fma(p, v, c20);
      c21 = fma(p, w, c21);
      p = v128.load32_splat(a3);
      c30 = fma(p, v, c30);
      c31 = fma(p, w, c31);
      a0 += 4;
      a1 += 4;
      a2 += 4;
      a3 += 4;
      b += step;
    } while (a0 < end);
    if (--runs == 0) break;
    a0 += jump;
    a1 += jump;
    a2 += jump;
    a3 += jump;
  }
  v128.store(sums, c00);
  v128.store(sums, c01, 16);
  v128.store(sums, c10, 32);
  v128.store(sums, c11, 48);
  v128.store(sums, c20, 64);
  v128.store(sums, c21, 80);
  v128.store(sums, c30, 96);
  v128.store(sums, c31, 112);
}
