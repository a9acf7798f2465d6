import { describe, expect, test } from 'vitest';
import type { Engine } from '../../src/runtime/engine.js';
import { builds, engineFor, maxError, randomFloats, runKernel } from '../support/kernel.js';
import {
  type Cell,
  type Gate,
  gateCount,
  type Options,
  recurrentReference,
  type Sizes,
  type Values,
} from '../support/recurrent.js';

const numbers: Readonly<Record<Gate, number>> = { linear: 0, sigmoid: 1, tanh: 2, hard_sigmoid: 3, relu: 4 };
const cells: Cell[] = ['lstm', 'gru', 'gruBefore', 'simpleRnn'];
const width = (n: number) => (n + 31) & ~15;

interface Outputs {
  readonly sequence: Float32Array;
  readonly h: Float32Array;
  readonly c: Float32Array;
  /** Only with `keep`. */
  readonly gates: Float32Array;
  readonly previousH: Float32Array;
  readonly previousC: Float32Array;
  readonly inner: Float32Array;
}

interface Inputs extends Values {
  readonly xz: Float32Array;
  readonly recurrent: Float32Array;
  readonly h0: Float32Array;
  readonly c0: Float32Array;
  readonly bias?: Float32Array | undefined;
  readonly mask?: Int32Array | undefined;
  readonly dropMask?: Float32Array | undefined;
}

function inputsFor(
  cell: Cell,
  { batch, time, units }: Sizes,
  options: { mask?: boolean; drop?: boolean } = {},
): Inputs {
  const gates = gateCount[cell];
  return {
    xz: randomFloats(batch * time * gates * units, 1).map(x => 2 * x),
    recurrent: randomFloats(units * gates * units, 2).map(x => x / Math.sqrt(units)),
    h0: randomFloats(batch * units, 3),
    c0: randomFloats(batch * units, 4),
    bias: cell === 'gru' ? randomFloats(gates * units, 5) : undefined,
    // Leading, inner and trailing steps, differently for every sample; the second sample has no valid step at all.
    mask: options.mask
      ? Int32Array.from({ length: batch * time }, (_, at) =>
          Number(at % time !== 0 && at % 5 !== 3 && Math.floor(at / time) !== 1),
        )
      : undefined,
    dropMask: options.drop ? randomFloats(gates * batch * units, 6).map(x => (x < 0 ? 0 : 1.5)) : undefined,
  };
}

function shared(cell: Cell, { batch, time, units }: Sizes, inputs: Inputs, options: Options) {
  const gates = gateCount[cell];
  return {
    recurrent: inputs.recurrent,
    mask: inputs.mask ?? null,
    dropMask: inputs.dropMask ?? null,
    packed: new Float32Array(16 + gates * units * 16 * Math.ceil(units / 16)),
    scratch: new Float32Array(batch * (width(gates * units) + 2 * width(units))),
    batch,
    time,
    units,
    reverse: options.reverse ?? false,
    activation: numbers[options.activation ?? 'tanh'],
    recurrentActivation: numbers[options.recurrentActivation ?? 'sigmoid'],
  };
}

/** Runs a forward kernel. keep: with everything that the backward pass needs. */
function forward(
  engine: Engine,
  cell: Cell,
  sizes: Sizes,
  inputs: Inputs,
  options: Options = {},
  keep = true,
): Outputs {
  const steps = sizes.batch * sizes.time * sizes.units;
  const made = (size: number) => new Float32Array(size).fill(NaN);
  const y = {
    sequence: made(steps),
    h: made(inputs.h0.length),
    c: made(inputs.c0.length),
    gates: made(inputs.xz.length),
    previousH: made(steps),
    previousC: made(steps),
    inner: made(steps),
  };
  const { xz, h0, c0 } = inputs;
  const { recurrentActivation, ...common } = shared(cell, sizes, inputs, options);
  const previousH = keep ? y.previousH : null;
  const gates = keep ? y.gates : null;
  if (cell === 'lstm') {
    const previousC = keep ? y.previousC : null;
    runKernel(engine, 'lstm', {
      ...common,
      recurrentActivation,
      xz,
      h0,
      c0,
      h: y.h,
      c: y.c,
      sequence: y.sequence,
      gates,
      previousH,
      previousC,
    });
  } else if (cell === 'simpleRnn') {
    runKernel(engine, 'simpleRnn', { ...common, xz, h0, h: y.h, sequence: y.sequence, outputs: gates, previousH });
  } else {
    const resetAfter = cell === 'gru';
    runKernel(engine, 'gru', {
      ...common,
      recurrentActivation,
      xz,
      h0,
      h: y.h,
      sequence: y.sequence,
      gates,
      previousH,
      resetAfter,
      bias: inputs.bias ?? null,
      inner: keep && resetAfter ? y.inner : null,
    });
  }
  return y;
}

interface Cotangents {
  readonly sequence: Float32Array | null;
  readonly h: Float32Array;
  readonly c: Float32Array;
}

function backward(
  engine: Engine,
  cell: Cell,
  sizes: Sizes,
  inputs: Inputs,
  y: Outputs,
  d: Cotangents,
  options: Options = {},
) {
  const made = (size: number) => new Float32Array(size).fill(NaN);
  const dx = {
    xz: made(inputs.xz.length),
    inner: made(inputs.xz.length),
    h0: made(inputs.h0.length),
    c0: made(inputs.c0.length),
  };
  const { recurrentActivation, ...common } = shared(cell, sizes, inputs, options);
  const both = { ...common, dSequence: d.sequence, dh: d.h, dxz: dx.xz, dh0: dx.h0 };
  if (cell === 'lstm') {
    const { gates, previousC } = y;
    runKernel(engine, 'lstmGrad', { ...both, recurrentActivation, gates, previousC, dc: d.c, dc0: dx.c0 });
  } else if (cell === 'simpleRnn') {
    runKernel(engine, 'simpleRnnGrad', { ...both, outputs: y.gates });
  } else {
    const resetAfter = cell === 'gru';
    const { gates, previousH, inner } = y;
    runKernel(engine, 'gruGrad', {
      ...both,
      recurrentActivation,
      gates,
      previousH,
      resetAfter,
      inner: resetAfter ? inner : null,
      dInner: resetAfter ? dx.inner : null,
    });
  }
  return dx;
}

/** The cotangent of U from the kernels' results, in double precision. */
function recurrentGrad(
  cell: Cell,
  { batch, time, units }: Sizes,
  inputs: Inputs,
  y: Outputs,
  dx: { xz: Float32Array; inner: Float32Array },
) {
  const gates = gateCount[cell];
  const dU = new Float64Array(units * gates * units);
  const dz = cell === 'gru' ? dx.inner : dx.xz;
  for (let at = 0; at < batch * time; at++) {
    for (let k = 0; k < units; k++) {
      for (let g = 0; g < gates; g++) {
        const drop = inputs.dropMask ? inputs.dropMask[(g * batch + Math.floor(at / time)) * units + k]! : 1;
        const reset = cell === 'gruBefore' && g === 2 ? y.gates[(at * gates + 1) * units + k]! : 1;
        const operand = y.previousH[at * units + k]! * drop * reset;
        for (let j = 0; j < units; j++) {
          dU[(k * gates + g) * units + j]! += operand * dz[(at * gates + g) * units + j]!;
        }
      }
    }
  }
  return dU;
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};

const moved = (x: ArrayLike<number>, direction: ArrayLike<number>, by: number) =>
  Float64Array.from(x, (value, i) => value + by * direction[i]!);

/** Largest difference between directional derivatives by the kernels and by central differences, several directions. */
function gradientError(
  engine: Engine,
  cell: Cell,
  sizes: Sizes,
  inputs: Inputs,
  options: Options = {},
  withSequence = true,
): number {
  const y = forward(engine, cell, sizes, inputs, options);
  const d: Cotangents = {
    sequence: withSequence ? randomFloats(y.sequence.length, 7) : null,
    h: randomFloats(y.h.length, 8),
    c: cell === 'lstm' ? randomFloats(y.c.length, 9) : new Float32Array(y.c.length),
  };
  const loss = (values: Values) => {
    const result = recurrentReference(cell, sizes, values, options);
    return (d.sequence ? dot(result.sequence, d.sequence) : 0) + dot(result.h, d.h) + dot(result.c, d.c);
  };
  const dx = backward(engine, cell, sizes, inputs, y, d, options);
  const dU = recurrentGrad(cell, sizes, inputs, y, dx);
  const biasGrad = new Float64Array(inputs.bias?.length ?? 0);
  if (inputs.bias) dx.inner.forEach((value, i) => (biasGrad[i % biasGrad.length]! += value));
  const gradients = {
    xz: dx.xz,
    recurrent: dU,
    h0: dx.h0,
    ...(cell === 'lstm' ? { c0: dx.c0 } : {}),
    ...(inputs.bias ? { bias: biasGrad } : {}),
  };
  let worst = 0;
  for (const [name, gradient] of Object.entries(gradients) as [keyof typeof gradients, ArrayLike<number>][]) {
    const size = gradient.length;
    // Small arrays element by element, large ones in random directions.
    const directions =
      size <= 64
        ? Array.from({ length: size }, (_, i) => new Float64Array(size).fill(1, i, i + 1))
        : [11, 12, 13].map(seed => Float64Array.from(randomFloats(size, seed), x => x / Math.sqrt(size)));
    for (const direction of directions) {
      const step = 1e-5;
      const base = inputs[name]!;
      const expected =
        (loss({ ...inputs, [name]: moved(base, direction, step) }) -
          loss({ ...inputs, [name]: moved(base, direction, -step) })) /
        (2 * step);
      const error = Math.abs(dot(gradient, direction) - expected) / (1 + Math.abs(expected));
      worst = Math.max(worst, Number.isNaN(error) ? Infinity : error);
    }
  }
  return worst;
}

// Rounding of float32 states over a few steps; the gates' functions are within 3 ulp.
const TOLERANCE = 3e-6;
// Sums of up to a few thousand float32 products.
const GRADIENT_TOLERANCE = 2e-5;

const sizesToTry: Sizes[] = [1, 2, 3, 5, 8].flatMap(batch =>
  [1, 2, 7].flatMap(time => [1, 3, 4, 5, 8, 17, 32].map(units => ({ batch, time, units }))),
);

describe.each(builds)('recurrent kernels, %s build', build => {
  describe.each([1, 2])('%i threads', threads => {
    test.each(cells)('%s computes what the loops compute, at all sizes around the tiles', async cell => {
      const engine = await engineFor(build, threads);
      for (const sizes of sizesToTry) {
        const inputs = inputsFor(cell, sizes);
        const expected = recurrentReference(cell, sizes, inputs);
        for (const keep of [false, true]) {
          const y = forward(engine, cell, sizes, inputs, {}, keep);
          expect(maxError(y.sequence, expected.sequence), JSON.stringify(sizes)).toBeLessThan(TOLERANCE);
          expect(maxError(y.h, expected.h), JSON.stringify(sizes)).toBeLessThan(TOLERANCE);
          if (cell === 'lstm') expect(maxError(y.c, expected.c), JSON.stringify(sizes)).toBeLessThan(TOLERANCE);
        }
      }
    });

    test.each(cells)('the gradient of %s agrees with central differences', async cell => {
      const engine = await engineFor(build, threads);
      for (const sizes of sizesToTry.filter(({ batch, units }) => batch < 8 && units < 32)) {
        expect(gradientError(engine, cell, sizes, inputsFor(cell, sizes)), JSON.stringify(sizes)).toBeLessThan(
          GRADIENT_TOLERANCE,
        );
      }
    });

    test.each(cells)('%s with masks, reversed, and with recurrent dropout, forward and backward', async cell => {
      const engine = await engineFor(build, threads);
      for (const sizes of [
        { batch: 3, time: 7, units: 5 },
        { batch: 4, time: 6, units: 17 },
      ]) {
        for (const situation of [{ mask: true }, { drop: true }, { mask: true, drop: true }]) {
          for (const reverse of [false, true]) {
            const inputs = inputsFor(cell, sizes, situation);
            const expected = recurrentReference(cell, sizes, inputs, { reverse });
            const message = JSON.stringify({ sizes, situation, reverse });
            for (const keep of [false, true]) {
              const y = forward(engine, cell, sizes, inputs, { reverse }, keep);
              expect(maxError(y.sequence, expected.sequence), message).toBeLessThan(TOLERANCE);
              expect(maxError(y.h, expected.h), message).toBeLessThan(TOLERANCE);
            }
            expect(gradientError(engine, cell, sizes, inputs, { reverse }), message).toBeLessThan(GRADIENT_TOLERANCE);
            expect(gradientError(engine, cell, sizes, inputs, { reverse }, false), message).toBeLessThan(
              GRADIENT_TOLERANCE,
            );
          }
        }
      }
    });

    test.each(cells)('%s with every activation, forward and backward', async cell => {
      const engine = await engineFor(build, threads);
      const sizes = { batch: 3, time: 3, units: 5 };
      const inputs = inputsFor(cell, sizes);
      for (const activation of Object.keys(numbers) as Gate[]) {
        for (const options of [{ activation }, { recurrentActivation: activation }]) {
          const expected = recurrentReference(cell, sizes, inputs, options);
          const y = forward(engine, cell, sizes, inputs, options);
          expect(maxError(y.sequence, expected.sequence), JSON.stringify(options)).toBeLessThan(TOLERANCE);
          expect(gradientError(engine, cell, sizes, inputs, options), JSON.stringify(options)).toBeLessThan(
            GRADIENT_TOLERANCE,
          );
        }
      }
    });

    test.each(cells)('%s with more rows than walk together and more units than one pass over a panel', async cell => {
      const engine = await engineFor(build, threads);
      for (const sizes of [
        { batch: 71, time: 2, units: 20 },
        { batch: 2, time: 2, units: 260 },
      ]) {
        const inputs = inputsFor(cell, sizes);
        const expected = recurrentReference(cell, sizes, inputs);
        const y = forward(engine, cell, sizes, inputs);
        expect(maxError(y.sequence, expected.sequence), JSON.stringify(sizes)).toBeLessThan(TOLERANCE);
        expect(gradientError(engine, cell, sizes, inputs), JSON.stringify(sizes)).toBeLessThan(GRADIENT_TOLERANCE);
      }
    });
  });

  test.each(['tanh', 'sigmoid'] as const)(
    '%s is exact to 3e-7 everywhere, and keeps NaN and infinities',
    async activation => {
      const engine = await engineFor(build, 1);
      const units = 20_000;
      const xz = Float32Array.from({ length: units }, (_, i) => (i - 10_000) / 1000);
      xz.set([NaN, Infinity, -Infinity, -0, 1e-30, 3e38, -3e38]);
      const { recurrentActivation: _, ...common } = shared(
        'simpleRnn',
        { batch: 1, time: 1, units: 1 },
        {
          xz,
          recurrent: new Float32Array(1),
          h0: new Float32Array(1),
          c0: xz,
        },
        { activation },
      );
      // Every element as a sample of its own: one unit, no recurrence.
      const h = new Float32Array(units);
      runKernel(engine, 'simpleRnn', {
        ...common,
        xz,
        h0: new Float32Array(units),
        h,
        sequence: null,
        outputs: null,
        previousH: null,
        batch: units,
        scratch: new Float32Array(units * 3 * width(1)),
      });
      const exact = Float64Array.from(xz, x => (activation === 'tanh' ? Math.tanh(x) : 1 / (1 + Math.exp(-x))));
      const worst = h.reduce((most, y, i) => Math.max(most, Number.isNaN(exact[i]!) ? 0 : Math.abs(y - exact[i]!)), 0);
      expect(worst).toBeLessThan(3e-7);
      expect(h[0]).toBeNaN();
    },
  );

  test.each(cells)(
    '%s: the gates may take the place of xz, and its cotangent theirs; states may be updated in place',
    async cell => {
      const engine = await engineFor(build, 1);
      const sizes = { batch: 3, time: 4, units: 6 };
      const inputs = inputsFor(cell, sizes, { mask: true });
      const apart = forward(engine, cell, sizes, inputs);
      const d = { sequence: randomFloats(apart.sequence.length, 7), h: randomFloats(18, 8), c: randomFloats(18, 9) };
      const gradients = backward(engine, cell, sizes, inputs, apart, d);

      const place = inputs.xz.slice();
      const h = inputs.h0.slice();
      const c = inputs.c0.slice();
      const { recurrentActivation, ...common } = shared(cell, sizes, inputs, {});
      const previousH = new Float32Array(72);
      const previousC = new Float32Array(72);
      const inner = new Float32Array(72);
      const dInner = new Float32Array(216);
      const dh = d.h.slice();
      const dc = d.c.slice();
      const run = { ...common, xz: place, h0: h, h, sequence: null, previousH };
      const grad = { ...common, dSequence: d.sequence, dh, dh0: dh, dxz: place };
      if (cell === 'lstm') {
        runKernel(engine, 'lstm', { ...run, recurrentActivation, gates: place, c0: c, c, previousC });
        runKernel(engine, 'lstmGrad', { ...grad, recurrentActivation, gates: place, previousC, dc, dc0: dc });
        expect(c).toEqual(apart.c);
        expect(dc).toEqual(gradients.c0);
      } else if (cell === 'simpleRnn') {
        runKernel(engine, 'simpleRnn', { ...run, outputs: place });
        runKernel(engine, 'simpleRnnGrad', { ...grad, outputs: place });
      } else {
        const resetAfter = cell === 'gru';
        const bias = inputs.bias ?? null;
        runKernel(engine, 'gru', {
          ...run,
          recurrentActivation,
          gates: place,
          bias,
          resetAfter,
          inner: resetAfter ? inner : null,
        });
        runKernel(engine, 'gruGrad', {
          ...grad,
          recurrentActivation,
          gates: place,
          previousH,
          resetAfter,
          inner: resetAfter ? inner : null,
          dInner: resetAfter ? dInner : null,
        });
      }
      expect(h).toEqual(apart.h);
      expect(place).toEqual(gradients.xz);
      expect(dh).toEqual(gradients.h0);
    },
  );
});
