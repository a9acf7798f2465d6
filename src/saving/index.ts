// keras.saving. Files by path or address; `encode...` and `decode...` are for their bytes.

export {
  getCustomObjects,
  serializeObject as serializeKerasObject,
  withCustomObjects as CustomObjectScope,
  withCustomObjects as customObjectScope,
} from '../config.js';
export {
  deserializeKerasObject,
  getRegisteredName,
  getRegisteredObject,
  registerKerasSerializable,
} from './customObjects.js';
export { loadModel, loadWeights, saveModel, saveWeights } from './files.js';
export { decodeModel, encodeModel } from './modelFile.js';
export { decodeWeights, encodeWeights } from './weights.js';
