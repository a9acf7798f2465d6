// What `fit` returns: the values of every epoch.

import { type AnyLogs, Callback } from './callback.js';

/** Collects the logs of each epoch: `history.history.loss[epoch]`. */
export class History extends Callback {
  /** The values by name, one per epoch. */
  readonly history: { [name: string]: number[] } = {};
  /** The epochs' numbers, from 0. */
  epoch: number[] = [];

  override onTrainBegin(): void {
    this.epoch = [];
  }

  override onEpochEnd(epoch: number, logs: AnyLogs = {}): void {
    this.epoch.push(epoch);
    for (const [name, value] of Object.entries(logs)) (this.history[name] ??= []).push(value as number);
  }
}
