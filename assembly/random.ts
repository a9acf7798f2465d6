// Random numbers: the counter-based generator Threefry-2x32 and the distributions made of its bits.
//
// Element i of a draw depends on nothing but the key (two words, the "seed") and i, so any thread can compute any share,
// and a gradient can draw the mask of its forward pass again. Bits, keys and distributions are those of jax.random with
// its "partitionable" layout, which is what Keras draws on JAX. No fma here: both builds draw the same numbers.
// Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (2011); jax/_src/prng.py, random.py.

import { ELEMENT } from './simd';
import { share } from './team';

/** Key-schedule constant of Threefry. */
const PARITY: u32 = 0x1bd11bda;

/** rotl for the four lanes by a constant. */
function rotate(x: v128, by: i32): v128 {
  return v128.or(i32x4.shl(x, by), i32x4.shr_u(x, 32 - by));
}

/**
 * Writes 32 random bits for each of eight successive counters below 2^32 to `out`: the two words of
 * Threefry-2x32(key, (0, counter)), xored. Two vectors at once, because one alone waits for its own results: 1.2 to 1.6
 * times as fast.
 */
function threefry(key0: v128, key1: v128, counter: i32, out: usize): void {
  const key2 = v128.xor(v128.xor(key0, key1), i32x4.splat(PARITY));
  let a = key0;
  let b = i32x4.add(i32x4.add(i32x4.splat(counter), i32x4(0, 1, 2, 3)), key1);
  let c = a;
  let d = i32x4.add(b, i32x4.splat(4));
  // Five groups of four rounds; after each group the next two key words are injected, and the number of the group.
  a = i32x4.add(a, b);
  c = i32x4.add(c, d);
  b = v128.xor(rotate(b, 13), a);
  d = v128.xor(rotate(d, 13), c);
  a = i32x4.add(a, b);
  c = i32x4.add(c, d);
  b = v128.xor(rotate(b, 15), a);
  d = v128.xor(rotate(d, 15), c);
  a = i32x4.add(a, b);
  c = i32x4.add(c, d);
  b = v128.xor(rotate(b, 26), a);
  d = v128.xor(rotate(d, 26), c);
  a = i32x4.add(a, b);
  c = i32x4.add(c, d);
  b = v128.xor(rotate(b, 6), a);
  d = v128.xor(rotate(d, 6), c);
  let inject = i32x4.add(key2, i32x4.splat(1));
  a = i32x4.add(a, key1);
  c = i32x4.add(c, key1);
  b = i32x4.add(b, inject);
  d = i32x4.add(d, inject);
  a = i32x4.add(a, b);
  c = i32x4.add(c, d);
  b = v128.xor(rotate(b, 17), a);
  d = v128.xor(rotate(d, 17), c);
  a = i32x4.add(a, b);
  c = i32x4.add(c, d);
  b = v128.xor(rotate(b, 29), a);
  d = v128.xor(rotate(d, 29), c);
  a = i32x4.add(a, b);
  c = i32x4.add(c, d);
  b = v128.xor(rotate(b, 16), a);
  d = v128.xor(rotate(d, 16), c);
  a = i32x4.add(a, b);
  c = i32x4.add(c, d);
  b = v128.xor(rotate(b, 24), a);
  d = v128.xor(rotate(d, 24), c);
  inject = i32x4.add(key0, i32x4.splat(2));
  a = i32x4.add(a, key2);
  c = i32x4.add(c, key2);
  b = i32x4.add(b, inject);
  d = i32x4.add(d, inject);
  a = i32x4.add(a, b);
  c = i32x4.add(c, d);
  b = v128.xor(rotate(b, 13), a);
  d = v128.xor(rotate(d, 13), c);
  a = i32x4.add(a, b);
  c = i32x4.add(c, d);
  b = v128.xor(rotate(b, 15), a);
  d = v128.xor(rotate(d, 15), c);
  a = i32x4.add(a, b);
  c = i32x4.add(c, d);
  b = v128.xor(rotate(b, 26), a);
  d = v128.xor(rotate(d, 26), c);
  a = i32x4.add(a, b);
  c = i32x4.add(c, d);
  b = v128.xor(rotate(b, 6), a);
  d = v128.xor(rotate(d, 6), c);
  inject = i32x4.add(key1, i32x4.splat(3));
  a = i32x4.add(a, key0);
  c = i32x4.add(c, key0);
  b = i32x4.add(b, inject);
  d = i32x4.add(d, inject);
  a = i32x4.add(a, b);
  c = i32x4.add(c, d);
  b = v128.xor(rotate(b, 17), a);
  d = v128.xor(rotate(d, 17), c);
  a = i32x4.add(a, b);
  c = i32x4.add(c, d);
  b = v128.xor(rotate(b, 29), a);
  d = v128.xor(rotate(d, 29), c);
  a = i32x4.add(a, b);
  c = i32x4.add(c, d);
  b = v128.xor(rotate(b, 16), a);
  d = v128.xor(rotate(d, 16), c);
  a = i32x4.add(a, b);
  c = i32x4.add(c, d);
  b = v128.xor(rotate(b, 24), a);
  d = v128.xor(rotate(d, 24), c);
  inject = i32x4.add(key2, i32x4.splat(4));
  a = i32x4.add(a, key1);
  c = i32x4.add(c, key1);
  b = i32x4.add(b, inject);
  d = i32x4.add(d, inject);
  a = i32x4.add(a, b);
  c = i32x4.add(c, d);
  b = v128.xor(rotate(b, 13), a);
  d = v128.xor(rotate(d, 13), c);
  a = i32x4.add(a, b);
  c = i32x4.add(c, d);
  b = v128.xor(rotate(b, 15), a);
  d = v128.xor(rotate(d, 15), c);
  a = i32x4.add(a, b);
  c = i32x4.add(c, d);
  b = v128.xor(rotate(b, 26), a);
  d = v128.xor(rotate(d, 26), c);
  a = i32x4.add(a, b);
  c = i32x4.add(c, d);
  b = v128.xor(rotate(b, 6), a);
  d = v128.xor(rotate(d, 6), c);
  inject = i32x4.add(key0, i32x4.splat(5));
  a = i32x4.add(a, key2);
  c = i32x4.add(c, key2);
  b = i32x4.add(b, inject);
  d = i32x4.add(d, inject);
  v128.store(out, v128.xor(a, b));
  v128.store(out, v128.xor(c, d), 16);
}

/** Both words of Threefry-2x32(key, (0, counter)), the first in the low half. `key`: first word in the low half. */
function threefryPair(key: u64, counter: u32): u64 {
  const key0 = <u32>key;
  const key1 = <u32>(key >> 32);
  const key2 = key0 ^ key1 ^ PARITY;
  let a = key0;
  let b = counter + key1;
  let inject0 = key1;
  let inject1 = key2;
  for (let group: u32 = 1; group <= 5; group++) {
    // The rotations of the four rounds, a byte each: 13 15 26 6 in odd groups, 17 29 16 24 in even ones.
    let rotations: u32 = group & 1 ? 0x061a0f0d : 0x18101d11;
    for (let round = 0; round < 4; round++) {
      a += b;
      b = rotl<u32>(b, rotations & 255) ^ a;
      rotations >>= 8;
    }
    a += inject0;
    b += inject1 + group;
    const next = PARITY ^ inject0 ^ inject1;
    inject0 = inject1;
    inject1 = next;
  }
  return <u64>a | ((<u64>b) << 32);
}

/** The key with a given number among those that jax.random.split makes of a key. */
export function splitKey(key: u64, index: u32): u64 {
  return threefryPair(key, index);
}

/** 32 random bits of one counter. */
export function bitsAt(key: u64, counter: u32): u32 {
  const pair = threefryPair(key, counter);
  return <u32>pair ^ <u32>(pair >> 32);
}

/** The upper 23 of the bits as a float in [0, 1). */
function unit(bits: v128): v128 {
  return f32x4.sub(v128.or(i32x4.shr_u(bits, 9), i32x4.splat(0x3f800000)), f32x4.splat(1));
}

/** Horner step: p·x + c, rounded twice in both builds. */
function horner(p: v128, x: v128, c: f32): v128 {
  return f32x4.add(f32x4.mul(p, x), f32x4.splat(c));
}

/**
 * log x for normal x > 0. Error below 1.2 ulp.
 * x = 2^e·m with m in [sqrt(1/2), sqrt 2); polynomial of Cephes' logf in m - 1; e·log 2 in two parts.
 */
function log(x: v128): v128 {
  const offset = i32x4.sub(x, i32x4.splat(0x3f3504f3));
  const e = f32x4.convert_i32x4_s(i32x4.shr_s(offset, 23));
  const m = i32x4.add(v128.and(offset, i32x4.splat(0x007fffff)), i32x4.splat(0x3f3504f3));
  const z = f32x4.sub(m, f32x4.splat(1));
  const z2 = f32x4.mul(z, z);
  let p = f32x4.splat(7.0376836292e-2);
  p = horner(p, z, -1.151461031e-1);
  p = horner(p, z, 1.167699874e-1);
  p = horner(p, z, -1.2420140846e-1);
  p = horner(p, z, 1.4249322787e-1);
  p = horner(p, z, -1.6668057665e-1);
  p = horner(p, z, 2.0000714765e-1);
  p = horner(p, z, -2.4999993993e-1);
  p = horner(p, z, 3.3333331174e-1);
  p = f32x4.mul(f32x4.mul(p, z), z2);
  p = f32x4.add(p, f32x4.mul(e, f32x4.splat(-2.1219444e-4)));
  p = f32x4.sub(p, f32x4.mul(z2, f32x4.splat(0.5)));
  return f32x4.add(f32x4.add(z, p), f32x4.mul(e, f32x4.splat(0.693359375)));
}

/**
 * Inverse error function of |x| < 1 with the coefficients, and the roundings, of XLA.
 * Source: Giles, "Approximating the erfinv function" (2010), single precision.
 */
function inverseErf(x: v128): v128 {
  // 1 - x² is exact where it is small, so log(1 - x²) needs no log1p.
  const w = f32x4.neg(log(f32x4.sub(f32x4.splat(1), f32x4.mul(x, x))));
  const c = f32x4.sub(w, f32x4.splat(2.5));
  let p = f32x4.splat(2.81022636e-8);
  p = horner(p, c, 3.43273939e-7);
  p = horner(p, c, -3.5233877e-6);
  p = horner(p, c, -4.39150654e-6);
  p = horner(p, c, 0.00021858087);
  p = horner(p, c, -0.00125372503);
  p = horner(p, c, -0.00417768164);
  p = horner(p, c, 0.246640727);
  p = horner(p, c, 1.50140941);
  const central = f32x4.lt(w, f32x4.splat(5));
  if (!i32x4.all_true(central)) {
    const t = f32x4.sub(f32x4.sqrt(w), f32x4.splat(3));
    let q = f32x4.splat(-0.000200214257);
    q = horner(q, t, 0.000100950558);
    q = horner(q, t, 0.00134934322);
    q = horner(q, t, -0.00367342844);
    q = horner(q, t, 0.00573950773);
    q = horner(q, t, -0.0076224613);
    q = horner(q, t, 0.00943887047);
    q = horner(q, t, 1.00167406);
    q = horner(q, t, 2.83297682);
    p = v128.bitselect(p, q, central);
  }
  return f32x4.mul(p, x);
}

/** The upper 23 bits as a float in [0, 1), one at a time. */
export function unitFloat(bits: u32): f32 {
  return reinterpret<f32>((bits >> 9) | 0x3f800000) - 1;
}

/** Element 0 of a normal draw with a key. */
export function standardNormal(key: u64): f32 {
  const z = changetype<Normal>(0).sample(i32x4.splat(bitsAt(key, 0)), f32x4.splat(0), f32x4.splat(1));
  return f32x4.extract_lane(z, 0);
}

/** Makes elements of 4 bytes out of random bits; a and b are the two numbers that the distribution has. */
@unmanaged
abstract class Distribution {
  abstract sample(bits: v128, a: v128, b: v128): v128;
}

/** The bits themselves. */
@unmanaged
@final
class Bits extends Distribution {
  sample(bits: v128, a: v128, b: v128): v128 {
    return bits;
  }
}

/** Uniform in [a, b). */
@unmanaged
@final
class Uniform extends Distribution {
  sample(bits: v128, a: v128, b: v128): v128 {
    return f32x4.max(a, f32x4.add(f32x4.mul(unit(bits), f32x4.sub(b, a)), a));
  }
}

/** Normal with mean a and standard deviation b: a + b·sqrt 2·erfinv(u), u uniform in (-1, 1). */
@unmanaged
@final
class Normal extends Distribution {
  sample(bits: v128, a: v128, b: v128): v128 {
    const u = f32x4.add(f32x4.mul(unit(bits), f32x4.splat(2)), f32x4.splat(-0.99999994));
    return f32x4.add(f32x4.mul(f32x4.mul(f32x4.splat(1.41421356), inverseErf(u)), b), a);
  }
}

/** Normal with mean a and standard deviation b, cut at two standard deviations: u between erf(∓sqrt 2). */
@unmanaged
@final
class TruncatedNormal extends Distribution {
  sample(bits: v128, a: v128, b: v128): v128 {
    const edge: f32 = 0.95449974;
    const u = f32x4.add(f32x4.mul(unit(bits), f32x4.splat(2 * edge)), f32x4.splat(-edge));
    let z = f32x4.mul(f32x4.splat(1.41421356), inverseErf(f32x4.max(f32x4.splat(-edge), u)));
    // Rounding must not push a value out of the open interval (-2, 2).
    z = f32x4.max(f32x4.splat(-1.9999999), f32x4.min(f32x4.splat(1.9999999), z));
    return f32x4.add(f32x4.mul(z, b), a);
  }
}

/** y[i] = sample of bits i, from <= i < to. Writes exactly these. */
function draw<D extends Distribution>(seed: usize, y: usize, from: i32, to: i32, a: f32, b: f32): void {
  const key0 = v128.load32_splat(seed);
  const key1 = v128.load32_splat(seed, 4);
  const av = f32x4.splat(a);
  const bv = f32x4.splat(b);
  const distribution = changetype<D>(0);
  let i = from;
  for (; i + 8 <= to; i += 8) {
    const p = y + <usize>i * ELEMENT;
    threefry(key0, key1, i, p);
    v128.store(p, distribution.sample(v128.load(p), av, bv));
    v128.store(p, distribution.sample(v128.load(p, 16), av, bv), 16);
  }
  const key = load<u64>(seed);
  for (; i < to; i++) {
    const bits = i32x4.splat(bitsAt(key, i));
    v128.store_lane<u32>(y + <usize>i * ELEMENT, distribution.sample(bits, av, bv), 0);
  }
}

@unmanaged
export class RandomArgs {
  seed: usize;
  y: usize;
  n: i32;
  a: f32;
  b: f32;
}

/** y[i] = the 32 random bits of element i, i < n. seed: two words; a, b unused. Parallel. */
export function randomBits(args: RandomArgs, thread: i32, threads: i32): void {
  draw<Bits>(args.seed, args.y, share(args.n, thread, threads), share(args.n, thread + 1, threads), 0, 0);
}

/** y[i] uniform in [a, b), i < n. seed: two words. Parallel. */
export function randomUniform(args: RandomArgs, thread: i32, threads: i32): void {
  draw<Uniform>(args.seed, args.y, share(args.n, thread, threads), share(args.n, thread + 1, threads), args.a, args.b);
}

/** y[i] normal with mean a and standard deviation b, i < n. seed: two words. Parallel. */
export function randomNormal(args: RandomArgs, thread: i32, threads: i32): void {
  draw<Normal>(args.seed, args.y, share(args.n, thread, threads), share(args.n, thread + 1, threads), args.a, args.b);
}

/** y[i] normal with mean a and standard deviation b, within two of them, i < n. seed: two words. Parallel. */
export function randomTruncatedNormal(args: RandomArgs, thread: i32, threads: i32): void {
  draw<TruncatedNormal>(
    args.seed,
    args.y,
    share(args.n, thread, threads),
    share(args.n, thread + 1, threads),
    args.a,
    args.b,
  );
}

@unmanaged
export class RandomIntegersArgs {
  seed: usize;
  y: usize;
  n: i32;
  min: i32;
  max: i32;
}

/**
 * y[i] = an integer in [min, max), i < n; min where max <= min. seed: two words. Parallel.
 * 64 random bits modulo the span, put together from two draws as jax.random.randint does.
 */
export function randomIntegers(args: RandomIntegersArgs, thread: i32, threads: i32): void {
  const key = load<u64>(args.seed);
  const high = splitKey(key, 0);
  const low = splitKey(key, 1);
  const span: u32 = args.max > args.min ? <u32>args.max - <u32>args.min : 1;
  let multiplier: u32 = 65536 % span;
  multiplier = (multiplier * multiplier) % span;
  const to = share(args.n, thread + 1, threads);
  for (let i = share(args.n, thread, threads); i < to; i++) {
    const offset = (bitsAt(high, i) % span) * multiplier + (bitsAt(low, i) % span);
    store<i32>(args.y + <usize>i * ELEMENT, args.min + <i32>(offset % span));
  }
}

@unmanaged
export class DeriveSeedArgs {
  seed: usize;
  y: usize;
  index: i32;
}

/** y = the key number `index` that jax.random.split makes of a key. seed, y: two words each, may be equal. Serial. */
export function deriveSeed(args: DeriveSeedArgs, thread: i32, threads: i32): void {
  if (thread == 0) store<u64>(args.y, splitKey(load<u64>(args.seed), args.index));
}

@unmanaged
export class NextSeedArgs {
  seed: usize;
  y: usize;
  ordered: bool;
}

/**
 * y = the seed that a generator hands out after `seed`: the second word plus 1 if ordered; otherwise both words
 * (s + 1)·5387 mod 933199, which Keras does where no generator was asked for. seed, y: two words, may be equal. Serial.
 */
export function nextSeed(args: NextSeedArgs, thread: i32, threads: i32): void {
  if (thread != 0) return;
  const s0 = load<u32>(args.seed);
  const s1 = load<u32>(args.seed, 4);
  store<u32>(args.y, args.ordered ? s0 : ((s0 + 1) * 5387) % 933199);
  store<u32>(args.y, args.ordered ? s1 + 1 : ((s1 + 1) * 5387) % 933199, 4);
}

@unmanaged
export class DropoutArgs {
  x: usize;
  seed: usize;
  y: usize;
  n: i32;
  keep: f32;
  inner: i32;
  step: i32;
  rank: i32;
}

/**
 * y[i] = x[i] / keep where the uniform number of i's mask element is below keep, 0 elsewhere, i < n. y may equal x.
 * The elements lie in rows of `inner`; `step` is 1 if the mask goes on within a row, 0 if a row shares one element.
 * Behind the arguments: the `rank` dimensions that count the rows, then the mask's strides along them (0: broadcast).
 * seed: two words. Parallel: contiguous shares.
 */
export function dropout(args: DropoutArgs, thread: i32, threads: i32): void {
  const to = share(args.n, thread + 1, threads);
  // u < keep, asked of the 23 bits that u is made of.
  const limit = <i32>ceil<f32>(args.keep * 8388608);
  let i = share(args.n, thread, threads);
  while (i < to) {
    const row = i / args.inner;
    const column = i - row * args.inner;
    const end = min(to, i + args.inner - column);
    const mask = rowOfMask(args, row) + column * args.step;
    const offset = <usize>i * ELEMENT;
    if (args.step) dropElements(args.seed, args.x + offset, args.y + offset, end - i, mask, limit, args.keep);
    else dropRow(args.seed, args.x + offset, args.y + offset, end - i, mask, limit, args.keep);
    i = end;
  }
}

/** Index of the mask element that row number `row` begins with. */
function rowOfMask(args: DropoutArgs, row: i32): i32 {
  const dims = changetype<usize>(args) + offsetof<DropoutArgs>();
  const strides = dims + <usize>args.rank * ELEMENT;
  let index = 0;
  for (let axis = args.rank - 1; axis >= 0; axis--) {
    const dim = load<i32>(dims + <usize>axis * ELEMENT);
    index += (row % dim) * load<i32>(strides + <usize>axis * ELEMENT);
    row /= dim;
  }
  return index;
}

/** n elements whose masks are number `mask`, `mask` + 1, ... */
function dropElements(seed: usize, x: usize, y: usize, n: i32, mask: i32, limit: i32, keep: f32): void {
  const key0 = v128.load32_splat(seed);
  const key1 = v128.load32_splat(seed, 4);
  const limits = i32x4.splat(limit);
  const keeps = f32x4.splat(keep);
  let i = 0;
  for (; i + 8 <= n; i += 8) {
    const offset = <usize>i * ELEMENT;
    const p = y + offset;
    // The bits take y's place for a moment, so x, which may be y, is read before.
    const x0 = f32x4.div(v128.load(x + offset), keeps);
    const x1 = f32x4.div(v128.load(x + offset, 16), keeps);
    threefry(key0, key1, mask + i, p);
    v128.store(p, v128.and(x0, i32x4.lt_s(i32x4.shr_u(v128.load(p), 9), limits)));
    v128.store(p, v128.and(x1, i32x4.lt_s(i32x4.shr_u(v128.load(p, 16), 9), limits)), 16);
  }
  const key = load<u64>(seed);
  for (; i < n; i++) {
    const kept = <i32>(bitsAt(key, mask + i) >> 9) < limit;
    store<f32>(y + <usize>i * ELEMENT, kept ? load<f32>(x + <usize>i * ELEMENT) / keep : 0);
  }
}

/** n elements that share mask element `mask`. */
function dropRow(seed: usize, x: usize, y: usize, n: i32, mask: i32, limit: i32, keep: f32): void {
  if (<i32>(bitsAt(load<u64>(seed), mask) >> 9) >= limit) {
    memory.fill(y, 0, <usize>n * ELEMENT);
    return;
  }
  const keeps = f32x4.splat(keep);
  let i = 0;
  for (; i + 4 <= n; i += 4) {
    const offset = <usize>i * ELEMENT;
    v128.store(y + offset, f32x4.div(v128.load(x + offset), keeps));
  }
  for (; i < n; i++) store<f32>(y + <usize>i * ELEMENT, load<f32>(x + <usize>i * ELEMENT) / keep);
}
