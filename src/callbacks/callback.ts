// What a callback is: hooks that training, evaluation and prediction call. Each may be asynchronous.

import type { Tensor } from '../graph/tensor.js';
import type { Optimizer } from '../optimizers/optimizer.js';

/** Values by name, such as { loss: 0.3, val_loss: 0.4 }. Metrics with several values give a list. */
export type Logs = { [name: string]: number | readonly number[] };

/** What is known about the run before it starts. `steps` is null where the data do not say. */
export interface CallbackParams {
  readonly verbose: number;
  readonly epochs: number;
  readonly steps: number | null;
}

/** The model as callbacks see it. */
export interface CallbackModel {
  readonly name: string;
  /** Setting it ends training after the batch going on. */
  stopTraining: boolean;
  stopEvaluating: boolean;
  stopPredicting: boolean;
  readonly optimizer: Optimizer | null;
  history: unknown;
  getWeights(): Tensor[];
  setWeights(values: readonly Tensor[]): void;
  /** Models that can be saved have these. */
  save?(path: string): Promise<void>;
  saveWeights?(path: string): Promise<void>;
  /** Whether a greater value of a metric is better; undefined if it is not known. */
  metricDirection(name: string): 'up' | 'down' | undefined;
}

type Result = void | Promise<void>;

/** Base class of callbacks: extend it and write the hooks you need. `this.model` and `this.params` are set beforehand. */
export class Callback {
  params: CallbackParams | null = null;
  #model: CallbackModel | null = null;

  /** The model being trained. Its type is yours to narrow: the object is the model that `fit` was called on. */
  get model(): CallbackModel {
    return this.#model!;
  }

  setModel(model: CallbackModel): void {
    this.#model = model;
  }

  setParams(params: CallbackParams): void {
    this.params = params;
  }

  onTrainBegin(_logs?: Logs): Result {}
  onTrainEnd(_logs?: Logs): Result {}
  onEpochBegin(_epoch: number, _logs?: Logs): Result {}
  onEpochEnd(_epoch: number, _logs?: Logs): Result {}
  /** Keras 2's name for a training batch. */
  onBatchBegin(_batch: number, _logs?: Logs): Result {}
  onBatchEnd(_batch: number, _logs?: Logs): Result {}
  onTrainBatchBegin(batch: number, logs?: Logs): Result {
    return this.onBatchBegin(batch, logs);
  }
  onTrainBatchEnd(batch: number, logs?: Logs): Result {
    return this.onBatchEnd(batch, logs);
  }
  onTestBegin(_logs?: Logs): Result {}
  onTestEnd(_logs?: Logs): Result {}
  onTestBatchBegin(_batch: number, _logs?: Logs): Result {}
  onTestBatchEnd(_batch: number, _logs?: Logs): Result {}
  onPredictBegin(_logs?: Logs): Result {}
  onPredictEnd(_logs?: Logs): Result {}
  onPredictBatchBegin(_batch: number, _logs?: Logs): Result {}
  onPredictBatchEnd(_batch: number, _logs?: Logs): Result {}

  /**
   * Whether the end of this batch interests the callback at all. Values are read out of WebAssembly memory only for
   * those that say yes; a progress bar does so 20 times a second.
   */
  wantsBatchEnd(_mode: 'train' | 'test' | 'predict'): boolean {
    return true;
  }
}

/** The hooks by name, for callbacks written as plain objects. */
export type CallbackHooks = Partial<
  Pick<
    Callback,
    | 'onTrainBegin'
    | 'onTrainEnd'
    | 'onEpochBegin'
    | 'onEpochEnd'
    | 'onBatchBegin'
    | 'onBatchEnd'
    | 'onTrainBatchBegin'
    | 'onTrainBatchEnd'
    | 'onTestBegin'
    | 'onTestEnd'
    | 'onTestBatchBegin'
    | 'onTestBatchEnd'
    | 'onPredictBegin'
    | 'onPredictEnd'
    | 'onPredictBatchBegin'
    | 'onPredictBatchEnd'
  >
>;
