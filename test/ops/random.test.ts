import { describe, expect, test } from 'vitest';
import { gradients } from '../../src/autodiff.js';
import '../../src/compiler/evaluate.js';
import { constant, fromTypedArray } from '../../src/graph/apply.js';
import {
  bernoulli,
  categorical,
  deriveSeed,
  dropout,
  normal,
  randint,
  randomBits,
  shuffle,
  truncatedNormal,
  uniform,
} from '../../src/ops/random.js';
import * as random from '../../src/random/index.js';
import { maxError } from '../support/kernel.js';
import { loadFamily, type TensorDescriptor } from '../support/oracle.js';

interface SeededCase {
  readonly id: string;
  readonly spec: { readonly fn?: string; readonly args: Record<string, number>; readonly shape: number[] };
  readonly output: TensorDescriptor;
}

const { cases, tensor } = loadFamily<SeededCase>('seeded');

/** What a recorded call of keras.random is here. */
const functions: Record<string, (shape: number[], args: Record<string, number>) => ReturnType<typeof uniform>> = {
  uniform: (shape, { minval, maxval, seed }) => uniform(shape, minval, maxval, 'float32', seed),
  normal: (shape, { mean, stddev, seed }) => normal(shape, mean, stddev, 'float32', seed),
  truncated_normal: (shape, { mean, stddev, seed }) => truncatedNormal(shape, mean, stddev, 'float32', seed),
  randint: (shape, { minval, maxval, seed }) => randint(shape, minval!, maxval!, 'int32', seed),
  shuffle: (shape, { seed }) => shuffle(arange(shape[0]!), 0, seed),
  dropout: (shape, { rate, seed }) => dropout(filled(shape, 1), rate!, null, seed),
};

describe('keras.random', () => {
  test.each(cases.filter(({ id }) => id.startsWith('seeded/random/')))('$id', ({ spec, output }) => {
    const draw = functions[spec.fn!];
    expect(draw, spec.fn).toBeDefined();
    const result = draw!(spec.shape, spec.args);
    expect(result.shape).toEqual(spec.shape);
    expect(maxError(result.data(), tensor(output))).toBeLessThan(2e-6);
  });

  test('an integer seed gives the same numbers at every call, another one others', () => {
    const draw = (seed: number) => normal([6], 0, 1, 'float32', seed).data();
    expect(draw(4)).toEqual(draw(4));
    expect(draw(4)).not.toEqual(draw(5));
  });

  test('split keys are independent of each other and of their origin', () => {
    const key = constant(Int32Array.of(1, 2));
    const draws = [key, deriveSeed(key, 0), deriveSeed(key, 1)].map(seed => String(randomBits([4], seed).data()));
    expect(new Set(draws).size).toBe(3);
  });

  test('a number is the shape of a vector; what is no shape is refused', () => {
    expect(random.normal(3).shape).toEqual([3]);
    expect(() => random.uniform([2, -1])).toThrow(/Expected a shape.*Received: \[2, -1\]/);
  });

  test('dtypes that a distribution does not have are refused', () => {
    expect(() => uniform([1], 0, 1, 'int32')).toThrow(/uniform: expected dtype float32. Received: int32/);
    expect(() => randint([1], 0, 2, 'float32')).toThrow(/randint: expected dtype int32/);
    expect(() => randint([1], 0.5, 2)).toThrow(/integer bounds. Received: minval=0.5/);
  });
});

describe('shuffle', () => {
  test.each([0, 1, -1])('along axis %i each vector keeps its elements, in an order of its own', axis => {
    const x = fromTypedArray(
      Int32Array.from({ length: 60 }, (_, i) => i),
      [6, 10],
    );
    const y = shuffle(x, axis, 2);
    const vectors = (data: ArrayLike<number>) =>
      axis === 0
        ? Array.from({ length: 10 }, (_, j) => Array.from({ length: 6 }, (_, i) => data[i * 10 + j]!))
        : Array.from({ length: 6 }, (_, i) => Array.from({ length: 10 }, (_, j) => data[i * 10 + j]!));
    const [before, after] = [vectors(x.data()), vectors(y.data())];
    expect(after.map(vector => [...vector].sort((a, b) => a - b))).toEqual(before);
    expect(after).not.toEqual(before);
    const orders = after.map((vector, i) => String(vector.map(value => before[i]!.indexOf(value))));
    expect(new Set(orders).size).toBeGreaterThan(4);
  });

  test('a large tensor takes more rounds, and keeps every element', () => {
    // Recorded from keras.random.shuffle(np.arange(5000), seed=5).
    const recorded = [2214, 2594, 967, 3843, 2365, 2152, 161, 980];
    expect(Array.from(shuffle(arange(5000), 0, 5).data().subarray(0, 8))).toEqual(recorded);
    const sorted = shuffle(arange(5000), 0, 1).data().toSorted();
    expect(sorted).toEqual(arange(5000).data());
    expect(shuffle(arange(1), 0, 1).data()).toEqual(Float32Array.of(0));
  });
});

describe('categorical and bernoulli', () => {
  test('draws are those of Keras', () => {
    // Recorded from keras.random.categorical(np.log([[0.1, 0.2, 0.7]]), 6, seed=5).
    const logits = [[0.1, 0.2, 0.7].map(Math.log)];
    expect(Array.from(categorical(logits, 6, 'int32', 5).data())).toEqual([2, 2, 0, 2, 1, 0]);
  });

  test('classes come as often as their probabilities say', () => {
    const p = [0.1, 0.2, 0.3, 0.4];
    const n = 20000;
    const logits = fromTypedArray(Float32Array.from([...p, ...p].map((x, i) => Math.log(x) + (i < 4 ? 0 : 5))), [2, 4]);
    const draws = categorical(logits, n, 'int32', 3);
    expect(draws.shape).toEqual([2, n]);
    for (const row of draws.array() as number[][]) {
      p.forEach((probability, k) => {
        const share = row.filter(value => value === k).length / n;
        // Four standard errors.
        expect(Math.abs(share - probability)).toBeLessThan(4 * Math.sqrt((probability * (1 - probability)) / n));
      });
    }
    expect(() => categorical([1, 2], 3)).toThrow(/\(batch, classes\). Received shape \(2,\)/);
  });

  test('bernoulli is true where the uniform number is below p', () => {
    const u = uniform([50], 0, 1, 'float32', 8).data();
    expect(Array.from(bernoulli([50], 0.3, 8).data())).toEqual(Array.from(u, x => Number(x < Math.fround(0.3))));
  });
});

describe('dropout', () => {
  const shape = [4, 6, 5];

  test.each([[[4, 1, 5]], [[4, 6, 1]], [[1, 6, 1]], [[1, 1, 1]], [[null, 1, null]]])(
    'noise shape %j drops the elements that share a mask element together',
    noiseShape => {
      const u = uniform(
        noiseShape.map((dim, axis) => dim ?? shape[axis]!),
        0,
        1,
        'float32',
        9,
      );
      const kept = dropout(filled(shape, 1), 0.25, noiseShape, 9).array() as number[][][];
      const mask = u.array() as number[][][];
      kept.forEach((plane, i) =>
        plane.forEach((row, j) =>
          row.forEach((value, k) => {
            const drawn = mask[i % u.shape[0]!]![j % u.shape[1]!]![k % u.shape[2]!]!;
            expect(value).toBe(drawn < 0.75 ? Math.fround(1 / 0.75) : 0);
          }),
        ),
      );
    },
  );

  test('the gradient drops what the forward pass dropped, and so does the gradient of the gradient', () => {
    const x = fromTypedArray(
      Float32Array.from({ length: 24 }, (_, i) => i + 1),
      [4, 6],
    );
    const dy = fromTypedArray(
      Float32Array.from({ length: 24 }, (_, i) => 2 - i),
      [4, 6],
    );
    for (const noiseShape of [null, [4, 1]]) {
      const y = dropout(x, 0.4, noiseShape, 6);
      const [dx] = gradients([y], [x], [dy]);
      const [ddy] = gradients([dx!], [dy], [x]);
      const factors = y.data().map((value, i) => value / x.data()[i]!);
      expect(
        maxError(
          dx!.data(),
          factors.map((factor, i) => factor * dy.data()[i]!),
        ),
      ).toBeLessThan(1e-6);
      expect(maxError(ddy!.data(), y.data())).toBeLessThan(1e-6);
      expect(new Set(Array.from(factors, factor => factor.toFixed(5)))).toEqual(new Set(['0.00000', '1.66667']));
    }
  });

  test('rate 0 keeps everything and rate 1 nothing', () => {
    const x = filled([3, 3], 2);
    expect(dropout(x, 0, null, 1).data()).toEqual(x.data());
    expect(dropout(x, 1, null, 1).data()).toEqual(new Float32Array(9));
  });

  test('mistakes are named', () => {
    const x = filled([2, 3], 1);
    expect(() => dropout(x, 1.5)).toThrow(/rate from 0 to 1. Received: 1.5/);
    expect(() => dropout(x, 0.5, [2, 2])).toThrow(/\(2, 2\) does not broadcast to the input's shape \(2, 3\)/);
    expect(() => dropout(x, 0.5, [3])).toThrow(/same rank/);
    expect(() => dropout(Int32Array.of(1), 0.5)).toThrow(/float32 tensor. Received dtype int32/);
  });
});

function arange(n: number) {
  return fromTypedArray(
    Float32Array.from({ length: n }, (_, i) => i),
    [n],
  );
}

function filled(shape: readonly number[], value: number) {
  return fromTypedArray(new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value), shape);
}
