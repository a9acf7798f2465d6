// What a callback is: hooks that training, evaluation and prediction call. Each may be asynchronous.

import type { Tensor } from '../graph/tensor.js';
import type { KerasTensor } from '../layers/kerasTensor.js';
import type { Layer } from '../layers/layer.js';
import type { Weight } from '../layers/weight.js';
import type { NDArray } from '../ndarray.js';
import type { Optimizer } from '../optimizers/optimizer.js';
import type { Structure } from '../structure.js';

/**
 * Values by name, such as { loss: 0.3, val_loss: 0.4 }. The rare metric with several values gives a list: a hook that
 * reads one declares its argument as AnyLogs.
 */
export type Logs<Value = number> = { [name: string]: Value };
export type AnyLogs = Logs<number | readonly number[]>;

/** What `predict` says at the end of a batch: the outputs for it. */
export interface PredictLogs {
  readonly outputs: Structure<Tensor>;
}

/** What is known about the run before it starts. `steps` is null where the data do not say. */
export interface CallbackParams {
  readonly verbose: number;
  readonly epochs: number;
  readonly steps: number | null;
}

/** What a run asks of the model, and callbacks may set. */
export interface CallbackModel {
  readonly name: string;
  /** Setting it ends training after the batch going on. */
  stopTraining: boolean;
  stopEvaluating: boolean;
  stopPredicting: boolean;
  /** The epoch at which `fit` is to begin instead of the one it was given: set in `onTrainBegin` by those who resume. */
  resumeEpoch: number | null;
  readonly optimizer: Optimizer | null;
  history: unknown;
  getWeights(): Tensor[];
  setWeights(values: readonly Tensor[]): void;
  /** Whether a greater value of a metric is better; undefined if it is not known. */
  metricDirection(name: string): 'up' | 'down' | undefined;
}

/** The model as callbacks see it. The object is the model itself, so you may narrow the type to that of your own. */
export interface TrainedModel extends CallbackModel {
  readonly className: string;
  readonly built: boolean;
  readonly layers: readonly Layer[];
  readonly trainableWeights: readonly Weight[];
  readonly inputs: readonly KerasTensor[];
  readonly outputs: readonly KerasTensor[];
  readonly input: Structure<KerasTensor>;
  readonly output: Structure<KerasTensor>;
  getLayer(which: string | number): Layer;
  predict<R extends Structure<Tensor> = Tensor>(x: never, options?: { verbose?: number }): Promise<R>;
  toJson(): string;
  save(path: string): Promise<void>;
  saveWeights(path: string): Promise<void>;
  loadWeights(path: string): Promise<void>;
}

type Result = void | Promise<void>;

/** Base class of callbacks: extend it and write the hooks you need. `this.model` and `this.params` are set beforehand. */
export class Callback {
  params: CallbackParams | null = null;
  #model: TrainedModel | null = null;
  #validationData: (() => readonly NDArray[]) | null = null;

  /** The model being trained, evaluated or used to predict. */
  get model(): TrainedModel {
    return this.#model!;
  }

  set model(model: TrainedModel) {
    this.#model = model;
  }

  /** Called before a run begins, with the model that it is a run of. */
  setModel(model: CallbackModel): void {
    this.#model = model as TrainedModel;
  }

  /** The arrays that `fit` validates with: inputs, targets, sample weights, as in Keras 2. null if there are none. */
  get validationData(): readonly NDArray[] | null {
    return this.#validationData?.() ?? null;
  }

  /** @internal Says where validation data come from. They are made into arrays only if they are asked for. */
  setValidationData(read: (() => readonly NDArray[]) | null): void {
    this.#validationData = read;
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
  onPredictBatchEnd(_batch: number, _logs?: PredictLogs): Result {}

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
