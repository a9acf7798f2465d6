// Elementary functions on four floats at a time. Each names its largest error against the exact value, in units in the
// last place of float32, as measured by test/kernels/math.test.ts over dense sweeps, for both builds.
//
// The methods are the classical ones: Cody & Waite, "Software Manual for the Elementary Functions" (1980), for reducing
// arguments, and minimax polynomials on what remains. The coefficients were fitted for this file (least maximum error
// by Lawson's iteration), each rounded to float32 before the next was fitted.

import { fma } from './simd';

// Constants lie in memory: a broadcasting load is one instruction, while V8 puts a v128.const together from immediates
// at each use. That makes these functions up to a third faster.

/** 1.5·2^23: adding it to |x| < 2^22 leaves the nearest integer to x in the low bits. Then 1/log 2. */
const ROUNDING = memory.data<f32>([12582912, 1.4426950408889634]);
/** −log 2 in two parts. The first has 9 bits, so that multiples of it are exact. */
const MINUS_LN2 = memory.data<f32>([-0.693359375, 2.1219444005469058e-4]);
/** The highest power first, as in all polynomials: (e^r − 1 − r) / r². */
const EXP = memory.data<f32>([
  0.0013870724942535162, 0.008366277441382408, 0.04166743531823158, 0.1666654646396637, 0.4999999701976776,
]);
/** (log(1 + f) − f + f²/2) / f³. */
const LOG = memory.data<f32>([
  -0.07636439055204391, 0.12762217223644257, -0.13159610331058502, 0.14201579988002777, -0.166234090924263,
  0.2000124156475067, -0.2500081956386566, 0.3333333134651184,
]);
/** erf(x)/x − 1 in x² below 0.92, and log(1 − erf x) from there on. */
const ERF = memory.data<f32>([
  7.996641943464056e-5, -0.0008049769094213843, 0.005192405078560114, -0.02685573138296604, 0.11283625662326813,
  -0.3761262893676758, 0.12837916612625122,
]);
const LOG_ERFC = memory.data<f32>([
  0.00019593680917751044, -0.003043219679966569, 0.02222694642841816, -0.10393166542053223, -0.6371821761131287,
  -1.1276756525039673, -0.0001956754131242633,
]);
/** (sin(r)/r − 1) / r² and (cos r − 1 + r²/2) / r⁴, both in r². */
const SIN = memory.data<f32>([-0.00019518092449288815, 0.008332188241183758, -0.16666655242443085]);
const COS = memory.data<f32>([2.4432547434116714e-5, -0.0013887310633435845, 0.04166664555668831]);

/** In float64: log2((1 + s)/(1 − s)) / s in s², and (2^f − 1) / f. */
const LOG2 = memory.data<f64>([
  0.34075207634372306, 0.4116715917616761, 0.5770836026037146, 0.9617966732569181, 2.8853900817901423,
]);
const EXP2 = memory.data<f64>([
  1.5315198617489404e-5, 0.00015467365217699354, 0.001333342975459621, 0.009618036170779906, 0.055504109637419335,
  0.24022651080434243, 0.6931471805413572,
]);

/** Element i of a table in all lanes. */
function at(table: usize, i: usize): v128 {
  return v128.load32_splat(table + i * 4);
}

function at64(table: usize, i: usize): v128 {
  return v128.load64_splat(table + i * 8);
}

function splat(x: f32): v128 {
  return f32x4.splat(x);
}

/** min(x, high) that keeps NaN. */
function atMost(x: v128, high: f32): v128 {
  return f32x4.pmin(x, splat(high));
}

/** max(x, low) that keeps NaN. */
function atLeast(x: v128, low: f32): v128 {
  return f32x4.pmax(x, splat(low));
}

/** Sign bits of x, all else 0. */
function signOf(x: v128): v128 {
  return v128.and(x, splat(-0.0));
}

/** 2^n for the integer n in the low bits of `rounded`, which is n + 1.5·2^23; -126 <= n <= 127. */
function powerOfTwo(rounded: v128): v128 {
  return i32x4.add(i32x4.shl(rounded, 23), splat(1));
}

/** x − n·log 2 for n = rounded − 1.5·2^23. */
function reduceByLn2(x: v128, rounded: v128): v128 {
  const n = f32x4.sub(rounded, at(ROUNDING, 0));
  return fma(n, at(MINUS_LN2, 1), fma(n, at(MINUS_LN2, 0), x));
}

/** e^r − 1 for |r| <= log(2)/2. */
function expm1Reduced(r: v128): v128 {
  let p = fma(r, at(EXP, 0), at(EXP, 1));
  p = fma(p, r, at(EXP, 2));
  p = fma(p, r, at(EXP, 3));
  p = fma(p, r, at(EXP, 4));
  return fma(f32x4.mul(r, r), p, r);
}

/** e^x. Error: 1.1 ULP, denormal results included. */
export function exp(x: v128): v128 {
  // 2^n is applied in two halves: n reaches −150 where results are denormal, and 128 just before they overflow.
  const bounded = atLeast(atMost(x, 89), -104);
  const rounded = fma(bounded, at(ROUNDING, 1), at(ROUNDING, 0));
  const y = f32x4.add(expm1Reduced(reduceByLn2(bounded, rounded)), splat(1));
  const n = i32x4.sub(rounded, at(ROUNDING, 0));
  const half = i32x4.shr_s(n, 1);
  const one = splat(1);
  const first = i32x4.add(i32x4.shl(half, 23), one);
  const second = i32x4.add(i32x4.shl(i32x4.sub(n, half), 23), one);
  return f32x4.mul(f32x4.mul(y, first), second);
}

/** e^x for −87 <= x <= 88, as inside other functions. Error: 1 ULP. */
function expBounded(x: v128): v128 {
  const rounded = fma(x, at(ROUNDING, 1), at(ROUNDING, 0));
  const y = f32x4.add(expm1Reduced(reduceByLn2(x, rounded)), splat(1));
  return f32x4.mul(y, powerOfTwo(rounded));
}

/** e^x − 1. Error: 2 ULP. */
export function expm1(x: v128): v128 {
  const bounded = atLeast(atMost(x, 89), -18); // below −18 the result is −1
  const rounded = fma(bounded, at(ROUNDING, 1), at(ROUNDING, 0));
  const p = expm1Reduced(reduceByLn2(bounded, rounded));
  // 2^n·p + 2^n − 1, halved on the way because 2^128 is no float.
  const scale = powerOfTwo(i32x4.sub(rounded, i32x4.splat(1)));
  const half = fma(scale, p, f32x4.sub(scale, splat(0.5)));
  return v128.or(f32x4.add(half, half), signOf(x));
}

/** tanh x. Error: 3 ULP. */
export function tanh(x: v128): v128 {
  // t / (t + 2) with t = e^(2|x|) − 1; beyond 9.1 the result is 1.
  const twice = f32x4.abs(f32x4.add(x, x));
  const bounded = atMost(twice, 18.2);
  const rounded = fma(bounded, at(ROUNDING, 1), at(ROUNDING, 0));
  const p = expm1Reduced(reduceByLn2(bounded, rounded));
  const scale = powerOfTwo(rounded);
  const t = fma(scale, p, f32x4.sub(scale, splat(1)));
  return v128.or(f32x4.div(t, f32x4.add(t, splat(2))), signOf(x));
}

/** 1 / (1 + e^−x). Error: 3 ULP, denormal results included. */
export function sigmoid(x: v128): v128 {
  // 1 / (1 + z) for x >= 0 and z / (1 + z) else, with z = e^−|x| <= 1.
  const z = exp(v128.or(x, splat(-0.0)));
  const top = v128.bitselect(z, splat(1), i32x4.shr_s(x, 31));
  return f32x4.div(top, f32x4.add(splat(1), z));
}

/** log x, natural. Error: 1 ULP; x = 0 gives −∞, x < 0 gives NaN. */
export function log(x: v128): v128 {
  // Denormals are scaled to where they have an exponent.
  const tiny = f32x4.lt(x, splat(1.1754943508222875e-38));
  const scaled = v128.bitselect(f32x4.mul(x, splat(8388608)), x, tiny);
  const y = logNormal(scaled, v128.and(tiny, splat(-23)));
  // 0, negative, infinite and NaN in one rare branch.
  const ordinary = v128.and(f32x4.gt(x, splat(0)), f32x4.lt(x, splat(Infinity)));
  if (i32x4.all_true(ordinary)) return y;
  const special = v128.bitselect(
    splat(-Infinity),
    v128.bitselect(x, splat(NaN), f32x4.eq(x, splat(Infinity))),
    f32x4.eq(x, splat(0)),
  );
  return v128.bitselect(y, special, ordinary);
}

/** log x + exponent·log 2 for x > 0 that is neither denormal nor infinite. */
function logNormal(x: v128, exponent: v128): v128 {
  // x = 2^e·(1 + f) with √½ <= 1 + f < √2: the offset carries into the exponent from √½ on.
  const offset = i32x4.sub(x, i32x4.splat(0x3f3504f3));
  const e = f32x4.add(f32x4.convert_i32x4_s(i32x4.shr_s(offset, 23)), exponent);
  const f = f32x4.sub(i32x4.sub(x, v128.and(offset, i32x4.splat(0xff800000))), splat(1));
  // log(1 + f) = f − f²/2 + f³·p(f); the large terms are added last.
  let p = fma(f, at(LOG, 0), at(LOG, 1));
  p = fma(p, f, at(LOG, 2));
  p = fma(p, f, at(LOG, 3));
  p = fma(p, f, at(LOG, 4));
  p = fma(p, f, at(LOG, 5));
  p = fma(p, f, at(LOG, 6));
  p = fma(p, f, at(LOG, 7));
  const square = f32x4.mul(f, f);
  let y = fma(f32x4.mul(f, square), p, f32x4.mul(e, splat(-2.1219444005469058e-4)));
  y = fma(square, splat(-0.5), y);
  return fma(e, splat(0.693359375), f32x4.add(f, y));
}

/** log(1 + x). Error: 2 ULP. */
export function log1p(x: v128): v128 {
  // With u = 1 + x rounded, log(1 + x) = log u + (what was rounded off) / u.
  const u = f32x4.add(x, splat(1));
  const lost = f32x4.sub(x, f32x4.sub(u, splat(1)));
  const logU = log(u);
  // u = 0 and u = ∞ have no quotient; where nothing of x reached u the quotient is x itself, sign of zero included.
  const ordinary = v128.and(f32x4.gt(u, splat(0)), f32x4.lt(u, splat(Infinity)));
  const y = v128.bitselect(f32x4.add(logU, f32x4.div(lost, u)), logU, ordinary);
  return v128.bitselect(y, x, f32x4.ne(u, splat(1)));
}

/** log(1 + e^x). Error: 3 ULP. */
export function softplus(x: v128): v128 {
  // max(x, 0) + log1p(z) with z = e^−|x|, where 1 + z lies between 1 and 2.
  const z = exp(v128.or(x, splat(-0.0)));
  const u = f32x4.add(z, splat(1));
  const lost = f32x4.sub(z, f32x4.sub(u, splat(1)));
  const y = f32x4.add(logNormal(u, splat(0)), f32x4.div(lost, u));
  return f32x4.add(f32x4.max(x, splat(0)), y);
}

/** erf x, the error function. Error: 2 ULP. */
export function erf(x: v128): v128 {
  // Near 0: x + x·q(x²).
  const s = f32x4.mul(x, x);
  let q = fma(s, at(ERF, 0), at(ERF, 1));
  q = fma(q, s, at(ERF, 2));
  q = fma(q, s, at(ERF, 3));
  q = fma(q, s, at(ERF, 4));
  q = fma(q, s, at(ERF, 5));
  q = fma(q, s, at(ERF, 6));
  const small = fma(q, x, x);
  // From 0.92 on: 1 − e^p(|x|), where p approximates log(1 − erf |x|); beyond 4 the result is 1.
  const t = atMost(f32x4.abs(x), 4);
  let p = fma(t, at(LOG_ERFC, 0), at(LOG_ERFC, 1));
  p = fma(p, t, at(LOG_ERFC, 2));
  p = fma(p, t, at(LOG_ERFC, 3));
  p = fma(p, t, at(LOG_ERFC, 4));
  p = fma(p, t, at(LOG_ERFC, 5));
  p = fma(p, t, at(LOG_ERFC, 6));
  const large = v128.or(f32x4.sub(splat(1), expBounded(p)), signOf(x));
  return v128.bitselect(large, small, f32x4.ge(t, splat(0.92)));
}

// Circular functions

/** Up to here x − n·π/2 is computed from the parts below without loss; beyond, lane by lane with all bits of 2/π. */
const LARGEST_ANGLE: f32 = 500000;
const TWO_OVER_PI: f64 = 0.6366197723675814;
/** π/2 in two parts; the first has 33 bits, so that multiples of it up to 2^20 are exact. */
const HALF_PI_HIGH: f64 = 1.5707963267341256;
const HALF_PI_LOW: f64 = 6.077100506506192e-11;

/** Whether all lanes are angles that `quarters` and `angleIn` can handle. */
function areModerate(x: v128): bool {
  return i32x4.all_true(f32x4.le(f32x4.abs(x), splat(LARGEST_ANGLE)));
}

/** The nearest multiple of π/2 to two angles, in quarter turns. */
function quarters(x: v128): v128 {
  return f64x2.nearest(f64x2.mul(x, f64x2.splat(TWO_OVER_PI)));
}

/** x − n·π/2 for two angles. */
function angleIn(x: v128, n: v128): v128 {
  const r = f64x2.sub(x, f64x2.mul(n, f64x2.splat(HALF_PI_HIGH)));
  return f64x2.sub(r, f64x2.mul(n, f64x2.splat(HALF_PI_LOW)));
}

function highHalf(v: v128): v128 {
  return i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15);
}

/** The low halves of a and b, side by side. */
function joinHalves(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
}

/** sin r for |r| <= π/4. */
function sinReduced(r: v128): v128 {
  const s = f32x4.mul(r, r);
  let p = fma(s, at(SIN, 0), at(SIN, 1));
  p = fma(p, s, at(SIN, 2));
  return fma(f32x4.mul(r, s), p, r);
}

/** cos r for |r| <= π/4. */
function cosReduced(r: v128): v128 {
  const s = f32x4.mul(r, r);
  let p = fma(s, at(COS, 0), at(COS, 1));
  p = fma(p, s, at(COS, 2));
  return fma(f32x4.mul(s, s), p, fma(s, splat(-0.5), splat(1)));
}

/** sin(x + turns·π/2). */
function sinShifted(x: v128, turns: i32): v128 {
  const low = f64x2.promote_low_f32x4(x);
  const high = f64x2.promote_low_f32x4(highHalf(x));
  const nLow = quarters(low);
  const nHigh = quarters(high);
  const r = joinHalves(f32x4.demote_f64x2_zero(angleIn(low, nLow)), f32x4.demote_f64x2_zero(angleIn(high, nHigh)));
  const n = joinHalves(i32x4.trunc_sat_f64x2_s_zero(nLow), i32x4.trunc_sat_f64x2_s_zero(nHigh));
  const turn = i32x4.add(n, i32x4.splat(turns));
  // Odd quarter turns exchange sine and cosine; two turn the sign.
  const odd = i32x4.shr_s(i32x4.shl(turn, 31), 31);
  const y = v128.bitselect(cosReduced(r), sinReduced(r), odd);
  return v128.xor(y, i32x4.shl(v128.and(turn, i32x4.splat(2)), 30));
}

/** sin x. Error: 2 ULP. */
export function sin(x: v128): v128 {
  if (areModerate(x)) return v128.bitselect(x, sinShifted(x, 0), f32x4.eq(x, splat(0))); // keeps the sign of 0
  return f32x4(
    <f32>Math.sin(f32x4.extract_lane(x, 0)),
    <f32>Math.sin(f32x4.extract_lane(x, 1)),
    <f32>Math.sin(f32x4.extract_lane(x, 2)),
    <f32>Math.sin(f32x4.extract_lane(x, 3)),
  );
}

/** cos x. Error: 2 ULP. */
export function cos(x: v128): v128 {
  if (areModerate(x)) return sinShifted(x, 1);
  return f32x4(
    <f32>Math.cos(f32x4.extract_lane(x, 0)),
    <f32>Math.cos(f32x4.extract_lane(x, 1)),
    <f32>Math.cos(f32x4.extract_lane(x, 2)),
    <f32>Math.cos(f32x4.extract_lane(x, 3)),
  );
}

/** tan x = sin x / cos x. Error: 4 ULP. */
export function tan(x: v128): v128 {
  return f32x4.div(sin(x), cos(x));
}

// Powers

/** x^y. Error: 1 ULP; C's rules for special values. */
export function pow(x: v128, y: v128): v128 {
  // |x|^y = 2^(y·log2 |x|) in float64, which has the bits that the multiplication by y costs.
  const size = f32x4.abs(x);
  const low = powPositive(f64x2.promote_low_f32x4(size), f64x2.promote_low_f32x4(y));
  const high = powPositive(f64x2.promote_low_f32x4(highHalf(size)), f64x2.promote_low_f32x4(highHalf(y)));
  let z = joinHalves(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high));
  const one = splat(1);
  const infinite = f32x4.eq(f32x4.abs(y), splat(Infinity));
  z = v128.bitselect(one, z, v128.and(f32x4.eq(size, one), infinite));
  // Negative x: the sign of an odd power, NaN for a broken one of a finite number.
  const whole = f32x4.eq(f32x4.trunc(y), y);
  const half = f32x4.mul(y, splat(0.5));
  const odd = v128.and(whole, v128.and(f32x4.ne(f32x4.trunc(half), half), f32x4.lt(f32x4.abs(y), splat(16777216))));
  z = v128.xor(z, v128.and(odd, signOf(x)));
  const broken = v128.andnot(v128.and(f32x4.lt(x, splat(0)), f32x4.gt(x, splat(-Infinity))), whole);
  z = v128.bitselect(splat(NaN), z, broken);
  // 1^y and x^0 are 1 even for NaN.
  return v128.bitselect(one, z, v128.or(f32x4.eq(x, one), f32x4.eq(y, splat(0))));
}

/** x^y for two x >= 0. Relative error about 2^−32. */
function powPositive(x: v128, y: v128): v128 {
  // log2 x = e + log2 m with √½ <= m < √2, and log2 m is odd in s = (m − 1) / (m + 1).
  const offset = i64x2.sub(x, i64x2.splat(0x3fe6a09e00000000));
  const bits = i64x2.shr_s(offset, 52);
  const e = f64x2.convert_low_i32x4_s(i8x16.shuffle(bits, bits, 0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11));
  const m = i64x2.sub(x, i64x2.shl(bits, 52));
  const one = f64x2.splat(1);
  const s = f64x2.div(f64x2.sub(m, one), f64x2.add(m, one));
  const q = f64x2.mul(s, s);
  let p = f64x2.add(f64x2.mul(q, at64(LOG2, 0)), at64(LOG2, 1));
  p = f64x2.add(f64x2.mul(p, q), at64(LOG2, 2));
  p = f64x2.add(f64x2.mul(p, q), at64(LOG2, 3));
  p = f64x2.add(f64x2.mul(p, q), at64(LOG2, 4));
  let log2 = f64x2.add(e, f64x2.mul(s, p));
  log2 = v128.bitselect(f64x2.splat(-Infinity), log2, f64x2.eq(x, f64x2.splat(0)));
  log2 = v128.bitselect(x, log2, f64x2.eq(x, f64x2.splat(Infinity)));
  log2 = v128.bitselect(x, log2, f64x2.ne(x, x));
  // 2^t = 2^n·2^f: float64 has room for the exponents of all float32 results, and demotion rounds them.
  const t = f64x2.pmax(f64x2.pmin(f64x2.mul(y, log2), f64x2.splat(200)), f64x2.splat(-200));
  const rounder = f64x2.splat(6755399441055744); // 1.5·2^52
  const rounded = f64x2.add(t, rounder);
  const f = f64x2.sub(t, f64x2.sub(rounded, rounder));
  let z = f64x2.add(f64x2.mul(f, at64(EXP2, 0)), at64(EXP2, 1));
  z = f64x2.add(f64x2.mul(z, f), at64(EXP2, 2));
  z = f64x2.add(f64x2.mul(z, f), at64(EXP2, 3));
  z = f64x2.add(f64x2.mul(z, f), at64(EXP2, 4));
  z = f64x2.add(f64x2.mul(z, f), at64(EXP2, 5));
  z = f64x2.add(f64x2.mul(z, f), at64(EXP2, 6));
  z = f64x2.add(f64x2.mul(z, f), one);
  return f64x2.mul(z, i64x2.add(i64x2.shl(rounded, 52), one));
}
