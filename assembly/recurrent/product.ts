// The matrix product inside a time step: a few rows (a share of the batch) times a matrix that stays the same for
// all steps and is therefore packed once per instruction.
//
// Packed layout: panels of 16 columns, each panel [k][16], the last one filled up with zero columns. The tile is 2 rows
// by 16 columns: 8 accumulators, 4 loads and 2 splats are what V8 keeps in registers in every build (4 x 8 spills in
// some), and with 2 rows the left operand needs no packing.

import { ELEMENT, fma } from '../simd';

/** Columns of a panel. Results are written in whole panels: rows of the output need room for `panels` x 16 floats. */
export const PANEL: i32 = 16;

/** Depth of one pass over a panel: 256 x 16 floats take half of the first-level cache. */
const DEPTH: i32 = 256;

export function panelsOf(columns: i32): i32 {
  return (columns + PANEL - 1) / PANEL;
}

/** Bytes of a packed matrix of `depth` rows and `columns` columns. */
export function packedBytes(depth: i32, columns: i32): usize {
  return <usize>(panelsOf(columns) * PANEL) * <usize>depth * ELEMENT;
}

/**
 * Packs the matrix whose element (k, j) lies at matrix + 4 (k·down + j·across), k < depth, j < columns. The panels are
 * dealt out to the threads; nobody may use the result before a barrier.
 */
export function pack(
  matrix: usize, down: i32, across: i32, depth: i32, columns: i32, packed: usize, thread: i32, threads: i32,
): void {
  const panels = panelsOf(columns);
  for (let panel = thread; panel < panels; panel += threads) {
    const count = min<i32>(PANEL, columns - panel * PANEL);
    const source = matrix + <usize>(panel * PANEL) * <usize>across * ELEMENT;
    const target = packed + <usize>panel * <usize>(depth * PANEL) * ELEMENT;
    for (let k = 0; k < depth; k++) {
      let from = source + <usize>k * <usize>down * ELEMENT;
      let to = target + <usize>(k * PANEL) * ELEMENT;
      for (let j = 0; j < PANEL; j++) {
        store<f32>(to, j < count ? load<f32>(from) : 0);
        from += <usize>across * ELEMENT;
        to += ELEMENT;
      }
    }
  }
}

/**
 * y[r, j] = sum over k < depth of a[r, k] · matrix[k, j], r < rows, j < panels x 16 (columns of padding get 0).
 * `packed`: from pack(). `aRow`, `yRow`: bytes from one row to the next. y must not overlap a.
 */
export function multiply(
  a: usize, aRow: usize, packed: usize, depth: i32, columns: i32, y: usize, yRow: usize, rows: i32,
): void {
  const panels = panelsOf(columns);
  for (let panel = 0; panel < panels; panel++) {
    const target = y + <usize>(panel * PANEL) * ELEMENT;
    for (let from = 0; from < depth; from += DEPTH) {
      const count = min<i32>(DEPTH, depth - from);
      const source = a + <usize>from * ELEMENT;
      for (let r = 0; r < rows; r += 2) {
        // An odd last row is computed twice, which costs less than a second tile.
        const second = r + 1 < rows ? r + 1 : r;
        tile(
          source + <usize>r * aRow, source + <usize>second * aRow, packed, count,
          target + <usize>r * yRow, target + <usize>second * yRow, from > 0,
        );
      }
      packed += <usize>(count * PANEL) * ELEMENT;
    }
  }
}

/** One 2 x 16 tile, y = a·b or y += a·b. Small and not inlined, so that V8 allocates its registers well. */
function tile(a0: usize, a1: usize, b: usize, depth: i32, y0: usize, y1: usize, accumulate: bool): void {
  let c00 = f32x4.splat(0);
  let c01 = c00;
  let c02 = c00;
  let c03 = c00;
  let c10 = c00;
  let c11 = c00;
  let c12 = c00;
  let c13 = c00;
  if (accumulate) {
    c00 = v128.load(y0);
    c01 = v128.load(y0, 16);
    c02 = v128.load(y0, 32);
    c03 = v128.load(y0, 48);
    c10 = v128.load(y1);
    c11 = v128.load(y1, 16);
    c12 = v128.load(y1, 32);
    c13 = v128.load(y1, 48);
  }
  for (let k = 0; k < depth; k++) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const b2 = v128.load(b, 32);
    const b3 = v128.load(b, 48);
    const s0 = v128.load32_splat(a0);
    c00 = fma(s0, b0, c00);
    c01 = fma(s0, b1, c01);
    c02 = fma(s0, b2, c02);
    c03 = fma(s0, b3, c03);
    const s1 = v128.load32_splat(a1);
    c10 = fma(s1, b0, c10);
    c11 = fma(s1, b1, c11);
    c12 = fma(s1, b2, c12);
    c13 = fma(s1, b3, c13);
    a0 += ELEMENT;
    a1 += ELEMENT;
    b += 64;
  }
  v128.store(y0, c00);
  v128.store(y0, c01, 16);
  v128.store(y0, c02, 32);
  v128.store(y0, c03, 48);
  v128.store(y1, c10);
  v128.store(y1, c11, 16);
  v128.store(y1, c12, 32);
  v128.store(y1, c13, 48);
}
