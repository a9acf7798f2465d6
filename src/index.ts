// The public names of kerasm, namespaces as in Keras.

export * as activations from './activations.js';
export { grad, gradients, valueAndGrad } from './autodiff.js';
export * as callbacks from './callbacks/index.js';
export { jit } from './compiler/function.js';
export * as constraints from './constraints.js';
export * as data from './data/index.js';
export * as datasets from './datasets/index.js';
export type { DType } from './dtype.js';
export { OutOfMemoryError, ShapeError, ValueError } from './errors.js';
export * as initializers from './initializers/index.js';
export { tensor } from './graph/apply.js';
export { Tensor } from './graph/tensor.js';
export { Variable } from './graph/variable.js';
export { Input } from './layers/core/inputLayer.js';
export * as layers from './layers/index.js';
export { KerasTensor, Layer } from './layers/index.js';
export * as losses from './losses/index.js';
export * as metrics from './metrics/index.js';
export { Functional, Model } from './models/functional.js';
export * as models from './models/index.js';
export { Sequential } from './models/sequential.js';
export { NDArray } from './ndarray.js';
export * as optimizers from './optimizers/index.js';
export * as random from './random/index.js';
export * as regularizers from './regularizers.js';
export { getThreads, ready, setThreads } from './runtime/engine.js';
export * as utils from './utils/index.js';
