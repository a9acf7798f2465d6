// The loss classes and the names by which they are known: one line each.

import { callable, type Uncalled } from '../callable.js';
import { getObject, type KerasObject, register } from '../config.js';
import { ValueError } from '../errors.js';
import type { Tensor } from '../graph/tensor.js';
import { namedArguments } from '../options.js';
import { categoricalHinge, hinge, squaredHinge } from './hinge.js';
import { Loss, type LossFunction, LossFunctionWrapper, type LossOptions } from './loss.js';
import { circle, dice, tversky } from './overlap.js';
import {
  binaryCrossentropy,
  binaryFocalCrossentropy,
  categoricalCrossentropy,
  categoricalFocalCrossentropy,
  categoricalGeneralizedCrossEntropy,
  ctc,
  klDivergence,
  poisson,
  sparseCategoricalCrossentropy,
} from './probabilistic.js';
import {
  cosineSimilarity,
  huber,
  logCosh,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredError,
  meanSquaredLogarithmicError,
} from './regression.js';

const MODULE = 'keras.losses';

/** Arguments of a loss's constructor: some options by position, in Keras's order, then an options object. */
type LossArgs<D> = ((Partial<D> & LossOptions) | D[keyof D] | string | null | undefined)[];

/**
 * A loss class with the function's options beside `name` and `reduction`. By position, these two follow the own ones
 * that `order` lists.
 */
function lossClass<D extends object>(
  className: string,
  name: string,
  fn: (yTrue: Tensor, yPred: Tensor, options: NoInfer<D>) => Tensor,
  defaults: D,
  aliases: readonly string[] = [],
  order: readonly (keyof D)[] = Object.keys(defaults) as (keyof D)[],
) {
  const positional = [...(order as readonly string[]), 'reduction', 'name'];
  class NamedLoss extends LossFunctionWrapper<D> {
    static readonly className = className;

    constructor(...args: LossArgs<D>) {
      const given = { name, ...namedArguments(className, positional, args) };
      const isOwn = ([option]: [string, unknown]) => option in defaults;
      const entries = Object.entries(given);
      super(
        fn,
        { ...defaults, ...Object.fromEntries(entries.filter(isOwn)) },
        Object.fromEntries(entries.filter(entry => !isOwn(entry))),
      );
    }
  }
  return register(MODULE, callable(NamedLoss), ...aliases);
}

/** Over which axes: null means all. */
const everything = null as number | readonly number[] | null;

export const MeanSquaredError = lossClass('MeanSquaredError', 'mean_squared_error', meanSquaredError, {}, [
  'mse',
  'MSE',
]);
export const MeanAbsoluteError = lossClass('MeanAbsoluteError', 'mean_absolute_error', meanAbsoluteError, {}, [
  'mae',
  'MAE',
]);
export const MeanAbsolutePercentageError = lossClass(
  'MeanAbsolutePercentageError',
  'mean_absolute_percentage_error',
  meanAbsolutePercentageError,
  {},
  ['mape', 'MAPE'],
);
export const MeanSquaredLogarithmicError = lossClass(
  'MeanSquaredLogarithmicError',
  'mean_squared_logarithmic_error',
  meanSquaredLogarithmicError,
  {},
  ['msle', 'MSLE'],
);
export const CosineSimilarity = lossClass('CosineSimilarity', 'cosine_similarity', cosineSimilarity, { axis: -1 }, [
  'cosine_proximity',
  'cosine',
]);
export const Huber = lossClass('Huber', 'huber_loss', huber, { delta: 1 }, ['huber_loss']);
export const LogCosh = lossClass('LogCosh', 'log_cosh', logCosh, {}, ['logcosh']);
export const Hinge = lossClass('Hinge', 'hinge', hinge, {});
export const SquaredHinge = lossClass('SquaredHinge', 'squared_hinge', squaredHinge, {});
export const CategoricalHinge = lossClass('CategoricalHinge', 'categorical_hinge', categoricalHinge, {});
export const KLDivergence = lossClass('KLDivergence', 'kl_divergence', klDivergence, {}, [
  'kld',
  'KLD',
  'kullback_leibler_divergence',
]);
export const Poisson = lossClass('Poisson', 'poisson', poisson, {});
export const BinaryCrossentropy = lossClass(
  'BinaryCrossentropy',
  'binary_crossentropy',
  binaryCrossentropy,
  { fromLogits: false, labelSmoothing: 0, axis: -1 },
  ['bce', 'BCE'],
);
export const BinaryFocalCrossentropy = lossClass(
  'BinaryFocalCrossentropy',
  'binary_focal_crossentropy',
  binaryFocalCrossentropy,
  { applyClassBalancing: false, alpha: 0.25, gamma: 2, fromLogits: false, labelSmoothing: 0, axis: -1 },
);
export const CategoricalCrossentropy = lossClass(
  'CategoricalCrossentropy',
  'categorical_crossentropy',
  categoricalCrossentropy,
  { fromLogits: false, labelSmoothing: 0, axis: -1 },
  ['cce', 'CCE'],
);
export const CategoricalFocalCrossentropy = lossClass(
  'CategoricalFocalCrossentropy',
  'categorical_focal_crossentropy',
  categoricalFocalCrossentropy,
  { alpha: 0.25, gamma: 2, fromLogits: false, labelSmoothing: 0, axis: -1 },
);
export const SparseCategoricalCrossentropy = lossClass(
  'SparseCategoricalCrossentropy',
  'sparse_categorical_crossentropy',
  sparseCategoricalCrossentropy,
  { fromLogits: false, ignoreClass: null as number | null, axis: -1 },
);
export const CategoricalGeneralizedCrossEntropy = lossClass(
  'CategoricalGeneralizedCrossEntropy',
  'categorical_generalized_cross_entropy',
  categoricalGeneralizedCrossEntropy,
  { q: 0.5 },
);
export const CTC = lossClass('CTC', 'ctc', ctc, {});
export const Dice = lossClass('Dice', 'dice', dice, { axis: everything }, [], []);
export const Tversky = lossClass(
  'Tversky',
  'tversky',
  tversky,
  {
    alpha: 0.5,
    beta: 0.5,
    axis: everything,
  },
  [],
  ['alpha', 'beta'],
);
export const Circle = lossClass('Circle', 'circle', circle, { gamma: 80, margin: 0.4, removeDiagonal: true });

/** Names of losses. Those of classes and of losses registered by the user are known, too. */
export type LossName =
  | 'mse'
  | 'mean_squared_error'
  | 'mae'
  | 'mean_absolute_error'
  | 'mape'
  | 'mean_absolute_percentage_error'
  | 'msle'
  | 'mean_squared_logarithmic_error'
  | 'binary_crossentropy'
  | 'binary_focal_crossentropy'
  | 'categorical_crossentropy'
  | 'categorical_focal_crossentropy'
  | 'sparse_categorical_crossentropy'
  | 'kl_divergence'
  | 'kullback_leibler_divergence'
  | 'poisson'
  | 'cosine_similarity'
  | 'huber'
  | 'log_cosh'
  | 'hinge'
  | 'squared_hinge'
  | 'categorical_hinge'
  | 'ctc'
  | 'dice'
  | 'tversky'
  | 'circle';

/** What `compile` accepts as a loss. */
export type LossIdentifier = LossName | (string & {}) | LossFunction | Uncalled<Loss> | KerasObject;

/** The loss that an identifier stands for; null stays null. @throws ValueError for an unknown name. */
export function getLoss(identifier: LossIdentifier | null | undefined): Loss | null {
  const found = getObject(MODULE, 'loss', identifier as Loss | LossFunction | string | KerasObject | null | undefined);
  if (found === null || found instanceof Loss) return found;
  if (typeof found !== 'function') {
    throw new ValueError(
      `Could not interpret loss ${String(identifier)}. Expected a name, a function of (yTrue, yPred) or a Loss.`,
    );
  }
  return new LossFunctionWrapper(
    found,
    {},
    { name: typeof identifier === 'string' ? identifier : found.name || 'loss' },
  );
}
