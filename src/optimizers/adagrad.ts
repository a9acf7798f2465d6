import { callable } from '../callable.js';
import { type Config, register } from '../config.js';
import { ValueError } from '../errors.js';
import type { Tensor } from '../graph/tensor.js';
import { adagradUpdate } from '../ops/optimize.js';
import type { Variable } from '../ops/variable.js';
import { Optimizer, type OptimizerArgs, type OptimizerOptions, optimizerOptions } from './optimizer.js';

export interface AdagradOptions extends OptimizerOptions {
  /** Default 0.1. */
  initialAccumulatorValue?: number;
  /** Default 1e-7. */
  epsilon?: number;
}

class AdagradOptimizer extends Optimizer {
  static readonly className = 'Adagrad';
  readonly initialAccumulatorValue: number;
  readonly epsilon: number;
  #accumulators: readonly Variable[] = [];

  constructor(...args: OptimizerArgs<AdagradOptions>) {
    const {
      initialAccumulatorValue = 0.1,
      epsilon = 1e-7,
      ...rest
    } = optimizerOptions(args, ['initialAccumulatorValue', 'epsilon']);
    super({ learningRate: 0.001, ...rest });
    if (!(initialAccumulatorValue >= 0)) {
      throw new ValueError(`Adagrad: expected initialAccumulatorValue >= 0. Received: ${initialAccumulatorValue}.`);
    }
    this.initialAccumulatorValue = initialAccumulatorValue;
    this.epsilon = epsilon;
  }

  override build(variables: readonly Variable[]): void {
    super.build(variables);
    this.#accumulators = this.addSlots(variables, ['accumulator'], [this.initialAccumulatorValue])[0]!;
  }

  override updateStep(gradient: Tensor, variable: Variable, learningRate: Tensor): void {
    const a = this.#accumulators[this.indexOf(variable)]!;
    const next = adagradUpdate(
      variable,
      gradient,
      { a },
      { learningRate, weightDecay: this.decayOf(variable), epsilon: this.epsilon },
    );
    variable.assign(next.w);
    a.assign(next.a);
  }

  protected override get decaysInUpdate(): boolean {
    return true;
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      initial_accumulator_value: this.initialAccumulatorValue,
      epsilon: this.epsilon,
    };
  }
}

/** a += g^2; w -= lr g / sqrt(a + epsilon). Default learning rate 0.001 (Keras 2: 0.01). */
export const Adagrad = register('keras.optimizers', callable(AdagradOptimizer));
