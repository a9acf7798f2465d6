import { describe, expect, test } from 'vitest';
import { type ConvAttrs, type ConvAxis, convFilterGradOp, convInputGradOp, convOp } from '../../src/ops/convolution.js';
import type { Engine } from '../../src/runtime/engine.js';
import { sizeOf } from '../../src/shape.js';
import { visitConvolution } from '../support/convolution.js';
import { builds, engineFor, maxError, randomFloats } from '../support/kernel.js';
import { runOp } from '../support/lowered.js';

/** [size, taps, stride = 1, dilation = 1, padding in front = 0, behind = 0]. */
type Axis = readonly number[];

function axisOf([size, taps, stride = 1, dilation = 1, before = 0, after = 0]: Axis): ConvAxis {
  const output = Math.floor((size! + before + after - (taps! - 1) * dilation - 1) / stride) + 1;
  return { size: size!, output, taps: taps!, stride, dilation, before };
}

function geometry(n: number, cg: number, og: number, groups: number, d: Axis, h: Axis, w: Axis): ConvAttrs {
  const axes = [axisOf(d), axisOf(h), axisOf(w)] as const;
  return {
    shapeX: [n, ...axes.map(({ size }) => size), cg * groups],
    shapeW: [...axes.map(({ taps }) => taps), cg, og * groups],
    shapeY: [n, ...axes.map(({ output }) => output), og * groups],
    axes,
    groups,
    activation: 'linear',
  };
}

/** y, dx and dw of random x, w, bias and dy, and the same as sums in float64 with the sums of magnitudes. */
function results(engine: Engine, attrs: ConvAttrs) {
  const { shapeX, shapeW, shapeY } = attrs;
  const x = randomFloats(sizeOf(shapeX), 1);
  const w = randomFloats(sizeOf(shapeW), 2);
  const dy = randomFloats(sizeOf(shapeY), 3);
  const bias = randomFloats(shapeY.at(-1)!, 4);
  const actual = [
    runOp(
      engine,
      convOp,
      [
        [shapeX, x],
        [shapeW, w],
        [[bias.length], bias],
      ],
      attrs,
    ),
    runOp(
      engine,
      convInputGradOp,
      [
        [shapeY, dy],
        [shapeW, w],
      ],
      attrs,
    ),
    runOp(
      engine,
      convFilterGradOp,
      [
        [shapeX, x],
        [shapeY, dy],
      ],
      attrs,
    ),
  ];
  const expected = actual.map(({ length }) => new Float64Array(length));
  const magnitudes = actual.map(({ length }) => new Float64Array(length));
  const add = (to: number, i: number, value: number) => {
    expected[to]![i]! += value;
    magnitudes[to]![i]! += Math.abs(value);
  };
  for (let i = 0; i < dy.length; i++) add(0, i, bias[i % bias.length]!);
  visitConvolution(attrs, (i, j, o) => {
    add(0, o, x[i]! * w[j]!);
    add(1, i, w[j]! * dy[o]!);
    add(2, j, x[i]! * dy[o]!);
  });
  return { actual, expected, magnitudes };
}

/** Largest error of y, dx and dw. */
function errors(engine: Engine, attrs: ConvAttrs): number[] {
  const { actual, expected } = results(engine, attrs);
  return actual.map((values, i) => maxError(values, expected[i]!));
}

// Sums of up to 3600 products in float32, rounded in another order than the reference.
const TOLERANCE = 3e-5;
const one: Axis = [1, 1];

describe.each(builds)('convolution and its gradients, %s build', build => {
  describe.each([1, 2, 3])('on %i threads', threads => {
    test.each([1, 2, 3, 4, 5, 15, 16, 17, 33])('%i channels in and out, and 1', async channels => {
      const engine = await engineFor(build, threads);
      for (const [cg, og] of [
        [channels, channels],
        [channels, 1],
        [1, channels],
      ] as const) {
        const attrs = geometry(2, cg, og, 1, one, [5, 3, 1, 1, 1, 1], [6, 3, 1, 1, 1, 1]);
        expect(Math.max(...errors(engine, attrs)), `${cg} ${og}`).toBeLessThan(TOLERANCE);
      }
    });

    test.each([
      ['strides larger than the filter', [9, 2, 3, 1, 0, 0], [11, 1, 2, 1, 0, 0]],
      ['stride and dilation with a common divisor', [12, 3, 2, 2, 2, 2], [13, 2, 4, 2, 1, 0]],
      ['stride and dilation without one', [12, 3, 2, 3, 3, 3], [13, 2, 3, 2, 1, 1]],
      ['more padding than input', [2, 3, 1, 1, 5, 6], [3, 2, 2, 1, 4, 0]],
      ['a filter as large as the input', [4, 4], [5, 5]],
      ['input that no window reaches', [7, 2, 3], [8, 2, 5]],
      ['many outputs on one line', [2, 2], [300, 3, 1, 1, 1, 1]],
      ['many lines', [140, 3, 1, 1, 1, 1], [2, 2, 1, 1, 0, 1]],
    ] as const)('%s', async (_, h, w) => {
      const engine = await engineFor(build, threads);
      for (const [cg, og, groups] of [
        [3, 5, 1],
        [20, 2, 1],
        [4, 3, 2],
      ] as const) {
        const worst = Math.max(...errors(engine, geometry(2, cg, og, groups, one, h, w)));
        expect(worst, `${cg} ${og} ${groups}`).toBeLessThan(TOLERANCE);
      }
    });

    test('sums of few products', async () => {
      const engine = await engineFor(build, threads);
      for (const [cg, og, groups] of [
        [1, 32, 1],
        [3, 16, 1],
        [2, 16, 3],
      ] as const) {
        for (const attrs of [
          geometry(2, cg, og, groups, one, [9, 3], [11, 3]),
          geometry(1, cg, og, groups, one, [8, 3, 2, 1, 1, 0], [9, 2, 1, 3, 2, 1]),
          geometry(1, cg, og, groups, [5, 2, 1, 2, 1, 1], [4, 2], [5, 2, 1, 1, 1, 0]),
        ]) {
          expect(Math.max(...errors(engine, attrs)), `${cg} ${og} ${groups}`).toBeLessThan(TOLERANCE);
        }
      }
    });

    test('three axes, strides and dilation on the first one', async () => {
      const engine = await engineFor(build, threads);
      for (const d of [
        [4, 2],
        [5, 3, 2, 1, 1, 1],
        [6, 2, 1, 3, 1, 2],
      ] as const) {
        const attrs = geometry(2, 3, 4, 1, d, [4, 3, 1, 1, 1, 1], [5, 2]);
        expect(Math.max(...errors(engine, attrs)), String(d)).toBeLessThan(TOLERANCE);
      }
    });

    test('stretches and sums longer than a block', async () => {
      const engine = await engineFor(build, threads);
      for (const cg of [150, 400]) {
        const attrs = geometry(1, cg, 18, 1, one, [4, 3, 1, 1, 1, 1], [3, 3, 1, 1, 1, 1]);
        expect(Math.max(...errors(engine, attrs)), String(cg)).toBeLessThan(TOLERANCE);
      }
    });

    test.each([
      ['patches that fit', [6, 3], [8, 3]],
      ['odd sizes', [9, 3], [11, 3]],
      ['padding on all sides', [5, 3, 1, 1, 1, 1], [6, 3, 1, 1, 1, 1]],
      ['more padding than taps reach', [3, 3, 1, 1, 3, 4], [2, 3, 1, 1, 4, 3]],
      ['padding in front only', [4, 3, 1, 1, 2, 0], [5, 3, 1, 1, 2, 0]],
      ['one output', [3, 3], [3, 3]],
      ['an image that starts later', [7, 3, 1, 1, -1, 0], [8, 3, 1, 1, -2, -1]],
      ['more patches than a block takes', [17, 3], [9, 3, 1, 1, 1, 0]],
    ] as const)('3 x 3 taps and many channels, %s', async (_, h, w) => {
      const engine = await engineFor(build, threads);
      for (const [cg, og] of [
        [16, 16],
        [20, 36],
        [32, 17],
        [17, 20],
      ] as const) {
        const worst = Math.max(...errors(engine, geometry(6, cg, og, 1, one, h, w)));
        expect(worst, `${cg} ${og}`).toBeLessThan(TOLERANCE);
      }
    });

    test('a sum by way of transforms is off by at most 3e-7 of its magnitudes', async () => {
      const engine = await engineFor(build, threads);
      const attrs = geometry(2, 64, 48, 1, one, [12, 3, 1, 1, 1, 1], [13, 3, 1, 1, 1, 1]);
      const { actual, expected, magnitudes } = results(engine, attrs);
      actual.forEach((values, i) => {
        const off = (value: number, j: number) => Math.abs(value - expected[i]![j]!) / magnitudes[i]![j]!;
        const worst = values.reduce((most, value, j) => Math.max(most, off(value, j)), 0);
        expect(worst, `result ${i}`).toBeLessThan(3e-7);
      });
    });

    test('an empty batch has zero gradients', async () => {
      const engine = await engineFor(build, threads);
      const attrs = geometry(0, 2, 3, 1, one, [4, 3], [4, 3]);
      const dw = runOp(
        engine,
        convFilterGradOp,
        [
          [attrs.shapeX, new Float32Array(0)],
          [attrs.shapeY, new Float32Array(0)],
        ],
        attrs,
      );
      expect(dw).toEqual(new Float32Array(sizeOf(attrs.shapeW)));
    });
  });
});
