// Ops against recordings of real Keras: values and gradients. A row per op says how its arguments are passed here.

import { describe, expect, test } from 'vitest';
import { gradients } from '../../src/autodiff.js';
import { evaluate } from '../../src/compiler/evaluate.js';
import { fromTypedArray } from '../../src/graph/apply.js';
import { Tensor } from '../../src/graph/tensor.js';
import { depthwiseConv } from '../../src/ops/depthwise.js';
import { batchNormalization, layerNormalization, rmsNormalization } from '../../src/ops/normalization.js';
import { averagePool, maxPool } from '../../src/ops/pool.js';
import { moments } from '../../src/ops/reduce.js';
import { resize } from '../../src/ops/resize.js';
import { loadFamily, type TensorDescriptor } from '../support/oracle.js';

interface Recording {
  readonly id: string;
  readonly op: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly outputs: readonly TensorDescriptor[];
  readonly cotangents?: readonly TensorDescriptor[];
  readonly grads?: readonly TensorDescriptor[];
  readonly tolerance: number;
}

// biome-ignore lint/suspicious/noExplicitAny: arguments come as Keras recorded them
type Call = (args: any[], kwargs: Record<string, any>) => Tensor | readonly Tensor[];

const calls: Record<string, Call> = {
  max_pool: ([x, size], { strides, padding }) => maxPool(x, size, strides, padding),
  average_pool: ([x, size], { strides, padding }) => averagePool(x, size, strides, padding),
  depthwise_conv: ([x, kernel], options) => depthwiseConv(x, kernel, options),
  moments: ([x], { axes, keepdims }) => moments(x, axes, keepdims),
  batch_normalization: ([x, mean, variance], { axis, offset, scale, epsilon }) =>
    batchNormalization(x, mean, variance, axis, offset, scale, epsilon),
  layer_normalization: ([x, gamma, beta]) => layerNormalization(x, gamma, beta),
  rms_normalization: ([x, scale]) => rmsNormalization(x, scale),
  'image.resize': ([x, size], options) => resize(x, size, options),
};

const { cases, tensor } = loadFamily<Recording>('ops');

function isDescriptor(value: unknown): value is TensorDescriptor {
  return typeof value === 'object' && value !== null && 'offset' in value;
}

/** Largest |a - b| / (1 + max |a|), as the recordings' tolerances mean it. */
function deviation(recorded: ArrayLike<number>, actual: ArrayLike<number>): number {
  if (recorded.length !== actual.length) return Infinity;
  const scale = 1 + Array.from(recorded).reduce((m, v) => Math.max(m, Math.abs(v)), 0);
  return Array.from(recorded).reduce((m, v, i) => Math.max(m, Math.abs(v - actual[i]!) / scale), 0);
}

describe.each(Object.entries(calls))('%s', (op, call) => {
  test.each(cases.filter(recording => recording.op === op))('$id', recording => {
    const floats: Tensor[] = [];
    const bring = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(bring);
      if (!isDescriptor(value)) return value;
      const input = fromTypedArray(tensor(value), value.shape, value.dtype === 'uint8' ? 'int32' : value.dtype);
      if (input.dtype === 'float32') floats.push(input);
      return input;
    };
    const args = recording.args.map(bring);
    const kwargs = Object.fromEntries(Object.entries(recording.kwargs).map(([name, value]) => [name, bring(value)]));
    const result = call(args, kwargs);
    const outputs = result instanceof Tensor ? [result] : result;
    expect(outputs.map(({ shape }) => shape)).toEqual(recording.outputs.map(({ shape }) => shape));
    // Gradients before values: a tensor that has its value lets go of the graph behind it.
    const differentiable = outputs.filter(({ dtype }) => dtype === 'float32');
    const cotangents = recording.cotangents?.map(descriptor => fromTypedArray(tensor(descriptor), descriptor.shape));
    const grads = recording.grads ? gradients(differentiable, floats, cotangents).map(grad => grad!) : [];
    const values = evaluate([...outputs, ...grads]);
    [...recording.outputs, ...(recording.grads ?? [])].forEach((descriptor, i) => {
      expect(deviation(tensor(descriptor), values[i]!)).toBeLessThanOrEqual(recording.tolerance);
    });
  });
});
