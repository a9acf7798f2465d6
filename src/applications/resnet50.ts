// keras.applications.resnet50: the best known of resnet under its own name.

export { decodePredictions, preprocessInput, ResNet50 } from './resnet.js';
