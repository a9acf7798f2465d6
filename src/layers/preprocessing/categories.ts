// Numbers as categories, and categories as vectors.

import type { Config } from '../../config.js';
import { ValueError } from '../../errors.js';
import { asTensor, constant, type TensorLike } from '../../graph/apply.js';
import type { Tensor } from '../../graph/tensor.js';
import { cast, greaterEqual, multiply } from '../../ops/elementwise.js';
import { oneHot } from '../../ops/indexing.js';
import { expandDims, squeeze } from '../../ops/movement.js';
import { max, sum } from '../../ops/reduce.js';
import { layer, layerWith } from '../define.js';
import { fixed, value, word } from '../fields.js';
import type { SymbolicShape } from '../kerasTensor.js';
import { type CallOptions, Layer } from '../layer.js';

export type OutputMode = 'int' | 'one_hot' | 'multi_hot' | 'count';

/** Categories as vectors of `depth` elements: one per category, or all of a sample in one. */
export function encodeCategories(x: Tensor, mode: OutputMode, depth: number, weights: Tensor | null = null): Tensor {
  const categories = cast(x, 'int32');
  if (mode === 'int') return categories;
  // A last axis of one category is the category.
  const single = mode === 'one_hot' && categories.rank > 1 && categories.shape.at(-1) === 1;
  const each = oneHot(single ? squeeze(categories, -1) : categories, depth);
  if (mode === 'one_hot' || categories.rank <= 1) return each;
  return mode === 'multi_hot' ? max(each, -2) : sum(weights ? multiply(each, expandDims(weights, -1)) : each, -2);
}

/** The shape that encoding gives. */
export function encodedShape(shape: SymbolicShape, mode: OutputMode, depth: number): SymbolicShape {
  if (mode === 'int') return shape;
  if (mode === 'one_hot')
    return shape.length > 1 && shape.at(-1) === 1 ? [...shape.slice(0, -1), depth] : [...shape, depth];
  return shape.length <= 1 ? [...shape, depth] : [...shape.slice(0, -1), depth];
}

const encodingSchema = {
  /** Number of categories: they go from 0 to numTokens - 1. */
  numTokens: value<number | null>(null),
  /** 'one_hot' per element, 'multi_hot' (default) or 'count' per sample. */
  outputMode: word('multi_hot', 'one_hot', 'count'),
};
const EncodingOptions = layerWith('CategoryEncoding', encodingSchema, ['numTokens', 'outputMode']);

export interface EncodingCallOptions extends CallOptions {
  /** How much each category counts, in mode 'count'. */
  readonly countWeights?: Tensor | null;
}

class CategoryEncodingLayer extends EncodingOptions {
  static override readonly callArgs: readonly string[] = ['countWeights'];

  constructor(...args: ConstructorParameters<typeof EncodingOptions>) {
    super(...args);
    if (this.numTokens === null || this.numTokens < 1) {
      throw new ValueError(`\`numTokens\` must be set and at least 1. Received: numTokens=${String(this.numTokens)}.`);
    }
  }

  override build(_inputShape: SymbolicShape): void {}

  override call(x: Tensor, { countWeights }: EncodingCallOptions): Tensor {
    if (countWeights && this.outputMode !== 'count') {
      throw new ValueError("`countWeights` is not used when `outputMode` is not 'count'.");
    }
    return encodeCategories(x, this.outputMode, this.numTokens!, countWeights ?? null);
  }

  override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
    return encodedShape(inputShape, this.outputMode, this.numTokens!);
  }
}

/** Whole numbers as vectors: one-hot, or several in one vector. */
export const CategoryEncoding = layer(CategoryEncodingLayer);
export type CategoryEncoding = CategoryEncodingLayer;

/** Keras writes the config of this layer by hand, with the plain name of the dtype. */
class PlainConfigLayer extends Layer {
  override getConfig(): Config {
    return { name: this.name, dtype: this.dtype };
  }
}

const discretizationSchema = {
  /** Where one bin ends and the next begins, ascending. Or call `adapt`. */
  binBoundaries: value<readonly number[] | null>(null),
  /** Number of bins that `adapt` finds. */
  numBins: value<number | null>(null),
  epsilon: value<number>(0.01),
  /** 'int' (default) for the bin's number, or as for CategoryEncoding. */
  outputMode: word('int', 'one_hot', 'multi_hot', 'count'),
  sparse: fixed(false),
};

class DiscretizationLayer extends layerWith(
  'Discretization',
  discretizationSchema,
  ['binBoundaries', 'numBins'],
  PlainConfigLayer,
) {
  override build(_inputShape: SymbolicShape): void {}

  /** Takes boundaries from data so that each of `numBins` bins gets about as many values. */
  adapt(data: TensorLike): void {
    if (this.numBins === null) throw new ValueError('Cannot `adapt` a Discretization layer without `numBins`.');
    const sorted = Float32Array.from(asTensor(data).data()).sort();
    const bins = this.numBins;
    this.binBoundaries = Array.from(
      { length: bins - 1 },
      (_, i) => sorted[Math.floor(((i + 1) * sorted.length) / bins)]!,
    );
  }

  override call(x: Tensor): Tensor {
    if (this.binBoundaries === null) {
      throw new ValueError(
        'You need to either pass the `binBoundaries` argument at construction time or call `adapt(data)` before you can ' +
          'start using the `Discretization` layer.',
      );
    }
    const boundaries = constant(Float32Array.from(this.binBoundaries));
    const bins = sum(cast(greaterEqual(expandDims(cast(x, 'float32'), -1), boundaries), 'int32'), -1);
    return encodeCategories(bins, this.outputMode, this.binBoundaries.length + 1);
  }

  override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
    return encodedShape(inputShape, this.outputMode, (this.binBoundaries?.length ?? this.numBins! - 1) + 1);
  }
}

/** The number of the bin that each value falls into. */
export const Discretization = layer(DiscretizationLayer);
export type Discretization = DiscretizationLayer;
