// Keras's names of dtypes: which there are, and which one holds the results of computing with several.

import { floatx } from '../defaults.js';
import { isArithmetic, nearestDType, promoteNames } from '../dtype.js';
import { ValueError } from '../errors.js';

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
  const unknown = names.find(name => !isArithmetic(name));
  if (unknown)
    throw new ValueError(`resultType: there is no arithmetic with ${unknown}. Received: ${names.join(', ')}.`);
  const lowest = promoteNames(names);
  const known = lowest === 'int' || lowest === 'float' ? `${lowest}${floatx().slice(-2)}` : lowest;
  return known.replace('64', '32');
}
