import { describe, expect, test } from 'vitest';
import { builds, engineFor, maxError, randomFloats, runKernel } from '../support/kernel.js';

describe.each(builds)('orthonormalize, %s build', build => {
  test.each([
    [1, 1],
    [5, 1],
    [4, 4],
    [7, 3],
    [9, 5],
    [16, 8],
    [33, 17],
    [40, 40],
  ])('%i x %i', async (m, n) => {
    const x = randomFloats(m * n, m + n);
    const expected = gramSchmidt(x, m, n);
    for (const threads of [1, 2, 3]) {
      const engine = await engineFor(build, threads);
      const y = new Float32Array(m * n);
      runKernel(engine, 'orthonormalize', { x: x.slice(), work: scratch(m * n), y, m, n, scale: 2, transpose: false });
      expect(
        maxError(
          y,
          expected.map(value => 2 * value),
        ),
      ).toBeLessThan(1e-6);
      const inPlace = x.slice();
      const args = { x: inPlace, work: scratch(m * n), y: inPlace, m, n, scale: 1, transpose: true };
      runKernel(engine, 'orthonormalize', args);
      expect(
        maxError(
          inPlace,
          expected.map((_, i) => expected[(i % m) * n + Math.floor(i / m)]!),
        ),
      ).toBeLessThan(1e-6);
    }
  });

  test('columns that are nearly dependent come out orthogonal all the same', async () => {
    const [m, n] = [30, 6];
    const x = randomFloats(m * n);
    for (let i = 0; i < m; i++) x[i * n + 5] = x[i * n]! + 1e-4 * x[i * n + 5]!;
    const y = new Float32Array(m * n);
    runKernel(await engineFor(build, 1), 'orthonormalize', {
      x,
      work: scratch(m * n),
      y,
      m,
      n,
      scale: 1,
      transpose: false,
    });
    for (let a = 0; a < n; a++) {
      for (let b = 0; b < n; b++) {
        let dot = 0;
        for (let i = 0; i < m; i++) dot += y[i * n + a]! * y[i * n + b]!;
        expect(Math.abs(dot - Number(a === b))).toBeLessThan(5e-7);
      }
    }
  });

  test('a column of zeros stays zeros', async () => {
    const y = new Float32Array(6);
    const x = Float32Array.of(0, 3, 0, 4, 0, 0);
    runKernel(await engineFor(build, 1), 'orthonormalize', {
      x,
      work: scratch(6),
      y,
      m: 3,
      n: 2,
      scale: 1,
      transpose: false,
    });
    expect(maxError(y, [0, 0.6, 0, 0.8, 0, 0])).toBeLessThan(1e-7);
  });
});

/** Memory for n float64. */
function scratch(n: number): Float32Array {
  return new Float32Array(2 * n);
}

/** Classical Gram-Schmidt, twice, in float64: another road to the same Q. */
function gramSchmidt(x: Float32Array, m: number, n: number): Float64Array {
  const q = Float64Array.from(x);
  const dot = (a: number, b: number) => {
    let sum = 0;
    for (let i = 0; i < m; i++) sum += q[i * n + a]! * q[i * n + b]!;
    return sum;
  };
  for (let j = 0; j < n; j++) {
    for (let pass = 0; pass < 2; pass++) {
      const factors = Array.from({ length: j }, (_, k) => dot(k, j));
      for (let i = 0; i < m; i++) factors.forEach((factor, k) => (q[i * n + j]! -= factor * q[i * n + k]!));
    }
    const norm = Math.sqrt(dot(j, j));
    for (let i = 0; i < m; i++) q[i * n + j]! /= norm;
  }
  return q;
}
