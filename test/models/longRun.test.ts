// What a long training must not do: grow, or depend on the number of threads.

import { afterAll, describe, expect, test } from 'vitest';
import { Input } from '../../src/layers/core/inputLayer.js';
import {
  BatchNormalization,
  Conv2D,
  Dense,
  Dropout,
  Flatten,
  LSTM,
  MaxPooling2D,
  Reshape,
} from '../../src/layers/index.js';
import { Sequential } from '../../src/models/sequential.js';
import { NDArray } from '../../src/ndarray.js';
import { setRandomSeed } from '../../src/random/seed.js';
import { engine } from '../../src/runtime/engine.js';
import { maxError, randomFloats } from '../support/kernel.js';

function classifier() {
  const model = Sequential([
    Input({ shape: [10, 10, 3] }),
    Conv2D(8, 3, { activation: 'relu' }),
    BatchNormalization(),
    MaxPooling2D(2),
    Dropout(0.25),
    Reshape([8, 16]),
    LSTM(12, { returnSequences: true }),
    Flatten(),
    Dense(4, { activation: 'softmax' }),
  ]);
  model.compile({ optimizer: 'adam', loss: 'sparse_categorical_crossentropy', metrics: ['accuracy'] });
  return model;
}

const x = new NDArray(randomFloats(64 * 300, 1), [64, 10, 10, 3]);
const y = new NDArray(
  Int32Array.from({ length: 64 }, (_, i) => i % 4),
  [64],
);

describe('a long training', () => {
  const threads = engine().threads;
  afterAll(() => engine().setThreads(threads));

  test('does not grow by a byte in 2,000 steps', async () => {
    const model = classifier();
    await model.fit(x, y, { batchSize: 16, epochs: 1, verbose: 0 });
    const used = () => [engine().heap.used, engine().f32.byteLength, engine().arenaBytes];
    const before = used();
    await model.fit(x, y, { batchSize: 16, epochs: 500, verbose: 0 });
    expect(used()).toEqual(before);
    expect(model.optimizer!.iterations.read()[0]).toBe(2004);
  });

  test('gives the same on one and on two threads, but for rounding', async () => {
    const results: Float32Array[] = [];
    for (const count of [1, 2]) {
      await engine().setThreads(count);
      setRandomSeed(5);
      const model = classifier();
      const { history } = await model.fit(x, y, { batchSize: 16, epochs: 5, verbose: 0 });
      const predictions = (await model.predict(x, { verbose: 0 })) as { data(): Float32Array };
      results.push(Float32Array.from([...history['loss']!, ...predictions.data()]));
    }
    expect(results[0]!.length).toBe(5 + 64 * 4);
    expect(maxError(results[1]!, results[0]!)).toBeLessThan(1e-4);
  });
});
