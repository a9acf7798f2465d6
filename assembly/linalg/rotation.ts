// Givens rotations. Source: Golub & Van Loan, Matrix Computations (4th ed.), 5.1.8; signs as in LAPACK.

import { at, DOUBLE } from './matrix';

/** Where a rotation is put: cosine, sine, and the length of the vector that it turned. */
export const COS: usize = 0;
export const SIN: usize = 8;
export const LENGTH: usize = 16;

/** The rotation with [c s; -s c]·[f; g] = [r; 0], c not negative, to `to`. */
export function rotation(f: f64, g: f64, to: usize): void {
  let c: f64 = 1;
  let s: f64 = 0;
  let r = f;
  if (g != 0) {
    if (f == 0) {
      c = 0;
      s = copysign<f64>(1, g);
      r = abs(g);
    } else {
      const length = Math.sqrt(f * f + g * g);
      c = abs(f) / length;
      r = copysign<f64>(length, f);
      s = g / r;
    }
  }
  store<f64>(to, c, COS);
  store<f64>(to, s, SIN);
  store<f64>(to, r, LENGTH);
}

/** [x, y] = [c·x + s·y, c·y - s·x] for two vectors of n elements. */
export function rotate(x: usize, y: usize, n: i32, c: f64, s: f64): void {
  const end = <usize>(n & ~1) * DOUBLE;
  const cosines = f64x2.splat(c);
  const sines = f64x2.splat(s);
  for (let i: usize = 0; i < end; i += 16) {
    const a = v128.load(x + i);
    const b = v128.load(y + i);
    v128.store(x + i, f64x2.add(f64x2.mul(cosines, a), f64x2.mul(sines, b)));
    v128.store(y + i, f64x2.sub(f64x2.mul(cosines, b), f64x2.mul(sines, a)));
  }
  if (n & 1) {
    const a = load<f64>(x + end);
    const b = load<f64>(y + end);
    store<f64>(x + end, c * a + s * b);
    store<f64>(y + end, c * b - s * a);
  }
}

/** Exchanges n elements at p with those at q. */
export function exchange(p: usize, q: usize, n: i32): void {
  for (let i = 0; i < n; i++) {
    const value = load<f64>(at(p, i));
    store<f64>(at(p, i), load<f64>(at(q, i)));
    store<f64>(at(q, i), value);
  }
}
