import { callable } from '../callable.js';
import { type Config, register } from '../config.js';
import type { Tensor } from '../graph/tensor.js';
import { add, divide, multiply, power, sqrt, square, subtract } from '../ops/elementwise.js';
import { matmul } from '../ops/matmul.js';
import { transpose } from '../ops/movement.js';
import { sum } from '../ops/reduce.js';
import type { Variable } from '../ops/variable.js';
import { Optimizer, type OptimizerArgs, type OptimizerOptions, optimizerOptions } from './optimizer.js';

export interface MuonOptions extends OptimizerOptions {
  /** Adam's rates for variables that are not matrices. Defaults 0.9 and 0.999. */
  adamBeta1?: number;
  adamBeta2?: number;
  /** Weight decay of those variables. Default 0.004. */
  adamWeightDecay?: number | null;
  /** Default 1e-7. */
  epsilon?: number;
  /** Patterns of paths of variables that Adam is to train. */
  excludeLayers?: readonly string[];
  /** Lets Adam train embeddings. Default true. */
  excludeEmbeddings?: boolean;
  /** Coefficients of the Newton-Schulz iteration. Defaults 3.4445, -4.775, 2.0315. */
  muonA?: number;
  muonB?: number;
  muonC?: number;
  /** Adam's learning rate as a multiple of the other. Default 1. */
  adamLrRatio?: number;
  /** Default 0.95. */
  momentum?: number;
  /** Iterations. Default 5. */
  nsSteps?: number;
  /** Default true. */
  nesterov?: boolean;
  /** Root mean square of an update; null leaves it as it is. Default 0.2. */
  rmsRate?: number | null;
}

const defaults = {
  adamBeta1: 0.9,
  adamBeta2: 0.999,
  adamWeightDecay: 0.004 as number | null,
  epsilon: 1e-7,
  excludeLayers: [] as readonly string[],
  excludeEmbeddings: true,
  muonA: 3.4445,
  muonB: -4.775,
  muonC: 2.0315,
  adamLrRatio: 1,
  momentum: 0.95,
  nsSteps: 5,
  nesterov: true,
  rmsRate: 0.2 as number | null,
};

class MuonOptimizer extends Optimizer {
  static readonly className = 'Muon';
  readonly options: typeof defaults;
  #momenta: readonly Variable[] = [];
  #velocities: readonly (Variable | null)[] = [];

  constructor(...args: OptimizerArgs<MuonOptions>) {
    const given = optimizerOptions(args, ['adamBeta1', 'adamBeta2', 'adamWeightDecay', 'epsilon']);
    const own = Object.fromEntries(Object.entries(given).filter(([key]) => key in defaults));
    const rest = Object.fromEntries(Object.entries(given).filter(([key]) => !(key in defaults)));
    super({ learningRate: 0.001, weightDecay: 0.004, ...rest });
    this.options = { ...defaults, ...own };
  }

  override build(variables: readonly Variable[]): void {
    super.build(variables);
    const slots = variables.map(variable => ({
      m: this.addVariableFromReference(variable, 'momentum'),
      v: this.#usesAdam(variable) ? this.addVariableFromReference(variable, 'velocity') : null,
    }));
    this.#momenta = slots.map(({ m }) => m);
    this.#velocities = slots.map(({ v }) => v);
  }

  override updateStep(gradient: Tensor, variable: Variable, learningRate: Tensor): void {
    const m = this.#momenta[this.indexOf(variable)]!;
    const v = this.#velocities[this.indexOf(variable)];
    if (v) this.#adamStep(gradient, variable, multiply(learningRate, this.options.adamLrRatio), m, v);
    else this.#muonStep(gradient, variable, learningRate, m);
  }

  protected override weightDecayFor(variable: Variable): number | null {
    return this.#usesAdam(variable) ? this.options.adamWeightDecay : this.weightDecay;
  }

  override getConfig(): Config {
    const { options } = this;
    return {
      ...super.getConfig(),
      adam_beta_1: options.adamBeta1,
      adam_beta_2: options.adamBeta2,
      epsilon: options.epsilon,
      exclude_layers: [...options.excludeLayers],
      muon_a: options.muonA,
      muon_b: options.muonB,
      muon_c: options.muonC,
      adam_lr_ratio: options.adamLrRatio,
      momentum: options.momentum,
      ns_steps: options.nsSteps,
      nesterov: options.nesterov,
      exclude_embeddings: options.excludeEmbeddings,
      adam_weight_decay: options.adamWeightDecay,
      rms_rate: options.rmsRate,
    };
  }

  #usesAdam(variable: Variable): boolean {
    const path = (variable as { readonly path?: string }).path ?? variable.name;
    const { excludeEmbeddings, excludeLayers } = this.options;
    if (variable.shape.length !== 2) return true;
    return (
      (excludeEmbeddings && /embedding/i.test(path)) || excludeLayers.some(pattern => new RegExp(pattern).test(path))
    );
  }

  #muonStep(gradient: Tensor, variable: Variable, learningRate: Tensor, m: Variable): void {
    const { momentum, nesterov, rmsRate } = this.options;
    m.assign(add(gradient, multiply(m, momentum)));
    const direction = this.#orthogonalized(nesterov ? add(gradient, multiply(m, momentum)) : m.value);
    const scale = rmsRate === null ? 1 : Math.sqrt(Math.max(...variable.shape)) * rmsRate;
    variable.assign(subtract(variable, multiply(direction, multiply(learningRate, scale))));
  }

  #adamStep(gradient: Tensor, variable: Variable, learningRate: Tensor, m: Variable, v: Variable): void {
    const { adamBeta1, adamBeta2, epsilon } = this.options;
    const t = this.localStep;
    const correction = divide(sqrt(subtract(1, power(adamBeta2, t))), subtract(1, power(adamBeta1, t)));
    m.assign(add(m, multiply(subtract(gradient, m), 1 - adamBeta1)));
    v.assign(add(v, multiply(subtract(square(gradient), v), 1 - adamBeta2)));
    variable.assign(subtract(variable, divide(multiply(m, multiply(learningRate, correction)), add(sqrt(v), epsilon))));
  }

  /** Newton-Schulz: an orthogonal matrix near x, by x = a x + (b A + c A A) x with A = x transposed(x). */
  #orthogonalized(given: Tensor): Tensor {
    const { muonA, muonB, muonC, nsSteps } = this.options;
    const tall = given.shape[0]! > given.shape[1]!;
    let x = tall ? transpose(given) : given;
    x = divide(x, add(sqrt(sum(square(x))), 1e-7));
    for (let i = 0; i < nsSteps; i++) {
      const a = matmul(x, transpose(x));
      const b = add(multiply(a, muonB), matmul(multiply(a, muonC), a));
      x = add(multiply(x, muonA), matmul(b, x));
    }
    return tall ? transpose(x) : x;
  }
}

/**
 * Momentum whose direction is made orthogonal (Jordan et al. 2024), for the matrices of a model; Adam for the rest.
 * Default learning rate 0.001.
 */
export const Muon = register('keras.optimizers', callable(MuonOptimizer));
