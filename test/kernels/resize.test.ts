import { describe, expect, test } from 'vitest';
import { builds, engineFor, maxError, randomFloats, runKernel } from '../support/kernel.js';

/** The weights with which `out` outputs take `size` inputs: rows of a dense matrix. */
function weights(size: number, out: number, nearest: boolean): number[][] {
  return Array.from({ length: out }, (_, o) => {
    const position = ((o + 0.5) * size) / out;
    const clamped = Math.min(Math.max(position - 0.5, 0), size - 1);
    return Array.from({ length: size }, (_, i) =>
      nearest ? Number(Math.floor(position) === i) : Math.max(0, 1 - Math.abs(clamped - i)),
    );
  });
}

const shapes = [
  [4, 5, 3, 7],
  [3, 4, 6, 12],
  [6, 5, 3, 3],
  [1, 1, 4, 5],
  [9, 2, 1, 1],
  [5, 5, 5, 5],
  [7, 3, 20, 2],
] as const;

describe.each(builds)('resize kernels, %s build', build => {
  describe.each([1, 2])('on %i threads', threads => {
    describe.each([true, false])('nearest: %s', nearest => {
      describe.each(shapes)('%i x %i to %i x %i', (h, w, oh, ow) => {
        test.each([1, 2, 3, 4, 5, 8, 17])('%i channels', async c => {
          const engine = await engineFor(build, threads);
          const n = 2;
          const x = randomFloats(n * h * w * c, 1);
          const dy = randomFloats(n * oh * ow * c, 2);
          const y = new Float64Array(dy.length);
          const dx = new Float64Array(x.length);
          const rows = weights(h, oh, nearest);
          const columns = weights(w, ow, nearest);
          for (let b = 0; b < n; b++)
            for (let i = 0; i < oh; i++)
              for (let j = 0; j < ow; j++)
                for (let p = 0; p < h; p++)
                  for (let q = 0; q < w; q++)
                    for (let k = 0; k < c; k++) {
                      const weight = rows[i]![p]! * columns[j]![q]!;
                      const from = ((b * h + p) * w + q) * c + k;
                      const to = ((b * oh + i) * ow + j) * c + k;
                      y[to]! += weight * x[from]!;
                      dx[from]! += weight * dy[to]!;
                    }
          const sizes = { n, h, w, oh, ow, c, nearest };
          const result = new Float32Array(y.length).fill(NaN);
          runKernel(engine, 'resize', { x, y: result, ...sizes });
          expect(maxError(result, y)).toBeLessThan(2e-6);
          const gradient = new Float32Array(dx.length).fill(NaN);
          runKernel(engine, 'resizeGrad', { x: dy, y: gradient, ...sizes });
          expect(maxError(gradient, dx)).toBeLessThan(5e-6);
        });
      });
    });
  });
});
