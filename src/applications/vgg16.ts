// keras.applications.vgg16

import { preprocessor } from './imagenetUtils.js';
import { vgg } from './vgg.js';

export { decodePredictions } from './imagenetUtils.js';

/** 16 layers with weights, 138 million parameters. Images 224x224. */
export const VGG16 = vgg('VGG16', [2, 2, 3, 3, 3]);

/** Channels in the order BGR, minus their means on ImageNet. */
export const preprocessInput = preprocessor('caffe');
