// The K backend: variables, constants and placeholders, their values and updates.

import type { Constraint } from '../constraints.js';
import { floatx } from '../defaults.js';
import { ValueError } from '../errors.js';
import { asTensor, type TensorLike } from '../graph/apply.js';
import { type NestedArray, Tensor } from '../graph/tensor.js';
import { tracedUpdates } from '../graph/trace.js';
import { InputLayer } from '../layers/core/inputLayer.js';
import { KerasTensor, type SymbolicShape } from '../layers/kerasTensor.js';
import { named } from '../named.js';
import { autoName } from '../naming.js';
import { castTo } from '../ops/convert.js';
import * as creation from '../ops/creation.js';
import { eye as eyeOf } from '../ops/grid.js';
import { broadcastTo, reshape } from '../ops/movement.js';
import { normal, uniform } from '../ops/random.js';
import { Variable } from '../ops/variable.js';
import { type Shape, sizeOf, toShape } from '../shape.js';
import { capture } from './capture.js';
import { add, multiply, subtract } from './ops/numpy.js';

type DTypeName = string | null;

/** A tensor whose value can be set. `constraint` is kept for optimizers. */
export const variable = named(
  'variable',
  (
    value: TensorLike,
    dtype: DTypeName = null,
    name: string | null = null,
    constraint: Constraint | null = null,
  ): Variable => {
    const tensor = castTo(value, dtype ?? floatx());
    const result = new Variable(
      { shape: tensor.shape, dtype: tensor.dtype, dtypeName: tensor.dtypeName, data: tensor.data() },
      { name: name ?? autoName('Variable') },
    );
    return Object.assign(result, { constraint });
  },
  'value',
  'dtype',
  'name',
  'constraint',
);

/** A tensor with a fixed value: as many elements as `shape` has, or one for all of them. */
export const constant = named(
  'constant',
  (value: TensorLike, dtype: DTypeName = null, shape: Shape | null = null, _name: string | null = null): Tensor => {
    const tensor = castTo(value, dtype ?? floatx());
    if (!shape) return tensor;
    return tensor.size === sizeOf(shape) ? reshape(tensor, shape) : broadcastTo(tensor, shape);
  },
  'value',
  'dtype',
  'shape',
  'name',
);

export interface PlaceholderOptions {
  /** The whole shape, batch included; null for unknown dimensions. */
  readonly shape?: SymbolicShape | null;
  /** Number of axes of unknown size, instead of a shape. */
  readonly ndim?: number | null;
  /** Default: floatx. */
  readonly dtype?: DTypeName;
  readonly sparse?: boolean;
  readonly name?: string | null;
}

const placeholders = new WeakSet<KerasTensor>();

/** A symbolic tensor for `K.function` to feed: `placeholder([null, 10])` or `placeholder({ shape: [null, 10] })`. */
export function placeholder(
  shape: SymbolicShape | PlaceholderOptions | null = null,
  ndim: number | null = null,
  dtype: DTypeName = null,
  sparse = false,
  name: string | null = null,
): KerasTensor {
  const given: PlaceholderOptions =
    shape === null || Array.isArray(shape)
      ? { shape: shape as SymbolicShape | null, ndim, dtype, sparse, name }
      : (shape as PlaceholderOptions);
  if (given.sparse) throw new ValueError('Sparse tensors do not exist here: leave `sparse` at false.');
  const batchShape = given.shape ?? (typeof given.ndim === 'number' ? new Array<null>(given.ndim).fill(null) : null);
  if (batchShape === null) throw new ValueError('placeholder: expected `shape` or `ndim`.');
  const layer = new InputLayer({
    batchShape,
    dtype: given.dtype ?? floatx(),
    name: given.name ?? autoName('Placeholder'),
  });
  const tensor = layer.inboundNodes[0]!.outputTensors[0]!;
  placeholders.add(tensor);
  return tensor;
}

/** Whether x was made by `placeholder` or `Input`. */
export function isPlaceholder(x: unknown): boolean {
  return x instanceof KerasTensor && x.history?.layer instanceof InputLayer;
}

/** Whether x came out of a layer or an `Input`: a placeholder did not. @throws ValueError if it is no tensor at all. */
export function isKerasTensor(x: unknown): boolean {
  if (!isTensor(x)) {
    throw new ValueError(`Unexpectedly found an instance of type ${typeof x}. Expected a symbolic tensor instance.`);
  }
  return x instanceof KerasTensor && x.history !== null && !placeholders.has(x);
}

/** Whether x is a tensor, a variable or a symbolic tensor. */
export function isTensor(x: unknown): x is Tensor | Variable | KerasTensor {
  return x instanceof Tensor || x instanceof Variable || x instanceof KerasTensor;
}

// ---- Shapes ------------------------------------------------------------------------------------------------------

type AnyTensor = KerasTensor | Variable | TensorLike;

const specOf = (x: AnyTensor): { readonly shape: SymbolicShape; readonly dtypeName: string } =>
  isTensor(x) ? x : asTensor(x);

/** The shape, null for unknown dimensions. */
export function intShape(x: AnyTensor): SymbolicShape {
  return specOf(x).shape;
}
export { intShape as getVariableShape, intShape as shape };

/** Number of axes. */
export function ndim(x: AnyTensor): number {
  return specOf(x).shape.length;
}

/** The dtype's name. */
export function dtype(x: AnyTensor): string {
  return specOf(x).dtypeName;
}

/** Number of elements; null if a dimension is unknown. */
export function countParams(x: AnyTensor): number | null {
  return specOf(x).shape.reduce<number | null>(
    (product, dim) => (product === null || dim === null ? null : product * dim),
    1,
  );
}

/** There are no sparse tensors. */
export function isSparse(_tensor: AnyTensor): boolean {
  return false;
}

/** The tensor as it is: there are no sparse ones. */
export function toDense<T>(tensor: T): T {
  return tensor;
}

// ---- Variables of some content -----------------------------------------------------------------------------------

const holding = (tensor: Tensor, dtypeName: DTypeName, name: string | null): Variable =>
  variable(tensor, dtypeName, name);

/** A variable of zeros. */
export const zeros = named(
  'zeros',
  (shape: Shape | number, dtypeName: DTypeName = null, name: string | null = null): Variable =>
    holding(creation.zeros(toShape(shape)), dtypeName, name),
  'shape',
  'dtype',
  'name',
);

/** A variable of ones. */
export const ones = named(
  'ones',
  (shape: Shape | number, dtypeName: DTypeName = null, name: string | null = null): Variable =>
    holding(creation.ones(toShape(shape)), dtypeName, name),
  'shape',
  'dtype',
  'name',
);

/** A variable with the identity matrix of that size. */
export const eye = named(
  'eye',
  (size: number | Shape, dtypeName: DTypeName = null, name: string | null = null): Variable => {
    const [rows, columns] = typeof size === 'number' ? [size, size] : size;
    return holding(eyeOf(rows!, columns!), dtypeName, name);
  },
  'size',
  'dtype',
  'name',
);

/** A variable with uniformly distributed elements. */
export const randomUniformVariable = named(
  'randomUniformVariable',
  (
    shape: Shape | number,
    low: number,
    high: number,
    dtypeName: DTypeName = null,
    name: string | null = null,
    seed: number | null = null,
  ): Variable => holding(uniform(toShape(shape), low, high, 'float32', seed), dtypeName, name),
  'shape',
  'low',
  'high',
  'dtype',
  'name',
  'seed',
);

/** A variable with normally distributed elements. */
export const randomNormalVariable = named(
  'randomNormalVariable',
  (
    shape: Shape | number,
    mean: number,
    scale: number,
    dtypeName: DTypeName = null,
    name: string | null = null,
    seed: number | null = null,
  ): Variable => holding(normal(toShape(shape), mean, scale, 'float32', seed), dtypeName, name),
  'shape',
  'mean',
  'scale',
  'dtype',
  'name',
  'seed',
);

// ---- Values ------------------------------------------------------------------------------------------------------

/** The value of a tensor or variable as nested arrays. @throws ValueError for a symbolic tensor: use `K.function`. */
function evaluate(x: AnyTensor): NestedArray {
  if (x instanceof KerasTensor) {
    throw new ValueError(
      `K.eval: ${String(x)} has no value by itself. Feed its inputs: K.function([input], [output])([data]).`,
    );
  }
  return asTensor(x).array();
}

export { evaluate as eval };

/** The value of a variable as nested arrays. */
export function getValue(x: Variable | Tensor): NestedArray {
  return asTensor(x).array();
}

export function batchGetValue(ops: readonly (Variable | Tensor)[]): NestedArray[] {
  return ops.map(getValue);
}

/** Sets the value of a variable. @throws ShapeError if it has another shape. */
export function setValue(x: Variable, value: TensorLike): void {
  x.assign(castTo(value, x.dtypeName));
}

export function batchSetValue(tuples: readonly (readonly [Variable, TensorLike])[]): void {
  for (const [x, value] of tuples) setValue(x, value);
}

// ---- Updates -----------------------------------------------------------------------------------------------------

/** A new value for a variable, which `K.function` gives it at every call. */
export interface Update {
  readonly variable: Variable;
  readonly value: KerasTensor | Tensor;
  /** @internal Takes back what the update did when it was made: it is handed to `K.function` instead. */
  defer(): void;
}

/**
 * Sets x to `newX`, now (in a layer: as part of the step). With a symbolic `newX`, or when the result is handed to
 * `K.function` as an update, it happens at each call of that function instead.
 */
export const update = named(
  'update',
  (x: Variable, newX: AnyTensor): Update => {
    if (newX instanceof KerasTensor) return { variable: x, value: newX, defer: () => {} };
    const value = castTo(newX, x.dtypeName);
    if (tracedUpdates()) {
      x.assign(value);
      return { variable: x, value, defer: () => {} };
    }
    const [lasting] = capture([value]);
    let before: ReturnType<Variable['read']> | null = x.read();
    x.assign(value);
    return {
      variable: x,
      value: lasting!,
      defer: () => {
        if (before) x.write(before);
        before = null;
      },
    };
  },
  'x',
  'newX',
);

/** x + increment. */
export const updateAdd = named(
  'updateAdd',
  (x: Variable, increment: AnyTensor): Update => update(x, add(x as TensorLike, increment as TensorLike)),
  'x',
  'increment',
);

/** x - decrement. */
export const updateSub = named(
  'updateSub',
  (x: Variable, decrement: AnyTensor): Update => update(x, subtract(x as TensorLike, decrement as TensorLike)),
  'x',
  'decrement',
);

/** x · momentum + value · (1 - momentum). */
export const movingAverageUpdate = named(
  'movingAverageUpdate',
  (x: Variable, value: AnyTensor, momentum: number): Update =>
    update(x, add(multiply(x as TensorLike, momentum), multiply(value as TensorLike, 1 - momentum))),
  'x',
  'value',
  'momentum',
);
