import { describe, expect, test } from 'vitest';
import { jit } from '../../src/compiler/function.js';
import type { Tensor } from '../../src/graph/tensor.js';
import { type DepthwiseConvOptions, depthwiseConv, separableConv } from '../../src/ops/depthwise.js';
import { exp, square } from '../../src/ops/elementwise.js';
import { transpose } from '../../src/ops/movement.js';
import { sum } from '../../src/ops/reduce.js';
import { ready } from '../../src/runtime/engine.js';
import { checkGradients, expectTensor, randomTensor } from '../support/op.js';

/** Depthwise convolution with any padding in front by definition, x [n, h, w, c], kernel [kh, kw, c, m]. */
function reference(
  x: ArrayLike<number>,
  [n, h, w, c]: readonly [number, number, number, number],
  kernel: ArrayLike<number>,
  [kh, kw, m]: readonly [number, number, number],
  [oh, ow]: readonly [number, number],
  stride: number,
  dilation: number,
  [ph, pw]: readonly [number, number],
): Float64Array {
  const y = new Float64Array(n * oh * ow * c * m);
  let out = 0;
  for (let b = 0; b < n; b++)
    for (let i = 0; i < oh; i++)
      for (let j = 0; j < ow; j++)
        for (let channel = 0; channel < c * m; channel++, out++)
          for (let s = 0; s < kh; s++)
            for (let t = 0; t < kw; t++) {
              const p = i * stride + s * dilation - ph;
              const q = j * stride + t * dilation - pw;
              if (p < 0 || p >= h || q < 0 || q >= w) continue;
              const source = ((b * h + p) * w + q) * c + Math.floor(channel / m);
              y[out]! += x[source]! * kernel[(s * kw + t) * c * m + channel]!;
            }
  return y;
}

describe('depthwiseConv', () => {
  test('a multiplier puts the filters of one channel side by side', () => {
    const x = randomTensor([2, 6, 7, 3], 1);
    const kernel = randomTensor([3, 2, 3, 2], 2);
    const y = depthwiseConv(x, kernel, { strides: 2, padding: 'same' });
    const expected = reference(x.data(), [2, 6, 7, 3], kernel.data(), [3, 2, 2], [3, 4], 2, 1, [0, 0]);
    expectTensor(y, expected, [2, 3, 4, 6]);
  });

  test('dilation spreads the taps', () => {
    const x = randomTensor([1, 8, 9, 5], 1);
    const kernel = randomTensor([3, 3, 5, 1], 2);
    const y = depthwiseConv(x, kernel, { dilationRate: 2 });
    expectTensor(y, reference(x.data(), [1, 8, 9, 5], kernel.data(), [3, 3, 1], [4, 5], 1, 2, [0, 0]), [1, 4, 5, 5]);
  });

  test('one spatial dimension, and channels first', () => {
    const x = randomTensor([2, 9, 4], 1);
    const kernel = randomTensor([3, 4, 1], 2);
    const last = depthwiseConv(x, kernel, { padding: 'same' });
    expectTensor(last, reference(x.data(), [2, 1, 9, 4], kernel.data(), [1, 3, 1], [1, 9], 1, 1, [0, 1]), [2, 9, 4]);
    const first = depthwiseConv(transpose(x, [0, 2, 1]), kernel, { padding: 'same', dataFormat: 'channels_first' });
    expectTensor(transpose(first, [0, 2, 1]), last.data(), [2, 9, 4], 0);
  });

  // Strides and dilations with and without common factors: each has its own pattern of taps per input position.
  const geometries: DepthwiseConvOptions[] = [
    {},
    { padding: 'same' },
    { strides: 2, padding: 'same' },
    { strides: 3 },
    { strides: 2, dilationRate: 2, padding: 'same' },
    { strides: 2, dilationRate: 3, padding: 'same' },
    { strides: [1, 4], dilationRate: [2, 6], padding: 'same' },
    { strides: 5 },
  ];
  test.each(geometries)('gradients of input and kernel with %j', options => {
    checkGradients(
      (x, kernel) => depthwiseConv(x, kernel, options),
      [randomTensor([1, 7, 8, 5], 1), randomTensor([3, 3, 5, 1], 2)],
    );
  });

  test('gradients with a multiplier and in one dimension', () => {
    checkGradients((x, kernel) => depthwiseConv(x, kernel), [randomTensor([2, 5, 2], 1), randomTensor([2, 2, 3], 2)]);
  });

  test('computes anew each time a program of several threads runs it on one of them', async () => {
    await ready();
    const kernel = randomTensor([2, 2, 1, 1], 2);
    const fn = jit((x: Tensor, large: Tensor) => [depthwiseConv(x, kernel), sum(exp(large))]);
    const large = randomTensor([1000, 1000], 3);
    for (const seed of [4, 5]) {
      const x = randomTensor([1, 3, 3, 1], seed);
      const expected = reference(x.data(), [1, 3, 3, 1], kernel.data(), [2, 2, 1], [2, 2], 1, 1, [0, 0]);
      expectTensor(fn(x, large)[0]!, expected, [1, 2, 2, 1]);
    }
  });

  test('the gradients can be differentiated', () => {
    checkGradients(
      (x, kernel) => square(depthwiseConv(x, kernel, { strides: 2, padding: 'same' })),
      [randomTensor([1, 4, 3, 2], 1), randomTensor([2, 3, 2, 1], 2)],
      { second: true },
    );
  });

  test('a kernel for another number of channels is refused', () => {
    expect(() => depthwiseConv(randomTensor([1, 4, 4, 3]), randomTensor([2, 2, 4, 1]))).toThrow(
      /kernel of shape \(..., 3, multiplier\) for an input with 3 channels. Received kernel shape \(2, 2, 4, 1\)/,
    );
    expect(() => depthwiseConv(randomTensor([4, 4, 3]), randomTensor([2, 2, 3, 1]))).toThrow(/of the same rank/);
  });
});

describe('separableConv', () => {
  test('mixes the channels of the depthwise result, in either format', () => {
    const x = randomTensor([2, 5, 3], 1);
    const kernels = [randomTensor([2, 3, 2], 2), randomTensor([1, 6, 4], 3)] as const;
    const y = depthwiseConv(x, kernels[0]).data();
    const w = kernels[1].data();
    const expected = Array.from({ length: 2 * 4 * 4 }, (_, i) => {
      const [pixel, filter] = [Math.floor(i / 4), i % 4];
      return Array.from({ length: 6 }, (__, c) => y[pixel * 6 + c]! * w[c * 4 + filter]!).reduce((a, b) => a + b, 0);
    });
    expectTensor(separableConv(x, ...kernels), expected, [2, 4, 4]);
    const first = separableConv(transpose(x, [0, 2, 1]), ...kernels, { dataFormat: 'channels_first' });
    expectTensor(transpose(first, [0, 2, 1]), expected, [2, 4, 4]);
  });

  test('gradients of input and both kernels', () => {
    checkGradients(
      (x, d, p) => separableConv(x, d, p, { strides: 2, padding: 'same' }),
      [randomTensor([1, 4, 5, 2], 1), randomTensor([3, 3, 2, 2], 2), randomTensor([1, 1, 4, 3], 3)],
    );
  });

  test('a pointwise kernel for other channels is refused', () => {
    expect(() => separableConv(randomTensor([1, 4, 2]), randomTensor([2, 2, 1]), randomTensor([1, 3, 4]))).toThrow(
      /pointwise kernel of shape \(1, 2, filters\). Received shape \(1, 3, 4\)/,
    );
  });
});
