// Lowers the learning rate when a value no longer improves.

import { platform } from '#platform';
import { callable } from '../callable.js';
import { ValueError } from '../errors.js';
import { floatText } from '../numberText.js';
import type { AnyLogs } from './callback.js';
import { currentLearningRate } from './learningRateScheduler.js';
import { MonitorCallback, type MonitorOptions } from './monitor.js';
import { wholeNumbers } from './options.js';

export interface ReduceLROnPlateauOptions extends MonitorOptions {
  /** New rate = rate * factor, below 1. Default 0.1. */
  factor?: number;
  /** Epochs without improvement after which the rate is lowered. Default 10. */
  patience?: number;
  /** 1 says what happens. Default 0. */
  verbose?: number;
  /** Epochs after a reduction in which nothing is counted. Default 0. */
  cooldown?: number;
  /** Default 0. */
  minLr?: number;
}

class ReduceLROnPlateauCallback extends MonitorCallback {
  readonly factor: number;
  readonly patience: number;
  readonly verbose: number;
  readonly cooldown: number;
  readonly minLr: number;
  best: number | null = null;
  wait = 0;
  cooldownCounter = 0;

  constructor({
    factor = 0.1,
    patience = 10,
    verbose = 0,
    cooldown = 0,
    minLr = 0,
    minDelta = 1e-4,
    ...options
  }: ReduceLROnPlateauOptions = {}) {
    super({ minDelta, ...options }, 'ReduceLROnPlateau', ['factor', 'patience', 'verbose', 'cooldown', 'minLr']);
    wholeNumbers('ReduceLROnPlateau', { patience, cooldown });
    if (!(factor < 1))
      throw new ValueError(`ReduceLROnPlateau does not support a factor >= 1. Received factor=${factor}.`);
    this.factor = factor;
    this.patience = patience;
    this.verbose = verbose;
    this.cooldown = cooldown;
    this.minLr = minLr;
  }

  override onTrainBegin(): void {
    this.checkMonitor();
    this.best = null;
    this.wait = 0;
    this.cooldownCounter = 0;
  }

  override onEpochEnd(epoch: number, logs: AnyLogs = {}): void {
    logs['learning_rate'] = currentLearningRate(this.model);
    const current = this.monitored(logs, 'Learning rate reduction is');
    if (current === null) return;
    if (this.cooldownCounter > 0) {
      this.cooldownCounter--;
      this.wait = 0;
    }
    if (this.isImprovement(current, this.best)) {
      this.best = current;
      this.wait = 0;
    } else if (this.cooldownCounter === 0 && ++this.wait >= this.patience) {
      const old = currentLearningRate(this.model);
      if (old <= Math.fround(this.minLr)) return;
      const rate = Math.max(old * this.factor, this.minLr);
      this.model.optimizer!.learningRate = rate;
      if (this.verbose > 0)
        platform.write(`\nEpoch ${epoch + 1}: ReduceLROnPlateau reducing learning rate to ${floatText(rate)}.\n`);
      this.cooldownCounter = this.cooldown;
      this.wait = 0;
    }
  }
}

/** `ReduceLROnPlateau({ monitor: 'val_loss', factor: 0.2, patience: 5, minLr: 0.001 })`. */
export const ReduceLROnPlateau = callable(ReduceLROnPlateauCallback);
