// The public names of keras.optimizers.

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
  Nadam,
  Optimizer,
  RMSprop,
  SGD,
  schedules,
} from './optimizers.js';
