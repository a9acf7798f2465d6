import { describe, expect, test } from 'vitest';
import { builds, engineFor, maxError, randomFloats, runKernel } from '../support/kernel.js';

type Arrays = Record<string, Float32Array>;
/** New values of one element by name, in float64. */
type Step = (x: Record<string, number>) => Record<string, number>;
type Kernel =
  | 'sgdUpdate'
  | 'rmspropUpdate'
  | 'adamUpdate'
  | 'adamaxUpdate'
  | 'nadamUpdate'
  | 'adagradUpdate'
  | 'adadeltaUpdate'
  | 'lionUpdate'
  | 'ftrlUpdate';

interface Case {
  readonly title: string;
  readonly kernel: Kernel;
  /** Slots that are passed; those that are not squares may be negative. */
  readonly slots: readonly string[];
  /** Slots of the kernel that this variant does without. */
  readonly absent?: readonly string[];
  /** Numbers passed through memory. */
  readonly pointers: Record<string, number>;
  readonly numbers: Record<string, number>;
  readonly step: Step;
}

const rate = 0.02;
const decay = 0.1;
const epsilon = 1e-7;
const decayed = (w: number) => w - w * decay * rate;

const cases: Case[] = [
  {
    title: 'sgd',
    kernel: 'sgdUpdate',
    slots: [],
    absent: ['m'],
    pointers: { rate },
    numbers: { momentum: 0, nesterov: 0 },
    step: ({ w, g }) => ({ w: decayed(w!) - rate * g! }),
  },
  {
    title: 'sgd with momentum',
    kernel: 'sgdUpdate',
    slots: ['m'],
    pointers: { rate },
    numbers: { momentum: 0.9, nesterov: 0 },
    step: ({ w, g, m }) => {
      const velocity = 0.9 * m! - rate * g!;
      return { w: decayed(w!) + velocity, m: velocity };
    },
  },
  {
    title: 'sgd with Nesterov momentum',
    kernel: 'sgdUpdate',
    slots: ['m'],
    pointers: { rate },
    numbers: { momentum: 0.9, nesterov: 1 },
    step: ({ w, g, m }) => {
      const velocity = 0.9 * m! - rate * g!;
      return { w: decayed(w!) + 0.9 * velocity - rate * g!, m: velocity };
    },
  },
  {
    title: 'rmsprop',
    kernel: 'rmspropUpdate',
    slots: ['v'],
    absent: ['m', 'mean'],
    pointers: { rate },
    numbers: { rho: 0.9, rest: 0.1, momentum: 0, epsilon },
    step: ({ w, g, v }) => {
      const vNew = 0.9 * v! + 0.1 * g! ** 2;
      return { w: decayed(w!) - (rate * g!) / Math.sqrt(vNew + epsilon), v: vNew };
    },
  },
  {
    title: 'rmsprop, centered, with momentum',
    kernel: 'rmspropUpdate',
    slots: ['v', 'm', 'mean'],
    pointers: { rate },
    numbers: { rho: 0.9, rest: 0.1, momentum: 0.8, epsilon },
    step: ({ w, g, v, m, mean }) => {
      const vNew = 0.9 * v! + 0.1 * g! ** 2;
      const meanNew = 0.9 * mean! + 0.1 * g!;
      const mNew = 0.8 * m! + (rate * g!) / Math.sqrt(vNew - meanNew ** 2 + epsilon);
      return { w: decayed(w!) - mNew, v: vNew, m: mNew, mean: meanNew };
    },
  },
  {
    title: 'adam',
    kernel: 'adamUpdate',
    slots: ['m', 'v'],
    absent: ['vMax'],
    pointers: { rate, alpha: 0.003 },
    numbers: { rest1: 0.1, rest2: 0.001, epsilon },
    step: ({ w, g, m, v }) => {
      const [mNew, vNew] = [m! + (g! - m!) * 0.1, v! + (g! ** 2 - v!) * 0.001];
      return { w: decayed(w!) - (0.003 * mNew) / (Math.sqrt(vNew) + epsilon), m: mNew, v: vNew };
    },
  },
  {
    title: 'adam with amsgrad',
    kernel: 'adamUpdate',
    slots: ['m', 'v', 'vMax'],
    pointers: { rate, alpha: 0.003 },
    numbers: { rest1: 0.1, rest2: 0.001, epsilon },
    step: ({ w, g, m, v, vMax }) => {
      const [mNew, vNew] = [m! + (g! - m!) * 0.1, v! + (g! ** 2 - v!) * 0.001];
      const top = Math.max(vMax!, vNew);
      return { w: decayed(w!) - (0.003 * mNew) / (Math.sqrt(top) + epsilon), m: mNew, v: vNew, vMax: top };
    },
  },
  {
    title: 'adamax',
    kernel: 'adamaxUpdate',
    slots: ['m', 'u'],
    pointers: { rate, alpha: 0.03 },
    numbers: { rest1: 0.1, beta2: 0.999, epsilon },
    step: ({ w, g, m, u }) => {
      const [mNew, uNew] = [m! + (g! - m!) * 0.1, Math.max(0.999 * u!, Math.abs(g!))];
      return { w: decayed(w!) - (0.03 * mNew) / (uNew + epsilon), m: mNew, u: uNew };
    },
  },
  {
    title: 'nadam',
    kernel: 'nadamUpdate',
    slots: ['m', 'v'],
    pointers: { rate, cm: 0.7, cg: 0.6, cv: 5 },
    numbers: { rest1: 0.1, rest2: 0.001, epsilon },
    step: ({ w, g, m, v }) => {
      const [mNew, vNew] = [m! + (g! - m!) * 0.1, v! + (g! ** 2 - v!) * 0.001];
      const move = (rate * (0.7 * mNew + 0.6 * g!)) / (Math.sqrt(5 * vNew) + epsilon);
      return { w: decayed(w!) - move, m: mNew, v: vNew };
    },
  },
  {
    title: 'adagrad',
    kernel: 'adagradUpdate',
    slots: ['a'],
    pointers: { rate },
    numbers: { epsilon },
    step: ({ w, g, a }) => {
      const aNew = a! + g! ** 2;
      return { w: decayed(w!) - (rate * g!) / Math.sqrt(aNew + epsilon), a: aNew };
    },
  },
  {
    title: 'adadelta',
    kernel: 'adadeltaUpdate',
    slots: ['a', 'd'],
    pointers: { rate },
    numbers: { rho: 0.95, rest: 0.05, epsilon },
    step: ({ w, g, a, d }) => {
      const aNew = 0.95 * a! + 0.05 * g! ** 2;
      const delta = (-Math.sqrt(d! + epsilon) / Math.sqrt(aNew + epsilon)) * g!;
      return { w: decayed(w!) + rate * delta, a: aNew, d: 0.95 * d! + 0.05 * delta ** 2 };
    },
  },
  {
    title: 'lion',
    kernel: 'lionUpdate',
    slots: ['m'],
    pointers: { rate },
    numbers: { beta1: 0.9, rest1: 0.1, beta2: 0.99, rest2: 0.01 },
    step: ({ w, g, m }) => ({
      w: decayed(w!) - rate * Math.sign(0.9 * m! + 0.1 * g!),
      m: 0.99 * m! + 0.01 * g!,
    }),
  },
  {
    title: 'ftrl',
    kernel: 'ftrlUpdate',
    slots: ['a', 'z'],
    pointers: { rate },
    numbers: { l1: 0.3, l2: 0.02, shrinkage: 0.05, beta: 0.5 },
    step: ({ w, g, a, z }) => {
      const old = decayed(w!);
      const aNew = a! + g! ** 2;
      const zNew = z! + g! + 2 * 0.05 * old - ((Math.sqrt(aNew) - Math.sqrt(a!)) / rate) * old;
      const clipped = Math.min(0.3, Math.max(-0.3, zNew));
      return {
        w: (clipped - zNew) / (Math.sqrt(aNew) / rate + 2 * (0.02 + 0.5 / (2 * rate))),
        a: aNew,
        z: zNew,
      };
    },
  },
];

/** Slots that hold sums of squares or absolute values. */
const nonNegative = new Set(['v', 'vMax', 'a', 'd', 'u']);

describe.each(builds)('optimizer steps, %s build', build => {
  test.each(cases)('$title: the formula for every element, in place and not, on any number of threads', async one => {
    for (const threads of [1, 2]) {
      const engine = await engineFor(build, threads);
      for (const n of [0, 1, 2, 3, 4, 5, 16, 17, 1001]) {
        const before = arrays(one, n);
        const expected = reference(one, before, n);
        for (const inPlace of [false, true]) {
          const after = runStep(engine, one, before, n, inPlace);
          // 1e-5 covers float32 roundings where a difference of two close squares is under the root.
          for (const name of ['w', ...one.slots]) expect(maxError(after[name]!, expected[name]!)).toBeLessThan(1e-5);
        }
      }
    }
  });

  test('a gradient that is not a number shows in the variable', async () => {
    const engine = await engineFor(build, 1);
    for (const one of cases.filter(({ kernel }) => kernel !== 'lionUpdate')) {
      const before = arrays(one, 5);
      before['g']![2] = Number.NaN;
      const { w } = runStep(engine, one, before, 5, true);
      expect(Array.from(w!, Number.isNaN)).toEqual([false, false, true, false, false]);
    }
  });
});

function arrays({ slots }: Case, n: number): Arrays {
  const result: Arrays = {};
  ['w', 'g', ...slots].forEach((name, index) => {
    const values = randomFloats(n, index + 1);
    result[name] = nonNegative.has(name) ? values.map(x => 1 + 0.5 * Math.abs(x)) : values;
  });
  return result;
}

function reference({ slots, step }: Case, before: Arrays, n: number): Arrays {
  const names = ['w', ...slots];
  const after: Arrays = Object.fromEntries(names.map(name => [name, new Float32Array(n)]));
  for (let i = 0; i < n; i++) {
    const values = step(Object.fromEntries(Object.entries(before).map(([name, array]) => [name, array[i]!])));
    for (const name of names) after[name]![i] = values[name]!;
  }
  return after;
}

function runStep(
  engine: Awaited<ReturnType<typeof engineFor>>,
  one: Case,
  before: Arrays,
  n: number,
  inPlace: boolean,
): Arrays {
  const args: Record<string, Float32Array | number | null> = { g: before['g']!, n, decay, ...one.numbers };
  const after: Arrays = {};
  for (const name of ['w', ...one.slots]) {
    args[name] = before[name]!.slice();
    after[name] = inPlace ? args[name] : new Float32Array(n);
    args[`${name}New`] = after[name];
  }
  for (const name of one.absent ?? []) args[name] = args[`${name}New`] = null;
  for (const [name, value] of Object.entries(one.pointers)) args[name] = Float32Array.of(value);
  runKernel(engine, one.kernel, args as Parameters<typeof runKernel<typeof one.kernel>>[2]);
  return after;
}
