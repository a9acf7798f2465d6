// Whole texts as sequences of numbers or as vectors.

import type { Config, Json } from '../../config.js';
import { ValueError } from '../../errors.js';
import { constant } from '../../graph/apply.js';
import type { Tensor } from '../../graph/tensor.js';
import type { Field } from '../../options.js';
import { layer, layerWith } from '../define.js';
import { only, value, word } from '../fields.js';
import type { SymbolicShape } from '../kerasTensor.js';
import { adapting } from './adapting.js';
import { type LookupMode, onTexts, refusal, tokenList, VocabularyLayer, vocabularySchema } from './vocabulary.js';

type Choice<T, F> = Field<T | F | null, T | F | null, false>;

/** One of a few words, a function of one's own, or null for nothing. */
function choice<T extends string, F extends (text: string) => unknown>(...words: readonly [T, ...T[]]): Choice<T, F> {
  return {
    required: false,
    parse(given, where) {
      if (given === undefined) return words[0];
      if (given !== null && typeof given !== 'function' && !words.includes(given)) {
        throw new ValueError(
          `${where} must be one of ${words.map(each => `'${each}'`).join(', ')}, a function or null. Received: ${String(given)}`,
        );
      }
      return given;
    },
    toConfig: kept => (typeof kept === 'function' ? kept.name : kept),
  };
}

const ngrams: Field<number | readonly number[] | null, number | readonly number[] | null, false> = {
  required: false,
  parse(given, where) {
    const lengths = [given ?? []].flat();
    if (!lengths.every(each => Number.isInteger(each) && each > 0)) {
      throw new ValueError(`${where} must be null, a positive integer or a list of them. Received: ${String(given)}`);
    }
    return given ?? null;
  },
  toConfig: kept => kept,
};

const textSchema = {
  ...vocabularySchema,
  /** What happens to each text first; a function, or null for nothing. */
  standardize: choice<'lower_and_strip_punctuation' | 'lower' | 'strip_punctuation', (text: string) => string>(
    'lower_and_strip_punctuation',
    'lower',
    'strip_punctuation',
  ),
  /** Where texts are split; a function, or null for nowhere. */
  split: choice<'whitespace' | 'character', (text: string) => readonly string[]>('whitespace', 'character'),
  /** Also joins up to this many neighbouring tokens to one, or as many as the list says. Default none. */
  ngrams,
  outputMode: word<LookupMode>('int', 'multi_hot', 'count', 'tf_idf'),
  /** Length that sequences are cut or filled up to. Default the longest one's. */
  outputSequenceLength: value<number | null>(null),
  ragged: only(false),
  vocabulary: tokenList<string>(),
  encoding: only('utf-8'),
};

const TextOptions = layerWith(
  'TextVectorization',
  textSchema,
  ['maxTokens', 'standardize', 'split', 'ngrams', 'outputMode'],
  onTexts(VocabularyLayer),
);

class TextVectorizationLayer extends TextOptions {
  override readonly invert = false;
  override readonly numOovIndices = 1;
  override readonly maskToken = '';
  override readonly oovToken = '[UNK]';

  constructor(...args: ConstructorParameters<typeof TextOptions>) {
    super(...args);
    if (this.outputMode !== 'int' && this.outputSequenceLength !== null) {
      throw new ValueError(
        `TextVectorization: \`outputSequenceLength\` goes with outputMode 'int' only. Received: outputMode='${this.outputMode}'`,
      );
    }
    this.start();
  }

  override getBuildConfig(): Json {
    return { input_shape: null };
  }

  /** Takes the vocabulary from texts, or from a data set of texts or of batches of them. */
  readonly adapt = adapting(
    (batch: string | readonly string[]) => this.count([batch].flat().map(text => this.#tokensOf(text))),
    () => this.finish(),
  );

  #tokensOf(text: string): readonly string[] {
    const { standardize, split } = this;
    let clean = text;
    if (typeof standardize === 'function') clean = standardize(text);
    else {
      // As in Keras, only letters of ASCII have a lower case here, and only spaces of ASCII part tokens below.
      if (standardize?.startsWith('lower')) clean = clean.replace(/[A-Z]/g, letter => letter.toLowerCase());
      if (standardize?.endsWith('punctuation')) clean = clean.replace(/[!"#$%&()*+,\-./:;<=>?@[\\\]^_`{|}~']/g, '');
    }
    if (typeof split === 'function') return this.#joined(split(clean));
    if (split === 'character') return this.#joined([...clean]);
    return this.#joined(split === 'whitespace' ? (clean.match(/[^\t\n\v\f\r ]+/g) ?? []) : [clean]);
  }

  #joined(tokens: readonly string[]): readonly string[] {
    if (this.ngrams === null) return tokens;
    const lengths =
      typeof this.ngrams === 'number' ? Array.from({ length: this.ngrams }, (_, i) => i + 1) : this.ngrams;
    return lengths.flatMap(length =>
      Array.from({ length: Math.max(0, tokens.length - length + 1) }, (_, i) => tokens.slice(i, i + length).join(' ')),
    );
  }

  /** Texts have no place in tensors: the layer works on them outside of models. */
  override invoke(inputs: string | readonly (string | readonly [string])[]): Tensor {
    const single = typeof inputs === 'string';
    if (!single && !Array.isArray(inputs)) throw refusal(this, inputs);
    const rows = [inputs].flat(2).map(text => {
      if (typeof text !== 'string') throw refusal(this, text);
      return this.#tokensOf(text).map(token => this.numberOf(token));
    });
    if (this.outputMode !== 'int') return this.#vectors(rows, single);
    const length = this.outputSequenceLength ?? Math.max(0, ...rows.map(row => row.length));
    const data = new Int32Array(rows.length * length);
    rows.forEach((row, i) => {
      data.set(row.slice(0, length), i * length);
    });
    // Texts that are not split are one token each, without an axis of tokens.
    const whole = this.split === null && length === 1 && !Array.isArray(inputs[0]);
    return constant(data, 'int32', [...(single ? [] : [rows.length]), ...(whole ? [] : [length])]);
  }

  /** One vector per text, over tokens filled up to the same number. */
  #vectors(rows: readonly (readonly number[])[], single: boolean): Tensor {
    const length = Math.max(1, ...rows.map(row => row.length));
    const numbers = new Int32Array(rows.length * length).fill(-1);
    rows.forEach((row, i) => {
      numbers.set(row, i * length);
    });
    return this.encode(constant(numbers, 'int32', single ? [length] : [rows.length, length]));
  }

  override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
    if (this.outputMode === 'int') return [inputShape[0]!, this.outputSequenceLength];
    return [inputShape[0]!, super.computeOutputShape([null])[0]!];
  }

  override getConfig(): Config {
    const config = super.getConfig();
    return { ...config, vocabulary_size: config['vocabulary_size'] ?? this.vocabularySize() };
  }
}

/** Texts as sequences of numbers or as vectors, after `adapt(texts)` or with a given vocabulary. */
export const TextVectorization = layer(TextVectorizationLayer);
export type TextVectorization = TextVectorizationLayer;
