// What a metric is: state in variables, updated by batches and turned into a result. Updates are graph like anything
// else: inside a trace they become part of the training program, and the state stays in WebAssembly memory.

import { type CallableClass, callableRoot } from '../callable.js';
import { type Config, toOptions } from '../config.js';
import { type DType, nearestDType } from '../dtype.js';
import type { TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { get as getInitializer } from '../initializers/index.js';
import type { Initializer } from '../initializers/initializer.js';
import { autoName } from '../naming.js';
import { zeros } from '../ops/creation.js';
import { Variable } from '../ops/variable.js';
import { checkNames } from '../options.js';
import type { Shape } from '../shape.js';

export interface MetricOptions {
  /** Default: the snake case of the class's name. */
  name?: string;
  dtype?: DType;
}

/** A state variable of a metric. */
export interface StateOptions {
  shape?: Shape;
  /** Its first value. `resetState` sets zeros unless a metric says otherwise. */
  initializer?: string | Initializer;
  dtype?: DType;
  name?: string;
}

/** Arguments of a metric's constructor: some options by position, in Keras's order, then an options object. */
export type MetricArgs<O> = (O | O[keyof O])[];

/**
 * The type of a metric's class that a function made, by its constructor's arguments: declarations cannot name a class
 * that is local to a function.
 */
export type MetricClass<A extends readonly unknown[], M extends Metric = Metric> = CallableClass<
  Pick<typeof Metric, keyof typeof Metric> & (new (...args: A) => M)
>;

/**
 * Base class of all metrics. Extend it: make state in the constructor with `addVariable`, write
 * `updateState(yTrue, yPred, sampleWeight)` with ops and `assign`, and `result()`.
 */
export abstract class Metric extends callableRoot<(...args: (TensorLike | null | undefined)[]) => Tensor>() {
  override name: string;
  readonly dtype: DType;
  /** Whether greater is better ('up') or worse ('down'); undefined if that cannot be said. */
  readonly direction: 'up' | 'down' | undefined = undefined;
  readonly #variables: Variable[] = [];

  constructor(options: MetricOptions = {}) {
    super();
    const { className, name: ownName } = this.constructor as { className?: string; name: string };
    checkNames(className ?? ownName, options, ['name', 'dtype']);
    const { name, dtype = 'float32' } = options;
    this.name = name ?? autoName(className ?? ownName);
    this.dtype = nearestDType(dtype);
  }

  static fromConfig(config: Config): Metric {
    return new (this as unknown as new (options: object) => Metric)(toOptions(config));
  }

  /** All state of the metric. */
  get variables(): readonly Variable[] {
    return this.#variables;
  }

  /** Makes a state variable, zero at first unless an initializer is given. */
  addVariable({
    shape = [],
    initializer = 'zeros',
    dtype = this.dtype,
    name = 'variable',
  }: StateOptions = {}): Variable {
    const data = getInitializer(initializer).call(shape, dtype);
    const variable = new Variable({ shape, dtype, data }, { name, trainable: false });
    this.#variables.push(variable);
    return variable;
  }

  /** The name under which Keras's own examples make state. */
  addWeight(options: StateOptions = {}): Variable {
    return this.addVariable(options);
  }

  /** Takes in a batch. */
  abstract updateState(...args: (TensorLike | null | undefined)[]): void;

  /** The value over everything taken in since the last reset. */
  abstract result(): Tensor;

  /** Forgets everything taken in. */
  resetState(): void {
    for (const variable of this.variables) variable.assign(zeros(variable.shape, variable.dtype));
  }

  /** Calling the metric takes in a batch and gives the result. */
  override invoke(...args: unknown[]): Tensor {
    this.updateState(...(args as TensorLike[]));
    return this.result();
  }

  getConfig(): Config {
    return { name: this.name, dtype: this.dtype };
  }
}
