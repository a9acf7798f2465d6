// The singular values of upper bidiagonal matrices, by implicit QR steps: with a shift, or without where that keeps small
// values exact. Order, signs and limits are those of LAPACK's sbdsqr, the arithmetic is float64.
// Source: Demmel & Kahan, "Accurate singular values of bidiagonal matrices" (1990); Golub & Van Loan, 8.6.

import { at } from './matrix';
import { COS, exchange, LENGTH, rotate, rotation, SIN } from './rotation';

const EPSILON: f64 = 5.960464477539063e-8; // 2^-24, half a unit in the last place of float32
const TINY: f64 = 2.2250738585072014e-308; // 2^-1022
const DOUBLE_EPSILON: f64 = 1.1102230246251565e-16; // 2^-53
/** Relative size of what counts as 0. */
const TOLERANCE: f64 = 10 * EPSILON;
/** Bounds the work: so often, for each element of the matrix, may an element of e be turned. */
const STEPS: i32 = 6;

/**
 * Makes the n values d, with e above the diagonal, the singular values in descending order, none negative, and turns the
 * first n elements of the columns of u and v along, which are uStride and vStride elements apart. e is used up; turn: 3 float64.
 */
export function diagonalizeBidiagonal(
  d: usize,
  e: usize,
  n: i32,
  u: usize,
  uStride: i32,
  v: usize,
  vStride: i32,
  turn: usize,
): void {
  const limit = negligible(d, e, n);
  let budget = STEPS * n * n;
  let oldFirst = -1;
  let oldLast = -1;
  let down = true;
  for (let last = n - 1; last > 0 && budget > 0; ) {
    // The block from first to last, without zeros in e.
    let first = last;
    let largest = abs(load<f64>(at(d, last)));
    while (first > 0) {
      const off = abs(load<f64>(at(e, first - 1)));
      if (off <= limit) {
        store<f64>(at(e, first - 1), 0);
        break;
      }
      first--;
      largest = max(largest, max(off, abs(load<f64>(at(d, first)))));
    }
    if (first == last) {
      last--;
      continue;
    }
    if (first == last - 1) {
      diagonalizePair(d, e, first, n, u, uStride, v, vStride);
      last -= 2;
      continue;
    }
    // A new block is chased from its larger end to the smaller one.
    if (first > oldLast || last < oldFirst) down = abs(load<f64>(at(d, first))) >= abs(load<f64>(at(d, last)));
    const way = down ? 1 : -1;
    const head = down ? first : last;
    const tail = down ? last : first;
    const smallest = deflate(d, e, head, tail, way);
    if (smallest < 0) continue;
    oldFirst = first;
    oldLast = last;
    budget -= last - first;
    let shift: f64 = 0;
    if (n * TOLERANCE * (smallest / largest) > EPSILON) {
      shift = smallerSingular(
        load<f64>(at(d, tail - way)),
        load<f64>(between(e, tail - way, way)),
        load<f64>(at(d, tail)),
      );
      const ratio = shift / abs(load<f64>(at(d, head)));
      if (ratio * ratio < EPSILON) shift = 0;
    }
    step(d, e, head, tail, way, shift, n, u, uStride, v, vStride, turn);
    const end = between(e, tail - way, way);
    if (abs(load<f64>(end)) <= limit) store<f64>(end, 0);
  }
  for (let i = 0; i < n; i++) {
    if (load<f64>(at(d, i)) >= 0) continue;
    store<f64>(at(d, i), -load<f64>(at(d, i)));
    // Of a matrix with one element, the left vector bears the sign.
    const vector = n == 1 ? u : at(v, i * vStride);
    for (let j = 0; j < n; j++) store<f64>(at(vector, j), -load<f64>(at(vector, j)));
  }
  for (let end = n - 1; end > 0; end--) {
    let smallest = 0;
    for (let i = 1; i <= end; i++) if (load<f64>(at(d, i)) <= load<f64>(at(d, smallest))) smallest = i;
    if (smallest == end) continue;
    exchange(at(d, smallest), at(d, end), 1);
    exchange(at(u, smallest * uStride), at(u, end * uStride), n);
    exchange(at(v, smallest * vStride), at(v, end * vStride), n);
  }
}

/** The place of the element of e between i and i + way. */
function between(e: usize, i: i32, way: i32): usize {
  return at(e, way > 0 ? i : i - 1);
}

/** The size below which an element of e changes no singular value by more than TOLERANCE of it. */
function negligible(d: usize, e: usize, n: i32): f64 {
  let mu = n > 0 ? abs(load<f64>(d)) : 0;
  let smallest = mu;
  for (let i = 1; i < n && smallest != 0; i++) {
    mu = abs(load<f64>(at(d, i))) * (mu / (mu + abs(load<f64>(at(e, i - 1)))));
    smallest = min(smallest, mu);
  }
  return max((TOLERANCE * smallest) / Math.sqrt(<f64>n), STEPS * <f64>n * <f64>n * TINY);
}

/** Sets an element of e to 0 if there is a small one in the block, and returns -1, otherwise a bound below its singular values. */
function deflate(d: usize, e: usize, head: i32, tail: i32, way: i32): f64 {
  const end = between(e, tail - way, way);
  if (abs(load<f64>(end)) <= TOLERANCE * abs(load<f64>(at(d, tail)))) {
    store<f64>(end, 0);
    return -1;
  }
  let mu = abs(load<f64>(at(d, head)));
  let smallest = mu;
  for (let i = head; i != tail; i += way) {
    const here = between(e, i, way);
    const off = abs(load<f64>(here));
    if (off <= TOLERANCE * mu) {
      store<f64>(here, 0);
      return -1;
    }
    mu = abs(load<f64>(at(d, i + way))) * (mu / (mu + off));
    smallest = min(smallest, mu);
  }
  return smallest;
}

/** One implicit QR step from head to tail. Upwards (way -1) it is the step of the transposed matrix, with u and v exchanged. */
function step(
  d: usize,
  e: usize,
  head: i32,
  tail: i32,
  way: i32,
  shift: f64,
  n: i32,
  u: usize,
  uStride: i32,
  v: usize,
  vStride: i32,
  turn: usize,
): void {
  const near = way > 0 ? v : u;
  const nearStride = way > 0 ? vStride : uStride;
  const far = way > 0 ? u : v;
  const farStride = way > 0 ? uStride : vStride;
  const first = load<f64>(at(d, head));
  let f = (abs(first) - shift) * (copysign<f64>(1, first) + shift / first);
  let g = load<f64>(between(e, head, way));
  let c: f64 = 1;
  let oldC: f64 = 1;
  let oldS: f64 = 0;
  for (let i = head; i != tail; i += way) {
    const here = between(e, i, way);
    const next = at(d, i + way);
    if (shift == 0) {
      rotation(load<f64>(at(d, i)) * c, load<f64>(here), turn);
    } else {
      rotation(f, g, turn);
    }
    c = load<f64>(turn, COS);
    const s = load<f64>(turn, SIN);
    const length = load<f64>(turn, LENGTH);
    rotateColumns(near, nearStride, n, i, way, c, s);
    if (shift == 0) {
      if (i != head) store<f64>(between(e, i - way, way), oldS * length);
      rotation(oldC * length, load<f64>(next) * s, turn);
      store<f64>(at(d, i), load<f64>(turn, LENGTH));
      oldC = load<f64>(turn, COS);
      oldS = load<f64>(turn, SIN);
      rotateColumns(far, farStride, n, i, way, oldC, oldS);
      continue;
    }
    if (i != head) store<f64>(between(e, i - way, way), length);
    const own = load<f64>(at(d, i));
    const off = load<f64>(here);
    const turned = c * off - s * own;
    const other = c * load<f64>(next);
    rotation(c * own + s * off, s * load<f64>(next), turn);
    const cosine = load<f64>(turn, COS);
    const sine = load<f64>(turn, SIN);
    store<f64>(at(d, i), load<f64>(turn, LENGTH));
    f = cosine * turned + sine * other;
    store<f64>(here, f);
    store<f64>(next, cosine * other - sine * turned);
    if (i + way != tail) {
      const after = between(e, i + way, way);
      g = sine * load<f64>(after);
      store<f64>(after, cosine * load<f64>(after));
    }
    rotateColumns(far, farStride, n, i, way, cosine, sine);
  }
  if (shift == 0) {
    const h = load<f64>(at(d, tail)) * c;
    store<f64>(at(d, tail), h * oldC);
    store<f64>(between(e, tail - way, way), h * oldS);
  }
}

/** Rotates columns i and i + way. */
function rotateColumns(z: usize, stride: i32, n: i32, i: i32, way: i32, c: f64, s: f64): void {
  rotate(at(z, i * stride), at(z, (i + way) * stride), n, c, s);
}

/** The smaller singular value of [f g; 0 h]. */
function smallerSingular(f: f64, g: f64, h: f64): f64 {
  const low = min(abs(f), abs(h));
  const high = max(abs(f), abs(h));
  const off = abs(g);
  if (low == 0) return 0;
  const near = 1 + low / high;
  const apart = (high - low) / high;
  if (off < high) {
    const square = (off / high) * (off / high);
    return low * (2 / (Math.sqrt(near * near + square) + Math.sqrt(apart * apart + square)));
  }
  const ratio = high / off;
  const a = near * ratio;
  const b = apart * ratio;
  return ((low * ratio) / (Math.sqrt(1 + a * a) + Math.sqrt(1 + b * b))) * 2;
}

/** Diagonalizes [f g; 0 h] at d[i], the larger magnitude first, and rotates both pairs of vectors. */
function diagonalizePair(d: usize, e: usize, i: i32, n: i32, u: usize, uStride: i32, v: usize, vStride: i32): void {
  const f = load<f64>(at(d, i));
  const g = load<f64>(at(e, i));
  const h = load<f64>(at(d, i + 1));
  // Seen from the larger diagonal element: exchanging both exchanges left and right.
  const exchanged = abs(h) > abs(f);
  const large = exchanged ? h : f;
  const small = exchanged ? f : h;
  let minimum = abs(small);
  let maximum = abs(large);
  let leftCos: f64 = 1;
  let leftSin: f64 = 0;
  let rightCos: f64 = 1;
  let rightSin: f64 = 0;
  if (abs(large) < DOUBLE_EPSILON * abs(g)) {
    minimum *= maximum / abs(g);
    maximum = abs(g);
    leftSin = small / g;
    rightCos = large / g;
    rightSin = 1;
  } else if (g != 0) {
    const gap = maximum - minimum;
    const l = gap == maximum ? 1 : gap / maximum;
    const m = g / large;
    const t = 2 - l;
    const mm = m * m;
    const s = Math.sqrt(t * t + mm);
    const r = l == 0 ? abs(m) : Math.sqrt(l * l + mm);
    const a = 0.5 * (s + r);
    minimum /= a;
    maximum *= a;
    let tangent: f64;
    if (mm != 0) tangent = (m / (s + t) + m / (r + l)) * (1 + a);
    else if (l == 0) tangent = copysign<f64>(2, large) * copysign<f64>(1, g);
    else tangent = g / copysign<f64>(gap, large) + m / t;
    const root = Math.sqrt(tangent * tangent + 4);
    rightCos = 2 / root;
    rightSin = tangent / root;
    leftCos = (rightCos + rightSin * m) / a;
    leftSin = ((small / large) * rightSin) / a;
  }
  const cosLeft = exchanged ? rightSin : leftCos;
  const sinLeft = exchanged ? rightCos : leftSin;
  const cosRight = exchanged ? leftSin : rightCos;
  const sinRight = exchanged ? leftCos : rightSin;
  // Signs from the largest of the three elements, whose products do not vanish.
  let sign: f64;
  if (abs(g) > abs(large)) sign = copysign<f64>(1, sinRight) * copysign<f64>(1, cosLeft) * copysign<f64>(1, g);
  else if (exchanged) sign = copysign<f64>(1, sinRight) * copysign<f64>(1, sinLeft) * copysign<f64>(1, h);
  else sign = copysign<f64>(1, cosRight) * copysign<f64>(1, cosLeft) * copysign<f64>(1, f);
  store<f64>(at(d, i), copysign<f64>(maximum, sign));
  store<f64>(at(d, i + 1), copysign<f64>(minimum, sign * copysign<f64>(1, f) * copysign<f64>(1, h)));
  store<f64>(at(e, i), 0);
  rotateColumns(v, vStride, n, i, 1, cosRight, sinRight);
  rotateColumns(u, uStride, n, i, 1, cosLeft, sinLeft);
}
