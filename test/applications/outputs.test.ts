import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as applications from '../../src/applications/index.js';
import { constant } from '../../src/graph/apply.js';
import type { Tensor } from '../../src/graph/tensor.js';
import type { Functional } from '../../src/models/functional.js';
import { type Shape, sizeOf } from '../../src/shape.js';

/** What Keras answered: made by record_outputs.py. */
interface Recording {
  readonly function: string;
  readonly options: { readonly inputShape: Shape };
  readonly size: number;
  readonly largest: number;
  /** The first outputs. */
  readonly first: readonly number[];
}

const recordings = JSON.parse(readFileSync(new URL('outputs.json', import.meta.url), 'utf8')) as Recording[];
const functions = applications as unknown as { readonly [name: string]: (options: object) => Functional };

/** The values that record_outputs.py gives the weight. */
function weightValues(index: number, path: string, shape: Shape): Float32Array {
  const isDepthwise = path.endsWith('depthwise_kernel') || shape.at(-1) === 1;
  const fan = sizeOf(isDepthwise ? shape.slice(0, 2) : shape.slice(0, -1));
  return Float32Array.from({ length: sizeOf(shape) }, (_, i) => {
    const noise = Math.sin(12.9898 * (i + 1) + 78.233 * index) * 43758.5453;
    const uniform = noise - Math.floor(noise);
    if (shape.length >= 2) return (2 * uniform - 1) * Math.sqrt(6 / fan);
    return /gamma$|variance$/.test(path) ? 0.5 + uniform : (uniform - 0.5) * 0.2 * shape.length;
  });
}

test.each(recordings.map(recording => [recording.function, recording] as const))(
  '%s with given weights answers what Keras answers',
  async (name, { options, size, largest, first }) => {
    const model = functions[name]!({ ...options, weights: null, includeTop: false, pooling: 'avg' });
    model.setWeights(model.weights.map((weight, i) => weightValues(i, weight.path, weight.shape)));
    const shape = [1, ...options.inputShape];
    const pixels = Float32Array.from({ length: sizeOf(shape) }, (_, i) => 127.5 + 127.5 * Math.sin(i * 0.37));
    const output = ((await model.predict(constant(pixels, 'float32', shape), { verbose: 0 })) as Tensor).data();
    for (const weight of model.weights) weight.dispose();
    expect(output.length).toBe(size);
    // Rounding errors of up to two hundred layers, as a share of the largest output.
    const difference = Math.max(...first.map((value, i) => Math.abs(value - output[i]!))) / largest;
    expect(difference).toBeLessThan(2e-5);
  },
);
