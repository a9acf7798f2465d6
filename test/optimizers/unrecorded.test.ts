// Optimizers that Keras's recordings leave out, against their papers' formulas in double precision.

import { describe, expect, test } from 'vitest';
import { compileFunction } from '../../src/compiler/function.js';
import { asTensor } from '../../src/graph/apply.js';
import { Variable } from '../../src/ops/variable.js';
import type { Optimizer } from '../../src/optimizers/optimizer.js';
import { Adafactor, Lamb, Muon, ScheduleFreeAdamW } from '../../src/optimizers/optimizers.js';
import { maxError, randomFloats } from '../support/kernel.js';

const [ROWS, COLUMNS] = [3, 2];
const STEPS = 4;
const gradients = Array.from({ length: STEPS }, (_, step) => randomFloats(ROWS * COLUMNS, step + 5));
const start = randomFloats(ROWS * COLUMNS, 1);

/** The weights after all steps, for a matrix or for a vector of the same numbers. */
function train(optimizer: Optimizer, shape: readonly number[]): Float32Array {
  const variable = new Variable({ shape, dtype: 'float32', data: start }, { name: 'kernel' });
  const step = compileFunction([variable], ([gradient]) => {
    optimizer.apply([gradient!], [variable]);
    return [];
  });
  for (const gradient of gradients) {
    step.inputs[0]!.write(gradient);
    step.run();
  }
  return variable.read() as Float32Array;
}

type Vector = number[];
const map = (x: ArrayLike<number>, fn: (value: number, i: number) => number): Vector => Array.from(x, fn);
const norm = (x: Vector) => Math.sqrt(x.reduce((sum, value) => sum + value * value, 0));
const rms = (x: Vector) => norm(x) / Math.sqrt(x.length);

function reference(step: (w: Vector, g: Vector, t: number) => Vector): Vector {
  return gradients.reduce((w, g, i) => step(w, Array.from(g), i + 1), Array.from(start));
}

describe('optimizers without recordings follow their formulas', () => {
  test('Lamb', () => {
    const [m, v] = [new Array<number>(6).fill(0), new Array<number>(6).fill(0)];
    const expected = reference((w, g, t) => {
      const update = map(g, (value, i) => {
        m[i] = 0.9 * m[i]! + 0.1 * value;
        v[i] = 0.999 * v[i]! + 0.001 * value * value;
        return m[i]! / (1 - 0.9 ** t) / (Math.sqrt(v[i]! / (1 - 0.999 ** t)) + 1e-7);
      });
      return map(w, (value, i) => value - (0.1 * norm(w) * update[i]!) / norm(update));
    });
    expect(maxError(train(Lamb(0.1), [ROWS, COLUMNS]), expected)).toBeLessThan(1e-5);
  });

  test('Adafactor, for matrices and for vectors', () => {
    const run = (matrix: boolean) => {
      const [r, c, v] = [
        new Array<number>(ROWS).fill(0),
        new Array<number>(COLUMNS).fill(0),
        new Array<number>(6).fill(0),
      ];
      return reference((w, g, t) => {
        const rate = Math.min(0.5, 1 / Math.sqrt(t));
        const alpha = Math.max(1e-3, rms(w)) * rate;
        const keep = 1 - t ** -0.8;
        const mean = (indices: number[]) => indices.reduce((sum, i) => sum + g[i]! ** 2 + 1e-30, 0) / indices.length;
        if (matrix) {
          for (let i = 0; i < ROWS; i++) r[i] = keep * r[i]! + (1 - keep) * mean([2 * i, 2 * i + 1]);
          for (let j = 0; j < COLUMNS; j++) c[j] = keep * c[j]! + (1 - keep) * mean([j, j + 2, j + 4]);
          const all = r.reduce((sum, value) => sum + value, 0) / ROWS;
          for (let k = 0; k < 6; k++) v[k] = (r[k >> 1]! / all) * c[k & 1]!;
        } else {
          for (let k = 0; k < 6; k++) v[k] = keep * v[k]! + (1 - keep) * mean([k]);
        }
        const u = map(g, (value, i) => value / Math.sqrt(v[i]!));
        const clip = Math.max(1, rms(u));
        return map(w, (value, i) => value - (alpha * u[i]!) / clip);
      });
    };
    expect(maxError(train(Adafactor(0.5), [ROWS, COLUMNS]), run(true))).toBeLessThan(1e-5);
    expect(maxError(train(Adafactor(0.5), [6]), run(false))).toBeLessThan(1e-5);
  });

  test('ScheduleFreeAdamW', () => {
    const [z, v, x] = [Array.from(start), new Array<number>(6).fill(0), Array.from(start)] as [Vector, Vector, Vector];
    const expected = reference((w, g, t) =>
      map(w, (_, i) => {
        const rate = 0.1 * Math.min(t / 2, 1);
        v[i] = 0.999 * v[i]! + 0.001 * g[i]! ** 2;
        z[i] = z[i]! - (rate * g[i]!) / (Math.sqrt(v[i]! / (1 - 0.999 ** t)) + 1e-8);
        x[i] = (1 - 1 / t) * x[i]! + z[i]! / t;
        return 0.1 * z[i]! + 0.9 * x[i]!;
      }),
    );
    expect(maxError(train(ScheduleFreeAdamW(0.1, { warmupSteps: 2 }), [6]), expected)).toBeLessThan(1e-5);
  });

  test('Muon moves matrices along nearly orthogonal directions and leaves the rest to Adam', () => {
    const matrix = new Variable({ shape: [ROWS, COLUMNS], dtype: 'float32', data: start }, { name: 'kernel' });
    const vector = new Variable({ shape: [6], dtype: 'float32', data: start }, { name: 'bias' });
    const optimizer = Muon(1, { weightDecay: null, adamWeightDecay: null, rmsRate: null, nsSteps: 5 });
    const step = compileFunction([matrix, vector], ([a, b]) => {
      optimizer.apply([a!, b!], [matrix, vector]);
      return [];
    });
    for (const slot of step.inputs) slot.write(gradients[0]!);
    step.run();
    const d = map(matrix.read(), (value, i) => start[i]! - value);
    const dot = (j: number, k: number) => [0, 1, 2].reduce((sum, i) => sum + d[2 * i + j]! * d[2 * i + k]!, 0);
    // The iteration brings singular values near 1, between 0.7 and 1.2, and not to 1.
    for (const j of [0, 1]) expect(dot(j, j)).toBeGreaterThan(0.4);
    for (const j of [0, 1]) expect(dot(j, j)).toBeLessThan(1.5);
    expect(Math.abs(dot(0, 1))).toBeLessThan(0.4);
    // Adam's first step is the rate in the direction of the gradient's sign.
    vector.read().forEach((value, i) => {
      expect(value - start[i]!).toBeCloseTo(-Math.sign(gradients[0]![i]!), 4);
    });
    expect(optimizer.variables.map(({ name }) => name).slice(2)).toEqual([
      'kernel_momentum',
      'bias_momentum',
      'bias_velocity',
    ]);
  });

  test('Muon decays what Adam trains by a rate of its own', () => {
    const vector = new Variable({ shape: [2], dtype: 'float32', data: Float32Array.of(1, -2) }, { name: 'bias' });
    const optimizer = Muon(0.5, { weightDecay: null, adamWeightDecay: 0.1 });
    optimizer.apply([asTensor([0, 0])], [vector]);
    expect(maxError(vector.read(), [0.95, -1.9])).toBeLessThan(1e-6);
  });

  test('Adafactor has as many state variables for vectors as for matrices, as in the files of Keras', () => {
    const matrix = new Variable({ shape: [ROWS, COLUMNS], dtype: 'float32' }, { name: 'kernel' });
    const vector = new Variable({ shape: [COLUMNS], dtype: 'float32' }, { name: 'bias' });
    const optimizer = Adafactor();
    optimizer.build([matrix, vector]);
    expect(optimizer.variables.slice(2).map(({ name, shape }) => [name, shape])).toEqual([
      ['kernel', [ROWS]],
      ['kernel', [COLUMNS]],
      ['kernel_velocity', [ROWS, COLUMNS]],
      ['bias', []],
      ['bias', []],
      ['bias_velocity', [COLUMNS]],
    ]);
  });
});
