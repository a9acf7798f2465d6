import { callable } from '../callable.js';
import { type Config, register } from '../config.js';
import type { Tensor } from '../graph/tensor.js';
import { rmspropUpdate } from '../ops/optimize.js';
import type { Variable } from '../ops/variable.js';
import { Optimizer, type OptimizerArgs, type OptimizerOptions, optimizerOptions } from './optimizer.js';

export interface RMSpropOptions extends OptimizerOptions {
  /** How much of the old mean square remains. Default 0.9. */
  rho?: number;
  /** Default 0. */
  momentum?: number;
  /** Default 1e-7. */
  epsilon?: number;
  /** Divides by the standard deviation instead of the root of the mean square. Default false. */
  centered?: boolean;
}

class RMSpropOptimizer extends Optimizer {
  static readonly className = 'RMSprop';
  readonly rho: number;
  readonly momentum: number;
  readonly epsilon: number;
  readonly centered: boolean;
  #velocities: readonly Variable[] = [];
  #momenta: readonly Variable[] = [];
  #means: readonly Variable[] = [];

  constructor(...args: OptimizerArgs<RMSpropOptions>) {
    const {
      rho = 0.9,
      momentum = 0,
      epsilon = 1e-7,
      centered = false,
      ...rest
    } = optimizerOptions(args, ['rho', 'momentum', 'epsilon', 'centered']);
    super({ learningRate: 0.001, ...rest });
    this.checkShares({ rho });
    this.rho = rho;
    this.momentum = momentum;
    this.epsilon = epsilon;
    this.centered = centered;
  }

  override build(variables: readonly Variable[]): void {
    super.build(variables);
    this.#velocities = this.addSlots(variables, ['velocity'])[0]!;
    if (this.momentum > 0) this.#momenta = this.addSlots(variables, ['momentum'])[0]!;
    if (this.centered) this.#means = this.addSlots(variables, ['average_gradient'])[0]!;
  }

  override updateStep(gradient: Tensor, variable: Variable, learningRate: Tensor): void {
    const i = this.indexOf(variable);
    const v = this.#velocities[i]!;
    const m = this.#momenta[i];
    const mean = this.#means[i];
    const { rho, momentum, epsilon } = this;
    const slots: { v: Variable; m?: Variable; mean?: Variable } = {
      v,
      ...(m && { m }),
      ...(mean && { mean }),
    };
    const next = rmspropUpdate(variable, gradient, slots, {
      learningRate,
      weightDecay: this.decayOf(variable),
      rho,
      momentum,
      epsilon,
    });
    variable.assign(next.w);
    v.assign(next.v);
    if (m) m.assign(next.m!);
    if (mean) mean.assign(next.mean!);
  }

  protected override get decaysInUpdate(): boolean {
    return true;
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      rho: this.rho,
      momentum: this.momentum,
      epsilon: this.epsilon,
      centered: this.centered,
    };
  }
}

/**
 * v = rho v + (1 - rho) g^2; w -= lr g / sqrt(v + epsilon). Keras 2 has epsilon outside of the root. Default learning
 * rate 0.001.
 */
export const RMSprop = register('keras.optimizers', callable(RMSpropOptimizer));
