import { describe, expect, test } from 'vitest';
import { gradients } from '../../src/autodiff.js';
import { evaluate } from '../../src/compiler/evaluate.js';
import { apply, fromTypedArray } from '../../src/graph/apply.js';
import type { Tensor } from '../../src/graph/tensor.js';
import { type ConvOptions, conv, convTranspose } from '../../src/ops/conv.js';
import { type ConvAttrs, convInputGradOp, convOp } from '../../src/ops/convolution.js';
import { multiply } from '../../src/ops/elementwise.js';
import { moveaxis } from '../../src/ops/movement.js';
import { sum } from '../../src/ops/reduce.js';
import { sizeOf } from '../../src/shape.js';
import { visitConvolution } from '../support/convolution.js';
import { maxError } from '../support/kernel.js';
import { checkGradients, expectTensor, randomTensor } from '../support/op.js';

interface Case extends ConvOptions {
  x: readonly number[];
  w: readonly number[];
}

/** Forward and both gradients against sums in float64. */
function check(x: Tensor, w: Tensor, y: Tensor): void {
  const dy = randomTensor(y.shape, 5);
  const [dx, dw] = gradients([sum(multiply(y, dy))], [x, w]) as [Tensor, Tensor];
  const expected = {
    y: new Float64Array(y.size),
    dx: new Float64Array(x.size),
    dw: new Float64Array(w.size),
  };
  const [xs, ws, dys] = [x.data(), w.data(), dy.data()];
  visitConvolution(y.node!.attrs as ConvAttrs, (i, j, o) => {
    expected.y[o]! += xs[i]! * ws[j]!;
    expected.dx[i]! += ws[j]! * dys[o]!;
    expected.dw[j]! += xs[i]! * dys[o]!;
  });
  const [actualY, actualX, actualW] = evaluate([y, dx, dw]);
  // Sums of up to 1800 products in float32, rounded in another order than the reference.
  expect(maxError(actualY!, expected.y), 'y').toBeLessThan(3e-5);
  expect(maxError(actualX!, expected.dx), 'dx').toBeLessThan(3e-5);
  expect(maxError(actualW!, expected.dw), 'dw').toBeLessThan(3e-5);
}

const cases: Case[] = [
  { x: [2, 5, 7, 3], w: [3, 3, 3, 4] },
  { x: [2, 5, 7, 3], w: [3, 3, 3, 4], padding: 'same' },
  { x: [1, 8, 9, 1], w: [3, 3, 1, 5], padding: 'same', strides: 2 },
  { x: [1, 8, 9, 1], w: [3, 2, 1, 20], dilationRate: [2, 3], padding: 'same' },
  { x: [2, 9, 8, 17], w: [3, 3, 17, 18], strides: [2, 3], padding: 'same' },
  { x: [2, 9, 8, 4], w: [2, 3, 4, 16], strides: 2, dilationRate: 3, padding: 'same' },
  {
    x: [1, 9, 9, 2],
    w: [3, 3, 2, 3],
    strides: 4,
    dilationRate: 2,
    padding: [
      [3, 2],
      [0, 5],
    ],
  },
  { x: [2, 6, 6, 6], w: [3, 3, 2, 9], groups: 3, padding: 'same' },
  { x: [2, 6, 7, 32], w: [3, 3, 16, 34], strides: 2, padding: 'same' },
  { x: [1, 4, 4, 8], w: [1, 1, 8, 5] },
  { x: [3, 5, 5, 8], w: [1, 1, 8, 5], strides: 2 },
  { x: [1, 3, 3, 2], w: [3, 3, 2, 4] },
  { x: [1, 30, 70, 2], w: [5, 5, 2, 3], padding: 'same' },
  { x: [1, 2, 300, 3], w: [1, 7, 3, 4], strides: [1, 2], padding: 'same' },
  { x: [1, 6, 6, 200], w: [3, 3, 200, 12], padding: 'same' },
  { x: [1, 5, 5, 400], w: [2, 2, 400, 3] },
  { x: [3, 17, 5], w: [4, 5, 6], padding: 'causal', dilationRate: 2 },
  { x: [3, 17, 5], w: [3, 5, 6], padding: 'same', strides: 3 },
  { x: [2, 4, 5, 6, 3], w: [2, 3, 3, 3, 5], padding: 'same' },
  { x: [1, 5, 6, 5, 2], w: [3, 3, 2, 2, 4], strides: [2, 1, 2], padding: 'same', dilationRate: [1, 2, 1] },
  { x: [0, 5, 5, 2], w: [3, 3, 2, 4] },
];

describe('conv', () => {
  test.each(cases)('$x by $w, $strides, $padding, $dilationRate, $groups', ({ x: shapeX, w: shapeW, ...options }) => {
    const x = randomTensor(shapeX, 1);
    const w = randomTensor(shapeW, 2);
    check(x, w, conv(x, w, options));
  });

  test("'same' with stride 2 pads an even size behind only", () => {
    const x = fromTypedArray(Float32Array.of(1, 10, 100, 1000), [1, 4, 1]);
    expectTensor(conv(x, [[[1]], [[1]], [[1]]], { strides: 2, padding: 'same' }), [111, 1100], [1, 2, 1]);
  });

  test('channels first is the same, moved', () => {
    const x = randomTensor([2, 3, 5, 6], 1);
    const w = randomTensor([3, 3, 3, 4], 2);
    const y = conv(x, w, { dataFormat: 'channels_first', padding: 'same' });
    expectTensor(moveaxis(y, 1, -1), conv(moveaxis(x, 1, -1), w, { padding: 'same' }).data(), [2, 5, 6, 4]);
  });

  test.each([
    [
      [1, 7, 6, 3],
      [3, 3, 3, 5],
    ],
    [
      [1, 4, 4, 3],
      [1, 1, 3, 17],
    ],
    [
      [1, 7, 7, 3],
      [3, 3, 3, 32],
    ],
    [
      [2, 6, 7, 16],
      [3, 3, 16, 32],
    ],
    [
      [2, 6, 7, 16],
      [3, 3, 16, 18],
    ],
  ])('bias and activation in one instruction, %j by %j', (shapeX, shapeW) => {
    const [x, w, bias] = [randomTensor(shapeX, 1), randomTensor(shapeW, 2), randomTensor([shapeW.at(-1)!], 3)];
    const plain = conv(x, w, { padding: 'same' });
    const attrs = plain.node!.attrs as ConvAttrs;
    const sums = plain.data().map((value, i) => value + bias.data()[i % bias.size]!);
    const fused = (activation: 'relu' | 'tanh') => apply(convOp, [x, w, bias], { ...attrs, activation });
    expectTensor(
      fused('relu'),
      sums.map(value => Math.max(value, 0)),
      plain.shape,
    );
    expectTensor(fused('tanh'), sums.map(Math.tanh), plain.shape);
  });

  test('second derivatives', () => {
    checkGradients(
      (x, w) => conv(x, w, { padding: 'same', strides: 2 }),
      [randomTensor([1, 4, 3, 2], 1), randomTensor([3, 2, 2, 2], 2)],
      {
        second: true,
      },
    );
  });

  test('what does not fit is named', () => {
    const x = randomTensor([1, 5, 5, 3]);
    expect(() => conv(x, randomTensor([3, 3, 2, 4]))).toThrow('3 input channels');
    expect(() => conv(x, randomTensor([3, 3, 1, 4]))).toThrow('divisible by the groups');
    expect(() => conv(x, randomTensor([3, 3, 4]))).toThrow('Received shapes (1, 5, 5, 3) and (3, 3, 4)');
    expect(() => conv(x, randomTensor([6, 3, 3, 4]))).toThrow('does not fit');
    expect(() => conv(x, randomTensor([3, 3, 3, 4]), { padding: 'causal' })).toThrow("'valid', 'same', or 2 pairs");
  });
});

describe('convTranspose', () => {
  const x = fromTypedArray(Float32Array.of(1, 10, 100), [1, 3, 1]);
  const ones = (taps: number) => fromTypedArray(new Float32Array(taps).fill(1), [taps, 1, 1]);

  test('lengths and places of Keras', () => {
    expectTensor(convTranspose(x, ones(3), { strides: 2, padding: 'same' }), [1, 1, 11, 10, 110, 100], [1, 6, 1]);
    expectTensor(convTranspose(x, ones(4), { strides: 2, padding: 'same' }), [1, 11, 11, 110, 110, 100], [1, 6, 1]);
    expectTensor(convTranspose(x, ones(2), { strides: 3 }), [1, 1, 0, 10, 10, 0, 100, 100, 0], [1, 9, 1]);
  });

  test.each([
    { x: [2, 4, 5, 3], w: [3, 3, 4, 3], strides: 2, padding: 'same' as const },
    { x: [2, 4, 5, 3], w: [2, 5, 4, 3], strides: [3, 2], outputPadding: [1, 0] },
    { x: [1, 6, 17], w: [3, 5, 17], dilationRate: 2 },
    { x: [1, 3, 2, 4, 2], w: [2, 3, 2, 3, 2], strides: [2, 1, 2], padding: 'same' as const },
  ])('$x by $w against sums in float64, $strides, $padding', ({ x: shapeX, w: shapeW, ...options }) => {
    const input = randomTensor(shapeX, 1);
    const w = randomTensor(shapeW, 2);
    const y = convTranspose(input, w, options);
    const expected = new Float64Array(sizeOf(y.shape));
    const [xs, ws] = [input.data(), w.data()];
    visitConvolution(y.node!.attrs as ConvAttrs, (to, j, from) => {
      expected[to]! += xs[from]! * ws[j]!;
    });
    expectTensor(y, expected);
  });

  test('gradients and their gradients', () => {
    const inputs = [randomTensor([1, 3, 2, 2], 1), randomTensor([3, 2, 2, 2], 2)];
    checkGradients((t, w) => convTranspose(t, w, { strides: 2, padding: 'same' }), inputs, { second: true });
  });

  test('bias and tanh in the same instructions, also where a phase of the stride has no taps', () => {
    const w = randomTensor([2, 5, 1], 2);
    const bias = randomTensor([5], 3);
    const plain = convTranspose(x, w, { strides: 3 });
    const attrs: ConvAttrs = { ...(plain.node!.attrs as ConvAttrs), activation: 'tanh' };
    const [values, b] = [plain.data(), bias.data()];
    expectTensor(
      apply(convInputGradOp, [x, w, bias], attrs),
      values.map((value, i) => Math.tanh(value + b[i % 5]!)),
      [1, 9, 5],
    );
    checkGradients((...inputs) => apply(convInputGradOp, inputs, attrs), [randomTensor([1, 3, 1], 4), w, bias]);
  });

  test('a kernel for other channels is refused', () => {
    expect(() => convTranspose(x, randomTensor([3, 1, 2]))).toThrow('1 input channels');
  });
});
