// Tokens as numbers and numbers as tokens: vocabularies of integers and of strings.

import { ValueError } from '../../errors.js';
import { asTensor, constant, type TensorLike } from '../../graph/apply.js';
import type { Tensor } from '../../graph/tensor.js';
import { add, cast, equal, mod, multiply, subtract } from '../../ops/elementwise.js';
import { expandDims } from '../../ops/movement.js';
import { sum } from '../../ops/reduce.js';
import type { Field } from '../../options.js';
import { flatten } from '../../structure.js';
import { layer, layerWith } from '../define.js';
import { only, value, word } from '../fields.js';
import { adapting } from './adapting.js';
import { bucketOf } from './hash.js';
import {
  numbersOf,
  onTexts,
  refusal,
  type TextLike,
  type Token,
  tokenList,
  VocabularyLayer,
  vocabularySchema,
} from './vocabulary.js';

const lookupSchema = {
  ...vocabularySchema,
  /** Turns numbers back into tokens. Default false. */
  invert: value<boolean>(false),
  /** Numbers for unknown tokens. Default 1. */
  numOovIndices: value<number>(1),
};

const integerSchema = {
  ...lookupSchema,
  vocabularyDtype: word('int64', 'int32'),
  /** How unknown integers are spread over several numbers: by their remainder. */
  oovMethod: word('floormod'),
  salt: only(null),
  /** Number that counts as masked, 0. Default none. */
  maskToken: value<number | null>(null),
  oovToken: value<number>(-1),
  vocabulary: tokenList<number>(),
};

/** Two numbers that make a hash another one; a single one stands for both. */
export const salt: Field<number | readonly number[] | null, readonly [number, number] | null, false> = {
  required: false,
  parse(given, where) {
    if (given === undefined || given === null) return null;
    const pair = typeof given === 'number' ? [given, given] : given;
    if (pair.length !== 2 || !pair.every(Number.isInteger)) {
      throw new ValueError(`${where} must be a whole number or a list of two. Received: ${JSON.stringify(given)}`);
    }
    return pair as readonly [number, number];
  },
  toConfig: kept => kept,
};

const stringSchema = {
  ...lookupSchema,
  oovMethod: word('floormod', 'farmhash'),
  /** Spreads unknown strings over several numbers in another way. Default none. */
  salt,
  encoding: only('utf-8'),
  /** Token that counts as masked, 0. Default none. */
  maskToken: value<string | null>(null),
  oovToken: value<string>('[UNK]'),
  vocabulary: tokenList<string>(),
};

const IntegerOptions = layerWith('IntegerLookup', integerSchema, ['maxTokens', 'numOovIndices'], VocabularyLayer);

class IntegerLookupLayer extends IntegerOptions {
  constructor(...args: ConstructorParameters<typeof IntegerOptions>) {
    super(...args);
    this.start();
  }

  /** Takes the vocabulary from an array, or from a data set of batches. */
  readonly adapt = adapting(
    (batch: TensorLike) => {
      const x = asTensor(batch, 'int32');
      const rows = x.rank > 1 ? x.shape[0]! : x.size;
      const width = x.size / Math.max(1, rows);
      this.count(Array.from({ length: rows }, (_, i) => [...x.data().subarray(i * width, (i + 1) * width)]));
    },
    () => this.finish(),
  );

  protected override unknown(token: Token): number {
    const remainder = Number(token) % this.numOovIndices;
    return remainder < 0 ? remainder + this.numOovIndices : remainder;
  }

  override call(inputs: Tensor): Tensor {
    const x = cast(inputs, 'int32');
    const matches = (tokens: Iterable<number>) =>
      cast(equal(expandDims(x, -1), constant(Int32Array.from(tokens))), 'int32');
    const choose = (each: Tensor, values: readonly number[], other: Tensor | number) =>
      add(sum(multiply(each, constant(Int32Array.from(values))), -1), multiply(subtract(1, sum(each, -1)), other));
    if (this.invert) {
      const vocabulary = this.getVocabulary() as number[];
      return choose(matches(vocabulary.keys()), vocabulary, this.oovToken);
    }
    const { maskToken } = this;
    const tokens = [...(this.tokens as readonly number[]), ...(maskToken === null ? [] : [maskToken])];
    const numbers = tokens.map(token => this.numberOf(token));
    const other = this.numOovIndices > 1 ? add(mod(x, this.numOovIndices), this.oovStart) : this.oovStart;
    return this.encode(choose(matches(tokens), numbers, this.numOovIndices === 0 ? -1 : other));
  }
}

/** Whole numbers as positions in a vocabulary. */
export const IntegerLookup = layer(IntegerLookupLayer);
export type IntegerLookup = IntegerLookupLayer;

const StringOptions = layerWith('StringLookup', stringSchema, ['maxTokens', 'numOovIndices'], onTexts(VocabularyLayer));

class StringLookupLayer extends StringOptions {
  constructor(...args: ConstructorParameters<typeof StringOptions>) {
    super(...args);
    this.start();
  }

  /** Takes the vocabulary from texts, each one token or a list of them, or from a data set of batches of texts. */
  readonly adapt = adapting(
    (batch: TextLike) => this.count([batch].flat().map(sample => flatten<string>(sample))),
    () => this.finish(),
  );

  protected override unknown(token: Token): number {
    return bucketOf(String(token), this.numOovIndices, this.salt);
  }

  /** Strings have no place in tensors: the layer works on them outside of models. */
  override invoke(inputs: TextLike | TensorLike): Tensor | TextLike {
    if (!this.invert) return this.encode(numbersOf(inputs as TextLike, token => this.numberOf(token), this));
    const vocabulary = this.getVocabulary() as string[];
    const name = (nested: unknown): TextLike => {
      if (Array.isArray(nested)) return nested.map(name);
      if (typeof nested !== 'number') throw refusal(this, nested);
      return vocabulary[nested] ?? this.oovToken;
    };
    return name(asTensor(inputs as TensorLike).array());
  }
}

/** Strings as positions in a vocabulary: `StringLookup({ vocabulary })(['a', 'b'])`. */
export const StringLookup = layer(StringLookupLayer);
export type StringLookup = StringLookupLayer;
