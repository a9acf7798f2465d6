import { describe, expect, test } from 'vitest';
import type { Engine } from '../../src/runtime/engine.js';
import { builds, engineFor, maxError, randomFloats, runKernel } from '../support/kernel.js';

interface Product {
  m: number;
  n: number;
  k: number;
  transposeA?: boolean;
  transposeB?: boolean;
  bias?: boolean;
  activation?: number;
  /** Multiply with b as it is stored. */
  direct?: boolean;
}

/** By their numbers in assembly/gemm/epilogue.ts. */
const activations = [(x: number) => x, (x: number) => Math.max(x, 0), (x: number) => 1 / (1 + Math.exp(-x)), Math.tanh];

/** Runs the kernels on random matrices; the largest error against a loop in float64. */
function productError(engine: Engine, { m, n, k, transposeA = false, transposeB = false, ...rest }: Product): number {
  const a = randomFloats(m * k, 1);
  const b = randomFloats(k * n, 2);
  const bias = rest.bias ? randomFloats(n, 3) : null;
  const c = new Float32Array(m * n).fill(7);
  const packed = new Float32Array(Math.ceil(n / 16) * 16 * k);
  const scratchBytes = 1024 + (transposeA ? 86016 : 0) + (rest.direct ? 64 * k : 0);
  const scratch = new Float32Array((engine.threads * scratchBytes) / 4).fill(NaN);
  const ldb = transposeB ? k : n;
  if (!rest.direct) runKernel(engine, 'packPanels', { b, packed, k, n, ldb, transpose: Number(transposeB) });
  runKernel(engine, 'gemm', {
    a,
    b: rest.direct ? b : packed,
    bias,
    c,
    scratch,
    scratchBytes,
    m,
    n,
    k,
    lda: transposeA ? m : k,
    ldb: n,
    ldc: n,
    transposeA: Number(transposeA),
    packed: Number(!rest.direct),
    activation: rest.activation ?? 0,
  });
  const expected = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = bias ? bias[j]! : 0;
      for (let p = 0; p < k; p++) {
        sum += a[transposeA ? p * m + i : i * k + p]! * b[transposeB ? j * k + p : p * n + j]!;
      }
      expected[i * n + j] = activations[rest.activation ?? 0]!(sum);
    }
  }
  return maxError(c, expected);
}

/** a·b + bias of the last two axes in float64; b is [n, k] if transposeB. */
function reference(
  a: Float32Array,
  b: Float32Array,
  bias: Float32Array | null,
  m: number,
  n: number,
  k: number,
  transposeB: boolean,
) {
  return Float64Array.from({ length: m * n }, (_, at) => {
    const i = Math.floor(at / n);
    const j = at % n;
    let sum = bias ? bias[j]! : 0;
    for (let p = 0; p < k; p++) sum += a[i * k + p]! * b[transposeB ? j * k + p : p * n + j]!;
    return sum;
  });
}

// Sums of up to 700 products in float32, rounded in another order than the reference.
const TOLERANCE = 1.5e-5;

describe.each(builds)('matrix product, %s build', build => {
  describe.each([1, 2])('on %i threads', threads => {
    test.each([
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ])('every edge size, transposeA %s, transposeB %s', async (transposeA, transposeB) => {
      const engine = await engineFor(build, threads);
      const sizes = [0, 1, 2, 3, 5, 15, 16, 17, 33];
      for (const m of sizes) {
        for (const n of sizes) {
          for (const k of [0, 1, 3, 4, 17]) {
            const error = productError(engine, { m, n, k, transposeA, transposeB, bias: (m + n) % 2 === 0 });
            expect(error, `${m} x ${n} x ${k}`).toBeLessThan(TOLERANCE);
          }
        }
      }
    });

    test('several tiles, several blocks of k', async () => {
      const engine = await engineFor(build, threads);
      for (const [m, n, k] of [
        [65, 50, 321],
        [64, 16, 640],
        [129, 131, 97],
        [3, 300, 700],
        [200, 1, 333],
        [1, 97, 320],
        [70, 4, 400],
        [41, 5, 700],
        [9, 8, 330],
        [13, 11, 400],
      ]) {
        for (const transposed of [0, 1, 2, 3]) {
          const product = {
            m: m!,
            n: n!,
            k: k!,
            transposeA: transposed % 2 === 1,
            transposeB: transposed > 1,
            bias: true,
          };
          expect(productError(engine, product), `${m} x ${n} x ${k}`).toBeLessThan(TOLERANCE);
        }
      }
    });

    test('b in place, narrow last panel included', async () => {
      const engine = await engineFor(build, threads);
      for (const [m, n, k] of [
        [5, 16, 7],
        [64, 64, 64],
        [33, 21, 330],
        [1, 1, 1],
        [2, 15, 3],
      ]) {
        for (const transposeA of [false, true]) {
          const error = productError(engine, { m: m!, n: n!, k: k!, transposeA, direct: true, bias: true });
          expect(error, `${m} x ${n} x ${k}`).toBeLessThan(TOLERANCE);
        }
      }
    });

    test.each([1, 2, 3])('activation %i is applied to finished sums only, also to an empty sum', async activation => {
      const engine = await engineFor(build, threads);
      for (const [m, n, k] of [
        [7, 19, 500],
        [64, 32, 20],
        [15, 3, 330],
        [9, 7, 330],
        [3, 5, 0],
      ]) {
        expect(productError(engine, { m: m!, n: n!, k: k!, bias: true, activation })).toBeLessThan(TOLERANCE);
      }
    });

    test.each([0, 1])('few rows, transposeB %i', async transposeB => {
      const engine = await engineFor(build, threads);
      for (const [m, n, k] of [
        [1, 1, 1],
        [1, 515, 7],
        [2, 17, 33],
        [3, 5, 4],
        [4, 1100, 9],
        [1, 3, 0],
        [1, 0, 5],
        [2, 64, 130],
      ]) {
        const a = randomFloats(m! * k!, 1);
        const b = randomFloats(k! * n!, 2);
        const bias = m === 1 ? null : randomFloats(n!, 3);
        const c = new Float32Array(m! * n!).fill(7);
        const sizes = { m: m!, n: n!, k: k!, lda: k!, ldb: transposeB ? k! : n!, ldc: n! };
        runKernel(engine, 'gemmFewRows', { a, b, bias, c, ...sizes, transposeB, biasStep: 1, activation: 0 });
        expect(maxError(c, reference(a, b, bias, m!, n!, k!, transposeB === 1)), `${m} x ${n} x ${k}`).toBeLessThan(
          TOLERANCE,
        );
      }
    });

    test('a column, as the transposed row, shares one bias', async () => {
      const engine = await engineFor(build, threads);
      const a = randomFloats(35 * 21, 1);
      const b = randomFloats(21, 2);
      const bias = Float32Array.of(0.5);
      const c = new Float32Array(35);
      const sizes = { m: 1, n: 35, k: 21, lda: 21, ldb: 21, ldc: 35 };
      runKernel(engine, 'gemmFewRows', {
        a: b,
        b: a,
        bias,
        c,
        ...sizes,
        transposeB: 1,
        biasStep: 0,
        activation: 1,
      });
      expect(
        maxError(
          c,
          reference(a, b, bias, 35, 1, 21, false).map(x => Math.max(x, 0)),
        ),
      ).toBeLessThan(TOLERANCE);
    });

    test.each([0, 1])('many products, b repeated along an axis, transposeB %i', async transposeB => {
      const engine = await engineFor(build, threads);
      for (const [m, n, k] of [
        [3, 5, 4],
        [17, 33, 40],
        [65, 100, 90],
      ]) {
        const size = { a: m! * k!, b: k! * n!, c: m! * n! };
        const a = randomFloats(6 * size.a, 1);
        const b = randomFloats(2 * size.b, 2);
        const c = new Float32Array(6 * size.c).fill(7);
        const scratchBytes = 128 + 64 * k! * Math.ceil(n! / 16) + 1024 + 64 * k!;
        runKernel(engine, 'gemmBatch', {
          a,
          b,
          bias: null,
          c,
          scratch: new Float32Array((scratchBytes * threads) / 4),
          scratchBytes,
          m: m!,
          n: n!,
          k: k!,
          lda: k!,
          ldb: transposeB ? k! : n!,
          ldc: n!,
          transposeA: 0,
          packed: 0,
          activation: 0,
          transposeB,
          n0: 2,
          n1: 3,
          n2: 1,
          a0: 3 * size.a,
          a1: size.a,
          a2: 0,
          b0: size.b,
          b1: 0,
          b2: 0,
        });
        for (let i = 0; i < 6; i++) {
          const part = (data: Float32Array, at: number, length: number) =>
            data.subarray(at * length, (at + 1) * length);
          const expected = reference(
            part(a, i, size.a),
            part(b, Math.floor(i / 3), size.b),
            null,
            m!,
            n!,
            k!,
            transposeB === 1,
          );
          expect(maxError(part(c, i, size.c), expected), `product ${i}`).toBeLessThan(TOLERANCE);
        }
      }
    });
  });
});
