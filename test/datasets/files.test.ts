// Data sets from small files of the same formats. The expected texts are what Keras 3.15 makes of these files.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'fflate';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeNpz } from '../../src/data/npy.js';
import * as bostonHousing from '../../src/datasets/bostonHousing.js';
import * as californiaHousing from '../../src/datasets/californiaHousing.js';
import * as cifar10 from '../../src/datasets/cifar10.js';
import * as cifar100 from '../../src/datasets/cifar100.js';
import * as fashionMnist from '../../src/datasets/fashionMnist.js';
import * as imdb from '../../src/datasets/imdb.js';
import * as mnist from '../../src/datasets/mnist.js';
import * as reuters from '../../src/datasets/reuters.js';
import type { TextPart } from '../../src/datasets/sequences.js';
import { setImageDataFormat } from '../../src/defaults.js';
import { NDArray } from '../../src/ndarray.js';
import { imdbNpz, reutersNpz } from '../support/numpyFiles.js';
import { tarOf } from '../support/tar.js';

let folder: string;
const write = (name: string, bytes: Uint8Array | string) => {
  mkdirSync(join(folder, name, '..'), { recursive: true });
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kerasm-datasets-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const plain = (parts: TextPart[]) => parts.map(([x, y]) => [x, [...y.data]]);

test('imdb: the reviews in the order of Keras, with marks', async () => {
  const path = write('imdb.npz', imdbNpz);
  expect(plain(await imdb.loadData({ path }))).toEqual([
    [
      [
        [1, 23, 25, 54],
        [1, 51, 57, 4, 7, 7, 43, 303, 2],
        [1, 42, 43, 27],
        [1, 27, 10, 28, 28, 16, 62],
        [1, 21, 41],
        [1, 17, 12, 13],
      ],
      [1, 0, 0, 1, 1, 0],
    ],
    [
      [
        [1, 55, 20, 55, 9, 19, 51],
        [1, 22, 39],
        [1, 23, 18, 43, 36, 5],
        [1, 53, 55],
      ],
      [1, 0, 1, 0],
    ],
  ]);
});

test('imdb: options for words, lengths and marks', async () => {
  const path = write('imdb.npz', imdbNpz);
  const options = { path, numWords: 30, skipTop: 5, maxlen: 7, seed: 5, startChar: null, oovChar: null, indexFrom: 2 };
  expect(plain(await imdb.loadData(options))).toEqual([
    [
      [[16, 11, 12], [26, 9, 27, 27, 15], [20], [22, 24], [26]],
      [0, 1, 1, 1, 0],
    ],
    [
      [[19, 8, 18], [21], [], [22, 17]],
      [1, 0, 0, 1],
    ],
  ]);
  await expect(imdb.loadData({ path, maxlen: 2 })).rejects.toThrow(/maxlen=2.*Increase/);
});

test('reuters: the newswires in the order of Keras', async () => {
  const path = write('reuters.npz', reutersNpz);
  expect(plain(await reuters.loadData({ path, numWords: 40, testSplit: 0.4, oovChar: 9 }))).toEqual([
    [
      [
        [1, 9, 36, 35],
        [1, 9, 27, 39, 15],
        [1, 9, 9],
        [1, 4, 18, 39, 9, 16],
        [1, 9, 9, 15, 9, 22],
      ],
      [0, 5, 15, 40, 35],
    ],
    [
      [
        [1, 9, 9, 9],
        [1, 9, 32, 38, 4],
        [1, 9, 21],
        [1, 9, 9, 9, 35, 9, 5],
      ],
      [30, 10, 20, 25],
    ],
  ]);
  expect(reuters.getLabelNames()).toHaveLength(46);
  expect(reuters.getLabelNames()[3]).toBe('earn');
});

test('word indices are read from JSON', async () => {
  const path = write('words.json', '{"the": 1, "constructor": 2}');
  expect(await imdb.getWordIndex({ path })).toEqual({ the: 1, constructor: 2 });
  expect(await reuters.getWordIndex({ path })).toEqual({ the: 1, constructor: 2 });
});

function table(rows: number): Promise<Uint8Array> {
  const x = new NDArray(
    Float64Array.from({ length: 2 * rows }, (_, i) => i),
    [rows, 2],
  );
  return encodeNpz({
    x,
    y: new NDArray(
      Float64Array.from({ length: rows }, (_, i) => 10 * i),
      [rows],
    ),
  });
}

test('bostonHousing: rows and targets in the order of Keras', async () => {
  const [[x, y], [xTest, yTest]] = await bostonHousing.loadData({ path: write('boston.npz', await table(10)) });
  expect([...y.data]).toEqual([90, 30, 60, 10, 0, 70, 40, 80]);
  expect([...x.data]).toEqual([18, 19, 6, 7, 12, 13, 2, 3, 0, 1, 14, 15, 8, 9, 16, 17]);
  expect([xTest.shape, [...xTest.data], [...yTest.data]]).toEqual([
    [2, 2],
    [4, 5, 10, 11],
    [20, 50],
  ]);
});

test('californiaHousing: the small version has the first 600 rows', async () => {
  const path = write('california.npz', await table(700));
  const [[x, y], [xTest]] = await californiaHousing.loadData({ path, version: 'small', testSplit: 0.25 });
  expect([x.shape, xTest.shape]).toEqual([
    [450, 2],
    [150, 2],
  ]);
  expect(Math.max(...y.data)).toBeLessThan(6000);
  const [[all]] = await californiaHousing.loadData({ path, testSplit: 0 });
  expect(all.shape).toEqual([700, 2]);
  await expect(californiaHousing.loadData({ path, version: 'medium' as 'small' })).rejects.toThrow(/medium/);
  await expect(californiaHousing.loadData({ path, testSplit: 1 })).rejects.toThrow(/testSplit: 1/);
});

/** A batch as Python 2 wrote those of CIFAR: `pickle.dump({'data': array, 'labels': [...]}, file, 2)`. */
function python2Batch(labelKey: string, labels: readonly number[], pixels: Uint8Array): Uint8Array {
  const string = (text: string) => [0x55, text.length, ...Buffer.from(text)];
  const name = (module: string, member: string) => [0x63, ...Buffer.from(`${module}\n${member}\n`)];
  const int32 = (value: number) => [...new Uint8Array(Int32Array.of(value).buffer)];
  const reconstruct = [
    ...name('numpy.core.multiarray', '_reconstruct'),
    ...name('numpy', 'ndarray'),
    0x4b,
    0,
    0x85,
    ...string('b'),
    0x87,
    0x52,
  ];
  const type = [...name('numpy', 'dtype'), ...string('u1'), 0x4b, 0, 0x4b, 1, 0x87, 0x52];
  const typeState = [
    0x28,
    0x4b,
    3,
    ...string('|'),
    0x4e,
    0x4e,
    0x4e,
    0x4a,
    ...int32(-1),
    0x4a,
    ...int32(-1),
    0x4b,
    0,
    0x74,
    0x62,
  ];
  const shape = [0x4b, labels.length, 0x4d, 0, 12, 0x86];
  const array = [
    ...reconstruct,
    0x28,
    0x4b,
    1,
    ...shape,
    ...type,
    ...typeState,
    0x89,
    0x54,
    ...int32(pixels.length),
    ...pixels,
    0x74,
    0x62,
  ];
  const list = [0x5d, 0x71, 1, 0x28, ...labels.flatMap(label => [0x4b, label]), 0x65];
  return Uint8Array.from([
    0x80,
    2,
    0x7d,
    0x71,
    0,
    0x28,
    ...string('data'),
    ...array,
    ...string(labelKey),
    ...list,
    0x75,
    0x2e,
  ]);
}

/** Images whose value at a pixel and colour tells which they are. */
const pixelsOf = (labels: readonly number[]) =>
  Uint8Array.from(
    { length: labels.length * 3072 },
    (_, i) => (labels[Math.floor(i / 3072)]! * 50 + Math.floor((i % 3072) / 1024) * 7 + ((i % 3072) % 11)) & 255,
  );

test('cifar10: the batches of an archive, colours last', async () => {
  const files: { [name: string]: Uint8Array } = {};
  for (let i = 1; i <= 5; i++)
    files[`cifar-10-batches-py/data_batch_${i}`] = python2Batch('labels', [i, 9 - i], pixelsOf([i, 9 - i]));
  files['cifar-10-batches-py/test_batch'] = python2Batch('labels', [7], pixelsOf([7]));
  const path = write('cifar-10-python.tar.gz', gzipSync(tarOf(files)));
  const [[x, y], [xTest, yTest]] = await cifar10.loadData({ path });
  expect([x.shape, y.shape, xTest.shape, yTest.shape]).toEqual([
    [10, 32, 32, 3],
    [10, 1],
    [1, 32, 32, 3],
    [1, 1],
  ]);
  expect([...y.data, ...yTest.data]).toEqual([1, 8, 2, 7, 3, 6, 4, 5, 5, 4, 7]);
  const planes = pixelsOf([...y.data]);
  for (const [image, row, column, color] of [
    [0, 0, 0, 0],
    [0, 0, 1, 2],
    [3, 31, 30, 1],
    [9, 5, 7, 2],
  ] as const) {
    const got = x.data[((image * 32 + row) * 32 + column) * 3 + color];
    expect(got).toBe(planes[image * 3072 + color * 1024 + row * 32 + column]);
  }
  for (const [name, bytes] of Object.entries(files)) write(name, bytes);
  const [[again]] = await cifar10.loadData({ path: join(folder, 'cifar-10-batches-py') });
  expect(again.data).toEqual(x.data);
});

test('options by position, and what is no option', async () => {
  const path = write('imdb.npz', imdbNpz);
  const byName = await imdb.loadData({ path, numWords: 30, maxlen: 7 });
  expect(plain(await imdb.loadData(path, 30, { maxlen: 7 }))).toEqual(plain(byName));
  await expect(imdb.loadData({ num_words: 5 } as never)).rejects.toThrow(
    'imdb.loadData: unknown argument "num_words". Expected some of path, numWords',
  );
});

test('cifar100: fine and coarse labels, and colours where the image data format has them', async () => {
  const fine = python2Batch('fine_labels', [99, 3], pixelsOf([1, 2]));
  write('cifar-100/train', fine);
  write('cifar-100/test', fine);
  const path = join(folder, 'cifar-100');
  const [[, y]] = await cifar100.loadData({ path });
  expect([...y.data]).toEqual([99, 3]);
  setImageDataFormat('channels_first');
  const [[x]] = await cifar100.loadData({ path }).finally(() => setImageDataFormat('channels_last'));
  expect(x.shape).toEqual([2, 3, 32, 32]);
  expect(x.data).toEqual(pixelsOf([1, 2]));
  await expect(cifar100.loadData({ path, labelMode: 'coarse' })).rejects.toThrow(/train.*coarse_labels/);
  await expect(cifar100.loadData({ path, labelMode: 'rough' as 'fine' })).rejects.toThrow(/rough/);
});

test('an archive without a batch names it', async () => {
  const path = write('empty.tar.gz', gzipSync(tarOf({ readme: Uint8Array.of(1) })));
  await expect(cifar10.loadData({ path })).rejects.toThrow(/data_batch_1/);
});

test('fashionMnist: packed IDX files', async () => {
  const images = gzipSync(Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 5, 6, 7, 8));
  const labels = gzipSync(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 9, 3));
  for (const part of ['train', 't10k']) {
    write(`fashion/${part}-images-idx3-ubyte.gz`, images);
    write(`fashion/${part}-labels-idx1-ubyte.gz`, labels);
  }
  const [[x, y], [xTest]] = await fashionMnist.loadData({ path: join(folder, 'fashion') });
  expect([x.shape, [...x.data], [...y.data], xTest.shape]).toEqual([
    [2, 1, 2],
    [5, 6, 7, 8],
    [9, 3],
    [2, 1, 2],
  ]);
});

test("mnist: Keras's own file", async () => {
  const array = (...values: number[]) => new NDArray(Uint8Array.from(values), [values.length]);
  const all = { x_train: array(1, 2), y_train: array(3), x_test: array(4), y_test: array(5) };
  const [[x, y], [xTest, yTest]] = await mnist.loadData({ path: write('mnist.npz', await encodeNpz(all)) });
  expect([x, y, xTest, yTest].map(({ data }) => [...data])).toEqual([[1, 2], [3], [4], [5]]);
  await expect(mnist.loadData({ path: write('less.npz', await encodeNpz({ x_train: array(1) })) })).rejects.toThrow(
    /y_train/,
  );
});
