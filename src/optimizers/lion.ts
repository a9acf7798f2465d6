import { callable } from '../callable.js';
import { type Config, register } from '../config.js';
import { ValueError } from '../errors.js';
import type { Tensor } from '../graph/tensor.js';
import { lionUpdate } from '../ops/optimize.js';
import type { Variable } from '../ops/variable.js';
import { Optimizer, type OptimizerArgs, type OptimizerOptions, optimizerOptions } from './optimizer.js';

export interface LionOptions extends OptimizerOptions {
  /** Default 0.9. */
  beta1?: number;
  /** Default 0.99. */
  beta2?: number;
}

class LionOptimizer extends Optimizer {
  static readonly className = 'Lion';
  readonly beta1: number;
  readonly beta2: number;
  #momenta: readonly Variable[] = [];

  constructor(...args: OptimizerArgs<LionOptions>) {
    const { beta1 = 0.9, beta2 = 0.99, ...rest } = optimizerOptions(args, ['beta1', 'beta2']);
    super({ learningRate: 0.001, ...rest });
    this.checkShares({ beta2 });
    if (!(beta1 > 0 && beta1 <= 1)) throw new ValueError(`Lion: expected beta1 in (0, 1]. Received: ${beta1}.`);
    this.beta1 = beta1;
    this.beta2 = beta2;
  }

  override build(variables: readonly Variable[]): void {
    super.build(variables);
    this.#momenta = this.addSlots(variables, ['momentum'])[0]!;
  }

  override updateStep(gradient: Tensor, variable: Variable, learningRate: Tensor): void {
    const m = this.#momenta[this.indexOf(variable)]!;
    const { beta1, beta2 } = this;
    const next = lionUpdate(
      variable,
      gradient,
      { m },
      { learningRate, weightDecay: this.decayOf(variable), beta1, beta2 },
    );
    variable.assign(next.w);
    m.assign(next.m);
  }

  protected override get decaysInUpdate(): boolean {
    return true;
  }

  override getConfig(): Config {
    return { ...super.getConfig(), beta_1: this.beta1, beta_2: this.beta2 };
  }
}

/** w -= lr sign(beta1 m + (1 - beta1) g), then m = beta2 m + (1 - beta2) g (Chen et al. 2023). Default rate 0.001. */
export const Lion = register('keras.optimizers', callable(LionOptimizer));
