// A typed array with a shape: how data sets and files hand over their content before any of it becomes a tensor.

import { ShapeError, ValueError } from './errors.js';
import { formatShape, type Shape, sizeOf } from './shape.js';

/** The element types data comes in. Everything but float32, int32 and bool is converted when it becomes a tensor. */
export type NumberArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array;

/** Arrays of arrays, and so on, of elements; or an element alone. */
export type NestedArray<T = number | boolean> = T | NestedArray<T>[];

/** Nested arrays of a shape, with `elementAt(i)` at position i in row-major order. */
export function nested<T>(shape: Shape, elementAt: (i: number) => T): NestedArray<T> {
  const nest = (axis: number, start: number, size: number): NestedArray<T> => {
    if (axis === shape.length) return elementAt(start);
    const step = size / shape[axis]!;
    return Array.from({ length: shape[axis]! }, (_, i) => nest(axis + 1, start + i * step, step));
  };
  return nest(0, 0, sizeOf(shape));
}

/** A multi-dimensional array in row-major order. */
export class NDArray<A extends NumberArray = NumberArray> {
  readonly data: A;
  readonly shape: Shape;

  /** @throws ShapeError if the shape does not have as many elements as the data. */
  constructor(data: A, shape: Shape) {
    if (sizeOf(shape) !== data.length) {
      throw new ShapeError(`Shape ${formatShape(shape)} needs ${sizeOf(shape)} elements. Received ${data.length}.`);
    }
    this.data = data;
    this.shape = [...shape];
  }

  /** Length of the first axis. */
  get length(): number {
    return this.shape[0] ?? 1;
  }

  /** Rows `start` to `end` (exclusive) of the first axis, without a copy. Negative numbers count from the end. */
  slice(start = 0, end = this.length): NDArray<A> {
    if (this.shape.length === 0) throw new ValueError('slice: a scalar has no axis to slice.');
    const from = index(start, this.length);
    const to = Math.max(from, index(end, this.length));
    const row = sizeOf(this.shape.slice(1));
    return new NDArray(this.data.subarray(from * row, to * row) as A, [to - from, ...this.shape.slice(1)]);
  }

  /** The same elements in another shape, without a copy. */
  reshape(shape: Shape): NDArray<A> {
    return new NDArray(this.data, shape);
  }

  /** The elements as nested arrays; a number for a scalar. */
  array(): NestedArray<number> {
    return nested(this.shape, i => this.data[i]!);
  }

  /** float32 elements `fn(element)` in the same shape: `images.map(x => x / 255)`. */
  map(fn: (element: number) => number): NDArray<Float32Array> {
    const result = new Float32Array(this.data.length);
    for (let i = 0; i < result.length; i++) result[i] = fn(this.data[i]!);
    return new NDArray(result, this.shape);
  }
}

function index(position: number, length: number): number {
  return Math.min(Math.max(position < 0 ? position + length : position, 0), length);
}
