// The elements of NumPy's arrays as typed arrays, by the words with which NumPy names types: '<f4', '|u1', '>i8', ...

import { ValueError } from '../errors.js';
import { NDArray, type NumberArray } from '../ndarray.js';
import { type Shape, sizeOf, stridesOf } from '../shape.js';

const readers: { readonly [type: string]: (buffer: ArrayBuffer) => NumberArray } = {
  b1: buffer => new Uint8Array(buffer),
  u1: buffer => new Uint8Array(buffer),
  i1: buffer => new Int8Array(buffer),
  u2: buffer => new Uint16Array(buffer),
  i2: buffer => new Int16Array(buffer),
  u4: buffer => new Uint32Array(buffer),
  i4: buffer => new Int32Array(buffer),
  u8: buffer => narrowed(new BigUint64Array(buffer)),
  i8: buffer => narrowed(new BigInt64Array(buffer)),
  f2: buffer => Float32Array.from(new Uint16Array(buffer), fromHalf),
  f4: buffer => new Float32Array(buffer),
  f8: buffer => new Float64Array(buffer),
};

/**
 * The array with these bytes. Integers of 64 bits become int32 where all of them fit, and float64 otherwise; float16
 * becomes float32. `name` is for errors. @throws ValueError for other types, and if there are too few bytes
 */
export function arrayFromBytes(
  type: string,
  shape: Shape,
  bytes: Uint8Array,
  columnsFirst: boolean,
  name: string,
): NDArray {
  const [, order, kind] = /^([<>|=])?([a-zA-Z]\d+)$/.exec(type) ?? [];
  const read = kind === undefined ? undefined : readers[kind];
  if (!read) {
    throw new ValueError(
      `${name}: elements of NumPy's type '${type}' are not supported. Expected one of ${Object.keys(readers).join(', ')}.`,
    );
  }
  const width = Number(kind!.slice(1));
  const wanted = sizeOf(shape) * width;
  if (bytes.length < wanted) {
    throw new ValueError(`${name} is cut off: expected ${wanted} bytes of elements. Received ${bytes.length}.`);
  }
  // A copy, since typed arrays need their bytes aligned; slice would make none of Node's Buffers.
  const own = new Uint8Array(bytes.subarray(0, wanted));
  if (order === '>') for (let i = 0; i < wanted; i += width) own.subarray(i, i + width).reverse();
  const data = read(own.buffer);
  return new NDArray(columnsFirst && shape.length > 1 ? rowsFirst(data, shape) : data, shape);
}

/** The elements of an array in Fortran's order, whose first index runs fastest, in C's order. */
function rowsFirst(data: NumberArray, shape: Shape): NumberArray {
  const strides = stridesOf([...shape].reverse()).reverse();
  const result = data.slice();
  const index = new Array<number>(shape.length).fill(0);
  for (let i = 0; i < data.length; i++) {
    let from = 0;
    for (let axis = 0; axis < shape.length; axis++) from += index[axis]! * strides[axis]!;
    result[i] = data[from]!;
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis]! === shape[axis]; axis--) index[axis] = 0;
  }
  return result;
}

function narrowed(values: BigInt64Array | BigUint64Array): Int32Array | Float64Array {
  const wide = Float64Array.from(values as BigInt64Array, Number);
  return wide.every(value => value === (value | 0)) ? Int32Array.from(wide) : wide;
}

function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}
