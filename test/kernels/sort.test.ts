import { describe, expect, test } from 'vitest';
import { builds, engineFor, randomFloats, runKernel } from '../support/kernel.js';

/** Positions in the order of the values: NaN above all, -0 equal to 0, equal ones by position. */
function order(values: ArrayLike<number>, descending: boolean): number[] {
  const compare = (a: number, b: number) => {
    if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
    return a < b ? -1 : a > b ? 1 : 0;
  };
  const sign = descending ? -1 : 1;
  return Array.from(values, (_, i) => i).sort((i, j) => sign * compare(values[i]!, values[j]!) || i - j);
}

describe.each(builds)('sorting, %s build', build => {
  describe.each([1, 2])('on %i threads', threads => {
    test.each([false, true])('rows of any length, descending: %s', async descending => {
      const engine = await engineFor(build, threads);
      for (const n of [1, 2, 3, 4, 5, 7, 8, 9, 17, 64, 65, 1000]) {
        for (const rows of [1, 3]) {
          const x = randomFloats(rows * n, n).map(v => Math.round(v * n) / 4);
          const y = new Int32Array(rows * n);
          const workspace = new Int32Array(4 * n * threads);
          runKernel(engine, 'argsort', { x, y, workspace, rows, n, descending, float: true });
          for (let r = 0; r < rows; r++) {
            expect([...y.subarray(r * n, (r + 1) * n)]).toEqual(order(x.subarray(r * n, (r + 1) * n), descending));
          }
          const integers = Int32Array.from(x, v => v * 2 ** 20);
          runKernel(engine, 'argsort', { x: integers, y, workspace, rows, n, descending, float: false });
          expect([...y.subarray(0, n)]).toEqual(order(integers.subarray(0, n), descending));
        }
      }
    });

    test('special values have their places', async () => {
      const engine = await engineFor(build, threads);
      const x = Float32Array.of(Number.NaN, 1, -0, Infinity, 0, -Infinity, 1e-45, -1e-45, -Number.NaN, -0);
      new Uint32Array(x.buffer)[8] = 0xffc00000;
      for (const descending of [false, true]) {
        const y = new Int32Array(x.length);
        const workspace = new Int32Array(4 * x.length * threads);
        runKernel(engine, 'argsort', { x, y, workspace, rows: 1, n: x.length, descending, float: true });
        expect([...y]).toEqual(order(x, descending));
      }
    });

    test('searching finds the place before or after equal elements', async () => {
      const engine = await engineFor(build, threads);
      for (const n of [0, 1, 2, 7, 64, 1000]) {
        const sorted = randomFloats(n, 5)
          .map(v => Math.round(v * 20))
          .sort();
        const values = randomFloats(101, 6).map(v => Math.round(v * 24));
        const y = new Int32Array(101);
        for (const right of [false, true]) {
          runKernel(engine, 'searchSorted', { sorted, values, y, n, count: 101, right, float: true });
          expect([...y]).toEqual(Array.from(values, v => sorted.filter(s => s < v || (right && s === v)).length));
        }
      }
    });
  });
});
