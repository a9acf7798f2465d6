import { describe, expect, test } from 'vitest';
import * as k from '../src/index.js';

/** One object of each module, a name that `get` knows, and a class of the user's own. */
const objects = {
  layers: [k.layers.Dense(3, { activation: 'relu', name: 'd' }), 'Flatten'],
  losses: [k.losses.Huber({ delta: 0.5 }), 'huber'],
  metrics: [k.metrics.AUC({ numThresholds: 7 }), 'auc'],
  optimizers: [k.optimizers.Adam({ learningRate: 0.02 }), 'adam'],
  initializers: [k.initializers.HeNormal({ seed: 4 }), 'he_normal'],
  regularizers: [k.regularizers.L1L2({ l1: 0.1, l2: 0.2 }), 'l2'],
  constraints: [k.constraints.MaxNorm({ maxValue: 3 }), 'max_norm'],
} as const;

describe.each(Object.keys(objects) as (keyof typeof objects)[])('%s', name => {
  const { [name]: exported } = k;
  const module = exported as unknown as {
    get(identifier: unknown): object;
    serialize(object: unknown): { class_name: string; config: object };
    deserialize(config: unknown): object;
  };
  const [object, known] = objects[name];

  test('serialize and deserialize are inverse', () => {
    const json = JSON.parse(JSON.stringify(module.serialize(object))) as { class_name: string; config: object };
    expect(json).toMatchObject({ module: `keras.${name}` });
    expect(module.serialize(module.deserialize(json))).toEqual(json);
  });

  test('get knows names and objects, and refuses what is neither', () => {
    expect(module.get(known)).toBeTypeOf(typeof object);
    expect(module.get(object)).toBe(object);
    expect(() => module.get('no_such_thing')).toThrow(/no_such_thing/);
  });
});

describe('models', () => {
  test('serialize and deserialize are inverse', () => {
    const model = k.Sequential([k.Input({ shape: [2] }), k.layers.Dense(3)]);
    const json = k.models.serialize(model);
    const copy = k.models.deserialize(JSON.parse(JSON.stringify(json)) as typeof json);
    expect(copy.countParams()).toBe(9);
    expect(k.models.serialize(copy)).toEqual(json);
  });
});

test('classes of the user are found among the custom objects', () => {
  class Scale extends k.Layer {
    static override readonly className = 'Scale';
  }
  const json = k.layers.serialize(new Scale({ name: 's' }));
  expect(k.layers.deserialize(json, { customObjects: { Scale } })).toBeInstanceOf(Scale);
  expect(() => k.layers.deserialize(json)).toThrow(/Scale/);
});
