// Learning rates that depend on the step. They are computed in the training program, so nothing happens in JavaScript
// from step to step.

import { callable, callableRoot } from '../callable.js';
import { type Config, getObject, type Json, type KerasObject, register, toOptions, toSnakeKey } from '../config.js';
import { ValueError } from '../errors.js';
import { asTensor, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import {
  add,
  cast,
  ceil,
  cos,
  divide,
  equal,
  floor,
  less,
  lessEqual,
  log,
  minimum,
  multiply,
  power,
  subtract,
  where,
} from '../ops/elementwise.js';

const MODULE = 'keras.optimizers.schedules';

/** Base class: write `call(step)`, which gives the learning rate as a scalar tensor. */
export abstract class LearningRateSchedule extends callableRoot<(step: TensorLike) => Tensor>() {
  static fromConfig(config: Config): LearningRateSchedule {
    return new (this as unknown as new (options: object) => LearningRateSchedule)(toOptions(config));
  }

  /** The learning rate at a step, counted from 0. */
  abstract override call(step: Tensor): Tensor;

  override invoke(step: TensorLike): Tensor {
    return this.call(asTensor(step));
  }

  abstract getConfig(): Config;
}

/**
 * The parts that all schedules share: options as the only argument or after the positional ones, in the order of
 * `order`; their defaults; the config.
 */
abstract class NamedSchedule<O extends { name?: string }> extends LearningRateSchedule {
  protected readonly options: Required<O>;

  constructor(args: readonly unknown[], order: readonly (keyof O & string)[], defaults: Partial<O>) {
    super();
    const given: Record<string, unknown> = { ...defaults };
    args.forEach((arg, i) => {
      if (typeof arg === 'object' && arg !== null && !Array.isArray(arg)) Object.assign(given, arg);
      else if (arg !== undefined) given[order[i]!] = arg;
    });
    const missing = order.filter(key => given[key] === undefined);
    if (missing.length > 0) throw new ValueError(`${given['name']}: missing ${missing.join(', ')}.`);
    this.options = given as Required<O>;
    for (const key of ['decaySteps', 'firstDecaySteps']) {
      const steps = given[key];
      if (steps !== undefined && !((steps as number) > 0))
        throw new ValueError(`${given['name']}: expected ${key} > 0. Received: ${steps}.`);
    }
  }

  override getConfig(): Config {
    return Object.fromEntries(Object.entries(this.options).map(([key, value]) => [toSnakeKey(key), value as Json]));
  }
}

export interface ExponentialDecayOptions {
  initialLearningRate: number;
  /** Steps in which the rate falls by the factor `decayRate`. */
  decaySteps: number;
  decayRate: number;
  /** Lets the rate fall in steps. Default false. */
  staircase?: boolean;
  name?: string;
}

type Positional<O> =
  | [options: O]
  | [initialLearningRate: number, decaySteps: number, decayRate: number, options?: Partial<O>];

class ExponentialDecaySchedule extends NamedSchedule<ExponentialDecayOptions> {
  static readonly className = 'ExponentialDecay';

  constructor(...args: Positional<ExponentialDecayOptions>) {
    super(args, ['initialLearningRate', 'decaySteps', 'decayRate'], {
      staircase: false,
      name: 'ExponentialDecay',
    });
  }

  override call(step: Tensor): Tensor {
    const { initialLearningRate, decaySteps, decayRate, staircase } = this.options;
    const p = divide(cast(step, 'float32'), decaySteps);
    return multiply(power(decayRate, staircase ? floor(p) : p), initialLearningRate);
  }
}

class InverseTimeDecaySchedule extends NamedSchedule<ExponentialDecayOptions> {
  static readonly className = 'InverseTimeDecay';

  constructor(...args: Positional<ExponentialDecayOptions>) {
    super(args, ['initialLearningRate', 'decaySteps', 'decayRate'], {
      staircase: false,
      name: 'InverseTimeDecay',
    });
  }

  override call(step: Tensor): Tensor {
    const { initialLearningRate, decaySteps, decayRate, staircase } = this.options;
    const p = divide(cast(step, 'float32'), decaySteps);
    return divide(initialLearningRate, add(1, multiply(staircase ? floor(p) : p, decayRate)));
  }
}

export interface PiecewiseConstantDecayOptions {
  /** Steps up to which (inclusive) each value holds, ascending. */
  boundaries: readonly number[];
  /** One more than boundaries. */
  values: readonly number[];
  name?: string;
}

class PiecewiseConstantDecaySchedule extends NamedSchedule<PiecewiseConstantDecayOptions> {
  static readonly className = 'PiecewiseConstantDecay';

  constructor(
    ...args:
      | [options: PiecewiseConstantDecayOptions]
      | [boundaries: readonly number[], values: readonly number[], options?: { name?: string }]
  ) {
    super(args, ['boundaries', 'values'], { name: 'PiecewiseConstant' });
    const { boundaries, values } = this.options;
    if (boundaries.length !== values.length - 1) {
      throw new ValueError(
        `PiecewiseConstantDecay: expected one boundary fewer than values. Received ${boundaries.length} boundaries and ${values.length} values.`,
      );
    }
  }

  override call(step: Tensor): Tensor {
    const { boundaries, values } = this.options;
    const at = cast(step, 'float32');
    let rate = asTensor(values.at(-1)!);
    for (let i = boundaries.length - 1; i >= 0; i--) rate = where(lessEqual(at, boundaries[i]!), values[i]!, rate);
    return rate;
  }
}

export interface PolynomialDecayOptions {
  initialLearningRate: number;
  decaySteps: number;
  /** Default 0.0001. */
  endLearningRate?: number;
  /** 1 is linear. Default 1. */
  power?: number;
  /** Starts again, over more and more steps, instead of staying at the end. Default false. */
  cycle?: boolean;
  name?: string;
}

class PolynomialDecaySchedule extends NamedSchedule<PolynomialDecayOptions> {
  static readonly className = 'PolynomialDecay';

  constructor(
    ...args:
      | [options: PolynomialDecayOptions]
      | [initialLearningRate: number, decaySteps: number, options?: Partial<PolynomialDecayOptions>]
  ) {
    super(args, ['initialLearningRate', 'decaySteps'], {
      endLearningRate: 0.0001,
      power: 1,
      cycle: false,
      name: 'PolynomialDecay',
    });
  }

  override call(step: Tensor): Tensor {
    const { initialLearningRate, decaySteps, endLearningRate, power: exponent, cycle } = this.options;
    const at = cast(step, 'float32');
    const p = cycle
      ? divide(at, multiply(where(equal(at, 0), 1, ceil(divide(at, decaySteps))), decaySteps))
      : divide(minimum(at, decaySteps), decaySteps);
    return add(multiply(power(subtract(1, p), exponent), initialLearningRate - endLearningRate), endLearningRate);
  }
}

export interface CosineDecayOptions {
  initialLearningRate: number;
  decaySteps: number;
  /** The final rate as a fraction of the first. Default 0. */
  alpha?: number;
  /** Where a linear warm-up from `initialLearningRate` leads, before the decay from there. Default null: none. */
  warmupTarget?: number | null;
  /** Default 0. */
  warmupSteps?: number;
  name?: string;
}

class CosineDecaySchedule extends NamedSchedule<CosineDecayOptions> {
  static readonly className = 'CosineDecay';

  constructor(
    ...args:
      | [options: CosineDecayOptions]
      | [initialLearningRate: number, decaySteps: number, options?: Partial<CosineDecayOptions>]
  ) {
    super(args, ['initialLearningRate', 'decaySteps'], {
      alpha: 0,
      name: 'CosineDecay',
      warmupTarget: null,
      warmupSteps: 0,
    });
  }

  override call(step: Tensor): Tensor {
    const { initialLearningRate, decaySteps, alpha, warmupTarget, warmupSteps } = this.options;
    const at = cast(step, 'float32');
    const decay = (from: number, done: Tensor) =>
      multiply(add(multiply(add(cos(multiply(divide(done, decaySteps), Math.PI)), 1), 0.5 * (1 - alpha)), alpha), from);
    if (warmupTarget === null) return decay(initialLearningRate, minimum(at, decaySteps));
    const until = minimum(at, decaySteps + warmupSteps);
    const warm = add(multiply(divide(until, warmupSteps), warmupTarget - initialLearningRate), initialLearningRate);
    return where(less(until, warmupSteps), warm, decay(warmupTarget, subtract(until, warmupSteps)));
  }
}

export interface CosineDecayRestartsOptions {
  initialLearningRate: number;
  firstDecaySteps: number;
  /** How many times as long each period is as the one before. Default 2. */
  tMul?: number;
  /** The first rate of each period as a multiple of the one before. Default 1. */
  mMul?: number;
  /** The final rate as a fraction of the first. Default 0. */
  alpha?: number;
  name?: string;
}

class CosineDecayRestartsSchedule extends NamedSchedule<CosineDecayRestartsOptions> {
  static readonly className = 'CosineDecayRestarts';

  constructor(
    ...args:
      | [options: CosineDecayRestartsOptions]
      | [initialLearningRate: number, firstDecaySteps: number, options?: Partial<CosineDecayRestartsOptions>]
  ) {
    super(args, ['initialLearningRate', 'firstDecaySteps'], {
      tMul: 2,
      mMul: 1,
      alpha: 0,
      name: 'SGDRDecay',
    });
  }

  override call(step: Tensor): Tensor {
    const { initialLearningRate, firstDecaySteps, tMul, mMul, alpha } = this.options;
    const periods = divide(cast(step, 'float32'), firstDecaySteps);
    let restarts = floor(periods);
    let done = subtract(periods, restarts);
    if (tMul !== 1) {
      // The lengths are a geometric series: 1 + t + t^2 + ... = (1 - t^n) / (1 - t).
      restarts = floor(divide(log(subtract(1, multiply(periods, 1 - tMul))), Math.fround(Math.log(tMul))));
      const length = power(tMul, restarts);
      done = divide(subtract(periods, divide(subtract(1, length), 1 - tMul)), length);
    }
    const cosine = multiply(multiply(power(mMul, restarts), add(cos(multiply(done, Math.PI)), 1)), 0.5);
    return multiply(add(multiply(cosine, 1 - alpha), alpha), initialLearningRate);
  }
}

/** initial * decayRate ^ (step / decaySteps). */
export const ExponentialDecay = register(MODULE, callable(ExponentialDecaySchedule));
/** initial / (1 + decayRate * step / decaySteps). */
export const InverseTimeDecay = register(MODULE, callable(InverseTimeDecaySchedule));
/** values[i] up to the step boundaries[i]. */
export const PiecewiseConstantDecay = register(MODULE, callable(PiecewiseConstantDecaySchedule));
/** From initial to end along (1 - step / decaySteps) ^ power. */
export const PolynomialDecay = register(MODULE, callable(PolynomialDecaySchedule));
/** Half a cosine from initial down to alpha * initial, after an optional linear warm-up. */
export const CosineDecay = register(MODULE, callable(CosineDecaySchedule));
/** Half cosines that start again (Loshchilov and Hutter 2016). */
export const CosineDecayRestarts = register(MODULE, callable(CosineDecayRestartsSchedule));

/** The schedule that Keras's JSON describes. */
export function getSchedule(json: KerasObject): LearningRateSchedule {
  return getObject<LearningRateSchedule>(MODULE, 'learning rate schedule', json)!;
}
