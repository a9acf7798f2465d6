import { expect, test } from 'vitest';
import { arrayToImg, imgToArray } from '../../src/utils/images.js';

const picture = { width: 2, height: 1, data: Uint8ClampedArray.of(255, 0, 10, 128, 1, 2, 3, 255) };

test('a picture becomes an array of its channels', () => {
  const rgb = imgToArray(picture);
  expect([rgb.shape, [...rgb.data]]).toEqual([
    [1, 2, 3],
    [255, 0, 10, 1, 2, 3],
  ]);
  const first = imgToArray(picture, { colorMode: 'rgba', dataFormat: 'channels_first' });
  expect([first.shape, [...first.data]]).toEqual([
    [4, 1, 2],
    [255, 1, 0, 2, 10, 3, 128, 255],
  ]);
});

test('grey values weigh the colours as ITU-R 601 does', () => {
  const grey = imgToArray(picture, { colorMode: 'grayscale' });
  // 0.299 · 255 + 0.114 · 10 = 77.4 and 0.299 · 1 + 0.587 · 2 + 0.114 · 3 = 1.8
  expect([grey.shape, [...grey.data]]).toEqual([
    [1, 2, 1],
    [77, 2],
  ]);
});

test('an array becomes a picture with its values spread over 0 to 255, fractions cut off', () => {
  const { width, height, data } = arrayToImg([[[-1], [0], [2]]]);
  expect([width, height]).toEqual([3, 1]);
  expect([...data]).toEqual([0, 0, 0, 255, 85, 85, 85, 255, 255, 255, 255, 255]);
  expect([...arrayToImg([[[0, 0, 0]]]).data]).toEqual([0, 0, 0, 255]);
});

test('a picture survives the way through an array', () => {
  for (const dataFormat of ['channels_last', 'channels_first'] as const) {
    const array = imgToArray(picture, { colorMode: 'rgba', dataFormat });
    expect(arrayToImg(array, { scale: false, dataFormat })).toEqual(picture);
  }
});

test('arrays and pictures of the wrong size are refused', () => {
  expect(() => arrayToImg([[1, 2]])).toThrow(/rank 3.*\(1, 2\)/);
  expect(() => arrayToImg([[[1, 2]]])).toThrow(/channel number: 2/);
  expect(() => imgToArray({ width: 2, height: 2, data: new Uint8Array(3) })).toThrow(/2 x 2 points.*3 bytes/);
});
