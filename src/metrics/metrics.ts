// The metric classes that are means of functions, and the names by which all metrics are known.

import { callable, type Uncalled } from '../callable.js';
import { getObject, type KerasObject, register } from '../config.js';
import { ValueError } from '../errors.js';
import type { Tensor } from '../graph/tensor.js';
import { categoricalHinge, hinge, squaredHinge } from '../losses/hinge.js';
import { Loss, type LossFunctionWrapper } from '../losses/loss.js';
import { getLoss, type LossIdentifier } from '../losses/losses.js';
import {
  binaryCrossentropy,
  categoricalCrossentropy,
  klDivergence,
  poisson,
  sparseCategoricalCrossentropy,
} from '../losses/probabilistic.js';
import {
  cosine,
  logCosh,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredError,
  meanSquaredLogarithmicError,
} from '../losses/regression.js';
import { namedArguments } from '../options.js';
import {
  accuracy,
  binaryAccuracy,
  categoricalAccuracy,
  sparseCategoricalAccuracy,
  sparseTopKCategoricalAccuracy,
  topKCategoricalAccuracy,
} from './accuracy.js';
import { concordanceCorrelation, pearsonCorrelation } from './correlation.js';
import { Metric, type MetricArgs, type MetricClass, type MetricOptions } from './metric.js';
import { MeanMetric, MeanMetricWrapper, SumMetric } from './reduction.js';

export { AUC } from './auc.js';
export {
  FalseNegatives,
  FalsePositives,
  Precision,
  PrecisionAtRecall,
  Recall,
  RecallAtPrecision,
  SensitivityAtSpecificity,
  SpecificityAtSensitivity,
  TrueNegatives,
  TruePositives,
} from './counts.js';
export { F1Score, FBetaScore } from './fScore.js';
export { BinaryIoU, IoU, MeanIoU, OneHotIoU, OneHotMeanIoU } from './iou.js';
export { R2Score, RootMeanSquaredError } from './regression.js';

const MODULE = 'keras.metrics';

type MetricFunction = (yTrue: Tensor, yPred: Tensor) => Tensor;

/** The metrics that stand for our own functions: they know the names that minified functions have lost. */
const ofFunction = new Map<unknown, () => Metric>();

/** A metric class: the mean of `fn` over all samples. By position, `first` come before name and dtype, as in Keras. */
function meanClass<D extends object>(
  className: string,
  name: string,
  fn: (yTrue: Tensor, yPred: Tensor, options: NoInfer<D>) => Tensor,
  defaults: D,
  direction: 'up' | 'down' | undefined,
  aliases: readonly string[] = [],
  first: readonly (keyof D & string)[] = [],
) {
  const own = Object.keys(defaults);
  const positional = [...new Set<string>([...first, 'name', 'dtype', ...own])];
  class NamedMetric extends MeanMetricWrapper<D> {
    static override readonly className = className;

    constructor(...args: MetricArgs<Partial<D> & MetricOptions>) {
      const given = Object.entries(namedArguments(className, positional, args));
      const options = Object.fromEntries(given.filter(([option]) => own.includes(option)));
      const rest = Object.fromEntries(given.filter(([option]) => !own.includes(option)));
      super(fn, { ...defaults, ...options }, { name, ...rest, ...(direction && { direction }) });
    }
  }
  ofFunction.set(fn, () => new NamedMetric());
  return register(MODULE, callable(NamedMetric), ...aliases) as MetricClass<
    MetricArgs<Partial<D> & MetricOptions>,
    MeanMetricWrapper<D>
  >;
}

export const Sum = register(MODULE, callable(SumMetric));
export const Mean = register(MODULE, callable(MeanMetric));

export const Accuracy = meanClass('Accuracy', 'accuracy', accuracy, {}, 'up');
export const BinaryAccuracy = meanClass('BinaryAccuracy', 'binary_accuracy', binaryAccuracy, { threshold: 0.5 }, 'up');
export const CategoricalAccuracy = meanClass(
  'CategoricalAccuracy',
  'categorical_accuracy',
  categoricalAccuracy,
  {},
  'up',
);
export const SparseCategoricalAccuracy = meanClass(
  'SparseCategoricalAccuracy',
  'sparse_categorical_accuracy',
  sparseCategoricalAccuracy,
  {},
  'up',
);
export const TopKCategoricalAccuracy = meanClass(
  'TopKCategoricalAccuracy',
  'top_k_categorical_accuracy',
  topKCategoricalAccuracy,
  { k: 5 },
  'up',
  [],
  ['k'],
);
export const SparseTopKCategoricalAccuracy = meanClass(
  'SparseTopKCategoricalAccuracy',
  'sparse_top_k_categorical_accuracy',
  sparseTopKCategoricalAccuracy,
  { k: 5, fromSortedIds: false },
  'up',
  [],
  ['k'],
);

export const MeanSquaredError = meanClass('MeanSquaredError', 'mean_squared_error', meanSquaredError, {}, 'down', [
  'mse',
  'MSE',
]);
export const MeanAbsoluteError = meanClass('MeanAbsoluteError', 'mean_absolute_error', meanAbsoluteError, {}, 'down', [
  'mae',
  'MAE',
]);
export const MeanAbsolutePercentageError = meanClass(
  'MeanAbsolutePercentageError',
  'mean_absolute_percentage_error',
  meanAbsolutePercentageError,
  {},
  'down',
  ['mape', 'MAPE'],
);
export const MeanSquaredLogarithmicError = meanClass(
  'MeanSquaredLogarithmicError',
  'mean_squared_logarithmic_error',
  meanSquaredLogarithmicError,
  {},
  'down',
  ['msle', 'MSLE'],
);
export const CosineSimilarity = meanClass(
  'CosineSimilarity',
  'cosine_similarity',
  (t, p, { axis = -1 }: { axis?: number }) => cosine(t, p, axis),
  { axis: -1 },
  'up',
  ['cosine_proximity', 'cosine'],
);
export const LogCoshError = meanClass('LogCoshError', 'logcosh', logCosh, {}, 'down', ['logcosh', 'log_cosh']);
export const Hinge = meanClass('Hinge', 'hinge', hinge, {}, 'down');
export const SquaredHinge = meanClass('SquaredHinge', 'squared_hinge', squaredHinge, {}, 'down');
export const CategoricalHinge = meanClass('CategoricalHinge', 'categorical_hinge', categoricalHinge, {}, 'down');
export const KLDivergence = meanClass('KLDivergence', 'kl_divergence', klDivergence, {}, undefined, [
  'kld',
  'KLD',
  'kullback_leibler_divergence',
]);
export const Poisson = meanClass('Poisson', 'poisson', poisson, {}, undefined);
export const BinaryCrossentropy = meanClass(
  'BinaryCrossentropy',
  'binary_crossentropy',
  binaryCrossentropy,
  { fromLogits: false, labelSmoothing: 0 },
  'down',
  ['bce', 'BCE'],
);
export const CategoricalCrossentropy = meanClass(
  'CategoricalCrossentropy',
  'categorical_crossentropy',
  categoricalCrossentropy,
  { fromLogits: false, labelSmoothing: 0, axis: -1 },
  'down',
);
export const SparseCategoricalCrossentropy = meanClass(
  'SparseCategoricalCrossentropy',
  'sparse_categorical_crossentropy',
  sparseCategoricalCrossentropy,
  { fromLogits: false, ignoreClass: null as number | null, axis: -1 },
  'down',
);
export const PearsonCorrelation = meanClass(
  'PearsonCorrelation',
  'pearson_correlation',
  pearsonCorrelation,
  { axis: -1 },
  'up',
);
export const ConcordanceCorrelation = meanClass(
  'ConcordanceCorrelation',
  'concordance_correlation',
  concordanceCorrelation,
  { axis: -1 },
  'up',
);

/** Names of metrics. Those of losses, of classes and of metrics registered by the user are known, too. */
export type MetricName =
  | 'accuracy'
  | 'acc'
  | 'binary_accuracy'
  | 'categorical_accuracy'
  | 'sparse_categorical_accuracy'
  | 'top_k_categorical_accuracy'
  | 'sparse_top_k_categorical_accuracy'
  | 'mse'
  | 'mae'
  | 'mape'
  | 'msle'
  | 'binary_crossentropy'
  | 'categorical_crossentropy'
  | 'sparse_categorical_crossentropy'
  | 'cosine_similarity'
  | 'kl_divergence'
  | 'poisson'
  | 'hinge';

/** What `compile` accepts as a metric. */
export type MetricIdentifier =
  | MetricName
  | (string & {})
  | MetricFunction
  | Uncalled<Metric>
  | Uncalled<Loss>
  | KerasObject;

/**
 * The metric that an identifier stands for. A plain function and a loss become the mean of their values; so does a name
 * that only losses have. @throws ValueError for an unknown name.
 */
export function getMetric(identifier: MetricIdentifier): Metric {
  const own = ofFunction.get(identifier);
  if (own) return own();
  let found: Metric | Loss | MetricFunction | null;
  try {
    found = getObject(MODULE, 'metric', identifier as Metric | Loss | MetricFunction | string | KerasObject);
  } catch (error) {
    if (typeof identifier !== 'string') throw error;
    found = lossOrThrow(identifier, error);
  }
  if (found instanceof Metric) return found;
  if (found instanceof Loss) {
    const fn = (t: Tensor, p: Tensor) => (found as Loss).call(t, p);
    return new MeanMetricWrapper(
      fn,
      {},
      { name: typeof identifier === 'string' ? identifier : found.name, direction: 'down' },
    );
  }
  if (typeof found !== 'function') {
    throw new ValueError(
      `Could not interpret metric ${String(identifier)}. Expected a name, a function of (yTrue, yPred) or a Metric.`,
    );
  }
  return new MeanMetricWrapper(
    found,
    {},
    { name: typeof identifier === 'string' ? identifier : found.name || 'metric' },
  );
}

function lossOrThrow(identifier: LossIdentifier, error: unknown): Loss {
  try {
    return getLoss(identifier) as LossFunctionWrapper;
  } catch {
    throw error;
  }
}
