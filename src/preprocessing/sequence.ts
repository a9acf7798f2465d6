// keras.preprocessing.sequence of Keras 2.

import { type CallableClass, callable } from '../callable.js';
import { type ArrayData, type Column, column } from '../data/column.js';
import { PyDataset } from '../data/pyDataset.js';
import { ValueError } from '../errors.js';
import { NDArray, type NumberArray } from '../ndarray.js';
import { pythonRandint, pythonRandom, pythonShuffle } from '../random/mersenneTwister.js';
import { numpyRandint, python } from '../random/seed.js';

export { type PadSequencesOptions, padSequences } from '../utils/padSequences.js';

export interface TimeseriesGeneratorOptions {
  /** Number of steps in each window. */
  readonly length: number;
  /** Steps from an element of a window to its next. Default 1. */
  readonly samplingRate?: number;
  /** Steps from the start of a window to that of the next. Default 1. */
  readonly stride?: number;
  /** First element to use. Default 0. */
  readonly startIndex?: number;
  /** Last element to use. Default: the last of all. */
  readonly endIndex?: number | null;
  /** Whether batches consist of random windows. Default false. */
  readonly shuffle?: boolean;
  /** Whether each window goes backwards in time. Default false. */
  readonly reverse?: boolean;
  /** Default 128. */
  readonly batchSize?: number;
}

type Batch = [samples: NDArray, targets: NDArray];

class TimeseriesGeneratorClass extends PyDataset<Batch> {
  readonly #data: Column;
  readonly #targets: Column;
  readonly #options: Required<TimeseriesGeneratorOptions> & { readonly endIndex: number };

  constructor(data: ArrayData, targets: ArrayData, given: number | TimeseriesGeneratorOptions) {
    super();
    const options = typeof given === 'number' ? { length: given } : given;
    this.#data = column(data, undefined, 'data');
    this.#targets = column(targets, undefined, 'targets');
    const { length } = this.#data;
    if (length !== this.#targets.length) {
      throw new ValueError(
        `Data and targets have to be of same length. Data length is ${length} while target length is ${this.#targets.length}`,
      );
    }
    const startIndex = (options.startIndex ?? 0) + options.length;
    const endIndex = options.endIndex ?? length - 1;
    const defaults = { samplingRate: 1, stride: 1, shuffle: false, reverse: false, batchSize: 128 };
    this.#options = { ...defaults, ...options, startIndex, endIndex };
    if (startIndex > endIndex) {
      throw new ValueError(
        `\`startIndex+length=${startIndex} > endIndex=${endIndex}\` is disallowed, as no part of the sequence would be ` +
          'left to be used as current step.',
      );
    }
  }

  /** Number of batches. */
  get length(): number {
    const { startIndex, endIndex, batchSize, stride } = this.#options;
    return Math.floor((endIndex - startIndex + batchSize * stride) / (batchSize * stride));
  }

  /** Batch `index`: windows (batch, length / samplingRate, ...), and the targets that follow them. */
  override getItem(index: number): Batch {
    const { startIndex, endIndex, batchSize, stride, shuffle, length, samplingRate, reverse } = this.#options;
    const first = startIndex + batchSize * stride * index;
    const size = shuffle
      ? batchSize
      : Math.max(0, Math.ceil((Math.min(first + batchSize * stride, endIndex + 1) - first) / stride));
    const rows = Array.from({ length: size }, (_, i) =>
      shuffle ? numpyRandint(startIndex, endIndex + 1) : first + i * stride,
    );
    const steps = Math.ceil(length / samplingRate);
    const elements = rows.flatMap(row => {
      const window = Array.from({ length: steps }, (_, step) => row - length + step * samplingRate);
      return reverse ? window.reverse() : window;
    });
    return [rowsAt(this.#data, elements, [size, steps]), rowsAt(this.#targets, rows, [size])];
  }
}

/**
 * Batches of windows of a time series: `TimeseriesGenerator(data, targets, { length: 10 })`. The target of a window is the
 * one at the step after it. `timeseriesDatasetFromArray` is Keras 3's successor.
 */
export const TimeseriesGenerator: CallableClass<typeof TimeseriesGeneratorClass> = callable(TimeseriesGeneratorClass);
export type TimeseriesGenerator = TimeseriesGeneratorClass;

function rowsAt({ data, rowSize, shape }: Column, positions: readonly number[], lead: readonly number[]): NDArray {
  const rows = new (data.constructor as new (length: number) => NumberArray)(positions.length * rowSize);
  positions.forEach((position, i) => {
    rows.set(data.subarray(position * rowSize, (position + 1) * rowSize), i * rowSize);
  });
  return new NDArray(rows, [...lead, ...shape.slice(1)]);
}

/**
 * How likely `skipgrams` keeps the word of each rank, so that frequent words do not prevail: min(1, √(t / f)), where the
 * frequency f of rank r is 1 / (r (ln r + 0.577) + 1/2 - 1/(12 r)) by Zipf's law. t is `samplingFactor`.
 */
export function makeSamplingTable(size: number, samplingFactor = 1e-5): Float32Array {
  return Float32Array.from({ length: size }, (_, i) => {
    const rank = Math.max(i, 1);
    const inverse = rank * (Math.log(rank) + 0.577) + 0.5 - 1 / (12 * rank);
    return Math.min(1, Math.sqrt(samplingFactor * inverse));
  });
}

export interface SkipgramOptions {
  /** Words this far away on either side belong together. Default 4. */
  readonly windowSize?: number;
  /** Number of random couples for each true one. Default 1. */
  readonly negativeSamples?: number;
  /** Default true. */
  readonly shuffle?: boolean;
  /** Whether labels are [0, 1] and [1, 0] instead of 1 and 0. Default false. */
  readonly categorical?: boolean;
  /** How likely each word is kept: see `makeSamplingTable`. */
  readonly samplingTable?: ArrayLike<number> | null;
  /** Makes the order the same each time. */
  readonly seed?: number | null;
}

type Label = number | [number, number];

/**
 * Couples of words from a sequence of word numbers: those near each other with label 1, random ones with label 0.
 * Words with number 0 are skipped. Draws the numbers of Python's `random`, as Keras does.
 * Source: Mikolov et al., "Efficient Estimation of Word Representations in Vector Space" (2013).
 */
export function skipgrams(
  sequence: ArrayLike<number>,
  vocabularySize: number,
  options: SkipgramOptions = {},
): [couples: [number, number][], labels: Label[]] {
  const { windowSize = 4, negativeSamples = 1, shuffle = true, categorical = false } = options;
  const { samplingTable = null, seed = null } = options;
  const couples: [number, number][] = [];
  const labels: Label[] = [];
  for (let i = 0; i < sequence.length; i++) {
    const word = sequence[i]!;
    if (!word || (samplingTable && samplingTable[word]! < pythonRandom(python))) continue;
    for (let j = Math.max(0, i - windowSize); j < Math.min(sequence.length, i + windowSize + 1); j++) {
      if (j === i || !sequence[j]) continue;
      couples.push([word, sequence[j]!]);
      labels.push(categorical ? [0, 1] : 1);
    }
  }
  if (negativeSamples > 0) {
    const words = couples.map(([word]) => word);
    const count = Math.trunc(labels.length * negativeSamples);
    pythonShuffle(python, words);
    for (let i = 0; i < count; i++) {
      couples.push([words[i % words.length]!, pythonRandint(python, 1, vocabularySize - 1)]);
      labels.push(categorical ? [1, 0] : 0);
    }
  }
  if (shuffle) {
    const order = seed ?? pythonRandint(python, 0, 10_000_000);
    python.seedWithArray([order]);
    pythonShuffle(python, couples);
    python.seedWithArray([order]);
    pythonShuffle(python, labels);
  }
  return [couples, labels];
}
