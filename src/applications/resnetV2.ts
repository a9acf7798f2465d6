// keras.applications.resnet_v2: normalization and ReLU come before each convolution, and nothing after the sum.
// Source: He, Zhang, Ren, Sun, "Identity Mappings in Deep Residual Networks" (2016).

import { Conv2D } from '../layers/convolutional/conv.js';
import type { KerasTensor } from '../layers/kerasTensor.js';
import { Add } from '../layers/merging/merging.js';
import { MaxPooling2D } from '../layers/pooling/pooling.js';
import { ZeroPadding2D } from '../layers/reshaping/zeroPadding.js';
import { chain } from './application.js';
import { preprocessor } from './imagenetUtils.js';
import { normalize, rectify, residual } from './residual.js';

export { decodePredictions } from './imagenetUtils.js';

function block(x: KerasTensor, filters: number, name: string, strides: number, isFirst: boolean): KerasTensor {
  const active = chain(x, normalize(`${name}_preact`), rectify(`${name}_preact`));
  const shortcut = isFirst
    ? Conv2D(4 * filters, 1, { strides, name: `${name}_0_conv` })(active)
    : strides > 1
      ? MaxPooling2D(1, { strides })(x)
      : x;
  const path = chain(
    active,
    Conv2D(filters, 1, { useBias: false, name: `${name}_1_conv` }),
    normalize(`${name}_1`),
    rectify(`${name}_1`),
    ZeroPadding2D(1, { name: `${name}_2_pad` }),
    Conv2D(filters, 3, { strides, useBias: false, name: `${name}_2_conv` }),
    normalize(`${name}_2`),
    rectify(`${name}_2`),
    Conv2D(4 * filters, 1, { name: `${name}_3_conv` }),
  );
  return Add({ name: `${name}_out` })([shortcut, path]);
}

/** Every stack but the last halves the image, in its last block. */
function stack(x: KerasTensor, filters: number, depth: number, name: string): KerasTensor {
  for (let i = 1; i <= depth; i++) {
    x = block(x, filters, `${name}_block${i}`, i === depth && filters < 512 ? 2 : 1, i === 1);
  }
  return x;
}

const resnetV2 = (title: string, depths: readonly number[]) => residual(title, depths, stack, { preact: true });

/** 26 million parameters. Images 224x224. */
export const ResNet50V2 = resnetV2('ResNet50V2', [3, 4, 6, 3]);
/** 45 million parameters. Images 224x224. */
export const ResNet101V2 = resnetV2('ResNet101V2', [3, 4, 23, 3]);
/** 60 million parameters. Images 224x224. */
export const ResNet152V2 = resnetV2('ResNet152V2', [3, 8, 36, 3]);

/** Scales pixels to -1..1. */
export const preprocessInput = preprocessor('tf');
