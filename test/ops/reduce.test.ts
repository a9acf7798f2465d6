import { describe, expect, test } from 'vitest';
import { gradients } from '../../src/autodiff.js';
import { fromTypedArray } from '../../src/graph/apply.js';
import type { Tensor } from '../../src/graph/tensor.js';
import { square } from '../../src/ops/elementwise.js';
import {
  all,
  any,
  argmax,
  argmin,
  average,
  countNonzero,
  cumprod,
  cumsum,
  logsumexp,
  max,
  mean,
  min,
  prod,
  std,
  sum,
  variance,
} from '../../src/ops/reduce.js';
import { stridesOf } from '../../src/shape.js';
import { checkGradients, expectTensor, randomTensor } from '../support/op.js';

/** Applies `fn` to the elements of each group that `axes` reduces to one, in double precision. */
function reduced(x: Tensor, axes: readonly number[], fn: (values: number[]) => number): number[] {
  const strides = stridesOf(x.shape);
  const kept = x.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  const keptStrides = stridesOf(kept);
  const groups = Array.from({ length: kept.reduce((a, b) => a * b, 1) }, (): number[] => []);
  x.data().forEach((value, i) => {
    const at = x.shape.reduce((sum, dim, axis) => {
      return sum + (axes.includes(axis) ? 0 : (Math.floor(i / strides[axis]!) % dim) * keptStrides[axis]!);
    }, 0);
    groups[at]!.push(value);
  });
  return groups.map(fn);
}

const add = (values: number[]) => values.reduce((a, b) => a + b, 0);
const average_ = (values: number[]) => add(values) / values.length;
const spread = (values: number[]) => average_(values.map(v => (v - average_(values)) ** 2));

const cases = [
  ['sum', sum, add],
  ['mean', mean, average_],
  ['max', max, (v: number[]) => Math.max(...v)],
  ['min', min, (v: number[]) => Math.min(...v)],
  ['prod', prod, (v: number[]) => v.reduce((a, b) => a * b, 1)],
  ['variance', variance, spread],
  ['std', std, (v: number[]) => Math.sqrt(spread(v))],
  ['logsumexp', logsumexp, (v: number[]) => Math.log(add(v.map(Math.exp)))],
] as const;

describe('reductions', () => {
  test.each(cases)('%s over every set of axes', (_, op, reference) => {
    const x = randomTensor([3, 2, 5, 4], 11, 0.5, 2);
    for (let bits = 0; bits < 16; bits++) {
      const axes = [0, 1, 2, 3].filter(axis => bits & (1 << axis));
      const kept = x.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
      const expected = reduced(x, axes, reference);
      expectTensor(op(x, axes, true), expected, kept, 2e-5);
      expectTensor(
        op(
          x,
          axes.map(axis => axis - 4),
        ),
        expected,
        x.shape.filter((_d, axis) => !axes.includes(axis)),
        2e-5,
      );
    }
    expectTensor(op(x), reduced(x, [0, 1, 2, 3], reference), [], 2e-5);
  });

  test.each(cases)('%s has the gradient that differences show, and so has the gradient', (name, op) => {
    const x = randomTensor([2, 3, 4], 5, 0.5, 1.5);
    // The difference quotients of max and min must not cross from one element to another.
    const apart = fromTypedArray(
      Float32Array.from({ length: 24 }, (_, i) => ((i * 7) % 24) / 4),
      [2, 3, 4],
    );
    const input = name === 'max' || name === 'min' ? apart : x;
    // Squared, so that linear ops have a second derivative, too.
    for (const axis of [null, 1, [0, 2]] as const) {
      checkGradients(t => op(square(t), axis), [input], { second: true, tolerance: 2e-2 });
    }
  });

  test('the gradient of max is shared by equal elements', () => {
    const x = fromTypedArray(Float32Array.of(1, 3, 3, 0), [4]);
    checkGradientOf(x, t => max(t), [0, 0.5, 0.5, 0]);
  });

  test('the gradient of prod is right where elements are zero', () => {
    checkGradientOf(fromTypedArray(Float32Array.of(2, 0, 3), [3]), t => prod(t), [0, 6, 0]);
    checkGradientOf(fromTypedArray(Float32Array.of(2, 0, 0), [3]), t => prod(t), [0, 0, 0]);
  });

  test('integers stay integers, bools are counted, means are floats', () => {
    const x = fromTypedArray(Int32Array.of(1, -5, 3, 2, 2, 0), [2, 3]);
    expect(sum(x, 0)).toMatchObject({ dtype: 'int32' });
    expectTensor(sum(x, 0), [3, -3, 3]);
    expectTensor(prod(x, 1), [-15, 0]);
    expectTensor(max(x), [3]);
    expectTensor(mean(x), [0.5]);
    expect(mean(x).dtype).toBe('float32');
    const truth = fromTypedArray(Uint8Array.of(1, 0, 1, 1, 1, 1), [2, 3]);
    expect(sum(truth)).toMatchObject({ dtype: 'int32' });
    expectTensor(sum(truth), [5]);
    expectTensor(sum(truth, []), [1, 0, 1, 1, 1, 1], [2, 3]);
    expect(all(truth, 1).array()).toEqual([false, true]);
    expect(any(x, 0).array()).toEqual([true, true, true]);
    expect(all(x).array()).toBe(false);
    expectTensor(countNonzero(x, 0), [2, 2, 1]);
    expect(countNonzero(x).dtype).toBe('int32');
  });

  test('nothing sums to 0, multiplies to 1, has no maximum, and is all but not any', () => {
    const nothing = fromTypedArray(new Float32Array(0), [2, 0]);
    expectTensor(sum(nothing, 1), [0, 0], [2]);
    expectTensor(prod(nothing, 1), [1, 1], [2]);
    expect(all(nothing, 1).array()).toEqual([true, true]);
    expect(any(nothing, 1).array()).toEqual([false, false]);
    expect(() => max(nothing, 1)).toThrow('max: expected at least one element along axis 1. Received shape (2, 0).');
  });

  test('argmax and argmin name the first of equal elements, and the first NaN', () => {
    const x = fromTypedArray(Float32Array.of(1, 5, 5, 0, 0, 2, Number.NaN, 7, Number.NaN), [3, 3]);
    expect(argmax(x, 1).array()).toEqual([1, 2, 0]);
    expect(argmin(x, -1).array()).toEqual([0, 0, 0]);
    expect(argmin(x, 0, true).array()).toEqual([[2, 1, 2]]);
    expect(argmax(x).item()).toBe(6);
    expect(argmax(x)).toMatchObject({ dtype: 'int32', shape: [] });
    expect(argmax(x, null, true).shape).toEqual([1, 1]);
  });

  test('logsumexp neither overflows nor makes NaN of infinities', () => {
    const x = fromTypedArray(Float32Array.of(1000, 1000, -1000, -1000, -Infinity, -Infinity, Infinity, 1), [4, 2]);
    expectTensor(logsumexp(x, 1), [1000 + Math.LN2, -1000 + Math.LN2, -Infinity, Infinity]);
  });

  test('average weighs elements', () => {
    const x = randomTensor([3, 4]);
    const w = randomTensor([4], 2, 0.1, 1);
    const weighted = (v: number[]) => add(v.map((value, i) => value * w.data()[i]!)) / add([...w.data()]);
    expectTensor(average(x, 1, w), reduced(x, [1], weighted), [3]);
    checkGradients((a, b) => average(a, 1, b), [x, w]);
  });

  test('an axis that is not there is named', () => {
    expect(() => sum(randomTensor([2, 3]), 2)).toThrow('axis 2 is out of range for a tensor of rank 2');
  });
});

describe('running sums and products', () => {
  test.each([0, 1, 2])('along axis %i', axis => {
    const x = randomTensor([3, 5, 6]);
    const n = x.shape[axis]!;
    const stride = stridesOf(x.shape)[axis]!;
    const running = (join: (a: number, b: number) => number) => {
      const y = Float64Array.from(x.data());
      y.forEach((value, i) => {
        if (Math.floor(i / stride) % n > 0) y[i] = join(y[i - stride]!, value);
      });
      return y;
    };
    expectTensor(
      cumsum(x, axis),
      running((a, b) => a + b),
      x.shape,
    );
    expectTensor(
      cumprod(x, axis),
      running((a, b) => a * b),
      x.shape,
    );
  });

  test('of flattened tensors, and of integers', () => {
    const x = fromTypedArray(Int32Array.of(1, 2, 3, 4), [2, 2]);
    expect(cumsum(x).array()).toEqual([1, 3, 6, 10]);
    expect(cumprod(x).array()).toEqual([1, 2, 6, 24]);
    expect(cumsum(x).dtype).toBe('int32');
  });

  test('have gradients of gradients, zeros included', () => {
    const x = fromTypedArray(Float32Array.of(0.5, 0, 1.5, -1, 2, 0, 0, 1), [2, 4]);
    checkGradients(t => cumsum(square(t), 1), [x], { second: true });
    checkGradients(t => cumprod(t, 1), [x], { second: true });
    checkGradients(t => cumprod(t, 0), [x], { second: true });
  });
});

test('extremes begin with `initial`, and need it where there are no elements', () => {
  const none = fromTypedArray(new Int32Array(0), [2, 0]);
  expect(max(none, 1, false, -2).array()).toEqual([-2, -2]);
  expect(min(none, null, true, 3).array()).toEqual([[3]]);
  expect(max(none, 0, false, 1).shape).toEqual([0]);
  expect(() => max(none, 1)).toThrow('expected at least one element along axis 1. Received shape (2, 0)');
  const x = fromTypedArray(Int32Array.of(1, 5), [2]);
  expect([max(x, 0, false, 7).array(), max(x, 0, false, 2).array(), min(x, 0, false, -1).array()]).toEqual([7, 5, -1]);
  expect(max(x, 0, false, 7).dtype).toBe('int32');
  expect(logsumexp(fromTypedArray(new Float32Array(0), [2, 0]), 1).array()).toEqual([-Infinity, -Infinity]);
});

function checkGradientOf(x: Tensor, fn: (x: Tensor) => Tensor, expected: number[]): void {
  const [gradient] = gradients([fn(x)], [x]);
  expectTensor(gradient!, expected);
}
