// Shows the progress of training, evaluation and prediction.

import { platform } from '#platform';
import { type AnyLogs, Callback, type CallbackParams } from './callback.js';
import { Progbar } from './progbar.js';

export class ProgbarLogger extends Callback {
  #progbar: Progbar | null = null;
  #target: number | null = null;
  #verbose = 1;
  #epochs = 1;
  #inFit = false;

  override setParams(params: CallbackParams): void {
    this.#verbose = params.verbose;
    this.#epochs = params.epochs;
    this.#target = params.steps;
  }

  /** Only where a bar is drawn, and only as often as it is. */
  override wantsBatchEnd(mode: 'train' | 'test' | 'predict'): boolean {
    if (this.#inFit && mode !== 'train') return false;
    // Without a known number of steps the last one seen is needed at the end.
    return this.#target === null || this.#progbar?.due === true;
  }

  override onTrainBegin(): void {
    this.#inFit = true;
  }

  override onEpochBegin(epoch: number): void {
    this.#reset();
    if (this.#verbose && this.#epochs > 1) platform.write(`Epoch ${epoch + 1}/${this.#epochs}\n`);
  }

  override onEpochEnd(_epoch: number, logs: AnyLogs = {}): void {
    this.#finish(logs);
  }

  override onTrainBatchEnd(batch: number, logs: AnyLogs = {}): void {
    this.#update(batch, logs);
  }

  override onTestBegin(): void {
    if (!this.#inFit) this.#reset();
  }

  override onTestBatchEnd(batch: number, logs: AnyLogs = {}): void {
    if (!this.#inFit) this.#update(batch, logs);
  }

  override onTestEnd(logs: AnyLogs = {}): void {
    if (!this.#inFit) this.#finish(logs);
  }

  override onPredictBegin(): void {
    this.#reset();
  }

  override onPredictBatchEnd(batch: number): void {
    this.#update(batch, {});
  }

  override onPredictEnd(): void {
    this.#finish({});
  }

  #reset(): void {
    this.#progbar = new Progbar(this.#target, { verbose: this.#verbose, statelessMetrics: [] });
  }

  #update(batch: number, logs: AnyLogs): void {
    this.#progbar?.update(batch + 1, Object.entries(logs), false);
  }

  #finish(logs: AnyLogs): void {
    if (!this.#progbar) return;
    this.#target ??= this.#progbar.seen;
    this.#progbar.target = this.#target;
    this.#progbar.update(this.#target, Object.entries(logs), true);
  }
}
