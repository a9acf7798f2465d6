import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Callback, CallbackModel, Logs } from '../../src/callbacks/callback.js';
import { CallbackList } from '../../src/callbacks/callbackList.js';
import { CSVLogger } from '../../src/callbacks/csvLogger.js';
import { EarlyStopping } from '../../src/callbacks/earlyStopping.js';
import { LearningRateScheduler } from '../../src/callbacks/learningRateScheduler.js';
import { ReduceLROnPlateau } from '../../src/callbacks/reduceLROnPlateau.js';
import { TerminateOnNaN } from '../../src/callbacks/terminateOnNaN.js';
import { asTensor } from '../../src/graph/apply.js';
import type { Tensor } from '../../src/graph/tensor.js';
import { SGD } from '../../src/optimizers/sgd.js';

afterEach(() => {
  vi.restoreAllMocks();
});

/** A model that does nothing but remember one number as its weights. */
class FakeModel implements CallbackModel {
  readonly name = 'fake';
  stopTraining = false;
  stopEvaluating = false;
  stopPredicting = false;
  resumeEpoch = null;
  history: unknown = null;
  readonly optimizer = SGD(1);
  weights = 0;
  direction: 'up' | 'down' | undefined = undefined;

  getWeights(): Tensor[] {
    return [asTensor(this.weights)];
  }
  setWeights([value]: readonly Tensor[]): void {
    this.weights = value!.item();
  }
  metricDirection(): 'up' | 'down' | undefined {
    return this.direction;
  }
}

/** Runs epochs that log the given values until a callback stops them; gives the number of epochs and the model. */
async function epochs(callback: Callback, name: string, values: readonly number[], model = new FakeModel()) {
  const list = new CallbackList([callback], {
    model,
    verbose: 0,
    epochs: values.length,
    steps: 1,
    addHistory: true,
  });
  await list.onTrainBegin();
  let count = 0;
  for (const value of values) {
    model.weights = count;
    await list.onEpochBegin(count);
    await list.onEpochEnd(count++, { [name]: value });
    if (model.stopTraining) break;
  }
  await list.onTrainEnd({});
  return { count, model, history: list.history!.history };
}

describe('EarlyStopping', () => {
  test('stops after `patience` epochs without improvement; 0 and 1 are the same', async () => {
    expect((await epochs(EarlyStopping({ patience: 2 }), 'val_loss', [3, 2, 2.5, 2.2, 1])).count).toBe(4);
    expect((await epochs(EarlyStopping({ patience: 0 }), 'val_loss', [1, 2, 3])).count).toBe(2);
    expect((await epochs(EarlyStopping({ patience: 1 }), 'val_loss', [1, 2, 3])).count).toBe(2);
  });

  test('does not count changes within minDelta', async () => {
    expect((await epochs(EarlyStopping({ patience: 2, minDelta: 0.5 }), 'val_loss', [3, 2.8, 2.6, 1])).count).toBe(3);
  });

  test('asks the metric whether more is better', async () => {
    const model = new FakeModel();
    model.direction = 'up';
    expect(
      (await epochs(EarlyStopping({ monitor: 'val_auc', patience: 1 }), 'val_auc', [0.5, 0.6, 0.55, 1], model)).count,
    ).toBe(3);
    await expect(epochs(EarlyStopping({ monitor: 'mystery' }), 'mystery', [1, 2])).rejects.toThrow(
      /Pass mode: 'min' or mode: 'max'/,
    );
    expect(
      (await epochs(EarlyStopping({ monitor: 'mystery', mode: 'max', patience: 1 }), 'mystery', [1, 2, 1])).count,
    ).toBe(3);
  });

  test('gives the best weights back, also when training ran to its end', async () => {
    const options = { patience: 5, restoreBestWeights: true };
    expect((await epochs(EarlyStopping(options), 'val_loss', [3, 1, 2])).model.weights).toBe(1);
    expect(
      (await epochs(EarlyStopping({ ...options, startFromEpoch: 2 }), 'val_loss', [0, 0, 5, 4, 6])).model.weights,
    ).toBe(3);
  });

  test('never stops while values improve, even if a baseline is never reached', async () => {
    expect((await epochs(EarlyStopping({ baseline: 0, patience: 1 }), 'val_loss', [5, 4, 3, 2])).count).toBe(4);
  });

  test('warns if there is nothing to watch', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    expect((await epochs(EarlyStopping(), 'loss', [1, 2, 3])).count).toBe(3);
    expect(warn.mock.calls[0]![0]).toMatch(/`val_loss` which is not available. Available metrics are: loss/);
  });
});

describe('ReduceLROnPlateau', () => {
  test('lowers the rate after `patience` epochs, not below minLr, and records it', async () => {
    const callback = ReduceLROnPlateau({ factor: 0.5, patience: 1, minLr: 0.3 });
    const { history, model } = await epochs(callback, 'val_loss', [1, 1, 1, 1]);
    expect(history['learning_rate']).toEqual([1, 1, 0.5, Math.fround(0.3)]);
    expect(asTensor(model.optimizer.learningRate).item()).toBeCloseTo(0.3);
  });

  test('waits during the cooldown', async () => {
    const callback = ReduceLROnPlateau({ factor: 0.5, patience: 1, cooldown: 2 });
    expect((await epochs(callback, 'val_loss', [1, 1, 1, 1, 1, 1])).history['learning_rate']).toEqual([
      1, 1, 0.5, 0.5, 0.25, 0.25,
    ]);
    expect(() => ReduceLROnPlateau({ factor: 1 })).toThrow(/factor >= 1/);
  });
});

test('LearningRateScheduler sets the rate before each epoch and records it', async () => {
  const { history } = await epochs(
    LearningRateScheduler((epoch, rate) => (epoch < 1 ? rate : rate / 4)),
    'loss',
    [1, 1, 1],
  );
  expect(history['learning_rate']).toEqual([1, 0.25, 0.0625]);
  await expect(
    epochs(
      LearningRateScheduler(() => Number.NaN),
      'loss',
      [1],
    ),
  ).rejects.toThrow(/must return a number/);
});

test('TerminateOnNaN stops at the batch whose loss is no number', async () => {
  const model = new FakeModel();
  const list = new CallbackList([TerminateOnNaN()], { model, verbose: 0, epochs: 1, steps: 2 });
  await list.batchEnd('train', 0, () => ({ loss: 1 }));
  expect(model.stopTraining).toBe(false);
  await list.batchEnd('train', 1, () => ({ loss: Number.NaN }));
  expect(model.stopTraining).toBe(true);
});

test('CSVLogger writes a row per epoch, with room for a validation that comes later', async () => {
  const path = join(await mkdtemp(join(tmpdir(), 'kerasm-')), 'log.csv');
  await epochs(CSVLogger(path), 'loss', [1, 0.5]);
  expect(await readFile(path, 'utf8')).toBe('epoch,loss,val_loss\r\n0,1.0,NA\r\n1,0.5,NA\r\n');
  await epochs(CSVLogger(path, { append: true, separator: ',' }), 'loss', [0.25]);
  expect((await readFile(path, 'utf8')).split('\r\n')).toEqual([
    'epoch,loss,val_loss',
    '0,1.0,NA',
    '1,0.5,NA',
    '0,0.25,NA',
    '',
  ]);
});

describe('a list of callbacks', () => {
  test('reads values only if some callback wants them', () => {
    const read = vi.fn((): Logs => ({ loss: 1 }));
    const quiet = new CallbackList([{ onEpochEnd: () => {} }], {
      model: new FakeModel(),
      verbose: 0,
      epochs: 1,
      steps: 1,
    });
    expect(quiet.batchEnd('train', 0, read)).toBeUndefined();
    expect(read).not.toHaveBeenCalled();
  });

  test('takes plain objects of hooks, waits for asynchronous ones, and gives names in alphabetical order', async () => {
    const seen: string[] = [];
    const list = new CallbackList(
      [
        {
          onTrainBatchEnd: async (batch, logs) => {
            await new Promise(resolve => setTimeout(resolve, 5));
            seen.push(`first ${batch} ${Object.keys(logs!)}`);
          },
        },
        { onBatchEnd: batch => void seen.push(`second ${batch}`) },
      ],
      { model: new FakeModel(), verbose: 0, epochs: 1, steps: 1 },
    );
    await list.batchEnd('train', 3, () => ({ loss: 1, acc: 2 }));
    expect(seen).toEqual(['first 3 acc,loss', 'second 3']);
  });
});
