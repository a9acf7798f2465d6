import { describe, expect, test } from 'vitest';
import { patternOf } from '../../src/ops/chain.js';
import { MicroOp } from '../../src/runtime/kernels.generated.js';
import { type Shape, sizeOf, stridesOf } from '../../src/shape.js';
import { runChain, runProgram } from '../support/chain.js';
import { builds, engineFor, maxError, randomFloats } from '../support/kernel.js';

const { fround } = Math;
const python = {
  floorDivide: (a: number, b: number) => Math.floor(a / b),
  mod: (a: number, b: number) => ((a % b) + b) % b,
};

/** What each micro-operation on floats computes, in float64. Functions of math.ts have their own test. */
const floats: Partial<Record<keyof typeof MicroOp, (a: number, b: number, c: number) => number>> = {
  copyX: a => a,
  negF: a => -a,
  absF: Math.abs,
  signF: Math.sign,
  squareF: a => a * a,
  sqrtF: Math.sqrt,
  rsqrtF: a => 1 / Math.sqrt(a),
  reciprocalF: a => 1 / a,
  floorF: Math.floor,
  ceilF: Math.ceil,
  roundF: a => (Math.abs(a % 1) === 0.5 ? 2 * Math.round(a / 2) : Math.round(a)),
  truncF: Math.trunc,
  reluF: a => Math.max(a, 0),
  addF: (a, b) => a + b,
  subF: (a, b) => a - b,
  mulF: (a, b) => a * b,
  divF: (a, b) => a / b,
  floorDivF: python.floorDivide,
  modF: (a, b) => (a % b !== 0 && a % b < 0 !== b < 0 ? (a % b) + b : a % b),
  maxF: (a, b) => Math.max(a, b),
  minF: (a, b) => Math.min(a, b),
  atan2F: (a, b) => Math.atan2(a, b),
  reluGradF: (a, b) => (b > 0 ? a : 0),
  sigmoidGradF: (a, b) => a * b * (1 - b),
  tanhGradF: (a, b) => a * (1 - b * b),
  mulAddF: (a, b, c) => a * b + c,
};

const toBool: Partial<Record<keyof typeof MicroOp, (a: number, b: number) => boolean>> = {
  isnanFB: Number.isNaN,
  isinfFB: a => Math.abs(a) === Infinity,
  isfiniteFB: Number.isFinite,
  nonZeroFB: a => a !== 0,
  equalFB: (a, b) => a === b,
  notEqualFB: (a, b) => a !== b,
  lessFB: (a, b) => a < b,
  lessEqualFB: (a, b) => a <= b,
};

const ints: Partial<Record<keyof typeof MicroOp, (a: number, b: number, c: number) => number>> = {
  nonZeroIB: a => Number(a !== 0),
  negI: a => -a,
  absI: Math.abs,
  signI: Math.sign,
  notI: a => ~a,
  addI: (a, b) => a + b,
  subI: (a, b) => a - b,
  mulI: (a, b) => Math.imul(a, b),
  floorDivI: (a, b) => (b === 0 ? 0 : python.floorDivide(a, b)),
  modI: (a, b) => (b === 0 ? 0 : python.mod(a, b)),
  powI: (a, b) => {
    if (b < 0) return a === 1 ? 1 : a === -1 ? (b % 2 === 0 ? 1 : -1) : 0;
    return b > 1000 ? NaN : Number(BigInt.asIntN(32, BigInt(a) ** BigInt(b)));
  },
  maxI: (a, b) => Math.max(a, b),
  minI: (a, b) => Math.min(a, b),
  andI: (a, b) => a & b,
  orI: (a, b) => a | b,
  xorI: (a, b) => a ^ b,
  shiftLeftI: (a, b) => (b >>> 0 < 32 ? a << b : 0),
  shiftRightI: (a, b) => a >> (b >>> 0 < 32 ? b : 31),
  equalIB: (a, b) => Number(a === b),
  notEqualIB: (a, b) => Number(a !== b),
  lessIB: (a, b) => Number(a < b),
  lessEqualIB: (a, b) => Number(a <= b),
  whereX: (a, b, c) => (a !== 0 ? b : c),
};

const sizes = [1, 2, 3, 4, 5, 17, 511, 512, 513, 1030, 5003];

describe.each(builds)('element-wise kernel, %s build', build => {
  test('floats: values, signs, halves, infinities and NaN', async () => {
    const engine = await engineFor(build, 1);
    const special = [0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 3, -7, Infinity, -Infinity, NaN, 3e38, 1e-40, 16777216];
    const pairs = special.flatMap(a => special.map(b => [fround(a), fround(b)] as const));
    const columns = [0, 1].map(i => [...pairs.map(pair => pair[i]!), ...randomFloats(500, 3 + i).map(x => x * 9)]);
    const inputs = [...columns, randomFloats(columns[0]!.length, 9)].map(column => Float32Array.from(column));
    for (const [name, reference] of Object.entries(floats)) {
      const y = new Float32Array(inputs[0]!.length);
      runChain(engine, MicroOp[name as keyof typeof MicroOp], inputs, y);
      y.forEach((value, i) => {
        const [a, b, c] = inputs.map(input => input[i]!) as [number, number, number];
        const exact = fround(reference(a, b, c));
        if (['sigmoidGradF', 'tanhGradF'].includes(name) && !(Math.abs(b) <= 1)) return; // no such y
        expect(maxError([value], [exact]), `${name}(${a}, ${b}, ${c}) = ${value}, expected ${exact}`).toBeLessThan(
          1e-6,
        );
      });
    }
  });

  test('comparisons and classes of floats', async () => {
    const engine = await engineFor(build, 1);
    const special = [0, -0, 1, -1, Infinity, -Infinity, NaN, 1e-45];
    const pairs = special.flatMap(a => special.map(b => [fround(a), fround(b)] as const));
    const [x1, x2] = [0, 1].map(i => Float32Array.from(pairs, pair => pair[i]!)) as [Float32Array, Float32Array];
    for (const [name, reference] of Object.entries(toBool)) {
      const y = new Int32Array(pairs.length);
      runChain(engine, MicroOp[name as keyof typeof MicroOp], [x1, x2], y);
      expect(Array.from(y), name).toEqual(pairs.map(([a, b]) => Number(reference(a, b))));
    }
  });

  test('integers wrap around and never trap', async () => {
    const engine = await engineFor(build, 1);
    const special = [0, 1, -1, 2, -2, 3, -3, 7, 31, 32, 33, -40, 1000, 2 ** 31 - 1, -(2 ** 31)];
    const pairs = special.flatMap(a => special.map(b => [a, b] as const));
    const x1 = Int32Array.from(pairs, ([a]) => a);
    const x2 = Int32Array.from(pairs, ([, b]) => b);
    const x3 = Int32Array.from(pairs, ([a, b]) => a ^ (3 * b));
    for (const [name, reference] of Object.entries(ints)) {
      const y = new Int32Array(pairs.length);
      runChain(engine, MicroOp[name as keyof typeof MicroOp], [x1, x2, x3], y);
      pairs.forEach(([a, b], i) => {
        const exact = reference(a, b, x3[i]!);
        if (!Number.isNaN(exact)) expect(y[i], `${name}(${a}, ${b})`).toBe(exact | 0);
      });
    }
  });

  test('casts truncate and saturate', async () => {
    const engine = await engineFor(build, 1);
    const x = Float32Array.of(1.9, -1.9, 0.5, 3e9, -3e9, Infinity, -Infinity, NaN, -0);
    const y = new Int32Array(x.length);
    runChain(engine, MicroOp.floatToInt, [x], y);
    expect(Array.from(y)).toEqual([1, -1, 0, 2 ** 31 - 1, -(2 ** 31), 2 ** 31 - 1, -(2 ** 31), 0, 0]);
    const z = new Float32Array(3);
    runChain(engine, MicroOp.intToFloat, [Int32Array.of(-5, 16777217, 2 ** 31 - 1)], z);
    expect(Array.from(z)).toEqual([-5, 16777216, 2 ** 31]);
  });

  test.each([1, 2])(
    'every element once for all lengths around vectors and blocks, in place too, on %i threads',
    async threads => {
      const engine = await engineFor(build, threads);
      for (const n of sizes) {
        const [a, b] = [randomFloats(n, 1), randomFloats(n, 2)];
        const expected = a.map((x, i) => x + b[i]!);
        const y = new Float32Array(n);
        runChain(engine, MicroOp.addF, [a, b], y);
        expect(y).toEqual(expected);
        runChain(engine, MicroOp.addF, [a, b], a);
        expect(a).toEqual(expected);
      }
    },
  );

  test.each([1, 2])('broadcasts of every kind, on %i threads', async threads => {
    const engine = await engineFor(build, threads);
    const cases: [Shape, Shape][] = [
      [[600, 3], [3]],
      [[600, 64], [64]],
      [[7, 700], [700]],
      [
        [700, 7],
        [700, 1],
      ],
      [
        [3, 700],
        [3, 1],
      ],
      [
        [2, 5, 6, 9],
        [2, 1, 1, 9],
      ],
      [
        [2, 5, 6, 9],
        [1, 5, 1, 9],
      ],
      [
        [2, 5, 6, 9],
        [5, 1, 1],
      ],
      [
        [4, 1, 3, 2, 5, 3, 2, 2],
        [4, 1, 1, 2, 1, 3, 1, 2],
      ],
      [[33, 31], []],
      [
        [33, 31],
        [1, 1],
      ],
      [[3], [3]],
      [[1], [1, 1]],
    ];
    for (const [shape, from] of cases) {
      const x = { data: randomFloats(sizeOf(shape), 5), shape };
      const small = { data: randomFloats(sizeOf(from), 6), shape: from };
      const y = { data: new Float32Array(sizeOf(shape)), shape };
      runProgram(engine, { steps: [{ code: MicroOp.subF, operands: [0, 1] }], results: [2] }, [x, small], [y]);
      const strides = stridesOf(shape);
      const expected = x.data.map((value, i) => {
        let index = 0;
        from.forEach((size, axis) => {
          const place = axis + shape.length - from.length;
          index = index * size + (size === 1 ? 0 : Math.floor(i / strides[place]!) % shape[place]!);
        });
        return value - small.data[index]!;
      });
      expect(y.data, `[${shape}] - [${from}]`).toEqual(expected);
    }
  });

  test.each([1, 2])('a chain with constants, a mask, two outputs and dying registers, on %i threads', async threads => {
    const engine = await engineFor(build, threads);
    const word = (value: number) => new Int32Array(Float32Array.of(value).buffer)[0]!;
    // Values: x 0, row 1, constants 2 (0.5) and 3 (0), then the steps from 4 on.
    const program = {
      constants: [word(0.5), word(0)],
      steps: [
        { code: MicroOp.mulF, operands: [0, 2] },
        { code: MicroOp.addF, operands: [4, 1] },
        { code: MicroOp.lessFB, operands: [3, 5] },
        { code: MicroOp.whereX, operands: [6, 5, 0] },
        { code: MicroOp.squareF, operands: [7] },
        { code: MicroOp.subF, operands: [8, 5] },
      ],
      results: [7, 9],
    };
    for (const rows of [1, 3, 40, 1001]) {
      const shape = [rows, 5];
      const x = { data: randomFloats(5 * rows, 1), shape };
      const row = { data: randomFloats(5, 2), shape: [5] };
      const first = { data: new Float32Array(5 * rows), shape };
      const source = x.data.slice();
      const expected = source.map((value, i) => {
        const sum = fround(fround(value * 0.5) + row.data[i % 5]!);
        return sum > 0 ? sum : value;
      });
      const expectedSecond = source.map((value, i) => {
        const sum = fround(fround(value * 0.5) + row.data[i % 5]!);
        return fround(fround(expected[i]! ** 2) - sum);
      });
      // The second output takes the memory of x, then the first one, which must wait until x has been read.
      for (const inPlace of [0, 1]) {
        x.data.set(source);
        const outputs = inPlace === 0 ? [first, x] : [x, first];
        runProgram(engine, program, [x, row], outputs);
        expect(outputs[0]!.data).toEqual(expected);
        expect(outputs[1]!.data).toEqual(expectedSecond);
      }
    }
  });

  test('axes are joined as far as they are one run', () => {
    expect(patternOf([2, 3, 4], [2, 3, 4])).toEqual({ sizes: [24], strides: [1] });
    expect(patternOf([4], [2, 3, 4])).toEqual({ sizes: [6, 4], strides: [0, 1] });
    expect(patternOf([2, 1, 1], [2, 3, 4])).toEqual({ sizes: [2, 12], strides: [1, 0] });
    expect(patternOf([1], [2, 3])).toEqual({ sizes: [], strides: [] });
  });
});
