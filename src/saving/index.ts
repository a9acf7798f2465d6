// keras.saving

export { loadModel, loadWeights, saveModel, saveWeights } from './files.js';
export { decodeModel, encodeModel } from './modelFile.js';
export { decodeWeights, encodeWeights } from './weights.js';
