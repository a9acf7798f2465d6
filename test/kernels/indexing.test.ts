import { describe, expect, test } from 'vitest';
import { builds, engineFor, randomFloats, runKernel } from '../support/kernel.js';

const sizes = [1, 3, 4, 5, 7, 8, 17, 64, 200];

/** Indices of which some are negative and some out of range. */
function indices(count: number, rows: number, seed: number): Int32Array {
  return Int32Array.from(randomFloats(count, seed), v => Math.floor(v * (rows + 2)));
}

/** The row that an index means, or -1. */
function row(index: number, rows: number): number {
  const at = index < 0 ? index + rows : index;
  return at >= 0 && at < rows ? at : -1;
}

const joins = {
  scatterAdd: (a: number, b: number) => Math.fround(a + b),
  scatterMul: (a: number, b: number) => Math.fround(a * b),
  scatterMax: Math.max,
  scatterMin: Math.min,
  scatterSet: (_: number, b: number) => b,
};

describe.each(builds)('gather and scatter, %s build', build => {
  describe.each([1, 2, 3])('on %i threads', threads => {
    test.each([false, true])('take reads the rows named and NaN out of range (along: %s)', async along => {
      const engine = await engineFor(build, threads);
      for (const inner of sizes) {
        for (const [outer, rows, count] of [
          [1, 9, 25],
          [4, 6, 3],
          [2, 1, 1],
          [1, 0, 4],
          [3, 5, 0],
        ] as const) {
          const x = randomFloats(outer * rows * inner, inner);
          const at = indices(along ? outer * count * inner : count, rows, count + inner);
          const y = new Float32Array(outer * count * inner);
          runKernel(engine, 'take', {
            x,
            indices: at,
            y,
            outer,
            rows,
            inner,
            count,
            along,
            missing: 0x7fc00000,
          });
          const expected = y.map((_, e) => {
            const o = Math.floor(e / (count * inner));
            const r = row(at[along ? e : Math.floor(e / inner) % count]!, rows);
            return r < 0 ? Number.NaN : x[(o * rows + r) * inner + (e % inner)]!;
          });
          expect(y).toEqual(expected);
        }
      }
    });

    test.each(Object.keys(joins) as (keyof typeof joins)[])(
      '%s joins values in the order of the indices',
      async kernel => {
        const engine = await engineFor(build, threads);
        for (const along of [false, true]) {
          for (const inner of sizes) {
            for (const [outer, rows, count] of [
              [1, 9, 25],
              [4, 6, 3],
              [2, 1, 1],
              [1, 3, 0],
            ] as const) {
              const y = randomFloats(outer * rows * inner, inner);
              const values = randomFloats(outer * count * inner, inner + 1);
              const at = indices(along ? outer * count * inner : count, rows, count + inner);
              const expected = y.slice();
              values.forEach((value, e) => {
                const o = Math.floor(e / (count * inner));
                const r = row(at[along ? e : Math.floor(e / inner) % count]!, rows);
                const to = (o * rows + r) * inner + (e % inner);
                if (r >= 0) expected[to] = joins[kernel](expected[to]!, value);
              });
              runKernel(engine, kernel, { values, indices: at, y, outer, rows, inner, count, along });
              expect(y, `${outer} x ${rows} x ${inner}, ${count} indices`).toEqual(expected);
            }
          }
        }
      },
    );

    test('integers are joined as integers', async () => {
      const engine = await engineFor(build, threads);
      const y = Int32Array.of(2 ** 24, -5, 7);
      const sizes = { outer: 1, rows: 3, inner: 1, count: 2, along: false };
      const values = Int32Array.of(1, 1);
      const at = Int32Array.of(0, 0);
      runKernel(engine, 'scatterAddInt', { values, indices: at, y, ...sizes });
      expect(y).toEqual(Int32Array.of(2 ** 24 + 2, -5, 7));
      runKernel(engine, 'scatterMaxInt', { values, indices: Int32Array.of(1, 2), y, ...sizes });
      expect(y).toEqual(Int32Array.of(2 ** 24 + 2, 1, 7));
      runKernel(engine, 'scatterMinInt', { values, indices: at, y, ...sizes });
      expect(y).toEqual(Int32Array.of(1, 1, 7));
      runKernel(engine, 'scatterMulInt', {
        values: Int32Array.of(3, -2),
        indices: Int32Array.of(2, -1),
        y,
        ...sizes,
      });
      expect(y).toEqual(Int32Array.of(1, 1, -42));
    });
  });
});
