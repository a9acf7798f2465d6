// Every example runs, at a fraction of its size, and shows what it is meant to show.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, beforeEach, expect, test, vi } from 'vitest';
import { setRandomSeed } from '../../src/utils/index.js';

const folder = mkdtempSync(join(tmpdir(), 'kerasm-examples-'));
afterAll(() => rmSync(folder, { recursive: true }));

// Examples print: what they print is kept here. Their random numbers are the same in every run of the tests.
let printed: string[] = [];
beforeEach(() => {
  printed = [];
  const log = vi.spyOn(console, 'log').mockImplementation((...values) => void printed.push(values.join(' ')));
  setRandomSeed(1);
  let state = 1;
  const random = vi.spyOn(Math, 'random').mockImplementation(() => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  });
  return () => {
    log.mockRestore();
    random.mockRestore();
  };
});

const example = (name: string) => import(`../../examples/${name}.js`);
const verbose = 0;

type Losses = { readonly loss: readonly number[] };
type Shaped = { readonly shape: readonly number[] };
type Output = { array(): unknown };

function expectToFall({ loss }: Losses): void {
  expect(loss.at(-1)).toBeLessThan(loss[0]!);
}

test('examples start only when Node was started with their file', async () => {
  await example('layerNodes');
  expect(printed).toEqual([]);
});

test('sequential: stacks know their input shapes and learn three kinds of problems', async () => {
  const { run } = await example('sequential');
  const { listed, added, fixed, histories } = await run({ samples: 200, epochs: 5 });
  expect([listed.countParams(), added.countParams()]).toEqual([25450, 25120]);
  expect(fixed.outputShape).toEqual([32, 6, 4]);
  for (const { history } of Object.values<{ history: Losses }>(histories)) expectToFall(history);
});

test('functional: a model called like a layer has the same weights; wrong data are refused', async () => {
  const { run, twins } = await example('functional');
  expect(twins().map((model: { countParams(): number }) => model.countParams())).toEqual([3466, 3466]);
  const { history, refusal, answers, frames } = await run({ samples: 200, epochs: 5, videos: 2 });
  expectToFall(history);
  expect(refusal).toMatch(/expected shape=\(None, 784\), found shape=\(32, 100\)/);
  expect(answers[0].array()).toEqual(answers[1].array());
  expect(frames.shape).toEqual([2, 20, 10]);
});

test('headlines: two inputs and two outputs, by position and by name', async () => {
  const { headlineModel, run } = await example('headlines');
  expect(headlineModel().countParams()).toBe(5200610);
  const { drawing, byPosition, byName, predictions } = await run({ epochs: 5, words: 1000, units: 16 });
  expect(drawing).toMatch(/^<\?xml.*<svg.*main_output/s);
  for (const { history } of [byPosition, byName]) {
    expect(Object.keys(history).sort()).toEqual(['aux_output_loss', 'loss', 'main_output_loss']);
    expectToFall(history);
    const { loss, main_output_loss: main, aux_output_loss: aux } = history;
    for (const i of loss.keys()) expect(loss[i]).toBeCloseTo(main[i] + 0.2 * aux[i], 5);
  }
  const values = (outputs: Output[]) => outputs.map(output => output.array());
  expect(values(predictions.byName)).toEqual(values(predictions.byPosition));
});

test('sharedLstm: both tweets are read with the same weights, whatever their length', async () => {
  const { run } = await example('sharedLstm');
  const { model, history, answer } = await run({ samples: 16, epochs: 4, length: 10, verbose });
  expect(model.countParams()).toBe(82305);
  expectToFall(history);
  expect(answer.shape).toEqual([2, 1]);
});

test('layerNodes: outputs and shapes of layers that were called more than once go by number', async () => {
  const { run } = await example('layerNodes');
  const { single, message, byNode, shape, shapes } = await run();
  expect([single, byNode]).toEqual([true, true]);
  expect(message).toMatch(
    /^Layer lstm\w* has multiple inbound nodes, hence the notion of "layer output" is ill-defined/,
  );
  expect(shape).toEqual([null, 32, 32, 3]);
  expect(shapes).toEqual([
    [null, 32, 32, 3],
    [null, 64, 64, 3],
  ]);
});

test('convBlocks: branches side by side, joined in height or in channels, and ways around', async () => {
  const { run } = await example('convBlocks');
  const { shapes, history } = await run({ size: 16, samples: 16, epochs: 3, verbose });
  expect(shapes).toEqual([
    [1, 48, 16, 64],
    [1, 16, 16, 192],
    [1, 8, 8, 512],
    [1, 16, 16, 3],
  ]);
  expectToFall(history);
});

test('sharedVision: pairs of digits, read by one model', async () => {
  const { run } = await example('sharedVision');
  const { concatenate, distance } = await run({ samples: 40, epochs: 3, verbose });
  // 3 x 3 x 64 + 64, 3 x 3 x 64 x 64 + 64, 2 x 11 x 11 x 64 + 1: the vision model counts once.
  expect(concatenate.model.countParams()).toBe(640 + 36928 + 15489);
  for (const { history } of [concatenate, distance]) expectToFall(history);
});

test('visualQuestions: the parts for images serve for videos', async () => {
  const { run } = await example('visualQuestions');
  const { full, histories } = await run({ samples: 8, epochs: 8, verbose });
  expect(full.imageModel.outputShape).toEqual([null, 1000]);
  expect(full.videoModel.inputShape).toEqual([
    [null, 100, 224, 224, 3],
    [null, 100],
  ]);
  for (const history of histories) expectToFall(history);
});

test('resnet50: written out, it has the parameters of the paper', async () => {
  const { ResNet50, run } = await example('resnet50');
  const model = ResNet50();
  expect(model.countParams()).toBe(23600006);
  expect(
    model.nonTrainableWeights.reduce((sum: number, { shape }: Shaped) => sum + shape.reduce((a, b) => a * b), 0),
  ).toBe(53120);
  const { history } = await run({ samples: 4, epochs: 2, batchSize: 4, verbose });
  expect(history.loss.every(Number.isFinite)).toBe(true);
});

test('convModel: trained and scored', async () => {
  const { run } = await example('convModel');
  const { model, history, score } = await run({ samples: 50, epochs: 2, verbose });
  expect(model.outputShape).toEqual([null, 10]);
  expect(model.getLayer('bn_conv2').outputShape).toEqual([null, 15, 15, 64]);
  expect([history.loss, history.accuracy].map(each => each.length)).toEqual([2, 2]);
  const [loss, accuracy] = score;
  expect(loss).toBeGreaterThan(0);
  expect(accuracy * 5).toBeCloseTo(Math.round(accuracy * 5), 4);
});

test('questionAnswering: text and question by position and by name', async () => {
  const { run } = await example('questionAnswering');
  const { model, history, byName } = await run({ samples: 20, epochs: 3, length: 8, verbose });
  expect(model.inputShape).toEqual([
    [null, null],
    [null, null],
  ]);
  expectToFall(history);
  expect(byName.loss[0]).toBeLessThan(history.loss[0]);
});

test('authorProfile: three outputs with losses of different sizes', async () => {
  const { run } = await example('authorProfile');
  const { histories } = await run({ samples: 8, epochs: 2, length: 280, words: 100, verbose });
  const weights = [
    [1, 1, 1],
    [0.25, 1, 10],
  ];
  for (const [i, { loss, age_loss, income_loss, gender_loss }] of histories.entries()) {
    const [age, income, gender] = weights[i]!;
    expect(loss[1] / (age! * age_loss[1] + income! * income_loss[1] + gender! * gender_loss[1])).toBeCloseTo(1, 5);
  }
});

test('siameseXception: one architecture for two images', async () => {
  const { run } = await example('siameseXception');
  const { base, model, features } = await run({ size: 71 });
  expect([base.countParams(), model.countParams()]).toEqual([20861480, 20861480]);
  expect(features.shape).toEqual([1, 3, 3, 4096]);
  const row = features.data();
  expect(row.subarray(2048, 4096)).toEqual(row.subarray(0, 2048));
});

test('reusedLayers: a model made of trained layers answers as they did', async () => {
  const { run } = await example('reusedLayers');
  const { model, history, scores, features } = await run({ samples: 1000, epochs: 3, batchSize: 100, verbose });
  expect(model.countParams()).toBe(472042);
  expect(Object.keys(history)).toEqual(['categorical_accuracy', 'loss']);
  expectToFall(history);
  expect(scores.model).toEqual(scores.sequential);
  expect(scores.model[1]).toBeGreaterThan(0.6);
  expect(features.shape).toEqual([1, 128]);
});

test('separableConv: a light network for small images', async () => {
  const { run } = await example('separableConv');
  const { model, history } = await run({ samples: 16, epochs: 2, verbose });
  expect(model.layers.at(-3).outputShape).toEqual([null, 128]);
  expect(history.loss.every(Number.isFinite)).toBe(true);
});

test('batchNormalization: without it the network does not learn from uncentred data', async () => {
  const { run } = await example('batchNormalization');
  const {
    histories: [without, normalized],
  } = await run({ samples: 512, epochs: 5 });
  expect(normalized.accuracy.at(-1)).toBeGreaterThan(0.85);
  expect(without.accuracy.at(-1)).toBeLessThan(0.7);
});

test('callbacks: training ends early, the best model is kept, the learning rate falls', async () => {
  const { run } = await example('callbacks');
  const { stopping, slowing, best } = await run({ samples: 1000, epochs: 10, patience: 1, folder, verbose });
  expect(existsSync(join(folder, 'my_model.h5'))).toBe(true);
  expect(best).toBeCloseTo(Math.min(...stopping.val_loss), 5);
  expect(slowing.learning_rate.at(-1)).toBeLessThan(slowing.learning_rate[0]);
});

test('activationLogger: one archive of arrays per epoch', async () => {
  const { run } = await example('activationLogger');
  await run({ samples: 40, epochs: 2, folder, verbose });
  const archive = unzipSync(readFileSync(join(folder, 'activations_at_epoch_1.npz')));
  expect(Object.keys(archive)).toHaveLength(2);
  const [hidden] = Object.values(archive);
  expect(hidden!.length).toBe(128 + 8 * 4);
  const text = Buffer.from(hidden!.subarray(0, 128)).toString('latin1');
  expect(text.slice(0, 10)).toBe('\x93NUMPY\x01\x00v\x00');
  expect(text.slice(10)).toMatch(/^\{'descr': '<f4', 'fortran_order': False, 'shape': \(1,8,\), \} *\n$/);
});

test('tensorBoard: real texts, and files for TensorBoard', async () => {
  const { run } = await example('tensorBoard');
  const logDir = join(folder, 'logs');
  const { history } = await run({ epochs: 3, texts: 40, maxFeatures: 200, logDir, verbose });
  expectToFall(history);
  expect(history.val_acc).toHaveLength(3);
  for (const part of ['train', 'validation']) {
    expect(readdirSync(join(logDir, part)).some(name => name.startsWith('events.out.tfevents'))).toBe(true);
  }
  expect(readFileSync(join(logDir, 'words.tsv'), 'utf8').split('\n').slice(0, 3)).toEqual(['(none)', 'the', ',']);
});

test('customMetric: a function becomes a metric under its own name', async () => {
  const { run } = await example('customMetric');
  const { history, mean } = await run({ samples: 200, epochs: 5, verbose });
  expect(Object.keys(history)).toEqual(['accuracy', 'loss', 'meanPred']);
  expectToFall(history);
  expect(mean).toBeGreaterThan(0.7);
});

test('layerRules: what goes in and out of layers, and how they are remade', async () => {
  const { run } = await example('layerRules');
  const { layer, output, config, reconstructed, bias, shapes, channelsFirst } = await run();
  expect(layer.output).toBe(output);
  expect(reconstructed.getConfig()).toEqual(config);
  expect(bias.data()).toEqual(new Float32Array(32).fill(1));
  expect(shapes).toMatchObject({
    Dense: [null, 32, 32, 16],
    Conv2D: [null, 30, 30, 8],
    Cropping2D: [null, 28, 26, 8],
    AveragePooling2D: [null, 7, 6, 8],
    Flatten: [null, 336],
    Reshape: [null, 6, 56],
  });
  expect(channelsFirst).toEqual([null, 8, 30, 30]);
});

test('optimizers: all of them, and all losses, go downhill', async () => {
  const { run } = await example('optimizers');
  const { byOptimizer, byLoss, scores } = await run({ samples: 160, epochs: 10 });
  const histories = Object.values<Losses>({ ...byOptimizer, ...byLoss });
  expect(histories).toHaveLength(17);
  for (const history of histories) expectToFall(history);
  expect(Object.keys(scores)).toEqual([
    'loss',
    'binary_accuracy',
    'categorical_accuracy',
    'top_k_categorical_accuracy',
  ]);
});

test('backend: the calls of K', async () => {
  const { run } = await example('backend');
  expect(run()).toMatchObject({
    eye: [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ],
    shapes: { dot: [64, 64], sum: [64, 3], wide: [64, 64, 6], tall: [128, 64, 3] },
    settings: [
      [1e-7, 'float32', 'channels_last'],
      [1e-5, 'float16', 'channels_first'],
    ],
    phases: [
      [10, 20],
      [1, 2],
    ],
    'Keras tensors': [true, true, false],
    updated: true,
    cumprod: [
      [
        [1, 2],
        [3, 8],
      ],
      [1, 1],
    ],
    normalized: [[16, 16, 3], [3], 1],
    resized: [1, 1000, 600, 3],
    'stack, slice': [
      [2, 2, 2],
      [[2], [4]],
    ],
    gradient: [6, 8],
    relu: [-1, 1, 6],
    'in top 1': [true, false],
    conv2d: new Array(9).fill(9),
  });
});

test('styleTransfer: the gradient of a loss with respect to an image leads downhill', async () => {
  const { run } = await example('styleTransfer');
  const { losses } = await run({ size: 32, steps: 4 });
  expect(losses.at(-1)).toBeLessThan(losses[0] * 0.9);
});

test('searchAndEnsemble: trials in order of what validation says, and a vote of the best', async () => {
  const { run } = await example('searchAndEnsemble');
  const { results, accuracies, ensemble } = await run({ samples: 200, trials: 4, epochs: 10 });
  const found = results.map(({ validationLoss }: { validationLoss: number }) => validationLoss);
  expect(found).toEqual([...found].sort((a, b) => a - b));
  expect(accuracies).toHaveLength(3);
  expect(ensemble).toBeGreaterThan(Math.min(...accuracies) - 0.02);
  expect(ensemble).toBeGreaterThan(0.5);
});

test('every example is tested, and stands in the table of examples', () => {
  const here = new URL('../../examples/', import.meta.url);
  const names = readdirSync(here).flatMap(name => (name.endsWith('.js') ? [name.slice(0, -3)] : []));
  const table = readFileSync(new URL('README.md', here), 'utf8');
  const tests = readFileSync(new URL(import.meta.url), 'utf8');
  for (const name of names.filter(each => each !== 'main')) {
    expect(table).toContain(`[${name}.js](${name}.js)`);
    // MNIST's is the main program: benchmarks and package tests run it.
    if (name !== 'mnist') expect(tests).toContain(`example('${name}')`);
  }
});
