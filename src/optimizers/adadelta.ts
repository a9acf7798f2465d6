import { callable } from '../callable.js';
import { type Config, register } from '../config.js';
import type { Tensor } from '../graph/tensor.js';
import { adadeltaUpdate } from '../ops/optimize.js';
import type { Variable } from '../ops/variable.js';
import { Optimizer, type OptimizerArgs, type OptimizerOptions, optimizerOptions } from './optimizer.js';

export interface AdadeltaOptions extends OptimizerOptions {
  /** How much of the old means remains. Default 0.95. */
  rho?: number;
  /** Default 1e-7. */
  epsilon?: number;
}

class AdadeltaOptimizer extends Optimizer {
  static readonly className = 'Adadelta';
  readonly rho: number;
  readonly epsilon: number;
  #gradients: readonly Variable[] = [];
  #deltas: readonly Variable[] = [];

  constructor(...args: OptimizerArgs<AdadeltaOptions>) {
    const { rho = 0.95, epsilon = 1e-7, ...rest } = optimizerOptions(args, ['rho', 'epsilon']);
    super({ learningRate: 0.001, ...rest });
    this.checkShares({ rho });
    this.rho = rho;
    this.epsilon = epsilon;
  }

  override build(variables: readonly Variable[]): void {
    super.build(variables);
    [this.#gradients, this.#deltas] = this.addSlots(variables, ['accumulated_grad', 'accumulated_delta_var']) as [
      Variable[],
      Variable[],
    ];
  }

  override updateStep(gradient: Tensor, variable: Variable, learningRate: Tensor): void {
    const a = this.#gradients[this.indexOf(variable)]!;
    const d = this.#deltas[this.indexOf(variable)]!;
    const { rho, epsilon } = this;
    const next = adadeltaUpdate(
      variable,
      gradient,
      { a, d },
      { learningRate, weightDecay: this.decayOf(variable), rho, epsilon },
    );
    variable.assign(next.w);
    a.assign(next.a);
    d.assign(next.d);
  }

  protected override get decaysInUpdate(): boolean {
    return true;
  }

  override getConfig(): Config {
    return { ...super.getConfig(), rho: this.rho, epsilon: this.epsilon };
  }
}

/**
 * delta = -sqrt(d + epsilon) / sqrt(a + epsilon) g with running means a of g^2 and d of delta^2; w += lr delta (Zeiler
 * 2012). Default learning rate 0.001, as in Keras 3; the paper and Keras 2 have 1.
 */
export const Adadelta = register('keras.optimizers', callable(AdadeltaOptimizer));
