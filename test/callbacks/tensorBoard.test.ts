import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { beforeEach, describe, expect, test } from 'vitest';
import { crc32c } from '../../src/callbacks/events/records.js';
import { bucketsOf } from '../../src/callbacks/events/summary.js';
import { picturesOf, png } from '../../src/callbacks/events/weightImage.js';
import { TensorBoard, type TensorBoardOptions } from '../../src/callbacks/tensorBoard.js';
import { layers, Sequential } from '../../src/index.js';
import { readEvents, type Value } from '../support/events.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kerasm-'));
});

const x = Array.from({ length: 12 }, (_, i) => [i / 12, (i % 3) / 3]);
const y = x.map(([a, b]) => [a! + b!]);

function compiled() {
  const model = Sequential([layers.Dense(3, { inputShape: [2] }), layers.Dense(1)]);
  model.compile({ optimizer: 'sgd', loss: 'mse', metrics: ['mae'] });
  return model;
}

/** The values that training with the callback writes, by run. */
async function trained(options: TensorBoardOptions, epochs = 2, model = compiled()) {
  const callback = TensorBoard(folder, options);
  const result = await model.fit(x, y, {
    epochs,
    batchSize: 4,
    verbose: 0,
    callbacks: [callback],
    validationSplit: 0.25,
  });
  return {
    train: await eventsIn('train'),
    validation: await eventsIn('validation'),
    history: result.history,
    model,
  };
}

async function eventsIn(run: string): Promise<Value[]> {
  const names = (await readdir(join(folder, run))).filter(name => name.startsWith('events'));
  expect(names).toEqual([expect.stringMatching(/^events\.out\.tfevents\.\d{10}\..+\.\d+\.\d+\.v2$/)]);
  return readEvents(new Uint8Array(await readFile(join(folder, run, names[0]!))));
}

const series = (values: readonly Value[], tag: string) => values.filter(value => value.tag === tag);
const tagsOf = (values: readonly Value[]) => [...new Set(values.map(({ tag }) => tag))].sort();

describe('epochs', () => {
  test('give one float scalar per metric, in the runs train and validation', async () => {
    const { train, validation, history } = await trained({ writeGraph: false });
    expect(tagsOf(train)).toEqual(['epoch_learning_rate', 'epoch_loss', 'epoch_mae']);
    const loss = series(train, 'epoch_loss');
    expect(loss.map(({ step }) => step)).toEqual([0, 1]);
    expect(loss.map(({ numbers }) => numbers[0])).toEqual(history['loss']!.map(value => Math.fround(value as number)));
    expect(loss[0]).toMatchObject({ plugin: 'scalars', dtype: 1, shape: [] });
    expect(series(validation, 'epoch_mae').map(({ numbers }) => numbers[0])).toEqual(
      history['val_mae']!.map(value => Math.fround(value as number)),
    );
    expect(series(train, 'epoch_learning_rate')[1]!.numbers[0]).toBeCloseTo(0.01);
  });

  test('give evaluations against iterations', async () => {
    const { validation } = await trained({});
    expect(tagsOf(validation)).toEqual([
      'epoch_loss',
      'epoch_mae',
      'evaluation_loss_vs_iterations',
      'evaluation_mae_vs_iterations',
    ]);
    expect(series(validation, 'evaluation_loss_vs_iterations').map(({ step }) => step)).toEqual([3, 6]);
  });

  test('can give the steps per second', async () => {
    const { train } = await trained({ writeStepsPerSecond: true, updateFreq: 'batch' });
    expect(series(train, 'epoch_steps_per_second').every(({ numbers }) => numbers[0]! > 0)).toBe(true);
    expect(series(train, 'batch_steps_per_second')).toHaveLength(6);
  });
});

describe('batches', () => {
  test('are left out unless updateFreq asks for them', async () => {
    expect(tagsOf((await trained({})).train).filter(tag => tag.startsWith('batch'))).toEqual([]);
  });

  test('are written at every updateFreq-th step, counted through all epochs', async () => {
    const { train } = await trained({ updateFreq: 2 }, 3);
    expect(series(train, 'batch_loss').map(({ step }) => step)).toEqual([2, 4, 6, 8]);
    expect(series(train, 'batch_mae')).toHaveLength(4);
  });

  test('need a sensible frequency', () => {
    expect(() => TensorBoard('logs', { updateFreq: 0 })).toThrow(
      /updateFreq must be 'epoch', 'batch' or a positive whole number. Received: 0/,
    );
    expect(() => TensorBoard({ profileBatch: 2 as 0 })).toThrow(/profiling is not available/);
  });
});

test("the graph is Keras's JSON of the model", async () => {
  const { train, model } = await trained({});
  const [graph] = series(train, 'keras');
  expect(graph).toMatchObject({ plugin: 'graph_keras_model', content: '1', dtype: 7, shape: [], step: 0 });
  expect(new TextDecoder().decode(graph!.strings[0])).toBe(model.toJson());
});

describe('histograms', () => {
  test('of all weights have 30 rows of left edge, right edge and count', async () => {
    const { train, model } = await trained({ histogramFreq: 2 }, 3);
    const kernel = series(train, `${model.weights[0]!.path}/histogram`);
    expect(kernel.map(({ step }) => step)).toEqual([0, 2]);
    expect(kernel[1]).toMatchObject({ plugin: 'histograms', dtype: 2, shape: [30, 3] });
    const last = kernel[1]!.numbers;
    const values = [...model.weights[0]!.read()];
    expect(last[0]).toBe(Math.min(...values));
    expect(last[28 * 3 + 4]).toBe(Math.max(...values));
    for (let i = 0; i < 30; i++) {
      const [left, right, count] = last.slice(3 * i, 3 * i + 3) as [number, number, number];
      expect(values.filter(value => value >= left && (value < right || i === 29))).toHaveLength(count);
    }
  });

  test('of equal elements count in the last row', () => {
    const rows = bucketsOf([2, 2, 2]);
    expect([...rows.slice(0, 3), ...rows.slice(87)]).toEqual([2, 2, 0, 2, 2, 3]);
    expect(bucketsOf([])).toEqual(new Float64Array(90));
  });
});

describe('pictures of weights', () => {
  test('are PNG files with their size', async () => {
    const { train, model } = await trained({ histogramFreq: 1, writeImages: true }, 1);
    const [kernel] = series(train, `${model.weights[0]!.path}/image`);
    expect(kernel).toMatchObject({ plugin: 'images', dtype: 7, shape: [3] });
    expect(kernel!.strings.slice(0, 2).map(bytes => new TextDecoder().decode(bytes))).toEqual(['3', '2']);
    expect([...kernel!.strings[2]!.slice(0, 4)]).toEqual([0x89, 0x50, 0x4e, 0x47]);
  });

  test('have the elements between black and white', async () => {
    const bytes = await png(2, 1, 1, (_, column) => [0.5, 7][column]!);
    const header = new DataView(bytes.buffer, 16);
    expect([header.getUint32(0), header.getUint32(4), bytes[24], bytes[25]]).toEqual([2, 1, 8, 0]);
    const length = new DataView(bytes.buffer, 33).getUint32(0);
    expect([...inflateSync(bytes.subarray(41, 41 + length))]).toEqual([0, 127, 255]);
  });

  test('lie on their side, one per last index, and not at all with odd channels', async () => {
    expect(await picturesOf(new Float32Array(6), [3, 2])).toMatchObject({ width: 3, height: 2 });
    expect(await picturesOf(new Float32Array(60), [3, 4, 1, 5])).toMatchObject({
      width: 4,
      height: 3,
      pngs: { length: 3 },
    });
    expect(await picturesOf(new Float32Array(4), [4])).toMatchObject({ width: 4, height: 1, pngs: { length: 1 } });
    expect(await picturesOf(new Float32Array(3 * 3 * 2 * 8), [3, 3, 2, 8])).toBeNull();
  });
});

describe('embeddings', () => {
  const model = () => {
    const result = Sequential([
      layers.Embedding(4, 2, { inputLength: 2, name: 'embed' }),
      layers.Flatten(),
      layers.Dense(1),
    ]);
    result.compile({ optimizer: 'sgd', loss: 'mse' });
    return result;
  };

  test('are written as tables for the projector, with a checkpoint per epoch', async () => {
    const trainedModel = model();
    await trained({ embeddingsFreq: 1, embeddingsMetadata: 'labels.tsv' }, 2, trainedModel);
    expect(await readFile(join(folder, 'projector_config.pbtxt'), 'utf8')).toBe(
      'embeddings {\n  tensor_name: "embed/embeddings"\n  tensor_path: "embed_embeddings.tsv"\n  metadata_path: "labels.tsv"\n}\n',
    );
    const table = (await readFile(join(folder, 'embed_embeddings.tsv'), 'utf8'))
      .trim()
      .split('\n')
      .map(line => line.split('\t').map(Number));
    expect(table.flat()).toEqual([...trainedModel.layers[0]!.getWeights()[0]!.data()]);
    expect(table).toHaveLength(4);
    const checkpoints = (await readdir(join(folder, 'train'))).filter(name => name.endsWith('.h5'));
    expect(checkpoints.sort()).toEqual(['keras_embedding.ckpt-0.weights.h5', 'keras_embedding.ckpt-1.weights.h5']);
  });

  test('of unknown names are an error', async () => {
    await expect(trained({ embeddingsFreq: 1, embeddingsMetadata: { other: 'a.tsv' } }, 1, model())).rejects.toThrow(
      /Unrecognized `Embedding` layer names.*other.*The model has: embed/,
    );
  });
});

test('evaluation alone writes to the run validation', async () => {
  await compiled().evaluate(x, y, { verbose: 0, callbacks: [TensorBoard(folder)] });
  expect(tagsOf(await eventsIn('validation'))).toEqual([
    'evaluation_loss_vs_iterations',
    'evaluation_mae_vs_iterations',
  ]);
  expect(await readdir(folder)).toEqual(['validation']);
});

test('the checksum is CRC-32C', () => {
  expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283);
});
