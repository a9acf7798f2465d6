// Correlations, cross-correlations and distances.

import { ShapeError, ValueError } from '../errors.js';
import { asTensor, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { formatShape } from '../shape.js';
import { conv } from './conv.js';
import { diagonal } from './diagonal.js';
import { add, cast, divide, log, maximum, multiply, sqrt, square, subtract } from './elementwise.js';
import { matmul } from './matmul.js';
import { expandDims, flip, reshape, sliceAxis } from './movement.js';
import { mean, sum } from './reduce.js';

/** Pearson's correlations between the rows of a matrix of observations. */
export function corrcoef(x: TensorLike): Tensor {
  const tensor = cast(asTensor(x), 'float32');
  const rows = reshape(tensor, tensor.rank < 2 ? [1, tensor.size] : tensor.shape);
  const centered = subtract(rows, mean(rows, -1, true));
  const covariance = matmul(centered, centered, { transposeB: true });
  const deviation = sqrt(diagonal(covariance));
  const result = divide(divide(covariance, expandDims(deviation, 1)), expandDims(deviation, 0));
  return tensor.rank < 2 ? reshape(result, []) : result;
}

/**
 * The cross-correlation of two sequences. 'valid': where they overlap completely; 'same': as long as the longer one;
 * 'full': wherever they overlap.
 */
export function correlate(x1: TensorLike, x2: TensorLike, mode: 'valid' | 'same' | 'full' = 'valid'): Tensor {
  const [a, b] = [x1, x2].map(x => cast(asTensor(x), 'float32')) as [Tensor, Tensor];
  if (a.rank !== 1 || b.rank !== 1) {
    throw new ShapeError(
      `correlate: expected tensors of one axis. Received shapes ${formatShape(a.shape)} and ${formatShape(b.shape)}.`,
    );
  }
  if (mode !== 'valid' && mode !== 'same' && mode !== 'full') {
    throw new ValueError(`correlate: expected mode 'valid', 'same' or 'full'. Received '${String(mode)}'.`);
  }
  // The shorter one slides; NumPy reverses the result where it has to exchange them.
  const [long, short] = a.size >= b.size ? [a, b] : [b, a];
  const overlap = short.size - 1;
  const margin: readonly [number, number] =
    mode === 'valid'
      ? [0, 0]
      : mode === 'full'
        ? [overlap, overlap]
        : [Math.floor(short.size / 2), overlap - Math.floor(short.size / 2)];
  const result = reshape(
    conv(reshape(long, [1, long.size, 1]), reshape(short, [short.size, 1, 1]), { padding: [margin] }),
    [-1],
  );
  if (long === a) return result;
  return flip(result, 0);
}

/** Euclidean distances between all rows of x (..., n, d) and y (..., m, d): (..., n, m). */
export function cdist(x: TensorLike, y: TensorLike): Tensor {
  const difference = subtract(expandDims(asTensor(x), -2), expandDims(asTensor(y), -3));
  const squares = sum(square(difference), -1);
  // The root's slope is infinite at 0.
  return multiply(sqrt(maximum(squares, 1e-12)), cast(cast(squares, 'bool'), 'float32'));
}

/** Peak signal-to-noise ratio in decibels: 20 log10(maxVal) - 10 log10(mean squared difference). */
export function psnr(x1: TensorLike, x2: TensorLike, maxVal: number): Tensor {
  const error = mean(square(subtract(x1, x2)));
  return subtract(20 * Math.log10(maxVal), divide(multiply(10, log(error)), Math.LN10));
}

/** The area under y by the trapezoidal rule, at positions `x` or at distances `dx`. */
export function trapezoid(y: TensorLike, x: TensorLike | null = null, dx = 1, axis = -1): Tensor {
  const tensor = cast(asTensor(y), 'float32');
  const dim = axis < 0 ? axis + tensor.rank : axis;
  const n = tensor.shape[dim]!;
  const pairs = multiply(0.5, add(sliceAxis(tensor, dim, 1, n), sliceAxis(tensor, dim, 0, n - 1)));
  if (x === null) return multiply(sum(pairs, dim), dx);
  const places = asTensor(x);
  const along =
    places.rank === 1
      ? reshape(
          places,
          tensor.shape.map((_, i) => (i === dim ? n : 1)),
        )
      : places;
  return sum(multiply(pairs, subtract(sliceAxis(along, dim, 1, n), sliceAxis(along, dim, 0, n - 1))), dim);
}
