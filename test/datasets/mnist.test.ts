import { expect, test } from 'vitest';
import { parseIdx } from '../../src/datasets/idx.js';
import { loadData } from '../../src/datasets/mnist.js';

test('the installed package gives the 60,000 and 10,000 digits of MNIST', async () => {
  const [[xTrain, yTrain], [xTest, yTest]] = await loadData();
  expect([xTrain.shape, yTrain.shape, xTest.shape, yTest.shape]).toEqual([
    [60000, 28, 28],
    [60000],
    [10000, 28, 28],
    [10000],
  ]);
  expect([...yTrain.data.subarray(0, 5)]).toEqual([5, 0, 4, 1, 9]);
  expect([...yTest.slice(-3).data]).toEqual([4, 5, 6]);
  const perClass = new Array<number>(10).fill(0);
  for (const label of yTrain.data) perClass[label]!++;
  expect(perClass).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
});

test('a damaged or foreign file is refused by name', () => {
  expect(() => parseIdx(new Uint8Array(3), 'labels')).toThrow(/labels.*IDX/);
  expect(() => parseIdx(Uint8Array.from([0, 0, 8, 1, 0, 0, 0, 5, 1, 2]), 'labels')).toThrow(/13 bytes.*Received 10/);
});

test('missing files are an error that says what to do', async () => {
  await expect(loadData({ path: 'no/such/folder' })).rejects.toThrow(/no\/such\/folder/);
});
