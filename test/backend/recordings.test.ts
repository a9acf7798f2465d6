// Every recorded call of Keras's legacy backend functions, through K.

import { expect, test } from 'vitest';
import * as K from '../../src/backend/index.js';
import '../../src/compiler/evaluate.js';
import { toCamelKey } from '../../src/config.js';
import { asTensor, fromTypedArray, type TensorLike } from '../../src/graph/apply.js';
import { maxError } from '../support/kernel.js';
import { loadFamily, type TensorDescriptor } from '../support/oracle.js';

interface Recording {
  readonly id: string;
  readonly kind: string;
  readonly function: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly result: TensorDescriptor;
}

const { cases, tensor } = loadFamily<Recording>('text');
const recordings = cases.filter(each => each.kind === 'K');

/** Keras's `spatial_2d_padding` is `spatial2dPadding`. */
function named(name: string): (...args: unknown[]) => TensorLike {
  const fn = (K as unknown as Record<string, (...args: unknown[]) => TensorLike>)[toCamelKey(name)];
  if (!fn) throw new Error(`There is no K.${toCamelKey(name)}.`);
  return fn;
}

function bring(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bring);
  if (typeof value !== 'object' || value === null || !('offset' in value)) return value;
  const descriptor = value as TensorDescriptor;
  return fromTypedArray(
    tensor(descriptor),
    descriptor.shape,
    descriptor.dtype === 'uint8' ? 'int32' : descriptor.dtype,
  );
}

test('there are recordings of over a hundred calls', () => {
  expect(recordings.length).toBeGreaterThan(100);
});

test.each(recordings.map(each => [each.id, each] as const))('%s', (_id, { function: name, args, kwargs, result }) => {
  const settings = Object.fromEntries(Object.entries(kwargs).map(([key, value]) => [toCamelKey(key), bring(value)]));
  const actual = asTensor(named(name)(...args.map(bring), ...(Object.keys(settings).length > 0 ? [settings] : [])));
  expect(actual.shape).toEqual(result.shape);
  expect(actual.dtype).toBe(result.dtype);
  // The recordings come from TensorFlow: float32 sums in another order.
  expect(maxError(tensor(result), actual.data())).toBeLessThan(1e-5);
});
