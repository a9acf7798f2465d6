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
  Muon,
  Nadam,
  Optimizer,
  RMSprop,
  ScheduleFreeAdamW,
  SGD,
  schedules,
} from './optimizers.js';
