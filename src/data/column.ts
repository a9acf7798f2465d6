// Data as users hand it over, and columns: one array of samples, whose rows are copied batch by batch.

import type { DType } from '../dtype.js';
import { ShapeError, ValueError } from '../errors.js';
import { type NestedArray, Tensor } from '../graph/tensor.js';
import { NDArray, type NumberArray } from '../ndarray.js';
import { Variable } from '../ops/variable.js';
import { firstOutside, type Range } from '../range.js';
import { formatShape, type Shape, sizeOf } from '../shape.js';
import { isDict, type Structure } from '../structure.js';

/** A list of numbers, lists or typed arrays, nested as deep as the data have axes. */
export type NestedData = NestedArray | NumberArray | readonly NestedData[];

/** One array of samples: nested arrays, a typed array (one number per sample), or a typed array with a shape. */
export type ArrayData =
  | NestedData
  | NDArray
  | Tensor
  | Variable
  | BigInt64Array
  | { readonly data: NumberArray; readonly shape: Shape };

/** One array of samples per input or output: alone, as a list, as a dict by name, or nested as those of the model are. */
export type Data = ArrayData | readonly (Data | null)[] | { readonly [name: string]: Data | null };

/** What is known about an input or output that data are for. */
export interface Port {
  readonly name: string;
  readonly rank?: number;
  readonly dtype?: DType;
  /** The least and the greatest whole number that makes sense, for inputs that are indices. */
  readonly range?: Range;
  /** Where its array stands in the data: only for inputs and outputs that are nested deeper than one list or dict. */
  readonly place?: readonly (string | number)[];
}

/** Rows of equal shape, one per sample, in a typed array of any kind: they are converted as they are copied. */
export class Column {
  readonly data: NumberArray;
  /** Number of samples first. */
  readonly shape: Shape;
  readonly dtype: DType;
  /** Elements per sample. */
  readonly rowSize: number;

  constructor(data: NumberArray, shape: Shape, dtype: DType) {
    this.data = data;
    this.shape = shape;
    this.dtype = dtype;
    this.rowSize = sizeOf(shape.slice(1));
  }

  get length(): number {
    return this.shape[0]!;
  }

  /** Samples `from` to `to`, without a copy. */
  slice(from: number, to: number): Column {
    const { rowSize } = this;
    return new Column(
      this.data.subarray(from * rowSize, to * rowSize),
      [to - from, ...this.shape.slice(1)],
      this.dtype,
    );
  }
}

/**
 * Data as columns in the structure of what it is for: `ports` are the model's inputs or outputs, null if they are not
 * known. `what` names the argument in errors. `samples`, if it is known how many there must be, helps to tell a list of
 * nested arrays from a nested array.
 */
export function parseData(
  given: unknown,
  ports: readonly Port[] | null,
  what: string,
  samples: number | null = null,
): Structure<Column | null> {
  const nested = ports && nestedArrays(given, ports);
  if (nested) return parseList(nested, ports, what);
  if (isDict(given) && !isShapedArray(given)) return parseDict(given, ports, what);
  if (isListOfArrays(given, ports, samples)) return parseList(given, ports, what);
  if (ports && ports.length > 1) {
    throw new ValueError(
      `${what}: the model has ${ports.length} ${what === 'x' ? 'inputs' : 'outputs'} (${names(ports)}). ` +
        'Expected a list or a dict with one array for each. Received a single array.',
    );
  }
  return column(given, ports?.[0], what);
}

/** The arrays of data that are nested as the ports are, in their order; null for any other data. */
function nestedArrays(given: unknown, ports: readonly Port[]): unknown[] | null {
  const places = ports.map(({ place = [] }) => place);
  if (places.every(place => place.length < 2)) return null;
  // A list of another length is a flat one of all arrays.
  if (Array.isArray(given) && given.length !== new Set(places.map(([first]) => first)).size) return null;
  const inside = (part: unknown, key: string | number) =>
    Array.isArray(part) || isDict(part) ? (part as { readonly [key: string]: unknown })[key] : undefined;
  const arrays = places.map(place => place.reduce(inside, given));
  return arrays.includes(undefined) ? null : arrays;
}

function parseDict(
  given: { readonly [name: string]: unknown },
  ports: readonly Port[] | null,
  what: string,
): Structure<Column | null> {
  if (!ports) {
    return Object.fromEntries(
      Object.entries(given).map(([name, value]) => [
        name,
        value === null ? null : column(value, undefined, `${what}.${name}`),
      ]),
    );
  }
  const unknown = Object.keys(given).filter(name => !ports.some(port => port.name === name));
  // Inputs may come with features that the model does not look at.
  const complete = what === 'x' && ports.every(({ name }) => name in given);
  if (unknown.length > 0 && !complete) {
    throw new ValueError(
      `${what}: no ${what === 'x' ? 'input' : 'output'} of the model is called ${unknown.join(', ')}. Expected data for: ${names(ports)}.`,
    );
  }
  const columns = ports.map(port => {
    const value = given[port.name] ?? null;
    return value === null ? null : column(value, port, `${what}.${port.name}`);
  });
  return columns.length === 1 ? columns[0]! : columns;
}

function parseList(given: readonly unknown[], ports: readonly Port[] | null, what: string): Structure<Column | null> {
  if (ports && given.length !== ports.length) {
    throw new ValueError(
      `${what}: the model has ${ports.length} ${what === 'x' ? 'input(s)' : 'output(s)'} (${names(ports)}). ` +
        `Received a list of ${given.length} arrays.`,
    );
  }
  const columns = given.map((value, i) =>
    value === null || value === undefined ? null : column(value, ports?.[i], `${what}[${i}]`),
  );
  return columns.length === 1 && ports ? columns[0]! : columns;
}

/** Whether an array is a list with one array per port, and not itself the data of a single one. */
function isListOfArrays(
  given: unknown,
  ports: readonly Port[] | null,
  samples: number | null,
): given is readonly unknown[] {
  if (!Array.isArray(given)) return false;
  if (ports && ports.length > 1) return true;
  const [first] = given as readonly unknown[];
  if (first === null || first === undefined) return given.length > 0;
  if (typeof first !== 'object' || (ArrayBuffer.isView(first) && ports === null)) return false;
  if (!Array.isArray(first) && !ArrayBuffer.isView(first)) return true;
  const isSamples = (each: unknown) => (each as Partial<ArrayLike<unknown>> | null)?.length === samples;
  if (samples !== null && given.length !== samples && given.every(isSamples)) return true;
  // A list of one, around data of the rank that the port says.
  return given.length === 1 && ports?.[0]?.rank !== undefined && depthOf(given) === ports[0].rank + 1;
}

function depthOf(value: unknown): number {
  if (ArrayBuffer.isView(value)) return 1;
  return Array.isArray(value) ? 1 + depthOf(value[0]) : 0;
}

function isShapedArray(value: object): value is { readonly data: NumberArray; readonly shape: Shape } {
  return 'data' in value && 'shape' in value && ArrayBuffer.isView(value.data) && Array.isArray(value.shape);
}

function names(ports: readonly Port[]): string {
  return ports.map(({ name }) => name).join(', ');
}

/** One array of samples as a column. */
export function column(value: unknown, port: Port | undefined, what: string): Column {
  const { data, shape, dtype } = arrayOf(value, what);
  if (shape.length === 0)
    throw new ShapeError(`${what}: expected an array with one entry per sample. Received a single number.`);
  if (sizeOf(shape) !== data.length) {
    throw new ShapeError(
      `${what}: shape ${formatShape(shape)} needs ${sizeOf(shape)} elements. Received ${data.length}.`,
    );
  }
  const outside = port?.range ? firstOutside(data, port.range) : -1;
  if (outside >= 0) {
    throw new ValueError(
      `${what}: expected whole numbers from ${port!.range!.join(' to ')} for input "${port!.name}", whose layer looks them up. ` +
        `Received ${data[outside]} in sample ${Math.floor((outside * shape[0]!) / data.length)}.`,
    );
  }
  return new Column(data, shape, port?.dtype ?? dtype ?? elementType(data, what));
}

function arrayOf(value: unknown, what: string): { data: NumberArray; shape: Shape; dtype?: DType } {
  if (value instanceof Tensor) return { data: value.data(), shape: value.shape, dtype: value.dtype };
  if (value instanceof Variable) return { data: value.read(), shape: value.shape, dtype: value.dtype };
  if (value instanceof NDArray) return value;
  if (value instanceof BigInt64Array) return { data: Int32Array.from(value, Number), shape: [value.length] };
  if (ArrayBuffer.isView(value)) return { data: value as NumberArray, shape: [(value as NumberArray).length] };
  if (Array.isArray(value)) return nested(value, what);
  if (typeof value === 'object' && value !== null && isShapedArray(value)) return value;
  throw new ValueError(
    `${what}: expected nested arrays, a typed array, { data, shape }, an NDArray or a Tensor. Received ${describe(value)}.`,
  );
}

/** Whole numbers in x are pixels or the like, meant as floats; in targets they are classes. */
function elementType(data: NumberArray, what: string): DType {
  if (data instanceof Int32Array) return 'int32';
  if (data instanceof Float32Array || data instanceof Float64Array) return 'float32';
  return what.startsWith('y') ? 'int32' : 'float32';
}

function nested(value: readonly unknown[], what: string): { data: Float32Array; shape: Shape; dtype?: DType } {
  const shape: number[] = [];
  let level: unknown = value;
  while (Array.isArray(level) || ArrayBuffer.isView(level)) {
    const { length } = level as ArrayLike<unknown>;
    shape.push(length);
    level = (level as ArrayLike<unknown>)[0];
    if (length === 0) break;
  }
  const data = new Float32Array(sizeOf(shape));
  const rank = shape.length;
  let next = 0;
  const fill = (list: ArrayLike<unknown>, axis: number): void => {
    if (list.length !== shape[axis]) {
      throw new ShapeError(
        `${what}: nested arrays must be regular. Expected ${shape[axis]} entries on axis ${axis}, as in the first row. Found ${list.length}.`,
      );
    }
    if (ArrayBuffer.isView(list) && axis === rank - 1) {
      data.set(list as unknown as ArrayLike<number>, next);
      next += list.length;
      return;
    }
    for (let i = 0; i < list.length; i++) {
      const item = list[i];
      if (axis < rank - 1 && (Array.isArray(item) || ArrayBuffer.isView(item)))
        fill(item as ArrayLike<unknown>, axis + 1);
      else if (axis === rank - 1 && (typeof item === 'number' || typeof item === 'boolean'))
        data[next++] = Number(item);
      else
        throw new ValueError(
          `${what}: expected numbers in arrays nested ${rank} deep, as in the first row. Found ${describe(item)} on axis ${axis}.`,
        );
    }
  };
  fill(value, 0);
  return { data, shape, ...(typeof level === 'boolean' && { dtype: 'bool' as const }) };
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'object') return `an object of type ${value.constructor?.name ?? 'Object'}`;
  return `the ${typeof value} ${JSON.stringify(value)}`;
}
