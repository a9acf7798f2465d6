// Sums and means of values, weighted per sample.

import { type Config, type Json, toSnakeKey } from '../config.js';
import { asTensor, type TensorLike } from '../graph/apply.js';
import { getMask } from '../graph/mask.js';
import type { Tensor } from '../graph/tensor.js';
import { squeezeOrExpandToSameRank } from '../losses/rank.js';
import { applyMask, divideNoNan } from '../losses/reduction.js';
import { add, cast, multiply } from '../ops/elementwise.js';
import { broadcastTo } from '../ops/movement.js';
import { mean, sum } from '../ops/reduce.js';
import type { Variable } from '../ops/variable.js';
import { namedArguments } from '../options.js';
import { Metric, type MetricArgs, type MetricOptions } from './metric.js';

type Reduce = (x: TensorLike, axis?: number | readonly number[] | null) => Tensor;

/** Values and weights with one entry per sample. Axes that the weights do not have are reduced first. */
function samplewise(
  given: TensorLike,
  sampleWeight: TensorLike | null | undefined,
  reduce: Reduce,
): { values: Tensor; weights: Tensor | null } {
  const tensor = asTensor(given);
  let values = cast(tensor, 'float32');
  let weights: Tensor | null = null;
  if (sampleWeight !== null && sampleWeight !== undefined) {
    weights = applyMask(sampleWeight, getMask(tensor), 'sum')!;
    [values, weights] = squeezeOrExpandToSameRank(values, weights);
    if (values.rank > weights.rank) values = reduce(values, axesFrom(weights.rank, values.rank));
    weights = broadcastTo(weights, values.shape);
    values = multiply(values, weights);
    if (weights.rank > 1) weights = reduce(weights, axesFrom(1, weights.rank));
  }
  if (values.rank > 1) values = reduce(values, axesFrom(1, values.rank));
  return { values, weights };
}

function axesFrom(first: number, end: number): number[] {
  return Array.from({ length: end - first }, (_, i) => first + i);
}

/** The (weighted) sum of all values. */
export class SumMetric extends Metric {
  static readonly className: string = 'Sum';
  readonly total: Variable;

  constructor(...args: MetricArgs<MetricOptions>) {
    super({ name: 'sum', ...namedArguments('Sum', ['name', 'dtype'], args) });
    this.total = this.addVariable({ name: 'total' });
  }

  override updateState(values: TensorLike, sampleWeight?: TensorLike | null): void {
    this.total.assign(add(this.total, sum(samplewise(values, sampleWeight, sum).values)));
  }

  override result(): Tensor {
    return this.total.value;
  }
}

/** The (weighted) mean of all values. */
export class MeanMetric extends Metric {
  static readonly className: string = 'Mean';
  readonly total: Variable;
  readonly count: Variable;

  constructor(...args: MetricArgs<MetricOptions>) {
    super({ name: 'mean', ...namedArguments('Mean', ['name', 'dtype'], args) });
    this.total = this.addVariable({ name: 'total' });
    this.count = this.addVariable({ name: 'count' });
  }

  override updateState(values: TensorLike, sampleWeight?: TensorLike | null): void {
    this.take(values, sampleWeight);
  }

  protected take(given: TensorLike, sampleWeight?: TensorLike | null): void {
    const { values, weights } = samplewise(given, sampleWeight, mean);
    this.total.assign(add(this.total, sum(values)));
    this.count.assign(add(this.count, weights ? sum(weights) : values.size));
  }

  override result(): Tensor {
    return divideNoNan(this.total.value, this.count.value);
  }
}

export type MetricFunction<O extends object = object> = (yTrue: Tensor, yPred: Tensor, options: O) => Tensor;

/** The mean of a function's values over all samples: how losses and plain functions serve as metrics. */
export class MeanMetricWrapper<O extends object = object> extends MeanMetric {
  static override readonly className: string = 'MeanMetricWrapper';
  readonly fn: MetricFunction<O>;
  readonly options: O;
  override readonly direction: 'up' | 'down' | undefined;

  constructor(
    fn: MetricFunction<O>,
    options: O,
    { name = fn.name, direction, ...rest }: MetricOptions & { direction?: 'up' | 'down' } = {},
  ) {
    super({ name, ...rest });
    this.fn = fn;
    this.options = options;
    this.direction = direction;
  }

  override updateState(yTrue: TensorLike, yPred?: TensorLike | null, sampleWeight?: TensorLike | null): void {
    const predictions = asTensor(yPred!);
    const values = this.fn(asTensor(yTrue), predictions, this.options);
    this.take(values, applyMask(sampleWeight, getMask(predictions), 'sum'));
  }

  override getConfig(): Config {
    const own = Object.entries(this.options).map(([key, value]) => [toSnakeKey(key), value as Json]);
    return { ...super.getConfig(), ...(Object.fromEntries(own) as Config) };
  }
}
