import { describe, expect, test } from 'vitest';
import { builds, engineFor, maxError, randomFloats, runKernel } from '../support/kernel.js';

const epsilon = 1e-3;

/** Column j of a row-major [rows, c] array. */
function column(x: ArrayLike<number>, rows: number, c: number, j: number): number[] {
  return Array.from({ length: rows }, (_, i) => x[i * c + j]!);
}

function moments(values: readonly number[]) {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
  return { mean, variance };
}

function forward(
  engine: Awaited<ReturnType<typeof engineFor>>,
  x: Float32Array,
  y: Float32Array,
  rows: number,
  c: number,
) {
  const gamma = randomFloats(c, 2);
  const beta = randomFloats(c, 3);
  const mean = new Float32Array(c).fill(NaN);
  const variance = new Float32Array(c).fill(NaN);
  const workspace = new Float32Array(2 * c * engine.threads).fill(NaN);
  runKernel(engine, 'batchNorm', { x, gamma, beta, y, mean, variance, workspace, rows, c, epsilon });
  return { gamma, beta, mean, variance };
}

describe.each(builds)('batch normalization kernels, %s build', build => {
  describe.each([1, 2])('on %i threads', threads => {
    describe.each([1, 2, 9, 1000])('%i rows', rows => {
      test.each([1, 2, 3, 4, 5, 7, 8, 16, 17, 37])('%i channels', async c => {
        const engine = await engineFor(build, threads);
        const x = randomFloats(rows * c, 1).map((v, i) => v + ((i % c) % 5) / 2);
        const y = new Float32Array(rows * c).fill(NaN);
        const { gamma, beta, mean, variance } = forward(engine, x, y, rows, c);
        const dy = randomFloats(rows * c, 4);
        const dmean = randomFloats(c, 5);
        const dvariance = randomFloats(c, 6);
        const dx = new Float32Array(rows * c).fill(NaN);
        const dgamma = new Float32Array(c).fill(NaN);
        const dbeta = new Float32Array(c).fill(NaN);
        runKernel(engine, 'batchNormGrad', {
          x,
          gamma,
          mean,
          variance,
          dy,
          dmean,
          dvariance,
          dx,
          dgamma,
          dbeta,
          workspace: new Float32Array(3 * c * threads).fill(NaN),
          rows,
          c,
          epsilon,
        });
        for (let j = 0; j < c; j++) {
          const xs = column(x, rows, c, j);
          const dys = column(dy, rows, c, j);
          const exact = moments(xs);
          expect(maxError([mean[j]!, variance[j]!], [exact.mean, exact.variance])).toBeLessThan(1e-6);
          const r = 1 / Math.sqrt(exact.variance + epsilon);
          const z = xs.map(v => (v - exact.mean) * r);
          expect(
            maxError(
              column(y, rows, c, j),
              z.map(v => v * gamma[j]! + beta[j]!),
            ),
          ).toBeLessThan(1e-5);
          const sum = dys.reduce((a, b) => a + b, 0);
          const product = dys.reduce((a, b, i) => a + b * z[i]!, 0);
          expect(maxError([dbeta[j]!, dgamma[j]!], [sum, product])).toBeLessThan(1e-5);
          const expected = dys.map(
            (v, i) =>
              gamma[j]! * r * (v - sum / rows - (z[i]! * product) / rows) +
              dmean[j]! / rows +
              (2 * dvariance[j]! * (xs[i]! - exact.mean)) / rows,
          );
          expect(maxError(column(dx, rows, c, j), expected)).toBeLessThan(2e-5);
        }
      });
    });

    test('y may be x, and dx may be dy', async () => {
      const engine = await engineFor(build, threads);
      const [rows, c] = [33, 19];
      const x = randomFloats(rows * c, 1);
      const y = new Float32Array(rows * c);
      const { gamma, mean, variance } = forward(engine, x, y, rows, c);
      const inPlace = x.slice();
      forward(engine, inPlace, inPlace, rows, c);
      expect(inPlace).toEqual(y);
      const gradient = (dy: Float32Array, dx: Float32Array) =>
        runKernel(engine, 'batchNormGrad', {
          x,
          gamma,
          mean,
          variance,
          dy,
          dmean: mean,
          dvariance: mean,
          dx,
          dgamma: new Float32Array(c),
          dbeta: new Float32Array(c),
          workspace: new Float32Array(3 * c * threads),
          rows,
          c,
          epsilon,
        });
      const dy = randomFloats(rows * c, 4);
      const dx = new Float32Array(rows * c);
      gradient(dy, dx);
      gradient(dy, dy);
      expect(dy).toEqual(dx);
    });

    test('the variance keeps its digits where the mean is a thousand times the deviation', async () => {
      const engine = await engineFor(build, threads);
      const [rows, c] = [20_000, 6];
      const x = randomFloats(rows * c, 1).map(v => 1000 + v);
      const { variance } = forward(engine, x, new Float32Array(rows * c), rows, c);
      const exact = Array.from({ length: c }, (_, j) => moments(column(x, rows, c, j)).variance);
      expect(maxError(variance, exact)).toBeLessThan(1e-5);
    });
  });
});
