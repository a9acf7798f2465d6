// Every recorded case of keras.ops and keras.activations through the public namespaces: values, shapes and gradients.

import { expect, test } from 'vitest';
import { gradients } from '../../src/autodiff.js';
import * as activations from '../../src/backend/activations.js';
import * as ops from '../../src/backend/ops/index.js';
import { evaluate } from '../../src/compiler/evaluate.js';
import { toCamelKey } from '../../src/config.js';
import { fromTypedArray } from '../../src/graph/apply.js';
import type { Tensor } from '../../src/graph/tensor.js';
import { zerosLike } from '../../src/ops/creation.js';
import { flatten, type Structure } from '../../src/structure.js';
import { loadFamily, type TensorDescriptor } from '../support/oracle.js';

interface Recording {
  readonly id: string;
  readonly op: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly outputs: readonly TensorDescriptor[];
  /** One per output; null for those without a gradient. */
  readonly cotangents?: readonly (TensorDescriptor | null)[];
  readonly grads?: readonly TensorDescriptor[];
  readonly tolerance: number;
}

const { cases, tensor } = loadFamily<Recording>('ops');

type PublicFunction = (...args: unknown[]) => Structure<Tensor>;

/** `image.rgb_to_grayscale` → ops.image.rgbToGrayscale. */
function publicFunction(name: string): PublicFunction {
  const parts = name.split('.').map(part => toCamelKey(part));
  const namespace = parts.length === 1 ? ops : { activations, image: ops.image }[parts[0]!];
  const fn = (namespace as unknown as Record<string, PublicFunction> | undefined)?.[parts.at(-1)!];
  if (!fn) throw new Error(`There is no public ${name}.`);
  return fn;
}

function isDescriptor(value: unknown): value is TensorDescriptor {
  return typeof value === 'object' && value !== null && 'offset' in value;
}

/** Largest |a - b| / (1 + max |a|), as the recordings' tolerances mean it; NaN and infinities must be in the same places. */
function deviation(recorded: ArrayLike<number>, actual: ArrayLike<number>): number {
  if (recorded.length !== actual.length) return Infinity;
  const finite = Array.from(recorded).filter(Number.isFinite);
  const scale = 1 + finite.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  let worst = 0;
  for (let i = 0; i < recorded.length; i++) {
    if (Object.is(recorded[i], actual[i])) continue;
    const distance = Math.abs(recorded[i]! - actual[i]!) / scale;
    worst = Math.max(worst, Number.isNaN(distance) ? Infinity : distance);
  }
  return worst;
}

test.each(cases.map(recording => [recording.id, recording] as const))('%s', (_id, recording) => {
  const floats: Tensor[] = [];
  const bring = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(bring);
    if (!isDescriptor(value)) return value;
    const input = fromTypedArray(tensor(value), value.shape, value.dtype === 'uint8' ? 'int32' : value.dtype);
    if (input.dtype === 'float32') floats.push(input);
    return input;
  };
  const args = recording.args.map(bring);
  const kwargs = Object.fromEntries(
    Object.entries(recording.kwargs).map(([name, value]) => [toCamelKey(name), bring(value)]),
  );
  const outputs = flatten(publicFunction(recording.op)(...args, ...(Object.keys(kwargs).length > 0 ? [kwargs] : [])));
  expect(outputs.map(({ shape }) => shape)).toEqual(recording.outputs.map(({ shape }) => shape));
  expect(outputs.map(({ dtype }) => dtype)).toEqual(
    recording.outputs.map(({ dtype }) => (dtype === 'uint8' ? 'int32' : dtype)),
  );
  // Gradients before values: a tensor that has its value lets go of the graph behind it.
  const differentiable = outputs.filter(({ dtype }) => dtype === 'float32');
  const cotangents = recording.cotangents?.flatMap(descriptor =>
    descriptor ? [fromTypedArray(tensor(descriptor), descriptor.shape)] : [],
  );
  const grads = recording.grads
    ? gradients(differentiable, floats, cotangents).map((grad, i) => grad ?? zerosLike(floats[i]!))
    : [];
  const values = evaluate([...outputs, ...grads]);
  [...recording.outputs, ...(recording.grads ?? [])].forEach((descriptor, i) => {
    expect(deviation(tensor(descriptor), values[i]!)).toBeLessThanOrEqual(recording.tolerance);
  });
});
