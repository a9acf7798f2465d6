import { describe, expect, test } from 'vitest';
import { ShapeError } from '../../src/errors.js';
import { constant } from '../../src/graph/apply.js';
import type { Tensor } from '../../src/graph/tensor.js';
import * as composite from '../../src/ops/composite.js';
import * as ops from '../../src/ops/elementwise.js';
import { checkGradients, expectTensor, randomTensor } from '../support/op.js';

const { add, cast, clip, divide, equal, floorDivide, greater, less, maximum, mod, multiply, power, subtract, where } =
  ops;
const ints = (values: number[]) => constant(values, 'int32');

/** Their gradients are constant, so nothing flows on from there. */
const linear = new Set(['negative', 'abs', 'add', 'subtract']);

/** Differentiable functions of one operand with a reference in float64, and where to try them. */
const unary: [name: string, fn: (x: Tensor) => Tensor, reference: (x: number) => number, low: number, high: number][] =
  [
    ['negative', ops.negative, x => -x, -2, 2],
    ['abs', ops.abs, Math.abs, 0.1, 2],
    ['abs', ops.abs, Math.abs, -2, -0.1],
    ['square', ops.square, x => x * x, -2, 2],
    ['sqrt', ops.sqrt, Math.sqrt, 0.5, 3],
    ['rsqrt', ops.rsqrt, x => 1 / Math.sqrt(x), 0.5, 3],
    ['reciprocal', ops.reciprocal, x => 1 / x, 0.5, 3],
    ['exp', ops.exp, Math.exp, -2, 1],
    ['expm1', ops.expm1, Math.expm1, -2, 1],
    ['log', ops.log, Math.log, 0.5, 3],
    ['log1p', ops.log1p, Math.log1p, -0.5, 3],
    ['sin', ops.sin, Math.sin, -3, 3],
    ['cos', ops.cos, Math.cos, -3, 3],
    ['tan', ops.tan, Math.tan, -1, 1],
    ['asin', ops.asin, Math.asin, -0.8, 0.8],
    ['acos', ops.acos, Math.acos, -0.8, 0.8],
    ['atan', ops.atan, Math.atan, -3, 3],
    ['sinh', ops.sinh, Math.sinh, -1.5, 1.5],
    ['cosh', ops.cosh, Math.cosh, -1.5, 1.5],
    ['asinh', ops.asinh, Math.asinh, -3, 3],
    ['acosh', ops.acosh, Math.acosh, 1.5, 3],
    ['atanh', ops.atanh, Math.atanh, -0.8, 0.8],
    ['tanh', ops.tanh, Math.tanh, -2, 2],
    ['sigmoid', ops.sigmoid, x => 1 / (1 + Math.exp(-x)), -3, 3],
    ['power(x, 3)', x => power(x, 3), x => x ** 3, -2, 2],
    ['power(x, 2.5)', x => power(x, 2.5), x => x ** 2.5, 0.5, 2],
    ['power(x, -0.5)', x => power(x, -0.5), x => x ** -0.5, 0.5, 2],
    ['power(2, x)', x => power(2, x), x => 2 ** x, -2, 2],
    ['exp2', composite.exp2, x => 2 ** x, -2, 2],
    ['log2', composite.log2, Math.log2, 0.5, 3],
    ['log10', composite.log10, Math.log10, 0.5, 3],
    ['cbrt', composite.cbrt, Math.cbrt, 0.5, 3],
    ['sinc', composite.sinc, x => Math.sin(Math.PI * x) / (Math.PI * x), 0.1, 2],
  ];

const binary: [
  name: string,
  fn: (a: Tensor, b: Tensor) => Tensor,
  reference: (a: number, b: number) => number,
  low: number,
][] = [
  ['add', add, (a, b) => a + b, -2],
  ['subtract', subtract, (a, b) => a - b, -2],
  ['multiply', multiply, (a, b) => a * b, -2],
  ['divide', divide, (a, b) => a / b, 0.5],
  ['power', power, (a, b) => a ** b, 0.5],
  ['atan2', ops.atan2, Math.atan2, 0.5],
  ['hypot', composite.hypot, Math.hypot, 0.5],
  ['logaddexp', composite.logaddexp, (a, b) => Math.log(Math.exp(a) + Math.exp(b)), -2],
  ['divideNoNan', composite.divideNoNan, (a, b) => a / b, 0.5],
  ['tanhGrad', ops.tanhGrad, (a, b) => a * (1 - b * b), -1],
  ['sigmoidGrad', ops.sigmoidGrad, (a, b) => a * b * (1 - b), -1],
];

describe('functions of one operand', () => {
  test.each(unary)('%s: values, first and second gradients', (name, fn, reference, low, high) => {
    const x = randomTensor([3, 7], 1, low, high);
    expectTensor(fn(x), Array.from(x.data(), reference), [3, 7]);
    checkGradients(fn, [x], { second: !linear.has(name) });
  });

  test('erf and its inverse undo each other', () => {
    const x = randomTensor([40], 2, -1.5, 1.5);
    expectTensor(ops.erfinv(ops.erf(x)), x.data(), [40]);
    checkGradients(ops.erf, [x], { second: true });
    checkGradients(ops.erfinv, [randomTensor([10], 3, -0.8, 0.8)], { second: true });
  });

  test('rounding has integers for results and no gradient', () => {
    const x = constant([-1.5, -0.5, 0.5, 1.5, 2.5, 1.2]);
    expect(ops.floor(x).array()).toEqual([-2, -1, 0, 1, 2, 1]);
    expect(ops.ceil(x).array()).toEqual([-1, -0, 1, 2, 3, 2]);
    expect(ops.round(x).array()).toEqual([-2, -0, 0, 2, 2, 1]);
    expect(ops.trunc(x).array()).toEqual([-1, -0, 0, 1, 2, 1]);
    expect(ops.round(ints([3, -4])).dtype).toBe('int32');
  });
});

describe('functions of two operands', () => {
  test.each(binary)('%s: values and gradients over broadcasts', (name, fn, reference, low) => {
    const a = randomTensor([2, 1, 3], 1, low, 2);
    const b = randomTensor([4, 1], 2, low, 2);
    const expected = Array.from({ length: 24 }, (_, i) => {
      return reference(a.data()[3 * Math.floor(i / 12) + (i % 3)]!, b.data()[Math.floor(i / 3) % 4]!);
    });
    expectTensor(fn(a, b), expected, [2, 4, 3]);
    checkGradients(fn, [a, b]);
    checkGradients(fn, [randomTensor([3], 4, low, 2), randomTensor([3], 5, low, 2)], { second: !linear.has(name) });
  });

  test('the larger and the smaller operand get the gradient', () => {
    checkGradients(maximum, [constant([1, 5, -2]), constant([2, 3, -1])]);
    checkGradients(ops.minimum, [constant([1, 5, -2]), constant([2, 3, -1])]);
    checkGradients(x => clip(x, -1, 1), [constant([-3, 0.2, 0.7, 4])]);
  });

  test('quotients round down and remainders have the sign of the divisor, as in Python', () => {
    for (const make of [ints, (values: number[]) => constant(values)]) {
      expect(floorDivide(make([7, -7, 7, -7]), make([3, 3, -3, -3])).array()).toEqual([2, -3, -3, 2]);
      expect(mod(make([7, -7, 7, -7]), make([3, 3, -3, -3])).array()).toEqual([1, 2, -2, -1]);
    }
    checkGradients(mod, [constant([5.3, -4.2]), constant([2, 1.5])]);
  });

  test('a divisor of 0 is no error', () => {
    expect(floorDivide(ints([5, -5]), 0).array()).toEqual([0, 0]);
    expect(mod(ints([5, -5]), 0).array()).toEqual([0, 0]);
    expect(divide([1, -1, 0], 0).array()).toEqual([Infinity, -Infinity, NaN]);
    expect(composite.divideNoNan([1, -1, 0], 0).array()).toEqual([0, 0, 0]);
  });

  test('shapes that do not broadcast are refused with both shapes', () => {
    expect(() => add([1, 2], [1, 2, 3])).toThrow(ShapeError);
    expect(() => add([1, 2], [1, 2, 3])).toThrow(/\(2,\).*\(3,\)/);
  });
});

describe('dtypes', () => {
  test('operands meet in the smallest dtype that holds both', () => {
    expect(add(ints([1, 2]), constant([0.5, 0.5])).array()).toEqual([1.5, 2.5]);
    expect(add(constant([true, false]), ints([1, 2])).array()).toEqual([2, 2]);
    expect(add(constant([true, true]), constant([true, false]))).toMatchObject({ dtype: 'int32' });
    expect(divide(ints([1, 2]), ints([2, 2])).array()).toEqual([0.5, 1]);
  });

  test('a plain number takes the dtype of the tensor unless it has a fraction', () => {
    expect(add(ints([1, 2]), 1)).toMatchObject({ dtype: 'int32' });
    expect(multiply(2, ints([1, 2]))).toMatchObject({ dtype: 'int32' });
    expect(add(ints([1, 2]), 0.5).array()).toEqual([1.5, 2.5]);
    expect(add(constant([1.5]), 1)).toMatchObject({ dtype: 'float32' });
    expect(power(ints([3, -2]), 2).array()).toEqual([9, 4]);
  });

  test('comparisons and logic give bools', () => {
    expect(less(ints([1, 2, 3]), 2).array()).toEqual([true, false, false]);
    expect(ops.greaterEqual([1, 2, 3], 2).array()).toEqual([false, true, true]);
    expect(equal([1, Number.NaN], [1, Number.NaN]).array()).toEqual([true, false]);
    expect(ops.logicalXor([true, true, false], [true, false, false]).array()).toEqual([false, true, false]);
    expect(ops.logicalNot([0, 2, -1]).array()).toEqual([true, false, false]);
    expect(ops.logicalAnd([1, 2], [0, 3]).array()).toEqual([false, true]);
    expect(ops.isnan([0, Number.NaN, Infinity]).array()).toEqual([false, true, false]);
    expect(ops.isfinite(ints([3])).array()).toEqual([true]);
  });

  test('bits of integers', () => {
    expect(ops.bitwiseAnd(ints([12]), 10).array()).toEqual([8]);
    expect(ops.bitwiseOr(ints([12]), 10).array()).toEqual([14]);
    expect(ops.bitwiseXor(ints([12]), 10).array()).toEqual([6]);
    expect(ops.bitwiseNot(ints([12])).array()).toEqual([-13]);
    expect(ops.leftShift(ints([3]), 4).array()).toEqual([48]);
    expect(ops.rightShift(ints([-48]), 4).array()).toEqual([-3]);
  });

  test('casts between all dtypes', () => {
    expect(cast([1.9, -1.9, 0], 'int32').array()).toEqual([1, -1, 0]);
    expect(cast([0.5, 0, -2], 'bool').array()).toEqual([true, false, true]);
    expect(cast(constant([true, false]), 'float32').array()).toEqual([1, 0]);
    expect(cast(constant([true, false]), 'int32').array()).toEqual([1, 0]);
    expect(cast(ints([3, 0]), 'bool').array()).toEqual([true, false]);
    expect(composite.nanToNum([Number.NaN, Infinity, -Infinity, 1], 7, 8, 9).array()).toEqual([7, 8, 9, 1]);
  });
});

describe('choices', () => {
  test('where takes elements, broadcasts all three and sends the gradient where they came from', () => {
    const condition = constant([[true], [false]]);
    expect(where(condition, [1, 2, 3], -1).array()).toEqual([
      [1, 2, 3],
      [-1, -1, -1],
    ]);
    const mask = greater(randomTensor([3, 4], 8), 0);
    checkGradients((a, b) => where(mask, multiply(a, a), b), [randomTensor([3, 4], 1), randomTensor([4], 2)]);
  });

  test('stopGradient is the identity, but a constant for gradients', () => {
    const x = randomTensor([3], 1);
    expectTensor(ops.stopGradient(x), x.data(), [3]);
    // d(x·c)/dx = c, not 2x.
    checkGradients(a => multiply(a, ops.stopGradient(x)), [randomTensor([3], 2)]);
  });
});
