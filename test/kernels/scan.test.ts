import { describe, expect, test } from 'vitest';
import { builds, engineFor, maxError, randomFloats, runKernel } from '../support/kernel.js';

const shapes = [0, 1, 3, 4, 5, 7, 8, 17, 64, 1000]
  .flatMap(inner => [
    [1, 5, inner],
    [3, 4, inner],
  ])
  .concat([
    [2, 1000, 1],
    [1, 17, 1],
    [4, 0, 3],
  ]);

/** y[i] = a[i]·y[i-1] + b[i] along the middle axis, in double precision. */
function recurrence(
  shape: number[],
  reverse: boolean,
  a: (e: number) => number,
  b: (e: number) => number,
  start = 0,
): Float64Array {
  const [outer, n, inner] = shape as [number, number, number];
  const y = new Float64Array(outer * n * inner);
  for (let o = 0; o < outer; o++) {
    for (let c = 0; c < inner; c++) {
      let value = start;
      for (let i = 0; i < n; i++) {
        const e = (o * n + (reverse ? n - 1 - i : i)) * inner + c;
        value = a(e) * value + b(e);
        y[e] = value;
      }
    }
  }
  return y;
}

describe.each(builds)('scans, %s build', build => {
  describe.each([1, 2])('on %i threads', threads => {
    test.each([false, true])('running sums, products and recurrences (reverse: %s)', async reverse => {
      const engine = await engineFor(build, threads);
      for (const shape of shapes) {
        const [outer, n, inner] = shape as [number, number, number];
        const x = randomFloats(outer * n * inner, 3);
        const a = randomFloats(x.length, 4);
        const y = new Float32Array(x.length);
        const sizes = { outer, n, inner, reverse };
        runKernel(engine, 'cumsum', { x, y, ...sizes });
        expect(
          maxError(
            y,
            recurrence(
              shape,
              reverse,
              () => 1,
              e => x[e]!,
            ),
          ),
          shape.join(),
        ).toBeLessThan(1e-5);
        runKernel(engine, 'cumprod', { x, y, ...sizes });
        expect(
          maxError(
            y,
            recurrence(
              shape,
              reverse,
              e => x[e]!,
              () => 0,
              1,
            ),
          ),
          shape.join(),
        ).toBeLessThan(1e-6);
        runKernel(engine, 'linearScan', { a, b: x, y, ...sizes });
        expect(
          maxError(
            y,
            recurrence(
              shape,
              reverse,
              e => a[e]!,
              e => x[e]!,
            ),
          ),
          shape.join(),
        ).toBeLessThan(1e-6);
        const integers = Int32Array.from(x, v => v * 100);
        const expected = Int32Array.from(
          recurrence(
            shape,
            reverse,
            () => 1,
            e => integers[e]!,
          ),
        );
        runKernel(engine, 'cumsumInt', { x: integers, y: integers, ...sizes });
        expect(integers).toEqual(expected);
      }
    });
  });
});
