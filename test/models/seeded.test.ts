// Whole trainings from nothing but a seed: initial weights, shuffling, dropout and noise as in Python.

import { describe, expect, test } from 'vitest';
import '../../src/layers/index.js';
import type { Config } from '../../src/config.js';
import { fromTypedArray } from '../../src/graph/apply.js';
import type { Tensor } from '../../src/graph/tensor.js';
import { Sequential } from '../../src/models/sequential.js';
import { getOptimizer } from '../../src/optimizers/optimizers.js';
import { setRandomSeed } from '../../src/random/seed.js';
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
