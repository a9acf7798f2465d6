// The couples were recorded from Keras 3.15 (keras.src.legacy.preprocessing.sequence) after random.seed.

import { beforeEach, expect, test } from 'vitest';
import { makeSamplingTable, skipgrams, TimeseriesGenerator } from '../../src/preprocessing/sequence.js';
import { pythonRandom } from '../../src/random/mersenneTwister.js';
import { python, setRandomSeed } from '../../src/random/seed.js';

beforeEach(() => python.seedWithArray([3]));

test('skipgrams are those of Keras, shuffled with its seed', () => {
  const [couples, labels] = skipgrams([1, 2, 3, 0, 4], 10, { windowSize: 1, seed: 5 });
  expect(couples).toEqual([
    [2, 2],
    [3, 2],
    [2, 1],
    [1, 2],
    [2, 1],
    [2, 3],
    [1, 8],
    [3, 6],
  ]);
  expect(labels).toEqual([0, 1, 1, 1, 0, 1, 0, 0]);
});

test('half as many random couples, with categorical labels', () => {
  const [couples, labels] = skipgrams([1, 2, 3, 4], 10, {
    windowSize: 2,
    negativeSamples: 0.5,
    shuffle: false,
    categorical: true,
  });
  expect(couples.slice(-5)).toEqual([
    [1, 8],
    [3, 5],
    [3, 9],
    [1, 4],
    [4, 4],
  ]);
  expect(couples.slice(0, 3)).toEqual([
    [1, 2],
    [1, 3],
    [2, 1],
  ]);
  expect(labels).toEqual([...Array.from({ length: 10 }, () => [0, 1]), ...Array.from({ length: 5 }, () => [1, 0])]);
  expect(pythonRandom(python)).toBe(0.9956448355104628);
});

test('a sampling table drops frequent words', () => {
  python.seedWithArray([11]);
  const [couples] = skipgrams([1, 2, 3, 4, 1, 2], 5, {
    windowSize: 1,
    negativeSamples: 0,
    shuffle: false,
    samplingTable: makeSamplingTable(6, 0.05),
  });
  expect(couples).toEqual([
    [4, 3],
    [4, 1],
  ]);
});

test('a shuffling generator draws the rows that NumPy draws', () => {
  setRandomSeed(4);
  const series = Array.from({ length: 10 }, (_, i) => i);
  const generator = new TimeseriesGenerator(series, series, { length: 3, shuffle: true, batchSize: 6 });
  const [windows, targets] = generator.getItem(0);
  // np.random.seed(4); np.random.randint(3, 10, size=6)
  expect([...targets.data]).toEqual([5, 9, 8, 4, 3, 3]);
  expect([...windows.data.subarray(0, 6)]).toEqual([2, 3, 4, 6, 7, 8]);
});

test('a reversed generator goes backwards in time within each window', () => {
  const series = Array.from({ length: 5 }, (_, i) => i);
  const [windows] = TimeseriesGenerator(series, series, { length: 2, reverse: true }).getItem(0);
  expect([windows.shape, [...windows.data]]).toEqual([
    [3, 2],
    [1, 0, 2, 1, 3, 2],
  ]);
});

test('series and targets of different lengths, and windows longer than the series, are refused', () => {
  expect(() => TimeseriesGenerator([1, 2], [1], 1)).toThrow(/same length.*2.*1/);
  expect(() => TimeseriesGenerator([1, 2], [1, 2], 2)).toThrow(/startIndex\+length=2 > endIndex=1/);
});
