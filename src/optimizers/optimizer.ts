// What all optimizers share: the learning rate, slots, clipping, weight decay, gradient accumulation, moving averages
// of the weights, constraints. `apply` builds graph; inside of a trace the whole update is part of the training program.

import { together } from '../compiler/together.js';
import { type Config, isKerasObject, type Json, serializeObject, toOptions } from '../config.js';
import { ValueError } from '../errors.js';
import { asTensor, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { autoName } from '../naming.js';
import {
  add,
  cast,
  clip,
  divide,
  equal,
  floorDivide,
  maximum,
  minimum,
  mod,
  multiply,
  notEqual,
  sqrt,
  square,
  subtract,
  where,
} from '../ops/elementwise.js';
import { sum } from '../ops/reduce.js';
import { Variable } from '../ops/variable.js';
import { checkNames, namedArguments } from '../options.js';
import { type Shape, sizeOf } from '../shape.js';
import { getSchedule, LearningRateSchedule } from './schedules.js';

/** A number, a schedule, or a function called whenever a training program is built. */
export type LearningRate = number | LearningRateSchedule | (() => TensorLike);

export interface OptimizerOptions {
  learningRate?: LearningRate;
  /** Each step first takes `weightDecay * learningRate` times the weights away from them. Default null: none. */
  weightDecay?: number | null;
  /** Each gradient is scaled down to at most this norm. Only one of the three clips may be set. */
  clipnorm?: number | null;
  /** Each element of a gradient is clipped to [-clipvalue, clipvalue]. */
  clipvalue?: number | null;
  /** All gradients together are scaled down to at most this norm. */
  globalClipnorm?: number | null;
  /** Keeps moving averages of the weights and puts them in the weights' place when training ends. Default false. */
  useEma?: boolean;
  /** Default 0.99. */
  emaMomentum?: number;
  /** Puts the averages in the weights' place every so many steps. Default null: only at the end. */
  emaOverwriteFrequency?: number | null;
  /** Factor on the loss, taken out of the gradients again. Default null. */
  lossScaleFactor?: number | null;
  /** Updates once in so many steps, with the mean gradient. Default null: at each step. */
  gradientAccumulationSteps?: number | null;
  /** Default: the class name in snake case. */
  name?: string | null;
  /** Keras 2's name of `learningRate`. */
  lr?: number;
  /** Keras 2: the rate becomes learningRate / (1 + decay * step). Default 0. */
  decay?: number;
}

/** A variable as optimizers see it: layers' weights also have a path and perhaps a constraint. */
interface Trainable extends Variable {
  readonly path?: string;
  readonly constraint?: { call(w: Tensor): Tensor } | null;
}

/** `Adam({ learningRate: 0.001, ... })`, or the learning rate and some of the options in Keras's order before them. */
export type OptimizerArgs<O> = [
  learningRate?: LearningRate | O | undefined,
  ...others: (O | number | boolean | null | undefined)[],
];

const optionNames: readonly string[] = [
  'weightDecay',
  'clipnorm',
  'clipvalue',
  'globalClipnorm',
  'useEma',
  'emaMomentum',
  'emaOverwriteFrequency',
  'lossScaleFactor',
  'gradientAccumulationSteps',
  'name',
  'learningRate',
  'lr',
  'decay',
] satisfies (keyof OptimizerOptions)[];

/** The options in such arguments. `order` names an optimizer's own, as they follow the learning rate by position. */
export function optimizerOptions<O extends OptimizerOptions>(
  args: OptimizerArgs<O>,
  order: readonly (keyof O & string)[] = [],
): O {
  const names = [...new Set(['learningRate', ...order, ...optionNames.slice(0, -3)])];
  return namedArguments('An optimizer', names, args) as unknown as O;
}

/**
 * Base class. Extend it: `build` makes slots with `addSlots`, `updateStep(gradient, variable, learningRate)` assigns the
 * new values of the variable and its slots, `getConfig` adds the own options.
 */
export abstract class Optimizer {
  readonly name: string;
  /** Steps taken, an int32 scalar. */
  readonly iterations: Variable;
  readonly weightDecay: number | null;
  readonly clipnorm: number | null;
  readonly clipvalue: number | null;
  readonly globalClipnorm: number | null;
  readonly useEma: boolean;
  readonly emaMomentum: number;
  readonly emaOverwriteFrequency: number | null;
  readonly lossScaleFactor: number | null;
  readonly gradientAccumulationSteps: number | null;
  readonly decay: number;
  built = false;
  /** Changes whenever programs built with this optimizer are out of date. */
  version = 0;

  #learningRate: Variable | LearningRateSchedule | (() => TensorLike);
  readonly #variables: Variable[] = [];
  readonly #index = new Map<Variable, number>();
  #trainable: readonly Variable[] = [];
  #averages: readonly Variable[] = [];
  #accumulators: readonly Variable[] = [];
  #undecayed: (variable: Trainable) => boolean = () => false;

  constructor(options: OptimizerOptions & { learningRate: LearningRate }) {
    const { className, name } = this.constructor as { className?: string; name: string };
    this.name = options.name ?? autoName(className ?? name);
    checkNames(className ?? name, options, optionNames);
    this.weightDecay = options.weightDecay ?? null;
    this.clipnorm = options.clipnorm ?? null;
    this.clipvalue = options.clipvalue ?? null;
    this.globalClipnorm = options.globalClipnorm ?? null;
    this.useEma = options.useEma ?? false;
    this.emaMomentum = options.emaMomentum ?? 0.99;
    this.emaOverwriteFrequency = options.emaOverwriteFrequency ?? null;
    this.lossScaleFactor = options.lossScaleFactor ?? null;
    this.gradientAccumulationSteps = options.gradientAccumulationSteps ?? null;
    this.decay = options.decay ?? 0;
    this.#check();
    this.iterations = this.#track(new Variable({ shape: [], dtype: 'int32' }, { name: 'iteration', trainable: false }));
    const rate = (options.lr ?? options.learningRate) as
      | LearningRate
      | { readonly class_name: string; readonly config: Json };
    this.#learningRate = isKerasObject(rate) ? getSchedule(rate) : this.#rateOf(rate as LearningRate);
  }

  /** The optimizer described by a config. What only Keras 2 had in its files is left out. */
  static fromConfig({ jit_compile: _, is_legacy_optimizer: __, schedule_decay: ___, ...config }: Config): Optimizer {
    return new (this as unknown as new (options: object) => Optimizer)(toOptions(config));
  }

  /**
   * The learning rate: a variable, or what a schedule gives for the current step. It can be set to a number (unless a
   * schedule rules) or to another schedule.
   */
  get learningRate(): Variable | Tensor {
    const rate = this.#learningRate;
    if (rate instanceof Variable) return rate;
    return rate instanceof LearningRateSchedule ? rate.call(this.iterations.value) : asTensor(rate());
  }

  set learningRate(rate: LearningRate) {
    if (typeof rate === 'number') {
      if (!(this.#learningRate instanceof Variable)) {
        throw new ValueError(
          `Optimizer "${this.name}" was made with a learning rate schedule, so its learning rate cannot be set to a number. Set another schedule, or make the optimizer with a number.`,
        );
      }
      this.#checkRate(rate);
      this.#learningRate.assign(asTensor(rate, 'float32'));
      return;
    }
    const old = this.#learningRate;
    if (old instanceof Variable) this.#variables.splice(this.#variables.indexOf(old), 1);
    this.#learningRate = rate;
    this.version++;
  }

  /** Keras 2's name of `learningRate`. */
  get lr(): Variable | Tensor {
    return this.learningRate;
  }

  set lr(rate: LearningRate) {
    this.learningRate = rate;
  }

  /** All state: iteration, learning rate, slots. */
  get variables(): readonly Variable[] {
    return [...this.#variables];
  }

  /** Makes the slots for the variables that will be trained. Subclasses call it first. */
  build(variables: readonly Variable[]): void {
    if (this.useEma) this.#averages = this.addSlots(variables, ['average'])[0]!;
    if (this.gradientAccumulationSteps) this.#accumulators = this.addSlots(variables, ['gradient_accumulator'])[0]!;
    for (const [i, variable] of variables.entries()) this.#index.set(variable, i);
    this.#trainable = [...variables];
    this.built = true;
  }

  /** Makes one slot per name for each variable, with the same shape. Result: for each name the slots of all variables. */
  protected addSlots(
    variables: readonly Variable[],
    names: readonly string[],
    initial: readonly number[] = [],
  ): Variable[][] {
    const slots: Variable[][] = names.map(() => []);
    for (const variable of variables) {
      for (const [i, name] of names.entries())
        slots[i]!.push(this.addVariableFromReference(variable, name, initial[i]));
    }
    return slots;
  }

  /** Makes a slot of a variable's shape, filled with `value`. */
  addVariableFromReference(reference: Variable, name = 'var', value = 0): Variable {
    const path = (reference as Trainable).path ?? reference.name;
    return this.addVariable(reference.shape, `${path.replaceAll('/', '_')}_${name}`, value);
  }

  /** Makes a state variable filled with `value`. */
  addVariable(shape: Shape, name: string, value = 0): Variable {
    const data = value === 0 ? undefined : new Float32Array(sizeOf(shape)).fill(value);
    return this.#track(new Variable({ shape, dtype: 'float32', data }, { name, trainable: false }));
  }

  /** The position of a variable among those the optimizer was built for. */
  protected indexOf(variable: Variable): number {
    return this.#index.get(variable)!;
  }

  /** Assigns the new value of one variable and its slots. */
  abstract updateStep(gradient: Tensor, variable: Variable, learningRate: Tensor): void;

  /** All variables' steps. Override it to compute once what they share. */
  protected updateAll(gradients: readonly Tensor[], variables: readonly Variable[], learningRate: Tensor): void {
    for (const [i, gradient] of gradients.entries()) this.updateStep(gradient, variables[i]!, learningRate);
  }

  /** Whether `updateStep` carries out the weight decay itself, with `decayOf`. */
  protected get decaysInUpdate(): boolean {
    return false;
  }

  /** The weight decay of a variable, 0 for none. */
  protected decayOf(variable: Variable): number {
    return this.#undecayed(variable) ? 0 : (this.weightDecayFor(variable) ?? 0);
  }

  /** The weight decay of a variable that is not excluded from it. Override it where that depends on the variable. */
  protected weightDecayFor(_variable: Variable): number | null {
    return this.weightDecay;
  }

  /** The number of the step going on, counted from 1, as a float. Schedules see real steps, this one accumulated ones. */
  protected get localStep(): Tensor {
    return add(cast(this.#updates(), 'float32'), 1);
  }

  /** One step for all variables; variables without a gradient stay as they are. */
  apply(gradients: readonly (Tensor | null | undefined)[], variables: readonly Variable[] = this.#trainable): void {
    if (gradients.length !== variables.length) {
      throw new ValueError(
        `Optimizer "${this.name}": expected one gradient per variable. Received ${gradients.length} gradients for ${variables.length} variables.`,
      );
    }
    if (!this.built) this.build(variables);
    const unknown = variables.filter(variable => !this.#index.has(variable));
    if (unknown.length > 0) {
      throw new ValueError(
        `Optimizer "${this.name}" was built for other variables and does not know ${unknown.map(variable => (variable as Trainable).path ?? variable.name).join(', ')}. ` +
          'Compile the model again with a new optimizer after adding layers or changing `trainable`.',
      );
    }
    const with_ = variables.flatMap((variable, i) => (gradients[i] ? [{ variable, gradient: gradients[i] }] : []));
    if (with_.length === 0) {
      throw new ValueError(
        'No gradients provided for any variable: the loss does not depend on the weights, or only in ways without a ' +
          'derivative, such as argmax and comparisons. Make it of the outputs, with ops.',
      );
    }
    if (with_.length < variables.length) {
      const names = variables
        .filter((_, i) => !gradients[i])
        .map(variable => (variable as Trainable).path ?? variable.name);
      console.warn(`Gradients do not exist for variables ${names.join(', ')} when minimizing the loss.`);
    }
    together(() =>
      this.#step(
        with_.map(({ gradient }) => gradient),
        with_.map(({ variable }) => variable),
      ),
    );
  }

  /** The same, with [gradient, variable] pairs, as Keras 2 has it. */
  applyGradients(pairs: readonly (readonly [Tensor | null | undefined, Variable])[]): void {
    this.apply(
      pairs.map(([gradient]) => gradient),
      pairs.map(([, variable]) => variable),
    );
  }

  /** The loss as it is to be differentiated. */
  scaleLoss(loss: Tensor): Tensor {
    return this.lossScaleFactor === null ? loss : multiply(loss, this.lossScaleFactor);
  }

  /** Leaves variables out of the weight decay: the given ones, and those whose name matches one of the patterns. */
  excludeFromWeightDecay({
    varList = [],
    varNames = [],
  }: {
    varList?: readonly Variable[];
    varNames?: readonly string[];
  } = {}): void {
    if (this.built) throw new ValueError('excludeFromWeightDecay must be called before the optimizer is built.');
    const listed = new Set(varList);
    const pattern = varNames.length > 0 ? new RegExp(varNames.join('|')) : null;
    this.#undecayed = variable => listed.has(variable) || (pattern?.test(variable.name) ?? false);
  }

  /** Puts the moving averages in the weights' place: done when training ends. */
  finalizeVariableValues(variables: readonly Variable[]): void {
    if (!this.useEma || !this.built) return;
    for (const variable of variables) {
      const i = this.#index.get(variable);
      if (i !== undefined) variable.assign(this.#averages[i]!.value);
    }
  }

  /** Exchanges the weights and their moving averages. @throws ValueError without `useEma`, or before training */
  swapAverages(): void {
    this.#requireAverages();
    this.#trainable.forEach((variable, i) => {
      const weights = variable.read();
      variable.write(this.#averages[i]!.read());
      this.#averages[i]!.write(weights);
    });
  }

  /** Makes the moving averages what the weights are now. @throws ValueError without `useEma`, or before training */
  restartAverages(): void {
    this.#requireAverages();
    this.#trainable.forEach((variable, i) => this.#averages[i]!.write(variable.read()));
  }

  #requireAverages(): void {
    if (this.useEma && this.built) return;
    throw new ValueError(
      `Optimizer "${this.name}" has no moving averages: it must be made with useEma: true and have trained. ` +
        `Received: useEma=${this.useEma}.`,
    );
  }

  /** Sets all state, in the order of `variables`. */
  setWeights(values: readonly TensorLike[]): void {
    if (values.length !== this.#variables.length) {
      throw new ValueError(
        `Optimizer "${this.name}" has ${this.#variables.length} variables. Received ${values.length} values.`,
      );
    }
    for (const [i, variable] of this.#variables.entries()) variable.assign(asTensor(values[i]!, variable.dtype));
  }

  getConfig(): Config {
    const rate = this.#learningRate;
    return {
      name: this.name,
      learning_rate:
        rate instanceof Variable
          ? rate.read()[0]!
          : rate instanceof LearningRateSchedule
            ? (serializeObject(rate) as unknown as Json)
            : 0.5,
      weight_decay: this.weightDecay,
      clipnorm: this.clipnorm,
      global_clipnorm: this.globalClipnorm,
      clipvalue: this.clipvalue,
      use_ema: this.useEma,
      ema_momentum: this.emaMomentum,
      ema_overwrite_frequency: this.emaOverwriteFrequency,
      loss_scale_factor: this.lossScaleFactor,
      gradient_accumulation_steps: this.gradientAccumulationSteps,
      ...(this.decay !== 0 && { decay: this.decay }),
    };
  }

  #step(given: readonly Tensor[], variables: readonly Variable[]): void {
    const { lossScaleFactor: scale, gradientAccumulationSteps: steps } = this;
    const gradients = scale === null ? given : given.map(gradient => divide(gradient, scale));
    if (steps) this.#accumulate(gradients, variables, steps);
    else this.#update(gradients, variables);
    if (this.useEma) this.#average();
    for (const variable of variables as readonly Trainable[]) {
      if (variable.constraint) variable.assign(variable.constraint.call(variable.value));
    }
    this.iterations.assign(add(this.iterations, 1));
  }

  #update(gradients: readonly Tensor[], variables: readonly Variable[]): void {
    const clipped = this.#clip(gradients);
    const base = this.learningRate;
    const rate =
      this.decay === 0 ? asTensor(base) : divide(base, add(1, multiply(cast(this.iterations, 'float32'), this.decay)));
    if (!this.decaysInUpdate) {
      for (const variable of variables) {
        const decay = this.decayOf(variable);
        if (decay !== 0) variable.assign(subtract(variable, multiply(multiply(variable, decay), rate)));
      }
    }
    this.updateAll(clipped, variables, rate);
  }

  /** Updates at every `steps`-th step only; in between, all state keeps its value and the gradients add up. */
  #accumulate(gradients: readonly Tensor[], variables: readonly Variable[], steps: number): void {
    const now = equal(mod(add(this.iterations, 1), steps), 0);
    const state = [...new Set([...variables, ...this.#variables])];
    const before = state.map(variable => variable.value);
    const sums = gradients.map((gradient, i) => add(gradient, this.#accumulators[this.indexOf(variables[i]!)]!));
    this.#update(
      sums.map(total => divide(total, steps)),
      variables,
    );
    state.forEach((variable, i) => {
      if (variable.value !== before[i]) variable.assign(where(now, variable.value, before[i]!));
    });
    for (const [i, total] of sums.entries())
      this.#accumulators[this.indexOf(variables[i]!)]!.assign(where(now, 0, total));
  }

  #average(): void {
    const step = this.#updates();
    // The first average is the weights themselves.
    const momentum = multiply(cast(notEqual(step, 0), 'float32'), this.emaMomentum);
    const rest = subtract(1, momentum);
    this.#trainable.forEach((variable, i) => {
      const average = this.#averages[i]!;
      average.assign(add(multiply(average, momentum), multiply(variable, rest)));
      if (!this.emaOverwriteFrequency) return;
      const now = equal(mod(add(step, 1), this.emaOverwriteFrequency), 0);
      variable.assign(where(now, average, variable));
    });
  }

  #clip(gradients: readonly Tensor[]): readonly Tensor[] {
    const { clipnorm, globalClipnorm, clipvalue } = this;
    if (clipnorm) {
      return gradients.map(gradient => {
        const norm = sqrt(sum(square(gradient)));
        return divide(multiply(gradient, clipnorm), maximum(norm, clipnorm));
      });
    }
    if (globalClipnorm) {
      const norm = sqrt(gradients.map(gradient => sum(square(gradient))).reduce((a, b) => add(a, b)));
      const scale = multiply(minimum(divide(1, norm), 1 / globalClipnorm), globalClipnorm);
      return gradients.map(gradient => multiply(gradient, scale));
    }
    if (clipvalue) return gradients.map(gradient => clip(gradient, -clipvalue, clipvalue));
    return gradients;
  }

  /** Updates made so far: the iterations, unless several make one update. */
  #updates(): Tensor {
    const steps = this.gradientAccumulationSteps;
    return steps ? floorDivide(this.iterations, steps) : this.iterations.value;
  }

  #track(variable: Variable): Variable {
    this.#variables.push(variable);
    return variable;
  }

  #rateOf(rate: LearningRate): Variable | LearningRateSchedule | (() => TensorLike) {
    if (typeof rate === 'number') {
      this.#checkRate(rate);
      return this.#track(
        new Variable(
          { shape: [], dtype: 'float32', data: Float32Array.of(rate) },
          { name: 'learning_rate', trainable: false },
        ),
      );
    }
    if (rate instanceof LearningRateSchedule || typeof rate === 'function') return rate;
    throw new ValueError(
      `Optimizer "${this.name}": expected the learning rate to be a number, a LearningRateSchedule or a function. Received: ${String(rate)}.`,
    );
  }

  #checkRate(rate: number): void {
    if (!(rate >= 0)) {
      throw new ValueError(
        `Optimizer "${this.name}": expected learningRate to be a number of at least 0. Received: ${rate}.`,
      );
    }
  }

  /** @throws ValueError if one of the options is not in [0, 1] */
  protected checkShares(shares: { readonly [option: string]: number }): void {
    for (const [option, value] of Object.entries(shares)) {
      if (value >= 0 && value <= 1) continue;
      throw new ValueError(`Optimizer "${this.name}": expected ${option} in [0, 1]. Received: ${value}.`);
    }
  }

  #check(): void {
    const { weightDecay, clipnorm, clipvalue, globalClipnorm, decay } = this;
    for (const [option, value] of Object.entries({ weightDecay, clipnorm, clipvalue, globalClipnorm, decay })) {
      if (value === null || value >= 0) continue;
      throw new ValueError(`Optimizer "${this.name}": expected ${option} >= 0. Received: ${value}.`);
    }
    if (this.lossScaleFactor !== null && !(this.lossScaleFactor > 0)) {
      throw new ValueError(
        `Optimizer "${this.name}": expected lossScaleFactor > 0. Received: ${this.lossScaleFactor}.`,
      );
    }
    const clips = [this.clipnorm, this.clipvalue, this.globalClipnorm].filter(clip => clip !== null);
    if (clips.length > 1) {
      throw new ValueError(
        `Only one of clipnorm, clipvalue and globalClipnorm can be set. Received: clipnorm=${this.clipnorm}, ` +
          `clipvalue=${this.clipvalue}, globalClipnorm=${this.globalClipnorm}.`,
      );
    }
    const { gradientAccumulationSteps: steps, emaMomentum, emaOverwriteFrequency: frequency } = this;
    if (steps !== null && !(Number.isInteger(steps) && steps >= 2)) {
      throw new ValueError(`Expected gradientAccumulationSteps to be an integer >= 2. Received: ${steps}.`);
    }
    this.checkShares({ emaMomentum });
    if (this.useEma && frequency !== null && !(Number.isInteger(frequency) && frequency >= 1)) {
      throw new ValueError(`Expected emaOverwriteFrequency to be an integer >= 1 or null. Received: ${frequency}.`);
    }
  }
}
