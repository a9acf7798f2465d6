// Dtypes of results for integers and bools, as Keras has them, and conversions between dtypes.

import { expect, test } from 'vitest';
import * as ops from '../../src/backend/ops/index.js';
import '../../src/compiler/evaluate.js';
import { constant } from '../../src/graph/apply.js';

const integers = constant([-5, 0, 7], 'int32');
const bools = constant([true, false, true]);

test.each([
  ['abs of bools', ops.abs(bools), 'bool', [1, 0, 1]],
  ['trunc of bools', ops.trunc(bools), 'bool', [1, 0, 1]],
  ['exp2 of integers', ops.exp2(integers), 'float32', [2 ** -5, 1, 128]],
  ['nanToNum of integers', ops.nanToNum(integers), 'int32', [-5, 0, 7]],
  ['relu of integers', ops.relu(integers), 'int32', [0, 0, 7]],
  ['nansum of integers', ops.nansum(integers), 'int32', [2]],
  ['nanmax of bools', ops.nanmax(bools), 'bool', [1]],
  ['fmod of integers and a number', ops.fmod(integers, 3), 'int32', [-2, 0, 1]],
  ['tril of bools', ops.tril(constant([[true, true]])), 'bool', [1, 0]],
  ['vander of integers', ops.vander(integers, 2), 'int32', [-5, 1, 0, 1, 7, 1]],
  ['full of integers', ops.full(2, integers.shape.length), 'float32', [1, 1]],
  ['resize of integers', ops.image.resize(constant([[[1], [2]]], 'int32'), [1, 3]), 'int32', [1, 2, 2]],
] as const)('%s', (_name, result, dtype, values) => {
  expect(result.dtype).toBe(dtype);
  expect(Array.from(result.data())).toEqual(values);
});

test('float16 is rounded to the nearest, ties to even, and overflows', () => {
  const numbers = [2049, 2051, -0.1, 65519, 65520, -1e9, 2 ** -25, 1.5 * 2 ** -24, 2 ** -14 + 2 ** -25, 0];
  const rounded = [2048, 2052, -0.0999755859375, 65504, Infinity, -Infinity, 0, 2 ** -23, 2 ** -14, 0];
  expect(Array.from(ops.cast(numbers, 'float16').data())).toEqual(rounded);
  expect(ops.cast([NaN], 'float16').data()[0]).toBeNaN();
});

test('convertToTensor takes its dtype by name, too', () => {
  expect(ops.convertToTensor([1, 2.5], { dtype: 'int32' }).array()).toEqual([1, 2]);
});

test('a number is the shape of one axis', () => {
  expect(ops.zeros(3).shape).toEqual([3]);
  expect(ops.reshape([[1, 2]], -1).shape).toEqual([2]);
});
