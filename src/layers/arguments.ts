// The arguments of calls: which are tensors, and the structures of their shapes.

import type { Json } from '../config.js';
import { asTensor, type TensorLike } from '../graph/apply.js';
import { type NestedArray, Tensor } from '../graph/tensor.js';
import { NDArray } from '../ndarray.js';
import { Variable } from '../ops/variable.js';
import { isDict, type Structure } from '../structure.js';
import type { KerasTensor, SymbolicShape } from './kerasTensor.js';

/** The shapes of a layer's inputs or outputs: one, or lists and dicts of them. */
export type ShapeStructure = SymbolicShape | readonly ShapeStructure[] | { readonly [key: string]: ShapeStructure };

/** Whether a value can be made a tensor. */
export function isTensorLike(value: unknown): value is TensorLike {
  return (
    value instanceof Tensor ||
    value instanceof Variable ||
    ArrayBuffer.isView(value) ||
    value instanceof NDArray ||
    Array.isArray(value) ||
    typeof value === 'number'
  );
}

/** Nested arrays of numbers are one leaf: data rather than a list of inputs. */
export function asStructure(value: unknown): Structure<unknown> {
  const isData = (item: unknown): boolean =>
    Array.isArray(item) &&
    (item.length === 0 || typeof item[0] === 'number' || typeof item[0] === 'boolean' || isData(item[0]));
  if (isData(value)) return asTensor(value as NestedArray);
  if (Array.isArray(value)) return value.map(asStructure);
  if (isDict(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asStructure(item)]));
  return value as Structure<unknown>;
}

/** Whether a value is one shape, as opposed to a list or dict of them. */
export function isShape(value: unknown): value is SymbolicShape {
  return Array.isArray(value) && value.every(dim => dim === null || typeof dim === 'number');
}

/** Applies `fn` to each shape of a structure of shapes. */
export function mapShapes<T>(shapes: ShapeStructure, fn: (shape: SymbolicShape) => T): Structure<T> {
  if (isShape(shapes)) return fn(shapes);
  if (Array.isArray(shapes)) return shapes.map(each => mapShapes(each as ShapeStructure, fn));
  return Object.fromEntries(Object.entries(shapes).map(([key, each]) => [key, mapShapes(each as ShapeStructure, fn)]));
}

/** Keras's record of the shapes that a layer was built with. */
export function buildConfig(
  inputName: string,
  inputShape: ShapeStructure,
  others: { readonly [name: string]: ShapeStructure },
): Json {
  if (Object.keys(others).length === 0) return { input_shape: inputShape as Json };
  return {
    shapes_dict: {
      [`${inputName}_shape`]: inputShape as Json,
      ...Object.fromEntries(Object.entries(others).map(([name, shape]) => [`${name}_shape`, shape as Json])),
    },
  };
}

/** One tensor as itself, several as a list. */
export function unwrap(tensors: readonly KerasTensor[]): Structure<KerasTensor> {
  return tensors.length === 1 ? tensors[0]! : tensors;
}

/** The shape of one tensor, or the list of several shapes. */
export function unwrapShapes(tensors: readonly KerasTensor[]): ShapeStructure {
  return tensors.length === 1 ? tensors[0]!.shape : tensors.map(tensor => tensor.shape);
}
