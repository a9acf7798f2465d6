import { expect, test } from 'vitest';
import { fromTypedArray } from '../../src/graph/apply.js';
import { arange, eye, geomspace, hamming, linspace, logspace, meshgrid, tri } from '../../src/ops/grid.js';
import { isin, multiHot, unravelIndex } from '../../src/ops/indexing.js';
import { expectTensor } from '../support/op.js';

test('ranges are integers where their ends are', () => {
  expect(arange(4)).toMatchObject({ shape: [4], dtype: 'int32' });
  expectTensor(arange(5, 0, -2), [5, 3, 1], [3], 0);
  expect(arange(3, 1).shape).toEqual([0]);
  expect(arange(0, 1, 0.25).dtype).toBe('float32');
  expect(arange(3, null, 1, 'float32').dtype).toBe('float32');
  expectTensor(linspace(1, 2, 4, false), [1, 1.25, 1.5, 1.75], [4]);
  expectTensor(linspace(1, 2, 1), [1], [1]);
  expectTensor(logspace(0, 3, 4, true, 2), [1, 2, 4, 8], [4]);
});

test('matrices by diagonal', () => {
  expect(eye(2, 3, 1).array()).toEqual([
    [0, 1, 0],
    [0, 0, 1],
  ]);
  expect(tri(2, 3, 1, 'int32').array()).toEqual([
    [1, 1, 0],
    [1, 1, 1],
  ]);
  expectTensor(hamming(1), [1], [1]);
});

test('grids in both orders', () => {
  const [x, y] = meshgrid([
    [1, 2],
    [3, 4, 5],
  ]) as [never, never];
  expectTensor(x, [1, 2, 1, 2, 1, 2], [3, 2], 0);
  expectTensor(y, [3, 3, 4, 4, 5, 5], [3, 2], 0);
  expectTensor(
    meshgrid(
      [
        [1, 2],
        [3, 4, 5],
      ],
      'ij',
    )[1]!,
    [3, 4, 5, 3, 4, 5],
    [2, 3],
    0,
  );
});

test('integers name classes, coordinates and members', () => {
  const classes = fromTypedArray(Int32Array.of(0, 2, 1, 1), [2, 2]);
  expect(multiHot(classes, 3).array()).toEqual([
    [1, 0, 1],
    [0, 1, 0],
  ]);
  expect(multiHot(fromTypedArray(Int32Array.of(0, 2), [2]), 3).array()).toEqual([1, 0, 1]);
  expect(unravelIndex(fromTypedArray(Int32Array.of(0, 7, 23), [3]), [2, 3, 4]).map(axis => axis.array())).toEqual([
    [0, 0, 1],
    [0, 1, 2],
    [0, 3, 3],
  ]);
  expect(isin(classes, [2, 0]).array()).toEqual([
    [true, true],
    [false, false],
  ]);
  expect(isin(classes, [2, 0], true).array()).toEqual([
    [false, false],
    [true, true],
  ]);
});

test('linspace, logspace and geomspace between tensors, along any axis', () => {
  expectTensor(linspace([0, 1], [2, 5], 3, true, 'float32', 1), [0, 1, 2, 1, 3, 5], [2, 3]);
  expectTensor(logspace([0, 1], [1, 2], 2), [1, 10, 10, 100], [2, 2]);
  expectTensor(geomspace(-1, -100, 3), [-1, -10, -100], [3]);
  expectTensor(geomspace([1, 2], [100, 8], 3), [1, 2, 10, 4, 100, 8], [3, 2]);
});
