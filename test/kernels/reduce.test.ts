import { describe, expect, test } from 'vitest';
import type { Engine } from '../../src/runtime/engine.js';
import { builds, engineFor, maxError, randomFloats, runKernel } from '../support/kernel.js';

const operations = {
  sum: { neutral: 0, join: (a: number, b: number) => a + b },
  prod: { neutral: 1, join: (a: number, b: number) => a * b },
  max: { neutral: -Infinity, join: Math.max },
  min: { neutral: Infinity, join: Math.min },
};
type Operation = keyof typeof operations;

/** y[o, i] over r of x[o, r, i], in double precision. */
function reference(op: Operation, x: ArrayLike<number>, outer: number, reduced: number, inner: number): number[] {
  const { neutral, join } = operations[op];
  return Array.from({ length: outer * inner }, (_, at) => {
    const o = Math.floor(at / inner);
    let value = neutral;
    for (let r = 0; r < reduced; r++) value = join(value, x[(o * reduced + r) * inner + (at % inner)]!);
    return value;
  });
}

function run(engine: Engine, op: Operation, x: Float32Array, shape: readonly number[], split = false): Float32Array {
  const [outer, reduced, inner] = shape as [number, number, number];
  const y = new Float32Array(outer * inner);
  const partials = split ? new Float32Array(engine.threads * outer * inner) : null;
  runKernel(engine, op, { x, y, partials, outer, reduced, inner });
  return y;
}

const sizes = [0, 1, 3, 4, 5, 7, 8, 17, 64, 1000];

describe.each(builds)('reductions, %s build', build => {
  describe.each([1, 2])('on %i threads', threads => {
    test.each(Object.keys(operations) as Operation[])('%s of runs of any length', async op => {
      const engine = await engineFor(build, threads);
      for (const reduced of sizes) {
        for (const outer of [1, 5]) {
          const x = randomFloats(outer * reduced, reduced + 1).map(v => (op === 'prod' ? 1 + v / 8 : v));
          const expected = reference(op, x, outer, reduced, 1);
          expect(maxError(run(engine, op, x, [outer, reduced, 1]), expected), `${outer} x ${reduced}`).toBeLessThan(
            3e-5,
          );
          expect(maxError(run(engine, op, x, [outer, reduced, 1], true), expected)).toBeLessThan(3e-5);
        }
      }
    });

    test.each(Object.keys(operations) as Operation[])('%s of columns of any number', async op => {
      const engine = await engineFor(build, threads);
      for (const inner of sizes) {
        for (const [outer, reduced] of [
          [1, 1],
          [1, 37],
          [3, 5],
          [2, 300],
        ] as const) {
          const x = randomFloats(outer * reduced * inner, inner + 1).map(v => (op === 'prod' ? 1 + v / 8 : v));
          const expected = reference(op, x, outer, reduced, inner);
          const shape = [outer, reduced, inner];
          expect(maxError(run(engine, op, x, shape), expected), shape.join(' x ')).toBeLessThan(3e-5);
          expect(maxError(run(engine, op, x, shape, true), expected), shape.join(' x ')).toBeLessThan(3e-5);
        }
      }
    });

    test('integers are reduced exactly and wrap around', async () => {
      const engine = await engineFor(build, threads);
      const shapes = [
        [1, 1000, 1],
        [3, 17, 1],
        [2, 33, 5],
        [1, 7, 64],
      ] as const;
      for (const [outer, reduced, inner] of shapes) {
        const x = Int32Array.from(randomFloats(outer * reduced * inner, 7), v => v * 2 ** 30);
        const y = new Int32Array(outer * inner);
        runKernel(engine, 'sumInt', { x, y, partials: null, outer, reduced, inner });
        expect(y).toEqual(
          Int32Array.from(reference('sum', x, outer, reduced, inner), v => Number(BigInt.asIntN(32, BigInt(v)))),
        );
        runKernel(engine, 'maxInt', { x, y, partials: null, outer, reduced, inner });
        expect(y).toEqual(Int32Array.from(reference('max', x, outer, reduced, inner)));
        runKernel(engine, 'minInt', { x, y, partials: null, outer, reduced, inner });
        expect(y).toEqual(Int32Array.from(reference('min', x, outer, reduced, inner)));
        const small = x.map((_, i) => (i % 3 === 0 ? 3 : -1));
        runKernel(engine, 'prodInt', { x: small, y, partials: null, outer, reduced, inner });
        for (let at = 0; at < y.length; at++) {
          let product = 1;
          const o = Math.floor(at / inner);
          for (let r = 0; r < reduced; r++)
            product = Math.imul(product, small[(o * reduced + r) * inner + (at % inner)]!);
          expect(y[at]).toBe(product);
        }
      }
    });

    test('a NaN anywhere makes max and min NaN', async () => {
      const engine = await engineFor(build, threads);
      for (const at of [0, 5, 16, 18]) {
        const x = randomFloats(19);
        x[at] = Number.NaN;
        expect(run(engine, 'max', x, [1, 19, 1])[0]).toBeNaN();
        expect(run(engine, 'min', x, [1, 19, 1])[0]).toBeNaN();
      }
    });

    test('the sum of a million positive numbers keeps six digits', async () => {
      const engine = await engineFor(build, threads);
      const x = randomFloats(1 << 20, 3).map(v => 0.1 + (v + 1) / 20);
      const total = x.reduce((sum, v) => sum + v, 0);
      for (const split of [false, true]) {
        expect(Math.abs(run(engine, 'sum', x, [1, 1 << 20, 1], split)[0]! / total - 1)).toBeLessThan(3e-7);
        const columns = run(engine, 'sum', x, [1, 1 << 18, 4], split);
        reference('sum', x, 1, 1 << 18, 4).forEach((value, c) => {
          expect(Math.abs(columns[c]! / value - 1)).toBeLessThan(1e-6);
        });
      }
    });
  });
});
