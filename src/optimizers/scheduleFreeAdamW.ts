import { callable } from '../callable.js';
import { type Config, register } from '../config.js';
import type { Tensor } from '../graph/tensor.js';
import { add, divide, minimum, multiply, power, sqrt, square, subtract } from '../ops/elementwise.js';
import type { Variable } from '../ops/variable.js';
import { Optimizer, type OptimizerArgs, type OptimizerOptions, optimizerOptions } from './optimizer.js';

export interface ScheduleFreeAdamWOptions extends OptimizerOptions {
  /** Default 0.9. */
  beta1?: number;
  /** Default 0.999. */
  beta2?: number;
  /** Default 1e-8. */
  epsilon?: number;
  /** Steps in which the rate rises linearly. Default 0. */
  warmupSteps?: number;
}

class ScheduleFreeAdamWOptimizer extends Optimizer {
  static readonly className = 'ScheduleFreeAdamW';
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly warmupSteps: number;
  #momenta: readonly Variable[] = [];
  #velocities: readonly Variable[] = [];

  constructor(...args: OptimizerArgs<ScheduleFreeAdamWOptions>) {
    const {
      beta1 = 0.9,
      beta2 = 0.999,
      epsilon = 1e-8,
      warmupSteps = 0,
      ...rest
    } = optimizerOptions(args, ['beta1', 'beta2', 'epsilon', 'warmupSteps']);
    super({ learningRate: 0.0025, ...rest });
    this.checkShares({ beta1, beta2 });
    this.beta1 = beta1;
    this.beta2 = beta2;
    this.epsilon = epsilon;
    this.warmupSteps = warmupSteps;
  }

  override build(variables: readonly Variable[]): void {
    super.build(variables);
    [this.#momenta, this.#velocities] = this.addSlots(variables, ['momentum', 'velocity']) as [Variable[], Variable[]];
    // The fast sequence z starts at the weights.
    for (const [i, variable] of variables.entries()) this.#momenta[i]!.write(variable.read());
  }

  override updateStep(gradient: Tensor, variable: Variable, learningRate: Tensor): void {
    const z = this.#momenta[this.indexOf(variable)]!;
    const v = this.#velocities[this.indexOf(variable)]!;
    const { beta1, beta2, epsilon, warmupSteps } = this;
    const t = this.localStep;
    const rate = warmupSteps > 0 ? multiply(learningRate, minimum(divide(t, warmupSteps), 1)) : learningRate;
    const zOld = z.value;
    v.assign(add(v, multiply(subtract(square(gradient), v), 1 - beta2)));
    const scale = add(sqrt(divide(v, subtract(1, power(beta2, t)))), epsilon);
    z.assign(subtract(z, divide(multiply(gradient, rate), scale)));
    // The weights y lie between z and the average x of all z: y = (1 - beta1) z + beta1 x.
    const xOld = divide(subtract(variable, multiply(zOld, 1 - beta1)), beta1);
    const share = divide(1, t);
    const x = add(multiply(xOld, subtract(1, share)), multiply(z, share));
    variable.assign(add(multiply(z, 1 - beta1), multiply(x, beta1)));
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      beta_1: this.beta1,
      beta_2: this.beta2,
      epsilon: this.epsilon,
      warmup_steps: this.warmupSteps,
    };
  }
}

/** AdamW that needs no schedule, by averaging its steps (Defazio et al. 2024). Default learning rate 0.0025. */
export const ScheduleFreeAdamW = register('keras.optimizers', callable(ScheduleFreeAdamWOptimizer));
