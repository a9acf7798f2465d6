// F scores: the harmonic mean of precision and recall per class.

import { callable } from '../callable.js';
import { type Config, register } from '../config.js';
import { epsilon } from '../defaults.js';
import { ShapeError, ValueError } from '../errors.js';
import { asTensor, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { abs, add, cast, divide, greater, greaterEqual, logicalAnd, multiply, subtract } from '../ops/elementwise.js';
import { expandDims } from '../ops/movement.js';
import { max, mean, sum } from '../ops/reduce.js';
import type { Variable } from '../ops/variable.js';
import { namedArguments } from '../options.js';
import { formatShape } from '../shape.js';
import { Metric, type MetricArgs, type MetricOptions } from './metric.js';

export interface F1ScoreOptions extends MetricOptions {
  /** null keeps one score per class. Default null. */
  average?: 'micro' | 'macro' | 'weighted' | null;
  /** Predictions above it count as 1; null takes the greatest prediction of each sample. Default null. */
  threshold?: number | null;
}

export interface FBetaScoreOptions extends F1ScoreOptions {
  /** How many times as important recall is as precision. Default 1. */
  beta?: number;
}

interface Counts {
  truePositives: Variable;
  falsePositives: Variable;
  falseNegatives: Variable;
  weights: Variable;
}

class FBetaScoreMetric extends Metric {
  static readonly className: string = 'FBetaScore';
  override readonly direction = 'up';
  readonly average: 'micro' | 'macro' | 'weighted' | null;
  readonly beta: number;
  readonly threshold: number | null;
  #counts: Counts | null = null;

  constructor(...args: MetricArgs<FBetaScoreOptions>) {
    const named = namedArguments('FBetaScore', ['average', 'beta', 'threshold', 'name', 'dtype'], args);
    const { average = null, beta = 1, threshold = null, name = 'fbeta_score', ...options } = named as FBetaScoreOptions;
    super({ name, ...options });
    if (![null, 'micro', 'macro', 'weighted'].includes(average)) {
      throw new ValueError(
        `${name}: expected average to be null, 'micro', 'macro' or 'weighted'. Received: ${average}.`,
      );
    }
    if (!(beta > 0)) throw new ValueError(`${name}: expected beta > 0. Received: ${beta}.`);
    if (threshold !== null && !(threshold > 0 && threshold <= 1)) {
      throw new ValueError(`${name}: expected 0 < threshold <= 1. Received: ${threshold}.`);
    }
    this.average = average;
    this.beta = beta;
    this.threshold = threshold;
  }

  override updateState(yTrue: TensorLike, yPred?: TensorLike | null, sampleWeight?: TensorLike | null): void {
    const t = cast(yTrue, 'float32');
    const given = cast(yPred!, 'float32');
    const counts = (this.#counts ??= this.#build(t, given));
    const positive =
      this.threshold === null
        ? logicalAnd(greaterEqual(given, max(given, -1, true)), greater(abs(given), 1e-9))
        : greater(given, this.threshold);
    const p = cast(positive, 'float32');
    const weight =
      sampleWeight === null || sampleWeight === undefined ? null : expandDims(cast(sampleWeight, 'float32'), 1);
    const axis = this.average === 'micro' ? null : 0;
    const take = (variable: Variable, values: Tensor) =>
      variable.assign(add(variable, sum(weight ? multiply(values, weight) : values, axis)));
    take(counts.truePositives, multiply(p, t));
    take(counts.falsePositives, multiply(p, subtract(1, t)));
    take(counts.falseNegatives, multiply(subtract(1, p), t));
    take(counts.weights, t);
  }

  override result(): Tensor {
    if (!this.#counts) return asTensor(0);
    const { truePositives, falsePositives, falseNegatives, weights } = this.#counts;
    const share = (other: Variable) => divide(truePositives, add(add(truePositives, other), epsilon()));
    const precision = share(falsePositives);
    const recall = share(falseNegatives);
    const square = this.beta ** 2;
    const ratio = divide(multiply(precision, recall), add(add(multiply(precision, square), recall), epsilon()));
    const scores = multiply(ratio, 1 + square);
    if (this.average === 'weighted') return sum(multiply(scores, divide(weights, add(sum(weights), epsilon()))));
    return this.average === null ? scores : mean(scores);
  }

  override getConfig(): Config {
    return { ...super.getConfig(), average: this.average, beta: this.beta, threshold: this.threshold };
  }

  #build(t: Tensor, p: Tensor): Counts {
    if (t.rank !== 2 || p.rank !== 2) {
      throw new ShapeError(
        `${this.name}: expected targets and predictions of shape (batch, classes). Received ${formatShape(t.shape)} and ${formatShape(p.shape)}.`,
      );
    }
    const add = (name: string) => this.addVariable({ name, shape: this.average === 'micro' ? [] : [p.shape[1]!] });
    return {
      truePositives: add('true_positives'),
      falsePositives: add('false_positives'),
      falseNegatives: add('false_negatives'),
      weights: add('intermediate_weights'),
    };
  }
}

class F1ScoreMetric extends FBetaScoreMetric {
  static override readonly className = 'F1Score';

  constructor(...args: MetricArgs<F1ScoreOptions>) {
    super({ name: 'f1_score', ...namedArguments('F1Score', ['average', 'threshold', 'name', 'dtype'], args) });
  }

  override getConfig(): Config {
    const { beta: _, ...config } = super.getConfig();
    return config;
  }
}

/** (1 + beta^2) precision recall / (beta^2 precision + recall) per class, or averaged. */
export const FBetaScore = register('keras.metrics', callable(FBetaScoreMetric));
/** 2 precision recall / (precision + recall) per class, or averaged. */
export const F1Score = register('keras.metrics', callable(F1ScoreMetric));
