import { describe, expect, test } from 'vitest';
import { builds, engineFor, maxError, randomFloats, runKernel } from '../support/kernel.js';

const lengths = [1, 3, 4, 5, 7, 8, 17, 64, 1000];
const shapes = [
  ...lengths.flatMap(n => [
    [1, n, 1],
    [3, n, 1],
    [1, 5, n],
    [2, 3, n],
  ]),
  [1, 2500, 1],
  [0, 3, 1],
  [2, 0, 3],
];

/** Applies `fn` to the elements of every line along the middle axis of [outer, n, inner]. */
function alongLines(
  shape: readonly number[],
  arrays: readonly ArrayLike<number>[],
  fn: (...lines: number[][]) => number[],
): Float64Array {
  const [outer, n, inner] = shape as [number, number, number];
  const y = new Float64Array(outer * n * inner);
  for (let o = 0; o < outer; o++) {
    for (let c = 0; c < inner; c++) {
      const at = (i: number) => (o * n + i) * inner + c;
      fn(...arrays.map(array => Array.from({ length: n }, (_, i) => array[at(i)]!))).forEach((value, i) => {
        y[at(i)] = value;
      });
    }
  }
  return y;
}

const add = (values: number[]) => values.reduce((a, b) => a + b, 0);
const softmax = (x: number[]) => {
  const m = Math.max(...x);
  const total = add(x.map(v => Math.exp(v - m)));
  return x.map(v => Math.exp(v - m) / total);
};

describe.each(builds)('softmax, %s build', build => {
  describe.each([1, 2])('on %i threads', threads => {
    test('of rows and columns of any length', async () => {
      const engine = await engineFor(build, threads);
      for (const shape of shapes) {
        const [outer, n, inner] = shape as [number, number, number];
        const x = randomFloats(outer * n * inner, n).map(v => v * 10);
        const y = new Float32Array(x.length);
        runKernel(engine, 'softmax', { x, y, outer, n, inner });
        expect(maxError(y, alongLines(shape, [x], softmax)), shape.join()).toBeLessThan(1e-6);
        runKernel(engine, 'logSoftmax', { x, y, outer, n, inner });
        expect(
          maxError(
            y,
            alongLines(shape, [x], line => softmax(line).map(Math.log)),
          ),
          shape.join(),
        ).toBeLessThan(1e-6);
      }
    });

    test('its gradients follow the formulas', async () => {
      const engine = await engineFor(build, threads);
      for (const shape of shapes) {
        const [outer, n, inner] = shape as [number, number, number];
        const x = randomFloats(outer * n * inner, n).map(v => v * 4);
        const dy = randomFloats(x.length, 2);
        const dx = new Float32Array(x.length);
        const y = Float32Array.from(alongLines(shape, [x], softmax));
        runKernel(engine, 'softmaxGrad', { y, dy, dx, outer, n, inner });
        const expected = alongLines(shape, [y, dy], (p, g) => {
          const total = add(p.map((v, i) => v * g[i]!));
          return p.map((v, i) => v * (g[i]! - total));
        });
        expect(maxError(dx, expected), shape.join()).toBeLessThan(2e-6);
        const l = y.map(Math.log);
        runKernel(engine, 'logSoftmaxGrad', { y: l, dy, dx, outer, n, inner });
        const expectedLog = alongLines(shape, [l, dy], (p, g) => p.map((v, i) => g[i]! - Math.exp(v) * add(g)));
        expect(maxError(dx, expectedLog), shape.join()).toBeLessThan(1e-5);
      }
    });

    test('in place, and with elements that would overflow', async () => {
      const engine = await engineFor(build, threads);
      const x = Float32Array.of(1000, 1000, -1000, -Infinity, 0, 1, 2, 3, 4);
      const expected = softmax([...x]);
      runKernel(engine, 'softmax', { x, y: x, outer: 1, n: 9, inner: 1 });
      expect(maxError(x, expected)).toBeLessThan(1e-6);
      const z = Float32Array.of(5, -1e30, 7, 1e30);
      runKernel(engine, 'logSoftmax', { x: z, y: z, outer: 1, n: 2, inner: 2 });
      expect(maxError(z, [-2 - Math.log1p(Math.exp(-2)), -2e30, -Math.log1p(Math.exp(-2)), 0])).toBeLessThan(1e-6);
    });
  });
});
