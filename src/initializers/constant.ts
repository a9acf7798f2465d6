// Initializers without chance.

import { configured, known } from '../configured.js';
import { type DType, newArray } from '../dtype.js';
import { ShapeError } from '../errors.js';
import { fromTypedArray } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { full } from '../ops/creation.js';
import { value } from '../options.js';
import { formatShape, type Shape, sizeOf } from '../shape.js';
import { Initializer } from './initializer.js';

class ZerosClass extends configured(Initializer, 'Zeros', {}, []) {
  override call(shape: Shape, dtype: DType = 'float32'): Tensor {
    return full(shape, 0, dtype);
  }
}

/** All elements 0. */
export const Zeros = known('keras.initializers', ZerosClass, 'zero');
export type Zeros = ZerosClass;

class OnesClass extends configured(Initializer, 'Ones', {}, []) {
  override call(shape: Shape, dtype: DType = 'float32'): Tensor {
    return full(shape, 1, dtype);
  }
}

/** All elements 1. */
export const Ones = known('keras.initializers', OnesClass, 'one');
export type Ones = OnesClass;

/** Booleans are for weights of that kind. */
const numberOrBoolean = { ...value<number | boolean>(0), parse: (given?: number | boolean) => given ?? 0 };

class ConstantClass extends configured(Initializer, 'Constant', { value: numberOrBoolean }, ['value']) {
  override call(shape: Shape, dtype: DType = 'float32'): Tensor {
    return full(shape, this.value, dtype);
  }
}

/** All elements `value` (default 0). */
export const Constant = known('keras.initializers', ConstantClass);
export type Constant = ConstantClass;

class IdentityClass extends configured(Initializer, 'Identity', { gain: value<number>(1) }, ['gain']) {
  override call(shape: Shape, dtype: DType = 'float32'): Tensor {
    if (shape.length !== 2) {
      throw new ShapeError(`Identity makes matrices: expected a shape of rank 2. Received: ${formatShape(shape)}.`);
    }
    const [rows, columns] = shape as [number, number];
    const data = newArray(dtype, sizeOf(shape));
    for (let i = 0; i < Math.min(rows, columns); i++) data[i * columns + i] = this.gain;
    return fromTypedArray(data, shape, dtype);
  }
}

/** The identity matrix times `gain` (default 1). @throws ShapeError for other shapes than matrices */
export const Identity = known('keras.initializers', IdentityClass, 'IdentityInitializer');
export type Identity = IdentityClass;
