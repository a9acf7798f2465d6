import { describe, expect, test } from 'vitest';
import '../src/compiler/evaluate.js';
import type { KerasObject } from '../src/config.js';
import * as constraints from '../src/constraints.js';
import { constant, fromTypedArray } from '../src/graph/apply.js';
import type { Tensor } from '../src/graph/tensor.js';
import { multiply } from '../src/ops/elementwise.js';
import { maxError } from './support/kernel.js';
import { loadFamily, type TensorDescriptor } from './support/oracle.js';

interface ConstraintCase {
  readonly id: string;
  readonly kind: string;
  readonly object: KerasObject;
  readonly x: TensorDescriptor;
  readonly value: TensorDescriptor;
  readonly tolerance: number;
}

const { cases, tensor } = loadFamily<ConstraintCase>('initializers');

describe('constraints', () => {
  test.each(cases.filter(({ kind }) => kind === 'constraint'))('$id', ({ object, x, value, tolerance }) => {
    const constraint = constraints.deserialize(object);
    const result = constraint(fromTypedArray(tensor(x), x.shape));
    expect(maxError(result.data(), tensor(value))).toBeLessThan(tolerance);
    expect(constraints.serialize(constraint)).toEqual(object);
  });

  test('names, and options by position or by name', () => {
    expect(constraints.get('max_norm')!.getConfig()).toEqual({ max_value: 2, axis: 0 });
    expect(constraints.maxNorm(3, [0, 1]).getConfig()).toEqual({ max_value: 3, axis: [0, 1] });
    expect(constraints.MinMaxNorm({ rate: 0.5 }).getConfig()).toEqual({
      min_value: 0,
      max_value: 1,
      rate: 0.5,
      axis: 0,
    });
    expect(constraints.get('non_neg')).toBeInstanceOf(constraints.NonNeg);
    expect(constraints.get(null)).toBeNull();
    expect(() => constraints.get('maxi')).toThrow(/Unknown constraint "maxi".*max_norm/);
  });

  test("a class of one's own", () => {
    class Half extends constraints.Constraint {
      override call(w: Tensor) {
        return multiply(w, 0.5);
      }
    }
    expect(new Half()(constant([2, 4])).data()).toEqual(Float32Array.of(1, 2));
    expect(() => new constraints.Constraint()(constant([1]))).toThrow(/implement it/);
  });
});
