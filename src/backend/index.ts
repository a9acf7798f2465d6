// keras.backend: the K of classic Keras.

export * from './control.js';
export * from './convolutions.js';
export * from './crossentropy.js';
export * from './dtypes.js';
export * from './function.js';
export * from './gradients.js';
export { inTestPhase, inTrainPhase, learningPhase, setLearningPhase } from './phase.js';
export * from './settings.js';
export * from './tensors.js';
export * from './variables.js';
