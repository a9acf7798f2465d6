import { describe, expect, test } from 'vitest';
import { square } from '../../src/ops/elementwise.js';
import { logSoftmax, softmax } from '../../src/ops/softmax.js';
import { checkGradients, expectTensor, randomTensor } from '../support/op.js';

describe.each([
  ['softmax', softmax],
  ['logSoftmax', logSoftmax],
] as const)('%s', (name, op) => {
  const x = randomTensor([3, 4, 5], 1, -3, 3);
  const reference = (axes: readonly number[]) => {
    const group = (i: number) => {
      const index = [Math.floor(i / 20), Math.floor(i / 5) % 4, i % 5];
      return index.map((at, axis) => (axes.includes(axis) ? 0 : at)).join();
    };
    const totals = new Map<string, number>();
    x.data().forEach((v, i) => void totals.set(group(i), (totals.get(group(i)) ?? 0) + Math.exp(v)));
    return Array.from(x.data(), (v, i) => {
      const p = Math.exp(v) / totals.get(group(i))!;
      return name === 'softmax' ? p : Math.log(p);
    });
  };

  test.each([
    [-1, [2]],
    [0, [0]],
    [1, [1]],
    [
      [0, 2],
      [0, 2],
    ],
    [
      [1, 2],
      [1, 2],
    ],
    [null, [0, 1, 2]],
  ])('along axis %j', (axis, axes) => {
    expectTensor(op(x, axis), reference(axes), [3, 4, 5], 1e-6);
  });

  test('has gradients of any order', () => {
    const small = randomTensor([2, 3, 3]);
    for (const axis of [-1, 1, [0, 2]])
      checkGradients(t => op(square(t), axis), [small], { second: true, tolerance: 2e-2 });
  });

  test('takes integers', () => {
    expect(op([[1, 2, 3]]).dtype).toBe('float32');
  });
});
