// Evaluates with the moving averages of the weights, which the optimizer keeps with `useEma`.

import { callable } from '../callable.js';
import { Callback } from './callback.js';
import { noOtherOptions } from './options.js';

class SwapEMAWeightsCallback extends Callback {
  readonly swapOnEpoch: boolean;
  /** Whether the averages are in the weights' place. */
  #swapped = false;

  constructor(options: { swapOnEpoch?: boolean } | boolean = {}) {
    super();
    const { swapOnEpoch = false, ...rest } = typeof options === 'boolean' ? { swapOnEpoch: options } : options;
    noOtherOptions('SwapEMAWeights', rest, ['swapOnEpoch']);
    this.swapOnEpoch = swapOnEpoch;
  }

  override onEpochBegin(): void {
    if (this.swapOnEpoch) this.#use(false);
  }

  override onEpochEnd(epoch: number): void {
    if (!this.swapOnEpoch || this.#swapped) return;
    this.#use(true);
    // When training ends, the averages are put in the weights' place: they must be the ones that are there now.
    if (epoch === this.params!.epochs - 1 || this.model.stopTraining) this.model.optimizer!.restartAverages();
  }

  override onTestBegin(): void {
    this.#use(true);
  }

  override onTestEnd(): void {
    this.#use(false);
  }

  override onPredictBegin(): void {
    this.#use(true);
  }

  override onPredictEnd(): void {
    this.#use(false);
  }

  #use(averages: boolean): void {
    if (averages === this.#swapped) return;
    this.model.optimizer!.swapAverages();
    this.#swapped = averages;
  }
}

/**
 * Exchanges weights and moving averages during evaluation; with `swapOnEpoch` also between epochs, so that callbacks
 * after it, such as ModelCheckpoint, meet the averages. Needs an optimizer with `useEma: true`.
 */
export const SwapEMAWeights = callable(SwapEMAWeightsCallback);
