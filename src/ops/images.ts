// Colours, borders and filters of images (batch, height, width, channels), as keras.ops.image has them.

import { ShapeError, ValueError } from '../errors.js';
import { asTensor, constant, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { formatShape } from '../shape.js';
import { depthwiseConv } from './depthwise.js';
import {
  add,
  cast,
  clip,
  divide,
  equal,
  greaterEqual,
  less,
  minimum,
  mod,
  multiply,
  subtract,
  where,
} from './elementwise.js';
import { concatenate, pad, slice, sliceAxis, squeeze, stack } from './movement.js';
import { max, min } from './reduce.js';
import type { DataFormat } from './window.js';

function imageAxes(
  name: string,
  x: Tensor,
  dataFormat: DataFormat,
): { rows: number; columns: number; channels: number } {
  if (x.rank !== 3 && x.rank !== 4) {
    throw new ShapeError(
      `${name}: expected an image of rank 3 or a batch of rank 4. Received shape ${formatShape(x.shape)}.`,
    );
  }
  const first = x.rank - 3;
  return dataFormat === 'channels_last'
    ? { rows: first, columns: first + 1, channels: first + 2 }
    : { rows: first + 1, columns: first + 2, channels: first };
}

/** The three colours as images with a channel axis of 1. */
function colours(
  name: string,
  images: TensorLike,
  dataFormat: DataFormat,
): { parts: [Tensor, Tensor, Tensor]; axis: number } {
  const x = cast(asTensor(images), 'float32');
  const { channels: axis } = imageAxes(name, x, dataFormat);
  if (x.shape[axis] !== 3) {
    throw new ShapeError(`${name}: expected 3 channels. Received shape ${formatShape(x.shape)}.`);
  }
  return { parts: [0, 1, 2].map(i => sliceAxis(x, axis, i, i + 1)) as [Tensor, Tensor, Tensor], axis };
}

/** Brightness of RGB images: 0.2989 R + 0.587 G + 0.114 B, one channel. */
export function rgbToGrayscale(images: TensorLike, dataFormat: DataFormat = 'channels_last'): Tensor {
  const {
    parts: [r, g, b],
  } = colours('rgbToGrayscale', images, dataFormat);
  return add(add(multiply(r, 0.2989), multiply(g, 0.587)), multiply(b, 0.114));
}

/** RGB in [0, 1] to hue, saturation and value in [0, 1]. */
export function rgbToHsv(images: TensorLike, dataFormat: DataFormat = 'channels_last'): Tensor {
  const {
    parts: [r, g, b],
    axis,
  } = colours('rgbToHsv', images, dataFormat);
  const all = concatenate([r, g, b], axis);
  const value = max(all, axis, true);
  const range = subtract(value, min(all, axis, true));
  const positive = greaterEqual(range, 1e-30);
  const saturation = where(greaterEqual(value, 1e-30), divide(range, where(greaterEqual(value, 1e-30), value, 1)), 0);
  const sixth = divide(1, multiply(6, where(positive, range, 1)));
  const hue = where(
    equal(r, value),
    multiply(sixth, subtract(g, b)),
    where(equal(g, value), add(multiply(sixth, subtract(b, r)), 2 / 6), add(multiply(sixth, subtract(r, g)), 4 / 6)),
  );
  const wrapped = where(less(hue, 0), add(hue, 1), hue);
  return concatenate([where(positive, wrapped, 0), saturation, value], axis);
}

/** Hue, saturation and value in [0, 1] to RGB in [0, 1]. */
export function hsvToRgb(images: TensorLike, dataFormat: DataFormat = 'channels_last'): Tensor {
  const {
    parts: [h, s, v],
    axis,
  } = colours('hsvToRgb', images, dataFormat);
  const ramp = (shift: number) => {
    // How far a colour is from its peak on the circle of hues: 0 to 1.
    const place = mod(add(multiply(h, 6), shift), 6);
    return clip(minimum(place, subtract(4, place)), 0, 1);
  };
  return concatenate(
    [5, 3, 1].map(shift => multiply(v, subtract(1, multiply(s, ramp(shift))))),
    axis,
  );
}

type Size = number | null;

/** Pixels before and after for the three of (before, after, size) that may be given. */
function border(name: string, size: number, before: Size, after: Size, target: Size, grows: boolean): [number, number] {
  if ([before, after, target].filter(value => value === null).length !== 1) {
    throw new ValueError(
      `${name}: expected exactly two of the amounts on both sides and the target size, for each of height and width.`,
    );
  }
  const change = target === null ? 0 : grows ? target - size : size - target;
  const pair: [number, number] = [before ?? change - after!, after ?? change - before!];
  if (pair.some(amount => amount < 0)) {
    throw new ValueError(
      `${name}: the amounts must not be negative. Received or computed ${pair.join(' and ')} for size ${size}.`,
    );
  }
  return pair;
}

/** Images with rows and columns of zeros around them; two of the three amounts per direction are given. */
export function padImages(
  images: TensorLike,
  topPadding: Size = null,
  leftPadding: Size = null,
  bottomPadding: Size = null,
  rightPadding: Size = null,
  targetHeight: Size = null,
  targetWidth: Size = null,
  dataFormat: DataFormat = 'channels_last',
): Tensor {
  const x = asTensor(images);
  const { rows, columns } = imageAxes('padImages', x, dataFormat);
  const vertical = border('padImages', x.shape[rows]!, topPadding, bottomPadding, targetHeight, true);
  const horizontal = border('padImages', x.shape[columns]!, leftPadding, rightPadding, targetWidth, true);
  return pad(
    x,
    x.shape.map((_, i) => (i === rows ? vertical : i === columns ? horizontal : [0, 0])),
  );
}

/** Images without rows and columns at their sides; two of the three amounts per direction are given. */
export function cropImages(
  images: TensorLike,
  topCropping: Size = null,
  leftCropping: Size = null,
  bottomCropping: Size = null,
  rightCropping: Size = null,
  targetHeight: Size = null,
  targetWidth: Size = null,
  dataFormat: DataFormat = 'channels_last',
): Tensor {
  const x = asTensor(images);
  const { rows, columns } = imageAxes('cropImages', x, dataFormat);
  const [top, bottom] = border('cropImages', x.shape[rows]!, topCropping, bottomCropping, targetHeight, false);
  const [left, right] = border('cropImages', x.shape[columns]!, leftCropping, rightCropping, targetWidth, false);
  const starts = x.shape.map((_, i) => (i === rows ? top : i === columns ? left : 0));
  return slice(
    x,
    starts,
    x.shape.map((dim, i) => (i === rows ? dim - top - bottom : i === columns ? dim - left - right : dim)),
  );
}

/** Images convolved with a Gaussian of standard deviation `sigma`, cut off at `kernelSize`; [width, height] each, as in Keras. */
export function gaussianBlur(
  images: TensorLike,
  kernelSize: readonly [number, number] = [3, 3],
  sigma: readonly [number, number] = [1, 1],
  dataFormat: DataFormat = 'channels_last',
): Tensor {
  const x = cast(asTensor(images), 'float32');
  const { channels } = imageAxes('gaussianBlur', x, dataFormat);
  const bell = (size: number, deviation: number) => {
    const weights = Array.from({ length: size }, (_, i) => Math.exp(-0.5 * ((i - (size - 1) / 2) / deviation) ** 2));
    const total = weights.reduce((a, b) => a + b, 0);
    return weights.map(weight => weight / total);
  };
  const [columns, rows] = [bell(kernelSize[0], sigma[0]), bell(kernelSize[1], sigma[1])];
  const count = x.shape[channels]!;
  const kernel = constant(
    Float32Array.from(
      { length: rows.length * columns.length * count },
      (_, i) => rows[Math.floor(i / count / columns.length)]! * columns[Math.floor(i / count) % columns.length]!,
    ),
    'float32',
    [rows.length, columns.length, count, 1],
  );
  const batch = x.rank === 3 ? stack([x]) : x;
  const blurred = depthwiseConv(batch, kernel, { padding: 'same', dataFormat });
  return x.rank === 3 ? squeeze(blurred, 0) : blurred;
}

/** The slopes of images by Sobel's filters, (..., 2): down and to the right. */
export function sobelEdges(images: TensorLike, dataFormat: DataFormat = 'channels_last'): Tensor {
  const x = cast(asTensor(images), 'float32');
  const { channels } = imageAxes('sobelEdges', x, dataFormat);
  const count = x.shape[channels]!;
  const filter = (weights: readonly number[]) =>
    depthwiseConv(
      x,
      constant(
        Float32Array.from({ length: 9 * count }, (_, i) => weights[Math.floor(i / count)]!),
        'float32',
        [3, 3, count, 1],
      ),
      {
        padding: 'same',
        dataFormat,
      },
    );
  return stack([filter([-1, -2, -1, 0, 0, 0, 1, 2, 1]), filter([-1, 0, 1, -2, 0, 2, -1, 0, 1])], -1);
}
