import { callable } from '../callable.js';
import { type Config, register } from '../config.js';
import type { Tensor } from '../graph/tensor.js';
import { sgdUpdate } from '../ops/optimize.js';
import type { Variable } from '../ops/variable.js';
import { Optimizer, type OptimizerArgs, type OptimizerOptions, optimizerOptions } from './optimizer.js';

export interface SGDOptions extends OptimizerOptions {
  /** In [0, 1]. Default 0. */
  momentum?: number;
  /** Default false. */
  nesterov?: boolean;
}

class SGDOptimizer extends Optimizer {
  static readonly className = 'SGD';
  readonly momentum: number;
  readonly nesterov: boolean;
  #momenta: readonly Variable[] = [];

  constructor(...args: OptimizerArgs<SGDOptions>) {
    const { momentum = 0, nesterov = false, ...rest } = optimizerOptions(args, ['momentum', 'nesterov']);
    super({ learningRate: 0.01, ...rest });
    this.checkShares({ momentum });
    this.momentum = momentum;
    this.nesterov = nesterov;
  }

  override build(variables: readonly Variable[]): void {
    super.build(variables);
    if (this.momentum !== 0) this.#momenta = this.addSlots(variables, ['momentum'])[0]!;
  }

  override updateStep(gradient: Tensor, variable: Variable, learningRate: Tensor): void {
    const m = this.#momenta[this.indexOf(variable)];
    const { momentum, nesterov } = this;
    const next = sgdUpdate(variable, gradient, m ? { m } : {}, {
      learningRate,
      weightDecay: this.decayOf(variable),
      momentum,
      nesterov,
    });
    variable.assign(next.w);
    if (m) m.assign((next as { m?: Tensor }).m!);
  }

  protected override get decaysInUpdate(): boolean {
    return true;
  }

  override getConfig(): Config {
    return { ...super.getConfig(), momentum: this.momentum, nesterov: this.nesterov };
  }
}

/**
 * Gradient descent: w -= lr g; with momentum m = momentum m - lr g and w += m, or w += momentum m - lr g for Nesterov.
 * Default learning rate 0.01.
 */
export const SGD = register('keras.optimizers', callable(SGDOptimizer));
