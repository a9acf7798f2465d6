import { describe, expect, test } from 'vitest';
import { gradients } from '../../src/autodiff.js';
import { constant } from '../../src/graph/apply.js';
import type { Tensor } from '../../src/graph/tensor.js';
import * as activations from '../../src/ops/activations.js';
import { checkGradients, expectTensor, randomTensor } from '../support/op.js';

const { celu, elu, gelu, glu, hardShrink, leakyRelu, relu, softShrink, squareplus, threshold } = activations;
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const softplus = (x: number) => Math.log(1 + Math.exp(x));
const relu6 = (x: number) => Math.min(Math.max(x, 0), 6);

/** Each activation with its definition in float64. */
const table: [name: string, fn: (x: Tensor) => Tensor, reference: (x: number) => number][] = [
  ['relu', x => relu(x), x => Math.max(x, 0)],
  [
    'relu with all options',
    x => relu(x, { negativeSlope: 0.1, maxValue: 2, threshold: 0.5 }),
    x => (x >= 2 ? 2 : x > 0.5 ? x : 0.1 * (x - 0.5)),
  ],
  ['relu with a slope', x => relu(x, { negativeSlope: 0.3 }), x => (x >= 0 ? x : 0.3 * x)],
  ['relu with a ceiling', x => relu(x, { maxValue: 1 }), x => Math.min(Math.max(x, 0), 1)],
  ['relu6', activations.relu6, relu6],
  ['leakyRelu', x => leakyRelu(x), x => (x >= 0 ? x : 0.2 * x)],
  ['elu', x => elu(x, 0.7), x => (x > 0 ? x : 0.7 * Math.expm1(x))],
  ['selu', activations.selu, x => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x))],
  ['celu', x => celu(x, 2), x => (x > 0 ? x : 2 * Math.expm1(x / 2))],
  ['softplus', activations.softplus, softplus],
  ['softsign', activations.softsign, x => x / (1 + Math.abs(x))],
  ['silu', activations.silu, x => x * sigmoid(x)],
  [
    'approximate gelu',
    x => gelu(x, true),
    x => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  ],
  ['hardSigmoid', activations.hardSigmoid, x => relu6(x + 3) / 6],
  ['hardSilu', activations.hardSilu, x => (x * relu6(x + 3)) / 6],
  ['hardTanh', activations.hardTanh, x => Math.min(Math.max(x, -1), 1)],
  ['mish', activations.mish, x => x * Math.tanh(softplus(x))],
  ['logSigmoid', activations.logSigmoid, x => -softplus(-x)],
  ['linear', activations.linear, x => x],
  ['exponential', activations.exponential, Math.exp],
  ['tanhShrink', activations.tanhShrink, x => x - Math.tanh(x)],
  ['softShrink', x => softShrink(x, 0.3), x => (x > 0.3 ? x - 0.3 : x < -0.3 ? x + 0.3 : 0)],
  ['hardShrink', x => hardShrink(x, 0.3), x => (Math.abs(x) > 0.3 ? x : 0)],
  ['threshold', x => threshold(x, 0.5, -3), x => (x > 0.5 ? x : -3)],
  ['squareplus', x => squareplus(x, 2), x => (x + Math.sqrt(x * x + 2)) / 2],
  ['sparsePlus', activations.sparsePlus, x => (x <= -1 ? 0 : x < 1 ? (x + 1) ** 2 / 4 : x)],
  ['sparseSigmoid', activations.sparseSigmoid, x => Math.min(Math.max((x + 1) / 2, 0), 1)],
];

describe('activations', () => {
  // Differences of 0.01 must not step over a kink: none of these points is near one.
  const x = constant([-7.3, -2.6, -1.4, -0.7, -0.2, 0.11, 0.2, 0.7, 1.4, 2.6, 4.1, 7.3]);

  test.each(table)('%s: values and gradient', (_, fn, reference) => {
    expectTensor(fn(x), Array.from(x.data(), reference), [12]);
    checkGradients(fn, [x]);
  });

  test('gelu(1) is Φ(1), and its approximation is near', () => {
    expectTensor(gelu([1, -1, 0]), [0.8413447460685429, -0.15865525393145707, 0], [3]);
    expect(gelu([1], true).item()).toBeCloseTo(0.84119, 5);
    checkGradients(a => gelu(a), [x]);
  });

  test('the gradient of relu at 0 is 0, of softplus ½', () => {
    const zero = constant([0]);
    expect(gradients([relu(zero)], [zero])[0]!.item()).toBe(0);
    expect(gradients([activations.softplus(zero)], [zero])[0]!.item()).toBe(0.5);
  });

  test('nothing overflows far from 0', () => {
    const far = constant([-1e4, 1e4]);
    expectTensor(activations.softplus(far), [0, 1e4]);
    expectTensor(activations.logSigmoid(far), [-1e4, 0]);
    expectTensor(elu(far), [-1, 1e4]);
    expectTensor(activations.mish(far), [0, 1e4]);
    for (const fn of [
      activations.softplus,
      activations.logSigmoid,
      elu,
      activations.mish,
      activations.silu,
      activations.selu,
    ]) {
      expect(Array.from(gradients([fn(far)], [far])[0]!.data()).every(Number.isFinite), fn.name).toBe(true);
    }
  });

  test('glu gates one half with the other', () => {
    const pair = randomTensor([2, 6], 3);
    const [a, b] = [0, 3].map(start =>
      [0, 1].flatMap(row => [...pair.data().slice(6 * row + start, 6 * row + start + 3)]),
    );
    expectTensor(
      glu(pair),
      a!.map((value, i) => value * sigmoid(b![i]!)),
      [2, 3],
    );
    checkGradients(p => glu(p, 0), [pair]);
    expect(() => glu(randomTensor([2, 5]))).toThrow(/split/);
  });
});
