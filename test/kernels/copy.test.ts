import { describe, expect, test } from 'vitest';
import { builds, engineFor, randomFloats, runKernel } from '../support/kernel.js';

describe.each(builds)('copy and fill, %s build', build => {
  test.each([1, 2])('every element once, on %i threads', async threads => {
    const engine = await engineFor(build, threads);
    for (const n of [0, 1, 3, 4, 15, 16, 17, 1000, 4099]) {
      const x = randomFloats(n);
      const y = new Float32Array(n);
      runKernel(engine, 'copy', { x, y, n });
      expect(y).toEqual(x);
      runKernel(engine, 'fill', { y, n, value: 2.5 });
      expect(y).toEqual(new Float32Array(n).fill(2.5));
    }
  });
});
