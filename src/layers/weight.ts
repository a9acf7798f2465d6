// A layer's weight: a variable with a path in the model, and what Keras hangs on it.

import type { DType, TypedArray } from '../dtype.js';
import type { Tensor } from '../graph/tensor.js';
import { Variable } from '../graph/variable.js';
import { type Configurable, getObject, type KerasObject } from '../config.js';
import type { Shape } from '../shape.js';

/** Makes the first value of a weight. */
export interface Initializer extends Configurable {
  call(shape: Shape, dtype?: DType): Tensor;
}

/** A penalty on a weight or an output: a scalar tensor that joins the loss. */
export interface Regularizer extends Configurable {
  call(x: Tensor): Tensor;
}

/** Maps a weight's value to an allowed one after each update. */
export interface Constraint extends Configurable {
  call(w: Tensor): Tensor;
}

/** An object, its name, its Keras JSON, or nothing. */
export type Identifier<T> = T | string | KerasObject | null | undefined;

export function getInitializer(identifier: unknown): Initializer {
  return getObject<Initializer>('keras.initializers', 'initializer', identifier as Identifier<Initializer>)!;
}

export function getRegularizer(identifier: unknown): Regularizer | null {
  return getObject<Regularizer>('keras.regularizers', 'regularizer', identifier as Identifier<Regularizer>);
}

export function getConstraint(identifier: unknown): Constraint | null {
  return getObject<Constraint>('keras.constraints', 'constraint', identifier as Identifier<Constraint>);
}

export interface WeightOptions {
  readonly name: string;
  readonly path: string;
  readonly trainable: boolean;
  readonly regularizer: Regularizer | null;
  readonly constraint: Constraint | null;
}

export class Weight extends Variable {
  /** Such as `sequential/dense/kernel`. */
  readonly path: string;
  regularizer: Regularizer | null;
  constraint: Constraint | null;

  constructor(shape: Shape, dtype: DType, data: TypedArray, options: WeightOptions) {
    super({ shape, dtype, data }, { name: options.name, trainable: options.trainable });
    this.path = options.path;
    this.regularizer = options.regularizer;
    this.constraint = options.constraint;
  }
}
