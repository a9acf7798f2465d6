// Distributions that are drawn by rejection, one element at a time, with the keys and the steps of jax.random.

import { log, log1p, pow } from './math';
import { bitsAt, splitKey, standardNormal, unitFloat } from './random';
import { ELEMENT } from './simd';
import { share } from './team';

function scalarLog(x: f32): f32 {
  return f32x4.extract_lane(log(f32x4.splat(x)), 0);
}

function scalarLog1p(x: f32): f32 {
  return f32x4.extract_lane(log1p(f32x4.splat(x)), 0);
}

function scalarPow(x: f32, y: f32): f32 {
  return f32x4.extract_lane(pow(f32x4.splat(x), f32x4.splat(y)), 0);
}

@unmanaged
export class RandomGammaArgs {
  seed: usize;
  shape: usize;
  y: usize;
  n: i32;
  logarithm: bool;
}

/**
 * y[i] = a number of the gamma distribution with shape parameter shape[i] > 0 and scale 1, or its logarithm, i < n.
 * y may equal shape. seed: two words. Parallel.
 * Source: Marsaglia, Tsang, "A simple method for generating gamma variables" (2000); jax.random.gamma.
 */
export function randomGamma(args: RandomGammaArgs, thread: i32, threads: i32): void {
  const key = load<u64>(args.seed);
  const to = share(args.n, thread + 1, threads);
  for (let i = share(args.n, thread, threads); i < to; i++) {
    const offset = <usize>i * ELEMENT;
    store<f32>(args.y + offset, gamma(splitKey(key, i), load<f32>(args.shape + offset), args.logarithm));
  }
}

function gamma(ownKey: u64, shape: f32, logarithm: bool): f32 {
  let key = splitKey(ownKey, 0);
  const boostKey = splitKey(ownKey, 1);
  // Below 1: Gamma(a) = Gamma(a + 1)·U^(1/a).
  const boosted: bool = !(shape >= 1);
  const d: f32 = (boosted ? shape + 1 : shape) - <f32>(1.0 / 3.0);
  const c: f32 = <f32>(1.0 / 3.0) / sqrt<f32>(d);
  let cube: f32 = 1;
  // Of 64 tries in a row the chance that none succeeds is below 1e-80, unless the shape is not a number.
  for (let attempt = 0; attempt < 64; attempt++) {
    let normalKey = splitKey(key, 1);
    const uniformKey = splitKey(key, 2);
    key = splitKey(key, 0);
    let x: f32 = 0;
    let v: f32 = -1;
    for (let inner = 0; inner < 64 && v <= 0; inner++) {
      x = standardNormal(splitKey(normalKey, 1));
      normalKey = splitKey(normalKey, 0);
      v = 1 + x * c;
    }
    const square: f32 = x * x;
    cube = v * v * v;
    const u = unitFloat(bitsAt(uniformKey, 0));
    if (u < 1 - <f32>0.0331 * (square * square)) break;
    if (scalarLog(u) < square * <f32>0.5 + d * (1 - cube + scalarLog(cube))) break;
  }
  const u = unitFloat(bitsAt(boostKey, 0));
  if (logarithm) {
    const boost: f32 = boosted ? scalarLog1p(-u) / shape : 0;
    return scalarLog(d) + scalarLog(cube) + boost;
  }
  return d * cube * (boosted ? scalarPow(1 - u, 1 / shape) : 1);
}

@unmanaged
export class RandomBinomialArgs {
  seed: usize;
  counts: usize;
  probabilities: usize;
  y: usize;
  open: usize;
  n: i32;
}

/** Rounds after which a draw is given up: never reached with numbers that make sense. */
const MAX_ROUNDS: i32 = 10_000;

/**
 * y[i] = successes among counts[i] trials that succeed with probabilities[i], i < n; NaN where these make no sense.
 * y must not overlap the inputs. open: n words of scratch memory. seed: two words.
 * Serial: all elements go through the same rounds, as in jax.random.binomial, and a later round can replace an element.
 * Source: Hörmann, "The generation of binomial random variates" (1993), above ten expected successes; sums of geometric
 * variates below.
 */
export function randomBinomial(args: RandomBinomialArgs, thread: i32, threads: i32): void {
  if (thread != 0) return;
  const key = load<u64>(args.seed);
  rejectRounds(args, key);
  for (let i = 0; i < args.n; i++) {
    const offset = <usize>i * ELEMENT;
    const count = floor<f32>(load<f32>(args.counts + offset));
    const p = load<f32>(args.probabilities + offset);
    const q = rarer(p);
    let successes = load<f32>(args.y + offset);
    if (byInversion(count, q)) successes = countGeometric(key, i, count, q);
    if (!(p < 0.5)) successes = count - successes;
    store<f32>(args.y + offset, count >= 0 && p >= 0 && p <= 1 ? successes : NaN);
  }
}

/** The probability of the rarer of success and failure. */
function rarer(p: f32): f32 {
  return p < 0.5 ? p : 1 - p;
}

function byInversion(count: f32, q: f32): bool {
  return !(count * q > 10);
}

/** Trials of the given success probability that geometric waiting times fit into `count`. */
function countGeometric(seed: u64, i: u32, count: f32, q: f32): f32 {
  if (q == 0) return 0;
  const failure = scalarLog1p(-q);
  let key = seed;
  let successes: f32 = 0;
  let sum: f32 = 0;
  for (let round = 0; round < MAX_ROUNDS && sum <= count; round++) {
    const u = unitFloat(bitsAt(splitKey(key, 0), i));
    key = splitKey(key, 1);
    sum += ceil<f32>(scalarLog(u) / failure);
    successes += 1;
  }
  return successes - 1;
}

/** Leaves Hörmann's draws in y. Elements that do not need them take part all the same, because they decide when to end. */
function rejectRounds(args: RandomBinomialArgs, seed: u64): void {
  let needed = false;
  for (let i = 0; i < args.n; i++) {
    const offset = <usize>i * ELEMENT;
    store<i32>(args.open + offset, 1);
    needed =
      needed ||
      !byInversion(floor<f32>(load<f32>(args.counts + offset)), rarer(load<f32>(args.probabilities + offset)));
  }
  if (!needed) return;
  let key = seed;
  let left = args.n;
  for (let round = 0; round < MAX_ROUNDS && left > 0; round++) {
    const key0 = splitKey(key, 1);
    const key1 = splitKey(key, 2);
    key = splitKey(key, 0);
    for (let i = 0; i < args.n; i++) {
      const offset = <usize>i * ELEMENT;
      let count = floor<f32>(load<f32>(args.counts + offset));
      let q = rarer(load<f32>(args.probabilities + offset));
      if (byInversion(count, q)) {
        count = 1e4;
        q = 0.5;
      }
      const k = tryBinomial(count, q, unitFloat(bitsAt(key0, i)) - 0.5, unitFloat(bitsAt(key1, i)));
      if (k < 0) continue;
      store<f32>(args.y + offset, k);
      left -= load<i32>(args.open + offset);
      store<i32>(args.open + offset, 0);
    }
  }
}

/** One round of transformed rejection (BTRS) with u in [-1/2, 1/2) and v in [0, 1); -1 if it is rejected. */
function tryBinomial(count: f32, q: f32, u: f32, v: f32): f32 {
  const deviation = sqrt<f32>(count * q * (1 - q));
  const b: f32 = <f32>1.15 + <f32>2.53 * deviation;
  const a: f32 = <f32>-0.0873 + <f32>0.0248 * b + <f32>0.01 * q;
  const us: f32 = <f32>0.5 - abs<f32>(u);
  const k = floor<f32>(((2 * a) / us + b) * u + (count * q + <f32>0.5));
  if (us >= <f32>0.07 && v <= <f32>0.92 - <f32>4.2 / b) return k;
  if (!(k >= 0 && k <= count)) return -1;
  const ratio: f32 = q / (1 - q);
  const alpha: f32 = (<f32>2.83 + <f32>5.1 / b) * deviation;
  const m = floor<f32>((count + 1) * q);
  const bound: f32 =
    (m + <f32>0.5) * scalarLog((m + 1) / (ratio * (count - m + 1))) +
    (count + 1) * scalarLog((count - m + 1) / (count - k + 1)) +
    (k + <f32>0.5) * scalarLog((ratio * (count - k + 1)) / (k + 1)) +
    stirlingTail(m) +
    stirlingTail(count - m) -
    stirlingTail(k) -
    stirlingTail(count - k);
  return scalarLog((v * alpha) / (a / (us * us) + b)) <= bound ? k : -1;
}

/** log k! minus Stirling's approximation of it, for whole k >= 0. Error below 1e-7. */
function stirlingTail(k: f32): f32 {
  if (k == 0) return 0.0810614667953272;
  if (k == 1) return 0.0413406959554092;
  if (k == 2) return 0.0276779256849983;
  const square: f32 = (k + 1) * (k + 1);
  return (<f32>(1.0 / 12) - (<f32>(1.0 / 360) - <f32>(1.0 / 1260) / square) / square) / (k + 1);
}
