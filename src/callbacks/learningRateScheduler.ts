// Sets the learning rate at the beginning of each epoch.

import { platform } from '#platform';
import { callable } from '../callable.js';
import { ValueError } from '../errors.js';
import { floatText } from '../numberText.js';
import { type AnyLogs, Callback, type CallbackModel } from './callback.js';
import { noOtherOptions } from './options.js';

/** The learning rate in force, as a number. */
export function currentLearningRate(model: CallbackModel): number {
  return model.optimizer!.learningRate.item();
}

class LearningRateSchedulerCallback extends Callback {
  readonly schedule: (epoch: number, learningRate: number) => number;
  readonly verbose: number;

  constructor(
    schedule: (epoch: number, learningRate: number) => number,
    { verbose = 0, ...rest }: { verbose?: number } = {},
  ) {
    super();
    noOtherOptions('LearningRateScheduler', rest, ['verbose']);
    if (typeof schedule !== 'function') {
      throw new ValueError(
        `LearningRateScheduler: expected a function of the epoch and the learning rate. Received: ${String(schedule)}.`,
      );
    }
    this.schedule = schedule;
    this.verbose = verbose;
  }

  override onEpochBegin(epoch: number): void {
    const rate = this.schedule(epoch, currentLearningRate(this.model));
    if (typeof rate !== 'number' || !Number.isFinite(rate)) {
      throw new ValueError(`LearningRateScheduler: the schedule must return a number. Received: ${String(rate)}.`);
    }
    this.model.optimizer!.learningRate = rate;
    if (this.verbose > 0)
      platform.write(`\nEpoch ${epoch + 1}: LearningRateScheduler setting learning rate to ${floatText(rate)}.\n`);
  }

  override onEpochEnd(_epoch: number, logs: AnyLogs = {}): void {
    logs['learning_rate'] = currentLearningRate(this.model);
  }
}

/** `LearningRateScheduler((epoch, rate) => (epoch < 10 ? rate : rate * Math.exp(-0.1)))`. */
export const LearningRateScheduler = callable(LearningRateSchedulerCallback);
