import { expect, test } from 'vitest';
import '../../src/compiler/evaluate.js';
import { Dataset } from '../../src/data/dataset.js';
import { PyDataset } from '../../src/data/pyDataset.js';
import { Input } from '../../src/layers/core/inputLayer.js';
import { Dense } from '../../src/layers/index.js';
import { Sequential } from '../../src/models/sequential.js';
import { TimeseriesGenerator } from '../../src/preprocessing/sequence.js';
import { python } from '../../src/random/seed.js';

class Numbers extends PyDataset<[number[][], number[][]]> {
  readonly asked: number[] = [];
  begun = 0;
  ended = 0;

  override get numBatches() {
    return 10;
  }

  override async getItem(index: number): Promise<[number[][], number[][]]> {
    this.asked.push(index);
    return [[[index]], [[2 * index]]];
  }

  override onEpochBegin(): void {
    this.begun++;
  }

  override onEpochEnd(): void {
    this.ended++;
  }
}

function model() {
  const result = Sequential([Input({ shape: [1] }), Dense(1)]);
  result.compile({ optimizer: 'sgd', loss: 'mse' });
  return result;
}

test("fit asks for each batch once per epoch, in the order of Python's shuffle", async () => {
  const numbers = new Numbers();
  python.seedWithArray([21]);
  const pass = await Dataset.from(numbers.passes(true)).toArray();
  // random.seed(21); random.shuffle(list(range(10)))
  expect(numbers.asked).toEqual([7, 0, 4, 1, 3, 9, 5, 8, 6, 2]);
  expect(pass[0]).toEqual([[[7]], [[14]]]);
  const fitted = new Numbers();
  const net = model();
  await net.fit(fitted, { epochs: 2, verbose: 0 });
  const all = Array.from({ length: 10 }, (_, i) => i);
  expect(fitted.asked.slice(0, 10).sort((a, b) => a - b)).toEqual(all);
  expect(fitted.asked.slice(10).sort((a, b) => a - b)).toEqual(all);
  expect(fitted.asked).not.toEqual([...all, ...all]);
  expect([fitted.begun, fitted.ended]).toEqual([2, 2]);
});

test('without shuffling the batches come in order, in evaluate and predict always', async () => {
  const all = Array.from({ length: 10 }, (_, i) => i);
  const net = model();
  for (const run of [
    (data: Numbers) => net.fit(data, { shuffle: false, verbose: 0 }),
    (data: Numbers) => net.evaluate(data, { verbose: 0 }),
    (data: Numbers) => net.predict(data, { verbose: 0 }),
  ]) {
    const numbers = new Numbers();
    await run(numbers);
    expect(numbers.asked).toEqual(all);
  }
});

test('a class with the length of Keras 2 is as good, one without any number is not', async () => {
  class Old extends PyDataset<number> {
    get length() {
      return 3;
    }
    override getItem(index: number) {
      return index;
    }
  }
  expect(await Dataset.from(new Old()).toArray()).toEqual([0, 1, 2]);
  class Bare extends PyDataset {
    override getItem() {
      return 0;
    }
  }
  expect(() => new Bare().numBatches).toThrow(/Bare.*numBatches/);
});

test('a TimeseriesGenerator trains a model', async () => {
  const series = Array.from({ length: 20 }, (_, i) => i / 20);
  const windows = TimeseriesGenerator(series, series, { length: 3, batchSize: 4 });
  const net = Sequential([Input({ shape: [3] }), Dense(1)]);
  net.compile({ optimizer: 'adam', loss: 'mse' });
  const { history } = await net.fit(windows, { epochs: 2, verbose: 0 });
  expect(history['loss']).toHaveLength(2);
  expect(history['loss']!.every(Number.isFinite)).toBe(true);
});
