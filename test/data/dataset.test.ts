import { describe, expect, test } from 'vitest';
import { Dataset } from '../../src/data/dataset.js';
import type { Tensor } from '../../src/graph/tensor.js';
import {
  Dense,
  Embedding,
  GlobalAveragePooling1D,
  Input,
  Normalization,
  TextVectorization,
} from '../../src/layers/index.js';
import { Sequential } from '../../src/models/sequential.js';
import { setRandomSeed } from '../../src/random/seed.js';

const numbers = (set: Dataset) => set.toArray() as Promise<number[]>;

describe('a data set', () => {
  test('can be gone through again and again', async () => {
    const set = Dataset.range(5);
    expect(await numbers(set)).toEqual([0, 1, 2, 3, 4]);
    expect(await numbers(set)).toEqual([0, 1, 2, 3, 4]);
    expect(set.cardinality).toBe(5);
  });

  test('maps, filters, takes, skips and concatenates', async () => {
    const squares = Dataset.range(6).map(async n => n * n);
    expect(await numbers(squares.filter(n => n % 2 === 0))).toEqual([0, 4, 16]);
    expect(await numbers(squares.take(2))).toEqual([0, 1]);
    expect(await numbers(squares.skip(4))).toEqual([16, 25]);
    expect(await numbers(Dataset.range(2).concatenate(Dataset.range(7, 9)))).toEqual([0, 1, 7, 8]);
    expect(squares.filter(() => true).cardinality).toBeNull();
    expect(squares.take(2).cardinality).toBe(2);
  });

  test('shuffles anew in each pass, from a seed the same in each program, or always alike', async () => {
    const passes = async (set: Dataset<number>) => [await numbers(set), await numbers(set)];
    const seeded = () => Dataset.range(20).shuffle(20, { seed: 3 });
    const [first, second] = await passes(seeded());
    expect(first).not.toEqual(second);
    expect([...first!].sort((a, b) => a - b)).toEqual(await numbers(Dataset.range(20)));
    expect(await passes(seeded())).toEqual([first, second]);
    const [same, again] = await passes(Dataset.range(20).shuffle(8, { reshuffleEachIteration: false }));
    expect(same).toEqual(again);
  });

  test('enumerates, flattens, reduces and zips', async () => {
    const set = Dataset.range(3);
    expect(await set.enumerate(5).toArray()).toEqual([
      [5, 0],
      [6, 1],
      [7, 2],
    ]);
    expect(await numbers(set.flatMap(n => Dataset.range(n)))).toEqual([0, 0, 1]);
    expect(await set.reduce(10, (sum, n) => sum + n)).toBe(13);
    expect(await Dataset.zip([set, set.skip(1)]).toArray()).toEqual([
      [0, 1],
      [1, 2],
    ]);
    const [whole] = await Dataset.fromTensors<[Tensor, Tensor]>([[[1, 2]], [3]]).toArray();
    expect(whole!.map(each => each.array())).toEqual([[[1, 2]], [3]]);
  });

  test('stacks elements to batches, with a smaller one at the end', async () => {
    const set = Dataset.fromTensorSlices([
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      [0, 1, 2],
    ]).batch(2);
    const batches = (await set.toArray()) as unknown as [Tensor, Tensor][];
    expect(set.cardinality).toBe(2);
    expect(batches.map(([x, y]) => [x.array(), y.array()])).toEqual([
      [
        [
          [1, 2],
          [3, 4],
        ],
        [0, 1],
      ],
      [[[5, 6]], [2]],
    ]);
    expect(await set.unbatch().toArray()).toHaveLength(3);
    expect(Dataset.range(5).batch(2, { dropRemainder: true }).cardinality).toBe(2);
    expect(await Dataset.range(5).batch(2, true).toArray()).toHaveLength(2);
  });

  test('keeps dicts of arrays together', async () => {
    const set = Dataset.fromTensorSlices({ a: [1, 2], b: [[3], [4]] }).batch(2);
    const [batch] = (await set.toArray()) as unknown as { a: Tensor; b: Tensor }[];
    expect(batch!.a.array()).toEqual([1, 2]);
    expect(batch!.b.shape).toEqual([2, 1]);
  });

  test('repeats, without end if no count is given', async () => {
    expect(await numbers(Dataset.range(2).repeat(3))).toEqual([0, 1, 0, 1, 0, 1]);
    const endless = Dataset.range(2).repeat();
    expect(endless.cardinality).toBe(Infinity);
    expect(await numbers(endless.take(5))).toEqual([0, 1, 0, 1, 0]);
    await expect(endless.toArray()).rejects.toThrow(/without end/);
  });

  test('shuffles within its buffer, in a new order each time and the same for the same seed', async () => {
    const set = Dataset.range(20).shuffle(20);
    setRandomSeed(7);
    const [first, second] = [await numbers(set), await numbers(set)];
    expect(first).not.toEqual(second);
    expect([...first].sort((a, b) => a - b)).toEqual(await numbers(Dataset.range(20)));
    setRandomSeed(7);
    expect(await numbers(set)).toEqual(first);
    // With a buffer of 1 nothing can change places.
    expect(await numbers(Dataset.range(4).shuffle(1))).toEqual([0, 1, 2, 3]);
  });

  test('asks ahead when it prefetches', async () => {
    let asked = 0;
    const set = Dataset.range(10)
      .map(n => {
        asked++;
        return n;
      })
      .prefetch(3);
    const iterator = set[Symbol.asyncIterator]();
    expect((await iterator.next()).value).toBe(0);
    await new Promise(resolve => setTimeout(resolve, 1));
    expect(asked).toBe(4);
    expect(await numbers(set)).toEqual(await numbers(Dataset.range(10)));
  });

  test('remembers what it has computed when it caches', async () => {
    let computed = 0;
    const set = Dataset.range(3)
      .map(n => {
        computed++;
        return n;
      })
      .cache();
    await set.toArray();
    expect(await numbers(set)).toEqual([0, 1, 2]);
    expect(computed).toBe(3);
  });

  test('zips until the shortest ends', async () => {
    expect(await Dataset.zip(Dataset.range(3), Dataset.range(10, 12)).toArray()).toEqual([
      [0, 10],
      [1, 11],
    ]);
  });

  test('comes from generator functions, sync and async', async () => {
    expect(
      await numbers(
        Dataset.fromGenerator(function* () {
          yield* [1, 2];
        }),
      ),
    ).toEqual([1, 2]);
    expect(
      await numbers(
        Dataset.fromGenerator(async function* () {
          yield* [3];
        }),
      ),
    ).toEqual([3]);
  });

  test('refuses elements of different shapes in one batch', async () => {
    await expect(
      Dataset.from([[1, 2], [3]])
        .batch(2)
        .toArray(),
    ).rejects.toThrow(/expected elements of one shape, \(2,\)/);
    expect(() => Dataset.range(3).batch(0)).toThrow(/whole number from 1/);
  });
});

test('texts stay strings until a layer that adapts to batches makes numbers of them', async () => {
  const texts = [
    ['a b', 'b', 'c a'],
    [1, 0, 1],
  ];
  const batches = Dataset.fromTensorSlices<[string, Tensor]>(texts).batch(2) as unknown as Dataset<[string[], Tensor]>;
  expect((await batches.toArray()).map(([batch]) => batch)).toEqual([['a b', 'b'], ['c a']]);
  const vectorize = TextVectorization({ outputSequenceLength: 2 });
  await vectorize.adapt(batches.map(([batch]) => batch));
  expect(vectorize.getVocabulary()).toEqual(['', '[UNK]', 'b', 'a', 'c']);
  expect(() => (vectorize as unknown as (x: unknown) => void)(Input([1]))).toThrow(/takes strings/);
  const model = Sequential([Embedding(5, 2), GlobalAveragePooling1D(), Dense(1)]);
  model.compile({ optimizer: 'sgd', loss: 'mse' });
  const numbers = batches.map(([batch, y]) => [vectorize(batch), y]);
  expect((await model.fit(numbers, { epochs: 2, verbose: 0 })).history.loss).toHaveLength(2);
});

test('Normalization adapts to all batches of a data set', async () => {
  const normalize = Normalization({ axis: null });
  await normalize.adapt(Dataset.fromTensorSlices<Tensor>([1, 2, 6]).batch(2) as Dataset<Tensor>);
  expect(normalize([3]).array()).toEqual([0]);
});
