import { callable } from '../callable.js';
import { type Config, register } from '../config.js';
import type { Tensor } from '../graph/tensor.js';
import {
  add,
  divide,
  greater,
  logicalAnd,
  multiply,
  power,
  sqrt,
  square,
  subtract,
  where,
} from '../ops/elementwise.js';
import { sum } from '../ops/reduce.js';
import type { Variable } from '../ops/variable.js';
import type { AdamaxOptions } from './adamax.js';
import { Optimizer, type OptimizerArgs, optimizerOptions } from './optimizer.js';

class LambOptimizer extends Optimizer {
  static readonly className = 'Lamb';
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  #momenta: readonly Variable[] = [];
  #velocities: readonly Variable[] = [];

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
    [this.#momenta, this.#velocities] = this.addSlots(variables, ['momentum', 'velocity']) as [Variable[], Variable[]];
  }

  override updateStep(gradient: Tensor, variable: Variable, learningRate: Tensor): void {
    const m = this.#momenta[this.indexOf(variable)]!;
    const v = this.#velocities[this.indexOf(variable)]!;
    const t = this.localStep;
    m.assign(add(m, multiply(subtract(gradient, m), 1 - this.beta1)));
    v.assign(add(v, multiply(subtract(square(gradient), v), 1 - this.beta2)));
    const mHat = divide(m, subtract(1, power(this.beta1, t)));
    const vHat = divide(v, subtract(1, power(this.beta2, t)));
    const update = divide(mHat, add(sqrt(vHat), this.epsilon));
    const [weightNorm, updateNorm] = [sqrt(sum(square(variable))), sqrt(sum(square(update)))];
    const both = logicalAnd(greater(weightNorm, 0), greater(updateNorm, 0));
    const ratio = where(both, divide(weightNorm, where(both, updateNorm, 1)), 1);
    variable.assign(subtract(variable, multiply(update, multiply(ratio, learningRate))));
  }

  override getConfig(): Config {
    return { ...super.getConfig(), beta_1: this.beta1, beta_2: this.beta2, epsilon: this.epsilon };
  }
}

/** Adam whose step is as long as the weights' norm times the rate (You et al. 2019): for huge batches. Default 0.001. */
export const Lamb = register('keras.optimizers', callable(LambOptimizer));
