import { callable } from '../callable.js';
import { type Config, register } from '../config.js';
import type { Tensor } from '../graph/tensor.js';
import { add, divide, maximum, minimum, multiply, power, sqrt, square, subtract } from '../ops/elementwise.js';
import { expandDims } from '../ops/movement.js';
import { mean } from '../ops/reduce.js';
import { Variable } from '../ops/variable.js';
import { Optimizer, type OptimizerArgs, type OptimizerOptions, optimizerOptions } from './optimizer.js';

export interface AdafactorOptions extends OptimizerOptions {
  /** The means keep 1 - t^beta2Decay of their old value. Default -0.8. */
  beta2Decay?: number;
  /** Added to squared gradients. Default 1e-30. */
  epsilon1?: number;
  /** The least scale of a variable. Default 1e-3. */
  epsilon2?: number;
  /** Updates are scaled down to this root mean square. Default 1. */
  clipThreshold?: number;
  /** Lets the rate fall with the step, at most 1 / sqrt(t). Default true. */
  relativeStep?: boolean;
}

const rms = (x: Tensor) => sqrt(mean(square(x)));

class AdafactorOptimizer extends Optimizer {
  static readonly className = 'Adafactor';
  readonly #options: Required<
    Pick<AdafactorOptions, 'beta2Decay' | 'epsilon1' | 'epsilon2' | 'clipThreshold' | 'relativeStep'>
  >;
  #rows: readonly Variable[] = [];
  #columns: readonly Variable[] = [];
  #velocities: readonly Variable[] = [];

  constructor(...args: OptimizerArgs<AdafactorOptions>) {
    const {
      beta2Decay = -0.8,
      epsilon1 = 1e-30,
      epsilon2 = 1e-3,
      clipThreshold = 1,
      relativeStep = true,
      ...rest
    } = optimizerOptions(args, ['beta2Decay', 'epsilon1', 'epsilon2', 'clipThreshold', 'relativeStep']);
    super({ learningRate: 0.001, ...rest });
    this.#options = { beta2Decay, epsilon1, epsilon2, clipThreshold, relativeStep };
  }

  override build(variables: readonly Variable[]): void {
    super.build(variables);
    const slots = variables.map(variable => {
      const { shape, name } = variable;
      // Where there is nothing to factor, Keras keeps two scalars that nobody uses: files count them.
      const matrix = shape.length >= 2;
      // Without rows and columns, Keras keeps (and saves) unused scalars in their place.
      return {
        row: this.addVariable(matrix ? shape.slice(0, -1) : [], name),
        column: this.addVariable(matrix ? [...shape.slice(0, -2), shape.at(-1)!] : [], name),
        velocity: this.addVariableFromReference(variable, 'velocity'),
      };
    });
    this.#rows = slots.map(({ row }) => row);
    this.#columns = slots.map(({ column }) => column);
    this.#velocities = slots.map(({ velocity }) => velocity);
  }

  override updateStep(gradient: Tensor, variable: Variable, given: Tensor): void {
    const { beta2Decay, epsilon1, epsilon2, clipThreshold, relativeStep } = this.#options;
    const i = this.indexOf(variable);
    const [r, c, v] = [this.#rows[i]!, this.#columns[i]!, this.#velocities[i]!];
    const t = this.localStep;
    const limit = divide(1, sqrt(t));
    const rate = relativeStep && this.learningRate instanceof Variable ? minimum(given, limit) : given;
    const alpha = multiply(maximum(rms(variable.value), epsilon2), minimum(rate, limit));
    const squares = add(square(gradient), epsilon1);
    const keep = subtract(1, power(t, beta2Decay));
    const average = (slot: Variable, value: Tensor) =>
      slot.assign(add(multiply(slot, keep), multiply(value, subtract(1, keep))));
    if (variable.shape.length >= 2) {
      // Second moments of a matrix from those of its rows and columns (Shazeer and Stern 2018).
      average(r, mean(squares, -1));
      average(c, mean(squares, -2));
      v.assign(multiply(expandDims(divide(r, mean(r, -1, true)), -1), expandDims(c, -2)));
    } else {
      average(v, squares);
    }
    const update = divide(gradient, sqrt(v));
    const clipped = divide(update, maximum(divide(rms(update), clipThreshold), 1));
    variable.assign(subtract(variable, multiply(clipped, alpha)));
  }

  override getConfig(): Config {
    const { beta2Decay, epsilon1, epsilon2, clipThreshold, relativeStep } = this.#options;
    return {
      ...super.getConfig(),
      beta_2_decay: beta2Decay,
      epsilon_1: epsilon1,
      epsilon_2: epsilon2,
      clip_threshold: clipThreshold,
      relative_step: relativeStep,
    };
  }
}

/** Adaptive rates with memory for rows and columns only (Shazeer and Stern 2018). Default learning rate 0.001. */
export const Adafactor = register('keras.optimizers', callable(AdafactorOptimizer));
