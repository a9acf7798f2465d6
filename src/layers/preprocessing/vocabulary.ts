// A vocabulary and what is done with it: the base of the layers that turn tokens into numbers or back.

import type { Config, Json } from '../../config.js';
import { ValueError } from '../../errors.js';
import { constant, type TensorLike } from '../../graph/apply.js';
import { Tensor } from '../../graph/tensor.js';
import { NDArray } from '../../ndarray.js';
import { multiply } from '../../ops/elementwise.js';
import type { Field } from '../../options.js';
import { only, value, word } from '../fields.js';
import type { SymbolicShape } from '../kerasTensor.js';
import { Layer, type LayerOptions } from '../layer.js';
import type { WeightStore } from '../weight.js';
import { encodeCategories, encodedShape } from './categories.js';

/** Texts, alone or in nested lists. */
export type TextLike = string | readonly TextLike[];
export type Token = string | number;
export type LookupMode = 'int' | 'one_hot' | 'multi_hot' | 'count' | 'tf_idf';

/** The tokens of a vocabulary. */
export function tokenList<T extends Token>(): Field<readonly T[] | null, readonly T[] | null, false> {
  return { required: false, parse: given => given ?? null, toConfig: kept => kept as never };
}

/** Options of all layers with a vocabulary. */
export const vocabularySchema = {
  /** Largest vocabulary, special tokens included. Default unlimited. */
  maxTokens: value<number | null>(null),
  /** 'int' (default) for the token's number, or vectors as of CategoryEncoding; 'tf_idf' weighs rare tokens more. */
  outputMode: word<LookupMode>('int', 'one_hot', 'multi_hot', 'count', 'tf_idf'),
  /** Makes vectors as long as maxTokens. Default false. */
  padToMaxTokens: value<boolean>(false),
  /** Weights of the tokens for 'tf_idf'. */
  idfWeights: value<readonly number[] | null>(null),
  sparse: only(false),
};

const vocabularyFile = 'vocabulary.txt';

/** Base of IntegerLookup, StringLookup and TextVectorization. */
export class VocabularyLayer extends Layer {
  /** The layer described by a config. */
  static override fromConfig<T>(this: new (...args: never) => T, config: Config): T {
    const { vocabulary_size: size, ...options } = config;
    const made: T = Layer.fromConfig.call(this as never, options) as T;
    if (made instanceof VocabularyLayer && typeof size === 'number') made.#writtenSize = size;
    return made;
  }

  declare outputMode: LookupMode;
  declare padToMaxTokens: boolean;
  declare idfWeights: readonly number[] | null;
  declare maxTokens: number | null;
  declare vocabulary: readonly Token[] | null;

  declare invert: boolean;
  declare numOovIndices: number;
  declare maskToken: Token | null;
  declare oovToken: Token;

  #tokens: readonly Token[] | null = null;
  #numbers: ReadonlyMap<Token, number> = new Map();
  /** Weights by number, those of unknown tokens included. */
  #idf: readonly number[] = [];
  /** The size that a config told, of a vocabulary that it did not tell. */
  #writtenSize: number | null = null;
  #counts = new Map<Token, number>();
  #documents = new Map<Token, number>();
  #documentCount = 0;

  override build(_inputShape: SymbolicShape): void {}

  override getBuildConfig(): Json {
    return {};
  }

  /** Checks the options, and takes over the vocabulary among them. To be called by constructors. */
  protected start(): void {
    const { maxTokens, numOovIndices } = this;
    if (maxTokens !== null && maxTokens <= 1) {
      throw new ValueError(
        `${this.#label}: \`maxTokens\` must be greater than 1 if it is set. Received: maxTokens=${maxTokens}`,
      );
    }
    if (this.padToMaxTokens && maxTokens === null) {
      throw new ValueError(`${this.#label}: \`padToMaxTokens\` needs \`maxTokens\`. Received: maxTokens=null`);
    }
    if (!Number.isInteger(numOovIndices) || numOovIndices < 0) {
      throw new ValueError(
        `${this.#label}: \`numOovIndices\` must be a whole number of at least 0. Received: ${numOovIndices}`,
      );
    }
    if (this.invert && this.outputMode !== 'int') {
      throw new ValueError(
        `${this.#label}: \`outputMode\` must be 'int' when \`invert\` is true. Received: outputMode='${this.outputMode}'`,
      );
    }
    if (this.idfWeights !== null && this.outputMode !== 'tf_idf') {
      throw new ValueError(
        `${this.#label}: \`idfWeights\` go with outputMode 'tf_idf' only. Received: outputMode='${this.outputMode}'`,
      );
    }
    if (this.vocabulary) this.setVocabulary(this.vocabulary, this.idfWeights);
  }

  get #label(): string {
    return `${this.className} "${this.name}"`;
  }

  /** The first number of unknown tokens: the masked one comes before. */
  get oovStart(): number {
    return this.maskToken !== null && this.outputMode === 'int' ? 1 : 0;
  }

  /** The number of the first token of the vocabulary. */
  protected get tokenStart(): number {
    return this.oovStart + this.numOovIndices;
  }

  /** The tokens without the special ones. @throws ValueError if there are none yet. */
  protected get tokens(): readonly Token[] {
    if (this.#tokens === null) {
      throw new ValueError(`${this.#label} has no vocabulary yet: pass it as an option, or call adapt(data).`);
    }
    return this.#tokens;
  }

  /**
   * Sets the tokens, most frequent first. The special ones may stand in front, in the order of `getVocabulary`.
   * @throws ValueError if a token comes twice or there are too many, or where weights and mode do not fit.
   */
  setVocabulary(vocabulary: readonly Token[], idfWeights: readonly number[] | null = null): void {
    if ((this.outputMode === 'tf_idf') !== (idfWeights !== null)) {
      throw new ValueError(
        `${this.#label}: \`idfWeights\` must be set if outputMode is 'tf_idf', and only then. ` +
          `Received: outputMode='${this.outputMode}', idfWeights=${idfWeights && `[${idfWeights.join(', ')}]`}`,
      );
    }
    if (vocabulary.length === 0) throw new ValueError(`${this.#label}: cannot set an empty vocabulary.`);
    const special = this.#specialTokens();
    const found = special.length > 0 && special.every((token, i) => vocabulary[i] === token);
    const tokens = found ? vocabulary.slice(special.length) : vocabulary;
    const repeated = tokens.filter((token, i) => tokens.indexOf(token) !== i && tokens.length < 1000);
    if (new Set(tokens).size !== tokens.length) {
      throw new ValueError(
        `${this.#label}: the passed vocabulary has at least one repeated term` +
          `${repeated.length > 0 ? `: ${repeated.join(', ')}` : ''}. Pass each term once.`,
      );
    }
    for (const [kind, token] of [
      ['mask', this.maskToken],
      ['OOV', this.invert ? this.oovToken : null],
    ] as const) {
      if (token !== null && tokens.includes(token)) {
        throw new ValueError(
          `${this.#label}: found the reserved ${kind} token '${token}' at index ${vocabulary.lastIndexOf(token)} of the ` +
            `vocabulary. Leave the special tokens out, or put them in front in this order: [${special.join(', ')}].`,
        );
      }
    }
    const size = this.tokenStart + tokens.length;
    if (this.maxTokens !== null && size > this.maxTokens) {
      throw new ValueError(
        `${this.#label}: the vocabulary has ${size} tokens, special ones included, more than maxTokens, ${this.maxTokens}.`,
      );
    }
    if (idfWeights && idfWeights.length !== vocabulary.length) {
      throw new ValueError(
        `${this.#label}: \`idfWeights\` must have as many elements as the vocabulary, ${vocabulary.length}. ` +
          `Received ${idfWeights.length}.`,
      );
    }
    this.#keep(tokens, idfWeights ?? [], found);
  }

  #specialTokens(): readonly Token[] {
    return [
      ...(this.oovStart === 1 ? [this.maskToken!] : []),
      ...new Array<Token>(this.numOovIndices).fill(this.oovToken),
    ];
  }

  /** Unknown tokens weigh as much as others do on average, unless the weights tell. */
  #keep(tokens: readonly Token[], idfWeights: readonly number[], withSpecial: boolean): void {
    this.#tokens = tokens;
    this.#numbers = new Map(tokens.map((token, i) => [token, this.tokenStart + i]));
    const average = idfWeights.reduce((a, b) => a + b, 0) / Math.max(1, idfWeights.length);
    this.#idf = withSpecial ? idfWeights : [...new Array<number>(this.tokenStart).fill(average), ...idfWeights];
  }

  /** The tokens by number, special ones included unless said otherwise. */
  getVocabulary(options: boolean | { readonly includeSpecialTokens?: boolean } = {}): Token[] {
    const { includeSpecialTokens = true } = typeof options === 'boolean' ? { includeSpecialTokens: options } : options;
    return includeSpecialTokens ? [...this.#specialTokens(), ...this.tokens] : [...this.tokens];
  }

  /** How many numbers there are, those of special tokens included. */
  vocabularySize(): number {
    // A file that keeps the vocabulary beside the config says its size in the config.
    if (this.#tokens === null) return this.#writtenSize ?? this.tokenStart;
    return this.tokenStart + this.#tokens.length;
  }

  // ---- Learning ----------------------------------------------------------------------------------------------------

  /** Counts the tokens of samples. */
  protected count(samples: readonly (readonly Token[])[]): void {
    if (this.vocabulary) {
      throw new ValueError(`${this.#label}: cannot adapt a layer that was given its vocabulary.`);
    }
    for (const sample of samples) {
      for (const token of sample) this.#counts.set(token, (this.#counts.get(token) ?? 0) + 1);
      for (const token of new Set(sample)) this.#documents.set(token, (this.#documents.get(token) ?? 0) + 1);
    }
    this.#documentCount += samples.length;
  }

  /** Makes a vocabulary of the tokens counted, the most frequent first. */
  protected finish(): void {
    const special: readonly (Token | null)[] = [this.maskToken, this.oovToken];
    const room = this.maxTokens === null ? Infinity : this.maxTokens - this.tokenStart;
    // Equal counts come in descending order of the tokens, as Keras sorts them.
    const ranked = [...this.#counts]
      .filter(([token]) => !special.includes(token))
      .sort(([a, n], [b, m]) => m - n || (a < b ? 1 : a > b ? -1 : 0))
      .slice(0, room)
      .map(([token]) => token);
    const weigh = (token: Token) => Math.log(1 + this.#documentCount / (1 + this.#documents.get(token)!));
    this.#keep(ranked, this.outputMode === 'tf_idf' ? ranked.map(weigh) : [], false);
    this.#counts = new Map();
    this.#documents = new Map();
    this.#documentCount = 0;
  }

  // ---- Files -------------------------------------------------------------------------------------------------------

  /** A vocabulary that came with the options is part of the config, any other one is a file of its own. */
  override saveAssets(): { readonly [file: string]: string } {
    return this.vocabulary || this.#tokens === null ? {} : { [vocabularyFile]: this.getVocabulary().join('\n') };
  }

  override loadAssets(files: { readonly [file: string]: string }): void {
    const text = files[vocabularyFile];
    if (text === undefined) return;
    const lines = text.split('\n');
    const vocabulary = typeof this.oovToken === 'number' ? lines.map(Number) : lines;
    this.setVocabulary(vocabulary, this.outputMode === 'tf_idf' ? this.#idf.slice(0, vocabulary.length) : null);
  }

  override saveOwnVariables(store: WeightStore): void {
    if (this.outputMode === 'tf_idf') store['idf_weights'] = new NDArray(this.#weights(), [this.#depth]);
  }

  override loadOwnVariables(store: WeightStore): void {
    const weights = store['idf_weights'];
    if (weights) this.#idf = [...weights.data];
  }

  // ---- Looking up --------------------------------------------------------------------------------------------------

  /** Which of several numbers for unknown tokens a token gets. */
  protected unknown(_token: Token): number {
    return 0;
  }

  /** The number of one token; -1, which vectors leave out, for the masked one. */
  numberOf(token: Token): number {
    void this.tokens;
    if (token === this.maskToken) return this.outputMode === 'int' ? 0 : -1;
    const number = this.#numbers.get(token);
    if (number !== undefined) return number;
    if (this.numOovIndices === 0) {
      throw new ValueError(
        `${this.#label}: when \`numOovIndices\` is 0 all inputs must be in the vocabulary. Found '${token}'. ` +
          'Consider setting numOovIndices: 1.',
      );
    }
    return this.oovStart + this.unknown(token);
  }

  get #depth(): number {
    return this.padToMaxTokens ? this.maxTokens! : this.vocabularySize();
  }

  /** Numbers as the output mode wants them. */
  protected encode(numbers: Tensor): Tensor {
    if (this.outputMode === 'int') return numbers;
    if (this.outputMode !== 'tf_idf') return encodeCategories(numbers, this.outputMode, this.#depth);
    return multiply(encodeCategories(numbers, 'count', this.#depth), constant(this.#weights()));
  }

  /** The weight of each element of a vector. */
  #weights(): Float32Array {
    const weights = new Float32Array(this.#depth);
    weights.set(this.#idf.slice(0, this.#depth));
    return weights;
  }

  override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
    const mode = this.outputMode === 'tf_idf' ? 'count' : this.outputMode;
    return encodedShape(inputShape, mode, this.#depth);
  }

  override getConfig(): Config {
    const size = this.#tokens === null ? this.#writtenSize : this.vocabularySize();
    return { ...super.getConfig(), vocabulary_size: size };
  }
}

/** What layers of texts can be called on besides what all layers can. */
type TextCall = <R = Tensor>(inputs: TextLike | readonly (TextLike | TensorLike)[], ...rest: unknown[]) => NoInfer<R>;

/** The base class of a layer that is called on texts. */
export function onTexts<L extends Layer>(
  base: new (options: LayerOptions) => L,
): new (
  options: LayerOptions,
) => L & TextCall {
  return base as new (
    options: LayerOptions,
  ) => L & TextCall;
}

/** The number of each of nested texts. Texts have no place in tensors, so the layers of texts work outside of models. */
export function numbersOf(texts: TextLike, lookup: (token: string) => number, layer: Layer): Tensor {
  const map = (nested: TextLike): number | number[] => {
    if (typeof nested === 'string') return lookup(nested);
    if (Array.isArray(nested)) return nested.map(map) as number[];
    throw refusal(layer, nested);
  };
  return constant(map(texts) as number[], 'int32');
}

/** The error of a layer of texts that was called on something else. */
export function refusal(layer: Layer, given: unknown): ValueError {
  return new ValueError(
    `${layer.className} "${layer.name}" takes strings, and models compute with numbers only: expected a string or (nested) ` +
      `lists of them. Received ${given instanceof Tensor ? 'a tensor' : String(given)}. Call the layer on the data before ` +
      'they reach the model, as in dataset.map(([text, label]) => [vectorize(text), label]).',
  );
}
