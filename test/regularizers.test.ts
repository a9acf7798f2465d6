import { describe, expect, test } from 'vitest';
import { gradients } from '../src/autodiff.js';
import '../src/compiler/evaluate.js';
import type { KerasObject } from '../src/config.js';
import { constant, fromTypedArray } from '../src/graph/apply.js';
import type { Tensor } from '../src/graph/tensor.js';
import { multiply } from '../src/ops/elementwise.js';
import { sum } from '../src/ops/reduce.js';
import * as regularizers from '../src/regularizers.js';
import { maxError } from './support/kernel.js';
import { loadFamily, type TensorDescriptor } from './support/oracle.js';

interface RegularizerCase {
  readonly id: string;
  readonly kind: string;
  readonly object: KerasObject;
  readonly x: TensorDescriptor;
  readonly value: TensorDescriptor;
  readonly cotangent: TensorDescriptor;
  readonly grad: TensorDescriptor;
  readonly tolerance: number;
}

const { cases, tensor } = loadFamily<RegularizerCase>('initializers');

describe('regularizers', () => {
  test.each(cases.filter(({ kind }) => kind === 'regularizer'))('$id: penalty, gradient and config', one => {
    const regularizer = regularizers.deserialize(one.object);
    const x = fromTypedArray(tensor(one.x), one.x.shape);
    const penalty = regularizer(x);
    expect(penalty.shape).toEqual([]);
    // Before the penalty is computed, which lets go of the graph behind it.
    const [grad] = gradients([penalty], [x], [fromTypedArray(tensor(one.cotangent), [])]);
    expect(maxError(penalty.data(), tensor(one.value))).toBeLessThan(one.tolerance);
    const zeros = new Float32Array(x.size);
    expect(maxError(grad?.data() ?? zeros, tensor(one.grad))).toBeLessThan(one.tolerance);
    expect(regularizers.serialize(regularizer)).toEqual(one.object);
  });

  test('names, and options by position or by name', () => {
    expect(regularizers.get('l2')!.getConfig()).toEqual({ l2: 0.01 });
    expect(regularizers.get('l1_l2')!.getConfig()).toEqual({ l1: 0, l2: 0 });
    expect(regularizers.l1L2(0.1, 0.2).getConfig()).toEqual({ l1: 0.1, l2: 0.2 });
    expect(regularizers.L1L2({ l2: 0.5 }).getConfig()).toEqual({ l1: 0, l2: 0.5 });
    expect(regularizers.OrthogonalRegularizer({ mode: 'columns' }).mode).toBe('columns');
    expect(regularizers.get(null)).toBeNull();
  });

  test('mistakes are named', () => {
    expect(() => regularizers.l2(-1)).toThrow(/L2: `l2` must be a finite number of at least 0. Received: -1/);
    expect(() => regularizers.L1({ l1: Number.NaN })).toThrow(/Received: NaN/);
    expect(() => regularizers.OrthogonalRegularizer({ mode: 'diagonals' as never })).toThrow(/'rows', 'columns'/);
    expect(() => regularizers.OrthogonalRegularizer()(constant([1, 2]))).toThrow(/rank 2. Received shape \(2,\)/);
    expect(() => regularizers.get('l3')).toThrow(/Unknown regularizer "l3"/);
  });

  test("a class of one's own", () => {
    class Total extends regularizers.Regularizer {
      override call(x: Tensor) {
        return multiply(sum(x), 2);
      }
    }
    expect(new Total()([1, 2, 3]).item()).toBe(12);
  });
});
