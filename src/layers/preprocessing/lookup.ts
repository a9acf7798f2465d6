// Tokens as numbers: vocabularies of integers and of strings, and whole texts.

import type { Config, Json } from '../../config.js';
import { ValueError } from '../../errors.js';
import { asTensor, constant, type TensorLike } from '../../graph/apply.js';
import { Tensor } from '../../graph/tensor.js';
import { NDArray } from '../../ndarray.js';
import { add, cast, equal, mod, multiply, subtract } from '../../ops/elementwise.js';
import { concatenate, expandDims } from '../../ops/movement.js';
import { sum } from '../../ops/reduce.js';
import type { Field } from '../../options.js';
import { flatten } from '../../structure.js';
import { layer, layerWith } from '../define.js';
import { fixed, value, word } from '../fields.js';
import { KerasTensor, type SymbolicShape } from '../kerasTensor.js';
import { Layer } from '../layer.js';
import type { WeightStore } from '../weight.js';
import { adapting } from './adapting.js';
import { encodeCategories, encodedShape } from './categories.js';

/** Texts, alone or in nested lists. */
export type TextLike = string | readonly TextLike[];
type Token = string | number;
type Mode = 'int' | 'one_hot' | 'multi_hot' | 'count' | 'tf_idf';

const listOrNull = <T extends Token>(): Field<readonly T[] | null, readonly T[] | null, false> => ({
  required: false,
  parse: given => given ?? null,
  toConfig: kept => kept as never,
});

const shared = {
  /** Turns numbers back into tokens. Default false. */
  invert: value<boolean>(false),
  /** 'int' (default) for the token's number, or vectors as of CategoryEncoding; 'tf_idf' weighs rare tokens more. */
  outputMode: word<Mode>('int', 'one_hot', 'multi_hot', 'count', 'tf_idf'),
  sparse: fixed(false),
  /** Makes vectors as long as maxTokens. Default false. */
  padToMaxTokens: value<boolean>(false),
  /** Weights of the tokens for 'tf_idf'. */
  idfWeights: value<readonly number[] | null>(null),
  /** Size of the vocabulary, special tokens included, as files tell it. */
  vocabularySize: value<number | null>(null),
  oovMethod: fixed('floormod'),
  salt: fixed(null),
  /** Largest vocabulary, special tokens included. Default unlimited. */
  maxTokens: value<number | null>(null),
  /** Numbers for unknown tokens. Default 1. */
  numOovIndices: value<number>(1),
};

const integerSchema = {
  ...shared,
  vocabularyDtype: fixed('int64'),
  /** Number that counts as masked, 0. Default none. */
  maskToken: value<number | null>(null),
  oovToken: value<number>(-1),
  vocabulary: listOrNull<number>(),
};

const stringSchema = {
  ...shared,
  encoding: fixed('utf-8'),
  /** Token that counts as masked, 0. Default none. */
  maskToken: value<string | null>(null),
  oovToken: value<string>('[UNK]'),
  vocabulary: listOrNull<string>(),
};

const vocabularyFile = 'vocabulary.txt';

/** The vocabulary and what is done with it; tokens are numbers or strings. */
class LookupLayer extends Layer {
  declare invert: boolean;
  declare outputMode: Mode;
  declare padToMaxTokens: boolean;
  declare idfWeights: readonly number[] | null;
  declare maxTokens: number | null;
  declare numOovIndices: number;
  declare maskToken: Token | null;
  declare oovToken: Token;
  declare vocabulary: readonly Token[] | null;
  declare vocabularySize: number | null;

  #tokens: readonly Token[] | null = null;
  #numbers: ReadonlyMap<Token, number> = new Map();
  #idf: readonly number[] | null = null;

  override build(_inputShape: SymbolicShape): void {}

  override getBuildConfig(): Json {
    return {};
  }

  /** The first number of unknown tokens: the masked one comes before. */
  get oovStart(): number {
    return this.maskToken !== null && this.outputMode === 'int' ? 1 : 0;
  }

  get #known(): readonly Token[] {
    if (this.#tokens === null && this.vocabulary) this.setVocabulary(this.vocabulary, this.idfWeights);
    if (this.#tokens === null) {
      throw new ValueError(
        `${this.className} "${this.name}" has no vocabulary yet: pass it as an option, or call adapt(data).`,
      );
    }
    return this.#tokens;
  }

  /** Sets the tokens, most frequent first, without the special ones. */
  setVocabulary(tokens: readonly Token[], idfWeights: readonly number[] | null = null): void {
    const special = [this.maskToken, this.oovToken].filter(token => token !== null);
    const own =
      special.includes(tokens[0]!) && !this.invert ? tokens.filter(token => !special.includes(token)) : tokens;
    if (new Set(own).size !== own.length) throw new ValueError('The passed vocabulary has at least one repeated term.');
    this.#tokens = own;
    const first = this.oovStart + this.numOovIndices;
    this.#numbers = new Map(own.map((token, i) => [token, first + i]));
    this.#idf = idfWeights;
  }

  /** The tokens by number, special ones included unless said otherwise. */
  getVocabulary({ includeSpecialTokens = true } = {}): Token[] {
    if (!includeSpecialTokens) return [...this.#known];
    return [
      ...(this.oovStart === 1 ? [this.maskToken!] : []),
      ...new Array<Token>(this.numOovIndices).fill(this.oovToken),
      ...this.#known,
    ];
  }

  /** How many numbers there are. */
  vocabularyCount(): number {
    // A file that keeps the vocabulary beside the config says its size in the config.
    if (!this.vocabulary && this.#tokens === null && this.vocabularySize !== null) return this.vocabularySize;
    return this.oovStart + this.numOovIndices + this.#known.length;
  }

  /** Takes the vocabulary from samples of tokens, the most frequent first. */
  protected adaptTo(samples: readonly (readonly Token[])[]): void {
    const counts = new Map<Token, number>();
    const documents = new Map<Token, number>();
    for (const sample of samples) {
      for (const token of sample) counts.set(token, (counts.get(token) ?? 0) + 1);
      for (const token of new Set(sample)) documents.set(token, (documents.get(token) ?? 0) + 1);
    }
    const special: readonly (Token | null)[] = [this.maskToken, this.oovToken];
    const room = this.maxTokens === null ? Infinity : this.maxTokens - this.oovStart - this.numOovIndices;
    // Equal counts come in descending order of the tokens, as Keras sorts them.
    const ranked = [...counts]
      .filter(([token]) => !special.includes(token))
      .sort(([a, n], [b, m]) => m - n || (a < b ? 1 : a > b ? -1 : 0))
      .slice(0, room)
      .map(([token]) => token);
    const idf = ranked.map(token => Math.log(1 + samples.length / (1 + documents.get(token)!)));
    this.setVocabulary(ranked, this.outputMode === 'tf_idf' ? idf : null);
  }

  /** A vocabulary that came with the options is part of the config, any other one is a file of its own. */
  override saveAssets(): { readonly [file: string]: string } {
    return this.vocabulary || this.#tokens === null ? {} : { [vocabularyFile]: this.getVocabulary().join('\n') };
  }

  override loadAssets(files: { readonly [file: string]: string }): void {
    const text = files[vocabularyFile];
    if (text === undefined) return;
    const tokens = text.split('\n');
    this.setVocabulary(typeof this.oovToken === 'number' ? tokens.map(Number) : tokens, this.#idf);
  }

  override saveOwnVariables(store: WeightStore): void {
    if (this.outputMode !== 'tf_idf') return;
    const weights = this.#allIdf();
    store['idf_weights'] = new NDArray(weights, [weights.length]);
  }

  override loadOwnVariables(store: WeightStore): void {
    const weights = store['idf_weights'];
    if (weights) this.#idf = [...weights.data].slice(this.numOovIndices);
  }

  /** The number of one token. */
  numberOf(token: Token): number {
    void this.#known;
    if (this.oovStart === 1 && token === this.maskToken) return 0;
    const number = this.#numbers.get(token);
    if (number !== undefined) return number;
    if (this.numOovIndices === 1) return this.oovStart;
    if (this.numOovIndices > 1 && typeof token === 'number') {
      return this.oovStart + (((token % this.numOovIndices) + this.numOovIndices) % this.numOovIndices);
    }
    throw new ValueError(
      this.numOovIndices === 0
        ? `When \`numOovIndices\` is 0 all inputs should be in the vocabulary. Found ${String(token)}; consider setting numOovIndices: 1.`
        : 'Several numbers for unknown strings need a hash of Keras that is not available here: use numOovIndices: 1.',
    );
  }

  /** Numbers as the output mode wants them. */
  protected encode(numbers: Tensor): Tensor {
    if (this.outputMode === 'int') return numbers;
    const depth = this.padToMaxTokens && this.maxTokens !== null ? this.maxTokens : this.vocabularyCount();
    if (this.outputMode !== 'tf_idf') return encodeCategories(numbers, this.outputMode, depth);
    return multiply(encodeCategories(numbers, 'count', depth), constant(this.#allIdf(depth)));
  }

  /** The weights of all numbers: unknown tokens weigh as much as the others on average. */
  #allIdf(depth = this.vocabularyCount()): Float32Array {
    const weights = this.#idf ?? [];
    const mean = weights.reduce((a, b) => a + b, 0) / Math.max(1, weights.length);
    const all = new Float32Array(depth);
    all.fill(mean, 0, this.numOovIndices);
    all.set(weights, this.numOovIndices);
    return all;
  }

  override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
    if (this.outputMode === 'int') return inputShape;
    const mode = this.outputMode === 'tf_idf' ? 'count' : this.outputMode;
    return encodedShape(
      inputShape,
      mode,
      this.padToMaxTokens && this.maxTokens !== null ? this.maxTokens : this.vocabularyCount(),
    );
  }

  override getConfig(): Config {
    // The options, this one among them, are written after this.
    if (this.vocabulary || this.#tokens) this.vocabularySize = this.vocabularyCount();
    return super.getConfig();
  }
}

/** Nested lists of numbers as tokens. */
function tokensBack(data: Tensor, vocabulary: readonly Token[], unknown: Token): TextLike {
  const name = (nested: unknown): unknown =>
    Array.isArray(nested) ? nested.map(name) : (vocabulary[nested as number] ?? unknown);
  return name(data.array()) as TextLike;
}

class IntegerLookupLayer extends layerWith(
  'IntegerLookup',
  integerSchema,
  ['maxTokens', 'numOovIndices'],
  LookupLayer,
) {
  /** Takes the vocabulary from an array, or from a data set of batches. */
  readonly adapt = adapting(
    (data: TensorLike) => {
      const x = asTensor(data, 'int32');
      const rows = x.rank > 1 ? x.shape[0]! : x.size;
      const width = x.size / Math.max(1, rows);
      this.adaptTo(Array.from({ length: rows }, (_, i) => [...x.data().subarray(i * width, (i + 1) * width)]));
    },
    batches => concatenate(batches, 0),
  );

  override call(inputs: Tensor): Tensor {
    const x = cast(inputs, 'int32');
    const vocabulary = this.getVocabulary() as number[];
    if (this.invert) {
      const each = equal(expandDims(x, -1), constant(Int32Array.from(vocabulary.keys())));
      const known = sum(multiply(cast(each, 'int32'), constant(Int32Array.from(vocabulary))), -1);
      return add(known, multiply(subtract(1, sum(cast(each, 'int32'), -1)), this.oovToken));
    }
    const first = this.oovStart + this.numOovIndices;
    const own = vocabulary.slice(first);
    const tokens = [...own, ...(this.oovStart === 1 ? [this.maskToken!] : [])];
    const numbers = [...own.keys()].map(i => first + i).concat(this.oovStart === 1 ? [0] : []);
    const each = cast(equal(expandDims(x, -1), constant(Int32Array.from(tokens))), 'int32');
    const known = sum(multiply(each, constant(Int32Array.from(numbers))), -1);
    const unknown =
      this.numOovIndices > 1 ? add(mod(x, this.numOovIndices), this.oovStart) : constant(this.oovStart, 'int32');
    return this.encode(add(known, multiply(subtract(1, sum(each, -1)), unknown)));
  }
}

/** Whole numbers as positions in a vocabulary. */
export const IntegerLookup = layer(IntegerLookupLayer);
export type IntegerLookup = IntegerLookupLayer;

/** A tensor of the numbers of nested tokens. */
function numbersOf(tokens: TextLike, lookup: (token: string) => number): Tensor {
  const map = (nested: TextLike): number | number[] =>
    typeof nested === 'string' ? lookup(nested) : (nested.map(map) as number[]);
  return constant(map(tokens) as number[], 'int32');
}

class StringLookupLayer extends layerWith('StringLookup', stringSchema, ['maxTokens', 'numOovIndices'], LookupLayer) {
  /** Takes the vocabulary from texts, each one token or a list of them, or from a data set of batches of texts. */
  readonly adapt = adapting(
    (data: readonly TextLike[]) => this.adaptTo(data.map(sample => flatten<string>(sample))),
    batches => batches.flat(),
  );

  /** Strings have no place in tensors: the layer works on them outside of models. */
  override invoke(inputs: TextLike | TensorLike): Tensor | TextLike {
    if (this.invert) return tokensBack(asTensor(inputs as TensorLike), this.getVocabulary(), this.oovToken);
    checkStrings(this.name, inputs);
    return this.encode(numbersOf(inputs as TextLike, token => this.numberOf(token)));
  }
}

/** @throws ValueError for tensors: there are none of strings. */
function checkStrings(layer: string, inputs: unknown): void {
  if (!(inputs instanceof Tensor || inputs instanceof KerasTensor)) return;
  throw new ValueError(
    `Layer "${layer}" takes strings, and models compute with numbers only. Call it on the data before they reach the ` +
      'model, as in dataset.map(([text, label]) => [vectorize(text), label]).',
  );
}

/** Strings as positions in a vocabulary: `StringLookup({ vocabulary })(['a', 'b'])`. */
export const StringLookup = layer(StringLookupLayer);
export type StringLookup = StringLookupLayer;

type Choice<T> = Field<T | ((text: never) => never) | null, T | ((text: never) => never) | null, false>;

function choice<T extends string>(initial: T): Choice<T> {
  return {
    required: false,
    parse: given => (given === undefined ? initial : given),
    toConfig: kept => (typeof kept === 'function' ? kept.name : kept),
  };
}

const textSchema = {
  /** Largest vocabulary, the two special tokens included. Default unlimited. */
  maxTokens: value<number | null>(null),
  /** What happens to each text first; a function, or null for nothing. */
  standardize: choice<'lower_and_strip_punctuation' | 'lower' | 'strip_punctuation'>('lower_and_strip_punctuation'),
  /** Where texts are split; a function, or null for nowhere. */
  split: choice<'whitespace' | 'character'>('whitespace'),
  /** Also joins this many neighbouring tokens to one, or as many as the list says. Default none. */
  ngrams: value<number | readonly number[] | null>(null),
  outputMode: word<Mode>('int', 'multi_hot', 'count', 'tf_idf'),
  /** Length that sequences are cut or filled up to. Default the longest one's. */
  outputSequenceLength: value<number | null>(null),
  padToMaxTokens: value<boolean>(false),
  sparse: fixed(false),
  ragged: fixed(false),
  vocabulary: listOrNull<string>(),
  idfWeights: value<readonly number[] | null>(null),
  encoding: fixed('utf-8'),
  vocabularySize: value<number | null>(null),
};

const TextOptions = layerWith(
  'TextVectorization',
  textSchema,
  ['maxTokens', 'standardize', 'split', 'ngrams', 'outputMode'],
  LookupLayer,
);

class TextVectorizationLayer extends TextOptions {
  constructor(...args: ConstructorParameters<typeof TextOptions>) {
    super(...args);
    this.invert = false;
    this.numOovIndices = 1;
    this.maskToken = '';
    this.oovToken = '[UNK]';
  }

  override getBuildConfig(): Json {
    return { input_shape: null };
  }

  /** Takes the vocabulary from texts, or from a data set of texts or of batches of them. */
  readonly adapt = adapting<readonly string[], string | readonly string[]>(
    texts => this.adaptTo(texts.map(text => this.#tokensOf(text))),
    batches => batches.flat(),
  );

  #tokensOf(text: string): string[] {
    const { standardize, split, ngrams } = this;
    let clean = text;
    if (typeof standardize === 'function') clean = (standardize as unknown as (text: string) => string)(text);
    else {
      if (standardize?.startsWith('lower')) clean = clean.toLowerCase();
      if (standardize?.endsWith('punctuation')) clean = clean.replace(/[!"#$%&()*+,\-./:;<=>?@[\\\]^_`{|}~']/g, '');
    }
    const tokens =
      typeof split === 'function'
        ? (split as unknown as (text: string) => string[])(clean)
        : split === 'character'
          ? [...clean]
          : split === 'whitespace'
            ? (clean.match(/\S+/g) ?? [])
            : [clean];
    if (ngrams === null) return tokens;
    const lengths = typeof ngrams === 'number' ? Array.from({ length: ngrams }, (_, i) => i + 1) : ngrams;
    return lengths.flatMap(length =>
      Array.from({ length: Math.max(0, tokens.length - length + 1) }, (_, i) => tokens.slice(i, i + length).join(' ')),
    );
  }

  /** Texts have no place in tensors: the layer works on them outside of models. */
  override invoke(inputs: string | readonly (string | readonly [string])[]): Tensor {
    checkStrings(this.name, inputs);
    const single = typeof inputs === 'string';
    const texts = (single ? [inputs] : inputs).map(each => (typeof each === 'string' ? each : each[0]));
    const rows = texts.map(text => this.#tokensOf(text).map(token => this.numberOf(token)));
    const length =
      this.outputMode === 'int' && this.outputSequenceLength !== null
        ? this.outputSequenceLength
        : Math.max(1, ...rows.map(row => row.length));
    if (this.outputMode !== 'int') return this.#vectors(rows, single);
    const data = new Int32Array(rows.length * length);
    rows.forEach((row, i) => {
      data.set(row.slice(0, length), i * length);
    });
    return constant(data, 'int32', single ? [length] : [rows.length, length]);
  }

  /** One vector per text: texts have different numbers of tokens, which are counted here. */
  #vectors(rows: readonly (readonly number[])[], single: boolean): Tensor {
    const encoded = rows.map(row =>
      this.encode(constant(Int32Array.from(row.length > 0 ? row : [-1]), 'int32', [1, Math.max(1, row.length)])),
    );
    const data = encoded.flatMap(each => [...each.data()]);
    const depth = encoded[0]?.shape.at(-1) ?? 0;
    return constant(Float32Array.from(data), 'float32', single ? [depth] : [rows.length, depth]);
  }
}

/** Texts as sequences of numbers or as vectors, after `adapt(texts)` or with a given vocabulary. */
export const TextVectorization = layer(TextVectorizationLayer);
export type TextVectorization = TextVectorizationLayer;
