// Whole trainings from nothing but a seed: initial weights, shuffling, dropout and noise as in Python.

import { describe, expect, test } from 'vitest';
import type { Config } from '../../src/config.js';
import { fromTypedArray } from '../../src/graph/apply.js';
import type { Tensor } from '../../src/graph/tensor.js';
import * as layers from '../../src/layers/index.js';
import { Sequential } from '../../src/models/sequential.js';
import { getOptimizer, SGD } from '../../src/optimizers/optimizers.js';
import { setRandomSeed } from '../../src/random/seed.js';
import { L2 } from '../../src/regularizers.js';
import { maxError } from '../support/kernel.js';
import { loadFamily, type TensorDescriptor } from '../support/oracle.js';

interface TrainingCase {
  readonly id: string;
  readonly tol: { readonly rtol: number };
  readonly seed: number;
  readonly model: Config;
  readonly compile: {
    readonly optimizer: string;
    readonly learning_rate: number;
    readonly loss: string;
    readonly metrics: string[];
  };
  readonly fit: {
    readonly epochs: number;
    readonly batch_size: number;
    readonly validation_split: number;
    readonly shuffle: boolean;
  };
  readonly x: TensorDescriptor;
  readonly y: TensorDescriptor;
  readonly initial_weights: readonly TensorDescriptor[];
  readonly history: { readonly [name: string]: readonly number[] };
  readonly final_weights: readonly TensorDescriptor[];
  readonly predict: TensorDescriptor;
}

const { cases, tensor } = loadFamily<TrainingCase>('seeded');
const tensorOf = (descriptor: TensorDescriptor): Tensor => fromTypedArray(tensor(descriptor), descriptor.shape);

describe('setRandomSeed', () => {
  test.each(cases.filter(({ id }) => id.startsWith('seeded/set_random_seed/')))('$id trains as in Keras', async one => {
    setRandomSeed(one.seed);
    const model = Sequential.fromConfig<InstanceType<typeof Sequential>>(one.model);
    const weights = () => model.getWeights().map(weight => weight.data());
    weights().forEach((weight, i) => expect(maxError(weight, tensor(one.initial_weights[i]!))).toBeLessThan(2e-6));
    const { optimizer, learning_rate, loss, metrics } = one.compile;
    const config = {
      module: 'keras.optimizers',
      class_name: optimizer,
      config: { learning_rate },
      registered_name: null,
    };
    model.compile({ optimizer: getOptimizer(config), loss, metrics });
    const { epochs, batch_size: batchSize, validation_split: validationSplit, shuffle } = one.fit;
    const x = tensorOf(one.x);
    const { history } = await model.fit(x, tensorOf(one.y), {
      epochs,
      batchSize,
      validationSplit,
      shuffle,
      verbose: 0,
    });
    expect(Object.keys(history)).toEqual(Object.keys(one.history));
    for (const [name, values] of Object.entries(one.history))
      expect(maxError(history[name]!, values)).toBeLessThan(one.tol.rtol);
    weights().forEach((weight, i) =>
      expect(maxError(weight, tensor(one.final_weights[i]!))).toBeLessThan(one.tol.rtol),
    );
    const rows = one.predict.shape[0]!;
    const first = fromTypedArray(x.data().slice(0, (x.size / x.shape[0]!) * rows), [rows, ...x.shape.slice(1)]);
    const predicted = await model.predict(first, { verbose: 0 });
    expect(maxError(predicted.data(), tensor(one.predict))).toBeLessThan(one.tol.rtol);
  });
});

describe('layers that draw several masks', () => {
  const { ConvLSTM2D, Bidirectional, Dense, Dropout, Flatten, GRU, GRUCell, Input, LSTMCell, RNN, TimeDistributed } =
    layers;

  // Recorded from Keras 3.15.1 on JAX: losses and validation losses of two epochs.
  test.each<[string, () => layers.Layer[], number[], number[], number[]]>([
    [
      'a mask for each gate of ConvLSTM2D',
      () => [new ConvLSTM2D(2, 2, { dropout: 0.2, recurrentDropout: 0.3 }), new Flatten()],
      [2, 3, 3, 1],
      [0.5902604460716248, 0.5177407264709473],
      [0.5501783490180969, 0.8442432284355164],
    ],
    [
      'the masks of stacked cells, the same at all steps',
      () => [new RNN([new LSTMCell(2, { dropout: 0.3 }), new GRUCell(2, { recurrentDropout: 0.4 })])],
      [3, 2],
      [0.5838783383369446, 0.44969162344932556],
      [0.5249544382095337, 0.9735440611839294],
    ],
    [
      'a mask for each step of TimeDistributed',
      () => [new TimeDistributed(new Dropout(0.5)), new Flatten()],
      [3, 4],
      [1.538733959197998, 2.869580030441284],
      [0.34519028663635254, 4.235597610473633],
    ],
    [
      'the masks of both directions',
      () => [new Bidirectional(new GRU(2, { dropout: 0.3 }))],
      [3, 2],
      [0.47881951928138733, 0.5793452262878418],
      [0.45161113142967224, 0.7959504127502441],
    ],
  ])('%s', async (_, make, shape, loss, validation) => {
    const count = shape.reduce((a, b) => a * b);
    const waves = (n: number, wave: (angle: number) => number) => Float32Array.from({ length: n }, (_, i) => wave(i));
    setRandomSeed(7);
    const model = new Sequential([Input(shape), ...make(), new Dense(1)]);
    model.compile({ optimizer: new SGD(0.1), loss: 'mse' });
    const { history } = await model.fit(
      fromTypedArray(waves(6 * count, Math.sin), [6, ...shape]),
      fromTypedArray(waves(6, Math.cos), [6, 1]),
      { epochs: 2, batchSize: 2, validationSplit: 0.34, verbose: 0 },
    );
    expect(maxError(history['loss']!, loss)).toBeLessThan(1e-5);
    expect(maxError(history['val_loss']!, validation)).toBeLessThan(1e-5);
  });
});

test('the kernels of einsum equations are drawn by the axes that are summed over', () => {
  setRandomSeed(7);
  const attention = new layers.MultiHeadAttention(2, 3);
  attention(layers.Input([3, 4]), layers.Input([3, 4]));
  const starts = attention.weights.filter(({ name }) => name === 'kernel').map(weight => weight.read().slice(0, 2));
  const expected = [
    [0.1256229281425476, -0.06250673532485962],
    [-0.6729344725608826, -0.1719421148300171],
    [-0.2919774055480957, 0.3466907739639282],
    [-0.12165528535842896, -0.3832230567932129],
  ];
  starts.forEach((start, i) => expect(maxError(start, expected[i]!)).toBeLessThan(1e-6));
  const einsum = new layers.EinsumDense('abc,bcd->ad', 2, { kernelInitializer: 'he_normal' });
  einsum(layers.Input([3, 4]));
  const kernel = einsum.weights[0]!.read().slice(0, 3);
  expect(maxError(kernel, [-0.1331944763660431, 0.1532212644815445, -0.5249707102775574])).toBeLessThan(1e-6);
});

test("penalties inside of TimeDistributed add up over the steps; its own layer's do not count", () => {
  const { Dense, TimeDistributed } = layers;
  const options = { kernelInitializer: 'ones', activityRegularizer: new L2(1) };
  const x = fromTypedArray(new Float32Array(6).fill(1), [2, 3, 1]);
  const inside = new TimeDistributed(new Sequential([new Dense(1, options)]));
  inside(x);
  expect(inside.losses.map(loss => loss.item())).toEqual([1, 1, 1]);
  const own = new TimeDistributed(new Dense(1, options));
  own(x);
  expect(own.losses).toEqual([]);
});
