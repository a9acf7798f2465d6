// The public names of keras.optimizers.

import { serialization } from '../config.js';
import { getOptimizer } from './optimizers.js';

export {
  Adadelta,
  Adafactor,
  Adagrad,
  Adam,
  Adamax,
  AdamW,
  Ftrl,
  getOptimizer as get,
  Lamb,
  Lion,
  Muon,
  Nadam,
  Optimizer,
  RMSprop,
  ScheduleFreeAdamW,
  SGD,
  schedules,
} from './optimizers.js';

/** Keras's JSON of an optimizer, and back. */
export const { serialize, deserialize } = serialization(getOptimizer);
