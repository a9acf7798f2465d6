// The expected numbers are what Keras 3.15 on JAX gives.

import { expect, test } from 'vitest';
import '../../src/compiler/evaluate.js';
import { tensor } from '../../src/graph/apply.js';
import { NDArray } from '../../src/ndarray.js';
import { smartResize } from '../../src/preprocessing/image.js';

const ramp = Float32Array.from({ length: 48 }, (_, i) => i);

test('smartResize cuts to the wanted shape before it resizes', () => {
  const small = smartResize(new NDArray(ramp, [6, 8, 1]), [3, 3]);
  expect(small.shape).toEqual([3, 3, 1]);
  expect([...small.data()]).toEqual([5.5, 7.5, 9.5, 21.5, 23.5, 25.5, 37.5, 39.5, 41.5]);
});

test('a batch of pictures with the channels first, by nearest points', () => {
  const options = { interpolation: 'nearest', dataFormat: 'channels_first' } as const;
  const small = smartResize(tensor(ramp, [1, 1, 6, 8]), [2, 4], options);
  expect(small.shape).toEqual([1, 1, 2, 4]);
  expect([...small.data()]).toEqual([17, 19, 21, 23, 33, 35, 37, 39]);
});
