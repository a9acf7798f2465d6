import { describe, expect, test } from 'vitest';
import type { Emitter } from '../../src/graph/op.js';
import { emitStridedCopy, type StridedAxis } from '../../src/ops/strided.js';
import type { Engine } from '../../src/runtime/engine.js';
import type { Location } from '../../src/runtime/pointer.js';
import { builds, engineFor, randomFloats, runKernel } from '../support/kernel.js';

/** Runs the kernel that the lowering chooses; `kernels` collects its name. */
function copyStrided(
  engine: Engine,
  x: Float32Array,
  startX: number,
  y: Float32Array,
  startY: number,
  axes: readonly StridedAxis[],
  kernels: Set<string> = new Set(),
): void {
  const place = (array: Float32Array, start: number): Location => {
    return { buffer: { bytes: 4 * array.length, space: 'fixed', offset: 0 }, byteOffset: 4 * start };
  };
  const from = place(x, startX);
  const to = place(y, startY);
  const emitter: Emitter = {
    threads: engine.threads,
    workspace: () => from,
    derived: () => from,
    call(kernel, args, _work, tail) {
      kernels.add(kernel);
      if (kernel !== 'stridedCopy' && kernel !== 'stridedTranspose') throw new Error(kernel);
      const { x: px, y: py, ...sizes } = args as { x: Location; y: Location };
      const before = { x: px.byteOffset / 4, y: py.byteOffset / 4 };
      shifted(engine, kernel, x, before.x, y, before.y, sizes, tail as number[]);
    },
  };
  emitStridedCopy(emitter, from, to, axes);
}

/** Runs a kernel on addresses inside arrays, which runKernel does not place, with guards around them as it has. */
function shifted(
  engine: Engine,
  kernel: 'stridedCopy' | 'stridedTranspose',
  x: Float32Array,
  offsetX: number,
  y: Float32Array,
  offsetY: number,
  sizes: object,
  tail: readonly number[],
): void {
  const block = engine.heap.allocate(4 * (x.length + y.length + 128));
  const startX = block / 4 + 32;
  const startY = startX + x.length + 32;
  engine.i32.fill(0x7fc0dead, block / 4, block / 4 + x.length + y.length + 128);
  engine.f32.set(x, startX);
  engine.f32.set(y, startY);
  runKernel(engine, kernel, { x: 4 * (startX + offsetX), y: 4 * (startY + offsetY), ...sizes } as never, tail);
  for (let i = 1; i <= 32; i++) {
    expect(engine.i32[startY - i]).toBe(0x7fc0dead);
    expect(engine.i32[startY + y.length + i - 1]).toBe(0x7fc0dead);
  }
  y.set(engine.f32.subarray(startY, startY + y.length));
  engine.heap.free(block);
}

function naive(x: Float32Array, startX: number, y: Float32Array, startY: number, axes: readonly StridedAxis[]): void {
  const [axis, ...rest] = axes;
  if (!axis) y[startY] = x[startX]!;
  else for (let i = 0; i < axis[0]; i++) naive(x, startX + i * axis[1], y, startY + i * axis[2], rest);
}

function integers(count: number, below: number, seed: number): number[] {
  return Array.from(randomFloats(count, seed), v => Math.floor(((v + 1) / 2) * below));
}

describe.each(builds)('strided copies, %s build', build => {
  describe.each([1, 2])('on %i threads', threads => {
    test('random shapes, orders, steps and directions agree with nested loops', async () => {
      const engine = await engineFor(build, threads);
      const kernels = new Set<string>();
      for (let seed = 1; seed <= 150; seed++) {
        const rank = 1 + (seed % 6);
        const sizes = integers(rank, rank > 4 ? 4 : rank > 2 ? 9 : 41, seed).map(n => n + 1);
        const order = integers(rank, 1000, seed + 1000)
          .map((key, i) => [key, i])
          .sort((a, b) => a[0]! - b[0]!);
        const kinds = integers(rank, 4, seed + 2000);
        const axes: StridedAxis[] = new Array(rank);
        let strideX = 1;
        let strideY = 1;
        let startX = 0;
        let startY = 0;
        for (let i = rank - 1; i >= 0; i--) {
          const stepY = seed % 5 === 0 && kinds[i] === 3 ? -2 : 1;
          axes[i] = [sizes[i]!, 0, stepY * strideY];
          if (stepY < 0) startY += (sizes[i]! - 1) * 2 * strideY;
          strideY *= sizes[i]! * Math.abs(stepY);
        }
        for (const [, i] of order) {
          const n = sizes[i!]!;
          const step = [1, 1, seed % 3 === 0 ? -1 : 1, seed % 4 === 0 ? 0 : 2][kinds[i!]!]!;
          axes[i!] = [n, step * strideX, axes[i!]![2]];
          if (step < 0) startX += (n - 1) * strideX;
          strideX *= step === 0 ? 1 : n * Math.abs(step);
        }
        const x = randomFloats(strideX, seed);
        const y = new Float32Array(strideY).fill(-9);
        const expected = y.slice();
        naive(x, startX, expected, startY, axes);
        copyStrided(engine, x, startX, y, startY, axes, kernels);
        expect(y, JSON.stringify(axes)).toEqual(expected);
      }
      expect([...kernels].sort()).toEqual(['stridedCopy', 'stridedTranspose']);
    });

    test.each([1, 3, 4, 5, 7, 8, 17, 64, 1000])('a plane of %i rows is transposed at every width', async rows => {
      const engine = await engineFor(build, threads);
      for (const columns of [1, 3, 4, 5, 8, 33, 64, 67]) {
        const x = randomFloats(2 * rows * columns);
        const y = new Float32Array(x.length);
        const axes: StridedAxis[] = [
          [2, rows * columns, rows * columns],
          [columns, 1, rows],
          [rows, columns, 1],
        ];
        const expected = y.slice();
        naive(x, 0, expected, 0, axes);
        copyStrided(engine, x, 0, y, 0, axes);
        expect(y).toEqual(expected);
      }
    });

    test('a run longer than a block is shared', async () => {
      const engine = await engineFor(build, threads);
      const x = randomFloats(50_001);
      for (const stepX of [1, 0, -1, 2]) {
        const n = stepX === 2 ? 25_000 : 50_001;
        const y = new Float32Array(2 * n + 1);
        const axes: StridedAxis[] = [
          [2, 0, n + 1],
          [n, stepX, 1],
        ];
        const expected = y.slice();
        naive(x, stepX < 0 ? 50_000 : 0, expected, 0, axes);
        copyStrided(engine, x, stepX < 0 ? 50_000 : 0, y, 0, axes);
        expect(y).toEqual(expected);
      }
    });
  });
});
