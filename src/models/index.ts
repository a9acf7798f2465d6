// keras.models.

export { loadModel, saveModel } from '../saving/files.js';
export { type CloneOptions, cloneModel } from './clone.js';
export { Functional, Model } from './functional.js';
export { modelFromJson } from './model.js';
export { Sequential } from './sequential.js';
export { deserialize, get, serialize } from './serialization.js';
