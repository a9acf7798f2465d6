// Texts as sequences of word numbers: the options that imdb and reuters share.

import { ValueError } from '../errors.js';
import { NDArray } from '../ndarray.js';
import { MersenneTwister, numpyPermutation } from '../random/mersenneTwister.js';

export interface SequenceOptions {
  /** Local path or address of the file (with a slash in it), or its name in the cache. Default: Keras's own file. */
  readonly path?: string;
  /** Only words with numbers below this are kept; the smaller, the more frequent. Default: all. */
  readonly numWords?: number | null;
  /** The most frequent words to leave out. Default 0. */
  readonly skipTop?: number;
  /** Texts of this length and longer are left out. Default: none. */
  readonly maxlen?: number | null;
  /** Of the order of the texts. Default 113. */
  readonly seed?: number;
  /** Marks the beginning of a text; null for no mark. Default 1. */
  readonly startChar?: number | null;
  /** Stands for words left out; null leaves no trace of them. Default 2. */
  readonly oovChar?: number | null;
  /** Added to the numbers of words. Default 3. */
  readonly indexFrom?: number;
}

/** Sequences and their labels. */
export interface Texts {
  readonly x: readonly (readonly number[])[];
  readonly y: readonly number[];
}

/** The sequences of different lengths, and the labels. */
export type TextPart = [sequences: number[][], labels: NDArray<Int32Array>];

/** NumPy's `RandomState(seed)`. */
export function randomState(seed: number): MersenneTwister {
  const generator = new MersenneTwister();
  generator.seedWithWord(seed);
  return generator;
}

/** In the random order of Keras, with marks at the beginning, without long ones. */
export function arranged({ x, y }: Texts, generator: MersenneTwister, options: SequenceOptions): Texts {
  const { startChar = 1, indexFrom = 3, maxlen = null } = options;
  const order = [...numpyPermutation(generator, x.length)];
  const start = startChar === null ? [] : [startChar];
  // Without a mark, Keras does not shift by 0 either: the same.
  const all = order.map(i => ({ text: [...start, ...x[i]!.map(word => word + indexFrom)], label: y[i]! }));
  const kept = maxlen ? all.filter(({ text }) => text.length < maxlen) : all;
  return { x: kept.map(({ text }) => text), y: kept.map(({ label }) => label) };
}

/** Texts without the words that the options leave out. By default this is the last word of all only, as in Keras. */
export function limited(texts: readonly (readonly number[])[], options: SequenceOptions): number[][] {
  const { skipTop = 0, oovChar = 2 } = options;
  let end = options.numWords || 0;
  if (!end) for (const text of texts) for (const word of text) end = Math.max(end, word);
  const isKept = (word: number) => word >= skipTop && word < end;
  return texts.map(text =>
    oovChar === null ? text.filter(isKept) : text.map(word => (isKept(word) ? word : oovChar)),
  );
}

export function labelsOf(y: readonly number[]): NDArray<Int32Array> {
  return new NDArray(Int32Array.from(y), [y.length]);
}

export function requireSome(texts: Texts, maxlen: number | null | undefined): void {
  if (texts.x.length > 0) return;
  throw new ValueError(
    `After filtering for sequences shorter than maxlen=${maxlen}, no sequence was kept. Increase maxlen.`,
  );
}
