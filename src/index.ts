// The public names of kerasm, namespaces as in Keras.

export * as datasets from './datasets/index.js';
export { OutOfMemoryError, ShapeError, ValueError } from './errors.js';
export { NDArray } from './ndarray.js';
export { getThreads, ready, setThreads } from './runtime/engine.js';
