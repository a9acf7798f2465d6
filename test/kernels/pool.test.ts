import { describe, expect, test } from 'vitest';
import { builds, engineFor, maxError, randomFloats, runKernel } from '../support/kernel.js';

interface Case {
  readonly name: string;
  readonly input: readonly [n: number, d: number, h: number, w: number];
  readonly output: readonly [d: number, h: number, w: number];
  readonly pool: readonly [number, number, number];
  readonly strides: readonly [number, number, number];
  readonly before: readonly [number, number, number];
}

const cases: Case[] = [
  {
    name: '2x2 windows that tile',
    input: [2, 1, 4, 6],
    output: [1, 2, 3],
    pool: [1, 2, 2],
    strides: [1, 2, 2],
    before: [0, 0, 0],
  },
  {
    name: '2x2 windows and a row left over',
    input: [1, 1, 5, 7],
    output: [1, 2, 3],
    pool: [1, 2, 2],
    strides: [1, 2, 2],
    before: [0, 0, 0],
  },
  {
    name: 'overlapping 3x3, same',
    input: [2, 1, 7, 6],
    output: [1, 4, 3],
    pool: [1, 3, 3],
    strides: [1, 2, 2],
    before: [0, 1, 0],
  },
  {
    name: 'overlapping 2x3, stride 1',
    input: [1, 1, 4, 5],
    output: [1, 3, 3],
    pool: [1, 2, 3],
    strides: [1, 1, 1],
    before: [0, 0, 0],
  },
  {
    name: 'windows with gaps between them',
    input: [1, 1, 7, 8],
    output: [1, 3, 3],
    pool: [1, 1, 2],
    strides: [1, 3, 3],
    before: [0, 0, 0],
  },
  { name: '1D, same', input: [3, 1, 1, 8], output: [1, 1, 4], pool: [1, 1, 3], strides: [1, 1, 2], before: [0, 0, 0] },
  {
    name: '3D, overlapping, same',
    input: [2, 4, 3, 5],
    output: [4, 2, 3],
    pool: [3, 2, 3],
    strides: [1, 2, 2],
    before: [1, 0, 1],
  },
];

/** For each output: its flat index, and the flat indices of the cells under its window in order. */
function windows({ input: [n, d, h, w], output: [od, oh, ow], pool, strides, before }: Case, c: number) {
  const range = (o: number, axis: number, size: number) =>
    Array.from({ length: pool[axis]! }, (_, k) => o * strides[axis]! - before[axis]! + k).filter(
      i => i >= 0 && i < size,
    );
  const result: number[][] = [];
  for (let b = 0; b < n; b++)
    for (let i = 0; i < od; i++)
      for (let j = 0; j < oh; j++)
        for (let k = 0; k < ow; k++)
          for (let ch = 0; ch < c; ch++) {
            const cells = range(i, 0, d).flatMap(p =>
              range(j, 1, h).flatMap(q => range(k, 2, w).map(r => (((b * d + p) * h + q) * w + r) * c + ch)),
            );
            result.push(cells);
          }
  return result;
}

function sizes({ input: [n, d, h, w], output: [od, oh, ow], pool, strides, before }: Case, c: number) {
  const [kd, kh, kw] = pool;
  const [sd, sh, sw] = strides;
  const [pd, ph, pw] = before;
  return { n, d, h, w, c, od, oh, ow, kd, kh, kw, sd, sh, sw, pd, ph, pw };
}

/** Values that repeat, so that windows have ties; no negative zero, whose sign a maximum may lose. */
function coarse(size: number, seed: number): Float32Array {
  return randomFloats(size, seed).map(v => Math.round(v * 3) + 0);
}

describe.each(builds)('pooling kernels, %s build', build => {
  describe.each([1, 2])('on %i threads', threads => {
    describe.each(cases)('$name', geometry => {
      test.each([1, 2, 3, 4, 5, 7, 8, 16, 17, 37])('%i channels', async c => {
        const engine = await engineFor(build, threads);
        const covered = windows(geometry, c);
        const cells = geometry.input.reduce((a, b) => a * b) * c;
        const args = sizes(geometry, c);
        const x = coarse(cells, 1);
        const dy = randomFloats(covered.length, 2);
        const dx = randomFloats(cells, 3);

        const y = new Float32Array(covered.length).fill(NaN);
        runKernel(engine, 'maxPool', { x, y, dy: null, dx: null, ...args });
        expect(y).toEqual(Float32Array.from(covered, window => Math.max(...window.map(i => x[i]!))));

        const winners = covered.map((window, o) => window.find(i => x[i] === y[o])!);
        const expected = new Float64Array(cells);
        winners.forEach((i, o) => {
          expected[i]! += dy[o]!;
        });
        const gradient = new Float32Array(cells).fill(NaN);
        runKernel(engine, 'maxPoolGrad', { x, y, dy, dx: gradient, ...args });
        expect(maxError(gradient, expected)).toBeLessThan(1e-6);

        const picked = new Float32Array(covered.length).fill(NaN);
        runKernel(engine, 'maxPoolPick', { x, y, dy: picked, dx, ...args });
        expect(picked).toEqual(Float32Array.from(winners, i => dx[i]!));

        const mean = new Float32Array(covered.length).fill(NaN);
        runKernel(engine, 'averagePool', { x: dx, y: mean, dy: null, dx: null, ...args });
        expect(
          maxError(
            mean,
            covered.map(window => window.reduce((s, i) => s + dx[i]!, 0) / window.length),
          ),
        ).toBeLessThan(1e-6);

        expected.fill(0);
        covered.forEach((window, o) => {
          for (const i of window) expected[i]! += dy[o]! / window.length;
        });
        gradient.fill(NaN);
        runKernel(engine, 'averagePoolGrad', { x: null, y: null, dy, dx: gradient, ...args });
        expect(maxError(gradient, expected)).toBeLessThan(1e-6);
      });
    });
  });

  test('a NaN under the window is its maximum, as in Keras', async () => {
    const engine = await engineFor(build, 1);
    const geometry = cases[0]!;
    const x = randomFloats(48 * 5);
    x[0] = NaN;
    x[5 * 9] = NaN;
    const y = new Float32Array(60);
    runKernel(engine, 'maxPool', { x, y, dy: null, dx: null, ...sizes(geometry, 5) });
    expect([...y.keys()].filter(i => Number.isNaN(y[i]))).toEqual([0, 5]);
  });
});
