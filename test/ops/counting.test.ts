import { expect, test } from 'vitest';
import { fromTypedArray } from '../../src/graph/apply.js';
import { bincount, histogram, unique } from '../../src/ops/counting.js';
import { expectTensor, randomTensor } from '../support/op.js';

test('bincount counts or weighs, and is as long as need be', () => {
  const x = fromTypedArray(Int32Array.of(1, 3, 1, 0), [4]);
  expect(bincount(x)).toMatchObject({ shape: [4], dtype: 'int32' });
  expectTensor(bincount(x), [1, 2, 0, 1], [4], 0);
  expectTensor(bincount(x, null, 6), [1, 2, 0, 1, 0, 0], [6], 0);
  expectTensor(bincount(x, [0.5, 1, 2, 4]), [4, 2.5, 0, 1], [4]);
});

test('histogram counts every element once, those outside the range not at all', () => {
  const x = randomTensor([10, 10]);
  const [counts, edges] = histogram(x, 7);
  const data = [...x.data()];
  expect(edges.data()[0]).toBe(Math.min(...data));
  expect([...counts.data()].reduce((a, b) => a + b, 0)).toBe(100);
  const steps = edges.data();
  const expected = Array.from({ length: 7 }, (_, i) => {
    return data.filter(v => v >= steps[i]! && (i === 6 ? v <= steps[7]! : v < steps[i + 1]!)).length;
  });
  expectTensor(counts, expected, [7], 0);
  expectTensor(histogram([-1, 0, 1, 2, 3, 4, 5], 2, [0, 4])[0], [2, 3], [2], 0);
});

test('unique keeps one of equal elements', () => {
  expectTensor(
    unique([
      [3, 1, 3],
      [2, 1, 3],
    ]).values,
    [1, 2, 3],
    [3],
    0,
  );
  expect(unique(fromTypedArray(Int32Array.of(-5, 7, -5), [3])).values).toMatchObject({ shape: [2], dtype: 'int32' });
  expectTensor(unique([Number.NaN, 1, Number.NaN, -0, 0]).values, [0, 1, Number.NaN], [3], 0);
});

test('bincount counts every row of a matrix', () => {
  const x = fromTypedArray(Int32Array.of(0, 1, 1, 1), [2, 2]);
  expectTensor(bincount(x), [1, 1, 0, 2], [2, 2], 0);
  expectTensor(
    bincount(
      x,
      [
        [0.5, 1],
        [2, 3],
      ],
      3,
    ),
    [0.5, 1, 0, 0, 5, 0],
    [2, 3],
    0,
  );
});
