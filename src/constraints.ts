// keras.constraints: what a weight's value is mapped to after each update.

import { callableRoot } from './callable.js';
import { type Config, getObject, type KerasObject, serializeObject, toOptions } from './config.js';
import { configured, known } from './configured.js';
import { epsilon } from './defaults.js';
import { ValueError } from './errors.js';
import { asTensor, type TensorLike } from './graph/apply.js';
import type { Tensor } from './graph/tensor.js';
import { add, clip, divide, maximum, multiply, sqrt, square } from './ops/elementwise.js';
import { sum } from './ops/reduce.js';
import { value } from './options.js';

/** A function of a weight's value that gives an allowed one. */
export type ConstraintFunction = (w: Tensor) => TensorLike;

/** A map from values of a weight to allowed ones. Own constraints extend this class and implement `call`. */
export class Constraint extends callableRoot<(w: TensorLike) => Tensor>() {
  static readonly className: string = 'Constraint';

  static fromConfig<T>(this: new (...args: never[]) => T, config: Config): T {
    return new (this as unknown as new (options: unknown) => T)(toOptions(config));
  }

  /** The allowed value nearest to `w` in the sense of the constraint. */
  override call(_w: Tensor): Tensor {
    throw new ValueError(`${(this.constructor as typeof Constraint).className} has no method \`call\`: implement it.`);
  }

  getConfig(): Config {
    return {};
  }

  /** @internal What `constraint(w)` does. */
  override invoke(w: TensorLike): Tensor {
    return this.call(asTensor(w));
  }
}

/** The axes a norm is taken over: 0 for the inputs of each unit of a Dense kernel, [0, 1, 2] for a Conv2D kernel's. */
const axis = value<number | readonly number[]>(0);

/** √Σw² over the axes, which stay with length 1. */
function norms(w: Tensor, axes: number | readonly number[]): Tensor {
  return sqrt(sum(square(w), axes, true));
}

/** w with norms `desired` instead of `from`. */
function rescale(w: Tensor, from: Tensor, desired: Tensor): Tensor {
  return multiply(w, divide(desired, add(from, epsilon())));
}

class MaxNormClass extends configured(Constraint, 'MaxNorm', { maxValue: value<number>(2), axis }, [
  'maxValue',
  'axis',
]) {
  override call(w: Tensor): Tensor {
    const from = norms(w, this.axis);
    return rescale(w, from, clip(from, 0, this.maxValue));
  }
}

/** Norms of at most `maxValue`. Defaults: maxValue 2, axis 0. */
export const MaxNorm = known('keras.constraints', MaxNormClass);
export type MaxNorm = MaxNormClass;
export { MaxNorm as maxNorm };

class NonNegClass extends configured(Constraint, 'NonNeg', {}, []) {
  override call(w: Tensor): Tensor {
    return maximum(w, 0);
  }
}

/** max(w, 0). */
export const NonNeg = known('keras.constraints', NonNegClass);
export type NonNeg = NonNegClass;
export { NonNeg as nonNeg };

class UnitNormClass extends configured(Constraint, 'UnitNorm', { axis }, ['axis']) {
  override call(w: Tensor): Tensor {
    return divide(w, add(norms(w, this.axis), epsilon()));
  }
}

/** Norms of 1. Default axis 0. */
export const UnitNorm = known('keras.constraints', UnitNormClass);
export type UnitNorm = UnitNormClass;
export { UnitNorm as unitNorm };

const minMaxOptions = { minValue: value<number>(0), maxValue: value<number>(1), rate: value<number>(1), axis };

class MinMaxNormClass extends configured(Constraint, 'MinMaxNorm', minMaxOptions, [
  'minValue',
  'maxValue',
  'rate',
  'axis',
]) {
  override call(w: Tensor): Tensor {
    const from = norms(w, this.axis);
    const bounded = clip(from, this.minValue, this.maxValue);
    return rescale(w, from, add(multiply(bounded, this.rate), multiply(from, 1 - this.rate)));
  }
}

/**
 * Norms from `minValue` to `maxValue`; with a rate below 1 each update only goes that share of the way.
 * Defaults: minValue 0, maxValue 1, rate 1, axis 0.
 */
export const MinMaxNorm = known('keras.constraints', MinMaxNormClass);
export type MinMaxNorm = MinMaxNormClass;
export { MinMaxNorm as minMaxNorm };

/** A plain function as a constraint. Files have its name; to load them, pass it among the custom objects. */
class FunctionConstraint extends Constraint {
  readonly functionName: string;
  readonly #fn: ConstraintFunction;

  constructor(fn: ConstraintFunction) {
    super();
    if (typeof fn !== 'function') {
      throw new ValueError(
        `Could not interpret constraint ${String(fn)}. Expected a name, a function or a Constraint.`,
      );
    }
    this.#fn = fn;
    this.functionName = fn.name;
  }

  override call(w: Tensor): Tensor {
    return asTensor(this.#fn(w));
  }
}

/** Keras's JSON of a constraint. */
export function serialize(constraint: Constraint): KerasObject {
  return serializeObject(constraint);
}

/** The constraint that a name ('max_norm', 'MaxNorm') or Keras's JSON stands for; null for null. @throws ValueError */
export function get(identifier: string | KerasObject | Constraint | ConstraintFunction): Constraint;
export function get(
  identifier: string | KerasObject | Constraint | ConstraintFunction | null | undefined,
): Constraint | null;
export function get(
  identifier: string | KerasObject | Constraint | ConstraintFunction | null | undefined,
): Constraint | null {
  const found = getObject<Constraint | ConstraintFunction>('keras.constraints', 'constraint', identifier);
  return found === null || found instanceof Constraint ? found : new FunctionConstraint(found);
}

/** The constraint that Keras's JSON or a name describes. @throws ValueError if it is unknown */
export function deserialize(config: string | KerasObject): Constraint {
  return get(config);
}
