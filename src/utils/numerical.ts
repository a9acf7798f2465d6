// Arrays made ready for training: classes as rows of zeros and a one, and rows of equal length.

import { type ArrayData, column } from '../data/column.js';
import { ValueError } from '../errors.js';
import { named } from '../named.js';
import { NDArray } from '../ndarray.js';
import { normalizeAxis, sizeOf } from '../shape.js';

/**
 * Class numbers (or one) as rows of zeros with a one at the class: shape (...) or (..., 1) → (..., numClasses).
 * `numClasses` defaults to the largest class plus one. Keras: keras.utils.to_categorical.
 * @throws ValueError for a class that is not in 0..numClasses - 1.
 */
export const toCategorical = named('toCategorical', rowsOfClasses, 'x', 'numClasses');

function rowsOfClasses(x: ArrayData | number, numClasses: number | null = null): NDArray<Float32Array> {
  const { data, shape } = typeof x === 'number' ? { data: [x], shape: [] } : column(x, undefined, 'x');
  const outer = shape.length > 1 && shape.at(-1) === 1 ? shape.slice(0, -1) : shape;
  let classes = numClasses ?? 0;
  if (!classes) for (const label of data) classes = Math.max(classes, Math.trunc(label) + 1);
  const result = new Float32Array(data.length * classes);
  for (let i = 0; i < data.length; i++) {
    const label = Math.trunc(data[i]!);
    if (!(label >= 0 && label < classes)) {
      throw new ValueError(
        `toCategorical: expected classes from 0 to ${classes - 1}. Received ${data[i]} at position ${i}.`,
      );
    }
    result[i * classes + label] = 1;
  }
  return new NDArray(result, [...outer, classes]);
}

/**
 * x divided by its norm along an axis: (Σ |x|^order)^(1/order), where order may be Infinity or 0 (the number of elements
 * that are not zero), too. Rows of zeros stay zeros. Keras: keras.utils.normalize.
 */
export const normalize = named('normalize', dividedByNorm, 'x', 'axis', 'order');

function dividedByNorm(x: ArrayData, axis = -1, order = 2): NDArray<Float32Array> {
  const { data, shape } = column(x, undefined, 'x');
  const along = normalizeAxis(axis, shape.length);
  const length = shape[along]!;
  const stride = sizeOf(shape.slice(along + 1));
  const result = new Float32Array(data.length);
  for (let outer = 0; outer < data.length; outer += length * stride) {
    for (let start = outer; start < outer + stride; start++) {
      const norm = normOf(data, start, stride, length, order) || 1;
      for (let i = 0, at = start; i < length; i++, at += stride) result[at] = data[at]! / norm;
    }
  }
  return new NDArray(result, shape);
}

function normOf(data: ArrayLike<number>, start: number, stride: number, length: number, order: number): number {
  let sum = 0;
  let largest = 0;
  let smallest = Infinity;
  for (let i = 0; i < length; i++) {
    const size = Math.abs(data[start + i * stride]!);
    largest = Math.max(largest, size);
    smallest = Math.min(smallest, size);
    sum += order === 0 ? Number(size !== 0) : size ** order;
  }
  if (order === Infinity) return largest;
  if (order === -Infinity) return smallest;
  return order === 0 ? sum : sum ** (1 / order);
}
