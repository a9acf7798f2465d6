// The public names of keras.losses.

import { serialization } from '../config.js';
import { getLoss } from './losses.js';

export { categoricalHinge, hinge, squaredHinge } from './hinge.js';
export { Loss } from './loss.js';
export {
  BinaryCrossentropy,
  BinaryFocalCrossentropy,
  CategoricalCrossentropy,
  CategoricalFocalCrossentropy,
  CategoricalGeneralizedCrossEntropy,
  CategoricalHinge,
  Circle,
  CosineSimilarity,
  CTC,
  Dice,
  getLoss as get,
  Hinge,
  Huber,
  KLDivergence,
  LogCosh,
  MeanAbsoluteError,
  MeanAbsolutePercentageError,
  MeanSquaredError,
  MeanSquaredLogarithmicError,
  Poisson,
  SparseCategoricalCrossentropy,
  SquaredHinge,
  Tversky,
} from './losses.js';
export { circle, dice, tversky } from './overlap.js';
export {
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
export {
  cosineSimilarity,
  huber,
  logCosh,
  meanAbsoluteError,
  meanAbsolutePercentageError,
  meanSquaredError,
  meanSquaredLogarithmicError,
} from './regression.js';

/** Keras's JSON of a loss, and back. */
export const { serialize, deserialize } = serialization(getLoss);
