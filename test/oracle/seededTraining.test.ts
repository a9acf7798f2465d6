// After setRandomSeed whole trainings are what they are in Python: weights, shuffles and dropout masks included.

import { describe, expect, test } from 'vitest';
import { type Config, deserializeObject } from '../../src/config.js';
import { fromTypedArray } from '../../src/graph/apply.js';
import '../../src/layers/index.js';
import type { BaseModel } from '../../src/models/model.js';
import '../../src/models/sequential.js';
import { Adam } from '../../src/optimizers/adam.js';
import { setRandomSeed } from '../../src/random/seed.js';
import { loadFamily, type TensorDescriptor } from '../support/oracle.js';

interface SeededCase {
  readonly id: string;
  readonly tol: { readonly rtol: number; readonly atol: number };
  readonly seed: number;
  readonly class_name: string;
  readonly model: Config;
  readonly compile: { readonly learning_rate: number; readonly loss: string; readonly metrics: string[] };
  readonly fit: { readonly epochs: number; readonly batch_size: number; readonly validation_split: number };
  readonly x: TensorDescriptor;
  readonly y: TensorDescriptor;
  readonly initial_weights: readonly TensorDescriptor[];
  readonly final_weights: readonly TensorDescriptor[];
  readonly history: { readonly [name: string]: readonly number[] };
  readonly predict: TensorDescriptor;
}

const { cases, tensor } = loadFamily<SeededCase>('seeded');
const read = (descriptor: TensorDescriptor) => fromTypedArray(tensor(descriptor), descriptor.shape);

function expectClose(values: ArrayLike<number>, recorded: ArrayLike<number>, { rtol, atol }: SeededCase['tol'], what: string): void {
  expect(values.length, what).toBe(recorded.length);
  for (let i = 0; i < recorded.length; i++) {
    expect(Math.abs(values[i]! - recorded[i]!), `${what}[${i}]`).toBeLessThanOrEqual(atol + rtol * Math.abs(recorded[i]!));
  }
}

describe('the same seed gives the same training as in Python', () => {
  const trainings = cases.filter(({ id }) => id.startsWith('seeded/set_random_seed/'));
  test.each(trainings.map(each => [each.id, each] as const))('%s', async (_, recorded) => {
    const { tol } = recorded;
    setRandomSeed(recorded.seed);
    const model = deserializeObject<BaseModel>(
      { module: 'keras', class_name: recorded.class_name, config: recorded.model, registered_name: null }, 'keras',
    );
    model.weights.forEach((weight, i) => expectClose(weight.read(), tensor(recorded.initial_weights[i]!), tol, `initial ${weight.path}`));
    const { learning_rate, loss, metrics } = recorded.compile;
    model.compile({ optimizer: Adam(learning_rate), loss, metrics });
    const { epochs, batch_size, validation_split } = recorded.fit;
    const { history } = await model.fit(read(recorded.x), read(recorded.y), {
      epochs, batchSize: batch_size, validationSplit: validation_split, verbose: 0,
    });
    for (const [name, values] of Object.entries(recorded.history)) expectClose(history[name]!, values, tol, name);
    model.weights.forEach((weight, i) => expectClose(weight.read(), tensor(recorded.final_weights[i]!), tol, `final ${weight.path}`));
    const [rows] = recorded.predict.shape;
    const { x } = recorded;
    const predictions = await model.predict(read({ ...x, shape: [rows!, ...x.shape.slice(1)] }), { verbose: 0 });
    expectClose(predictions.data(), tensor(recorded.predict), tol, 'prediction');
  });
});
