// Gate activations over rows of floats: y = f(x + z), y = f(x) and d · f', and one vector at a time inside the backward
// loop of the LSTM. All of them have a derivative that is a function of the output y alone, so the backward passes need
// no pre-activations.

import { ELEMENT, fma, loadTail, storeTail } from '../simd';

/** Numbers of the activations that the recurrent kernels know. */
const SIGMOID: i32 = 1;
const TANH: i32 = 2;
const HARD_SIGMOID: i32 = 3;
const RELU: i32 = 4;

@unmanaged
abstract class Activation {
  abstract value(x: v128): v128;
  /** f'(x) as a function of y = f(x). */
  abstract slope(y: v128): v128;
}

/** f(x) = x. */
@unmanaged
class Linear extends Activation {
  value(x: v128): v128 {
    return x;
  }
  slope(y: v128): v128 {
    return f32x4.splat(1);
  }
}

/** f(x) = 1 / (1 + exp(-x)) = (1 + tanh(x / 2)) / 2, f' = y (1 - y). */
@unmanaged
class Sigmoid extends Activation {
  value(x: v128): v128 {
    const half = f32x4.splat(0.5);
    return fma(half, rationalTanh(f32x4.mul(half, x)), half);
  }
  slope(y: v128): v128 {
    return f32x4.mul(y, f32x4.sub(f32x4.splat(1), y));
  }
}

/** f' = 1 - y². */
@unmanaged
class Tanh extends Activation {
  value(x: v128): v128 {
    return rationalTanh(x);
  }
  slope(y: v128): v128 {
    return f32x4.sub(f32x4.splat(1), f32x4.mul(y, y));
  }
}

/** f(x) = relu6(x + 3) / 6, f' = 1/6 where 0 < y < 1. */
@unmanaged
class HardSigmoid extends Activation {
  value(x: v128): v128 {
    const scaled = f32x4.mul(f32x4.add(x, f32x4.splat(3)), f32x4.splat(1.0 / 6.0));
    return f32x4.min(f32x4.max(scaled, f32x4.splat(0)), f32x4.splat(1));
  }
  slope(y: v128): v128 {
    const inside = v128.and(f32x4.gt(y, f32x4.splat(0)), f32x4.lt(y, f32x4.splat(1)));
    return v128.and(inside, f32x4.splat(1.0 / 6.0));
  }
}

/** f(x) = max(x, 0), f' = 1 where y > 0. */
@unmanaged
class Relu extends Activation {
  value(x: v128): v128 {
    return f32x4.max(x, f32x4.splat(0));
  }
  slope(y: v128): v128 {
    return v128.and(f32x4.gt(y, f32x4.splat(0)), f32x4.splat(1));
  }
}

/**
 * tanh(x) to an absolute error of 3e-7, NaN for NaN: x P(x²) / Q(x²), the minimax quotient of Eigen's ptanh_float. A third
 * of the price of an exponential with a division, and gates do not ask for the relative precision in their tails.
 */
function rationalTanh(x: v128): v128 {
  // Beyond the limit the result is 1 to float precision. pmin and pmax keep their first operand if it is NaN.
  const a = f32x4.pmax(f32x4.pmin(x, f32x4.splat(7.905311)), f32x4.splat(-7.905311));
  const s = f32x4.mul(a, a);
  let p = fma(s, f32x4.splat(-2.76076847742355e-16), f32x4.splat(2.00018790482477e-13));
  p = fma(s, p, f32x4.splat(-8.60467152213735e-11));
  p = fma(s, p, f32x4.splat(5.12229709037114e-8));
  p = fma(s, p, f32x4.splat(1.48572235717979e-5));
  p = fma(s, p, f32x4.splat(6.37261928875436e-4));
  p = fma(s, p, f32x4.splat(4.89352455891786e-3));
  let q = fma(s, f32x4.splat(1.19825839466702e-6), f32x4.splat(1.18534705686654e-4));
  q = fma(s, q, f32x4.splat(2.268434632439e-3));
  q = fma(s, q, f32x4.splat(4.89352518554385e-3));
  return f32x4.div(f32x4.mul(a, p), q);
}

/**
 * What the backward loop of a gated cell needs of its two activations: `gate` is the recurrent one, `act` the other. A type
 * parameter, so that the usual pair is compiled into the loop.
 */
@unmanaged
export abstract class GatePair {
  abstract act(kind: i32, x: v128): v128;
  abstract actSlope(kind: i32, y: v128): v128;
  abstract gateSlope(kind: i32, y: v128): v128;
}

/** Sigmoid gates and tanh: the defaults, whatever the kinds say. */
@unmanaged
export class UsualPair extends GatePair {
  act(kind: i32, x: v128): v128 {
    return changetype<Tanh>(0).value(x);
  }
  actSlope(kind: i32, y: v128): v128 {
    return changetype<Tanh>(0).slope(y);
  }
  gateSlope(kind: i32, y: v128): v128 {
    return changetype<Sigmoid>(0).slope(y);
  }
}

/** Any two activations, looked up for every vector. */
@unmanaged
export class AnyPair extends GatePair {
  act(kind: i32, x: v128): v128 {
    return valueOf(kind, x);
  }
  actSlope(kind: i32, y: v128): v128 {
    return slopeOf(kind, y);
  }
  gateSlope(kind: i32, y: v128): v128 {
    return slopeOf(kind, y);
  }
}

export function isUsualPair(activation: i32, recurrentActivation: i32): bool {
  return activation == TANH && recurrentActivation == SIGMOID;
}

function valueOf(kind: i32, x: v128): v128 {
  if (kind == SIGMOID) return changetype<Sigmoid>(0).value(x);
  if (kind == TANH) return changetype<Tanh>(0).value(x);
  if (kind == HARD_SIGMOID) return changetype<HardSigmoid>(0).value(x);
  return kind == RELU ? changetype<Relu>(0).value(x) : x;
}

function slopeOf(kind: i32, y: v128): v128 {
  if (kind == SIGMOID) return changetype<Sigmoid>(0).slope(y);
  if (kind == TANH) return changetype<Tanh>(0).slope(y);
  if (kind == HARD_SIGMOID) return changetype<HardSigmoid>(0).slope(y);
  return kind == RELU ? changetype<Relu>(0).slope(y) : f32x4.splat(1);
}

/** y[i] = f(x[i] + z[i]), i < n. y may equal x or z. */
export function activateSum(kind: i32, x: usize, z: usize, y: usize, n: i32): void {
  if (kind == SIGMOID) activateSumBy<Sigmoid>(x, z, y, n);
  else if (kind == TANH) activateSumBy<Tanh>(x, z, y, n);
  else if (kind == HARD_SIGMOID) activateSumBy<HardSigmoid>(x, z, y, n);
  else if (kind == RELU) activateSumBy<Relu>(x, z, y, n);
  else activateSumBy<Linear>(x, z, y, n);
}

/** y[i] = f(x[i]), i < n. y may equal x. */
export function activate(kind: i32, x: usize, y: usize, n: i32): void {
  if (kind == SIGMOID) activateBy<Sigmoid>(x, y, n);
  else if (kind == TANH) activateBy<Tanh>(x, y, n);
  else if (kind == HARD_SIGMOID) activateBy<HardSigmoid>(x, y, n);
  else if (kind == RELU) activateBy<Relu>(x, y, n);
  else activateBy<Linear>(x, y, n);
}

/** d[i] = d[i] · f', i < n, with f' taken from the output y[i]. */
export function timesSlope(kind: i32, y: usize, d: usize, n: i32): void {
  if (kind == SIGMOID) timesSlopeBy<Sigmoid>(y, d, n);
  else if (kind == TANH) timesSlopeBy<Tanh>(y, d, n);
  else if (kind == HARD_SIGMOID) timesSlopeBy<HardSigmoid>(y, d, n);
  else if (kind == RELU) timesSlopeBy<Relu>(y, d, n);
}

function activateSumBy<A extends Activation>(x: usize, z: usize, y: usize, n: i32): void {
  for (let i = 0; i < n; i += 4) {
    const sum = f32x4.add(loadSome(x, n - i), loadSome(z, n - i));
    storeSome(y, changetype<A>(0).value(sum), n - i);
    x += 16;
    z += 16;
    y += 16;
  }
}

function activateBy<A extends Activation>(x: usize, y: usize, n: i32): void {
  for (let i = 0; i < n; i += 4) {
    storeSome(y, changetype<A>(0).value(loadSome(x, n - i)), n - i);
    x += 16;
    y += 16;
  }
}

function timesSlopeBy<A extends Activation>(y: usize, d: usize, n: i32): void {
  for (let i = 0; i < n; i += 4) {
    storeSome(d, f32x4.mul(loadSome(d, n - i), changetype<A>(0).slope(loadSome(y, n - i))), n - i);
    y += 16;
    d += 16;
  }
}

/** y[i] = a[i] · b[i], i < n. y may equal a or b. */
export function product(a: usize, b: usize, y: usize, n: i32): void {
  for (let i = 0; i < n; i += 4) {
    storeSome(y, f32x4.mul(loadSome(a, n - i), loadSome(b, n - i)), n - i);
    a += 16;
    b += 16;
    y += 16;
  }
}

/** y[i] += x[i], i < n. */
export function accumulate(x: usize, y: usize, n: i32): void {
  for (let i = 0; i < n; i += 4) {
    storeSome(y, f32x4.add(loadSome(y, n - i), loadSome(x, n - i)), n - i);
    x += 16;
    y += 16;
  }
}

/** y[i] += a[i] · b[i], i < n. */
export function accumulateProduct(a: usize, b: usize, y: usize, n: i32): void {
  for (let i = 0; i < n; i += 4) {
    const sum = f32x4.add(loadSome(y, n - i), f32x4.mul(loadSome(a, n - i), loadSome(b, n - i)));
    storeSome(y, sum, n - i);
    a += 16;
    b += 16;
    y += 16;
  }
}

/** y[i] = x[i], i < n. For short rows, where memory.copy costs a call out of WebAssembly. */
export function copyRow(x: usize, y: usize, n: i32): void {
  for (let i = 0; i < n; i += 4) {
    storeSome(y, loadSome(x, n - i), n - i);
    x += 16;
    y += 16;
  }
}

/** y[i] = 0, i < n. */
export function zeroRow(y: usize, n: i32): void {
  for (let i = 0; i < n; i += 4) {
    storeSome(y, f32x4.splat(0), n - i);
    y += 16;
  }
}

/** The next 4 floats at p, or the `left` that remain (the other lanes 0). */
export function loadSome(p: usize, left: i32): v128 {
  return left >= 4 ? v128.load(p) : loadTail(p, left);
}

/** Stores 4 lanes at p, or the `left` that remain. */
export function storeSome(p: usize, v: v128, left: i32): void {
  if (left >= 4) v128.store(p, v);
  else storeTail(p, v, left);
}

/** Address of row r of a matrix with rows of n floats. */
export function rowOf(matrix: usize, r: i32, n: i32): usize {
  return matrix + <usize>r * <usize>n * ELEMENT;
}
