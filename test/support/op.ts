// Checks ops: forward values against a reference, gradients against central differences.

import { expect } from 'vitest';
import { gradients } from '../../src/autodiff.js';
import { evaluate } from '../../src/compiler/evaluate.js';
import { fromTypedArray } from '../../src/graph/apply.js';
import type { Tensor } from '../../src/graph/tensor.js';
import { add, multiply } from '../../src/ops/elementwise.js';
import { sum } from '../../src/ops/reduce.js';
import { maxError, randomFloats } from './kernel.js';

/** A float32 tensor of reproducible values in [low, high). */
export function randomTensor(shape: readonly number[], seed = 1, low = -1, high = 1): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return fromTypedArray(
    randomFloats(size, seed).map(x => low + ((x + 1) / 2) * (high - low)),
    shape,
  );
}

/** Expects a tensor's shape and values, to max |a - b| / (1 + |b|) <= tolerance. */
export function expectTensor(
  actual: Tensor,
  expected: ArrayLike<number>,
  shape?: readonly number[],
  tolerance = 1e-5,
): void {
  if (shape) expect(actual.shape).toEqual(shape);
  expect(maxError(actual.data(), expected)).toBeLessThanOrEqual(tolerance);
}

/**
 * Compares the gradients of sum(fn(inputs) * random cotangents) with central differences, for every float32 input.
 * float32 differences are good to about 1e-2 relative; `second: true` checks the gradient's own gradient the same way.
 */
export function checkGradients(
  fn: (...inputs: Tensor[]) => Tensor | readonly Tensor[],
  inputs: readonly Tensor[],
  { step = 1e-2, tolerance = 1e-2, second = false }: { step?: number; tolerance?: number; second?: boolean } = {},
): void {
  const scalar = (...tensors: Tensor[]): Tensor => {
    const result = fn(...tensors);
    const outputs: readonly Tensor[] = Array.isArray(result) ? result : [result as Tensor];
    const terms = outputs
      .filter(({ dtype }) => dtype === 'float32')
      .map((output, i) => sum(multiply(output, randomTensor(output.shape, 77 + i))));
    return terms.reduce((a, b) => add(a, b));
  };
  const wrt = inputs.filter(({ dtype }) => dtype === 'float32');
  const gradientOf = (tensors: readonly Tensor[]): Tensor[] => {
    const floats = tensors.filter(({ dtype }) => dtype === 'float32');
    return gradients([scalar(...tensors)], floats).map((gradient, i) => {
      if (!gradient) throw new Error(`no gradient flows to input ${i}`);
      return gradient;
    });
  };
  const analytic = evaluate(gradientOf(inputs));
  const replaced = (target: Tensor, data: Float32Array) =>
    inputs.map(input => (input === target ? fromTypedArray(data, input.shape) : input));
  wrt.forEach((input, which) => {
    const data = input.data() as Float32Array;
    const numeric = Float64Array.from(data, (value, i) => {
      const at = (x: number) => {
        const copy = data.slice();
        copy[i] = x;
        return scalar(...replaced(input, copy)).item();
      };
      return (at(value + step) - at(value - step)) / (2 * step);
    });
    expect(maxError(analytic[which]!, numeric), `gradient of input ${which}`).toBeLessThanOrEqual(tolerance);
  });
  if (second) {
    checkGradients((...tensors) => gradientOf(tensors), inputs, { step, tolerance });
  }
}
