// All optimizers, and how names stand for them.

import { getObject, type KerasObject } from '../config.js';
import { ValueError } from '../errors.js';
import { Optimizer } from './optimizer.js';

export { Adadelta } from './adadelta.js';
export { Adafactor } from './adafactor.js';
export { Adagrad } from './adagrad.js';
export { Adam, AdamW } from './adam.js';
export { Adamax } from './adamax.js';
export { Ftrl } from './ftrl.js';
export { Lamb } from './lamb.js';
export { Lion } from './lion.js';
export { Muon } from './muon.js';
export { Nadam } from './nadam.js';
export { Optimizer } from './optimizer.js';
export { RMSprop } from './rmsprop.js';
export { ScheduleFreeAdamW } from './scheduleFreeAdamW.js';
export * as schedules from './schedules.js';
export { SGD } from './sgd.js';

export type OptimizerName =
  | 'adam'
  | 'adamw'
  | 'sgd'
  | 'rmsprop'
  | 'adagrad'
  | 'adadelta'
  | 'adamax'
  | 'nadam'
  | 'ftrl'
  | 'lion'
  | 'lamb'
  | 'adafactor'
  | 'muon';

/** What `compile` accepts as an optimizer. */
export type OptimizerIdentifier = OptimizerName | (string & {}) | Optimizer | KerasObject;

/** The optimizer that an identifier stands for. @throws ValueError for an unknown name. */
export function getOptimizer(identifier: OptimizerIdentifier): Optimizer {
  const name = typeof identifier === 'string' ? identifier.toLowerCase() : identifier;
  const found = getObject<Optimizer>('keras.optimizers', 'optimizer', name);
  if (!(found instanceof Optimizer)) {
    throw new ValueError(
      `Could not interpret optimizer ${String(identifier)}. Expected a name such as 'adam', or an optimizer.`,
    );
  }
  return found;
}
