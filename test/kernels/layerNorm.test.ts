import { describe, expect, test } from 'vitest';
import { builds, engineFor, maxError, randomFloats, runKernel } from '../support/kernel.js';

const epsilon = 1e-3;

describe.each(builds)('layer normalization kernels, %s build', build => {
  describe.each([1, 2])('on %i threads', threads => {
    describe.each([1, 7, 64])('%i rows', rows => {
      test.each([1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 250])('%i columns', async c => {
        const engine = await engineFor(build, threads);
        const x = randomFloats(rows * c, 1).map((v, i) => 2 * v + (i % 3));
        const gamma = randomFloats(c, 2);
        const beta = randomFloats(c, 3);
        const dy = randomFloats(rows * c, 4);
        const y = new Float32Array(rows * c).fill(NaN);
        runKernel(engine, 'layerNorm', { x, gamma, beta, y, rows, c, epsilon });
        const dx = new Float32Array(rows * c).fill(NaN);
        const dgamma = new Float32Array(c).fill(NaN);
        const dbeta = new Float32Array(c).fill(NaN);
        const workspace = new Float32Array(2 * c * threads).fill(NaN);
        runKernel(engine, 'layerNormGrad', { x, gamma, dy, dx, dgamma, dbeta, workspace, rows, c, epsilon });

        const expectedGamma = new Float64Array(c);
        const expectedBeta = new Float64Array(c);
        for (let i = 0; i < rows; i++) {
          const row = Array.from(x.subarray(i * c, (i + 1) * c));
          const dyRow = Array.from(dy.subarray(i * c, (i + 1) * c));
          const average = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / c;
          const mean = average(row);
          const r = 1 / Math.sqrt(average(row.map(v => (v - mean) ** 2)) + epsilon);
          const z = row.map(v => (v - mean) * r);
          expect(
            maxError(
              y.subarray(i * c, (i + 1) * c),
              z.map((v, j) => v * gamma[j]! + beta[j]!),
            ),
          ).toBeLessThan(1e-5);
          const w = dyRow.map((v, j) => v * gamma[j]!);
          const expected = w.map((v, j) => r * (v - average(w) - z[j]! * average(w.map((u, k) => u * z[k]!))));
          expect(maxError(dx.subarray(i * c, (i + 1) * c), expected)).toBeLessThan(5e-5);
          dyRow.forEach((v, j) => {
            expectedGamma[j]! += v * z[j]!;
            expectedBeta[j]! += v;
          });
        }
        expect(maxError(dgamma, expectedGamma)).toBeLessThan(1e-5);
        expect(maxError(dbeta, expectedBeta)).toBeLessThan(1e-5);
      });
    });

    test('y may be x, and dx may be dy', async () => {
      const engine = await engineFor(build, threads);
      const [rows, c] = [5, 19];
      const x = randomFloats(rows * c, 1);
      const gamma = randomFloats(c, 2);
      const y = new Float32Array(rows * c);
      runKernel(engine, 'layerNorm', { x, gamma, beta: gamma, y, rows, c, epsilon });
      const inPlace = x.slice();
      runKernel(engine, 'layerNorm', { x: inPlace, gamma, beta: gamma, y: inPlace, rows, c, epsilon });
      expect(inPlace).toEqual(y);
      const gradient = (dy: Float32Array, dx: Float32Array) =>
        runKernel(engine, 'layerNormGrad', {
          x,
          gamma,
          dy,
          dx,
          dgamma: new Float32Array(c),
          dbeta: new Float32Array(c),
          workspace: new Float32Array(2 * c * threads),
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
  });
});
