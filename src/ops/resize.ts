// Resizing of images with half-pixel centres, as keras.ops.image.resize on TensorFlow and JAX. Nearest and bilinear have
// kernels; the wider filters, and antialiasing, are products with a matrix of weights per axis.

import { ShapeError, ValueError } from '../errors.js';
import { apply, asTensor, fromTypedArray, type TensorLike } from '../graph/apply.js';
import type { Emitter, OpDef, Place } from '../graph/op.js';
import type { Tensor } from '../graph/tensor.js';
import { formatShape } from '../shape.js';
import { cast } from './elementwise.js';
import { matmul } from './matmul.js';
import { pad, reshape, slice } from './movement.js';
import { channelsLast, type DataFormat } from './window.js';

export type Interpolation = 'nearest' | 'bilinear' | 'bicubic' | 'lanczos3' | 'lanczos5';

export interface ResizeOptions {
  /** Default 'bilinear'. */
  readonly interpolation?: Interpolation;
  /** Widen the filter when shrinking, so that every pixel counts. 'nearest' has none. Default false. */
  readonly antialias?: boolean;
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
    interpolation = 'bilinear',
    antialias = false,
    cropToAspectRatio = false,
    padToAspectRatio = false,
    fillValue = 0,
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
  if (interpolation !== 'nearest' && !Object.hasOwn(filters, interpolation)) {
    throw new ValueError(
      `resize: expected interpolation to be one of nearest, ${Object.keys(filters).join(', ')}. ` +
        `Received: ${JSON.stringify(interpolation)}.`,
    );
  }
  if (cropToAspectRatio && padToAspectRatio) {
    throw new ValueError('resize: cropToAspectRatio and padToAspectRatio exclude each other. Received true for both.');
  }
  if (x.rank === 3) {
    const options = { interpolation, antialias, cropToAspectRatio, padToAspectRatio, fillValue, dataFormat };
    const batch = resize(reshape(x, [1, ...x.shape]), size, options);
    return reshape(batch, batch.shape.slice(1));
  }
  return channelsLast(x, dataFormat, t => {
    const fitted = cropToAspectRatio ? crop(t, size) : padToAspectRatio ? letterbox(t, size, fillValue) : t;
    const [n, h, w, c] = fitted.shape as [number, number, number, number];
    const [oh, ow] = size;
    const nearest = interpolation === 'nearest';
    if (nearest || (interpolation === 'bilinear' && !antialias)) {
      return apply(resizeOp, [fitted], { n, h, w, oh, ow, c, nearest });
    }
    const rows = matmul(weights(h, oh, filters[interpolation], antialias), reshape(fitted, [n, h, w * c]));
    const columns = matmul(weights(w, ow, filters[interpolation], antialias), reshape(rows, [n * oh, w, c]));
    return reshape(columns, [n, oh, ow, c]);
  });
}

/** A filter by the distance from the centre, in elements: how much an element there counts. */
type Filter = (distance: number) => number;

const filters: Readonly<Record<Exclude<Interpolation, 'nearest'>, Filter>> = {
  bilinear: x => Math.max(0, 1 - x),
  // R. G. Keys, Cubic convolution interpolation for digital image processing, 1981, with a = -1/2.
  bicubic: x => {
    if (x >= 2) return 0;
    return x < 1 ? (1.5 * x - 2.5) * x * x + 1 : ((-0.5 * x + 2.5) * x - 4) * x + 2;
  },
  lanczos3: x => lanczos(x, 3),
  lanczos5: x => lanczos(x, 5),
};

function lanczos(x: number, radius: number): number {
  if (x > radius) return 0;
  return x > 1e-3 ? (radius * Math.sin(Math.PI * x) * Math.sin((Math.PI * x) / radius)) / (Math.PI * x) ** 2 : 1;
}

/** The matrix [out, size] whose rows hold how much each element counts for an output: 1 together, beyond the border nothing. */
function weights(size: number, out: number, filter: Filter, antialias: boolean): Tensor {
  const width = antialias ? Math.max(size / out, 1) : 1;
  const matrix = new Float32Array(out * size);
  for (let o = 0; o < out; o++) {
    const center = ((o + 0.5) * size) / out - 0.5;
    const row = Array.from({ length: size }, (_, i) => filter(Math.abs(center - i) / width));
    const total = row.reduce((a, b) => a + b, 0);
    row.forEach((weight, i) => {
      matrix[o * size + i] = weight / total;
    });
  }
  return fromTypedArray(matrix, [out, size]);
}

/** The largest part from the middle of x that has the proportions of `size`. */
function crop(x: Tensor, [height, width]: readonly [number, number]): Tensor {
  const [n, h, w, c] = x.shape as [number, number, number, number];
  const newH = Math.max(Math.min(h, Math.trunc((w * height) / width)), 1);
  const newW = Math.max(Math.min(w, Math.trunc((h * width) / height)), 1);
  return slice(x, [0, Math.trunc((h - newH) / 2), Math.trunc((w - newW) / 2), 0], [n, newH, newW, c]);
}

/** x with equal borders that give it the proportions of `size`, short of an odd pixel, as in Keras. */
function letterbox(x: Tensor, [height, width]: readonly [number, number], fillValue: number): Tensor {
  const [, h, w] = x.shape as [number, number, number, number];
  const border = (size: number, wanted: number) => Math.max(0, Math.trunc((wanted - size) / 2));
  const rows = border(h, Math.trunc((w * height) / width));
  const columns = border(w, Math.trunc((h * width) / height));
  return pad(
    x,
    [
      [0, 0],
      [rows, rows],
      [columns, columns],
      [0, 0],
    ],
    'constant',
    fillValue,
  );
}
