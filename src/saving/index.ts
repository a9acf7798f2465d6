// keras.saving. Files by path or address; `encode...` and `decode...` are for their bytes.

export { withCustomObjects as customObjectScope } from '../config.js';
export { loadModel, loadWeights, saveModel, saveWeights } from './files.js';
export { decodeModel, encodeModel } from './modelFile.js';
export { decodeWeights, encodeWeights } from './weights.js';
