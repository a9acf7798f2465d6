// Learning rates that depend on the step. They are computed in the training program, so nothing happens in JavaScript
// from step to step.

import { callableRoot } from '../callable.js';
import { type Config, getObject, type KerasObject, toOptions } from '../config.js';
import { configured, known } from '../configured.js';
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
import { type ArgsOf, type Field, required, value } from '../options.js';

const MODULE = 'keras.optimizers.schedules';

/** Base class: write `call(step)`, which gives the learning rate as a scalar tensor, and `getConfig` to save it. */
export abstract class LearningRateSchedule extends callableRoot<(step: TensorLike) => Tensor>() {
  static fromConfig(config: Config): LearningRateSchedule {
    return new (this as unknown as new (options: object) => LearningRateSchedule)(toOptions(config));
  }

  /** The learning rate at a step, counted from 0. */
  abstract override call(step: Tensor): Tensor;

  override invoke(step: TensorLike): Tensor {
    return this.call(asTensor(step));
  }

  getConfig(): Config {
    return {};
  }
}

/** A number that must be greater than 0. */
const count: Field<number, number, true> = {
  required: true,
  parse(given, where) {
    if (typeof given !== 'number' || !(given > 0))
      throw new ValueError(`${where} must be greater than 0. Received: ${String(given)}.`);
    return given;
  },
  toConfig: kept => kept,
};

const decayOptions = {
  initialLearningRate: required<number>(),
  /** Steps in which the rate falls once by `decayRate`. */
  decaySteps: count,
  decayRate: required<number>(),
  /** Lets the rate fall in steps. */
  staircase: value<boolean>(false),
};
const decayOrder = ['initialLearningRate', 'decaySteps', 'decayRate', 'staircase', 'name'] as const;

class ExponentialDecaySchedule extends configured(
  LearningRateSchedule,
  'ExponentialDecay',
  { ...decayOptions, name: value<string>('ExponentialDecay') },
  decayOrder,
) {
  override call(step: Tensor): Tensor {
    const p = divide(cast(step, 'float32'), this.decaySteps);
    return multiply(power(this.decayRate, this.staircase ? floor(p) : p), this.initialLearningRate);
  }
}

class InverseTimeDecaySchedule extends configured(
  LearningRateSchedule,
  'InverseTimeDecay',
  { ...decayOptions, name: value<string>('InverseTimeDecay') },
  decayOrder,
) {
  override call(step: Tensor): Tensor {
    const p = divide(cast(step, 'float32'), this.decaySteps);
    return divide(this.initialLearningRate, add(1, multiply(this.staircase ? floor(p) : p, this.decayRate)));
  }
}

const piecewiseOptions = {
  /** Steps up to which (inclusive) each value holds, ascending. */
  boundaries: required<readonly number[]>(),
  /** One more than boundaries. */
  values: required<readonly number[]>(),
  name: value<string>('PiecewiseConstant'),
};
const piecewiseOrder = ['boundaries', 'values', 'name'] as const;

class PiecewiseConstantDecaySchedule extends configured(
  LearningRateSchedule,
  'PiecewiseConstantDecay',
  piecewiseOptions,
  piecewiseOrder,
) {
  constructor(...args: ArgsOf<typeof piecewiseOptions, typeof piecewiseOrder, object>) {
    super(...args);
    const { boundaries, values } = this;
    if (boundaries.length !== values.length - 1) {
      throw new ValueError(
        `PiecewiseConstantDecay: expected one boundary fewer than values. Received ${boundaries.length} boundaries and ${values.length} values.`,
      );
    }
  }

  override call(step: Tensor): Tensor {
    const { boundaries, values } = this;
    const at = cast(step, 'float32');
    let rate = asTensor(values.at(-1)!);
    for (let i = boundaries.length - 1; i >= 0; i--) rate = where(lessEqual(at, boundaries[i]!), values[i]!, rate);
    return rate;
  }
}

const polynomialOptions = {
  initialLearningRate: required<number>(),
  decaySteps: count,
  endLearningRate: value<number>(0.0001),
  /** 1 is linear. */
  power: value<number>(1),
  /** Starts again, over more and more steps, instead of staying at the end. */
  cycle: value<boolean>(false),
  name: value<string>('PolynomialDecay'),
};

class PolynomialDecaySchedule extends configured(LearningRateSchedule, 'PolynomialDecay', polynomialOptions, [
  'initialLearningRate',
  'decaySteps',
  'endLearningRate',
  'power',
  'cycle',
  'name',
]) {
  override call(step: Tensor): Tensor {
    const { initialLearningRate, decaySteps, endLearningRate, power: exponent, cycle } = this;
    const at = cast(step, 'float32');
    const p = cycle
      ? divide(at, multiply(where(equal(at, 0), 1, ceil(divide(at, decaySteps))), decaySteps))
      : divide(minimum(at, decaySteps), decaySteps);
    return add(multiply(power(subtract(1, p), exponent), initialLearningRate - endLearningRate), endLearningRate);
  }
}

const cosineOptions = {
  initialLearningRate: required<number>(),
  decaySteps: count,
  /** The final rate as a fraction of the first. */
  alpha: value<number>(0),
  name: value<string>('CosineDecay'),
  /** Where a linear warm-up from `initialLearningRate` leads, before the decay from there. null: no warm-up. */
  warmupTarget: value<number | null>(null),
  warmupSteps: value<number>(0),
};

class CosineDecaySchedule extends configured(LearningRateSchedule, 'CosineDecay', cosineOptions, [
  'initialLearningRate',
  'decaySteps',
  'alpha',
  'name',
  'warmupTarget',
  'warmupSteps',
]) {
  override call(step: Tensor): Tensor {
    const { initialLearningRate, decaySteps, alpha, warmupTarget, warmupSteps } = this;
    const at = cast(step, 'float32');
    const decay = (from: number, done: Tensor) =>
      multiply(add(multiply(add(cos(multiply(divide(done, decaySteps), Math.PI)), 1), 0.5 * (1 - alpha)), alpha), from);
    if (warmupTarget === null) return decay(initialLearningRate, minimum(at, decaySteps));
    const until = minimum(at, decaySteps + warmupSteps);
    const warm = add(multiply(divide(until, warmupSteps), warmupTarget - initialLearningRate), initialLearningRate);
    return where(less(until, warmupSteps), warm, decay(warmupTarget, subtract(until, warmupSteps)));
  }
}

const restartOptions = {
  initialLearningRate: required<number>(),
  firstDecaySteps: count,
  /** How many times as long each period is as the one before. */
  tMul: value<number>(2),
  /** The first rate of each period as a multiple of the one before. */
  mMul: value<number>(1),
  /** The final rate as a fraction of the first. */
  alpha: value<number>(0),
  name: value<string>('SGDRDecay'),
};

class CosineDecayRestartsSchedule extends configured(LearningRateSchedule, 'CosineDecayRestarts', restartOptions, [
  'initialLearningRate',
  'firstDecaySteps',
  'tMul',
  'mMul',
  'alpha',
  'name',
]) {
  override call(step: Tensor): Tensor {
    const { initialLearningRate, firstDecaySteps, tMul, mMul, alpha } = this;
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
export const ExponentialDecay = known(MODULE, ExponentialDecaySchedule);
/** initial / (1 + decayRate * step / decaySteps). */
export const InverseTimeDecay = known(MODULE, InverseTimeDecaySchedule);
/** values[i] up to the step boundaries[i]. */
export const PiecewiseConstantDecay = known(MODULE, PiecewiseConstantDecaySchedule);
/** From initial to end along (1 - step / decaySteps) ^ power. */
export const PolynomialDecay = known(MODULE, PolynomialDecaySchedule);
/** Half a cosine from initial down to alpha * initial, after an optional linear warm-up. */
export const CosineDecay = known(MODULE, CosineDecaySchedule);
/** Half cosines that start again (Loshchilov and Hutter 2016). */
export const CosineDecayRestarts = known(MODULE, CosineDecayRestartsSchedule);

/** The schedule that Keras's JSON describes. */
export function getSchedule(json: KerasObject): LearningRateSchedule {
  return getObject<LearningRateSchedule>(MODULE, 'learning rate schedule', json)!;
}
