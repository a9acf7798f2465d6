// Several callbacks as one. Hooks run in the order of the callbacks, each after the one before has finished.

import type { Tensor } from '../graph/tensor.js';
import type { Structure } from '../structure.js';
import {
  type AnyLogs,
  Callback,
  type CallbackHooks,
  type CallbackModel,
  type CallbackParams,
  type Logs,
} from './callback.js';
import { History } from './history.js';
import { LambdaCallback } from './lambdaCallback.js';
import { ProgbarLogger } from './progbarLogger.js';

type Mode = 'train' | 'test' | 'predict';

/** Hooks called once per batch, by mode. */
const batchHooks = {
  train: ['onTrainBatchBegin', 'onTrainBatchEnd'],
  test: ['onTestBatchBegin', 'onTestBatchEnd'],
  predict: ['onPredictBatchBegin'],
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
  #running = 0;

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

  /** Whether a hook is running, so that whoever calls the model now is one of the callbacks. */
  get running(): boolean {
    return this.#running > 0;
  }

  onTrainBegin(): Promise<void> {
    return this.#each(this.callbacks, callback => callback.onTrainBegin({}));
  }

  onTrainEnd(logs: AnyLogs = {}): Promise<void> {
    const shared = sorted(logs);
    return this.#each(this.callbacks, callback => callback.onTrainEnd(shared));
  }

  onEpochBegin(epoch: number): Promise<void> {
    return this.#each(this.callbacks, callback => callback.onEpochBegin(epoch, {}));
  }

  /** All callbacks get the same object, so that one may add values for those after it. */
  onEpochEnd(epoch: number, logs: AnyLogs): Promise<void> {
    const shared = sorted(logs);
    return this.#each(this.callbacks, callback => callback.onEpochEnd(epoch, shared));
  }

  onBegin(mode: 'test' | 'predict'): Promise<void> {
    const hook = mode === 'test' ? 'onTestBegin' : 'onPredictBegin';
    return this.#each(this.callbacks, callback => callback[hook]({}));
  }

  onEnd(mode: 'test' | 'predict', logs: AnyLogs = {}): Promise<void> {
    const hook = mode === 'test' ? 'onTestEnd' : 'onPredictEnd';
    const shared = sorted(logs);
    return this.#each(this.callbacks, callback => callback[hook](shared));
  }

  /** Before a batch; a promise only if there is something to wait for. */
  batchBegin(mode: Mode, batch: number): Promise<void> | undefined {
    const callbacks = this.#atBegin[mode];
    if (callbacks.length === 0) return undefined;
    return this.#each(callbacks, callback => callback[batchHooks[mode][0]](batch, {}));
  }

  /** After a batch. `read` gives the values, and is called only if some callback wants them. */
  batchEnd(mode: 'train' | 'test', batch: number, read: () => AnyLogs): Promise<void> | undefined {
    const callbacks = this.#wanting(mode);
    if (callbacks.length === 0) return undefined;
    const logs = sorted(read());
    return this.#each(callbacks, callback => callback[batchHooks[mode][1]](batch, logs));
  }

  /** After a batch of `predict`; `outputs` gives what came out, if some callback wants it. */
  predictBatchEnd(batch: number, outputs: () => Structure<Tensor>): Promise<void> | undefined {
    const callbacks = this.#wanting('predict');
    if (callbacks.length === 0) return undefined;
    const logs = { outputs: outputs() };
    return this.#each(callbacks, callback => callback.onPredictBatchEnd(batch, logs));
  }

  #wanting(mode: Mode): readonly Callback[] {
    const all = this.#atEnd[mode];
    return all.length === 0 ? all : all.filter(callback => callback.wantsBatchEnd(mode));
  }

  async #each(callbacks: readonly Callback[], hook: (callback: Callback) => void | Promise<void>): Promise<void> {
    this.#running++;
    try {
      for (const callback of callbacks) await hook(callback);
    } finally {
      this.#running--;
    }
  }
}

/** A copy with its names in alphabetical order, in which Keras shows and records them. */
function sorted(logs: AnyLogs): Logs {
  return Object.fromEntries(Object.entries(logs).sort(([a], [b]) => (a < b ? -1 : 1))) as Logs;
}
