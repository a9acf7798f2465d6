// Rearranging matrices for the micro-kernel: B into panels of 16 columns, and transposed blocks.
//
// Panels: packed[j][k][0..15] = B[k][16j..16j+15], zeros where B has no such column. One row of a panel is
// one cache line, and the micro-kernel reads a panel from front to back.

import { loadTail, storeTail } from '../simd';
import { NR, ROW } from './micro';

/**
 * Rows of B that are packed in one go: reading 64 lines and writing 4 KB keeps both sides in the first-level
 * cache.
 */
const STRIP: i32 = 64;

@unmanaged
export class PackPanelsArgs {
  b: usize;
  packed: usize;
  k: i32;
  n: i32;
  /** Elements from one row of b to the next. */
  ldb: i32;
  /** 1: b is stored [n, k]. */
  transpose: i32;
}

/**
 * Packs B[k, n] into ceil(n / 16) panels of k rows; `packed` takes ceil(n / 16)·16·k elements. Parallel:
 * contiguous shares of the strips of all panels.
 */
export function packPanels(args: PackPanelsArgs, thread: i32, threads: i32): void {
  const strips = (args.k + STRIP - 1) / STRIP;
  const units = ((args.n + NR - 1) / NR) * strips;
  const to = <i32>((<i64>units * (thread + 1)) / threads);
  for (let unit = <i32>((<i64>units * thread) / threads); unit < to; unit++) {
    const panel = unit / strips;
    const k = (unit - panel * strips) * STRIP;
    const target = args.packed + (<usize>panel * args.k + k) * ROW;
    const columns = min(args.n - panel * NR, NR);
    const rows = min(args.k - k, STRIP);
    const stride = (<usize>args.ldb) << 2;
    if (args.transpose) {
      packTransposed(args.b + <usize>panel * NR * stride + ((<usize>k) << 2), stride, target, rows, columns);
    } else {
      packRows(args.b + <usize>k * stride + <usize>panel * ROW, stride, target, rows, columns);
    }
  }
}

/** `rows` rows of one panel from a matrix [rows, columns], columns <= 16. stride: bytes from row to row. */
export function packRows(b: usize, stride: usize, panel: usize, rows: i32, columns: i32): void {
  const end = panel + <usize>rows * ROW;
  if (columns == NR) {
    for (; panel < end; panel += ROW, b += stride) {
      v128.store(panel, v128.load(b));
      v128.store(panel, v128.load(b, 16), 16);
      v128.store(panel, v128.load(b, 32), 32);
      v128.store(panel, v128.load(b, 48), 48);
    }
    return;
  }
  for (; panel < end; panel += ROW, b += stride) copyRow(b, panel, columns);
}

/**
 * `rows` rows of one panel from the transposed matrix [columns, rows], columns <= 16. stride: bytes from
 * column to column.
 */
export function packTransposed(b: usize, stride: usize, panel: usize, rows: i32, columns: i32): void {
  if (columns < NR) memory.fill(panel, 0, <usize>rows * ROW);
  transposeBlock(b, stride, panel, ROW, columns, rows);
}

/** `width` floats (4, 8, ... 16) at y: the first `count` from x, zeros behind them. */
export function copyRow(x: usize, y: usize, count: i32, width: i32 = NR): void {
  const zero = f32x4.splat(0);
  for (let i = 0; i < width; i += 4) {
    const left = count - i;
    v128.store(y, left >= 4 ? v128.load(x) : left > 0 ? loadTail(x, left) : zero);
    x += 16;
    y += 16;
  }
}

/** The first `count` < 16 floats at x to y. Writes nothing past them. */
export function storeRow(x: usize, y: usize, count: i32): void {
  for (; count >= 4; count -= 4) {
    v128.store(y, v128.load(x));
    x += 16;
    y += 16;
  }
  if (count > 0) storeTail(y, v128.load(x), count);
}

/**
 * y[c][r] = x[r][c] for r < rows, c < columns, in squares of 4 x 4 that are turned in registers. xStride,
 * yStride: bytes from row to row. Reads and writes exactly these elements.
 */
export function transposeBlock(x: usize, xStride: usize, y: usize, yStride: usize, rows: i32, columns: i32): void {
  let r = 0;
  for (; r <= rows - 4; r += 4) {
    let from = x;
    let to = y;
    let c = 0;
    for (; c <= columns - 4; c += 4) {
      turn(from, xStride, to, yStride);
      from += 16;
      to += yStride << 2;
    }
    for (; c < columns; c++) {
      for (let i: usize = 0; i < 4; i++) store<f32>(to + (i << 2), load<f32>(from + i * xStride));
      from += 4;
      to += yStride;
    }
    x += xStride << 2;
    y += 16;
  }
  for (; r < rows; r++) {
    let to = y;
    for (let c: usize = 0; c < <usize>columns; c++) {
      store<f32>(to, load<f32>(x + (c << 2)));
      to += yStride;
    }
    x += xStride;
    y += 4;
  }
}

/** Transposes 4 x 4 floats. */
function turn(x: usize, xStride: usize, y: usize, yStride: usize): void {
  const r0 = v128.load(x);
  const r1 = v128.load(x + xStride);
  const r2 = v128.load(x + xStride * 2);
  const r3 = v128.load(x + xStride * 3);
  const a = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
  const b = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
  const c = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
  const d = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
  v128.store(y, v128.shuffle<f32>(a, b, 0, 1, 4, 5));
  v128.store(y + yStride, v128.shuffle<f32>(a, b, 2, 3, 6, 7));
  v128.store(y + yStride * 2, v128.shuffle<f32>(c, d, 0, 1, 4, 5));
  v128.store(y + yStride * 3, v128.shuffle<f32>(c, d, 2, 3, 6, 7));
}
