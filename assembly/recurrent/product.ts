// The matrix product inside a time step: a few rows (a share of the batch) times a matrix that stays the same for all
// steps and is therefore packed once per instruction, into the panels of gemm/pack.ts behind one row of zeros.

import { MR, multiply, NR, ROW } from '../gemm/micro';
import { packRows, packTransposed } from '../gemm/pack';
import { ELEMENT } from '../simd';

/** Rows of a panel in one pass: 256 of 64 bytes take half of the first-level cache. */
const DEPTH: i32 = 256;

/** Bytes of the row of zeros from which sums start, in front of the packed matrices. */
export const ZEROS: usize = ROW;

/** Columns in whole panels: results are written that wide. */
export function paddedColumns(columns: i32): i32 {
  return ((columns + NR - 1) / NR) * NR;
}

/** Bytes of the panels of a matrix of `depth` rows and `columns` columns. */
export function packedBytes(depth: i32, columns: i32): usize {
  return <usize>paddedColumns(columns) * <usize>depth * ELEMENT;
}

/**
 * Packs a matrix [depth, columns], or the transpose of a matrix [columns, depth], with rows `stride` bytes apart. The
 * panels are dealt out to the threads; nobody may use the result before a barrier.
 */
export function pack(
  matrix: usize,
  stride: usize,
  transposed: bool,
  depth: i32,
  columns: i32,
  packed: usize,
  thread: i32,
  threads: i32,
): void {
  for (let panel = thread; panel * NR < columns; panel += threads) {
    const count = min<i32>(NR, columns - panel * NR);
    const target = packed + <usize>panel * <usize>depth * ROW;
    if (transposed) packTransposed(matrix + <usize>(panel * NR) * stride, stride, target, depth, count);
    else packRows(matrix + <usize>panel * ROW, stride, target, depth, count);
  }
}

/**
 * y[r, j] = sum over k < depth of a[r, k] · matrix[k, j], r < rows, j < paddedColumns(columns), 0 in columns of padding.
 * `panels`: from pack(). `zeros`: 16 of them. `aRow`, `yRow`: bytes from one row to the next. y must not overlap a.
 */
export function multiplyRows(
  a: usize,
  aRow: usize,
  panels: usize,
  zeros: usize,
  depth: i32,
  columns: i32,
  y: usize,
  yRow: usize,
  rows: i32,
): void {
  for (let j = 0; j < columns; j += NR) {
    const target = y + <usize>j * ELEMENT;
    for (let from = 0; from < depth; from += DEPTH) {
      const count = min<i32>(DEPTH, depth - from);
      const source = a + <usize>from * ELEMENT;
      for (let r = 0; r < rows; r += MR) {
        // An odd last row is computed twice, which costs less than a second kernel.
        const second = r + 1 < rows ? r + 1 : r;
        const y0 = target + <usize>r * yRow;
        const y1 = target + <usize>second * yRow;
        multiply(
          source + <usize>r * aRow,
          source + <usize>second * aRow,
          <usize>count * ELEMENT,
          0,
          1,
          panels,
          ROW,
          from == 0 ? zeros : y0,
          from == 0 ? zeros : y1,
          y0,
          y1,
        );
      }
      panels += <usize>count * ROW;
    }
  }
}
