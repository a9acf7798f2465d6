// A layer's weight: a variable with a path in the model, and what Keras hangs on it.

import type { Constraint } from '../constraints.js';
import type { DType, TypedArray } from '../dtype.js';
import type { Tensor } from '../graph/tensor.js';
import type { NDArray } from '../ndarray.js';
import { Variable } from '../ops/variable.js';
import type { Regularizer } from '../regularizers.js';
import type { Shape } from '../shape.js';

/** The arrays of one layer in a file: '0', '1', ... unless the layer says otherwise. */
export type WeightStore = { [name: string]: NDArray };

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

  constructor(shape: Shape, dtype: DType, data: TypedArray | Tensor, options: WeightOptions) {
    super({ shape, dtype, data }, { name: options.name, trainable: options.trainable });
    this.path = options.path;
    this.regularizer = options.regularizer;
    this.constraint = options.constraint;
  }
}
