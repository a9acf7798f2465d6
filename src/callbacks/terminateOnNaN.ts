// Ends training when the loss is no longer a number.

import { platform } from '#platform';
import { callable } from '../callable.js';
import { type AnyLogs, Callback } from './callback.js';
import { noOtherOptions } from './options.js';

class TerminateOnNaNCallback extends Callback {
  readonly raiseError: boolean;

  constructor({ raiseError = false, ...rest }: { raiseError?: boolean } = {}) {
    super();
    noOtherOptions('TerminateOnNaN', rest, ['raiseError']);
    this.raiseError = raiseError;
  }

  override onBatchEnd(batch: number, logs: AnyLogs = {}): void {
    const loss = logs['loss'];
    if (typeof loss !== 'number' || Number.isFinite(loss)) return;
    if (this.raiseError)
      throw new Error(
        `NaN or Inf loss encountered at batch ${batch}. Loss value: ${loss}. Terminating training immediately.`,
      );
    platform.write(`Batch ${batch}: Invalid loss, terminating training\n`);
    this.model.stopTraining = true;
  }
}

/** Stops at the first batch whose loss is NaN or infinite; with `raiseError`, by an error. */
export const TerminateOnNaN = callable(TerminateOnNaNCallback);
