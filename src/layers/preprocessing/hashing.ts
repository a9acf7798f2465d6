// Categories without a vocabulary: tokens by a hash of their text.

import type { Config } from '../../config.js';
import { ShapeError, ValueError } from '../../errors.js';
import { asTensor, constant, type TensorLike } from '../../graph/apply.js';
import type { Tensor } from '../../graph/tensor.js';
import { flatten, type Structure } from '../../structure.js';
import { layer, layerWith } from '../define.js';
import { dtypePolicy } from '../dtypePolicy.js';
import { only, size, value, word } from '../fields.js';
import type { SymbolicShape } from '../kerasTensor.js';
import { Layer } from '../layer.js';
import { encodeCategories, encodedShape } from './categories.js';
import { bucketOf, fingerprint, joinFingerprints } from './hash.js';
import { salt } from './lookup.js';
import { onTexts, refusal, type TextLike, type Token } from './vocabulary.js';

/** Texts or whole numbers, nested or as a tensor, in one list with their shape. */
function tokensOf(given: TextLike | TensorLike, layer: Layer): { tokens: readonly Token[]; shape: readonly number[] } {
  const holdsTexts = (nested: unknown): boolean =>
    typeof nested === 'string' || (Array.isArray(nested) && nested.length > 0 && holdsTexts(nested[0]));
  if (!holdsTexts(given)) {
    const x = asTensor(given as TensorLike);
    return { tokens: Array.from(x.data(), Math.trunc), shape: x.shape };
  }
  const shape: number[] = [];
  for (let nested: unknown = given; Array.isArray(nested); nested = nested[0]) shape.push(nested.length);
  const tokens = flatten<Token>(given as Structure<Token>);
  const wrong = tokens.find(token => typeof token !== 'string');
  if (wrong !== undefined || tokens.length !== shape.reduce((count, dim) => count * dim, 1))
    throw refusal(layer, wrong);
  return { tokens, shape };
}

/** Keras's dtype of a layer that gives numbers of categories: a wide integer, unless it gives vectors. */
function integerPolicy(layer: Layer, outputMode: string): string {
  return outputMode === 'int' && layer.dtype === 'float32' ? 'int64' : layer.dtype;
}

const hashingSchema = {
  /** Number of categories. */
  numBins: size,
  /** Value that is category 0 alone. Default none. */
  maskValue: value<string | number | null>(null),
  /** Makes the hash another one: a number or two. Default none. */
  salt,
  /** 'int' (default) for the number, or vectors as of CategoryEncoding. */
  outputMode: word('int', 'one_hot', 'multi_hot', 'count'),
  sparse: only(false),
};

class HashingLayer extends layerWith('Hashing', hashingSchema, ['numBins', 'maskValue', 'salt'], onTexts(Layer)) {
  /** Hashes are of texts, which have no place in tensors: the layer works outside of models. */
  override invoke(inputs: TextLike | TensorLike): Tensor {
    const { tokens, shape } = tokensOf(inputs, this);
    const { maskValue, numBins } = this;
    const masks = maskValue !== null && numBins > 1;
    const binOf = (token: Token) => {
      if (masks && token === maskValue) return 0;
      return bucketOf(String(token), masks ? numBins - 1 : numBins, this.salt) + Number(masks);
    };
    const bins = constant(Int32Array.from(tokens, binOf), 'int32', shape);
    return encodeCategories(bins, this.outputMode, numBins);
  }

  override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
    return encodedShape(inputShape, this.outputMode, this.numBins);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), dtype: dtypePolicy(integerPolicy(this, this.outputMode)) };
  }
}

/** Tokens, texts or whole numbers, as categories by their hash: `Hashing(10)(['a', 'b'])`. */
export const Hashing = layer(HashingLayer);
export type Hashing = HashingLayer;

const crossingSchema = {
  /** Number of categories. */
  numBins: size,
  /** 'int' (default) for the number, or 'one_hot'. */
  outputMode: word('int', 'one_hot'),
  sparse: only(false),
};

/** The fingerprint that TensorFlow's crosses begin with. */
const crossKey = 0xdecafcaffen;

class HashedCrossingLayer extends layerWith(
  'HashedCrossing',
  crossingSchema,
  ['numBins', 'outputMode'],
  onTexts(Layer),
) {
  /** The layer works outside of models, as Hashing does. */
  override invoke(inputs: readonly (TextLike | TensorLike)[]): Tensor {
    if (!Array.isArray(inputs) || inputs.length < 2) {
      throw new ValueError(
        `HashedCrossing "${this.name}": expected a list of at least two features. Received ${JSON.stringify(inputs)}.`,
      );
    }
    const features = inputs.map(each => tokensOf(each, this));
    const { shape } = features[0]!;
    const fits = shape.length < 2 || (shape.length === 2 && shape[1] === 1);
    if (!fits || features.some(each => each.shape.join() !== shape.join())) {
      throw new ShapeError(
        `HashedCrossing "${this.name}": expected features of one shape, (), (batch,) or (batch, 1). ` +
          `Received ${features.map(each => `(${each.shape.join(', ')})`).join(', ')}.`,
      );
    }
    const idOf = (token: Token) => (typeof token === 'string' ? fingerprint(token) : BigInt.asUintN(64, BigInt(token)));
    const binOf = (i: number) =>
      Number(
        features.reduce((key, { tokens }) => joinFingerprints(key, idOf(tokens[i]!)), crossKey) % BigInt(this.numBins),
      );
    const bins = Int32Array.from(features[0]!.tokens.keys(), binOf);
    return encodeCategories(constant(bins, 'int32', shape), this.outputMode, this.numBins);
  }

  override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
    const [first] = inputShape as unknown as readonly SymbolicShape[];
    return encodedShape(first!, this.outputMode, this.numBins);
  }

  /** Keras writes the config of this layer by hand, with the plain name of the dtype. */
  override getConfig(): Config {
    const { trainable: _trainable, ...config } = super.getConfig();
    return { ...config, dtype: integerPolicy(this, this.outputMode) };
  }
}

/** Several features, texts or whole numbers, as one category by their common hash. */
export const HashedCrossing = layer(HashedCrossingLayer);
export type HashedCrossing = HashedCrossingLayer;
