// keras.preprocessing.image: pictures as arrays.

import { fromTypedArray, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { NDArray } from '../ndarray.js';
import { type Interpolation, resize } from '../ops/resize.js';

export { arrayToImg, type ImageLike, type ImageOptions, imgToArray } from '../utils/images.js';

export interface SmartResizeOptions {
  /** Default 'bilinear'. */
  readonly interpolation?: Interpolation;
  /** Default 'channels_last'. */
  readonly dataFormat?: 'channels_last' | 'channels_first';
}

/**
 * Pictures in another size without distortion: the largest part in the middle that has the shape of `size`, [height,
 * width], is resized. (height, width, channels) or with a batch axis before. Keras: keras.preprocessing.image.smart_resize.
 */
export function smartResize(
  x: TensorLike | NDArray,
  size: readonly [height: number, width: number],
  { interpolation = 'bilinear', dataFormat = 'channels_last' }: SmartResizeOptions = {},
): Tensor {
  const tensor = x instanceof NDArray ? fromTypedArray(Float32Array.from(x.data), x.shape) : x;
  return resize(tensor, size, { interpolation, dataFormat, cropToAspectRatio: true });
}
