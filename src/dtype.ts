// Element types: the three that there is arithmetic for, and the names that Keras has for those and others. In WebAssembly
// memory every element takes 4 bytes; bool is stored there as int32 0 or 1.

import { ValueError } from './errors.js';

/** What elements are stored and computed as. */
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

/** The dtypes right above each one. 'int' and 'float' stand for plain numbers, which adapt to what they meet. */
const above: { readonly [dtype: string]: readonly string[] } = {
  bool: ['int'],
  int: ['uint8', 'int8'],
  uint8: ['int16', 'uint16'],
  uint16: ['int32', 'uint32'],
  uint32: ['int64', 'uint64'],
  uint64: ['float'],
  int8: ['int16'],
  int16: ['int32'],
  int32: ['int64'],
  int64: ['float'],
  float: ['bfloat16', 'float16'],
  bfloat16: ['float32'],
  float16: ['float32'],
  float32: ['float64'],
  float64: [],
};

/** A dtype and all that are above it. */
function bounds(dtype: string): Set<string> {
  return new Set([dtype, ...above[dtype]!.flatMap(next => [...bounds(next)])]);
}

/** Whether there is arithmetic with the dtype of that name, 'int' and 'float' included. */
export function isArithmetic(name: string): boolean {
  return name in above;
}

/**
 * The name of the dtype that results of computing with these have: the lowest above all of them. 'int' and 'float' are plain
 * numbers: with int8, 'int' gives int8. 64 bits are made by nothing but 64 bits. Source: JAX's type promotion lattice.
 */
export function promoteNames(names: readonly string[]): string {
  const [first, ...others] = names.map(bounds);
  const common = [...first!].filter(each => others.every(other => other.has(each)));
  const lowest = common.find(each => bounds(each).size === common.length)!;
  return names.some(name => name.endsWith('64')) ? lowest : lowest.replace('64', '32');
}
