import { callable } from '../callable.js';
import { type Config, register } from '../config.js';
import type { Tensor } from '../graph/tensor.js';
import { divide, power, subtract } from '../ops/elementwise.js';
import { adamaxUpdate } from '../ops/optimize.js';
import type { Variable } from '../ops/variable.js';
import { Optimizer, type OptimizerArgs, type OptimizerOptions, optimizerOptions } from './optimizer.js';

export interface AdamaxOptions extends OptimizerOptions {
  /** Default 0.9. */
  beta1?: number;
  /** Default 0.999. */
  beta2?: number;
  /** Default 1e-7. */
  epsilon?: number;
}

class AdamaxOptimizer extends Optimizer {
  static readonly className = 'Adamax';
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  #momenta: readonly Variable[] = [];
  #norms: readonly Variable[] = [];
  #alpha: Tensor | null = null;

  constructor(...args: OptimizerArgs<AdamaxOptions>) {
    const {
      beta1 = 0.9,
      beta2 = 0.999,
      epsilon = 1e-7,
      ...rest
    } = optimizerOptions(args, ['beta1', 'beta2', 'epsilon']);
    super({ learningRate: 0.001, ...rest });
    this.checkShares({ beta1, beta2 });
    this.beta1 = beta1;
    this.beta2 = beta2;
    this.epsilon = epsilon;
  }

  override build(variables: readonly Variable[]): void {
    super.build(variables);
    [this.#momenta, this.#norms] = this.addSlots(variables, ['momentum', 'norm']) as [Variable[], Variable[]];
  }

  protected override updateAll(
    gradients: readonly Tensor[],
    variables: readonly Variable[],
    learningRate: Tensor,
  ): void {
    this.#alpha = divide(learningRate, subtract(1, power(this.beta1, this.localStep)));
    super.updateAll(gradients, variables, learningRate);
  }

  override updateStep(gradient: Tensor, variable: Variable, learningRate: Tensor): void {
    const m = this.#momenta[this.indexOf(variable)]!;
    const u = this.#norms[this.indexOf(variable)]!;
    const { beta1, beta2, epsilon } = this;
    const next = adamaxUpdate(
      variable,
      gradient,
      { m, u },
      {
        learningRate,
        alpha: this.#alpha!,
        weightDecay: this.decayOf(variable),
        beta1,
        beta2,
        epsilon,
      },
    );
    variable.assign(next.w);
    m.assign(next.m);
    u.assign(next.u);
  }

  protected override get decaysInUpdate(): boolean {
    return true;
  }

  override getConfig(): Config {
    return { ...super.getConfig(), beta_1: this.beta1, beta_2: this.beta2, epsilon: this.epsilon };
  }
}

/** Adam with the infinity norm: u = max(beta2 u, |g|); w -= lr / (1 - beta1^t) m / (u + epsilon). Default rate 0.001. */
export const Adamax = register('keras.optimizers', callable(AdamaxOptimizer));
