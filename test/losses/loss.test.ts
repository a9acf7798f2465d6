import { describe, expect, test } from 'vitest';
import { gradients } from '../../src/autodiff.js';
import '../../src/compiler/evaluate.js';
import { constant } from '../../src/graph/apply.js';
import { setMask } from '../../src/graph/mask.js';
import type { Tensor } from '../../src/graph/tensor.js';
import { Loss } from '../../src/losses/loss.js';
import {
  BinaryFocalCrossentropy,
  CategoricalCrossentropy,
  Dice,
  getLoss,
  Huber,
  MeanSquaredError,
  SparseCategoricalCrossentropy,
} from '../../src/losses/losses.js';
import { abs, subtract } from '../../src/ops/elementwise.js';

describe('a loss', () => {
  test("is found under Keras's names, and none under others", () => {
    for (const [name, className] of [
      ['mse', 'MeanSquaredError'],
      ['MeanSquaredError', 'MeanSquaredError'],
      ['mean_squared_error', 'MeanSquaredError'],
      ['kld', 'KLDivergence'],
      ['kullback_leibler_divergence', 'KLDivergence'],
      ['bce', 'BinaryCrossentropy'],
      ['cosine_proximity', 'CosineSimilarity'],
      ['logcosh', 'LogCosh'],
      ['ctc', 'CTC'],
      ['huber', 'Huber'],
    ]) {
      expect((getLoss(name)!.constructor as { className?: string }).className, name).toBe(className);
    }
    expect(() => getLoss('means_squared')).toThrow(/Unknown loss "means_squared"\. Known ones: .*mean_squared_error/);
    expect(() => MeanSquaredError({ reduction: 'average' as 'mean' })).toThrow(/Invalid reduction "average"/);
  });

  test('reduces over the batch in the way it is told', () => {
    const [t, p] = [
      [0, 0, 0],
      [1, 2, 3],
    ];
    const weights = [1, 1, 0];
    const columns = (x: number[]) => constant(x.map(value => [value]));
    const perSample = (reduction: 'sum' | 'sum_over_batch_size' | 'mean_with_sample_weight') =>
      MeanSquaredError({ reduction })(columns(t), columns(p), constant(weights)).item();
    expect(perSample('sum')).toBe(5);
    expect(perSample('sum_over_batch_size')).toBeCloseTo(5 / 3, 5);
    expect(perSample('mean_with_sample_weight')).toBe(2.5);
    expect(MeanSquaredError({ reduction: 'none' })(columns(t), columns(p)).array()).toEqual([1, 4, 9]);
  });

  test('is the mean over the steps that a mask leaves', () => {
    const p = constant([[[1], [2], [9]]]);
    setMask(p, constant([[true, true, false]]));
    expect(MeanSquaredError()(constant([[[0], [0], [0]]]), p).item()).toBeCloseTo(2.5, 5);
  });

  test('does not broadcast targets (n,) against predictions (n, 1)', () => {
    expect(MeanSquaredError()(constant([0, 1]), constant([[0], [1]])).item()).toBe(0);
  });

  test('leaves out the class to be ignored', () => {
    const p = constant([
      [0.5, 0.5],
      [0.25, 0.75],
    ]);
    const loss = SparseCategoricalCrossentropy({ ignoreClass: 0 });
    expect(loss(constant([0, 1]), p).item()).toBeCloseTo(-Math.log(0.75), 5);
  });

  test('says which shapes do not fit', () => {
    expect(() =>
      CategoricalCrossentropy()(
        constant([0, 1]),
        constant([
          [0.5, 0.5],
          [0.5, 0.5],
        ]),
      ),
    ).toThrow(/must have the same shape/);
    expect(() =>
      SparseCategoricalCrossentropy()(
        constant([
          [1, 0],
          [0, 1],
        ]),
        constant([
          [0.5, 0.5],
          [0.5, 0.5],
        ]),
      ),
    ).toThrow(/integer targets of shape \(2,\).*one-hot/);
  });

  test('can be a function or a class of the user', () => {
    class Absolute extends Loss {
      override call(t: Tensor, p: Tensor): Tensor {
        return abs(subtract(t, p));
      }
    }
    expect(new Absolute()(constant([1]), constant([3])).item()).toBe(2);
    expect(getLoss((t: Tensor, p: Tensor) => abs(subtract(t, p)))!(constant([1, 1]), constant([3, 2])).item()).toBe(
      1.5,
    );
    expect(new Absolute().name).toMatch(/^absolute/);
  });

  test('keeps its options in its config', () => {
    expect(Huber({ delta: 2 }).getConfig()).toEqual({
      name: 'huber_loss',
      reduction: 'sum_over_batch_size',
      delta: 2,
    });
    expect(CategoricalCrossentropy({ fromLogits: true, labelSmoothing: 0.1 }).getConfig()).toMatchObject({
      from_logits: true,
      label_smoothing: 0.1,
      axis: -1,
    });
  });

  test('takes options by position in the order of Keras, and refuses those it does not have', () => {
    expect(Huber(2, 'sum').getConfig()).toMatchObject({ delta: 2, reduction: 'sum' });
    expect(BinaryFocalCrossentropy(true, 0.5).getConfig()).toMatchObject({ apply_class_balancing: true, alpha: 0.5 });
    expect(Dice('none').getConfig()).toMatchObject({ reduction: 'none', axis: null });
    expect(() => Huber({ from_logits: true } as never)).toThrow(/no option `from_logits`.* camelCase: fromLogits/);
    expect(() => MeanSquaredError({ delta: 1 } as never)).toThrow(/MeanSquaredError has no option `delta`/);
    expect(() => MeanSquaredError('sum', 'mine', 3 as never)).toThrow(/takes 2 positional arguments/);
  });

  test('has a gradient with respect to the predictions', () => {
    const p = constant([[1, 3]]);
    const [gradient] = gradients([MeanSquaredError()(constant([[0, 0]]), p)], [p]);
    expect(gradient!.array()).toEqual([[1, 3]]);
  });
});
