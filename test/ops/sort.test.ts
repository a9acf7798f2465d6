// Quantiles between elements, and the parts of unique.

import { expect, test } from 'vitest';
import { gradients } from '../../src/autodiff.js';
import * as ops from '../../src/backend/ops/index.js';
import '../../src/compiler/evaluate.js';
import { constant } from '../../src/graph/apply.js';

test.each([
  ['linear', 1.5],
  ['lower', 1],
  ['higher', 3],
  ['midpoint', 2],
  ['nearest', 1],
] as const)('the quantile "%s" between two elements', (method, expected) => {
  expect(ops.quantile([3, 0, 1, 7, 9], 0.3125, { method }).array()).toBe(expected);
  expect(ops.nanquantile([3, 0, NaN, 1, 7, 9], 0.3125, { method }).array()).toBe(expected);
});

test('quantiles: the axes of q come first, NaN spreads, infinite neighbours do not', () => {
  const x = [
    [1, 2, 3],
    [4, 5, NaN],
  ];
  const q = [[0.5], [1]];
  expect(ops.quantile(x, q, { axis: 1 }).array()).toEqual([[[2, NaN]], [[3, NaN]]]);
  expect(ops.quantile(x, q, { axis: 1, keepdims: true }).shape).toEqual([2, 1, 2, 1]);
  expect(ops.median([-Infinity, 1, Infinity]).array()).toBe(1);
});

test('a quantile has a gradient by its share', () => {
  const q = constant([0.25, 0.6]);
  expect(gradients([ops.quantile([0, 1, 10], q)], [q])[0]!.array()).toEqual([2, 18]);
});

test('quantiles of an unknown method are refused', () => {
  expect(() => ops.quantile([1, 2], 0.5, { method: 'median' as 'linear' })).toThrow(/Received 'median'/);
});

test('unique tells where elements come first, which they are and how often they come', () => {
  const [values, index, inverse, counts] = ops.unique([3, 1, 3, 2], {
    returnIndex: true,
    returnInverse: true,
    returnCounts: true,
  }) as unknown as ReturnType<typeof ops.zeros>[];
  expect([values, index, inverse, counts].map(part => part!.array())).toEqual([
    [1, 2, 3],
    [1, 3, 0],
    [2, 0, 2, 1],
    [1, 1, 2],
  ]);
  const rows = [
    [1, 0],
    [0, 5],
    [1, 0],
  ];
  expect(ops.unique(rows, { axis: 0 }).array()).toEqual([
    [0, 5],
    [1, 0],
  ]);
});
