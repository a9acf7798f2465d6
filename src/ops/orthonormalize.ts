// Orthonormal columns, for the Orthogonal initializer.

import { ShapeError } from '../errors.js';
import { apply } from '../graph/apply.js';
import { defineOp } from '../graph/op.js';
import type { Tensor } from '../graph/tensor.js';
import { formatShape } from '../shape.js';

const orthonormalizeOp = defineOp<{ readonly scale: number; readonly transpose: boolean }>({
  name: 'orthonormalize',
  infer: ([x], { transpose }) => {
    const [m, n] = x!.shape;
    if (x!.shape.length !== 2 || m! < n!) {
      throw new ShapeError(
        `orthonormalize: expected a matrix with at least as many rows as columns. Received shape ${formatShape(x!.shape)}.`,
      );
    }
    return [{ shape: transpose ? [n!, m!] : [m!, n!], dtype: 'float32' }];
  },
  vjp: 'none', // for first values of weights, which nothing is differentiated through
  inPlace: [[0, 0]],
  emit: (k, { inputs: [x], outputs: [y], attrs: { scale, transpose } }) => {
    const [m, n] = x!.shape as [number, number];
    const work = k.workspace(8 * m * n);
    k.call('orthonormalize', { x: x!, work, y: y!, m, n, scale, transpose }, 2 * m * n * n);
  },
});

/**
 * scale·Q, or its transpose, where x = Q·R and R has a positive diagonal: the columns of x made orthonormal one after
 * the other. x: [m, n] with m ≥ n. @throws ShapeError for other shapes
 */
export function orthonormalize(x: Tensor, scale = 1, transpose = false): Tensor {
  return apply(orthonormalizeOp, [x], { scale, transpose });
}
