// keras.models

export { Functional, Model } from './functional.js';
export { modelFromJson } from './model.js';
export { Sequential } from './sequential.js';
