import { describe, expect, test } from 'vitest';
import { fromTypedArray } from '../../src/graph/apply.js';
import { norm, normalize } from '../../src/ops/norm.js';
import { checkGradients, expectTensor, randomTensor } from '../support/op.js';

const x = fromTypedArray(Float32Array.of(3, -4, 0, 1, 2, -2), [2, 3]);

describe('norms', () => {
  test('of vectors, by order', () => {
    expectTensor(norm(x, null, 1), [5, 3], [2]);
    expectTensor(norm(x, 1, 1), [7, 5]);
    expectTensor(norm(x, Infinity, 1, true), [4, 2], [2, 1]);
    expectTensor(norm(x, -Infinity, 1), [0, 1]);
    expectTensor(norm(x, 0, 1), [2, 3]);
    expectTensor(norm(x, 3, 1), [Math.cbrt(91), Math.cbrt(17)]);
    expectTensor(norm(x), [Math.sqrt(34)], []);
  });

  test('of matrices, by order', () => {
    expectTensor(norm(x, 'fro', [0, 1]), [Math.sqrt(34)], []);
    expectTensor(norm(x, 1, [0, 1]), [6], []);
    expectTensor(norm(x, -1, [0, 1], true), [2], [1, 1]);
    expectTensor(norm(x, Infinity, [0, 1]), [7]);
    expectTensor(norm(x, 1, [1, 0]), [7]);
    expect(() => norm(x, 3, [0, 1])).toThrow('order 3 is not defined for 2 axes');
  });

  test('what is normalized has norm 1, and zeros stay zeros', () => {
    expectTensor(normalize(x), [0.6, -0.8, 0, 1 / 3, 2 / 3, -2 / 3], [2, 3], 1e-6);
    expectTensor(normalize(x, 0, 1), [0.75, -4 / 6, 0, 0.25, 2 / 6, -1], [2, 3], 1e-6);
    expectTensor(normalize([[0, 0]]), [0, 0]);
  });

  test('have gradients', () => {
    const y = randomTensor([3, 4], 3, 0.5, 2);
    for (const order of [null, 1, 3, Infinity] as const) checkGradients(t => norm(t, order, 1), [y]);
    checkGradients(t => normalize(t), [y], { second: true, tolerance: 2e-2 });
  });
});
