import { describe, expect, test } from 'vitest';
import { fromTypedArray } from '../../src/graph/apply.js';
import { multiply, square } from '../../src/ops/elementwise.js';
import { transpose } from '../../src/ops/movement.js';
import { averagePool, maxPool } from '../../src/ops/pool.js';
import { checkGradients, expectTensor, randomTensor } from '../support/op.js';

/** Distinct values a tenth apart in a scrambled order, so that small steps do not change which one is the largest. */
function distinct(shape: readonly number[]) {
  const size = shape.reduce((a, b) => a * b, 1);
  return fromTypedArray(
    Float32Array.from({ length: size }, (_, i) => ((i * 37) % 101) / 10 - 5),
    shape,
  );
}

describe('maxPool', () => {
  test('strides default to the pool size', () => {
    const x = [[[1], [5], [2], [3], [9]]];
    expect(maxPool(x, 2).array()).toEqual([[[5], [3]]]);
    expect(maxPool(x, 2, 1).array()).toEqual([[[5], [5], [3], [9]]]);
  });

  test("'same' looks beyond the border and finds nothing there", () => {
    expect(maxPool([[[-1], [-5], [-2]]], 2, 2, 'same').array()).toEqual([[[-1], [-2]]]);
  });

  test('channels first gives the same numbers as channels last', () => {
    const x = randomTensor([2, 5, 6, 3]);
    const last = maxPool(x, [2, 3], 2, 'same');
    const first = maxPool(transpose(x, [0, 3, 1, 2]), [2, 3], 2, 'same', 'channels_first');
    expect(first.shape).toEqual([2, 3, 3, 3]);
    expectTensor(transpose(first, [0, 2, 3, 1]), last.data(), last.shape, 0);
  });

  test('gradients in one, two and three dimensions, of overlapping windows too', () => {
    checkGradients(x => maxPool(x, 3, 2, 'same'), [distinct([2, 7, 2])]);
    checkGradients(x => maxPool(x, 2), [distinct([1, 4, 5, 3])]);
    checkGradients(x => maxPool(x, 3, 1, 'same'), [distinct([1, 3, 3, 4])]);
    checkGradients(x => maxPool(x, 2, 1), [distinct([1, 3, 3, 3, 2])]);
  });

  test('the gradient can be differentiated', () => {
    checkGradients(x => maxPool(square(x), 2, 1), [randomTensor([1, 3, 4, 1], 3, 0.5, 1.5)], {
      step: 1e-3,
      second: true,
    });
  });
});

describe('averagePool', () => {
  test("'same' divides by the cells that exist, as Keras does", () => {
    expect(averagePool([[[1], [2], [3], [4], [5]]], 3, 2, 'same').array()).toEqual([[[1.5], [3], [4.5]]]);
  });

  test('gradients in one, two and three dimensions', () => {
    checkGradients(x => averagePool(x, 3, 2, 'same'), [randomTensor([2, 7, 2])]);
    checkGradients(x => averagePool(x, [2, 3], 1), [randomTensor([1, 4, 5, 3])]);
    checkGradients(x => averagePool(x, 2, 2, 'same', 'channels_first'), [randomTensor([1, 2, 3, 3, 3])]);
  });

  test('the gradient can be differentiated', () => {
    checkGradients(x => multiply(averagePool(square(x), 2), 2), [randomTensor([1, 4, 4, 1])], { second: true });
  });
});

describe('mistakes', () => {
  test('are answered with what was expected', () => {
    expect(() =>
      maxPool(
        [
          [1, 2],
          [3, 4],
        ],
        2,
      ),
    ).toThrow(/maxPool: expected an input of rank 3 to 5.*Received shape \(2, 2\)/);
    expect(() => maxPool(randomTensor([1, 2, 2, 1]), 3)).toThrow(/does not fit an axis of 2/);
    expect(() => averagePool(randomTensor([1, 4, 4, 1]), [2, 2, 2])).toThrow(
      /poolSize must be a positive integer or 2/,
    );
  });
});
