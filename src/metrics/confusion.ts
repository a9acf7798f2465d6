// Counts of true and false positives and negatives at one or many thresholds, as graph.

import { ShapeError, ValueError } from '../errors.js';
import { asTensor, constant, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { squeezeOrExpandToSameRank } from '../losses/rank.js';
import { add, cast, clip, greater, multiply, notEqual, subtract } from '../ops/elementwise.js';
import { oneHot } from '../ops/indexing.js';
import { matmul } from '../ops/matmul.js';
import { broadcastTo, expandDims, reshape, slice, stack } from '../ops/movement.js';
import { sum } from '../ops/reduce.js';
import { topK } from '../ops/sort.js';
import { formatShape } from '../shape.js';

/** Below any prediction: the threshold when only the `topK` best classes count. */
export const NEVER = -1e10;

export interface ConfusionOptions {
  readonly thresholds: readonly number[];
  /** Only the k greatest predictions of a sample count as predictions. */
  readonly topK?: number | null | undefined;
  /** Only this class counts. */
  readonly classId?: number | null | undefined;
  readonly sampleWeight?: TensorLike | null | undefined;
  /** Weights of the last axis's labels. */
  readonly labelWeights?: readonly number[] | null | undefined;
}

/** Weighted counts; each has one entry per threshold (and per label, from `confusionPerLabel`). */
export interface Confusion {
  readonly truePositives: Tensor;
  readonly falsePositives: Tensor;
  readonly trueNegatives: Tensor;
  readonly falseNegatives: Tensor;
}

/** Thresholds in [0, 1] as a list. @throws ValueError for one outside. */
export function parseThresholds(
  thresholds: number | readonly number[] | null | undefined,
  otherwise = 0.5,
): readonly number[] {
  if (thresholds === null || thresholds === undefined) return [otherwise];
  const list = typeof thresholds === 'number' ? [thresholds] : [...thresholds];
  const invalid = list.filter(threshold => !(threshold >= 0 && threshold <= 1));
  if (invalid.length > 0) throw new ValueError(`Thresholds must be in [0, 1]. Received: [${invalid.join(', ')}].`);
  return list;
}

/** Counts over all samples and labels together: tensors of shape (thresholds,). */
export function confusionCounts(yTrue: TensorLike, yPred: TensorLike, options: ConfusionOptions): Confusion {
  const { labels, predictions, weights } = prepare(yTrue, yPred, options);
  const flat = (x: Tensor) => reshape(x, [-1]);
  const weight = weights ? flat(weights) : null;
  const label = flat(labels);
  const positive = weight ? multiply(label, weight) : label;
  const negative = weight ? multiply(subtract(1, label), weight) : subtract(1, label);
  const above = exceeds(expandDims(flat(predictions), 1), options.thresholds);
  // One matrix product gives both counts: (2, n) by (n, thresholds).
  const counts = matmul(stack([positive, negative]), above);
  const count = options.thresholds.length;
  const truePositives = reshape(slice(counts, [0, 0], [1, count]), [count]);
  const falsePositives = reshape(slice(counts, [1, 0], [1, count]), [count]);
  return {
    truePositives,
    falsePositives,
    trueNegatives: subtract(sum(negative), falsePositives),
    falseNegatives: subtract(sum(positive), truePositives),
  };
}

/** Counts of each label of (samples, labels) by itself: tensors of shape (thresholds, labels). */
export function confusionPerLabel(yTrue: TensorLike, yPred: TensorLike, options: ConfusionOptions): Confusion {
  const { labels, predictions, weights } = prepare(yTrue, yPred, options);
  const positive = weights ? multiply(labels, weights) : labels;
  const negative = weights ? multiply(subtract(1, labels), weights) : subtract(1, labels);
  const [samples, count] = labels.shape as [number, number];
  const thresholds = options.thresholds.length;
  const above = exceeds(reshape(predictions, [samples, 1, count]), options.thresholds, [thresholds, 1]);
  const tally = (counted: Tensor) => sum(multiply(reshape(counted, [samples, 1, count]), above), 0);
  const truePositives = tally(positive);
  const falsePositives = tally(negative);
  return {
    truePositives,
    falsePositives,
    trueNegatives: subtract(sum(negative, 0), falsePositives),
    falseNegatives: subtract(sum(positive, 0), truePositives),
  };
}

function prepare(
  yTrue: TensorLike,
  yPred: TensorLike,
  { topK: k, classId, sampleWeight, labelWeights }: ConfusionOptions,
) {
  let [predictions, labels] = squeezeOrExpandToSameRank(cast(yPred, 'float32'), cast(yTrue, 'float32'));
  let weights: Tensor | null = null;
  if (sampleWeight !== null && sampleWeight !== undefined) {
    weights = squeezeOrExpandToSameRank(labels, expandDims(cast(sampleWeight, 'float32'), -1), false)[1];
  }
  if (k !== null && k !== undefined) predictions = onlyTopK(predictions, k);
  if (classId !== null && classId !== undefined) {
    if (predictions.rank < 2) {
      throw new ShapeError(
        `With classId, predictions must have shape (samples, classes). Received ${formatShape(predictions.shape)}.`,
      );
    }
    const pick = (x: Tensor) => {
      const start = x.shape.map((_, axis) => (axis === x.rank - 1 ? classId : 0));
      return slice(x, start, [...x.shape.slice(0, -1), 1]);
    };
    labels = pick(labels);
    predictions = pick(predictions);
  }
  if (weights) weights = broadcastTo(weights, predictions.shape);
  if (labelWeights) {
    const perLabel = broadcastTo(constant([...labelWeights]), predictions.shape);
    weights = weights ? multiply(weights, perLabel) : perLabel;
  }
  return { labels: cast(notEqual(labels, 0), 'float32'), predictions, weights };
}

/** 1 where a prediction exceeds a threshold, for all thresholds on a new axis. */
function exceeds(
  predictions: Tensor,
  thresholds: readonly number[],
  shape: readonly number[] = [thresholds.length],
): Tensor {
  const steps = thresholds.length - 1;
  const even = steps > 1 && thresholds.every((threshold, i) => Math.abs(threshold - i / steps) <= 2e-7);
  if (!even) return cast(greater(predictions, constant(Float32Array.from(thresholds), 'float32', shape)), 'float32');
  // Keras sorts predictions into equal buckets: compares p * steps with whole numbers, which rounds differently. Ends
  // that lie outside of [0, 1] by an epsilon count 0 as above the first threshold, and 1 as not above the last.
  const bounds = Float32Array.from(thresholds, (threshold, i) => (threshold < 0 ? -1 : threshold > 1 ? steps + 1 : i));
  return cast(greater(multiply(clip(predictions, 0, 1), steps), constant(bounds, 'float32', shape)), 'float32');
}

function onlyTopK(predictions: Tensor, k: number): Tensor {
  const [, indices] = topK(predictions, k);
  const chosen = sum(cast(oneHot(indices, predictions.shape.at(-1)!), 'float32'), -2);
  return add(multiply(predictions, chosen), multiply(subtract(1, chosen), NEVER));
}

/** x as a scalar tensor if it has one element. */
export function single(x: Tensor): Tensor {
  return x.size === 1 ? reshape(x, []) : asTensor(x);
}
