// Augmentation against Keras: the same seeds change images in the same way.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { affineTransform as transformOp } from '../../src/backend/ops/image.js';
import { type Config, findClass } from '../../src/config.js';
import { constant } from '../../src/graph/apply.js';
import type { NestedArray, Tensor } from '../../src/graph/tensor.js';
import * as layers from '../../src/layers/index.js';
import type { Layer } from '../../src/layers/layer.js';
import { Sequential } from '../../src/models/sequential.js';
import { affineTransform, type FillMode, mapCoordinates } from '../../src/ops/warp.js';
import { maxError } from '../support/kernel.js';
import { checkGradients } from '../support/op.js';

interface Golden {
  readonly images: NestedArray;
  readonly layers: readonly {
    readonly class_name: string;
    readonly options: Config;
    readonly config: Config;
    readonly first: NestedArray;
    readonly second: NestedArray;
    readonly single: NestedArray;
  }[];
  readonly transform: NestedArray;
  readonly transforms: readonly {
    readonly interpolation: 'bilinear';
    readonly fill_mode: FillMode;
    readonly output: NestedArray;
  }[];
  readonly places: NestedArray;
  readonly coordinates: readonly {
    readonly order: number;
    readonly fill_mode: FillMode;
    readonly output: NestedArray;
  }[];
}

const golden = JSON.parse(readFileSync(new URL('golden/augmentation.json', import.meta.url), 'utf8')) as Golden;
const images = constant(golden.images);

/** The file has four decimals; pixels go up to 255, and coordinates are rounded once or twice on the way. */
function expectClose(given: Tensor, recorded: NestedArray): void {
  const expected = constant(recorded);
  expect(given.shape).toEqual(expected.shape);
  expect(maxError(given.data(), expected.data())).toBeLessThan(1e-4);
}

describe('layers give what Keras gives for the same seed', () => {
  test.each(golden.layers.map((each, i) => [`${each.class_name} ${i}`, each] as const))('%s', (_, recorded) => {
    const { class_name, options, config } = recorded;
    const make = () => findClass('keras.layers', class_name)!.fromConfig(options) as Layer;
    const layer = make();
    expect({ ...layer.getConfig(), name: config['name'] }).toEqual(config);
    expectClose(layer(images, { training: true }), recorded.first);
    expectClose(layer(images, { training: true }), recorded.second);
    const [image] = golden.images as [NestedArray];
    expectClose(make()(constant(image), { training: true }), recorded.single);
  });
});

describe('outside of training', () => {
  test.each(
    golden.layers.filter(each => each.class_name !== 'RandomCrop').map(each => [each.class_name, each] as const),
  )('%s leaves images as they are', (name, { options }) => {
    const layer = findClass('keras.layers', name)!.fromConfig(options) as Layer;
    expect(layer(images, { training: false }).data()).toEqual(images.data());
  });

  test('RandomCrop gives the middle part, in the shape that it announces', () => {
    const crop = layers.RandomCrop(3, 2);
    expect(crop.computeOutputShape([null, 5, 4, 2])).toEqual([null, 3, 2, 2]);
    expect(crop(images, { training: false }).shape).toEqual([3, 3, 2, 2]);
    const wide = layers.RandomCrop(5, 2)(images, { training: false }).array() as number[][][][];
    expect(wide[0]!.map(row => row.map(([first]) => first))).toEqual(
      (golden.images as number[][][][])[0]!.map(row => row.slice(1, 3).map(([first]) => Math.fround(first!))),
    );
  });
});

test('a call that does not say whether it is training changes images, in a model, too', () => {
  const [layer, model] = [layers.RandomFlip({ seed: 1 }), Sequential([layers.RandomFlip({ seed: 1 })])];
  const flipped = layer(images, { training: true }).data();
  expect(flipped).not.toEqual(images.data());
  expect(layers.RandomFlip({ seed: 1 })(images).data()).toEqual(flipped);
  expect(model(images).data()).toEqual(flipped);
});

test('channels_first changes the same pixels', () => {
  const options = { factor: 0.2, seed: 3 };
  const last = layers.RandomRotation(options)(images, { training: true });
  const first = layers.RandomRotation({ ...options, dataFormat: 'channels_first' })(layers.Permute([3, 1, 2])(images), {
    training: true,
  });
  expect(maxError(layers.Permute([2, 3, 1])(first).data(), last.data())).toBeLessThan(1e-6);
});

test('a model augments in fit and not in predict', async () => {
  const model = Sequential([
    layers.Input([5, 4, 2]),
    layers.RandomFlip('horizontal', { seed: 1 }),
    layers.Flatten(),
    layers.Dense(1),
  ]);
  model.compile({ optimizer: 'sgd', loss: 'mse' });
  const flips = () => String(model.programs().get('train float32[3,5,4,2] float32[3]'));
  await model.fit(images, constant([1, 2, 3]), { verbose: 0 });
  expect(flips()).toContain('randomUniform');
  const [a, b] = [await model.predict(images, { verbose: 0 }), await model.predict(images, { verbose: 0 })];
  expect(a.data()).toEqual(b.data());
});

test('options that cannot be are refused by name', () => {
  expect(() => layers.RandomFlip('diagonal' as never)).toThrow(
    /RandomFlip: `mode` must be one of .*'horizontal'.*diagonal/,
  );
  expect(() => layers.RandomRotation(2)).toThrow(/RandomRotation: `factor` must be a number from -1 to 1.*2/);
  expect(() => layers.RandomContrast(-0.1)).toThrow(/RandomContrast: `factor` must be a number from 0 to 1/);
  expect(() => layers.RandomBrightness(0.1, [255, 0])).toThrow(/RandomBrightness: `valueRange`/);
  expect(() => layers.RandomZoom(0.1, { fillMode: 'edge' as never })).toThrow(/RandomZoom: `fillMode`/);
  expect(() => layers.RandomFlip()(constant([1, 2]))).toThrow(/random_flip.*rank 4.*\(2,\)/);
});

describe('transforms', () => {
  test.each(golden.transforms.map(each => [`${each.fill_mode} ${each.interpolation}`, each] as const))(
    'affine, %s',
    (_, { interpolation, fill_mode, output }) => {
      expectClose(transformOp(images, golden.transform, interpolation, fill_mode, 5), output);
    },
  );

  test.each(golden.coordinates.map(each => [`${each.fill_mode} ${each.order}`, each] as const))(
    'coordinates, %s',
    (_, { order, fill_mode, output }) => {
      const [[plane]] = [
        (golden.images as number[][][][]).map(image => image.map(row => row.map(([first]) => first!))),
      ];
      expectClose(mapCoordinates(plane!, golden.places, order, fill_mode, 5), output);
    },
  );

  test('have gradients for images and transforms', () => {
    const x = constant([0.3, 1.2, -0.7, 2.1, 0.4, -1.5], 'float32', [1, 2, 3, 1]);
    const move = constant([0.9, 0.1, 0.23, -0.1, 0.8, 0.31, 0, 0], 'float32', [1, 8]);
    checkGradients((image, rows) => affineTransform(image!, rows!, 'bilinear', 'nearest'), [x, move]);
  });

  test('say what they expected', () => {
    expect(() => affineTransform(images, [1, 0, 0])).toThrow(/transforms of shape \(8,\) or \(batch, 8\).*\(3,\)/);
    expect(() => affineTransform(images, golden.transform, 'cubic' as never)).toThrow(/bilinear.*cubic/);
    expect(() => mapCoordinates(images, [[1], [2]], 1)).toThrow(/4 rows of coordinates.*\(2, 1\)/);
  });
});
