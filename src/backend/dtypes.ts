// Keras's names of dtypes: which there are, and which one holds the results of computing with several.

import { floatx } from '../defaults.js';
import { nearestDType } from '../dtype.js';
import { ValueError } from '../errors.js';

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

/** The name of a dtype: floatx for null, int32 for 'int'. @throws ValueError for a name that is none. */
export function standardizeDtype(dtype: string | null = null): string {
  if (dtype === null) return floatx();
  if (dtype === 'string') return dtype;
  if (dtype === 'int') return 'int32';
  nearestDType(dtype);
  return dtype;
}

/** Whether numbers of that dtype have a fraction. */
export function isFloatDtype(dtype: string | null): boolean {
  return /^b?float/.test(standardizeDtype(dtype));
}

/** Whether a dtype is one of integers, signed or not. */
export function isIntDtype(dtype: string | null): boolean {
  return /^u?int/.test(standardizeDtype(dtype));
}

/**
 * The dtype of the results of computing with these: the lowest that is above all of them, 32 bits at most. 'int' and
 * 'float' are plain numbers: with int8, 'int' gives int8. Source: JAX's type promotion lattice.
 */
export function resultType(...dtypes: readonly (string | null)[]): string {
  if (dtypes.length === 0) return floatx();
  const names = dtypes.map(dtype => (dtype === 'int' || dtype === 'float' ? dtype : standardizeDtype(dtype)));
  const unknown = names.find(name => !(name in above));
  if (unknown)
    throw new ValueError(`resultType: there is no arithmetic with ${unknown}. Received: ${names.join(', ')}.`);
  const [first, ...others] = names.map(bounds);
  const common = new Set([...first!].filter(each => others.every(other => other.has(each))));
  const lowest = [...common].find(each => bounds(each).size === common.size)!;
  const width = floatx().slice(-2);
  const known = lowest === 'int' || lowest === 'float' ? `${lowest}${width}` : lowest;
  return known.replace('64', '32');
}
