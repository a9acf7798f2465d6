// Resizing of images with half-pixel centres, as keras.ops.image.resize on TensorFlow and JAX.

import { ShapeError, ValueError } from '../errors.js';
import { apply, asTensor, type TensorLike } from '../graph/apply.js';
import type { Emitter, OpDef, Place } from '../graph/op.js';
import type { Tensor } from '../graph/tensor.js';
import { formatShape } from '../shape.js';
import { cast } from './elementwise.js';
import { pad, reshape, slice } from './movement.js';
import { channelsLast, type DataFormat } from './window.js';

export type Interpolation = 'nearest' | 'bilinear';

export interface ResizeOptions {
  /** Default 'bilinear'. */
  readonly interpolation?: Interpolation;
  /** Cut the sides off that would not fit the new proportions. Default false: stretch. */
  readonly cropToAspectRatio?: boolean;
  /** Add borders of `fillValue` that make the proportions fit. Default false: stretch. */
  readonly padToAspectRatio?: boolean;
  /** Default 0. */
  readonly fillValue?: number;
  /** Default 'channels_last'. */
  readonly dataFormat?: DataFormat;
}

/** x [n, h, w, c] -> y [n, oh, ow, c]. */
type Resize = {
  readonly n: number;
  readonly h: number;
  readonly w: number;
  readonly oh: number;
  readonly ow: number;
  readonly c: number;
  readonly nearest: boolean;
};

/** y = weights · x on both axes. dx = the transposed weights · dy. */
const resizeOp: OpDef<Resize> = {
  name: 'resize',
  infer: (_, { n, oh, ow, c }) => [{ shape: [n, oh, ow, c], dtype: 'float32' }],
  vjp: ({ attrs }, [dy]) => [apply(resizeGradOp, [dy!], attrs)],
  emit: (k, { inputs: [x], outputs: [y], attrs }) => emitResize(k, 'resize', x!, y!, attrs),
};

const resizeGradOp: OpDef<Resize> = {
  name: 'resizeGrad',
  infer: (_, { n, h, w, c }) => [{ shape: [n, h, w, c], dtype: 'float32' }],
  vjp: ({ attrs }, [ddx]) => [apply(resizeOp, [ddx!], attrs)],
  emit: (k, { inputs: [dy], outputs: [dx], attrs }) => emitResize(k, 'resizeGrad', dy!, dx!, attrs),
};

function emitResize(k: Emitter, kernel: 'resize' | 'resizeGrad', x: Place, y: Place, attrs: Resize): void {
  const { n, oh, ow, c } = attrs;
  k.call(kernel, { x, y, ...attrs }, (attrs.nearest ? 2 : 8) * n * oh * ow * c);
}

/**
 * Images in another size.
 * @param images [batch, height, width, channels], or one image without the batch.
 * @param size [height, width] of the result.
 * @throws ShapeError for another rank; ValueError for a size that is not two positive integers.
 */
export function resize(
  images: TensorLike,
  size: readonly [height: number, width: number],
  {
    interpolation = 'bilinear', cropToAspectRatio = false, padToAspectRatio = false, fillValue = 0,
    dataFormat = 'channels_last',
  }: ResizeOptions = {},
): Tensor {
  const x = cast(asTensor(images), 'float32');
  if (x.rank !== 3 && x.rank !== 4) {
    throw new ShapeError(
      `resize: expected images of rank 4 (batch, height, width, channels), or one image of rank 3. ` +
        `Received shape ${formatShape(x.shape)}.`,
    );
  }
  if (size.length !== 2 || !size.every(dim => Number.isInteger(dim) && dim > 0)) {
    throw new ValueError(`resize: expected size to be [height, width], two positive integers. Received [${size}].`);
  }
  if (interpolation !== 'nearest' && interpolation !== 'bilinear') {
    throw new ValueError(`resize: expected interpolation 'nearest' or 'bilinear'. Received: ${JSON.stringify(interpolation)}.`);
  }
  if (cropToAspectRatio && padToAspectRatio) {
    throw new ValueError('resize: cropToAspectRatio and padToAspectRatio exclude each other. Received true for both.');
  }
  if (x.rank === 3) {
    const options = { interpolation, cropToAspectRatio, padToAspectRatio, fillValue, dataFormat };
    const batch = resize(reshape(x, [1, ...x.shape]), size, options);
    return reshape(batch, batch.shape.slice(1));
  }
  return channelsLast(x, dataFormat, t => {
    const fitted = cropToAspectRatio ? crop(t, size) : padToAspectRatio ? letterbox(t, size, fillValue) : t;
    const [n, h, w, c] = fitted.shape as [number, number, number, number];
    const [oh, ow] = size;
    return apply(resizeOp, [fitted], { n, h, w, oh, ow, c, nearest: interpolation === 'nearest' });
  });
}

/** The largest part from the middle of x that has the proportions of `size`. */
function crop(x: Tensor, [height, width]: readonly [number, number]): Tensor {
  const [n, h, w, c] = x.shape as [number, number, number, number];
  const newH = Math.max(Math.min(h, Math.trunc((w * height) / width)), 1);
  const newW = Math.max(Math.min(w, Math.trunc((h * width) / height)), 1);
  return slice(x, [0, Math.trunc((h - newH) / 2), Math.trunc((w - newW) / 2), 0], [n, newH, newW, c]);
}

/** x with borders that give it the proportions of `size`, the odd pixel behind. */
function letterbox(x: Tensor, [height, width]: readonly [number, number], fillValue: number): Tensor {
  const [, h, w] = x.shape as [number, number, number, number];
  const moreH = Math.max(h, Math.trunc((w * height) / width)) - h;
  const moreW = Math.max(w, Math.trunc((h * width) / height)) - w;
  const border = (more: number): [number, number] => [Math.trunc(more / 2), more - Math.trunc(more / 2)];
  return pad(x, [[0, 0], border(moreH), border(moreW), [0, 0]], 'constant', fillValue);
}
