import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as applications from '../../src/applications/index.js';
import { Functional } from '../../src/models/functional.js';
import { resetNames } from '../../src/naming.js';
import { sizeOf } from '../../src/shape.js';

/** What Keras built: made by record.py. */
interface Recording {
  readonly function: string;
  readonly options: object;
  readonly name: string;
  readonly layers: number;
  readonly params: number;
  readonly trainable: number;
  readonly output: readonly (number | null)[];
  /** Of the config, of the layers with their shapes, and of the weights' paths and shapes, in order. */
  readonly digest: string;
}

const recordings = JSON.parse(readFileSync(new URL('architectures.json', import.meta.url), 'utf8')) as Recording[];
const functions = applications as unknown as { readonly [name: string]: (options: object) => Functional };

/** The text that record.py makes of the same value. */
function canonical(value: unknown): string {
  if (typeof value === 'number') return String(Math.floor(value * 1e9 + 0.5));
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const idle = ([key, item]: [string, unknown]) =>
    (key === 'mask' && item === null) || (key === 'training' && item === false);
  const items = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .filter(entry => !idle(entry));
  return `{${items.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join()}}`;
}

function digest(model: Functional): string {
  const described = {
    config: model.getConfig(),
    layers: model.layers.map(layer => [layer.name, layer.className, layer.outputShape]),
    weights: model.weights.map(weight => [weight.path, weight.shape]),
  };
  return createHash('sha256').update(canonical(described)).digest('hex').slice(0, 16);
}

describe('architectures', () => {
  test.each(
    recordings.map(recording => [`${recording.function} ${JSON.stringify(recording.options)}`, recording] as const),
  )('%s has the layers and weights of Keras, in its order', (_title, recording) => {
    resetNames();
    const model = functions[recording.function]!({ ...recording.options, weights: null });
    const { name, layers, params, trainable, output } = recording;
    const size = (weights: readonly { readonly shape: readonly number[] }[]) =>
      weights.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    try {
      expect({
        name: model.name,
        layers: model.layers.length,
        params: model.countParams(),
        trainable: size(model.trainableWeights),
        output: model.outputShape,
      }).toEqual({ name, layers, params, trainable, output });
      expect(digest(model)).toBe(recording.digest);
    } finally {
      for (const weight of model.weights) weight.dispose();
    }
  });

  test('every architecture of the namespace is recorded', () => {
    const names = Object.keys(applications).filter(name => /^[A-Z]/.test(name));
    expect(new Set(recordings.map(recording => recording.function))).toEqual(new Set(names));
  });
});

describe('configs', () => {
  test.each([
    ['app_ResNet50', 'ResNet50', {}],
    ['app_Xception', 'Xception', {}],
    ['app_MobileNetV2', 'MobileNetV2', { alpha: 0.35, inputShape: [96, 96, 3], classes: 10 }],
  ])('%s: a model from the config that Keras wrote is the one the function builds', (folder, name, options) => {
    const path = new URL(`../oracle/public/files/${folder}/config.json`, import.meta.url);
    const recorded = JSON.parse(readFileSync(path, 'utf8')) as {
      readonly config: { readonly layers: readonly unknown[] };
    };
    resetNames();
    const built = functions[name]!({ ...options, weights: null });
    const restored = Functional.fromConfig(recorded.config as never) as Functional;
    expect(canonical(built.getConfig())).toBe(canonical(recorded.config));
    expect(canonical(restored.getConfig())).toBe(canonical(recorded.config));
    for (const weight of [...built.weights, ...restored.weights]) weight.dispose();
  });
});
