// Optimizer steps: one fused pass over a variable, its gradient and its slots. Each function returns the new values,
// `w` and the slots by the names they came with; assigned to the variables they came from, they are computed in place.
// Rates that change from step to step are tensors of one element, so a program computes them once for all variables.
// Formulas and the places of epsilon are those of Keras 3; `weightDecay` first takes w·weightDecay·learningRate off w.

import { ShapeError, ValueError } from '../errors.js';
import { applyAll, asTensor, type TensorLike } from '../graph/apply.js';
import { type Attrs, defineOp, type OpDef } from '../graph/op.js';
import type { Tensor } from '../graph/tensor.js';
import type { KernelArgs } from '../runtime/kernels.generated.js';
import type { Pointer } from '../runtime/pointer.js';
import { formatShape, sameShape } from '../shape.js';
import { add, clip, divide, multiply, power, square, subtract } from './elementwise.js';

/** What every step takes: the learning rate, and a decoupled weight decay (default 0). */
export interface StepOptions {
  readonly learningRate: TensorLike;
  readonly weightDecay?: number | null | undefined;
}

type UpdateKernel = Extract<keyof KernelArgs, `${string}Update`>;

interface UpdateAttrs extends Attrs {
  /** Names of the slots that are there: the inputs after w and g. */
  readonly slots: readonly string[];
  /** Names of the rates: the inputs after the slots. */
  readonly rates: readonly string[];
  /** The kernel's other arguments. */
  readonly numbers: { readonly [name: string]: number };
}

/** About the scalar operations of a step per element; only decides from which size on threads share it. */
const WORK = 8;

/** The op of a kernel that can have the given slots. */
function updateOp(kernel: UpdateKernel, allSlots: readonly string[]): OpDef<UpdateAttrs> {
  return defineOp<UpdateAttrs>({
    name: kernel,
    infer: ([w, g, ...others], { slots, rates }) => {
      for (const [i, x] of [g!, ...others.slice(0, slots.length)].entries()) {
        if (sameShape(x.shape, w!.shape) && x.dtype === 'float32') continue;
        const name = i === 0 ? 'the gradient' : `slot ${slots[i - 1]}`;
        throw new ShapeError(
          `${kernel}: expected ${name} to be float32 of the variable's shape ${formatShape(w!.shape)}. ` +
            `Received ${x.dtype} of shape ${formatShape(x.shape)}.`,
        );
      }
      for (const [i, rate] of others.slice(slots.length).entries()) {
        if (rate.dtype === 'float32' && rate.shape.every(dim => dim === 1)) continue;
        throw new ShapeError(
          `${kernel}: expected ${rates[i]} to be one float32. Received ${rate.dtype} of shape ${formatShape(rate.shape)}.`,
        );
      }
      return [w!, ...others.slice(0, slots.length)].map(({ shape }) => ({ shape, dtype: 'float32' }));
    },
    vjp: 'none', // a step is taken with gradients, and not differentiated itself
    inPlace: [[0, 0], ...allSlots.map((_, i) => [i + 1, i + 2] as const)],
    emit: (k, { inputs: [w, g, ...others], outputs: [wNew, ...slotsNew], attrs: { slots, rates, numbers } }) => {
      const args: Record<string, Pointer> = { w: w!, g: g!, wNew: wNew!, n: w!.size, ...numbers };
      for (const name of allSlots) {
        const i = slots.indexOf(name);
        args[name] = i < 0 ? 0 : others[i]!;
        args[`${name}New`] = i < 0 ? 0 : slotsNew[i]!;
      }
      rates.forEach((name, i) => (args[name] = others[slots.length + i]!));
      k.call(kernel, args as unknown as KernelArgs[typeof kernel], w!.size * WORK);
    },
  });
}

/** New values by name. */
type Updated<S> = { readonly w: Tensor } & { readonly [K in keyof S]: Tensor };

type Named<T> = { readonly [name: string]: T };

/** Applies a kernel that can have the given slots to those that are there. */
function updater(kernel: UpdateKernel, allSlots: readonly string[]) {
  const op = updateOp(kernel, allSlots);
  return <S extends object>(
    w: TensorLike,
    g: TensorLike,
    slots: S,
    rates: Named<TensorLike>,
    numbers: Named<number>,
  ) => {
    const given = slots as Named<TensorLike | undefined>;
    const names = allSlots.filter(name => given[name] !== undefined);
    const inputs = [w, g, ...names.map(name => given[name]!), ...Object.values(rates)].map(x => asTensor(x));
    const outputs = applyAll(op, inputs, { slots: names, rates: Object.keys(rates), numbers });
    return Object.fromEntries(['w', ...names].map((name, i) => [name, outputs[i]!])) as Updated<S>;
  };
}

const sgd = updater('sgdUpdate', ['m']);

/**
 * w −= lr·g. With a slot m: m = momentum·m − lr·g, then w += m; for Nesterov w += momentum·m − lr·g.
 * Default momentum 0, nesterov false. Source: keras/src/optimizers/sgd.py.
 */
export function sgdUpdate<S extends { m?: TensorLike }>(
  w: TensorLike,
  g: TensorLike,
  slots: S,
  {
    learningRate,
    weightDecay,
    momentum = 0,
    nesterov = false,
  }: StepOptions & { momentum?: number; nesterov?: boolean },
): Updated<S> {
  const numbers = { momentum, nesterov: Number(nesterov), decay: weightDecay ?? 0 };
  return sgd(w, g, slots, { rate: learningRate }, numbers);
}

const rmsprop = updater('rmspropUpdate', ['v', 'm', 'mean']);

/**
 * v = rho·v + (1 − rho)·g²; step = lr·g / √(v + epsilon); w −= step.
 * With a slot `mean` (centered): mean = rho·mean + (1 − rho)·g, and v − mean² + epsilon under the root.
 * With a slot m: m = momentum·m + step, and w −= m. Defaults: rho 0.9, momentum 0, epsilon 1e-7.
 * Source: Hinton's lecture 6e; keras/src/optimizers/rmsprop.py.
 */
export function rmspropUpdate<S extends { v: TensorLike; m?: TensorLike; mean?: TensorLike }>(
  w: TensorLike,
  g: TensorLike,
  slots: S,
  {
    learningRate,
    weightDecay,
    rho = 0.9,
    momentum = 0,
    epsilon = 1e-7,
  }: StepOptions & { rho?: number; momentum?: number; epsilon?: number },
): Updated<S> {
  const numbers = { rho, rest: 1 - rho, momentum, epsilon, decay: weightDecay ?? 0 };
  return rmsprop(w, g, slots, { rate: learningRate }, numbers);
}

/** The decay rates of the moments of Adam and its relatives, and epsilon. Defaults 0.9, 0.999, 1e-7. */
interface MomentOptions {
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
}

const adam = updater('adamUpdate', ['m', 'v', 'vMax']);

/**
 * m += (g − m)·(1 − beta1); v += (g² − v)·(1 − beta2); w −= alpha·m / (√v + epsilon), where the caller gives
 * alpha = lr·√(1 − beta2^t) / (1 − beta1^t). With a slot vMax (AMSGrad): vMax = max(vMax, v) takes v's place.
 * epsilon is the "epsilon hat" of the paper. Source: Kingma, Ba (2015), before section 2.1; keras/src/optimizers/adam.py.
 */
export function adamUpdate<S extends { m: TensorLike; v: TensorLike; vMax?: TensorLike }>(
  w: TensorLike,
  g: TensorLike,
  slots: S,
  {
    learningRate,
    alpha,
    weightDecay,
    beta1 = 0.9,
    beta2 = 0.999,
    epsilon = 1e-7,
  }: StepOptions & MomentOptions & { readonly alpha: TensorLike },
): Updated<S> {
  const numbers = { rest1: 1 - beta1, rest2: 1 - beta2, epsilon, decay: weightDecay ?? 0 };
  return adam(w, g, slots, { rate: learningRate, alpha }, numbers);
}

const adamax = updater('adamaxUpdate', ['m', 'u']);

/**
 * m += (g − m)·(1 − beta1); u = max(beta2·u, |g|); w −= alpha·m / (u + epsilon), where the caller gives
 * alpha = lr / (1 − beta1^t). Source: Kingma, Ba (2015), section 7.1; keras/src/optimizers/adamax.py.
 */
export function adamaxUpdate(
  w: TensorLike,
  g: TensorLike,
  { m, u }: { m: TensorLike; u: TensorLike },
  {
    learningRate,
    alpha,
    weightDecay,
    beta1 = 0.9,
    beta2 = 0.999,
    epsilon = 1e-7,
  }: StepOptions & MomentOptions & { readonly alpha: TensorLike },
): Updated<{ m: TensorLike; u: TensorLike }> {
  const numbers = { rest1: 1 - beta1, beta2, epsilon, decay: weightDecay ?? 0 };
  return adamax(w, g, { m, u }, { rate: learningRate, alpha }, numbers);
}

const nadam = updater('nadamUpdate', ['m', 'v']);

/** The corrections that Nadam's step t needs, one element each: see `nadamUpdate`. */
export interface NadamCorrections {
  readonly cm: TensorLike;
  readonly cg: TensorLike;
  readonly cv: TensorLike;
}

/**
 * m += (g − m)·(1 − beta1); v += (g² − v)·(1 − beta2); w −= lr·(cm·m + cg·g) / (√(cv·v) + epsilon), where the caller
 * gives cm = u(t+1) / (1 − U(t)·u(t+1)), cg = (1 − u(t)) / (1 − U(t)), cv = 1 / (1 − beta2^t) with
 * u(t) = beta1·(1 − 0.96^t / 2) and U(t) = u(1)···u(t). Source: Dozat (2015); keras/src/optimizers/nadam.py.
 */
export function nadamUpdate(
  w: TensorLike,
  g: TensorLike,
  { m, v }: { m: TensorLike; v: TensorLike },
  {
    learningRate,
    cm,
    cg,
    cv,
    weightDecay,
    beta1 = 0.9,
    beta2 = 0.999,
    epsilon = 1e-7,
  }: StepOptions & MomentOptions & NadamCorrections,
): Updated<{ m: TensorLike; v: TensorLike }> {
  // Keras subtracts these two from 1 in float32.
  const numbers = { rest1: 1 - Math.fround(beta1), rest2: 1 - Math.fround(beta2), epsilon, decay: weightDecay ?? 0 };
  return nadam(w, g, { m, v }, { rate: learningRate, cm, cg, cv }, numbers);
}

const adagrad = updater('adagradUpdate', ['a']);

/**
 * a += g²; w −= lr·g / √(a + epsilon). Default epsilon 1e-7.
 * Source: Duchi, Hazan, Singer (2011); keras/src/optimizers/adagrad.py.
 */
export function adagradUpdate(
  w: TensorLike,
  g: TensorLike,
  { a }: { a: TensorLike },
  { learningRate, weightDecay, epsilon = 1e-7 }: StepOptions & { epsilon?: number },
): Updated<{ a: TensorLike }> {
  return adagrad(w, g, { a }, { rate: learningRate }, { epsilon, decay: weightDecay ?? 0 });
}

const adadelta = updater('adadeltaUpdate', ['a', 'd']);

/**
 * a = rho·a + (1 − rho)·g²; delta = −√(d + epsilon) / √(a + epsilon)·g; d = rho·d + (1 − rho)·delta²; w += lr·delta.
 * Defaults: rho 0.95, epsilon 1e-7. Source: Zeiler (2012); keras/src/optimizers/adadelta.py.
 */
export function adadeltaUpdate(
  w: TensorLike,
  g: TensorLike,
  { a, d }: { a: TensorLike; d: TensorLike },
  { learningRate, weightDecay, rho = 0.95, epsilon = 1e-7 }: StepOptions & { rho?: number; epsilon?: number },
): Updated<{ a: TensorLike; d: TensorLike }> {
  const numbers = { rho, rest: 1 - rho, epsilon, decay: weightDecay ?? 0 };
  return adadelta(w, g, { a, d }, { rate: learningRate }, numbers);
}

const lion = updater('lionUpdate', ['m']);

/**
 * w −= lr·sign(beta1·m + (1 − beta1)·g), then m = beta2·m + (1 − beta2)·g. Defaults: beta1 0.9, beta2 0.99.
 * Source: Chen et al. (2023); keras/src/optimizers/lion.py.
 */
export function lionUpdate(
  w: TensorLike,
  g: TensorLike,
  { m }: { m: TensorLike },
  { learningRate, weightDecay, beta1 = 0.9, beta2 = 0.99 }: StepOptions & { beta1?: number; beta2?: number },
): Updated<{ m: TensorLike }> {
  // Keras subtracts these two from 1 in float32.
  const [rest1, rest2] = [1 - Math.fround(beta1), 1 - Math.fround(beta2)];
  return lion(w, g, { m }, { rate: learningRate }, { beta1, rest1, beta2, rest2, decay: weightDecay ?? 0 });
}

export interface FtrlOptions extends StepOptions {
  /** At most 0; default −0.5. */
  readonly learningRatePower?: number;
  readonly l1?: number;
  readonly l2?: number;
  readonly l2Shrinkage?: number;
  readonly beta?: number;
}

const ftrl = updater('ftrlUpdate', ['a', 'z']);

/**
 * b = a + g²; p = −learningRatePower; z += g + 2·l2Shrinkage·w − (b^p − a^p) / lr·w; a = b;
 * w = (clip(z, −l1, l1) − z) / (b^p / lr + 2·l2 + beta / lr). All options default to 0 but the power, −0.5.
 * Source: McMahan et al. (2013); keras/src/optimizers/ftrl.py.
 */
export function ftrlUpdate(
  w: TensorLike,
  g: TensorLike,
  slots: { a: TensorLike; z: TensorLike },
  options: FtrlOptions,
): Updated<{ a: TensorLike; z: TensorLike }> {
  const { learningRate, weightDecay, learningRatePower = -0.5, l1 = 0, l2 = 0, l2Shrinkage = 0, beta = 0 } = options;
  if (learningRatePower > 0) {
    throw new ValueError(`ftrlUpdate: expected a learningRatePower of at most 0. Received: ${learningRatePower}.`);
  }
  if (learningRatePower === -0.5) {
    const numbers = { l1, l2, shrinkage: l2Shrinkage, beta, decay: weightDecay ?? 0 };
    return ftrl(w, g, slots, { rate: learningRate }, numbers);
  }
  const old = subtract(w, multiply(w, multiply(weightDecay ?? 0, learningRate)));
  const a = add(slots.a, square(g));
  const root = power(a, -learningRatePower);
  const sigma = divide(subtract(root, power(slots.a, -learningRatePower)), learningRate);
  const pull = subtract(add(g, multiply(2 * l2Shrinkage, old)), multiply(sigma, old));
  const z = add(slots.z, pull);
  const denominator = add(divide(root, learningRate), add(2 * l2, divide(beta, learningRate)));
  return { w: divide(subtract(clip(z, -l1, l1), z), denominator), a, z };
}
