// Norms of vectors and matrices, and what is divided by them.

import { epsilon as defaultEpsilon } from '../defaults.js';
import { ValueError } from '../errors.js';
import { asTensor, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { normalizeAxes, normalizeAxis } from '../shape.js';
import { reshape } from './broadcast.js';
import { abs, cast, divide, maximum, multiply, power, rsqrt, sqrt, square } from './elementwise.js';
import { svd } from './linalg.js';
import { moveaxis } from './movement.js';
import { countNonzero, max, min, sum } from './reduce.js';

/** A vector norm: a power, the largest or smallest magnitude (±Infinity), 0 for the number of elements that are not 0. */
export type NormOrder = number | 'fro' | 'nuc' | null;

/**
 * The norm of the vectors along one axis, of the matrices in two, or of all elements as one vector (axis null).
 * @param ord null: (Σ x²)^½. A number p: (Σ |x|^p)^(1/p) of vectors; ±1 and ±Infinity of matrices: the largest (smallest) sum
 * of magnitudes in a column (row), ±2 the largest (smallest) singular value, 'nuc' their sum. 'fro' for matrices is as null.
 */
export function norm(
  x: TensorLike,
  ord: NormOrder = null,
  axis: number | readonly number[] | null = null,
  keepdims = false,
): Tensor {
  const tensor = cast(asTensor(x), 'float32');
  const axes =
    axis === null ? (ord === null ? normalizeAxes(null, tensor.rank) : tensor.shape.map((_, i) => i)) : [axis].flat();
  if (ord === null || ord === 'fro' || (ord === 2 && axes.length === 1))
    return sqrt(sum(square(tensor), axes, keepdims));
  if (axes.length === 1 && ord !== 'nuc') return vectorNorm(tensor, ord, axes[0]!, keepdims);
  if (axes.length === 2 && (ord === 'nuc' || ord === 2 || ord === -2)) {
    const [, values] = svd(moveaxis(tensor, axes, [-2, -1]), false);
    const y = (ord === 'nuc' ? sum : ord > 0 ? max : min)(values, -1);
    return keepdims
      ? reshape(
          y,
          tensor.shape.map((dim, i) => (axes.some(a => normalizeAxis(a, tensor.rank) === i) ? 1 : dim)),
        )
      : y;
  }
  if (axes.length === 2 && ord !== 'nuc' && [1, -1, Infinity, -Infinity].includes(ord)) {
    const [rows, columns] = axes.map(a => normalizeAxis(a, tensor.rank)) as [number, number];
    const sums = sum(abs(tensor), Math.abs(ord) === 1 ? rows : columns, true);
    const y = (ord > 0 ? max : min)(sums, axes, true);
    return keepdims
      ? y
      : reshape(
          y,
          tensor.shape.filter((_, i) => i !== rows && i !== columns),
        );
  }
  throw new ValueError(
    `norm: order ${ord} is not defined for ${axes.length} axes. Expected null, 'fro', 'nuc', ±1, ±2 or ±Infinity for matrices.`,
  );
}

function vectorNorm(x: Tensor, ord: number, axis: number, keepdims: boolean): Tensor {
  if (ord === 0) return cast(countNonzero(x, axis, keepdims), 'float32');
  if (ord === 1) return sum(abs(x), axis, keepdims);
  if (ord === Infinity) return max(abs(x), axis, keepdims);
  if (ord === -Infinity) return min(abs(x), axis, keepdims);
  return power(sum(power(abs(x), ord), axis, keepdims), 1 / ord);
}

/** x divided by its norm along an axis, which counts as at least `epsilon`. */
export function normalize(
  x: TensorLike,
  axis: number | readonly number[] | null = -1,
  order: NormOrder = 2,
  epsilon = defaultEpsilon(),
): Tensor {
  const tensor = cast(asTensor(x), 'float32');
  // By the square, so that the gradient at 0 is 0 and not NaN.
  if (order === 2) return multiply(tensor, rsqrt(maximum(sum(square(tensor), axis, true), epsilon ** 2)));
  return divide(tensor, maximum(norm(tensor, order, axis, true), epsilon));
}
