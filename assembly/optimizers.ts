// Optimizer steps, each in one pass over a variable: w is the variable, g its gradient, the others are the optimizer's
// slots for it; an output (`wNew`, ...) may be the same memory as its input. All arrays have n elements.
// Numbers that change from step to step (`rate`: the learning rate, ...) are pointers to one float, so that schedules can
// be computed in the program. `rest` of a rate such as beta1 is 1 - beta1, subtracted before rounding to float32.
// `decay` is a decoupled weight decay (Loshchilov, Hutter 2019): w is first reduced by w·decay·rate.
// Formulas and the places of epsilon are those of Keras 3 (keras/src/optimizers). All are parallel.

import { ELEMENT, fma } from './simd';
import { share } from './team';

/** How many elements a step takes at once, so that its formula is written once for vectors and for the tail. */
@unmanaged
abstract class Lanes {
  abstract load(p: usize, i: i32): v128;
  abstract store(p: usize, i: i32, v: v128): void;
}

@unmanaged
@final
class Four extends Lanes {
  load(p: usize, i: i32): v128 {
    return v128.load(p + <usize>i * ELEMENT);
  }
  store(p: usize, i: i32, v: v128): void {
    v128.store(p + <usize>i * ELEMENT, v);
  }
}

@unmanaged
@final
class One extends Lanes {
  load(p: usize, i: i32): v128 {
    return v128.load32_zero(p + <usize>i * ELEMENT);
  }
  store(p: usize, i: i32, v: v128): void {
    v128.store_lane<f32>(p + <usize>i * ELEMENT, v, 0);
  }
}

/** a - b·c. */
function subtractProduct(a: v128, b: v128, c: v128): v128 {
  return fma(f32x4.neg(b), c, a);
}

/** old·keep + value·rest. */
function movingAverage(old: v128, value: v128, keep: v128, rest: v128): v128 {
  return fma(old, keep, f32x4.mul(value, rest));
}

@unmanaged
export class SgdUpdateArgs {
  w: usize;
  g: usize;
  m: usize;
  rate: usize;
  wNew: usize;
  mNew: usize;
  n: i32;
  momentum: f32;
  nesterov: bool;
  decay: f32;
}

/** w -= rate·g; with momentum (m not 0): m = momentum·m - rate·g, w += m, or w += momentum·m - rate·g for Nesterov. */
export function sgdUpdate(args: SgdUpdateArgs, thread: i32, threads: i32): void {
  const rate = v128.load32_splat(args.rate);
  const decay = f32x4.mul(f32x4.splat(args.decay), rate);
  const momentum = f32x4.splat(args.momentum);
  const to = share(args.n, thread + 1, threads);
  let i = share(args.n, thread, threads);
  if (args.m) {
    for (; i + 4 <= to; i += 4) momentumStep<Four>(args, i, rate, decay, momentum);
    for (; i < to; i++) momentumStep<One>(args, i, rate, decay, momentum);
  } else {
    for (; i + 4 <= to; i += 4) sgdStep<Four>(args, i, rate, decay);
    for (; i < to; i++) sgdStep<One>(args, i, rate, decay);
  }
}

function sgdStep<L extends Lanes>(args: SgdUpdateArgs, i: i32, rate: v128, decay: v128): void {
  const lanes = changetype<L>(0);
  const w = lanes.load(args.w, i);
  lanes.store(args.wNew, i, subtractProduct(subtractProduct(w, w, decay), lanes.load(args.g, i), rate));
}

function momentumStep<L extends Lanes>(args: SgdUpdateArgs, i: i32, rate: v128, decay: v128, momentum: v128): void {
  const lanes = changetype<L>(0);
  const w = lanes.load(args.w, i);
  const step = f32x4.mul(lanes.load(args.g, i), rate);
  const m = f32x4.sub(f32x4.mul(lanes.load(args.m, i), momentum), step);
  lanes.store(args.mNew, i, m);
  const move = args.nesterov ? f32x4.sub(f32x4.mul(m, momentum), step) : m;
  lanes.store(args.wNew, i, f32x4.add(subtractProduct(w, w, decay), move));
}

@unmanaged
export class RmspropUpdateArgs {
  w: usize;
  g: usize;
  v: usize;
  m: usize;
  mean: usize;
  rate: usize;
  wNew: usize;
  vNew: usize;
  mNew: usize;
  meanNew: usize;
  n: i32;
  rho: f32;
  rest: f32;
  momentum: f32;
  epsilon: f32;
  decay: f32;
}

/**
 * v = rho·v + rest·g²; step = rate·g / sqrt(v + epsilon); w -= step.
 * Centered (mean not 0): mean = rho·mean + rest·g, and v - mean² + epsilon under the root.
 * With momentum (m not 0): m = momentum·m + step, w -= m.
 */
export function rmspropUpdate(args: RmspropUpdateArgs, thread: i32, threads: i32): void {
  const rate = v128.load32_splat(args.rate);
  const decay = f32x4.mul(f32x4.splat(args.decay), rate);
  const rho = f32x4.splat(args.rho);
  const rest = f32x4.splat(args.rest);
  const to = share(args.n, thread + 1, threads);
  let i = share(args.n, thread, threads);
  for (; i + 4 <= to; i += 4) rmspropStep<Four>(args, i, rate, decay, rho, rest);
  for (; i < to; i++) rmspropStep<One>(args, i, rate, decay, rho, rest);
}

function rmspropStep<L extends Lanes>(
  args: RmspropUpdateArgs,
  i: i32,
  rate: v128,
  decay: v128,
  rho: v128,
  rest: v128,
): void {
  const lanes = changetype<L>(0);
  const g = lanes.load(args.g, i);
  const v = movingAverage(lanes.load(args.v, i), f32x4.mul(g, g), rho, rest);
  lanes.store(args.vNew, i, v);
  let variance = v;
  if (args.mean) {
    const mean = movingAverage(lanes.load(args.mean, i), g, rho, rest);
    lanes.store(args.meanNew, i, mean);
    // Not fused: rounding v and mean² alike keeps their difference from going below zero by more than Keras's does.
    variance = f32x4.sub(v, f32x4.mul(mean, mean));
  }
  let step = f32x4.div(f32x4.mul(rate, g), f32x4.sqrt(f32x4.add(variance, f32x4.splat(args.epsilon))));
  if (args.m) {
    step = fma(lanes.load(args.m, i), f32x4.splat(args.momentum), step);
    lanes.store(args.mNew, i, step);
  }
  const w = lanes.load(args.w, i);
  lanes.store(args.wNew, i, f32x4.sub(subtractProduct(w, w, decay), step));
}

@unmanaged
export class AdamUpdateArgs {
  w: usize;
  g: usize;
  m: usize;
  v: usize;
  vMax: usize;
  rate: usize;
  alpha: usize;
  wNew: usize;
  mNew: usize;
  vNew: usize;
  vMaxNew: usize;
  n: i32;
  rest1: f32;
  rest2: f32;
  epsilon: f32;
  decay: f32;
}

/**
 * m += (g - m)·rest1; v += (g² - v)·rest2; w -= alpha·m / (sqrt v + epsilon).
 * alpha = rate·sqrt(1 - beta2^t) / (1 - beta1^t). AMSGrad (vMax not 0): vMax = max(vMax, v) takes v's place.
 */
export function adamUpdate(args: AdamUpdateArgs, thread: i32, threads: i32): void {
  const alpha = v128.load32_splat(args.alpha);
  const decay = f32x4.mul(f32x4.splat(args.decay), v128.load32_splat(args.rate));
  const rest1 = f32x4.splat(args.rest1);
  const rest2 = f32x4.splat(args.rest2);
  const epsilon = f32x4.splat(args.epsilon);
  const to = share(args.n, thread + 1, threads);
  let i = share(args.n, thread, threads);
  for (; i + 4 <= to; i += 4) adamStep<Four>(args, i, alpha, decay, rest1, rest2, epsilon);
  for (; i < to; i++) adamStep<One>(args, i, alpha, decay, rest1, rest2, epsilon);
}

function adamStep<L extends Lanes>(
  args: AdamUpdateArgs,
  i: i32,
  alpha: v128,
  decay: v128,
  rest1: v128,
  rest2: v128,
  epsilon: v128,
): void {
  const lanes = changetype<L>(0);
  const g = lanes.load(args.g, i);
  let m = lanes.load(args.m, i);
  m = fma(f32x4.sub(g, m), rest1, m);
  lanes.store(args.mNew, i, m);
  let v = lanes.load(args.v, i);
  v = fma(f32x4.sub(f32x4.mul(g, g), v), rest2, v);
  lanes.store(args.vNew, i, v);
  if (args.vMax) {
    v = f32x4.max(lanes.load(args.vMax, i), v);
    lanes.store(args.vMaxNew, i, v);
  }
  const w = lanes.load(args.w, i);
  const step = f32x4.div(f32x4.mul(m, alpha), f32x4.add(f32x4.sqrt(v), epsilon));
  lanes.store(args.wNew, i, f32x4.sub(subtractProduct(w, w, decay), step));
}

@unmanaged
export class AdamaxUpdateArgs {
  w: usize;
  g: usize;
  m: usize;
  u: usize;
  rate: usize;
  alpha: usize;
  wNew: usize;
  mNew: usize;
  uNew: usize;
  n: i32;
  rest1: f32;
  beta2: f32;
  epsilon: f32;
  decay: f32;
}

/** m += (g - m)·rest1; u = max(beta2·u, |g|); w -= alpha·m / (u + epsilon), alpha = rate / (1 - beta1^t). */
export function adamaxUpdate(args: AdamaxUpdateArgs, thread: i32, threads: i32): void {
  const alpha = v128.load32_splat(args.alpha);
  const decay = f32x4.mul(f32x4.splat(args.decay), v128.load32_splat(args.rate));
  const rest1 = f32x4.splat(args.rest1);
  const to = share(args.n, thread + 1, threads);
  let i = share(args.n, thread, threads);
  for (; i + 4 <= to; i += 4) adamaxStep<Four>(args, i, alpha, decay, rest1);
  for (; i < to; i++) adamaxStep<One>(args, i, alpha, decay, rest1);
}

function adamaxStep<L extends Lanes>(args: AdamaxUpdateArgs, i: i32, alpha: v128, decay: v128, rest1: v128): void {
  const lanes = changetype<L>(0);
  const g = lanes.load(args.g, i);
  let m = lanes.load(args.m, i);
  m = fma(f32x4.sub(g, m), rest1, m);
  lanes.store(args.mNew, i, m);
  const u = f32x4.max(f32x4.mul(lanes.load(args.u, i), f32x4.splat(args.beta2)), f32x4.abs(g));
  lanes.store(args.uNew, i, u);
  const w = lanes.load(args.w, i);
  const step = f32x4.div(f32x4.mul(m, alpha), f32x4.add(u, f32x4.splat(args.epsilon)));
  lanes.store(args.wNew, i, f32x4.sub(subtractProduct(w, w, decay), step));
}

@unmanaged
export class NadamUpdateArgs {
  w: usize;
  g: usize;
  m: usize;
  v: usize;
  rate: usize;
  cm: usize;
  cg: usize;
  cv: usize;
  wNew: usize;
  mNew: usize;
  vNew: usize;
  n: i32;
  rest1: f32;
  rest2: f32;
  epsilon: f32;
  decay: f32;
}

/**
 * m += (g - m)·rest1; v += (g² - v)·rest2; w -= rate·(cm·m + cg·g) / (sqrt(cv·v) + epsilon).
 * The corrections of step t, one float each: cm = u(t+1) / (1 - U(t+1)), cg = (1 - u(t)) / (1 - U(t)),
 * cv = 1 / (1 - beta2^t), with u(t) = beta1·(1 - 0.96^t / 2) and U(t) = u(1)···u(t).
 */
export function nadamUpdate(args: NadamUpdateArgs, thread: i32, threads: i32): void {
  const rate = v128.load32_splat(args.rate);
  const decay = f32x4.mul(f32x4.splat(args.decay), rate);
  const cm = v128.load32_splat(args.cm);
  const cg = v128.load32_splat(args.cg);
  const cv = v128.load32_splat(args.cv);
  const to = share(args.n, thread + 1, threads);
  let i = share(args.n, thread, threads);
  for (; i + 4 <= to; i += 4) nadamStep<Four>(args, i, rate, decay, cm, cg, cv);
  for (; i < to; i++) nadamStep<One>(args, i, rate, decay, cm, cg, cv);
}

function nadamStep<L extends Lanes>(
  args: NadamUpdateArgs,
  i: i32,
  rate: v128,
  decay: v128,
  cm: v128,
  cg: v128,
  cv: v128,
): void {
  const lanes = changetype<L>(0);
  const g = lanes.load(args.g, i);
  let m = lanes.load(args.m, i);
  m = fma(f32x4.sub(g, m), f32x4.splat(args.rest1), m);
  lanes.store(args.mNew, i, m);
  let v = lanes.load(args.v, i);
  v = fma(f32x4.sub(f32x4.mul(g, g), v), f32x4.splat(args.rest2), v);
  lanes.store(args.vNew, i, v);
  const w = lanes.load(args.w, i);
  const corrected = fma(cm, m, f32x4.mul(cg, g));
  const root = f32x4.sqrt(f32x4.mul(cv, v));
  const step = f32x4.div(f32x4.mul(corrected, rate), f32x4.add(root, f32x4.splat(args.epsilon)));
  lanes.store(args.wNew, i, f32x4.sub(subtractProduct(w, w, decay), step));
}

@unmanaged
export class AdagradUpdateArgs {
  w: usize;
  g: usize;
  a: usize;
  rate: usize;
  wNew: usize;
  aNew: usize;
  n: i32;
  epsilon: f32;
  decay: f32;
}

/** a += g²; w -= rate·g / sqrt(a + epsilon). */
export function adagradUpdate(args: AdagradUpdateArgs, thread: i32, threads: i32): void {
  const rate = v128.load32_splat(args.rate);
  const decay = f32x4.mul(f32x4.splat(args.decay), rate);
  const epsilon = f32x4.splat(args.epsilon);
  const to = share(args.n, thread + 1, threads);
  let i = share(args.n, thread, threads);
  for (; i + 4 <= to; i += 4) adagradStep<Four>(args, i, rate, decay, epsilon);
  for (; i < to; i++) adagradStep<One>(args, i, rate, decay, epsilon);
}

function adagradStep<L extends Lanes>(args: AdagradUpdateArgs, i: i32, rate: v128, decay: v128, epsilon: v128): void {
  const lanes = changetype<L>(0);
  const g = lanes.load(args.g, i);
  const a = fma(g, g, lanes.load(args.a, i));
  lanes.store(args.aNew, i, a);
  const w = lanes.load(args.w, i);
  const step = f32x4.div(f32x4.mul(rate, g), f32x4.sqrt(f32x4.add(a, epsilon)));
  lanes.store(args.wNew, i, f32x4.sub(subtractProduct(w, w, decay), step));
}

@unmanaged
export class AdadeltaUpdateArgs {
  w: usize;
  g: usize;
  a: usize;
  d: usize;
  rate: usize;
  wNew: usize;
  aNew: usize;
  dNew: usize;
  n: i32;
  rho: f32;
  rest: f32;
  epsilon: f32;
  decay: f32;
}

/**
 * a = rho·a + rest·g²; delta = -sqrt(d + epsilon) / sqrt(a + epsilon)·g; d = rho·d + rest·delta²;
 * w += rate·delta.
 */
export function adadeltaUpdate(args: AdadeltaUpdateArgs, thread: i32, threads: i32): void {
  const rate = v128.load32_splat(args.rate);
  const decay = f32x4.mul(f32x4.splat(args.decay), rate);
  const rho = f32x4.splat(args.rho);
  const rest = f32x4.splat(args.rest);
  const epsilon = f32x4.splat(args.epsilon);
  const to = share(args.n, thread + 1, threads);
  let i = share(args.n, thread, threads);
  for (; i + 4 <= to; i += 4) adadeltaStep<Four>(args, i, rate, decay, rho, rest, epsilon);
  for (; i < to; i++) adadeltaStep<One>(args, i, rate, decay, rho, rest, epsilon);
}

function adadeltaStep<L extends Lanes>(
  args: AdadeltaUpdateArgs,
  i: i32,
  rate: v128,
  decay: v128,
  rho: v128,
  rest: v128,
  epsilon: v128,
): void {
  const lanes = changetype<L>(0);
  const g = lanes.load(args.g, i);
  const a = movingAverage(lanes.load(args.a, i), f32x4.mul(g, g), rho, rest);
  lanes.store(args.aNew, i, a);
  const d = lanes.load(args.d, i);
  const roots = f32x4.sqrt(f32x4.add(d, epsilon));
  const delta = f32x4.neg(f32x4.div(f32x4.mul(roots, g), f32x4.sqrt(f32x4.add(a, epsilon))));
  lanes.store(args.dNew, i, movingAverage(d, f32x4.mul(delta, delta), rho, rest));
  const w = lanes.load(args.w, i);
  lanes.store(args.wNew, i, fma(rate, delta, subtractProduct(w, w, decay)));
}

@unmanaged
export class LionUpdateArgs {
  w: usize;
  g: usize;
  m: usize;
  rate: usize;
  wNew: usize;
  mNew: usize;
  n: i32;
  beta1: f32;
  rest1: f32;
  beta2: f32;
  rest2: f32;
  decay: f32;
}

/** w -= rate·sign(beta1·m + rest1·g), then m = beta2·m + rest2·g. */
export function lionUpdate(args: LionUpdateArgs, thread: i32, threads: i32): void {
  const rate = v128.load32_splat(args.rate);
  const decay = f32x4.mul(f32x4.splat(args.decay), rate);
  const to = share(args.n, thread + 1, threads);
  let i = share(args.n, thread, threads);
  for (; i + 4 <= to; i += 4) lionStep<Four>(args, i, rate, decay);
  for (; i < to; i++) lionStep<One>(args, i, rate, decay);
}

function lionStep<L extends Lanes>(args: LionUpdateArgs, i: i32, rate: v128, decay: v128): void {
  const lanes = changetype<L>(0);
  const g = lanes.load(args.g, i);
  const m = lanes.load(args.m, i);
  const direction = movingAverage(m, g, f32x4.splat(args.beta1), f32x4.splat(args.rest1));
  const zero = f32x4.splat(0);
  const up = v128.and(f32x4.gt(direction, zero), rate);
  const down = v128.and(f32x4.lt(direction, zero), rate);
  const w = lanes.load(args.w, i);
  lanes.store(args.wNew, i, f32x4.add(f32x4.sub(subtractProduct(w, w, decay), up), down));
  lanes.store(args.mNew, i, movingAverage(m, g, f32x4.splat(args.beta2), f32x4.splat(args.rest2)));
}

@unmanaged
export class FtrlUpdateArgs {
  w: usize;
  g: usize;
  a: usize;
  z: usize;
  rate: usize;
  wNew: usize;
  aNew: usize;
  zNew: usize;
  n: i32;
  l1: f32;
  l2: f32;
  shrinkage: f32;
  beta: f32;
  decay: f32;
}

/**
 * Follow the regularized leader, with the learning-rate power -1/2:
 * b = a + g²; z += g + 2·shrinkage·w - (sqrt b - sqrt a) / rate·w; a = b;
 * w = (clip(z, -l1, l1) - z) / (sqrt b / rate + 2·(l2 + beta / (2·rate))).
 * Source: McMahan et al., "Ad click prediction: a view from the trenches" (2013).
 */
export function ftrlUpdate(args: FtrlUpdateArgs, thread: i32, threads: i32): void {
  const rate = v128.load32_splat(args.rate);
  const decay = f32x4.mul(f32x4.splat(args.decay), rate);
  const stable = f32x4.add(f32x4.splat(2 * args.l2), f32x4.div(f32x4.splat(args.beta), rate));
  const to = share(args.n, thread + 1, threads);
  let i = share(args.n, thread, threads);
  for (; i + 4 <= to; i += 4) ftrlStep<Four>(args, i, rate, decay, stable);
  for (; i < to; i++) ftrlStep<One>(args, i, rate, decay, stable);
}

function ftrlStep<L extends Lanes>(args: FtrlUpdateArgs, i: i32, rate: v128, decay: v128, stable: v128): void {
  const lanes = changetype<L>(0);
  const g = lanes.load(args.g, i);
  const a = lanes.load(args.a, i);
  let w = lanes.load(args.w, i);
  w = subtractProduct(w, w, decay);
  const b = fma(g, g, a);
  lanes.store(args.aNew, i, b);
  const root = f32x4.sqrt(b);
  const sigma = f32x4.div(f32x4.sub(root, f32x4.sqrt(a)), rate);
  const pull = f32x4.sub(fma(f32x4.splat(2 * args.shrinkage), w, g), f32x4.mul(sigma, w));
  const z = f32x4.add(lanes.load(args.z, i), pull);
  lanes.store(args.zNew, i, z);
  const clipped = f32x4.max(f32x4.splat(-args.l1), f32x4.min(f32x4.splat(args.l1), z));
  lanes.store(args.wNew, i, f32x4.div(f32x4.sub(clipped, z), f32x4.add(f32x4.div(root, rate), stable)));
}
