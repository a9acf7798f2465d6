// Where the memory of models goes: back at once by `dispose`, or by itself once nobody can reach the model.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { gradients } from '../../src/autodiff.js';
import { Input } from '../../src/layers/core/inputLayer.js';
import { BatchNormalization, Dense } from '../../src/layers/index.js';
import { Model } from '../../src/models/functional.js';
import { Sequential } from '../../src/models/sequential.js';
import { sum } from '../../src/ops/reduce.js';
import { engine } from '../../src/runtime/engine.js';

const x = [
  [1, 2, 3],
  [4, 5, 6],
];
const y = [[0], [1]];

async function trained() {
  const model = Sequential([Input({ shape: [3] }), Dense(500), BatchNormalization(), Dense(1)]);
  model.compile({ optimizer: 'adam', loss: 'mse' });
  await model.fit(x, y, { verbose: 0 });
  await model.predict(x, { verbose: 0 });
  return model;
}

/** Collects garbage until the finalizers have run that give memory back. */
async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  for (let i = 0; i < 5; i++) {
    gc();
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}

describe('dispose', () => {
  test('gives back all that the model has', async () => {
    (await trained()).dispose(); // what is made once, such as the arena
    await collectGarbage();
    const before = engine().heap.used;
    const model = await trained();
    expect(engine().heap.used).toBeGreaterThan(before + 4 * 500 * 8);
    model.dispose();
    model.dispose();
    await collectGarbage(); // of other computations; the model itself is still there
    expect(engine().heap.used).toBe(before);
    expect(model.built).toBe(true);
  });

  test('makes everything throw that needs the weights', async () => {
    const input = Input({ shape: [3] });
    const shared = Dense(2, { name: 'shared' });
    const features = shared(input);
    const model = Model(input, features);
    const other = Model(input, Dense(1)(features));
    await other.predict(x, { verbose: 0 });
    const lazy = sum(shared(x));
    model.dispose();
    await expect(other.predict(x, { verbose: 0 })).rejects.toThrow(/Variable "kernel" has been disposed of/);
    expect(() => lazy.item()).toThrow(/disposed of/);
    await expect(model.predict(x, { verbose: 0 })).rejects.toThrow(/disposed of/);
  });
});

test('models out of reach give their memory back, those called as functions too', async () => {
  const use = async () => {
    const model = await trained();
    const output = sum(model(x));
    gradients([output], [model.weights[0]!.value])[0]!.data();
    output.item();
  };
  await use();
  await collectGarbage();
  const before = engine().heap.used;
  for (let i = 0; i < 3; i++) await use();
  expect(engine().heap.used).toBeGreaterThan(before);
  await collectGarbage();
  expect(engine().heap.used).toBeLessThanOrEqual(before);
});
