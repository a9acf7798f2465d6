import { describe, expect, test } from 'vitest';
import { fromTypedArray } from '../../src/graph/apply.js';
import type { Tensor } from '../../src/graph/tensor.js';
import { diag, diagonal, trace, tril, triu } from '../../src/ops/diagonal.js';
import { square } from '../../src/ops/elementwise.js';
import {
  broadcastTo,
  concatenate,
  expandDims,
  flip,
  moveaxis,
  pad,
  ravel,
  repeat,
  reshape,
  roll,
  slice,
  split,
  squeeze,
  stack,
  stridedSlice,
  sumTo,
  swapaxes,
  tile,
  transpose,
  unstack,
} from '../../src/ops/movement.js';
import { depthToSpace, diff, hstack, rot90, spaceToDepth, vstack } from '../../src/ops/rearrange.js';
import { stridesOf } from '../../src/shape.js';
import { checkGradients, expectTensor, randomTensor } from '../support/op.js';

type Index = readonly number[];

/** Expects y[index] = element(index) for every index. */
function expectElements(y: Tensor, shape: Index, element: (index: number[]) => number, tolerance = 0): void {
  const strides = stridesOf(shape);
  const size = shape.reduce((a, b) => a * b, 1);
  const expected = Array.from({ length: size }, (_, i) =>
    element(shape.map((dim, axis) => Math.floor(i / strides[axis]!) % dim)),
  );
  expectTensor(y, expected, shape, tolerance);
}

/** Reads x at an index. */
function at(x: Tensor, index: Index): number {
  const strides = stridesOf(x.shape);
  return x.data()[index.reduce((sum, i, axis) => sum + i * strides[axis]!, 0)]!;
}

const wrap = (i: number, n: number) => ((i % n) + n) % n;

describe('views', () => {
  test('reshape keeps the elements and completes one dim', () => {
    const x = randomTensor([2, 3, 4]);
    expectTensor(reshape(x, [4, -1]), x.data(), [4, 6], 0);
    expectTensor(ravel(x), x.data(), [24], 0);
    expect(() => reshape(x, [5, -1])).toThrow('(2, 3, 4) has 24 elements, which do not fit newShape=[5,-1]');
    expect(() => reshape(x, [-1, -1])).toThrow('at most one -1');
  });

  test('expandDims and squeeze add and remove axes of one element', () => {
    const x = randomTensor([3, 4]);
    expect(expandDims(x, 1).shape).toEqual([3, 1, 4]);
    expect(expandDims(x, -1).shape).toEqual([3, 4, 1]);
    expect(expandDims(x, [0, 2]).shape).toEqual([1, 3, 1, 4]);
    expect(squeeze(expandDims(x, [0, 2])).shape).toEqual([3, 4]);
    expect(squeeze(expandDims(x, [0, 2]), 2).shape).toEqual([1, 3, 4]);
    expect(() => squeeze(x, 0)).toThrow('expected axis 0 of shape (3, 4) to have size 1');
  });
});

describe('transpositions', () => {
  test.each([[[1, 0, 2]], [[2, 1, 0]], [[0, 2, 1]], [[2, 0, 1]], [[1, 2, 0]], [[0, 1, 2]]])('by %j', axes => {
    for (const shape of [
      [5, 6, 7],
      [1, 6, 9],
      [4, 1, 8],
      [3, 70, 33],
    ]) {
      const x = randomTensor(shape);
      expectElements(
        transpose(x, axes),
        axes.map(axis => shape[axis]!),
        index => {
          return at(
            x,
            shape.map((_, axis) => index[axes.indexOf(axis)]!),
          );
        },
      );
    }
  });

  test('without axes reverses them; moveaxis and swapaxes are special cases', () => {
    const x = randomTensor([2, 3, 4, 5]);
    expect(transpose(x).shape).toEqual([5, 4, 3, 2]);
    expectElements(moveaxis(x, 0, -1), [3, 4, 5, 2], ([a, b, c, d]) => at(x, [d!, a!, b!, c!]));
    expectElements(moveaxis(x, [0, 1], [-1, 0]), [3, 4, 5, 2], ([a, b, c, d]) => at(x, [d!, a!, b!, c!]));
    expectElements(swapaxes(x, 1, -1), [2, 5, 4, 3], ([a, b, c, d]) => at(x, [a!, d!, c!, b!]));
    expect(() => transpose(x, [0, 0, 1, 2])).toThrow('expected axes to name each of 4 axes once');
  });
});

describe('slices', () => {
  const x = randomTensor([4, 5, 6]);

  test('a block, with -1 for all that is left', () => {
    expectElements(slice(x, [1, 0, 2], [2, 5, -1]), [2, 5, 4], ([i, j, k]) => at(x, [i! + 1, j!, k! + 2]));
    expect(() => slice(x, [3, 0, 0], [2, 5, 6])).toThrow('expected a block inside shape (4, 5, 6)');
  });

  test('ranges follow the rules of Python', () => {
    expectElements(stridedSlice(x, [1, null, -1], [-1, null, null], [1, 2, -2]), [2, 3, 3], ([i, j, k]) => {
      return at(x, [i! + 1, 2 * j!, 5 - 2 * k!]);
    });
    expect(stridedSlice(x, [3], [1]).shape).toEqual([0, 5, 6]);
    expectElements(stridedSlice(x, [-100], [100]), [4, 5, 6], index => at(x, index));
    expectElements(stridedSlice(x, [100], [-100], [-3]), [2, 5, 6], ([i, j, k]) => at(x, [3 - 3 * i!, j!, k!]));
    expect(() => stridedSlice(x, [0], [1], [0])).toThrow('a step must be an integer other than 0');
  });

  test('flip, roll, split and unstack', () => {
    expectElements(flip(x, [0, 2]), [4, 5, 6], ([i, j, k]) => at(x, [3 - i!, j!, 5 - k!]));
    expectElements(roll(x, [1, -2], [0, 2]), [4, 5, 6], ([i, j, k]) => at(x, [wrap(i! - 1, 4), j!, wrap(k! + 2, 6)]));
    expectTensor(
      roll(x, 7),
      Array.from({ length: 120 }, (_, i) => x.data()[wrap(i - 7, 120)]!),
      [4, 5, 6],
      0,
    );
    split(x, 3, -1).forEach((part, p) => {
      expectElements(part, [4, 5, 2], ([i, j, k]) => at(x, [i!, j!, 2 * p + k!]));
    });
    expect(split(x, [1, 4], 2).map(part => part.shape[2])).toEqual([1, 3, 2]);
    expect(() => split(x, 2, 1)).toThrow('2 does not divide axis 1');
    unstack(x, 5, 1).forEach((part, p) => {
      expectElements(part, [4, 6], ([i, k]) => at(x, [i!, p, k!]));
    });
  });
});

describe('joining and repeating', () => {
  const x = randomTensor([2, 3], 1);
  const y = randomTensor([2, 4], 2);

  test('concatenate and stack', () => {
    expectElements(concatenate([x, y, x], 1), [2, 10], ([i, j]) => {
      return j! < 3 ? at(x, [i!, j!]) : j! < 7 ? at(y, [i!, j! - 3]) : at(x, [i!, j! - 7]);
    });
    expectElements(stack([x, x], -1), [2, 3, 2], ([i, j]) => at(x, [i!, j!]));
    expect(() => concatenate([x, y], 0)).toThrow('equal except along axis 0. Received (2, 3), (2, 4)');
    expect(concatenate([x, fromTypedArray(Int32Array.of(1, 2), [2, 1])], 1)).toMatchObject({
      shape: [2, 4],
      dtype: 'float32',
    });
  });

  test('broadcastTo, tile and repeat', () => {
    expectElements(broadcastTo(reshape(x, [2, 1, 3]), [4, 2, 5, 3]), [4, 2, 5, 3], ([, j, , l]) => at(x, [j!, l!]));
    expect(() => broadcastTo(x, [3, 3])).toThrow('do not broadcast');
    expect(() => broadcastTo(x, [3])).toThrow('expected a shape that (2, 3) broadcasts to');
    expectElements(tile(x, [2, 3]), [4, 9], ([i, j]) => at(x, [i! % 2, j! % 3]));
    expectElements(tile(x, [2, 1, 1]), [2, 2, 3], ([, j, k]) => at(x, [j!, k!]));
    expectElements(repeat(x, 3, 1), [2, 9], ([i, j]) => at(x, [i!, Math.floor(j! / 3)]));
    expectElements(repeat(x, [2, 0, 3], 1), [2, 5], ([i, j]) => at(x, [i!, j! < 2 ? 0 : 2]));
    expectElements(repeat(x, 2), [12], ([i]) => x.data()[Math.floor(i! / 2)]!);
  });

  test('sumTo adds up what was broadcast', () => {
    const dy = randomTensor([4, 2, 5, 3]);
    const sums = new Float64Array(6);
    dy.data().forEach((value, i) => {
      sums[(Math.floor(i / 15) % 2) * 3 + (i % 3)]! += value;
    });
    expectTensor(sumTo(dy, [2, 1, 3]), sums, [2, 1, 3]);
  });
});

describe('padding', () => {
  const x = randomTensor([3, 4]);

  test('with a constant, of floats and of integers', () => {
    expectElements(
      pad(
        x,
        [
          [1, 0],
          [0, 2],
        ],
        'constant',
        2.5,
      ),
      [4, 6],
      ([i, j]) => (i! > 0 && j! < 4 ? at(x, [i! - 1, j!]) : 2.5),
    );
    expectTensor(pad(fromTypedArray(Int32Array.of(5), [1]), 1, 'constant', -1), [-1, 5, -1], [3], 0);
    expect(() =>
      pad(x, [
        [1, 0],
        [0, -2],
      ]),
    ).toThrow('pairs of integers of at least 0');
  });

  test('with infinities and NaN, which a program tells apart', () => {
    const line = randomTensor([1]);
    const values = [Infinity, -Infinity, Number.NaN, 0, -0];
    expectTensor(
      concatenate(values.map(value => pad(line, [[1, 0]], 'constant', value))),
      values.flatMap(v => [v, line.data()[0]!]),
    );
    for (const value of values) expect(Object.is(pad(line, [[1, 0]], 'constant', value).data()[0], value)).toBe(true);
  });

  test.each([
    ['reflect', 1],
    ['symmetric', 0],
  ] as const)('mirrored: %s, also wider than the axis', (mode, skip) => {
    for (const [before, after] of [
      [1, 2],
      [0, 3],
      [7, 9],
    ] as const) {
      const period = 2 * (4 - skip);
      expectElements(
        pad(
          x,
          [
            [0, 0],
            [before, after],
          ],
          mode,
        ),
        [3, 4 + before + after],
        ([i, j]) => {
          const place = wrap(j! - before, period);
          return at(x, [i!, place < 4 ? place : period - 1 + skip - place]);
        },
      );
    }
  });

  test('with the outermost elements', () => {
    expectElements(pad(x, 2, 'edge'), [7, 8], ([i, j]) => {
      return at(x, [Math.min(Math.max(i! - 2, 0), 2), Math.min(Math.max(j! - 2, 0), 3)]);
    });
  });
});

describe('diagonals', () => {
  const x = randomTensor([2, 4, 5]);

  test.each([0, 1, -2, 4, 5, -4])('number %i', k => {
    const n = Math.max(0, Math.min(4 + Math.min(k, 0), 5 - Math.max(k, 0)));
    expectElements(diagonal(x, k, 1, 2), [2, n], ([b, i]) => at(x, [b!, i! - Math.min(k, 0), i! + Math.max(k, 0)]));
    expectElements(tril(x, k), [2, 4, 5], ([b, i, j]) => (j! - i! <= k ? at(x, [b!, i!, j!]) : 0));
    expectElements(triu(x, k), [2, 4, 5], ([b, i, j]) => (j! - i! >= k ? at(x, [b!, i!, j!]) : 0));
    const line = randomTensor([3]);
    const size = 3 + Math.abs(k);
    expectElements(diag(line, k), [size, size], ([i, j]) => (j! - i! === k ? at(line, [i! + Math.min(k, 0)]) : 0));
  });

  test('the trace adds one up', () => {
    const sums = [0, 1].map(b => [0, 1, 2, 3].reduce((sum, i) => sum + at(x, [b, i, i]), 0));
    expectTensor(trace(x, 0, 1, 2), sums, [2]);
  });
});

const differentiable: [string, (x: Tensor) => Tensor | Tensor[]][] = [
  ['reshape', x => reshape(x, [6, 4])],
  ['transpose', x => transpose(x, [2, 0, 1])],
  ['slice', x => slice(x, [0, 1, 1], [2, 2, 2])],
  ['a slice with steps', x => stridedSlice(x, [1, 0, 3], [null, null, null], [-1, 2, -2])],
  [
    'pad',
    x =>
      pad(
        x,
        [
          [1, 0],
          [0, 2],
          [1, 1],
        ],
        'constant',
        3,
      ),
  ],
  [
    'mirrored padding',
    x =>
      pad(
        x,
        [
          [0, 0],
          [1, 2],
          [2, 3],
        ],
        'reflect',
      ),
  ],
  ['split', x => split(x, [1, 3], 2)],
  ['concatenate', x => concatenate([x, flip(x, 1), x], 1)],
  ['stack', x => stack([x, x], 1)],
  ['broadcastTo', x => broadcastTo(reshape(x, [2, 3, 1, 4]), [5, 2, 3, 2, 4])],
  ['tile', x => tile(x, [2, 1, 2])],
  ['repeat', x => repeat(x, [1, 3, 2], 1)],
  ['roll', x => roll(x, 1, 1)],
  ['diagonal', x => diagonal(x, 1, 1, 2)],
  ['diag', x => diag(ravel(slice(x, [0, 0, 0], [1, 1, 4])), -1)],
  ['tril', x => tril(x)],
];

test.each(differentiable)('%s has gradients of any order', (_, fn) => {
  checkGradients(x => fn(square(x)), [randomTensor([2, 3, 4])], { second: true });
});

describe('rearrangements', () => {
  test('rot90 turns from the first axis towards the second', () => {
    const x = randomTensor([2, 3]);
    expectElements(rot90(x), [3, 2], ([i, j]) => at(x, [j!, 2 - i!]));
    expectElements(rot90(x, 2), [2, 3], ([i, j]) => at(x, [1 - i!, 2 - j!]));
    expectElements(rot90(x, -1), [3, 2], ([i, j]) => at(x, [1 - j!, i!]));
    expectElements(rot90(x, 4), [2, 3], index => at(x, index));
  });

  test('depthToSpace and spaceToDepth undo each other in both formats', () => {
    for (const format of ['channels_last', 'channels_first'] as const) {
      const x = randomTensor(format === 'channels_last' ? [2, 3, 2, 12] : [2, 12, 3, 2]);
      expectTensor(spaceToDepth(depthToSpace(x, 2, format), 2, format), x.data(), x.shape, 0);
    }
    const x = randomTensor([1, 8, 2, 3]);
    expectElements(depthToSpace(x, 2, 'channels_first'), [1, 2, 4, 6], ([, c, h, w]) => {
      return at(x, [0, ((h! % 2) * 2 + (w! % 2)) * 2 + c!, h! >> 1, w! >> 1]);
    });
    expect(() => depthToSpace(randomTensor([1, 2, 2, 6]), 2)).toThrow('expected channels divisible by 4');
  });

  test('diff, hstack and vstack', () => {
    const x = randomTensor([3, 4]);
    expectElements(diff(x, 2, 0), [1, 4], ([, j]) => at(x, [2, j!]) - 2 * at(x, [1, j!]) + at(x, [0, j!]), 1e-6);
    expect(diff([[true, true, false]]).array()).toEqual([[false, true]]);
    expect(hstack([[1, 2], [3]]).array()).toEqual([1, 2, 3]);
    expect(
      vstack([
        [1, 2],
        [3, 4],
      ]).array(),
    ).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });
});
