// keras.regularizers: penalties on weights or outputs, which join the loss.

import { callableRoot } from './callable.js';
import { type Config, getObject, type KerasObject, serializeObject, toOptions } from './config.js';
import { configured, known } from './configured.js';
import { ShapeError, ValueError } from './errors.js';
import { asTensor, constant, type TensorLike } from './graph/apply.js';
import type { Tensor } from './graph/tensor.js';
import { abs, add, maximum, multiply, rsqrt, square, subtract } from './ops/elementwise.js';
import { matmul } from './ops/matmul.js';
import { transpose } from './ops/movement.js';
import { sum } from './ops/reduce.js';
import { type Field, word } from './options.js';
import { formatShape } from './shape.js';

/** A function of a tensor that gives a scalar penalty. */
export type RegularizerFunction = (x: Tensor) => TensorLike;

/** A scalar penalty of a tensor. Own regularizers extend this class and implement `call`. */
export class Regularizer extends callableRoot<(x: TensorLike) => Tensor>() {
  static readonly className: string = 'Regularizer';

  static fromConfig<T>(this: new (...args: never[]) => T, config: Config): T {
    return new (this as unknown as new (options: unknown) => T)(toOptions(config));
  }

  /** The penalty: a scalar. */
  override call(_x: Tensor): Tensor {
    throw new ValueError(`${(this.constructor as typeof Regularizer).className} has no method \`call\`: implement it.`);
  }

  getConfig(): Config {
    return {};
  }

  /** @internal What `regularizer(x)` does. */
  override invoke(x: TensorLike): Tensor {
    return this.call(asTensor(x));
  }
}

/** A factor of at least 0. `written`: how Keras writes it into configs. */
function factor(
  initial: number,
  written: (kept: number) => number = kept => kept,
): Field<number | null, number, false> {
  return {
    required: false,
    parse(given, where) {
      const kept = given ?? initial;
      if (!(Number.isFinite(kept) && kept >= 0)) {
        throw new ValueError(`${where} must be a finite number of at least 0. Received: ${String(kept)}`);
      }
      return kept;
    },
    toConfig: written,
  };
}

const l1Penalty = (x: Tensor, l1: number): Tensor => multiply(sum(abs(x)), l1);
const l2Penalty = (x: Tensor, l2: number): Tensor => multiply(sum(square(x)), l2);

// Keras keeps this factor as a float32 tensor, and its configs show it.
class L1Class extends configured(Regularizer, 'L1', { l1: factor(0.01, Math.fround) }, ['l1']) {
  override call(x: Tensor): Tensor {
    return l1Penalty(x, this.l1);
  }
}

/** l1·Σ|x|. Default l1 0.01. */
export const L1 = known('keras.regularizers', L1Class);
export type L1 = L1Class;
export { L1 as l1 };

class L2Class extends configured(Regularizer, 'L2', { l2: factor(0.01) }, ['l2']) {
  override call(x: Tensor): Tensor {
    return l2Penalty(x, this.l2);
  }
}

/** l2·Σx². Default l2 0.01. */
export const L2 = known('keras.regularizers', L2Class);
export type L2 = L2Class;
export { L2 as l2 };

class L1L2Class extends configured(Regularizer, 'L1L2', { l1: factor(0), l2: factor(0) }, ['l1', 'l2']) {
  override call(x: Tensor): Tensor {
    const penalties = [...(this.l1 ? [l1Penalty(x, this.l1)] : []), ...(this.l2 ? [l2Penalty(x, this.l2)] : [])];
    return penalties.length > 0 ? penalties.reduce((a, b) => add(a, b)) : constant(0);
  }
}

/** l1·Σ|x| + l2·Σx². Both default to 0. */
export const L1L2 = known('keras.regularizers', L1L2Class, 'l1_l2');
export type L1L2 = L1L2Class;
export { L1L2 as l1L2 };

const orthogonalOptions = { factor: factor(0.01, Math.fround), mode: word('rows', 'columns') };

class OrthogonalRegularizerClass extends configured(Regularizer, 'OrthogonalRegularizer', orthogonalOptions, [
  'factor',
  'mode',
]) {
  override call(x: Tensor): Tensor {
    if (x.rank !== 2) {
      throw new ShapeError(
        `OrthogonalRegularizer: expected a tensor of rank 2. Received shape ${formatShape(x.shape)}.`,
      );
    }
    const rows = this.mode === 'rows' ? x : transpose(x);
    const unit = multiply(rows, rsqrt(maximum(sum(square(rows), 1, true), 1e-24)));
    const size = rows.shape[0]!;
    const products = matmul(unit, unit, { transposeB: true });
    const identity = new Float32Array(size * size);
    for (let i = 0; i < size; i++) identity[i * size + i] = 1;
    const others = multiply(products, subtract(1, constant(identity, 'float32', [size, size])));
    const pairs = (size * (size - 1)) / 2;
    return multiply(sum(abs(others)), (this.factor * 0.5) / pairs);
  }
}

/**
 * factor · the mean |cosine| between different rows (or columns), over pairs: draws them towards orthogonality.
 * Defaults: factor 0.01, mode 'rows'. @throws ShapeError for other tensors than matrices
 */
export const OrthogonalRegularizer = known('keras.regularizers', OrthogonalRegularizerClass);
export type OrthogonalRegularizer = OrthogonalRegularizerClass;
export { OrthogonalRegularizer as orthogonalRegularizer };

/** A plain function as a regularizer. Files have its name; to load them, pass it among the custom objects. */
class FunctionRegularizer extends Regularizer {
  readonly functionName: string;
  readonly #fn: RegularizerFunction;

  constructor(fn: RegularizerFunction) {
    super();
    if (typeof fn !== 'function') {
      throw new ValueError(
        `Could not interpret regularizer ${String(fn)}. Expected a name, a function or a Regularizer.`,
      );
    }
    this.#fn = fn;
    this.functionName = fn.name;
  }

  override call(x: Tensor): Tensor {
    return asTensor(this.#fn(x));
  }
}

/** Keras's JSON of a regularizer. */
export function serialize(regularizer: Regularizer): KerasObject {
  return serializeObject(regularizer);
}

/** The regularizer that a name ('l2', 'L1L2') or Keras's JSON stands for; null for null. @throws ValueError */
export function get(identifier: string | KerasObject | Regularizer | RegularizerFunction): Regularizer;
export function get(
  identifier: string | KerasObject | Regularizer | RegularizerFunction | null | undefined,
): Regularizer | null;
export function get(
  identifier: string | KerasObject | Regularizer | RegularizerFunction | null | undefined,
): Regularizer | null {
  const found = getObject<Regularizer | RegularizerFunction>('keras.regularizers', 'regularizer', identifier);
  return found === null || found instanceof Regularizer ? found : new FunctionRegularizer(found);
}

/** The regularizer that Keras's JSON or a name describes. @throws ValueError if it is unknown */
export function deserialize(config: string | KerasObject): Regularizer {
  return get(config);
}
