// Factors are checked by their products and properties, which fix them up to signs, and against textbook algorithms in float64.

import { describe, expect, test } from 'vitest';
import type { Engine } from '../../src/runtime/engine.js';
import { builds, engineFor, maxError, randomFloats, runKernel } from '../support/kernel.js';

const SIZES = [0, 1, 2, 3, 5, 17, 64];
const SHAPES = [...SIZES.map(n => [n, n] as const), [5, 3], [3, 5], [17, 2], [2, 17], [20, 17], [17, 20]] as const;
/** Stacks of three matrices: one for each of three threads, or uneven shares. */
const BATCH = 3;

/** Memory for n float64 for each thread. */
const scratch = (engine: Engine, n: number) => new Float32Array(2 * n * engine.threads);

/** a [m, k] times b [k, n] in float64; either may be transposed, which exchanges its dims. */
function product(a: ArrayLike<number>, b: ArrayLike<number>, [m, k, n]: readonly number[], turn = ''): Float64Array {
  const y = new Float64Array(m! * n!);
  for (let i = 0; i < m!; i++) {
    for (let j = 0; j < n!; j++) {
      for (let c = 0; c < k!; c++) {
        y[i * n! + j]! += a[turn === 'a' ? c * m! + i : i * k! + c]! * b[turn === 'b' ? j * k! + c : c * n! + j]!;
      }
    }
  }
  return y;
}

const identity = (n: number) => Float64Array.from({ length: n * n }, (_, i) => Number(i % (n + 1) === 0));

const symmetric = (n: number, seed: number) => {
  const x = randomFloats(n * n, seed);
  return x.map((_, i) => x[i]! + x[(i % n) * n + Math.floor(i / n)]!);
};

/** Runs `check` on each matrix of a stack. */
function each(n: number, check: (b: number) => void): void {
  for (let b = 0; b < n; b++) check(b);
}

const part = <T extends Float32Array | Int32Array>(x: T, b: number): T => {
  const size = x.length / BATCH;
  return x.subarray(b * size, (b + 1) * size) as T;
};

function stack(make: (seed: number) => Float32Array): Float32Array {
  return Float32Array.from(Array.from({ length: BATCH }, (_, b) => [...make(b + 1)]).flat());
}

function runEigh(engine: Engine, x: Float32Array, batch: number, n: number) {
  const values = new Float32Array(batch * n);
  const vectors = new Float32Array(batch * n * n);
  const workspace = scratch(engine, 2 * n * n + 3 * n + 3);
  runKernel(engine, 'eigh', { x, values, vectors, workspace, batch, n });
  return { values, vectors };
}

function runSvd(engine: Engine, x: Float32Array, batch: number, m: number, n: number, full: boolean) {
  const [k, l] = [Math.min(m, n), Math.max(m, n)];
  const u = new Float32Array(batch * m * (full ? m : k));
  const s = new Float32Array(batch * k);
  const vt = new Float32Array(batch * n * (full ? n : k));
  const workspace = scratch(engine, k * (l + 2 * k + 5) + l * (full ? l : k) + 3);
  runKernel(engine, 'svd', { x, u, s, vt, workspace, batch, m, n, full });
  return { u, s, vt };
}

describe.each(builds)('linear algebra, %s build', build => {
  describe.each([1, 2])('%i threads', threads => {
    test.each(SIZES)('eigh of %i rows', async n => {
      const engine = await engineFor(build, threads);
      const x = stack(seed => symmetric(n, seed));
      const { values, vectors } = runEigh(engine, x, BATCH, n);
      each(BATCH, b => {
        const [w, v] = [part(values, b), part(vectors, b)];
        expect([...w]).toEqual([...w].sort((p, q) => p - q));
        expect(maxError(product(v, v, [n, n, n], 'a'), identity(n))).toBeLessThan(1e-6);
        const scaled = v.map((value, i) => value * w[i % n]!);
        expect(maxError(product(scaled, v, [n, n, n], 'b'), part(x, b))).toBeLessThan(3e-6);
      });
    });

    test.each(SHAPES)('svd and qr of %i x %i', async (m, n) => {
      const engine = await engineFor(build, threads);
      const k = Math.min(m, n);
      const x = stack(seed => randomFloats(m * n, seed));
      for (const full of [false, true]) {
        const { u, s, vt } = runSvd(engine, x, BATCH, m, n, full);
        const [left, right] = full ? [m, n] : [k, k];
        each(BATCH, b => {
          const [ub, sb, vb] = [part(u, b), part(s, b), part(vt, b)];
          expect([...sb]).toEqual([...sb].sort((p, q) => q - p));
          expect(sb.every(value => value >= 0)).toBe(true);
          expect(maxError(product(ub, ub, [left, m, left], 'a'), identity(left))).toBeLessThan(1e-6);
          expect(maxError(product(vb, vb, [right, n, right], 'b'), identity(right))).toBeLessThan(1e-6);
          const middle = new Float64Array(left * right);
          sb.forEach((value, i) => (middle[i * right + i] = value));
          const whole = product(product(ub, middle, [m, left, right]), vb, [m, right, n]);
          expect(maxError(whole, part(x, b))).toBeLessThan(3e-6);
        });
        const columns = full ? m : k;
        const q = new Float32Array(BATCH * m * columns);
        const r = new Float32Array(BATCH * columns * n);
        const workspace = scratch(engine, m * (n + columns) + k);
        runKernel(engine, 'qr', { x, q, r, workspace, batch: BATCH, m, n, k: columns });
        each(BATCH, b => {
          const [qb, rb] = [part(q, b), part(r, b)];
          expect(maxError(product(qb, qb, [columns, m, columns], 'a'), identity(columns))).toBeLessThan(1e-6);
          expect(rb.every((value, i) => value === 0 || i % n >= Math.floor(i / n))).toBe(true);
          expect(maxError(product(qb, rb, [m, columns, n]), part(x, b))).toBeLessThan(3e-6);
        });
      }
    });

    test.each(SIZES)('lu, solve, cholesky and solveTriangular of %i rows', async n => {
      const engine = await engineFor(build, threads);
      const k = 3;
      const batch = BATCH;
      const x = stack(seed => randomFloats(n * n, seed));
      const y = new Float32Array(x.length);
      const pivots = new Int32Array(batch * n);
      runKernel(engine, 'lu', { x, y, pivots, workspace: scratch(engine, n * n), batch, m: n, n });
      each(batch, b => {
        const rows = [...Array(n).keys()].map(i => part(x, b).slice(i * n, i * n + n));
        part(pivots, b).forEach((j, i) => ([rows[i], rows[j]] = [rows[j]!, rows[i]!]));
        const lower = part(y, b).map((value, i) => (i % n < Math.floor(i / n) ? value : Number(i % (n + 1) === 0)));
        const upper = part(y, b).map((value, i) => (i % n >= Math.floor(i / n) ? value : 0));
        expect(lower.every(value => Math.abs(value) <= 1)).toBe(true);
        expect(
          maxError(
            product(lower, upper, [n, n, n]),
            rows.flatMap(row => [...row]),
          ),
        ).toBeLessThan(3e-6);
      });

      const right = randomFloats(batch * n * k, 9);
      const solution = new Float32Array(right.length);
      // Triangles of random numbers have solutions that grow without bound: the diagonal outweighs the others here.
      const a = x.map((value, i) => value / n + Number((i % (n * n)) % (n + 1) === 0));
      const systems = { a, b: right, y: solution, batch, n, k };
      runKernel(engine, 'solve', { ...systems, workspace: scratch(engine, n * (n + k)) });
      each(batch, b => {
        expect(maxError(product(part(a, b), part(solution, b), [n, n, k]), part(right, b))).toBeLessThan(1e-6);
      });
      for (const lower of [false, true]) {
        runKernel(engine, 'solveTriangular', { ...systems, workspace: scratch(engine, n * k), lower });
        each(batch, b => {
          const half = part(a, b).map((value, i) =>
            lower === i % n < Math.floor(i / n) || i % (n + 1) === 0 ? value : 0,
          );
          expect(maxError(product(half, part(solution, b), [n, n, k]), part(right, b))).toBeLessThan(1e-6);
        });
      }

      const positive = stack(seed => {
        const a = randomFloats(n * n, seed);
        return Float32Array.from(product(a, a, [n, n, n], 'b'), (value, i) => value + Number(i % (n + 1) === 0));
      });
      runKernel(engine, 'cholesky', { x: positive, y, workspace: scratch(engine, n * n), batch, n });
      each(batch, b => {
        expect(part(y, b).every((value, i) => value === 0 || i % n <= Math.floor(i / n))).toBe(true);
        expect(maxError(product(part(y, b), part(y, b), [n, n, n], 'b'), part(positive, b))).toBeLessThan(3e-6);
      });
    });
  });

  test('zeros, equal and hardly different values, and extreme sizes', async () => {
    const engine = await engineFor(build, 1);
    const n = 4;
    const all = new Float32Array(n * n);
    for (const x of [
      all,
      all.map(() => 3),
      all.map(() => 1e-30),
      all.map(() => 1e30),
      Float32Array.from(identity(n)),
    ]) {
      const scale = Math.max(x[0]!, 1e-35);
      const { values, vectors } = runEigh(engine, x, 1, n);
      const scaled = vectors.map((value, i) => (value * values[i % n]!) / scale);
      expect(
        maxError(
          product(scaled, vectors, [n, n, n], 'b'),
          x.map(value => value / scale),
        ),
      ).toBeLessThan(1e-6);
      const { u, s, vt } = runSvd(engine, x, 1, n, n, true);
      const left = u.map((value, i) => (value * s[i % n]!) / scale);
      expect(
        maxError(
          product(left, vt, [n, n, n]),
          x.map(value => value / scale),
        ),
      ).toBeLessThan(1e-6);
      expect(maxError(product(u, u, [n, n, n], 'a'), identity(n))).toBeLessThan(1e-6);
    }
  });

  test('matrices that are not finite give NaN and leave the others alone', async () => {
    const engine = await engineFor(build, 1);
    for (const wrong of [Number.NaN, Infinity, -Infinity]) {
      const x = Float32Array.of(1, wrong, wrong, 1, 3, 0, 0, 2);
      const { values, vectors } = runEigh(engine, x, 2, 2);
      expect([...values]).toEqual([Number.NaN, Number.NaN, 2, 3]);
      expect([...vectors.subarray(0, 4)]).toEqual(Array(4).fill(Number.NaN));
      expect([...runSvd(engine, x, 2, 2, 2, true).s]).toEqual([Number.NaN, Number.NaN, 3, 2]);
    }
    const y = new Float32Array(4);
    const workspace = scratch(engine, 4);
    runKernel(engine, 'cholesky', { x: Float32Array.of(1, 2, 2, 1), y, workspace, batch: 1, n: 2 });
    expect([...y]).toEqual([Number.NaN, 0, Number.NaN, Number.NaN]);
  });
});
