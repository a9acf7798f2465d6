// Building the graph: applying ops to tensors, and making tensors out of JavaScript values.

import { type DType, nearestDType, newArray, type TypedArray } from '../dtype.js';
import { ShapeError, ValueError } from '../errors.js';
import { NDArray, type NumberArray } from '../ndarray.js';
import { type Shape, sizeOf } from '../shape.js';
import { type Attrs, defineOp, type OpDef } from './op.js';
import { type NestedArray, type Node, Tensor } from './tensor.js';

/** What ops accept as a tensor. A plain number or boolean takes the dtype of the tensor it meets. */
export type TensorLike = Tensor | TensorConvertible | NestedArray | ArrayLikeData;

/** Elements from outside: a typed array, or one with a shape. 64-bit integers lose their upper half. */
type ArrayLikeData = NumberArray | BigInt64Array | NDArray;

/** Something that stands for a tensor, such as a variable, whose tensor is its current value. */
export interface TensorConvertible {
  asTensor(): Tensor;
}

let nextId = 0;

/**
 * Applies an op; the outputs as tensors. Shapes are checked now, nothing is computed. A view has the elements of its input,
 * and so the name of their dtype; other results go by what they are computed as, unless `dtypeName` says more.
 */
export function applyAll<A extends Attrs>(
  op: OpDef<A>,
  inputs: readonly Tensor[],
  attrs: A,
  dtypeName = op.view && inputs[0]!.dtypeName,
): readonly Tensor[] {
  const outputs: Tensor[] = [];
  const node: Node = { id: nextId++, op, inputs, attrs, outputs };
  for (const spec of op.infer(inputs, attrs)) outputs.push(new Tensor(spec, node, null, dtypeName));
  return outputs;
}

/** Applies an op with one output. */
export function apply<A extends Attrs>(op: OpDef<A>, inputs: readonly Tensor[], attrs: A, dtypeName?: string): Tensor {
  return applyAll(op, inputs, attrs, dtypeName)[0]!;
}

/** y = x. */
export const identityOp = defineOp({
  name: 'identity',
  infer: ([x]) => [{ shape: x!.shape, dtype: x!.dtype }],
  vjp: (_, [dy]) => [dy],
  emit: () => {},
  view: true,
});

/** x under another name of its dtype, of which all elements must be. Costs nothing. */
export function named(x: Tensor, dtypeName: string): Tensor {
  return x.dtypeName === dtypeName ? x : apply(identityOp, [x], {}, dtypeName);
}

/** A tensor with given elements. The typed array is not copied: do not change it afterwards. */
export function fromTypedArray(data: TypedArray, shape: Shape, dtypeName: string = dtypeOf(data)): Tensor {
  if (sizeOf(shape) !== data.length) {
    throw new ShapeError(`Shape (${shape.join(', ')}) needs ${sizeOf(shape)} elements. Received ${data.length}.`);
  }
  return new Tensor({ shape, dtype: nearestDType(dtypeName) }, null, data, dtypeName);
}

/**
 * A tensor with the value of a number, a boolean, nested arrays or a typed array (one axis).
 * Default dtype: float32 for numbers, bool for booleans, the array's own for typed arrays (float32 for Float64Array).
 * @throws ShapeError if nested arrays are ragged.
 */
export function constant(value: Exclude<TensorLike, Tensor | TensorConvertible>, dtype?: DType, shape?: Shape): Tensor {
  if (value instanceof NDArray) return constant(value.data, dtype, shape ?? value.shape);
  if (ArrayBuffer.isView(value)) {
    const to = dtype ?? dtypeNameOf(value as NumberArray);
    const data = convert(value as NumberArray, nearestDType(to));
    return fromTypedArray(data, shape ?? [data.length], to);
  }
  const dims: number[] = [];
  for (let level: NestedArray = value; Array.isArray(level); level = level[0]!) {
    dims.push(level.length);
    if (level.length === 0) break;
  }
  const flat: (number | boolean)[] = [];
  flatten(value, dims, 0, flat);
  const to = dtype ?? (flat.length > 0 && flat.every(item => typeof item === 'boolean') ? 'bool' : 'float32');
  const data = newArray(to, flat.length);
  for (let i = 0; i < flat.length; i++) data[i] = to === 'bool' ? Number(Boolean(flat[i])) : Number(flat[i]);
  return fromTypedArray(data, shape ?? dims, to);
}

/**
 * A tensor with the value of a number, nested arrays or a typed array, in a shape: `tensor(data, [2, 3])`.
 * Default shape: that of the nested arrays; default dtype: as for `constant`.
 */
export function tensor(value: Exclude<TensorLike, Tensor | TensorConvertible>, shape?: Shape, dtype?: DType): Tensor {
  return constant(value, dtype, shape);
}

/** Any tensor-like value as a tensor; `dtype` applies to plain JavaScript values only. */
export function asTensor(value: TensorLike, dtype?: DType): Tensor {
  if (value instanceof Tensor) return value;
  if (typeof value === 'object' && 'asTensor' in value) return value.asTensor();
  return constant(value, dtype);
}

function flatten(value: NestedArray, dims: readonly number[], axis: number, flat: (number | boolean)[]): void {
  if (!Array.isArray(value)) {
    if (typeof value !== 'number' && typeof value !== 'boolean') {
      throw new ValueError(`Cannot make a tensor of ${typeof value} "${String(value)}": expected numbers or booleans.`);
    }
    if (axis !== dims.length) throw raggedError(dims);
    flat.push(value);
    return;
  }
  if (axis >= dims.length || value.length !== dims[axis]) throw raggedError(dims);
  for (const item of value) flatten(item, dims, axis + 1, flat);
}

function raggedError(dims: readonly number[]): ShapeError {
  return new ShapeError(
    `Nested arrays must be regular: expected shape (${dims.join(', ')}) from the first elements, found others.`,
  );
}

/** What an array that holds stored elements holds. */
function dtypeOf(data: TypedArray): DType {
  if (data instanceof Float32Array) return 'float32';
  return data instanceof Int32Array ? 'int32' : 'bool';
}

/** Keras's name for the dtype of any array's elements. */
function dtypeNameOf(data: NumberArray | BigInt64Array): string {
  if (data instanceof Float64Array) return 'float32';
  if (data instanceof BigInt64Array) return 'int32';
  return data.constructor.name.replace(/(Clamped)?Array$/, '').toLowerCase();
}

/** The elements as they are stored; the array itself where it is that. */
function convert(data: NumberArray | BigInt64Array, dtype: DType): TypedArray {
  if (dtype === 'float32' ? data instanceof Float32Array : dtype === 'int32' && data instanceof Int32Array)
    return data as TypedArray;
  const result = newArray(dtype, data.length);
  for (let i = 0; i < data.length; i++) result[i] = dtype === 'bool' ? Number(Number(data[i]) !== 0) : Number(data[i]);
  return result;
}
