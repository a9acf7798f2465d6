// keras.preprocessing.text of Keras 2: words of texts as numbers.

import { type CallableClass, callable } from '../callable.js';
import type { Config } from '../config.js';
import { ValueError } from '../errors.js';
import { NDArray } from '../ndarray.js';
import { md5 } from '../utils/md5.js';

export interface WordOptions {
  /** Characters that are no part of words. Default: punctuation (but not '), tabs and line ends. */
  readonly filters?: string;
  /** Whether capitals become small letters. Default true. */
  readonly lower?: boolean;
  /** What stands between words. Default ' '. */
  readonly split?: string;
}

export interface HashOptions extends WordOptions {
  /** Takes a text to its words, instead of textToWordSequence. */
  readonly analyzer?: ((text: string) => readonly string[]) | null;
  /** 'md5', as in Keras, or a function from words to integers from 0. Default: a 32-bit FNV-1a hash. */
  readonly hashFunction?: 'md5' | ((word: string) => number) | null;
}

const FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n';

/** The words of a text. Keras 2: text_to_word_sequence. */
export function textToWordSequence(
  text: string,
  { filters = FILTERS, lower = true, split = ' ' }: WordOptions = {},
): string[] {
  const letters = [...(lower ? text.toLowerCase() : text)];
  const cleaned = letters.map(letter => (filters.includes(letter) ? split : letter)).join('');
  return cleaned.split(split).filter(word => word !== '');
}

/**
 * The words of a text as numbers from 1 to n - 1 by their hashes: different words may get the same number.
 * Python's own hash, Keras's default, is another in each process; 'md5' gives Keras's numbers.
 */
export function hashingTrick(text: string, n: number, options: HashOptions = {}): number[] {
  const { hashFunction, analyzer } = options;
  const words = analyzer ? analyzer(text) : textToWordSequence(text, options);
  if (hashFunction === 'md5') {
    return words.map(word => Number(BigInt(`0x${md5(new TextEncoder().encode(word))}`) % BigInt(n - 1)) + 1);
  }
  const hash = hashFunction ?? fnv1a;
  return words.map(word => (hash(word) % (n - 1)) + 1);
}

/** The words of a text as numbers from 1 to n - 1 by their hashes (not one-hot, despite Keras's name for it). */
export function oneHot(text: string, n: number, options: Omit<HashOptions, 'hashFunction'> = {}): number[] {
  return hashingTrick(text, n, options);
}

function fnv1a(word: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(word)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

export interface TokenizerOptions extends WordOptions {
  /** Keeps only the numWords - 1 most frequent words where texts become numbers. Default: all. */
  readonly numWords?: number | null;
  /** Whether characters count as words. Default false. */
  readonly charLevel?: boolean;
  /** Stands for words that are not known; gets the index 1. */
  readonly oovToken?: string | null;
  readonly analyzer?: ((text: string) => readonly string[]) | null;
  readonly documentCount?: number;
}

/** A text, or the words of one. */
type Text = string | readonly string[];
type MatrixMode = 'binary' | 'count' | 'tfidf' | 'freq';

class TokenizerClass {
  static readonly className = 'Tokenizer';

  readonly numWords: number | null;
  readonly filters: string;
  readonly lower: boolean;
  readonly split: string;
  readonly charLevel: boolean;
  readonly oovToken: string | null;
  readonly analyzer: ((text: string) => readonly string[]) | null;
  documentCount: number;
  /** How often each word occurs, in the order of first occurrence. */
  wordCounts: Map<string, number> = new Map();
  /** In how many texts each word occurs. */
  wordDocs: Map<string, number> = new Map();
  /** The same by index. */
  indexDocs: { [index: number]: number } = {};
  /** 1 for the most frequent word, and so on; 0 stands for no word. */
  wordIndex: { [word: string]: number } = Object.create(null) as { [word: string]: number };
  indexWord: { [index: number]: string } = {};

  constructor(options: TokenizerOptions = {}) {
    this.numWords = options.numWords ?? null;
    this.filters = options.filters ?? FILTERS;
    this.lower = options.lower ?? true;
    this.split = options.split ?? ' ';
    this.charLevel = options.charLevel ?? false;
    this.oovToken = options.oovToken ?? null;
    this.analyzer = options.analyzer ?? null;
    this.documentCount = options.documentCount ?? 0;
  }

  /** Learns the words of texts: the more frequent, the lower their index. */
  fitOnTexts(texts: Iterable<Text>): void {
    for (const text of texts) {
      this.documentCount++;
      const words = this.#wordsOf(text);
      for (const word of words) increment(this.wordCounts, word);
      for (const word of new Set(words)) increment(this.wordDocs, word);
    }
    const byCount = [...this.wordCounts].sort((a, b) => b[1] - a[1]).map(([word]) => word);
    const words = this.oovToken === null ? byCount : [this.oovToken, ...byCount];
    this.wordIndex = Object.create(null) as { [word: string]: number };
    words.forEach((word, i) => {
      this.wordIndex[word] = i + 1;
    });
    this.indexWord = Object.fromEntries(Object.entries(this.wordIndex).map(([word, i]) => [i, word]));
    for (const [word, count] of this.wordDocs) this.indexDocs[this.wordIndex[word]!] = count;
  }

  /** Learns from texts that are numbers already: needed for `sequencesToMatrix` in mode 'tfidf' only. */
  fitOnSequences(sequences: readonly (readonly number[])[]): void {
    this.documentCount += sequences.length;
    for (const sequence of sequences) {
      for (const index of new Set(sequence)) this.indexDocs[index] = (this.indexDocs[index] ?? 0) + 1;
    }
  }

  /** The numbers of the words of each text. */
  textsToSequences(texts: Iterable<Text>): number[][] {
    return [...this.textsToSequencesGenerator(texts)];
  }

  *textsToSequencesGenerator(texts: Iterable<Text>): Generator<number[]> {
    for (const text of texts) {
      const indices = this.#wordsOf(text).map(word => this.#known(this.wordIndex[word]));
      yield indices.filter(index => index !== undefined);
    }
  }

  /** The words of each sequence of numbers, with spaces between them. */
  sequencesToTexts(sequences: Iterable<readonly number[]>): string[] {
    return [...this.sequencesToTextsGenerator(sequences)];
  }

  *sequencesToTextsGenerator(sequences: Iterable<readonly number[]>): Generator<string> {
    for (const sequence of sequences) {
      const words = sequence.map(index => {
        const known = this.#known(this.indexWord[index] === undefined ? undefined : index);
        return known === undefined ? undefined : this.indexWord[known];
      });
      yield words.filter(word => word !== undefined).join(' ');
    }
  }

  /** A row per text with a column per word: `sequencesToMatrix` of the texts' numbers. */
  textsToMatrix(texts: Iterable<Text>, mode: MatrixMode = 'binary'): NDArray<Float32Array> {
    return this.sequencesToMatrix(this.textsToSequences(texts), mode);
  }

  /**
   * A row per sequence with a column per index: whether it occurs ('binary'), how often ('count'), which share it has
   * ('freq'), or (1 + ln count) · ln(1 + documents / (1 + documents with it)) ('tfidf').
   * @throws ValueError if neither numWords nor any text is known
   */
  sequencesToMatrix(sequences: readonly (readonly number[])[], mode: MatrixMode = 'binary'): NDArray<Float32Array> {
    const known = Object.keys(this.wordIndex).length;
    const columns = this.numWords || (known > 0 ? known + 1 : 0);
    if (!columns) {
      throw new ValueError('Specify a dimension (`numWords` option), or fit on some text data first.');
    }
    if (mode === 'tfidf' && !this.documentCount) {
      throw new ValueError('Fit the Tokenizer on some data before using tfidf mode.');
    }
    const value = this.#cell(mode);
    const data = new Float32Array(sequences.length * columns);
    sequences.forEach((sequence, row) => {
      const counts = new Map<number, number>();
      for (const index of sequence) if (index < columns) increment(counts, index);
      for (const [index, count] of counts) data[row * columns + index] = value(index, count, sequence.length);
    });
    return new NDArray(data, [sequences.length, columns]);
  }

  getConfig(): Config {
    return {
      num_words: this.numWords,
      filters: this.filters,
      lower: this.lower,
      split: this.split,
      char_level: this.charLevel,
      oov_token: this.oovToken,
      document_count: this.documentCount,
      word_counts: jsonOf(this.wordCounts),
      word_docs: jsonOf(this.wordDocs),
      index_docs: JSON.stringify(this.indexDocs),
      index_word: JSON.stringify(this.indexWord),
      word_index: JSON.stringify(this.wordIndex),
    };
  }

  /** The JSON that `tokenizerFromJson` reads, here and in Keras. */
  toJson(): string {
    return JSON.stringify({ class_name: 'Tokenizer', config: this.getConfig() });
  }

  #wordsOf(text: Text): readonly string[] {
    if (typeof text !== 'string') return this.lower ? text.map(word => word.toLowerCase()) : text;
    if (this.charLevel) return [...(this.lower ? text.toLowerCase() : text)];
    return this.analyzer ? this.analyzer(text) : textToWordSequence(text, this);
  }

  /** An index as far as it is kept, otherwise that of the token for unknown words, if there is one. */
  #known(index: number | undefined): number | undefined {
    if (index !== undefined && !(this.numWords && index >= this.numWords)) return index;
    return this.oovToken === null ? undefined : this.wordIndex[this.oovToken];
  }

  #cell(mode: MatrixMode): (index: number, count: number, length: number) => number {
    switch (mode) {
      case 'binary':
        return () => 1;
      case 'count':
        return (_, count) => count;
      case 'freq':
        return (_, count, length) => count / length;
      case 'tfidf':
        return (index, count) =>
          (1 + Math.log(count)) * Math.log(1 + this.documentCount / (1 + (this.indexDocs[index] ?? 0)));
      default:
        throw new ValueError(`Unknown vectorization mode: ${String(mode)}`);
    }
  }
}

/**
 * Numbers the words of texts by how often they occur. Call `fitOnTexts`, then `textsToSequences` or `textsToMatrix`.
 * Keras 2: keras.preprocessing.text.Tokenizer.
 */
export const Tokenizer: CallableClass<typeof TokenizerClass> = callable(TokenizerClass);
export type Tokenizer = TokenizerClass;

/** The tokenizer that `toJson` described, here or in Keras. */
export function tokenizerFromJson(json: string): Tokenizer {
  const { config } = JSON.parse(json) as { config: { [key: string]: unknown } };
  const parse = <T>(key: string) => JSON.parse(config[key] as string) as T;
  const tokenizer = new Tokenizer({
    numWords: config['num_words'] as number | null,
    filters: config['filters'] as string,
    lower: config['lower'] as boolean,
    split: config['split'] as string,
    charLevel: config['char_level'] as boolean,
    oovToken: config['oov_token'] as string | null,
    documentCount: config['document_count'] as number,
  });
  tokenizer.wordCounts = new Map(Object.entries(parse<{ [word: string]: number }>('word_counts')));
  tokenizer.wordDocs = new Map(Object.entries(parse<{ [word: string]: number }>('word_docs')));
  tokenizer.indexDocs = parse('index_docs');
  tokenizer.indexWord = parse('index_word');
  tokenizer.wordIndex = Object.assign(Object.create(null) as object, parse<{ [word: string]: number }>('word_index'));
  return tokenizer;
}

function increment<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** JavaScript would put words that are numbers first; the order decides between words of equal frequency. */
function jsonOf(counts: ReadonlyMap<string, number>): string {
  return `{${[...counts].map(([word, count]) => `${JSON.stringify(word)}: ${count}`).join(', ')}}`;
}
