// From the values of a batch to one number: sample weights, masks and the reduction, by Keras's rules.

import { ValueError } from '../errors.js';
import { asTensor, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { cast, divide, equal, logicalAnd, multiply, where } from '../ops/elementwise.js';
import { expandDims } from '../ops/movement.js';
import { sum } from '../ops/reduce.js';
import { squeezeOrExpandToSameRank } from './rank.js';

/**
 * How the values of a batch become one number. 'sum_over_batch_size' and 'mean' divide the (weighted) sum by the number
 * of values, 'mean_with_sample_weight' by the sum of the weights; 'none' and null keep the values apart.
 */
export type Reduction = 'sum_over_batch_size' | 'sum' | 'mean' | 'mean_with_sample_weight' | 'none' | null;

const reductions: readonly Reduction[] = [
  'sum_over_batch_size',
  'sum',
  'mean',
  'mean_with_sample_weight',
  'none',
  null,
];

/** @throws ValueError for a name that is none. */
export function checkReduction(reduction: Reduction): Reduction {
  if (!reductions.includes(reduction)) {
    throw new ValueError(
      `Invalid reduction ${JSON.stringify(reduction)}. Expected one of ${reductions.map(r => JSON.stringify(r)).join(', ')}.`,
    );
  }
  return reduction;
}

/** Weighs values, leaves out masked ones and reduces them. */
export function reduceWeightedValues(
  values: Tensor,
  sampleWeight: TensorLike | null | undefined,
  mask: Tensor | null,
  reduction: Reduction,
): Tensor {
  let losses = cast(values, 'float32');
  let weight = applyMask(sampleWeight, mask, reduction);
  if (weight) {
    [losses, weight] = squeezeOrExpandToSameRank(losses, weight);
    // A weight per sample counts for all of the sample's values.
    if (weight.shape.every((dim, axis) => dim === losses.shape[axis])) {
      while (weight.rank < losses.rank) weight = expandDims(weight, -1);
    }
    losses = multiply(losses, weight);
  }
  if (reduction === null || reduction === 'none' || losses.rank === 0) return losses;
  const total = sum(losses);
  if (reduction === 'sum') return total;
  return divideNoNan(total, reduction === 'mean_with_sample_weight' && weight ? sum(weight) : losses.size);
}

/**
 * Sample weights and a mask as one tensor of weights. Under a mean, the valid values' weights make up for the masked
 * ones, so that the result is the mean over the valid values.
 */
export function applyMask(
  sampleWeight: TensorLike | null | undefined,
  mask: Tensor | null,
  reduction: Reduction,
): Tensor | null {
  const weight = sampleWeight === null || sampleWeight === undefined ? null : cast(asTensor(sampleWeight), 'float32');
  if (!mask) return weight;
  let valid = cast(mask, 'float32');
  if (reduction === 'mean' || reduction === 'sum_over_batch_size') {
    valid = multiply(valid, divideNoNan(asTensor(mask.size), sum(valid)));
  }
  if (!weight) return valid;
  const [a, b] = squeezeOrExpandToSameRank(valid, weight);
  return multiply(a, b);
}

/** x / y, and 0 where y is 0. */
export function divideNoNan(x: Tensor, y: Tensor | number): Tensor {
  if (typeof y === 'number') return y === 0 ? multiply(x, 0) : divide(x, y);
  const zero = equal(y, 0);
  return where(zero, 0, divide(x, where(zero, 1, y)));
}

/** A mask that holds where both do; a missing one holds everywhere. */
export function bothMasks(a: Tensor | null, b: Tensor | null): Tensor | null {
  return a && b ? logicalAnd(a, b) : (a ?? b);
}
