// Metrics of numbers that are more than the mean of a loss.

import { callable } from '../callable.js';
import { type Config, register } from '../config.js';
import { ShapeError, ValueError } from '../errors.js';
import type { TensorLike } from '../graph/apply.js';
import { asTensor } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { aligned } from '../losses/regression.js';
import { add, cast, divide, isinf, lessEqual, multiply, sqrt, square, subtract, where } from '../ops/elementwise.js';
import { broadcastTo, expandDims } from '../ops/movement.js';
import { mean, sum } from '../ops/reduce.js';
import type { Variable } from '../ops/variable.js';
import { namedArguments } from '../options.js';
import { formatShape } from '../shape.js';
import { Metric, type MetricArgs, type MetricOptions } from './metric.js';
import { MeanMetric } from './reduction.js';

class RootMeanSquaredErrorMetric extends MeanMetric {
  static override readonly className = 'RootMeanSquaredError';
  override readonly direction = 'down';

  constructor(...args: MetricArgs<MetricOptions>) {
    super({ name: 'root_mean_squared_error', ...namedArguments('RootMeanSquaredError', ['name', 'dtype'], args) });
  }

  override updateState(yTrue: TensorLike, yPred?: TensorLike | null, sampleWeight?: TensorLike | null): void {
    const [t, p] = aligned(yTrue, yPred!);
    this.take(square(subtract(p, t)), sampleWeight);
  }

  override result(): Tensor {
    return sqrt(super.result());
  }
}

export interface R2ScoreOptions extends MetricOptions {
  /** How outputs are combined; null keeps one score each. Default 'uniform_average'. */
  classAggregation?: 'uniform_average' | 'variance_weighted_average' | null;
  /** Independent variables, for the adjusted score; 0 gives the standard one. Default 0. */
  numRegressors?: number;
}

class R2ScoreMetric extends Metric {
  static readonly className = 'R2Score';
  override readonly direction = 'up';
  readonly #classAggregation: NonNullable<R2ScoreOptions['classAggregation']> | null;
  readonly #numRegressors: number;
  readonly #samples: Variable;
  #sums: { squares: Variable; sum: Variable; residual: Variable; count: Variable } | null = null;

  constructor(...args: MetricArgs<R2ScoreOptions>) {
    const {
      classAggregation = 'uniform_average',
      numRegressors = 0,
      name = 'r2_score',
      ...options
    } = namedArguments('R2Score', ['classAggregation', 'numRegressors', 'name', 'dtype'], args) as R2ScoreOptions;
    super({ name, ...options });
    if (![null, 'uniform_average', 'variance_weighted_average'].includes(classAggregation)) {
      throw new ValueError(
        `R2Score: expected classAggregation to be null, 'uniform_average' or 'variance_weighted_average'. Received: ${classAggregation}.`,
      );
    }
    if (numRegressors < 0) throw new ValueError(`R2Score: expected numRegressors >= 0. Received: ${numRegressors}.`);
    this.#classAggregation = classAggregation;
    this.#numRegressors = numRegressors;
    this.#samples = this.addVariable({ name: 'num_samples' });
  }

  override updateState(yTrue: TensorLike, yPred?: TensorLike | null, sampleWeight?: TensorLike | null): void {
    const [t, p] = aligned(yTrue, yPred!);
    const sums = (this.#sums ??= this.#build(t, p));
    let weight = cast(asTensor(sampleWeight ?? 1), 'float32');
    if (weight.rank === 1) weight = expandDims(weight, 1);
    weight = broadcastTo(weight, t.shape);
    const weighted = multiply(t, weight);
    sums.sum.assign(add(sums.sum, sum(weighted, 0)));
    sums.squares.assign(add(sums.squares, sum(multiply(t, weighted), 0)));
    sums.residual.assign(add(sums.residual, sum(multiply(square(subtract(t, p)), weight), 0)));
    sums.count.assign(add(sums.count, sum(weight, 0)));
    this.#samples.assign(add(this.#samples, t.size));
  }

  override result(): Tensor {
    if (!this.#sums) return asTensor(0);
    const { squares, sum: total, residual, count } = this.#sums;
    const spread = subtract(squares, multiply(total, divide(total, count)));
    const raw = subtract(1, divide(residual, spread));
    const scores = where(isinf(raw), 0, raw);
    let score = scores;
    if (this.#classAggregation === 'uniform_average') score = mean(scores);
    if (this.#classAggregation === 'variance_weighted_average')
      score = divide(sum(multiply(spread, scores)), sum(spread));
    if (this.#numRegressors === 0) return score;
    // With too few samples for an adjustment, the standard score.
    const free = subtract(subtract(this.#samples, this.#numRegressors), 1);
    const adjusted = subtract(1, divide(multiply(subtract(1, score), subtract(this.#samples, 1)), free));
    return where(lessEqual(free, 0), score, adjusted);
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      class_aggregation: this.#classAggregation,
      num_regressors: this.#numRegressors,
    };
  }

  #build(t: Tensor, p: Tensor) {
    if (t.rank !== 2 || p.rank !== 2) {
      throw new ShapeError(
        `R2Score: expected targets and predictions of shape (batch, outputs). Received ${formatShape(t.shape)} and ${formatShape(p.shape)}.`,
      );
    }
    const add = (name: string) => this.addVariable({ name, shape: [p.shape[1]!] });
    return { squares: add('squared_sum'), sum: add('sum'), residual: add('residual'), count: add('count') };
  }
}

/** The square root of the mean squared error. */
export const RootMeanSquaredError = register('keras.metrics', callable(RootMeanSquaredErrorMetric), 'rmse');
/** The coefficient of determination, 1 - residual / variance: 1 is perfect, 0 as good as the targets' mean. */
export const R2Score = register('keras.metrics', callable(R2ScoreMetric));
