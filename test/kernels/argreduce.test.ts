import { describe, expect, test } from 'vitest';
import { builds, engineFor, randomFloats, runKernel } from '../support/kernel.js';

/** The first NaN, else the first of the best elements. */
function best(values: readonly number[], better: (a: number, b: number) => boolean): number {
  const nan = values.findIndex(Number.isNaN);
  return nan >= 0 ? nan : values.reduce((at, value, i) => (better(value, values[at]!) ? i : at), 0);
}

describe.each(builds)('argmax and argmin, %s build', build => {
  test.each([1, 2])('name the first of equal elements and the first NaN, on %i threads', async threads => {
    const engine = await engineFor(build, threads);
    const lengths = [1, 3, 4, 5, 7, 8, 17, 64, 1000];
    const shapes = lengths.flatMap(n => [
      [1, n, 1],
      [3, n, 1],
      [1, 5, n],
      [2, 7, n],
    ]);
    for (const shape of shapes) {
      const [outer, reduced, inner] = shape as [number, number, number];
      for (const spread of [2, 1000]) {
        for (const holes of [false, true]) {
          const x = randomFloats(outer * reduced * inner, reduced + inner).map(v => Math.round(v * spread));
          const integers = Int32Array.from(x);
          if (holes) x.set(x.map((v, e) => ((e * 7) % 11 === 3 || v === 0 ? Number.NaN : v)));
          const line = (from: ArrayLike<number>, at: number) =>
            Array.from(
              { length: reduced },
              (_, r) => from[(Math.floor(at / inner) * reduced + r) * inner + (at % inner)]!,
            );
          const y = new Int32Array(outer * inner);
          const sizes = { outer, reduced, inner };
          runKernel(engine, 'argmax', { x, y, ...sizes });
          expect(y, shape.join()).toEqual(y.map((_, at) => best(line(x, at), (a, b) => a > b)));
          runKernel(engine, 'argmin', { x, y, ...sizes });
          expect(y, shape.join()).toEqual(y.map((_, at) => best(line(x, at), (a, b) => a < b)));
          runKernel(engine, 'argmaxInt', { x: integers, y, ...sizes });
          expect(y, shape.join()).toEqual(y.map((_, at) => best(line(integers, at), (a, b) => a > b)));
          runKernel(engine, 'argminInt', { x: integers, y, ...sizes });
          expect(y, shape.join()).toEqual(y.map((_, at) => best(line(integers, at), (a, b) => a < b)));
        }
      }
    }
  });
});
