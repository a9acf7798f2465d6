// Several callbacks as one. Hooks run in the order of the callbacks, each after the one before has finished.

import { Callback, type CallbackHooks, type CallbackModel, type CallbackParams, type Logs } from './callback.js';
import { History } from './history.js';
import { LambdaCallback } from './lambdaCallback.js';
import { ProgbarLogger } from './progbarLogger.js';

type Mode = 'train' | 'test' | 'predict';

/** Hooks called once per batch, by mode. */
const batchHooks = {
  train: ['onTrainBatchBegin', 'onTrainBatchEnd'],
  test: ['onTestBatchBegin', 'onTestBatchEnd'],
  predict: ['onPredictBatchBegin', 'onPredictBatchEnd'],
} as const;

export interface CallbackListOptions extends CallbackParams {
  readonly addHistory?: boolean;
  readonly addProgbar?: boolean;
  readonly model: CallbackModel;
}

export class CallbackList {
  readonly callbacks: readonly Callback[];
  readonly history: History | null;
  // The callbacks that have a hook for batches of a mode: usually none, and then a batch costs nothing here.
  readonly #atBegin: Record<Mode, readonly Callback[]>;
  readonly #atEnd: Record<Mode, readonly Callback[]>;

  constructor(
    callbacks: readonly (Callback | CallbackHooks)[],
    { addHistory = false, addProgbar = false, model, ...params }: CallbackListOptions,
  ) {
    const list = callbacks.map(callback => (callback instanceof Callback ? callback : new LambdaCallback(callback)));
    let history = list.find(callback => callback instanceof History) ?? null;
    if (!history && addHistory) list.push((history = new History()));
    if (addProgbar && !list.some(callback => callback instanceof ProgbarLogger)) list.push(new ProgbarLogger());
    this.callbacks = list;
    this.history = history;
    if (history) model.history = history;
    for (const callback of list) {
      callback.setModel(model);
      callback.setParams(params);
    }
    const having = (hook: keyof Callback, legacy?: keyof Callback) =>
      list.filter(
        callback =>
          callback[hook] !== Callback.prototype[hook] || (legacy && callback[legacy] !== Callback.prototype[legacy]),
      );
    this.#atBegin = {
      train: having('onTrainBatchBegin', 'onBatchBegin'),
      test: having('onTestBatchBegin'),
      predict: having('onPredictBatchBegin'),
    };
    this.#atEnd = {
      train: having('onTrainBatchEnd', 'onBatchEnd'),
      test: having('onTestBatchEnd'),
      predict: having('onPredictBatchEnd'),
    };
  }

  async onTrainBegin(): Promise<void> {
    for (const callback of this.callbacks) await callback.onTrainBegin({});
  }

  async onTrainEnd(logs: Logs = {}): Promise<void> {
    const shared = sorted(logs);
    for (const callback of this.callbacks) await callback.onTrainEnd(shared);
  }

  async onEpochBegin(epoch: number): Promise<void> {
    for (const callback of this.callbacks) await callback.onEpochBegin(epoch, {});
  }

  /** All callbacks get the same object, so that one may add values for those after it. */
  async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    const shared = sorted(logs);
    for (const callback of this.callbacks) await callback.onEpochEnd(epoch, shared);
  }

  async onBegin(mode: 'test' | 'predict'): Promise<void> {
    for (const callback of this.callbacks)
      await (mode === 'test' ? callback.onTestBegin({}) : callback.onPredictBegin({}));
  }

  async onEnd(mode: 'test' | 'predict', logs: Logs = {}): Promise<void> {
    const shared = sorted(logs);
    for (const callback of this.callbacks)
      await (mode === 'test' ? callback.onTestEnd(shared) : callback.onPredictEnd(shared));
  }

  /** Before a batch; a promise only if there is something to wait for. */
  batchBegin(mode: Mode, batch: number): Promise<void> | undefined {
    const callbacks = this.#atBegin[mode];
    return callbacks.length === 0 ? undefined : inOrder(callbacks, batchHooks[mode][0], batch, {});
  }

  /** After a batch. `read` gives the values, and is called only if some callback wants them. */
  batchEnd(mode: Mode, batch: number, read: () => Logs): Promise<void> | undefined {
    const all = this.#atEnd[mode];
    if (all.length === 0) return undefined;
    const callbacks = all.filter(callback => callback.wantsBatchEnd(mode));
    return callbacks.length === 0 ? undefined : inOrder(callbacks, batchHooks[mode][1], batch, sorted(read()));
  }
}

async function inOrder(
  callbacks: readonly Callback[],
  hook: (typeof batchHooks)[Mode][number],
  batch: number,
  logs: Logs,
): Promise<void> {
  for (const callback of callbacks) await callback[hook](batch, logs);
}

/** A copy with its names in alphabetical order, in which Keras shows and records them. */
function sorted(logs: Logs): Logs {
  return Object.fromEntries(Object.entries(logs).sort(([a], [b]) => (a < b ? -1 : 1)));
}
