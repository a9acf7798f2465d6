// Callbacks that write files of models, and those that read what a model computes.

import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { platform } from '#platform';
import { BackupAndRestore } from '../../src/callbacks/backupAndRestore.js';
import { Callback, type CallbackModel } from '../../src/callbacks/callback.js';
import { fillPattern } from '../../src/callbacks/filePattern.js';
import { ModelCheckpoint } from '../../src/callbacks/modelCheckpoint.js';
import { RemoteMonitor } from '../../src/callbacks/remoteMonitor.js';
import { SwapEMAWeights } from '../../src/callbacks/swapEmaWeights.js';
import { layers, Model, optimizers, Sequential, type Tensor } from '../../src/index.js';
import type { BaseModel } from '../../src/models/model.js';
import type { NDArray } from '../../src/ndarray.js';
import { loadModel } from '../../src/saving/files.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kerasm-'));
});
afterEach(() => {
  vi.restoreAllMocks();
});

const x = Array.from({ length: 8 }, (_, i) => [i / 8, (i % 3) / 3]);
const y = x.map(([a, b]) => [a! - 2 * b!]);

function compiled(optimizer: optimizers.Optimizer | string = 'sgd') {
  const model = Sequential([layers.Dense(3, { inputShape: [2] }), layers.Dense(1)]);
  model.compile({ optimizer, loss: 'mse' });
  return model;
}
const valuesOf = (model: BaseModel) => model.getWeights().map(weight => [...weight.data()]);

describe('file patterns', () => {
  const fill = (pattern: string) =>
    fillPattern(pattern, { epoch: 3 }, { val_loss: 0.98765, acc: 1, tiny: 0.00001234, negative: -2.5 });

  test.each([
    ['weights.{epoch:02d}-{val_loss:.2f}.keras', 'weights.03-0.99.keras'],
    ['{epoch}-{val_loss}-{acc}', '3-0.98765-1.0'],
    ['{epoch:>4}|{epoch:<4}|{epoch:^5}|{epoch:*>4d}', '   3|3   |  3  |***3'],
    ['{val_loss:.3e} {val_loss:g} {tiny:g} {tiny:.2g} {acc:.1%}', '9.877e-01 0.98765 1.234e-05 1.2e-05 100.0%'],
    ['{negative:06.1f} {val_loss:+.1f} {negative:f}', '-002.5 +1.0 -2.500000'],
    ['{{epoch}}', '{epoch}'],
  ])('%s', (pattern, expected) => {
    expect(fill(pattern)).toBe(expected);
  });

  test('with an unknown name say which are known', () => {
    expect(() => fill('{val_acc:.2f}.keras')).toThrow(
      /Failed to format this callback filepath: "\{val_acc:\.2f\}\.keras"\. Reason: 'val_acc'\. Known names: epoch, val_loss, acc, tiny, negative/,
    );
    expect(() => fill('{val_loss:d}')).toThrow(/'val_loss' is 0.98765, which is no whole number/);
  });
});

describe('ModelCheckpoint', () => {
  test('saves whole models after each epoch, named after what was measured', async () => {
    const model = compiled();
    const { history } = await model.fit(x, y, {
      epochs: 2,
      verbose: 0,
      validationSplit: 0.25,
      callbacks: [ModelCheckpoint(join(folder, 'sub', '{epoch:02d}-{val_loss:.3f}.keras'))],
    });
    const expected = history['val_loss']!.map((loss, i) => `0${i + 1}-${(loss as number).toFixed(3)}.keras`);
    expect((await readdir(join(folder, 'sub'))).sort()).toEqual(expected);
    expect(valuesOf(await loadModel(join(folder, 'sub', expected[1]!)))).toEqual(valuesOf(model));
  });

  test('saves weights alone', async () => {
    const [model, other] = [compiled(), compiled()];
    const path = join(folder, 'w.weights.h5');
    await model.fit(x, y, {
      verbose: 0,
      callbacks: [ModelCheckpoint({ filepath: path, saveWeightsOnly: true })],
    });
    await other.loadWeights(path);
    expect(valuesOf(other)).toEqual(valuesOf(model));
  });

  /** Which epochs are saved when `values` are measured. */
  async function savedEpochs(values: readonly number[], options: object): Promise<{ saved: number[]; output: string }> {
    const saved: number[] = [];
    let output = '';
    vi.spyOn(platform, 'write').mockImplementation(text => void (output += text));
    const checkpoint = ModelCheckpoint('{epoch}.keras', { monitor: 'v', mode: 'min', ...options });
    checkpoint.setModel({
      save: async (path: string) => void saved.push(Number.parseInt(path, 10)),
    } as unknown as CallbackModel);
    for (const [epoch, v] of values.entries()) {
      checkpoint.onEpochBegin(epoch);
      await checkpoint.onEpochEnd(epoch, { v });
    }
    return { saved, output };
  }

  test('can save the best only, in either direction, and only what beats a threshold', async () => {
    expect((await savedEpochs([3, 2, 2.5, 1], { saveBestOnly: true })).saved).toEqual([1, 2, 4]);
    expect((await savedEpochs([3, 2, 2.5, 4], { saveBestOnly: true, mode: 'max' })).saved).toEqual([1, 4]);
    expect((await savedEpochs([3, 2, 2.5, 1], { saveBestOnly: true, initialValueThreshold: 2 })).saved).toEqual([4]);
    expect((await savedEpochs([1, 1, 1, 1], { period: 2 })).saved).toEqual([2, 4]);
  });

  test('says what it does', async () => {
    const { output } = await savedEpochs([2, 3], { saveBestOnly: true, verbose: 1 });
    expect(output).toBe(
      '\nEpoch 1: v improved from None to 2.00000, saving model to 1.keras\n\nEpoch 1: finished saving model to 1.keras\n' +
        '\nEpoch 2: v did not improve from 2.00000\n',
    );
  });

  test('saves anyway, with a warning, if there is nothing to compare', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    expect((await savedEpochs([1], { saveBestOnly: true, monitor: 'val_loss' })).saved).toEqual([1]);
    expect(warn.mock.calls[0]![0]).toBe('Can save best model only with val_loss available.');
  });

  test('can save every so many batches, counted across epochs', async () => {
    const callbacks = [
      ModelCheckpoint(join(folder, '{epoch}-{batch}-{loss:.1f}.weights.h5'), {
        saveFreq: 3,
        saveWeightsOnly: true,
      }),
    ];
    await compiled().fit(x, y, { epochs: 2, batchSize: 2, verbose: 0, callbacks });
    const names = (await readdir(folder)).map(name => name.split('-').slice(0, 2).join('-'));
    expect(names.sort()).toEqual(['1-3', '2-2']);
  });

  test('knows its extensions and frequencies', async () => {
    expect(() => ModelCheckpoint('x.h5', { saveWeightsOnly: true })).toThrow(
      /the filepath provided must end in `\.weights\.h5`/,
    );
    expect(() => ModelCheckpoint('x.txt')).toThrow(/must end in `\.keras`.*Received: filepath=x\.txt/);
    expect(() => ModelCheckpoint('x.keras', { saveFreq: 'batch' as 'epoch' })).toThrow(/Unrecognized saveFreq: batch/);
    await mkdir(join(folder, 'taken.keras', 'x'), { recursive: true });
    const callbacks = [ModelCheckpoint(join(folder, 'taken.keras'))];
    await expect(compiled().fit(x, y, { verbose: 0, callbacks })).rejects.toThrow(/specify a non-directory filepath/);
  });
});

describe('BackupAndRestore', () => {
  /** Throws in an epoch. */
  const interrupting = (at: number) => ({
    onEpochBegin: (epoch: number) => {
      if (epoch === at) throw new Error('interrupted');
    },
  });

  test('goes on after an interruption as if there had been none', async () => {
    const backup = join(folder, 'backup');
    const model = compiled('adam');
    const start = model.getWeights();
    const fit = (target: BaseModel, callbacks: readonly object[]) =>
      target.fit(x, y, { epochs: 4, verbose: 0, shuffle: false, callbacks: callbacks as [] });
    await expect(fit(model, [BackupAndRestore(backup), interrupting(2)])).rejects.toThrow('interrupted');
    expect((await readdir(backup)).sort()).toEqual(['latest.weights.h5', 'training_metadata.json']);
    expect(JSON.parse(await readFile(join(backup, 'training_metadata.json'), 'utf8'))).toEqual({
      epoch: 2,
      batch: 0,
    });
    const [resumed, straight] = [compiled('adam'), compiled('adam')];
    const { epoch } = await fit(resumed, [BackupAndRestore(backup)]);
    expect(epoch).toEqual([2, 3]);
    straight.setWeights(start);
    await fit(straight, []);
    expect(valuesOf(resumed)).toEqual(valuesOf(straight));
    expect(await readdir(folder)).toEqual([]);
    expect((await fit(resumed, [])).epoch).toEqual([0, 1, 2, 3]);
  });

  test('takes the backup before a damaged one', async () => {
    const options = { doubleCheckpoint: true, deleteCheckpoint: false };
    await compiled().fit(x, y, { epochs: 3, verbose: 0, callbacks: [BackupAndRestore(folder, options)] });
    await writeFile(join(folder, 'latest.weights.h5'), 'broken');
    const { epoch } = await compiled().fit(x, y, {
      epochs: 4,
      verbose: 0,
      callbacks: [BackupAndRestore(folder, options)],
    });
    expect(epoch).toEqual([2, 3]);
    await writeFile(join(folder, 'latest.weights.h5'), 'broken');
    await writeFile(join(folder, 'latest.weights.h5.bkp'), 'broken');
    await expect(compiled().fit(x, y, { verbose: 0, callbacks: [BackupAndRestore(folder)] })).rejects.toThrow(
      /is not an HDF5 file/,
    );
  });

  test('can back up within epochs', async () => {
    const callbacks = [BackupAndRestore(folder, { saveFreq: 3 }), interrupting(1)];
    await expect(compiled().fit(x, y, { epochs: 2, batchSize: 2, verbose: 0, callbacks })).rejects.toThrow();
    expect(JSON.parse(await readFile(join(folder, 'training_metadata.json'), 'utf8'))).toEqual({
      epoch: 0,
      batch: 2,
    });
    expect(() => BackupAndRestore('')).toThrow('Empty `backupDir` argument passed');
  });
});

describe('SwapEMAWeights', () => {
  const averaging = () => optimizers.SGD({ learningRate: 0.5, useEma: true, emaMomentum: 0.5 });

  test('evaluates with the averages and trains with the weights', async () => {
    const plain = compiled(averaging());
    const start = plain.getWeights();
    const swapping = compiled(averaging());
    swapping.setWeights(start);
    const during: number[][][] = [];
    const watch = (into: number[][][]) => ({ onTestBatchEnd: () => void into.push(valuesOf(swapping)) });
    const options = { epochs: 2, verbose: 0, shuffle: false, validationData: [x, y] } as const;
    const losses = (await plain.fit(x, y, options)).history['loss'];
    const { history } = await swapping.fit(x, y, {
      ...options,
      callbacks: [SwapEMAWeights(), watch(during)],
    });
    expect(history['loss']).toEqual(losses);
    // At the end the averages become the weights: they are those of the last evaluation.
    expect(valuesOf(swapping)).toEqual(during.at(-1));
    expect(valuesOf(swapping)).toEqual(valuesOf(plain));
  });

  test('can leave the averages to the callbacks after it', async () => {
    const model = compiled(averaging());
    const seen: number[][][] = [];
    const callbacks = [SwapEMAWeights({ swapOnEpoch: true }), { onEpochEnd: () => void seen.push(valuesOf(model)) }];
    await model.fit(x, y, { epochs: 3, verbose: 0, callbacks });
    expect(valuesOf(model)).toEqual(seen[2]);
    expect(seen[0]).not.toEqual(seen[1]);
  });

  test('needs an optimizer that averages', async () => {
    const callbacks = [SwapEMAWeights()];
    await expect(compiled().fit(x, y, { verbose: 0, validationData: [x, y], callbacks })).rejects.toThrow(
      /must be made with useEma: true.*Received: useEma=false/,
    );
  });
});

describe('RemoteMonitor', () => {
  test('posts the logs as a form or as JSON', async () => {
    const received: { type: string | undefined; body: string; token: unknown; url: string | undefined }[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', chunk => (body += String(chunk)));
      request.on('end', () => {
        received.push({
          type: request.headers['content-type'],
          body,
          token: request.headers['x-token'],
          url: request.url,
        });
        response.end();
      });
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const root = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await RemoteMonitor({ root }).onEpochEnd(1, { loss: 0.5 });
    await RemoteMonitor({ root, path: '/json', sendAsJson: true, headers: { 'X-Token': 't' } }).onEpochEnd(2, {
      loss: 0.25,
    });
    await new Promise(resolve => server.close(resolve));
    expect(received[0]).toMatchObject({
      url: '/publish/epoch/end/',
      type: expect.stringMatching(/^application\/x-www-form-urlencoded/),
    });
    expect(JSON.parse(new URLSearchParams(received[0]!.body).get('data')!)).toEqual({ epoch: 1, loss: 0.5 });
    expect(received[1]).toMatchObject({ url: '/json', type: 'application/json', token: 't' });
    expect(JSON.parse(received[1]!.body)).toEqual({ epoch: 2, loss: 0.25 });
  });

  test('warns if nobody listens', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    await RemoteMonitor({ root: 'http://127.0.0.1:9' }).onEpochEnd(0, {});
    expect(warn.mock.calls[0]![0]).toBe('Could not reach RemoteMonitor root server at http://127.0.0.1:9');
  });
});

test('a callback can predict with a second model over the outputs of all layers', async () => {
  class ActivationLogger extends Callback {
    activationsModel!: BaseModel;
    readonly activations: number[][][] = [];

    override setModel(model: CallbackModel): void {
      super.setModel(model);
      this.activationsModel = Model(
        this.model.input,
        this.model.layers.map(layer => layer.output as never),
      );
    }

    override async onEpochEnd(): Promise<void> {
      const sample = (this.validationData![0] as NDArray).slice(0, 1);
      const outputs = await this.activationsModel.predict<Tensor[]>(sample, { verbose: 0 });
      this.activations.push(outputs.map(output => [...output.data()]));
    }
  }
  const model = compiled();
  const logger = new ActivationLogger();
  await model.fit(x, y, { epochs: 2, verbose: 0, validationSplit: 0.5, callbacks: [logger] });
  expect(logger.activations.map(outputs => outputs.map(({ length }) => length))).toEqual([
    [3, 1],
    [3, 1],
  ]);
  expect(logger.activations[1]![1]).toEqual([...(await model.predict([x[4]!], { verbose: 0 })).data()]);
  expect(logger.activations[0]).not.toEqual(logger.activations[1]);
});
