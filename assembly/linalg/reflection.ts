// Householder reflections H = I - tau·v·vᵀ with v₀ = 1. Signs as in LAPACK: the element that stays gets the sign that it had
// not, and a vector whose other elements are zeros already stays as it is (tau = 0).
// Source: Golub & Van Loan, Matrix Computations (4th ed.), 5.1.

import { at } from './matrix';

/**
 * The reflection that makes all but the first of n elements zero. Leaves in p[0] what the first one becomes and in the others
 * v. Elements are `stride` apart. Returns tau.
 */
export function householder(p: usize, stride: i32, n: i32): f64 {
  let square: f64 = 0;
  for (let i = 1; i < n; i++) {
    const value = load<f64>(at(p, i * stride));
    square += value * value;
  }
  if (square == 0) return 0;
  const head = load<f64>(p);
  const norm = -copysign<f64>(Math.sqrt(head * head + square), head);
  const factor = 1 / (head - norm);
  for (let i = 1; i < n; i++) {
    const element = at(p, i * stride);
    store<f64>(element, load<f64>(element) * factor);
  }
  store<f64>(p, norm);
  return (norm - head) / norm;
}

/**
 * a = H·a for `count` columns of n elements; `along` and `across` are the distances between elements of a column and
 * between columns. Exchanged they make it a = a·H. v[0], which holds something else, counts as 1.
 */
export function reflect(v: usize, stride: i32, n: i32, tau: f64, a: usize, along: i32, across: i32, count: i32): void {
  if (tau == 0) return;
  for (let j = 0; j < count; j++) {
    const column = at(a, j * across);
    let sum = load<f64>(column);
    for (let i = 1; i < n; i++) sum += load<f64>(at(v, i * stride)) * load<f64>(at(column, i * along));
    sum *= tau;
    store<f64>(column, load<f64>(column) - sum);
    for (let i = 1; i < n; i++) {
      const element = at(column, i * along);
      store<f64>(element, load<f64>(element) - sum * load<f64>(at(v, i * stride)));
    }
  }
}

/**
 * Makes the columns of a [m, n] (by columns) an upper triangle, one reflection after the other: v below the diagonal,
 * taus [min(m, n)].
 */
export function triangularize(a: usize, m: i32, n: i32, taus: usize): void {
  for (let j = 0, end = min(m, n); j < end; j++) {
    const v = at(a, j * m + j);
    const tau = householder(v, 1, m - j);
    store<f64>(at(taus, j), tau);
    reflect(v, 1, m - j, tau, at(v, m), 1, m, n - j - 1);
  }
}

/**
 * q = H₀·H₁·…·q for the `count` reflections that `triangularize` left in a's columns of m elements. q: `columns` columns,
 * `stride` elements apart.
 */
export function applyReflections(a: usize, m: i32, count: i32, taus: usize, q: usize, stride: i32, columns: i32): void {
  for (let j = count - 1; j >= 0; j--) {
    reflect(at(a, j * m + j), 1, m - j, load<f64>(at(taus, j)), at(q, j), 1, stride, columns);
  }
}
