import { callable } from '../callable.js';
import { type Config, register } from '../config.js';
import { ValueError } from '../errors.js';
import type { Tensor } from '../graph/tensor.js';
import { ftrlUpdate } from '../ops/optimize.js';
import type { Variable } from '../ops/variable.js';
import { Optimizer, type OptimizerArgs, type OptimizerOptions, optimizerOptions } from './optimizer.js';

export interface FtrlOptions extends OptimizerOptions {
  /** At most 0. Default -0.5. */
  learningRatePower?: number;
  /** Default 0.1. */
  initialAccumulatorValue?: number;
  /** Default 0. */
  l1RegularizationStrength?: number;
  /** Default 0. */
  l2RegularizationStrength?: number;
  /** Default 0. */
  l2ShrinkageRegularizationStrength?: number;
  /** Default 0. */
  beta?: number;
}

class FtrlOptimizer extends Optimizer {
  static readonly className = 'Ftrl';
  readonly learningRatePower: number;
  readonly initialAccumulatorValue: number;
  readonly l1RegularizationStrength: number;
  readonly l2RegularizationStrength: number;
  readonly l2ShrinkageRegularizationStrength: number;
  readonly beta: number;
  #accumulators: readonly Variable[] = [];
  #linears: readonly Variable[] = [];

  constructor(...args: OptimizerArgs<FtrlOptions>) {
    const {
      learningRatePower = -0.5,
      initialAccumulatorValue = 0.1,
      l1RegularizationStrength = 0,
      l2RegularizationStrength = 0,
      l2ShrinkageRegularizationStrength = 0,
      beta = 0,
      ...rest
    } = optimizerOptions(args, [
      'learningRatePower',
      'initialAccumulatorValue',
      'l1RegularizationStrength',
      'l2RegularizationStrength',
      'l2ShrinkageRegularizationStrength',
      'beta',
    ]);
    super({ learningRate: 0.001, ...rest });
    if (learningRatePower > 0)
      throw new ValueError(`Ftrl: expected learningRatePower <= 0. Received: ${learningRatePower}.`);
    const strengths = {
      initialAccumulatorValue,
      l1RegularizationStrength,
      l2RegularizationStrength,
      l2ShrinkageRegularizationStrength,
    };
    for (const [name, value] of Object.entries(strengths)) {
      if (value < 0) throw new ValueError(`Ftrl: expected ${name} >= 0. Received: ${value}.`);
    }
    this.learningRatePower = learningRatePower;
    this.initialAccumulatorValue = initialAccumulatorValue;
    this.l1RegularizationStrength = l1RegularizationStrength;
    this.l2RegularizationStrength = l2RegularizationStrength;
    this.l2ShrinkageRegularizationStrength = l2ShrinkageRegularizationStrength;
    this.beta = beta;
  }

  override build(variables: readonly Variable[]): void {
    super.build(variables);
    const slots = this.addSlots(variables, ['accumulator', 'linear'], [this.initialAccumulatorValue, 0]);
    [this.#accumulators, this.#linears] = slots as [Variable[], Variable[]];
  }

  override updateStep(gradient: Tensor, variable: Variable, learningRate: Tensor): void {
    const a = this.#accumulators[this.indexOf(variable)]!;
    const z = this.#linears[this.indexOf(variable)]!;
    const next = ftrlUpdate(
      variable,
      gradient,
      { a, z },
      {
        learningRate,
        weightDecay: this.decayOf(variable),
        learningRatePower: this.learningRatePower,
        l1: this.l1RegularizationStrength,
        l2: this.l2RegularizationStrength,
        l2Shrinkage: this.l2ShrinkageRegularizationStrength,
        beta: this.beta,
      },
    );
    variable.assign(next.w);
    a.assign(next.a);
    z.assign(next.z);
  }

  protected override get decaysInUpdate(): boolean {
    return true;
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      learning_rate_power: this.learningRatePower,
      initial_accumulator_value: this.initialAccumulatorValue,
      l1_regularization_strength: this.l1RegularizationStrength,
      l2_regularization_strength: this.l2RegularizationStrength,
      l2_shrinkage_regularization_strength: this.l2ShrinkageRegularizationStrength,
      beta: this.beta,
    };
  }
}

/** Follow the regularized leader (McMahan et al. 2013): for sparse linear models. Default learning rate 0.001. */
export const Ftrl = register('keras.optimizers', callable(FtrlOptimizer));
