// Ends training when a value no longer improves.

import { platform } from '#platform';
import { callable } from '../callable.js';
import type { Tensor } from '../graph/tensor.js';
import type { AnyLogs } from './callback.js';
import { MonitorCallback, type MonitorOptions } from './monitor.js';
import { wholeNumbers } from './options.js';

export interface EarlyStoppingOptions extends MonitorOptions {
  /** Epochs without improvement after which training ends. Default 0. */
  patience?: number;
  /** 1 says what happens. Default 0. */
  verbose?: number;
  /** Epochs count as improvements for patience only while they are better than this. Default null. */
  baseline?: number | null;
  /** Gives the model the weights of its best epoch when training ends. Default false. */
  restoreBestWeights?: boolean;
  /** Epochs before this one are left alone. Default 0. */
  startFromEpoch?: number;
}

class EarlyStoppingCallback extends MonitorCallback {
  readonly patience: number;
  readonly verbose: number;
  readonly baseline: number | null;
  readonly restoreBestWeights: boolean;
  readonly startFromEpoch: number;
  wait = 0;
  stoppedEpoch = 0;
  best: number | null = null;
  bestEpoch = 0;
  bestWeights: readonly Tensor[] | null = null;

  constructor({
    patience = 0,
    verbose = 0,
    baseline = null,
    restoreBestWeights = false,
    startFromEpoch = 0,
    ...options
  }: EarlyStoppingOptions = {}) {
    super(options, 'EarlyStopping', ['patience', 'verbose', 'baseline', 'restoreBestWeights', 'startFromEpoch']);
    wholeNumbers('EarlyStopping', { patience, startFromEpoch });
    this.patience = patience;
    this.verbose = verbose;
    this.baseline = baseline;
    this.restoreBestWeights = restoreBestWeights;
    this.startFromEpoch = startFromEpoch;
  }

  override onTrainBegin(): void {
    this.checkMonitor();
    this.wait = 0;
    this.stoppedEpoch = 0;
    this.best = null;
    this.bestEpoch = 0;
    this.bestWeights = null;
  }

  override onEpochEnd(epoch: number, logs: AnyLogs = {}): void {
    const current = this.monitored(logs, 'Early stopping');
    if (current === null || epoch < this.startFromEpoch) return;
    if (this.restoreBestWeights && !this.bestWeights) {
      this.bestWeights = this.model.getWeights();
      this.bestEpoch = epoch;
    }
    this.wait++;
    if (this.isImprovement(current, this.best)) {
      this.best = current;
      this.bestEpoch = epoch;
      if (this.restoreBestWeights) this.bestWeights = this.model.getWeights();
      if (this.baseline === null || this.isImprovement(current, this.baseline)) this.wait = 0;
      return;
    }
    if (this.wait >= this.patience && epoch > 0) {
      this.stoppedEpoch = epoch;
      this.model.stopTraining = true;
    }
  }

  override onTrainEnd(): void {
    if (this.stoppedEpoch > 0 && this.verbose > 0) platform.write(`Epoch ${this.stoppedEpoch + 1}: early stopping\n`);
    if (!this.restoreBestWeights || !this.bestWeights) return;
    if (this.verbose > 0)
      platform.write(`Restoring model weights from the end of the best epoch: ${this.bestEpoch + 1}.\n`);
    this.model.setWeights(this.bestWeights);
  }
}

/** `EarlyStopping({ monitor: 'val_loss', patience: 3, restoreBestWeights: true })`. */
export const EarlyStopping = callable(EarlyStoppingCallback);
