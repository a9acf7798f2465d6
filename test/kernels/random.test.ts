import { describe, expect, test } from 'vitest';
import { builds, engineFor, maxError, randomFloats, runKernel } from '../support/kernel.js';
import { loadFamily, type TensorDescriptor } from '../support/oracle.js';

interface SeededCase {
  readonly id: string;
  readonly spec: { readonly fn?: string; readonly args: Record<string, number>; readonly shape: number[] };
  readonly output: TensorDescriptor;
}

const { cases, tensor } = loadFamily<SeededCase>('seeded');
const recorded = (fn: string) => cases.filter(({ spec }) => spec?.fn === fn);
const seedOf = ({ spec }: SeededCase) => Int32Array.of(spec.args['seed']!, 0);
const sizeOf = ({ spec }: SeededCase) => spec.shape.reduce((a, b) => a * b, 1);

/** Keras's numbers are float32 of the same formulas; log and rounding may differ by a few units in the last place. */
const tolerance = 2e-6;

describe.each(builds)('random numbers, %s build', build => {
  test.each(recorded('uniform'))('$id is what Keras draws', async one => {
    const y = new Float32Array(sizeOf(one));
    const { minval: a, maxval: b } = one.spec.args;
    runKernel(await engineFor(build, 1), 'randomUniform', { seed: seedOf(one), y, n: y.length, a: a!, b: b! });
    expect(maxError(y, tensor(one.output))).toBeLessThan(tolerance);
  });

  test.each(recorded('normal'))('$id is what Keras draws', async one => {
    const y = new Float32Array(sizeOf(one));
    const { mean: a, stddev: b } = one.spec.args;
    runKernel(await engineFor(build, 1), 'randomNormal', { seed: seedOf(one), y, n: y.length, a: a!, b: b! });
    expect(maxError(y, tensor(one.output))).toBeLessThan(tolerance);
  });

  test.each(recorded('truncated_normal'))('$id is what Keras draws', async one => {
    const y = new Float32Array(sizeOf(one));
    const { mean: a, stddev: b } = one.spec.args;
    runKernel(await engineFor(build, 1), 'randomTruncatedNormal', { seed: seedOf(one), y, n: y.length, a: a!, b: b! });
    expect(maxError(y, tensor(one.output))).toBeLessThan(tolerance);
  });

  test.each(recorded('randint'))('$id is what Keras draws', async one => {
    const y = new Int32Array(sizeOf(one));
    const { minval: min, maxval: max } = one.spec.args;
    runKernel(await engineFor(build, 1), 'randomIntegers', { seed: seedOf(one), y, n: y.length, min: min!, max: max! });
    expect(y).toEqual(tensor(one.output));
  });

  test('any number of threads draws the same numbers, which no other size changes', async () => {
    const whole = draw(await engineFor(build, 1), 4099);
    for (const threads of [1, 2, 3]) {
      for (const n of [0, 1, 3, 4, 5, 63, 1000, 4099]) {
        draw(await engineFor(build, threads), n).forEach((y, i) => expect(y).toEqual(whole[i]!.subarray(0, n)));
      }
    }
  });

  test('normal numbers follow the normal distribution into its tails', async () => {
    const y = new Float32Array(1 << 20);
    runKernel(await engineFor(build, 2), 'randomNormal', { seed: Int32Array.of(5, 7), y, n: y.length, a: 0, b: 1 });
    const share = (limit: number) => y.reduce((count, x) => count + Number(Math.abs(x) > limit), 0) / y.length;
    // Three standard deviations of a share p of N draws: 3·sqrt(p/N).
    for (const [limit, p] of [
      [1, 0.31731051],
      [2, 0.04550026],
      [3, 0.0026998],
      [4, 6.334e-5],
    ] as const) {
      expect(Math.abs(share(limit) - p)).toBeLessThan(3 * Math.sqrt(p / y.length));
    }
  });

  test('both builds draw the same bits', async () => {
    const here = draw(await engineFor(build, 1), 1000);
    expect(here).toEqual(draw(await engineFor('simd', 1), 1000));
  });

  test('a span that 2^32 is no multiple of is drawn from 64 bits, and an empty one gives the minimum', async () => {
    const engine = await engineFor(build, 1);
    const seed = Int32Array.of(11, 3);
    const bits = (index: number) => {
      const key = new Int32Array(2);
      runKernel(engine, 'deriveSeed', { seed, y: key, index });
      const y = new Int32Array(50);
      runKernel(engine, 'randomBits', { seed: key, y, n: 50, a: 0, b: 0 });
      return y;
    };
    const [high, low] = [bits(0), bits(1)];
    for (const [min, max] of [
      [-7, 1_000_003],
      [0, 2],
      [-2147483648, 2147483647],
    ] as const) {
      const y = new Int32Array(50);
      runKernel(engine, 'randomIntegers', { seed, y, n: 50, min, max });
      const span = BigInt(max - min);
      // The multiplier is reduced in 32 bits, as in jax.random, so it is exact only for spans up to 2^16.
      const multiplier = BigInt.asUintN(32, (65536n % span) * (65536n % span)) % span;
      const expected = Array.from(high, (h, i) => {
        const sum = (BigInt.asUintN(32, BigInt(h)) % span) * multiplier + (BigInt.asUintN(32, BigInt(low[i]!)) % span);
        return Number(BigInt(min) + (BigInt.asUintN(32, sum) % span));
      });
      expect(Array.from(y)).toEqual(expected);
    }
    const y = new Int32Array(5);
    runKernel(engine, 'randomIntegers', { seed, y, n: 5, min: 4, max: 4 });
    expect(Array.from(y)).toEqual([4, 4, 4, 4, 4]);
  });
});

describe.each(builds)('dropout, %s build', build => {
  test.each(recorded('dropout'))('$id drops what Keras drops', async one => {
    const n = sizeOf(one);
    const y = new Float32Array(n);
    const x = new Float32Array(n).fill(1);
    const plain = { n, keep: 1 - one.spec.args['rate']!, inner: n, step: 1, rank: 0 };
    runKernel(await engineFor(build, 1), 'dropout', { x, seed: seedOf(one), y, ...plain });
    expect(maxError(y, tensor(one.output))).toBeLessThan(tolerance);
  });

  test.each([1, 2])('a mask that is broadcast drops whole slices, on %i threads', async threads => {
    const engine = await engineFor(build, threads);
    const seed = Int32Array.of(3, 1);
    for (const [shape, noise] of [
      [
        [5, 7, 6],
        [5, 1, 6],
      ],
      [
        [5, 7, 6],
        [5, 7, 1],
      ],
      [
        [5, 7, 6],
        [1, 7, 1],
      ],
      [
        [40, 3],
        [1, 3],
      ],
      [
        [3, 50],
        [1, 1],
      ],
    ] as const) {
      const n = shape.reduce((a: number, b: number) => a * b, 1);
      const strides = noise.map((dim, axis) =>
        dim === 1 ? 0 : noise.slice(axis + 1).reduce((a: number, b: number) => a * b, 1),
      );
      const u = new Float32Array(n);
      runKernel(engine, 'randomUniform', { seed, y: u, n, a: 0, b: 1 });
      const x = randomFloats(n);
      const expected = x.map((value, i) => {
        let [rest, index] = [i, 0];
        for (let axis = shape.length - 1; axis >= 0; axis--) {
          index += (rest % shape[axis]!) * strides[axis]!;
          rest = Math.floor(rest / shape[axis]!);
        }
        return u[index]! < Math.fround(0.7) ? value / Math.fround(0.7) : 0;
      });
      const inner = shape.at(-1)!;
      const rank = shape.length - 1;
      const args = { x, seed, y: x, n, keep: 0.7, inner, step: strides.at(-1)!, rank };
      runKernel(engine, 'dropout', args, [...shape.slice(0, -1), ...strides.slice(0, -1)]);
      expect(x).toEqual(expected);
    }
  });

  test('keeping nothing gives zeros, keeping everything gives x', async () => {
    const engine = await engineFor(build, 1);
    const x = randomFloats(9);
    const y = new Float32Array(9).fill(5);
    const args = { x, seed: Int32Array.of(1, 2), y, n: 9, inner: 9, step: 1, rank: 0 };
    runKernel(engine, 'dropout', { ...args, keep: 0 });
    expect(y).toEqual(new Float32Array(9));
    runKernel(engine, 'dropout', { ...args, keep: 1 });
    expect(y).toEqual(x);
  });
});

describe.each(builds)('binomial numbers, %s build', build => {
  test.each([1, 2])('nothing but y and the scratch memory is written, on %i threads', async threads => {
    const n = 37;
    const counts = Float32Array.from({ length: n }, (_, i) => 7 * i);
    const probabilities = Float32Array.from({ length: n }, (_, i) => i / n);
    const args = { seed: Int32Array.of(1, 2), counts, probabilities, open: new Int32Array(n), n };
    const y = new Float32Array(n);
    runKernel(await engineFor(build, threads), 'randomBinomial', { ...args, y });
    y.forEach((value, i) => {
      expect(Number.isInteger(value) && value >= 0 && value <= counts[i]!).toBe(true);
      // Six standard deviations.
      const deviation = Math.sqrt(counts[i]! * probabilities[i]! * (1 - probabilities[i]!));
      expect(Math.abs(value - counts[i]! * probabilities[i]!)).toBeLessThanOrEqual(6 * deviation);
    });
  });
});

type Engine = Awaited<ReturnType<typeof engineFor>>;

/** n elements of every distribution. */
function draw(engine: Engine, n: number): (Float32Array | Int32Array)[] {
  const seed = Int32Array.of(42, 9);
  const bits = new Int32Array(n);
  runKernel(engine, 'randomBits', { seed, y: bits, n, a: 0, b: 0 });
  const floats = (['randomUniform', 'randomNormal', 'randomTruncatedNormal'] as const).map(kernel => {
    const y = new Float32Array(n);
    runKernel(engine, kernel, { seed, y, n, a: -1, b: 2 });
    return y;
  });
  const integers = new Int32Array(n);
  runKernel(engine, 'randomIntegers', { seed, y: integers, n, min: -5, max: 1000 });
  const x = randomFloats(n);
  const dropped = new Float32Array(n);
  runKernel(engine, 'dropout', { x, seed, y: dropped, n, keep: 0.5, inner: n, step: 1, rank: 0 });
  const gammas = x.map(value => 1 + value);
  runKernel(engine, 'randomGamma', { seed, shape: gammas, y: gammas, n, logarithm: false });
  return [bits, ...floats, integers, dropped, gammas];
}
