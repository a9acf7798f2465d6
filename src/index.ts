// The public names of kerasm, namespaces as in Keras.

export * as callbacks from './callbacks/index.js';
export * as data from './data/index.js';
export * as datasets from './datasets/index.js';
export { OutOfMemoryError, ShapeError, ValueError } from './errors.js';
export * as losses from './losses/index.js';
export * as metrics from './metrics/index.js';
export { NDArray } from './ndarray.js';
export * as optimizers from './optimizers/index.js';
export { getThreads, ready, setThreads } from './runtime/engine.js';
