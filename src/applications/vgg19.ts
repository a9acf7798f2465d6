// keras.applications.vgg19

import { preprocessor } from './imagenetUtils.js';
import { vgg } from './vgg.js';

export { decodePredictions } from './imagenetUtils.js';

/** 19 layers with weights, 144 million parameters. Images 224x224. */
export const VGG19 = vgg('VGG19', [2, 2, 4, 4, 4]);

/** Channels in the order BGR, minus their means on ImageNet. */
export const preprocessInput = preprocessor('caffe');
