import { describe, expect, test } from 'vitest';
import { grad, gradients, valueAndGrad } from '../src/autodiff.js';
import { constant } from '../src/graph/apply.js';
import type { Tensor } from '../src/graph/tensor.js';
import { add, exp, greater, multiply, power, square, tanh, where } from '../src/ops/elementwise.js';
import { sum } from '../src/ops/reduce.js';
import { checkGradients, expectTensor, randomTensor } from './support/op.js';

describe('gradients', () => {
  test('follow every path and add up', () => {
    const x = constant([1, 2, 3]);
    const y = multiply(x, x);
    const [dx] = gradients([add(y, x)], [x]);
    expectTensor(dx!, [3, 5, 7]);
  });

  test('weigh several outputs by their cotangents', () => {
    const x = constant([1, 2]);
    const [dx] = gradients([square(x), x], [x], [[1, 10], undefined]);
    expectTensor(dx!, [3, 41]);
  });

  test('are undefined where nothing flows', () => {
    const x = constant([1, 2]);
    const z = constant([3, 4]);
    const [dx, dz] = gradients([where(greater(z, 0), x, 0)], [x, z]);
    expectTensor(dx!, [1, 1]);
    expect(dz).toBeUndefined();
  });

  test('with respect to intermediate tensors', () => {
    const x = constant([1, 2]);
    const y = square(x);
    const [dy] = gradients([sum(square(y))], [y]);
    expectTensor(dy!, [2, 8]);
  });

  test('can be differentiated again', () => {
    const x = constant([0.5, -1, 2]);
    const cube = (t: Tensor) => sum(power(t, 3));
    const second = grad((t: Tensor) => sum(grad(cube)(t)))(x);
    expectTensor(second, [3, -6, 12]);
    checkGradients(t => multiply(exp(t), tanh(t)), [randomTensor([2, 3])], { second: true });
  });

  test('valueAndGrad gives both, and wants a scalar', () => {
    const [value, gradient] = valueAndGrad(x => sum(square(x)))([1, 2]);
    expect(value.item()).toBe(5);
    expectTensor(gradient, [2, 4]);
    expect(() => grad(x => square(x))([1, 2])).toThrow(/scalar.*\(2,\)/);
  });

  test('a cotangent of another shape is an error', () => {
    const x = constant([1, 2]);
    expect(() => gradients([square(x)], [x], [[1, 2, 3]])).toThrow(/\(2,\).*\(3,\)/);
  });
});

test('an output that has been computed is an error that says what to do; constants and sources are not', () => {
  const x = constant([1, 2]);
  const y = multiply(x, x);
  y.data();
  expect(() => gradients([y], [x])).toThrow(
    'gradients: output 0 has been computed already and has let go of how it came about. ' +
      'Take gradients before asking for its data, or differentiate a function: grad(fn).',
  );
  expect(gradients([constant(3)], [x])).toEqual([undefined]);
  expect(gradients([y], [y])[0]!.array()).toEqual([1, 1]);
});
