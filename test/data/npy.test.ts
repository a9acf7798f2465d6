import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { encodeNpy, encodeNpz, loadNpy, loadNpz, parseNpy, parseNpz } from '../../src/data/npy.js';
import { PickledArray, parsePickle } from '../../src/data/pickle.js';
import { NDArray } from '../../src/ndarray.js';
import * as files from '../support/numpyFiles.js';

const expectArray = (array: NDArray, shape: readonly number[], data: ArrayLike<number>) => {
  expect(array.shape).toEqual(shape);
  expect(array.data).toEqual(data);
};

test('arrays of NumPy come with their shapes and the nearest types', () => {
  expectArray(parseNpy(files.float64), [3, 2], Float64Array.of(1.5, -2, 3, 4, 5, 6));
  expectArray(parseNpy(files.bigEndianInt32), [3], Int32Array.of(1, -2, 70000));
  expectArray(parseNpy(files.booleans), [1, 2], Uint8Array.of(1, 0));
  expectArray(parseNpy(files.scalarFloat32), [], Float32Array.of(2.5));
});

test('Fortran order becomes C order', () => {
  expectArray(
    parseNpy(files.fortranInt16),
    [2, 3, 4],
    Int16Array.from({ length: 24 }, (_, i) => i),
  );
});

test('64-bit integers become int32 if all fit, and float64 otherwise', () => {
  expectArray(parseNpy(files.int64), [3], Int32Array.of(1, -2, 2 ** 31 - 1));
  expectArray(parseNpy(files.wideInt64), [2], Float64Array.of(1, 2 ** 40));
});

test('half precision becomes float32, with subnormal, infinite and undefined numbers', () => {
  expectArray(parseNpy(files.float16), [7], Float32Array.of(1.5, -0.25, 2 ** -24, 65504, Infinity, NaN, 0));
});

test('a compressed npz file has its arrays by name', async () => {
  const { a, b } = await parseNpz(files.compressedNpz);
  expectArray(a!, [3], Uint8Array.of(0, 1, 2));
  expectArray(b!, [2, 2], Float32Array.of(1, 1, 1, 1));
});

test('written files are byte for byte those of NumPy', () => {
  const header = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
  expect(header(encodeNpy(new NDArray(Float64Array.of(1.5, -2, 3, 4, 5, 6), [3, 2])))).toBe(header(files.float64));
  expect(header(encodeNpy(new NDArray(Float32Array.of(2.5), [])))).toBe(header(files.scalarFloat32));
});

test('arrays of every type survive a file', async () => {
  const arrays = {
    a: new NDArray(Int8Array.of(-1), [1]),
    b: new NDArray(Uint16Array.of(1, 65535), [2, 1]),
    c: new NDArray(Int32Array.of(-7), [1, 1]),
    d: new NDArray(Uint8ClampedArray.of(3), [1]),
  };
  const folder = mkdtempSync(join(tmpdir(), 'kerasm-npy-'));
  try {
    writeFileSync(join(folder, 'all.npz'), await encodeNpz(arrays));
    const read = await loadNpz(join(folder, 'all.npz'));
    expect(Object.keys(read)).toEqual(['a', 'b', 'c', 'd']);
    for (const [name, { data, shape }] of Object.entries(arrays)) {
      expect([read[name]!.shape, [...read[name]!.data]]).toEqual([shape, [...data]]);
    }
    writeFileSync(join(folder, 'b.npy'), encodeNpy(arrays.b));
    expectArray(await loadNpy(join(folder, 'b.npy')), [2, 1], arrays.b.data);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('damaged and foreign files are refused by name', async () => {
  expect(() => parseNpy(new Uint8Array(20), 'x.npy')).toThrow(/x\.npy.*20 bytes/);
  expect(() => parseNpy(files.float64.subarray(0, 170), 'x.npy')).toThrow(/x\.npy is cut off: expected 48 bytes.*42/);
  expect(() => parseNpy(files.float64.subarray(0, 60), 'x.npy')).toThrow(/x\.npy.*header/);
  await expect(parseNpz(files.float64, 'x.npz')).rejects.toThrow(/x\.npz \(176 bytes\)/);
  const strings = Buffer.from(files.float64).toString('latin1').replace("'<f8'", "'<U8'");
  expect(() => parseNpy(new Uint8Array(Buffer.from(strings, 'latin1')), 'x.npy')).toThrow(/'<U8'/);
});

test.each([
  ['2', files.listsProtocol2],
  ['4', files.listsProtocol4],
])('lists in an array come out of a pickle of protocol %s', (_, bytes) => {
  const array = parsePickle(bytes, 'lists') as PickledArray;
  expect(array).toBeInstanceOf(PickledArray);
  expect([array.shape, array.type, array.data]).toEqual([
    [2],
    'O8',
    [
      [1, 300],
      [70000, -5],
    ],
  ]);
});

test.each([
  ['2', files.mixedProtocol2],
  ['4', files.mixedProtocol4],
])('numbers, texts, tuples and dicts come out of a pickle of protocol %s', (_, bytes) => {
  expect(parsePickle(bytes, 'mixed')).toEqual(
    new Map<string, unknown>([
      ['a', [1.5, null, true, false, -(2 ** 40), 'é', Uint8Array.of(120)]],
      ['t', [1, [2, 3], [4, 5, 6, 7]]],
      ['e', []],
    ]),
  );
});

test('a pickle that would run a command is refused', () => {
  expect(() => parsePickle(files.systemCall, 'evil.pkl')).toThrow(/posix\.system.*evil\.pkl/);
});

test('a damaged pickle is refused', () => {
  expect(() => parsePickle(files.listsProtocol2.subarray(0, 50), 'x.pkl')).toThrow(/x\.pkl is cut off/);
  expect(() => parsePickle(Uint8Array.of(0x80, 2, 0xff), 'x.pkl')).toThrow(/instruction 255 at byte 2/);
});
