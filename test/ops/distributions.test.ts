import { describe, expect, test } from 'vitest';
import '../../src/compiler/evaluate.js';
import { beta, binomial, gamma } from '../../src/ops/distributions.js';
import { maxError } from '../support/kernel.js';

const alphas = [2.5, 0.3, 1, 0.05, 20, 100, 0.9, 3];

describe('distributions drawn by rejection', () => {
  // Recorded from keras.random 3.15.1 on JAX with the same arguments and seed.
  test('gamma draws what Keras draws', () => {
    const recorded = [
      5.562514781951904, 0.9108434319496155, 0.10628272593021393, 0.00012919094297103584, 16.134174346923828,
      105.5016098022461, 0.6433475613594055, 1.9125707149505615,
    ];
    expect(maxError(gamma([8], alphas, 'float32', 5).data(), recorded)).toBeLessThan(2e-6);
  });

  test('beta draws what Keras draws', () => {
    const recorded = [
      0.9881978631019592, 0.09444919228553772, 0.32974478602409363, 5.339585475559349e-30, 0.8908131122589111,
      0.9991113543510437, 0.6418952941894531, 0.6352345943450928,
    ];
    expect(maxError(beta([8], alphas, 0.5, 'float32', 5).data(), recorded)).toBeLessThan(2e-6);
  });

  test('binomial draws what Keras draws, by inversion, by rejection and both at once', () => {
    const counts = [10, 100, 100, 1000, 5, 0, 50, 40, 20, 30];
    const probabilities = [0.3, 0.3, 0.9, 0.02, 0.5, 0.5, 1, 0, 0.6, 0.4];
    const mixed = binomial([10], counts, probabilities, 'float32', 5);
    expect(Array.from(mixed.data())).toEqual([5, 36, 84, 16, 5, 0, 50, 0, 11, 13]);
    expect(Array.from(binomial([6], 100, 0.3, 'int32', 7).data())).toEqual([34, 35, 24, 35, 35, 29]);
    expect(Array.from(binomial([6], 3, 0.3, 'float32', 7).data())).toEqual([1, 0, 1, 2, 2, 0]);
  });

  test.each([
    ['gamma', (n: number) => gamma([n], 0.7, 'float32', 2), 0.7, 0.7],
    ['gamma of a large shape', (n: number) => gamma([n], 30, 'float32', 2), 30, 30],
    ['beta', (n: number) => beta([n], 2, 3, 'float32', 2), 0.4, 0.04],
    ['binomial', (n: number) => binomial([n], 200, 0.4, 'float32', 2), 80, 48],
    ['binomial of rare successes', (n: number) => binomial([n], 200, 0.98, 'float32', 2), 196, 3.92],
  ] as const)('%s has its mean and variance', (_, draw, mean, variance) => {
    const n = 40000;
    const values = draw(n).data();
    let [sum, squares] = [0, 0];
    for (const value of values) {
      sum += value;
      squares += (value - mean) ** 2;
    }
    // Five standard errors of the mean; the variance of these has a standard error below 2 %.
    expect(Math.abs(sum / n - mean)).toBeLessThan(5 * Math.sqrt(variance / n));
    expect(Math.abs(squares / n / variance - 1)).toBeLessThan(0.08);
  });

  test('parameters that make no sense give NaN, and end', () => {
    expect(Array.from(binomial([3], [-1, 5, 5], [0.5, 1.5, Number.NaN], 'float32', 1).data())).toEqual([
      Number.NaN,
      Number.NaN,
      Number.NaN,
    ]);
    expect(gamma([1], [Number.NaN], 'float32', 1).data()[0]).toBeNaN();
  });

  test('parameters broadcast to the shape, or the message says so', () => {
    expect(gamma([2, 3], [[1], [2]], 'float32', 1).shape).toEqual([2, 3]);
    expect(() => gamma([3], [1, 2], 'float32', 1)).toThrow(/\(2,\)/);
  });
});
