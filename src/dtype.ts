// Element types. In WebAssembly memory every element takes 4 bytes; bool is stored there as int32 0 or 1.

import { ValueError } from './errors.js';

export type DType = 'float32' | 'int32' | 'bool';
export type TypedArray = Float32Array | Int32Array | Uint8Array;

const order: readonly DType[] = ['bool', 'int32', 'float32'];

export function isDType(name: string): name is DType {
  return (order as readonly string[]).includes(name);
}

/** The dtype called `name`. @throws ValueError for a name that is none. */
export function asDType(name: string): DType {
  if (!isDType(name)) throw new ValueError(`Unknown dtype "${name}". Expected one of ${order.join(', ')}.`);
  return name;
}

/** The smallest dtype that holds all of the given ones: bool < int32 < float32. */
export function promote(...dtypes: readonly DType[]): DType {
  return order[Math.max(...dtypes.map(dtype => order.indexOf(dtype)))]!;
}

/** A new typed array for `size` elements as users see them: bool takes one byte each. */
export function newArray(dtype: DType, size: number): TypedArray {
  if (dtype === 'float32') return new Float32Array(size);
  return dtype === 'int32' ? new Int32Array(size) : new Uint8Array(size);
}

/**
 * The dtype here that stands for one of Keras's: floats of any width are float32, integers int32. int64 and uint32 lose
 * their upper half, float64 its precision. @throws ValueError for a name that Keras does not know.
 */
export function nearestDType(name: string): DType {
  if (/^(float(16|32|64)|bfloat16)$/.test(name)) return 'float32';
  if (/^(u?int(8|16|32|64)|int)$/.test(name)) return 'int32';
  if (name === 'bool') return 'bool';
  throw new ValueError(
    `Invalid dtype: ${name}. Expected bool, int8 to int64, uint8 to uint64, bfloat16 or float16 to float64.`,
  );
}
