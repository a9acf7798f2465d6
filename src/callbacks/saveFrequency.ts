// How often callbacks that save do so: at the end of epochs, or every so many batches.

import { ValueError } from '../errors.js';

/** Counts batches across epochs. */
export class SaveFrequency {
  readonly #every: number | null;
  #seen = 0;

  /** @throws ValueError unless it is 'epoch' or a positive whole number */
  constructor(frequency: 'epoch' | number) {
    if (frequency !== 'epoch' && !(Number.isInteger(frequency) && frequency > 0)) {
      throw new ValueError(
        `Unrecognized saveFreq: ${String(frequency)}. Expected saveFreq are 'epoch' or integer values`,
      );
    }
    this.#every = frequency === 'epoch' ? null : frequency;
  }

  get countsBatches(): boolean {
    return this.#every !== null;
  }

  /** Counts a batch; whether it is time to save. */
  afterBatch(): boolean {
    if (this.#every === null || ++this.#seen < this.#every) return false;
    this.#seen = 0;
    return true;
  }
}
