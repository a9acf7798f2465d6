import { expect, test } from 'vitest';
import '../../src/compiler/evaluate.js';
import { Dataset } from '../../src/data/dataset.js';
import { tensor } from '../../src/graph/apply.js';
import type { Tensor } from '../../src/graph/tensor.js';
import { setRandomSeed } from '../../src/random/seed.js';
import { normalize, toCategorical } from '../../src/utils/numerical.js';
import { padSequences } from '../../src/utils/padSequences.js';
import { packXYSampleWeight, unpackXYSampleWeight } from '../../src/utils/sampleWeight.js';
import { splitDataset } from '../../src/utils/splitDataset.js';
import { timeseriesDatasetFromArray } from '../../src/utils/timeseries.js';

test('classes may come as a tensor or a typed array', () => {
  const rows = [0, 1, 0, 0, 0, 1];
  expect([...toCategorical(tensor([1, 2])).data]).toEqual(rows);
  expect([...toCategorical(Uint8Array.of(1, 2)).data]).toEqual(rows);
});

test('arguments can be given by name, and results read as nested arrays', () => {
  expect(toCategorical([[1], [0]], { numClasses: 3 }).array()).toEqual([
    [0, 1, 0],
    [1, 0, 0],
  ]);
  expect(toCategorical(2).array()).toEqual([0, 0, 1]);
  expect(normalize([[2], [2]], { axis: 0, order: 1 }).array()).toEqual([[0.5], [0.5]]);
});

test('a class out of range is named', () => {
  expect(() => toCategorical([0, 3], 3)).toThrow(/0 to 2.*3 at position 1/);
  expect(() => toCategorical([0, -1], 3)).toThrow(/-1 at position 1/);
});

test('normalize divides by norms of any order along any axis', () => {
  const x = [
    [1, -2],
    [2, 0],
    [2, 0],
  ];
  expect([...normalize(x, 0).data]).toEqual([1 / 3, -1, 2 / 3, 0, 2 / 3, 0].map(Math.fround));
  expect([...normalize(x, -1, Infinity).data]).toEqual([0.5, -1, 1, 0, 1, 0]);
  expect([
    ...normalize(
      [
        [0, 0],
        [3, 1],
      ],
      -1,
      0,
    ).data,
  ]).toEqual([0, 0, 1.5, 0.5]);
  const cubes = normalize([[1, 2, 3]], 1, 3).data;
  expect(cubes[2]).toBeCloseTo(3 / Math.cbrt(36), 6);
});

test('empty sequences become rows of the fill value', () => {
  const padded = padSequences([[], [1, 2]], { value: 7 });
  expect([padded.shape, [...padded.data]]).toEqual([
    [2, 2],
    [7, 7, 1, 2],
  ]);
  expect(padSequences([]).shape).toEqual([0, 0]);
});

test('padded elements have the asked dtype', () => {
  expect(padSequences([[3, 0], [5]], { dtype: 'bool', value: 2 }).array()).toEqual([
    [1, 0],
    [1, 1],
  ]);
  expect(padSequences([[1]], { dtype: 'int64', maxlen: 2, value: 1.5 }).array()).toEqual([[1, 1]]);
});

test('padding checks its words and the shapes of elements', () => {
  expect(() => padSequences([[1]], { padding: 'left' as 'pre' })).toThrow(/padding.*left/);
  expect(() => padSequences([[1]], { dtype: 'complex' as 'int8' })).toThrow(/complex.*int8/);
  expect(() => padSequences([[[1, 2]], [[1]]])).toThrow(/\(2,\).*\(1,\).*position 1/);
});

test('windows without a batch size come one by one, in NumPy order when shuffled', async () => {
  const windows = timeseriesDatasetFromArray([0, 1, 2, 3, 4, 5, 6], null, 2, {
    batchSize: null,
    shuffle: true,
    seed: 9,
  });
  expect(windows.cardinality).toBe(6);
  expect(timeseriesDatasetFromArray([0, 1, 2, 3], null, { sequenceLength: 2, batchSize: 2 }).cardinality).toBe(2);
  const starts = (await windows.toArray()).map(window => window.data()[0]);
  // np.random.RandomState(9).shuffle(np.arange(6))
  expect(starts).toEqual([5, 1, 2, 3, 0, 4]);
});

test('windows that cannot be taken are refused', () => {
  const series = [1, 2, 3];
  expect(() => timeseriesDatasetFromArray(series, null, 2, { startIndex: 3 })).toThrow(/startIndex=3/);
  expect(() => timeseriesDatasetFromArray(series, null, 2, { startIndex: 2, endIndex: 1 })).toThrow(/endIndex=1/);
  expect(() => timeseriesDatasetFromArray(series, null, 2, { samplingRate: 0 })).toThrow(/samplingRate=0/);
  expect(() => timeseriesDatasetFromArray(series, null, 2, { sequenceStride: 3 })).toThrow(/sequenceStride=3/);
});

const values = async (set: Dataset<unknown>) => (await set.toArray()).map(each => (each as Tensor).data()[0]);

test('a split has the first and the last elements', async () => {
  const [left, right] = await splitDataset([0, 1, 2, 3, 4], { leftSize: 0.5 });
  // Python rounds 2.5 to 2.
  expect([await values(left), await values(right)]).toEqual([
    [0, 1],
    [2, 3, 4],
  ]);
  const [first, last] = await splitDataset(Dataset.range(6), { leftSize: 2, rightSize: 3 });
  expect([await first.toArray(), await last.toArray()]).toEqual([
    [0, 1],
    [3, 4, 5],
  ]);
});

test('a shuffled split is that of Python with the same seed', async () => {
  setRandomSeed(0);
  const [left] = await splitDataset(Dataset.range(10), { leftSize: 9, shuffle: true, seed: 21 });
  expect(await left.toArray()).toEqual([7, 0, 4, 1, 3, 9, 5, 8, 6]);
});

test('sizes that do not fit are refused', async () => {
  await expect(splitDataset([1, 2, 3], {})).rejects.toThrow(/at least one/);
  await expect(splitDataset([1, 2, 3], { leftSize: 3 })).rejects.toThrow(/smaller than 3.*Received: 3/);
  await expect(splitDataset([1, 2, 3], { leftSize: 2, rightSize: 2 })).rejects.toThrow(/sum of leftSize/);
});

test('packing and unpacking data for fit are inverse', () => {
  expect(packXYSampleWeight('x')).toBe('x');
  expect(packXYSampleWeight(['a', 'b'])).toEqual([['a', 'b']]);
  expect(unpackXYSampleWeight(packXYSampleWeight('x', 'y'))).toEqual(['x', 'y', null]);
  expect(unpackXYSampleWeight(packXYSampleWeight('x', 'y', 'w'))).toEqual(['x', 'y', 'w']);
  expect(unpackXYSampleWeight('x')).toEqual(['x', null, null]);
  expect(() => unpackXYSampleWeight([1, 2, 3, 4])).toThrow(/list of 4/);
});
