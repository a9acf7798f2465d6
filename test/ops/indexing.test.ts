import { describe, expect, test } from 'vitest';
import { gradients } from '../../src/autodiff.js';
import { fromTypedArray } from '../../src/graph/apply.js';
import type { Tensor } from '../../src/graph/tensor.js';
import { square } from '../../src/ops/elementwise.js';
import {
  oneHot,
  scatter,
  scatterAdd,
  scatterUpdate,
  segmentMax,
  segmentSum,
  sliceUpdate,
  take,
  takeAlongAxis,
} from '../../src/ops/indexing.js';
import { argsort, digitize, inTopK, median, quantile, searchsorted, sort, topK } from '../../src/ops/sort.js';
import { checkGradients, expectTensor, randomTensor } from '../support/op.js';

const ints = (values: number[], shape: number[] = [values.length]) => fromTypedArray(Int32Array.from(values), shape);
const floats = (values: number[], shape: number[] = [values.length]) =>
  fromTypedArray(Float32Array.from(values), shape);

describe('reading at positions', () => {
  const x = randomTensor([3, 4, 5]);
  const value = (i: number, j: number, k: number) => x.data()[(i * 4 + j) * 5 + k]!;

  test('take replaces an axis by those of the indices', () => {
    const y = take(x, ints([3, 0, -1, 1], [2, 2]), 1);
    const rows = [3, 0, 3, 1];
    const expected = [0, 1, 2].flatMap(i => rows.flatMap(j => [0, 1, 2, 3, 4].map(k => value(i, j, k))));
    expectTensor(y, expected, [3, 2, 2, 5], 0);
    expectTensor(take(x, ints([7, -1])), [x.data()[7]!, x.data()[59]!], [2], 0);
    expectTensor(take(x, 2, 0), x.data().slice(40), [4, 5], 0);
  });

  test('what is out of range reads NaN, or 0 of integers, and gets no gradient', () => {
    const line = floats([1, 2, 3]);
    expectTensor(take(line, ints([5, -3, -4, 2]), 0), [Number.NaN, 1, Number.NaN, 3]);
    expectTensor(take(ints([1, 2, 3]), ints([5, -3]), 0), [0, 1]);
    const [gradient] = gradients([take(line, ints([5, -3, -4, 2, 2]), 0)], [line]);
    expectTensor(gradient!, [1, 0, 2]);
  });

  test('takeAlongAxis takes on each line by itself', () => {
    const at = ints([0, 3, 1, 2, -1, 0], [3, 2, 1]);
    const rows = [
      [0, 3],
      [1, 2],
      [3, 0],
    ];
    const expected = rows.flatMap((row, i) => row.flatMap(j => [0, 1, 2, 3, 4].map(k => value(i, j, k))));
    expectTensor(takeAlongAxis(x, at, 1), expected, [3, 2, 5], 0);
    expect(() => takeAlongAxis(x, ints([1]), 1)).toThrow('expected indices of the rank of x, 3');
  });

  test('both have gradients of any order', () => {
    checkGradients(t => take(square(t), ints([3, 0, 3]), 1), [x], { second: true });
    checkGradients(t => takeAlongAxis(square(t), ints([0, 3, 3, 2, 1, 0], [3, 2, 1]), 1), [x], {
      second: true,
    });
  });
});

describe('writing at positions', () => {
  test('scatter adds up what meets', () => {
    expectTensor(
      scatter(ints([1, 3, 1], [3, 1]), floats([1, 2, 3, 4, 5, 6], [3, 2]), [4, 2]),
      [0, 0, 6, 8, 0, 0, 3, 4],
      [4, 2],
    );
    expectTensor(scatter(ints([0, 1, -1, 0, 0, 2], [3, 2]), floats([1, 2, 4]), [2, 2]), [0, 1, 2, 0]);
  });

  test('scatterUpdate replaces or joins', () => {
    const x = floats([1, 2, 3, 4, 5, 6], [2, 3]);
    const at = ints([0, 1, 1, 2, 0, 1, 0, 9], [4, 2]);
    const values = floats([10, -20, 30, 99]);
    expectTensor(scatterUpdate(x, at, values), [1, 30, 3, 4, 5, -20], [2, 3]);
    expectTensor(scatterUpdate(x, at, values, 'add'), [1, 42, 3, 4, 5, -14]);
    expectTensor(scatterUpdate(x, at, values, 'mul'), [1, 600, 3, 4, 5, -120]);
    expectTensor(scatterUpdate(x, at, values, 'max'), [1, 30, 3, 4, 5, 6]);
    expectTensor(scatterUpdate(x, at, values, 'min'), [1, 2, 3, 4, 5, -20]);
    expect(() => scatterUpdate(x, at, floats([1, 2]))).toThrow('need values of shape (4,). Received (2,)');
  });

  test('the gradient of a replacement goes to the value that stayed', () => {
    const x = randomTensor([4, 3]);
    const values = randomTensor([3, 3], 2);
    const at = ints([1, 3, 1], [3, 1]);
    checkGradients((a, b) => scatterUpdate(square(a), at, square(b)), [x, values], { second: true });
  });

  test.each(['add', 'mul', 'max', 'min'] as const)('%s has gradients of any order', mode => {
    const x = randomTensor([4, 3], 3, 1, 2);
    const values = randomTensor([3, 3], 4, 1, 2);
    checkGradients((a, b) => scatterUpdate(square(a), ints([1, 3, 0], [3, 1]), square(b), mode), [x, values], {
      step: 2e-3,
      second: mode !== 'mul',
      tolerance: 2e-2,
    });
    checkGradients((a, b) => scatterAdd(square(a), ints([1, -1, 1]), square(b)), [x, values], {
      second: true,
      tolerance: 2e-2,
    });
  });

  test('sliceUpdate replaces a block', () => {
    const x = randomTensor([4, 4]);
    const block = randomTensor([2, 3], 2);
    const expected = Float32Array.from(x.data());
    block.data().forEach((value, i) => {
      expected[(1 + Math.floor(i / 3)) * 4 + 1 + (i % 3)] = value;
    });
    expectTensor(sliceUpdate(x, [1, 1], block), expected, [4, 4], 0);
    expectTensor(sliceUpdate(x, ints([1, 1]), block), expected, [4, 4], 0);
    checkGradients((a, b) => sliceUpdate(square(a), [1, 1], square(b)), [x, block], { second: true });
    expect(() => sliceUpdate(x, [3, 1], block)).toThrow('expected a block inside shape (4, 4)');
  });

  test('segments are added up or searched for the largest', () => {
    const data = floats([1, 2, 3, 4, 5, 6, 7, 8], [4, 2]);
    const ids = ints([0, 2, 0, 7]);
    expectTensor(segmentSum(data, ids, 3), [6, 8, 0, 0, 3, 4], [3, 2]);
    expectTensor(segmentMax(data, ids, 3), [5, 6, -Infinity, -Infinity, 3, 4], [3, 2]);
    checkGradients(t => segmentSum(square(t), ids, 3), [data], { second: true });
  });

  test('oneHot marks the class on a new axis', () => {
    expect(oneHot(ints([2, 0, 5, -1]), 3).array()).toEqual([
      [0, 0, 1],
      [1, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
    ]);
    expect(oneHot(ints([2, 0]), 3, 0, 'int32')).toMatchObject({ shape: [3, 2], dtype: 'int32' });
    expect(oneHot(ints([2, 0]), 3, 0, 'bool').array()).toEqual([
      [false, true],
      [false, false],
      [true, false],
    ]);
  });
});

describe('sorting', () => {
  const x = fromTypedArray(Float32Array.of(3, 1, 2, 1, Number.NaN, -1, 0, 5), [2, 4]);

  test('along any axis, stable, NaN last', () => {
    expect(argsort(x).array()).toEqual([
      [1, 3, 2, 0],
      [1, 2, 3, 0],
    ]);
    expectTensor(sort(x), [1, 1, 2, 3, -1, 0, 5, Number.NaN], [2, 4], 0);
    expectTensor(sort(x, 0), [3, -1, 0, 1, Number.NaN, 1, 2, 5], [2, 4], 0);
    expectTensor(sort(x, null), [-1, 0, 1, 1, 2, 3, 5, Number.NaN], [8], 0);
  });

  test('topK names the first of equal elements first', () => {
    const [values, indices] = topK(floats([1, 5, 5, 2, 0, 0], [2, 3]), 2);
    expectTensor(values, [5, 5, 2, 0], [2, 2], 0);
    expect(indices.array()).toEqual([
      [1, 2],
      [0, 1],
    ]);
    expect(() => topK(x, 5)).toThrow('expected k from 0 to 4');
  });

  test('gradients go back to where elements came from', () => {
    const distinct = floats(
      Array.from({ length: 12 }, (_, i) => ((i * 5) % 12) / 4 + 0.2),
      [3, 4],
    );
    checkGradients(t => sort(square(t)), [distinct], { second: true, tolerance: 2e-2 });
    checkGradients(t => topK(square(t), 2)[0], [distinct], { tolerance: 2e-2 });
    checkGradients(t => quantile(square(t), 0.3, 1), [distinct], { tolerance: 2e-2 });
  });

  test('inTopK asks whether fewer than k are larger', () => {
    const scores = floats([0.1, 0.9, 0.5, 0.5, 0.2, 0.3], [2, 3]);
    expect(inTopK(ints([2, 1]), scores, 2).array()).toEqual([true, false]);
    expect(inTopK(ints([7, 0]), scores, 3).array()).toEqual([false, true]);
  });

  test('searchsorted and digitize', () => {
    expect(searchsorted(floats([1, 2, 2, 4]), floats([0, 2, 3, 5])).array()).toEqual([0, 1, 3, 4]);
    expect(searchsorted(floats([1, 2, 2, 4]), ints([2]), 'right').array()).toEqual([3]);
    expect(digitize(floats([0.5, 2, 9]), floats([1, 2, 3])).array()).toEqual([0, 2, 3]);
  });

  test('quantiles interpolate', () => {
    const lines = floats([4, 1, 3, 2, 10, 20, 0, 30], [2, 4]);
    expectTensor(median(lines, 1), [2.5, 15], [2]);
    expectTensor(quantile(lines, [0, 0.3, 1], 1), [1, 0, 1.9, 9, 4, 30], [3, 2]);
    expectTensor(median(lines), [3.5], []);
    expectTensor(median(lines, 0, true), [7, 10.5, 1.5, 16], [1, 4]);
  });
});

/** Kept apart from the tests above for its size: rows of an embedding table. */
test('the gradient of a lookup adds up the rows of words that occur often', () => {
  const table = randomTensor([50, 70]);
  const words = ints(Array.from({ length: 600 }, (_, i) => (i * i) % 53));
  const dy = randomTensor([600, 70], 9);
  const expected = new Float64Array(50 * 70);
  words.data().forEach((word, i) => {
    if (word < 50) for (let c = 0; c < 70; c++) expected[word * 70 + c]! += dy.data()[i * 70 + c]!;
  });
  const [gradient] = gradients([take(table, words, 0)], [table], [dy]) as [Tensor];
  expectTensor(gradient, expected, [50, 70]);
});
