// Categories as vectors.

import { ValueError } from '../../errors.js';
import type { Tensor } from '../../graph/tensor.js';
import { cast, multiply } from '../../ops/elementwise.js';
import { oneHot } from '../../ops/indexing.js';
import { expandDims, squeeze } from '../../ops/movement.js';
import { max, sum } from '../../ops/reduce.js';
import { layer, layerWith } from '../define.js';
import { value, word } from '../fields.js';
import type { SymbolicShape } from '../kerasTensor.js';
import type { CallOptions } from '../layer.js';

export type OutputMode = 'int' | 'one_hot' | 'multi_hot' | 'count';

/** Categories as vectors of `depth` elements: one per category, or all of a sample, along the second axis, in one. */
export function encodeCategories(x: Tensor, mode: OutputMode, depth: number, weights: Tensor | null = null): Tensor {
  const categories = cast(x, 'int32');
  if (mode === 'int') return categories;
  // A last axis of one category is the category.
  const single = mode === 'one_hot' && categories.rank > 1 && categories.shape.at(-1) === 1;
  const each = oneHot(single ? squeeze(categories, -1) : categories, depth);
  if (mode === 'one_hot' || categories.rank === 0) return each;
  const axis = categories.rank > 1 ? 1 : 0;
  return mode === 'multi_hot' ? max(each, axis) : sum(weights ? multiply(each, expandDims(weights, -1)) : each, axis);
}

/** The shape that encoding gives. */
export function encodedShape(shape: SymbolicShape, mode: OutputMode, depth: number): SymbolicShape {
  if (mode === 'int') return shape;
  if (mode === 'one_hot')
    return shape.length > 1 && shape.at(-1) === 1 ? [...shape.slice(0, -1), depth] : [...shape, depth];
  return shape.length > 1 ? [shape[0]!, ...shape.slice(2), depth] : [depth];
}

const encodingSchema = {
  /** Number of categories: they go from 0 to numTokens - 1. */
  numTokens: value<number | null>(null),
  /** 'one_hot' per element, 'multi_hot' (default) or 'count' per sample: (batch, elements) to (batch, numTokens). */
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
