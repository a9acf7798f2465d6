// The public names of kerasm, namespaces as in Keras.

export * as callbacks from './callbacks/index.js';
export * as constraints from './constraints.js';
export * as data from './data/index.js';
export * as datasets from './datasets/index.js';
export { OutOfMemoryError, ShapeError, ValueError } from './errors.js';
export * as initializers from './initializers/index.js';
export * as losses from './losses/index.js';
export * as metrics from './metrics/index.js';
export { NDArray } from './ndarray.js';
export * as optimizers from './optimizers/index.js';
export * as random from './random/index.js';
export { setRandomSeed } from './random/seed.js';
export * as regularizers from './regularizers.js';
export { getThreads, ready, setThreads } from './runtime/engine.js';
