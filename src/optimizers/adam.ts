import { callable } from '../callable.js';
import { type Config, register } from '../config.js';
import type { Tensor } from '../graph/tensor.js';
import { divide, multiply, power, sqrt, subtract } from '../ops/elementwise.js';
import { adamUpdate } from '../ops/optimize.js';
import type { Variable } from '../ops/variable.js';
import { Optimizer, type OptimizerArgs, type OptimizerOptions, optimizerOptions } from './optimizer.js';

export interface AdamOptions extends OptimizerOptions {
  /** How much of the old mean remains. Default 0.9. */
  beta1?: number;
  /** How much of the old mean square remains. Default 0.999. */
  beta2?: number;
  /** Default 1e-7. */
  epsilon?: number;
  /** Never lets the mean square fall. Default false. */
  amsgrad?: boolean;
}

class AdamOptimizer extends Optimizer {
  static readonly className: string = 'Adam';
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly amsgrad: boolean;
  #momenta: readonly Variable[] = [];
  #velocities: readonly Variable[] = [];
  #greatest: readonly Variable[] = [];
  #alpha: { of: Tensor; alpha: Tensor } | null = null;

  constructor(...args: OptimizerArgs<AdamOptions>) {
    const {
      beta1 = 0.9,
      beta2 = 0.999,
      epsilon = 1e-7,
      amsgrad = false,
      ...rest
    } = optimizerOptions(args, ['beta1', 'beta2', 'epsilon', 'amsgrad']);
    super({ learningRate: 0.001, ...rest });
    this.checkShares({ beta1, beta2 });
    this.beta1 = beta1;
    this.beta2 = beta2;
    this.epsilon = epsilon;
    this.amsgrad = amsgrad;
  }

  override build(variables: readonly Variable[]): void {
    super.build(variables);
    [this.#momenta, this.#velocities] = this.addSlots(variables, ['momentum', 'velocity']) as [Variable[], Variable[]];
    if (this.amsgrad) this.#greatest = this.addSlots(variables, ['velocity_hat'])[0]!;
  }

  override updateStep(gradient: Tensor, variable: Variable, learningRate: Tensor): void {
    const i = this.indexOf(variable);
    const m = this.#momenta[i]!;
    const v = this.#velocities[i]!;
    const vMax = this.#greatest[i];
    const { beta1, beta2, epsilon } = this;
    const slots: { m: Variable; v: Variable; vMax?: Variable } = { m, v, ...(vMax && { vMax }) };
    const next = adamUpdate(variable, gradient, slots, {
      learningRate,
      alpha: this.#alphaOf(learningRate),
      weightDecay: this.decayOf(variable),
      beta1,
      beta2,
      epsilon,
    });
    variable.assign(next.w);
    m.assign(next.m);
    v.assign(next.v);
    if (vMax) vMax.assign(next.vMax!);
  }

  protected override get decaysInUpdate(): boolean {
    return true;
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      beta_1: this.beta1,
      beta_2: this.beta2,
      epsilon: this.epsilon,
      amsgrad: this.amsgrad,
    };
  }

  /** lr sqrt(1 - beta2^t) / (1 - beta1^t), built once for all variables of a step. */
  #alphaOf(learningRate: Tensor): Tensor {
    if (this.#alpha?.of !== learningRate) {
      const t = this.localStep;
      const alpha = divide(
        multiply(learningRate, sqrt(subtract(1, power(this.beta2, t)))),
        subtract(1, power(this.beta1, t)),
      );
      this.#alpha = { of: learningRate, alpha };
    }
    return this.#alpha.alpha;
  }
}

class AdamWOptimizer extends AdamOptimizer {
  static override readonly className = 'AdamW';

  constructor(...args: OptimizerArgs<AdamOptions>) {
    super({ weightDecay: 0.004, ...optimizerOptions(args, ['weightDecay', 'beta1', 'beta2', 'epsilon', 'amsgrad']) });
  }
}

/**
 * m += (g - m)(1 - beta1); v += (g^2 - v)(1 - beta2); w -= lr sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + epsilon):
 * epsilon is the paper's "epsilon hat" (Kingma and Ba 2015, before section 2.1). Default learning rate 0.001.
 */
export const Adam = register('keras.optimizers', callable(AdamOptimizer));
/** Adam with decoupled weight decay, by default 0.004 (Loshchilov and Hutter 2019). */
export const AdamW = register('keras.optimizers', callable(AdamWOptimizer), 'adam_w');
