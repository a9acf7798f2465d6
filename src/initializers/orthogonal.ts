// The initializer of recurrent kernels.

import { configured, known } from '../configured.js';
import type { DType } from '../dtype.js';
import { ShapeError } from '../errors.js';
import type { Tensor } from '../graph/tensor.js';
import { reshape } from '../ops/movement.js';
import { orthonormalize } from '../ops/orthonormalize.js';
import { normal } from '../ops/random.js';
import { value } from '../options.js';
import { formatShape, type Shape, sizeOf } from '../shape.js';
import { Initializer, seed } from './initializer.js';

class OrthogonalClass extends configured(Initializer, 'Orthogonal', { seed, gain: value<number>(1) }, [
  'gain',
  'seed',
]) {
  override call(shape: Shape, dtype: DType = 'float32'): Tensor {
    if (shape.length < 2) {
      throw new ShapeError(`Orthogonal: expected a shape of rank 2 at least. Received: ${formatShape(shape)}.`);
    }
    const columns = shape.at(-1)!;
    const rows = sizeOf(shape.slice(0, -1));
    const draw = normal([Math.max(rows, columns), Math.min(rows, columns)], 0, 1, dtype, this.seed.used);
    return reshape(orthonormalize(draw, this.gain, rows < columns), shape);
  }
}

/**
 * An orthogonal matrix times `gain` (default 1): orthonormal columns, or rows if there are fewer of them. Further axes
 * count as rows. It is the Q of a QR decomposition of normal numbers, with the signs that make it uniformly distributed.
 * @throws ShapeError for fewer than two axes
 * Source: Saxe, McClelland, Ganguli (2014).
 */
export const Orthogonal = known(
  'keras.initializers',
  OrthogonalClass,
  'OrthogonalInitializer',
  'orthogonal_initializer',
);
export type Orthogonal = OrthogonalClass;
