// Batches by their number: what a class of one's own gives to `fit`.

import { ValueError } from '../errors.js';
import { pythonShuffle } from '../random/mersenneTwister.js';
import { python } from '../random/seed.js';

/**
 * Base class of data sets that make batch `index` when asked for it:
 * `class Photos extends PyDataset { get numBatches() { ... } async getItem(index) { return [x, y]; } }`.
 * `fit` asks for the batches in random order unless shuffle is false. Keras: keras.utils.PyDataset, once called Sequence.
 */
export abstract class PyDataset<Batch = unknown> implements AsyncIterable<Batch> {
  /** The batch: [x], [x, y] or [x, y, sampleWeight]. */
  abstract getItem(index: number): Batch | Promise<Batch>;

  /** Number of batches; null if there is no end. Keras 2's `length` is as good. @throws ValueError if there is neither */
  get numBatches(): number | null {
    const { length } = this as { readonly length?: unknown };
    if (typeof length === 'number') return length;
    throw new ValueError(`${this.constructor.name}: expected a property \`numBatches\` with the number of batches.`);
  }

  /** Called before the first batch of each pass. */
  onEpochBegin(): void {}

  /** Called after the last batch of each pass was made: the place to change their order. */
  onEpochEnd(): void {}

  [Symbol.asyncIterator](): AsyncIterator<Batch> {
    return this.passes(false)[Symbol.asyncIterator]();
  }

  /** @internal Passes through the batches, for `fit`: in random order if `shuffle` is true. */
  passes(shuffle: boolean): AsyncIterable<Batch> & { readonly cardinality: number } {
    const count = this.numBatches ?? Infinity;
    const pass = () => this.#pass(count, shuffle && count < Infinity);
    return { cardinality: count, [Symbol.asyncIterator]: pass };
  }

  async *#pass(count: number, shuffle: boolean): AsyncGenerator<Batch> {
    this.onEpochBegin();
    const order = shuffle ? Array.from({ length: count }, (_, i) => i) : null;
    if (order) pythonShuffle(python, order);
    for (let i = 0; i < count; i++) {
      const batch = await this.getItem(order ? order[i]! : i);
      // Nobody may ask for more than is there, so the last batch is the last chance.
      if (i === count - 1) this.onEpochEnd();
      yield batch;
    }
  }
}
