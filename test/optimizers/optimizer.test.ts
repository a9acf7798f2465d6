import { describe, expect, test, vi } from 'vitest';
import { compileFunction } from '../../src/compiler/function.js';
import { constant } from '../../src/graph/apply.js';
import type { Tensor } from '../../src/graph/tensor.js';
import { maximum, multiply, subtract } from '../../src/ops/elementwise.js';
import { Variable } from '../../src/ops/variable.js';
import { Optimizer, optimizerOptions } from '../../src/optimizers/optimizer.js';
import { Adam, AdamW, getOptimizer, RMSprop, SGD } from '../../src/optimizers/optimizers.js';
import { CosineDecay, ExponentialDecay, PiecewiseConstantDecay } from '../../src/optimizers/schedules.js';

const variable = (...values: number[]) => new Variable(values, { name: 'kernel' });
const values = ({ read }: Variable, self: Variable) => Array.from(read.call(self));
const read = (v: Variable) => values(v, v);

describe('an optimizer', () => {
  test("can be made in all of Keras's ways", () => {
    for (const made of [SGD(0.5), new SGD(0.5), SGD({ learningRate: 0.5 }), SGD({ lr: 0.5 })]) {
      expect(made.getConfig()['learning_rate']).toBe(0.5);
    }
    expect(Adam(0.1, { beta1: 0.5 }).beta1).toBe(0.5);
    expect(getOptimizer('RMSprop')).toBeInstanceOf(RMSprop);
    expect(getOptimizer('adamw').weightDecay).toBe(0.004);
    expect(() => getOptimizer('sdg')).toThrow(/Unknown optimizer "sdg"\. Known ones: .*sgd/);
  });

  test('refuses options that contradict each other or cannot be', () => {
    expect(() => SGD({ clipnorm: 1, clipvalue: 1 })).toThrow(/Only one of clipnorm, clipvalue and globalClipnorm/);
    expect(() => SGD({ momentum: 2 })).toThrow(/momentum in \[0, 1\]/);
    expect(() => SGD(-1)).toThrow(/learningRate to be a number of at least 0/);
    expect(() => SGD({ gradientAccumulationSteps: 1 })).toThrow(/integer >= 2/);
  });

  test('takes a step outside of a trace as well', () => {
    const w = variable(1, 2);
    SGD(0.5).apply([constant([1, -1])], [w]);
    expect(read(w)).toEqual([0.5, 2.5]);
  });

  test('adds up gradients and steps with their mean once in so many calls', () => {
    const w = variable(1);
    const optimizer = SGD(1, { gradientAccumulationSteps: 3, momentum: 0.5 });
    const step = compileFunction([{ shape: [1], dtype: 'float32' }], ([g]) => {
      optimizer.apply([g!], [w]);
      return [];
    });
    const seen = [3, 6, 9, 0, 0, 3].map(g => {
      step.inputs[0]!.write([g]);
      step.run();
      return read(w)[0];
    });
    // The mean of 3, 6, 9 is 6: m = -6. Then the mean is 1: m = -3 - 1 = -4.
    expect(seen).toEqual([1, 1, -5, -5, -5, -9]);
    expect(optimizer.iterations.read()[0]).toBe(6);
  });

  test('lowers the rate as Keras 2 did with `decay`', () => {
    const w = variable(0);
    const optimizer = SGD({ learningRate: 1, decay: 1 });
    for (let i = 0; i < 3; i++) optimizer.apply([constant([1])], [w]);
    expect(read(w)[0]).toBeCloseTo(-(1 + 1 / 2 + 1 / 3), 5);
  });

  test('leaves excluded variables out of the weight decay', () => {
    const [w, bias] = [variable(1), new Variable([1], { name: 'bias' })];
    const optimizer = AdamW(1, { weightDecay: 0.5 });
    optimizer.excludeFromWeightDecay({ varNames: ['bias'] });
    optimizer.apply([constant([0]), constant([0])], [w, bias]);
    expect([read(w)[0], read(bias)[0]]).toEqual([0.5, 1]);
    expect(() => optimizer.excludeFromWeightDecay({ varNames: ['kernel'] })).toThrow(/before the optimizer is built/);
  });

  test('applies constraints after the step', () => {
    const w = Object.assign(variable(1, 1), { constraint: { call: (x: Tensor) => maximum(x, 0) } });
    SGD(1).apply([constant([3, 0.5])], [w]);
    expect(read(w)).toEqual([0, 0.5]);
  });

  test('has a learning rate that can be read and set, unless a schedule rules', () => {
    const optimizer = SGD(0.5);
    const w = variable(1);
    const step = compileFunction([], () => {
      optimizer.apply([constant([1])], [w]);
      return [];
    });
    optimizer.learningRate = 0.25;
    step.run();
    expect(read(w)).toEqual([0.75]);
    const scheduled = SGD(ExponentialDecay(1, 1, 0.5));
    scheduled.apply([constant([1])], [w]);
    expect(scheduled.learningRate.item()).toBe(0.5);
    expect(() => {
      scheduled.learningRate = 1;
    }).toThrow(/learning rate schedule/);
  });

  test('takes options by position in the order of Keras, or by name', () => {
    expect(SGD(0.1, 0.9, true).getConfig()).toMatchObject({ momentum: 0.9, nesterov: true });
    expect(AdamW(0.1, 0.2, { beta1: 0.5 }).getConfig()).toMatchObject({ weight_decay: 0.2, beta_1: 0.5 });
    expect(Adam({ learningRate: undefined }).learningRate.item()).toBeCloseTo(0.001);
    expect(CosineDecay(1, 10, 0.5).getConfig()).toMatchObject({ decay_steps: 10, alpha: 0.5, warmup_target: null });
  });

  test('names options that it does not have and numbers that cannot be', () => {
    expect(() => Adam(0.1, { momentum: 0.9 } as never)).toThrow(/Adam has no option `momentum`/);
    expect(() => Adam({ beta_1: 0.9 } as never)).toThrow(/no option `beta_1`. Options are written in camelCase: beta1/);
    expect(() => Adam('0.1' as never)).toThrow(/learning rate to be a number/);
    expect(() => RMSprop(0.1, { rho: 2 })).toThrow(/expected rho in \[0, 1\]. Received: 2/);
    expect(() => SGD(0.1, { clipnorm: -1 })).toThrow(/expected clipnorm >= 0. Received: -1/);
    expect(() => CosineDecay(0.1, 10, { alfa: 1 } as never)).toThrow(/CosineDecay has no option `alfa`/);
    expect(() => CosineDecay(0.1, 0)).toThrow(/`decaySteps` must be greater than 0. Received: 0/);
    expect(() => PiecewiseConstantDecay([1], [0.5])).toThrow(/1 boundaries and 1 values/);
  });

  test('names variables that have no gradient, and refuses if none has', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const [a, b] = [variable(1), new Variable([1], { name: 'lonely' })];
    const optimizer = SGD(1);
    optimizer.apply([constant([1]), undefined], [a, b]);
    expect(warn.mock.calls[0]![0]).toMatch(/do not exist for variables lonely/);
    warn.mockRestore();
    expect(() => optimizer.apply([undefined, null], [a, b])).toThrow(/No gradients provided/);
    expect(() => optimizer.apply([constant([1])], [variable(1)])).toThrow(/built for other variables/);
  });

  test('can be written by users with `build` and `updateStep`', () => {
    class Halving extends Optimizer {
      #slots: readonly Variable[] = [];
      constructor(rate?: number) {
        super({ learningRate: 0.1, ...optimizerOptions([rate]) });
      }
      override build(variables: readonly Variable[]): void {
        super.build(variables);
        this.#slots = this.addSlots(variables, ['last'])[0]!;
      }
      override updateStep(gradient: Tensor, w: Variable, learningRate: Tensor): void {
        const last = this.#slots[this.indexOf(w)]!;
        w.assign(subtract(w, multiply(learningRate, subtract(gradient, multiply(last, 0.5)))));
        last.assign(gradient);
      }
    }
    const w = variable(0);
    const optimizer = new Halving(1);
    for (let i = 0; i < 2; i++) optimizer.apply([constant([2])], [w]);
    expect(read(w)).toEqual([-3]);
    expect(optimizer.variables.map(({ name }) => name)).toEqual(['iteration', 'learning_rate', 'kernel_last']);
  });
});
