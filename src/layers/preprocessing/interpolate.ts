// Linear interpolation along one axis, as a weighted sum of two gathered neighbours.

import { constant } from '../../graph/apply.js';
import type { Tensor } from '../../graph/tensor.js';
import { add, multiply } from '../../ops/elementwise.js';
import { take } from '../../ops/indexing.js';

/** x resized along `axis` to `size`, with half-pixel centres and the border repeated. */
export function resizeBilinear(x: Tensor, axis: number, size: number): Tensor {
  const from = x.shape[axis]!;
  if (from === size) return x;
  const lower = new Int32Array(size);
  const upper = new Int32Array(size);
  const weight = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    const centre = Math.min(Math.max(((i + 0.5) * from) / size - 0.5, 0), from - 1);
    lower[i] = Math.floor(centre);
    upper[i] = Math.min(lower[i]! + 1, from - 1);
    weight[i] = centre - lower[i]!;
  }
  const shape = x.shape.map((_, each) => (each === axis ? size : 1));
  const high = constant(weight, 'float32', shape);
  const low = constant(weight.map(each => 1 - each), 'float32', shape);
  return add(multiply(take(x, constant(lower), axis), low), multiply(take(x, constant(upper), axis), high));
}

/** x resized along `axis` to `size` by taking the nearest cell. */
export function resizeNearest(x: Tensor, axis: number, size: number): Tensor {
  const from = x.shape[axis]!;
  if (from === size) return x;
  const index = Int32Array.from({ length: size }, (_, i) => Math.min(Math.floor(((i + 0.5) * from) / size), from - 1));
  return take(x, constant(index), axis);
}
