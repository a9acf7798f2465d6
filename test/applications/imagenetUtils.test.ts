import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { densenet, efficientnet, imagenetUtils, mobilenet, resnet50, vgg16 } from '../../src/applications/index.js';
import { constant } from '../../src/graph/apply.js';
import type { Tensor } from '../../src/graph/tensor.js';
import { Input } from '../../src/layers/core/inputLayer.js';
import { Model } from '../../src/models/functional.js';

const image = [
  [
    [0, 10, 255],
    [128, 64.5, 32],
  ],
  [
    [1, 2, 3],
    [250, 200, 150],
  ],
];

/** What Keras 3 made of `image`. */
const expected = {
  caffe: [
    [
      [151.061, -106.779, -123.68],
      [-71.939, -52.279, 4.32],
    ],
    [
      [-100.939, -114.779, -122.68],
      [46.061, 83.221, 126.32],
    ],
  ],
  tf: [
    [
      [-1, -0.921569, 1],
      [0.003922, -0.494118, -0.74902],
    ],
    [
      [-0.992157, -0.984314, -0.976471],
      [0.960784, 0.568628, 0.176471],
    ],
  ],
  torch: [
    [
      [-2.117904, -1.860644, 2.64],
      [0.074065, -0.906512, -1.24671],
    ],
    [
      [-2.100779, -2.0007, -1.752157],
      [2.163284, 1.465686, 0.809935],
    ],
  ],
};

/** Largest difference; the recorded values have six decimals, so a few millionths are rounding. */
function distance(actual: Tensor, values: unknown): number {
  const wanted = (values as number[]).flat(Infinity) as number[];
  expect(actual.size).toBe(wanted.length);
  return Math.max(...Array.from(actual.data(), (value, i) => Math.abs(value - wanted[i]!)));
}

describe('preprocessInput', () => {
  test.each(['caffe', 'tf', 'torch'] as const)('mode %s gives what Keras gives, for an image and for a batch', mode => {
    expect(distance(imagenetUtils.preprocessInput(image, { mode }), expected[mode])).toBeLessThan(2e-5);
    expect(
      distance(imagenetUtils.preprocessInput([image, image], { mode }), [expected[mode], expected[mode]]),
    ).toBeLessThan(2e-5);
  });

  test('channels may come first', () => {
    const pixels = constant(Float32Array.of(0, 40, 80, 120, 160, 200), 'float32', [1, 3, 1, 2]);
    const options = { dataFormat: 'channels_first' } as const;
    expect(
      distance(resnet50.preprocessInput(pixels, options), [56.061, 96.061, -36.779, 3.221, -123.68, -83.68]),
    ).toBeLessThan(2e-5);
    expect(
      distance(
        densenet.preprocessInput(pixels, options),
        [-2.117904, -1.432914, -0.635154, 0.065126, 0.984227, 1.681394],
      ),
    ).toBeLessThan(2e-5);
  });

  test('each architecture has the mode it was trained with', () => {
    expect(distance(vgg16.preprocessInput(image), expected.caffe)).toBeLessThan(2e-5);
    expect(distance(mobilenet.preprocessInput(image), expected.tf)).toBeLessThan(2e-5);
    expect(distance(densenet.preprocessInput(image), expected.torch)).toBeLessThan(2e-5);
    expect(efficientnet.preprocessInput(image)).toBe(image);
  });

  test('integer pixels count as floats', () => {
    const pixels = constant(Int32Array.of(0, 10, 255), 'int32', [1, 1, 3]);
    expect(imagenetUtils.preprocessInput(pixels, { mode: 'tf' }).dtype).toBe('float32');
  });

  test.each(['caffe', 'tf', 'torch'] as const)('mode %s works inside of a model', async mode => {
    const input = Input([2, 2, 3]);
    const model = Model({ inputs: input, outputs: imagenetUtils.preprocessInput(input, { mode }) });
    expect(distance((await model.predict(constant([image]), { verbose: 0 })) as Tensor, [expected[mode]])).toBeLessThan(
      2e-5,
    );
  });

  test('an unknown mode or data format is named', () => {
    expect(() => imagenetUtils.preprocessInput(image, { mode: 'keras' as never })).toThrow(
      /one of 'caffe', 'tf' or 'torch'. Received: mode=keras/,
    );
    expect(() => imagenetUtils.preprocessInput(image, { dataFormat: 'last' as never })).toThrow(
      /Received: dataFormat=last/,
    );
  });
});

describe('decodePredictions', () => {
  const classIndex = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [i, [`n${i}`, `class ${i}`] as const]));
  const scores = new Float32Array(2000);
  scores[7] = 0.5;
  scores[3] = 0.25;
  scores[999] = 0.125;
  scores[1000] = 1;
  const predictions = constant(scores, 'float32', [2, 1000]);
  const folder = mkdtempSync(join(tmpdir(), 'classes-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('gives the best classes of each sample with their scores', async () => {
    const [first, second] = await imagenetUtils.decodePredictions(predictions, 3, { classIndex });
    expect(first).toEqual([
      ['n7', 'class 7', 0.5],
      ['n3', 'class 3', 0.25],
      ['n999', 'class 999', 0.125],
    ]);
    expect(second![0]).toEqual(['n0', 'class 0', 1]);
  });

  test('gives five by default, from a file with the names', async () => {
    const path = join(folder, 'imagenet_class_index.json');
    writeFileSync(path, JSON.stringify(classIndex));
    const [first] = await resnet50.decodePredictions(predictions, undefined, { classIndex: path });
    expect(first).toHaveLength(5);
    expect(first![0]).toEqual(['n7', 'class 7', 0.5]);
  });

  test('says what is missing without the file', async () => {
    await expect(
      imagenetUtils.decodePredictions(predictions, 5, { classIndex: join(folder, 'none.json') }),
    ).rejects.toThrow(/names of ImageNet's classes.*Pass `classIndex`/);
  });

  test('predictions of other than 1000 classes are refused', async () => {
    await expect(imagenetUtils.decodePredictions(constant([[0.5, 0.5]]), 5, { classIndex })).rejects.toThrow(
      '(i.e. a 2D array of shape (samples, 1000)). Received array with shape: (1, 2)',
    );
  });
});
