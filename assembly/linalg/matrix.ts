// Matrices in memory: float32 by rows outside, float64 by columns inside of the kernels, so that a column is one piece.

import { ELEMENT } from '../simd';

export const DOUBLE: usize = 8;

/** The place of element i of float64s. */
export function at(p: usize, i: i32): usize {
  return p + <usize>i * DOUBLE;
}

/**
 * Copies x [m, n] to `to`, by columns: [n, m], or (`byRows`) as it is, which makes it the transposed matrix by columns.
 * Returns whether all elements are finite.
 */
export function loadMatrix(x: usize, to: usize, m: i32, n: i32, byRows: bool): bool {
  let check: f64 = 0;
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      const value = <f64>load<f32>(x + <usize>(i * n + j) * ELEMENT);
      check += value * 0;
      store<f64>(at(to, byRows ? i * n + j : j * m + i), value);
    }
  }
  return check == 0;
}

/** Writes the first n columns of `from`, of m elements each, to y: [m, n], or [n, m] if `transpose`. */
export function storeMatrix(from: usize, y: usize, m: i32, n: i32, transpose: bool): void {
  for (let j = 0; j < n; j++) {
    for (let i = 0; i < m; i++) {
      store<f32>(y + <usize>(transpose ? j * m + i : i * n + j) * ELEMENT, <f32>load<f64>(at(from, j * m + i)));
    }
  }
}

/** n columns of m elements with ones on the diagonal. */
export function identity(to: usize, m: i32, n: i32): void {
  memory.fill(to, 0, <usize>(m * n) * DOUBLE);
  for (let i = 0, end = min(m, n); i < end; i++) store<f64>(at(to, i * m + i), 1);
}

/** n float32 NaNs, the answer where x is not finite. */
export function fillNaN(y: usize, n: i32): void {
  for (let i = 0; i < n; i++) store<f32>(y + <usize>i * ELEMENT, <f32>NaN);
}
