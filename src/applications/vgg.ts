// VGG: five blocks of 3x3 convolutions, each followed by a pooling that halves the image, and a classifier of three
// dense layers. Source: Simonyan, Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition" (2014).

import { Conv2D } from '../layers/convolutional/conv.js';
import { Dense } from '../layers/core/dense.js';
import { MaxPooling2D } from '../layers/pooling/pooling.js';
import { Flatten } from '../layers/reshaping/flatten.js';
import { type Application, application, chain, pooled } from './application.js';
import { tensorflowFiles } from './weights.js';

const filters = [64, 128, 256, 512, 512];

/** The architecture with `depths[i]` convolutions in block i. */
export function vgg(title: string, depths: readonly number[]): Application {
  const name = title.toLowerCase();
  return application(title, {
    name,
    options: {},
    size: 224,
    features: image =>
      depths.reduce((x, depth, block) => {
        const prefix = `block${block + 1}`;
        const convolutions = Array.from({ length: depth }, (_, i) =>
          Conv2D(filters[block]!, 3, { activation: 'relu', padding: 'same', name: `${prefix}_conv${i + 1}` }),
        );
        return chain(x, ...convolutions, MaxPooling2D(2, { strides: 2, name: `${prefix}_pool` }));
      }, image),
    top: (x, { classes, classifierActivation }) =>
      chain(
        x,
        Flatten({ name: 'flatten' }),
        Dense(4096, { activation: 'relu', name: 'fc1' }),
        Dense(4096, { activation: 'relu', name: 'fc2' }),
        Dense(classes, { activation: classifierActivation, name: 'predictions' }),
      ),
    bottom: pooled({ named: false }),
    file: tensorflowFiles(name, name),
  });
}
