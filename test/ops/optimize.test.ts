import { describe, expect, test } from 'vitest';
import { compileFunction } from '../../src/compiler/function.js';
import { fromTypedArray } from '../../src/graph/apply.js';
import type { Tensor } from '../../src/graph/tensor.js';
import {
  adadeltaUpdate,
  adagradUpdate,
  adamaxUpdate,
  adamUpdate,
  ftrlUpdate,
  lionUpdate,
  nadamUpdate,
  rmspropUpdate,
  sgdUpdate,
} from '../../src/ops/optimize.js';
import { Variable } from '../../src/ops/variable.js';
import { maxError, randomFloats } from '../support/kernel.js';
import { loadFamily, type TensorDescriptor } from '../support/oracle.js';

interface OptimizerCase {
  readonly id: string;
  readonly class_name: string;
  readonly optimizer: { readonly config: Record<string, number | boolean | string | null> };
  readonly variables: readonly { readonly value: TensorDescriptor }[];
  readonly steps: readonly {
    readonly gradients: readonly TensorDescriptor[];
    readonly learning_rate: number;
    readonly values: readonly TensorDescriptor[];
  }[];
  readonly tolerance: number;
}

type Slots = Record<string, Tensor>;
type Config = Record<string, number>;

/** First values of the slots of each optimizer, and its step number t; rates in float64 here. */
const optimizers: Record<
  string,
  {
    slots(config: Config): Record<string, number | undefined>;
    step(w: Tensor, g: Tensor, slots: Slots, c: Config, learningRate: number, t: number): Slots;
  }
> = {
  SGD: {
    slots: c => (c['momentum'] ? { m: 0 } : {}),
    step: (w, g, slots, c, learningRate) =>
      sgdUpdate(w, g, slots, {
        ...shared(c, learningRate),
        momentum: c['momentum']!,
        nesterov: Boolean(c['nesterov']),
      }),
  },
  RMSprop: {
    slots: c => ({ v: 0, ...(c['momentum'] ? { m: 0 } : {}), ...(c['centered'] ? { mean: 0 } : {}) }),
    step: (w, g, slots, c, learningRate) =>
      rmspropUpdate(w, g, slots as { v: Tensor }, {
        ...shared(c, learningRate),
        rho: c['rho']!,
        momentum: c['momentum']!,
        epsilon: c['epsilon']!,
      }),
  },
  Adam: adam(),
  AdamW: adam(),
  Adamax: {
    slots: () => ({ m: 0, u: 0 }),
    step: (w, g, slots, c, learningRate, t) =>
      adamaxUpdate(w, g, slots as { m: Tensor; u: Tensor }, {
        ...moments(c, learningRate),
        alpha: learningRate / (1 - c['beta_1']! ** t),
      }),
  },
  Nadam: {
    slots: () => ({ m: 0, v: 0 }),
    step: (w, g, slots, c, learningRate, t) => {
      const u = (step: number) => c['beta_1']! * (1 - 0.5 * 0.96 ** step);
      let product = 1;
      for (let step = 1; step <= t; step++) product *= u(step);
      return nadamUpdate(w, g, slots as { m: Tensor; v: Tensor }, {
        ...moments(c, learningRate),
        cm: u(t + 1) / (1 - product * u(t + 1)),
        cg: (1 - u(t)) / (1 - product),
        cv: 1 / (1 - c['beta_2']! ** t),
      });
    },
  },
  Adagrad: {
    slots: c => ({ a: c['initial_accumulator_value']! }),
    step: (w, g, slots, c, learningRate) =>
      adagradUpdate(w, g, slots as { a: Tensor }, { ...shared(c, learningRate), epsilon: c['epsilon']! }),
  },
  Adadelta: {
    slots: () => ({ a: 0, d: 0 }),
    step: (w, g, slots, c, learningRate) =>
      adadeltaUpdate(w, g, slots as { a: Tensor; d: Tensor }, {
        ...shared(c, learningRate),
        rho: c['rho']!,
        epsilon: c['epsilon']!,
      }),
  },
  Lion: {
    slots: () => ({ m: 0 }),
    step: (w, g, slots, c, learningRate) =>
      lionUpdate(w, g, slots as { m: Tensor }, {
        ...shared(c, learningRate),
        beta1: c['beta_1']!,
        beta2: c['beta_2']!,
      }),
  },
  Ftrl: {
    slots: c => ({ a: c['initial_accumulator_value']!, z: 0 }),
    step: (w, g, slots, c, learningRate) =>
      ftrlUpdate(w, g, slots as { a: Tensor; z: Tensor }, {
        ...shared(c, learningRate),
        learningRatePower: c['learning_rate_power']!,
        beta: c['beta']!,
        l1: c['l1_regularization_strength']!,
        l2: c['l2_regularization_strength']!,
        l2Shrinkage: c['l2_shrinkage_regularization_strength']!,
      }),
  },
};

function shared(c: Config, learningRate: number) {
  return { learningRate, weightDecay: c['weight_decay']! };
}

function moments(c: Config, learningRate: number) {
  return { ...shared(c, learningRate), beta1: c['beta_1']!, beta2: c['beta_2']!, epsilon: c['epsilon']! };
}

function adam() {
  return {
    slots: (c: Config) => ({ m: 0, v: 0, ...(c['amsgrad'] ? { vMax: 0 } : {}) }),
    step: (w: Tensor, g: Tensor, slots: Slots, c: Config, learningRate: number, t: number) => {
      const alpha = (learningRate * Math.sqrt(1 - c['beta_2']! ** t)) / (1 - c['beta_1']! ** t);
      return adamUpdate(w, g, slots as { m: Tensor; v: Tensor }, { ...moments(c, learningRate), alpha });
    },
  };
}

const { cases, tensor } = loadFamily<OptimizerCase>('optimizers');
/** Options that are not the step's: the optimizers themselves clip, average and accumulate. */
const elsewhere = [
  'clipnorm',
  'global_clipnorm',
  'clipvalue',
  'use_ema',
  'gradient_accumulation_steps',
  'loss_scale_factor',
];
const plain = cases.filter(({ optimizer }) => optimizer && elsewhere.every(option => !optimizer.config[option]));

describe('optimizer steps', () => {
  test.each(plain)('$id: ten steps are those of Keras', one => {
    const rule = optimizers[one.class_name]!;
    const config = one.optimizer.config as Config;
    const initial = rule.slots(config);
    const variables = one.variables.map(({ value }) => tensorOf(value));
    const slots = variables.map(w =>
      Object.fromEntries(
        Object.entries(initial).map(([name, value]) => [
          name,
          fromTypedArray(new Float32Array(w.size).fill(value!), w.shape),
        ]),
      ),
    );
    one.steps.forEach(({ gradients, learning_rate, values }, step) => {
      values.forEach((expected, i) => {
        const updated = rule.step(variables[i]!, tensorOf(gradients[i]!), slots[i]!, config, learning_rate, step + 1);
        const { w, ...rest } = updated;
        variables[i] = w!;
        slots[i] = rest;
        expect(maxError(w!.data(), tensor(expected))).toBeLessThan(one.tolerance);
      });
    });
  });

  test('FTRL with another power than -1/2 follows the same formula', () => {
    const [w, g] = [randomFloats(7, 1), randomFloats(7, 2)];
    const [a, z] = [new Float32Array(7).fill(0.1), randomFloats(7, 3)];
    const shape = [7];
    const step = (learningRatePower: number) =>
      ftrlUpdate(
        fromTypedArray(w, shape),
        fromTypedArray(g, shape),
        { a: fromTypedArray(a, shape), z: fromTypedArray(z, shape) },
        { learningRate: 0.1, learningRatePower, l1: 0.05, l2: 0.02, l2Shrinkage: 0.01, beta: 0.3, weightDecay: 0.1 },
      );
    // Near -1/2 the general formula must come close to the fused one, which has another road.
    const [fused, general] = [step(-0.5), step(-0.5 - 1e-6)];
    for (const name of ['w', 'a', 'z'] as const) {
      expect(maxError(general[name].data(), fused[name].data())).toBeLessThan(1e-4);
    }
    expect(() => step(0.5)).toThrow(/at most 0. Received: 0.5/);
  });

  test('variables are updated in their own memory', () => {
    const [w, m, v] = [1, 2, 3].map(
      value => new Variable({ shape: [5], dtype: 'float32', data: new Float32Array(5).fill(value) }),
    );
    const program = compileFunction([{ shape: [5], dtype: 'float32' }], ([g]) => {
      const updated = adamUpdate(w!, g!, { m: m!, v: v! }, { learningRate: 0.1, alpha: 0.2 });
      w!.assign(updated.w);
      m!.assign(updated.m);
      v!.assign(updated.v);
      return [];
    });
    program.inputs[0]!.write(new Float32Array(5).fill(4));
    program.run();
    expect(m!.read()[0]).toBeCloseTo(2 + (4 - 2) * 0.1, 5);
    expect(v!.read()[0]).toBeCloseTo(3 + (16 - 3) * 0.001, 5);
    expect(w!.read()[0]).toBeCloseTo(1 - (0.2 * 2.2) / Math.sqrt(3.013), 5);
    // The arena holds the gradient and no second copy of anything.
    expect(program.program.arenaBytes).toBe(64);
  });

  test('mistakes are named', () => {
    const [a, b] = [fromTypedArray(new Float32Array(4), [4]), fromTypedArray(new Float32Array(4), [2, 2])];
    expect(() => sgdUpdate(a, b, {}, { learningRate: 0.1 })).toThrow(
      /the gradient .* shape \(4,\). Received float32 of shape \(2, 2\)/,
    );
    expect(() => sgdUpdate(a, a, { m: b }, { learningRate: 0.1 })).toThrow(/slot m/);
    expect(() => sgdUpdate(a, a, {}, { learningRate: a })).toThrow(
      /rate to be one float32. Received float32 of shape \(4,\)/,
    );
  });
});

function tensorOf(descriptor: TensorDescriptor): Tensor {
  return fromTypedArray(tensor(descriptor), descriptor.shape);
}
