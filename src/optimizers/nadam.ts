import { callable } from '../callable.js';
import { type Config, register } from '../config.js';
import type { Tensor } from '../graph/tensor.js';
import { add, divide, multiply, power, subtract } from '../ops/elementwise.js';
import { type NadamCorrections, nadamUpdate } from '../ops/optimize.js';
import type { Variable } from '../ops/variable.js';
import type { AdamaxOptions } from './adamax.js';
import { Optimizer, type OptimizerArgs, optimizerOptions } from './optimizer.js';

class NadamOptimizer extends Optimizer {
  static readonly className = 'Nadam';
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  #momenta: readonly Variable[] = [];
  #velocities: readonly Variable[] = [];
  /** The product of all momentum coefficients so far. */
  #product: Variable | null = null;
  #corrections: NadamCorrections | null = null;

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
    this.#product = this.addVariable([], 'variable', 1);
  }

  protected override updateAll(
    gradients: readonly Tensor[],
    variables: readonly Variable[],
    learningRate: Tensor,
  ): void {
    const t = this.localStep;
    const coefficient = (step: Tensor) => multiply(subtract(1, multiply(power(0.96, step), 0.5)), this.beta1);
    const [now, next] = [coefficient(t), coefficient(add(t, 1))];
    const product = multiply(this.#product!, now);
    this.#product!.assign(product);
    this.#corrections = {
      cm: divide(next, subtract(1, multiply(product, next))),
      cg: divide(subtract(1, now), subtract(1, product)),
      cv: divide(1, subtract(1, power(this.beta2, t))),
    };
    super.updateAll(gradients, variables, learningRate);
  }

  override updateStep(gradient: Tensor, variable: Variable, learningRate: Tensor): void {
    const m = this.#momenta[this.indexOf(variable)]!;
    const v = this.#velocities[this.indexOf(variable)]!;
    const { beta1, beta2, epsilon } = this;
    const next = nadamUpdate(
      variable,
      gradient,
      { m, v },
      {
        learningRate,
        ...this.#corrections!,
        weightDecay: this.decayOf(variable),
        beta1,
        beta2,
        epsilon,
      },
    );
    variable.assign(next.w);
    m.assign(next.m);
    v.assign(next.v);
  }

  protected override get decaysInUpdate(): boolean {
    return true;
  }

  override getConfig(): Config {
    return { ...super.getConfig(), beta_1: this.beta1, beta_2: this.beta2, epsilon: this.epsilon };
  }
}

/** Adam with Nesterov momentum, whose coefficient rises as beta1 (1 - 0.96^t / 2) (Dozat 2015). Default rate 0.001. */
export const Nadam = register('keras.optimizers', callable(NadamOptimizer));
