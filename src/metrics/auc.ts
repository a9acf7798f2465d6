// Area under a curve, by Riemann sums over thresholds at equal distances.

import { callable } from '../callable.js';
import { type Config, register } from '../config.js';
import { epsilon } from '../defaults.js';
import { ShapeError, ValueError } from '../errors.js';
import { asTensor, constant, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { divideNoNan } from '../losses/reduction.js';
import { sigmoid } from '../ops/activations.js';
import {
  add,
  divide,
  equal,
  greater,
  log,
  logicalAnd,
  maximum,
  minimum,
  multiply,
  subtract,
  where,
} from '../ops/elementwise.js';
import { slice } from '../ops/movement.js';
import { mean, sum } from '../ops/reduce.js';
import type { Variable } from '../ops/variable.js';
import { namedArguments } from '../options.js';
import { formatShape } from '../shape.js';
import { type Confusion, confusionCounts, confusionPerLabel } from './confusion.js';
import { addCounts } from './counts.js';
import { Metric, type MetricArgs, type MetricOptions } from './metric.js';

export interface AUCOptions extends MetricOptions {
  /** Default 200. */
  numThresholds?: number;
  /** Receiver operating characteristic, precision-recall, or precision-recall-gain. Default 'ROC'. */
  curve?: 'ROC' | 'PR' | 'PRGAIN';
  /** The height of a step: the mean of its ends, the greater or the smaller. Default 'interpolation'. */
  summationMethod?: 'interpolation' | 'majoring' | 'minoring';
  /** Thresholds in (0, 1) instead of equal distances. */
  thresholds?: readonly number[] | null;
  /** Computes one area per label and averages. Default false. */
  multiLabel?: boolean;
  numLabels?: number | null;
  labelWeights?: readonly number[] | null;
  /** The predictions are logits. Default false. */
  fromLogits?: boolean;
}

/** Keras's order of arguments. */
const order = [
  'numThresholds',
  'curve',
  'summationMethod',
  'name',
  'dtype',
  'thresholds',
  'multiLabel',
  'numLabels',
  'labelWeights',
  'fromLogits',
];

class AUCMetric extends Metric {
  static readonly className = 'AUC';
  override readonly direction = 'up';
  readonly #options: Required<Omit<AUCOptions, 'name' | 'dtype'>>;
  readonly #thresholds: readonly number[];
  #counts: { [key in keyof Confusion]: Variable } | null = null;

  constructor(...args: MetricArgs<AUCOptions>) {
    const {
      numThresholds = 200,
      curve = 'ROC',
      summationMethod = 'interpolation',
      thresholds = null,
      multiLabel = false,
      numLabels = null,
      labelWeights = null,
      fromLogits = false,
      ...options
    } = namedArguments('AUC', order, args) as AUCOptions;
    super(options);
    const area = String(curve).toUpperCase() as NonNullable<AUCOptions['curve']>;
    if (!['ROC', 'PR', 'PRGAIN'].includes(area))
      throw new ValueError(`AUC: expected curve 'ROC', 'PR' or 'PRGAIN'. Received: ${curve}.`);
    const method = String(summationMethod).toLowerCase() as NonNullable<AUCOptions['summationMethod']>;
    if (!['interpolation', 'majoring', 'minoring'].includes(method)) {
      throw new ValueError(
        `AUC: expected summationMethod 'interpolation', 'majoring' or 'minoring'. Received: ${summationMethod}.`,
      );
    }
    if (!thresholds && !(numThresholds > 1))
      throw new ValueError(`AUC: expected numThresholds > 1. Received: ${numThresholds}.`);
    if (numLabels && !multiLabel) throw new ValueError('AUC: numLabels is needed only when multiLabel is true.');
    const inner = thresholds
      ? [...thresholds].sort((a, b) => a - b)
      : Array.from({ length: numThresholds - 2 }, (_, i) => (i + 1) / (numThresholds - 1));
    this.#thresholds = [-epsilon(), ...inner, 1 + epsilon()];
    this.#options = {
      numThresholds: this.#thresholds.length,
      curve: area,
      summationMethod: method,
      thresholds,
      multiLabel,
      numLabels,
      labelWeights,
      fromLogits,
    };
    if (!multiLabel) this.#build([]);
    else if (numLabels) this.#build([numLabels]);
  }

  override updateState(yTrue: TensorLike, yPred?: TensorLike | null, sampleWeight?: TensorLike | null): void {
    const { multiLabel, labelWeights, fromLogits } = this.#options;
    const predictions = fromLogits ? sigmoid(yPred!) : asTensor(yPred!);
    if (multiLabel && predictions.rank !== 2) {
      throw new ShapeError(
        `AUC: with multiLabel, expected predictions of shape (batch, labels). Received ${formatShape(predictions.shape)}.`,
      );
    }
    const state = this.#counts ?? this.#build([predictions.shape[1]!]);
    const options = { thresholds: this.#thresholds, sampleWeight };
    addCounts(
      state,
      multiLabel
        ? confusionPerLabel(yTrue, predictions, options)
        : confusionCounts(yTrue, predictions, { ...options, labelWeights }),
    );
  }

  override result(): Tensor {
    if (!this.#counts) return asTensor(0);
    const { curve, summationMethod } = this.#options;
    if (curve === 'PR' && summationMethod === 'interpolation')
      return this.#overLabels(this.#interpolatedPrecisionRecall());
    const [x, y] = this.#curve(this.#counts);
    const [low, high] = [withoutLast(y), withoutFirst(y)];
    let height = divide(add(low, high), 2);
    if (summationMethod === 'minoring') height = minimum(low, high);
    if (summationMethod === 'majoring') height = maximum(low, high);
    return this.#overLabels(multiply(subtract(withoutLast(x), withoutFirst(x)), height));
  }

  override getConfig(): Config {
    const { numThresholds, curve, summationMethod, thresholds, multiLabel, numLabels, labelWeights, fromLogits } =
      this.#options;
    return {
      ...super.getConfig(),
      num_thresholds: numThresholds,
      curve,
      summation_method: summationMethod,
      multi_label: multiLabel,
      num_labels: numLabels,
      label_weights: labelWeights,
      from_logits: fromLogits,
      ...(thresholds && { thresholds: this.#thresholds.slice(1, -1) }),
    };
  }

  #build(labels: readonly number[]) {
    const shape = [this.#thresholds.length, ...labels];
    this.#counts = {
      truePositives: this.addVariable({ name: 'true_positives', shape }),
      falsePositives: this.addVariable({ name: 'false_positives', shape }),
      trueNegatives: this.addVariable({ name: 'true_negatives', shape }),
      falseNegatives: this.addVariable({ name: 'false_negatives', shape }),
    };
    return this.#counts;
  }

  /** The points of the curve: x, y per threshold. */
  #curve({
    truePositives: tp,
    falsePositives: fp,
    trueNegatives: tn,
    falseNegatives: fn,
  }: { [key in keyof Confusion]: Variable }): [Tensor, Tensor] {
    const recall = divideNoNan(tp.value, add(tp, fn));
    if (this.#options.curve === 'ROC') return [divideNoNan(fp.value, add(fp, tn)), recall];
    if (this.#options.curve === 'PR') return [recall, divideNoNan(tp.value, add(tp, fp))];
    // Gains (Flach and Kull 2015): how much better than always predicting positive.
    const odds = divideNoNan(add(tp, fn), add(tn, fp));
    const none = equal(tp, 0);
    const gain = (wrong: Variable) => subtract(1, multiply(odds, divideNoNan(wrong.value, tp.value)));
    return [maximum(where(none, 0, gain(fn)), 0), where(none, 1, gain(fp))];
  }

  /** Davis and Goadrich 2006: between two points precision is interpolated by true positives, not linearly. */
  #interpolatedPrecisionRecall(): Tensor {
    const { truePositives: tp, falsePositives: fp, falseNegatives: fn } = this.#counts!;
    const predicted = add(tp, fp);
    const gained = subtract(withoutLast(tp.value), withoutFirst(tp.value));
    const step = subtract(withoutLast(predicted), withoutFirst(predicted));
    const slope = divideNoNan(gained, maximum(step, 0));
    const intercept = subtract(withoutFirst(tp.value), multiply(slope, withoutFirst(predicted)));
    const both = logicalAnd(greater(withoutLast(predicted), 0), greater(withoutFirst(predicted), 0));
    const ratio = where(both, divideNoNan(withoutLast(predicted), maximum(withoutFirst(predicted), 0)), 1);
    const area = multiply(slope, add(gained, multiply(intercept, log(ratio))));
    return divideNoNan(area, maximum(add(withoutFirst(tp.value), withoutFirst(fn.value)), 0));
  }

  #overLabels(terms: Tensor): Tensor {
    if (!this.#options.multiLabel) return sum(terms);
    const areas = sum(terms, 0);
    const { labelWeights } = this.#options;
    if (!labelWeights) return mean(areas);
    const weights = constant([...labelWeights]);
    return divideNoNan(sum(multiply(areas, weights)), sum(weights));
  }
}

function withoutLast(x: Tensor): Tensor {
  return slice(
    x,
    x.shape.map(() => 0),
    [x.shape[0]! - 1, ...x.shape.slice(1)],
  );
}

function withoutFirst(x: Tensor): Tensor {
  return slice(
    x,
    x.shape.map((_, axis) => (axis === 0 ? 1 : 0)),
    [x.shape[0]! - 1, ...x.shape.slice(1)],
  );
}

/** The area under the receiver operating characteristic or the precision-recall curve. */
export const AUC = register('keras.metrics', callable(AUCMetric));
