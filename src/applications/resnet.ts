// keras.applications.resnet. Source: He, Zhang, Ren, Sun, "Deep Residual Learning for Image Recognition" (2015).

import { Conv2D } from '../layers/convolutional/conv.js';
import { Activation } from '../layers/core/activation.js';
import type { KerasTensor } from '../layers/kerasTensor.js';
import { Add } from '../layers/merging/merging.js';
import { chain } from './application.js';
import { preprocessor } from './imagenetUtils.js';
import { normalize, rectify, residual } from './residual.js';

export { decodePredictions } from './imagenetUtils.js';

/** relu(shortcut + three convolutions), the first block of a stack with a convolution in the shortcut. */
function block(x: KerasTensor, filters: number, name: string, strides: number, isFirst: boolean): KerasTensor {
  const shortcut = isFirst
    ? chain(x, Conv2D(4 * filters, 1, { strides, name: `${name}_0_conv` }), normalize(`${name}_0`))
    : x;
  const path = chain(
    x,
    Conv2D(filters, 1, { strides, name: `${name}_1_conv` }),
    normalize(`${name}_1`),
    rectify(`${name}_1`),
    Conv2D(filters, 3, { padding: 'same', name: `${name}_2_conv` }),
    normalize(`${name}_2`),
    rectify(`${name}_2`),
    Conv2D(4 * filters, 1, { name: `${name}_3_conv` }),
    normalize(`${name}_3`),
  );
  return chain(Add({ name: `${name}_add` })([shortcut, path]), Activation('relu', { name: `${name}_out` }));
}

/** Every stack but the first halves the image, in its first block. */
function stack(x: KerasTensor, filters: number, depth: number, name: string): KerasTensor {
  for (let i = 1; i <= depth; i++) {
    x = block(x, filters, `${name}_block${i}`, i === 1 && filters > 64 ? 2 : 1, i === 1);
  }
  return x;
}

const resnet = (title: string, depths: readonly number[]) => residual(title, depths, stack, { preact: false });

/** 26 million parameters. Images 224x224. */
export const ResNet50 = resnet('ResNet50', [3, 4, 6, 3]);
/** 45 million parameters. Images 224x224. */
export const ResNet101 = resnet('ResNet101', [3, 4, 23, 3]);
/** 60 million parameters. Images 224x224. */
export const ResNet152 = resnet('ResNet152', [3, 8, 36, 3]);

/** Channels in the order BGR, minus their means on ImageNet. */
export const preprocessInput = preprocessor('caffe');
