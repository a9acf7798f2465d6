// Windows of images and sequences taken out as vectors, and put back.

import { ShapeError } from '../errors.js';
import { asTensor, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { formatShape } from '../shape.js';
import { conv } from './conv.js';
import { cast } from './elementwise.js';
import { eye } from './grid.js';
import { segmentSum, take } from './indexing.js';
import { moveaxis, pad, reshape, slice } from './movement.js';
import { type DataFormat, type Padding, perAxis } from './window.js';

/** Where the windows of a [height, width] image are: one row per window, the flat positions of its pixels in the row. */
function windowPositions(
  [height, width]: readonly [number, number],
  kernel: readonly number[],
  dilation: readonly number[],
  stride: readonly number[],
): { positions: Int32Array; count: number; size: number } {
  const steps = (size: number, axis: number) =>
    Math.floor((size - dilation[axis]! * (kernel[axis]! - 1) - 1) / stride[axis]!) + 1;
  const [rows, columns] = [steps(height, 0), steps(width, 1)];
  if (rows < 1 || columns < 1) {
    throw new ShapeError(`unfold: a window of ${kernel.join(' × ')} does not fit into ${height} × ${width} pixels.`);
  }
  const size = kernel[0]! * kernel[1]!;
  const positions = new Int32Array(rows * columns * size);
  let at = 0;
  for (let ky = 0; ky < kernel[0]!; ky++) {
    for (let kx = 0; kx < kernel[1]!; kx++) {
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) {
          positions[at++] = (i * stride[0]! + ky * dilation[0]!) * width + j * stride[1]! + kx * dilation[1]!;
        }
      }
    }
  }
  return { positions, count: rows * columns, size };
}

/**
 * The windows of images (batch, channels, height, width) as columns: (batch, channels · window, windows).
 * @throws ShapeError for another rank, or if no window fits.
 */
export function unfold(
  x: TensorLike,
  kernelSize: number | readonly number[],
  dilation: number | readonly number[] = 1,
  padding: number | readonly number[] = 0,
  stride: number | readonly number[] = 1,
): Tensor {
  const tensor = asTensor(x);
  if (tensor.rank !== 4) {
    throw new ShapeError(
      `unfold: expected images of rank 4 (batch, channels, height, width). Received shape ${formatShape(tensor.shape)}.`,
    );
  }
  const [kernel, dilations, strides] = [
    perAxis(kernelSize, 2, 'kernelSize'),
    perAxis(dilation, 2, 'dilation'),
    perAxis(stride, 2, 'stride'),
  ];
  const margins = typeof padding === 'number' ? [padding, padding] : padding;
  const padded = pad(tensor, [
    [0, 0],
    [0, 0],
    [margins[0]!, margins[0]!],
    [margins[1]!, margins[1]!],
  ]);
  const [n, c, h, w] = padded.shape as [number, number, number, number];
  const { positions, count, size } = windowPositions([h, w], kernel, dilations, strides);
  return reshape(take(reshape(padded, [n, c, h * w]), positions, -1), [n, c * size, count]);
}

/** The images (batch, channels, ...outputSize) whose windows are the columns of x, overlapping ones added up. */
export function fold(
  x: TensorLike,
  outputSize: number | readonly number[],
  kernelSize: number | readonly number[],
  dilation: number | readonly number[] = 1,
  padding: number | readonly number[] = 0,
  stride: number | readonly number[] = 1,
): Tensor {
  const tensor = asTensor(x);
  if (tensor.rank !== 3) {
    throw new ShapeError(
      `fold: expected columns of rank 3 (batch, channels · window, windows). Received shape ${formatShape(tensor.shape)}.`,
    );
  }
  const [output, kernel] = [perAxis(outputSize, 2, 'outputSize'), perAxis(kernelSize, 2, 'kernelSize')];
  const [dilations, strides] = [perAxis(dilation, 2, 'dilation'), perAxis(stride, 2, 'stride')];
  const margins = typeof padding === 'number' ? [padding, padding] : padding;
  const [h, w] = [output[0]! + 2 * margins[0]!, output[1]! + 2 * margins[1]!];
  const { positions, count, size } = windowPositions([h, w], kernel, dilations, strides);
  const [n, rows, windows] = tensor.shape as [number, number, number];
  if (rows % size !== 0 || windows !== count) {
    throw new ShapeError(
      `fold: expected columns (batch, channels · ${size}, ${count}) for outputs of ${output.join(' × ')}. Received shape ${formatShape(tensor.shape)}.`,
    );
  }
  const c = rows / size;
  const pixels = moveaxis(reshape(tensor, [n, c, size * count]), -1, 0);
  const image = reshape(moveaxis(segmentSum(pixels, positions, h * w), 0, -1), [n, c, h, w]);
  return slice(image, [0, 0, margins[0]!, margins[1]!], [n, c, output[0]!, output[1]!]);
}

/** The parts of length `sequenceLength` that begin at every `sequenceStride`-th element of the last axis: (..., parts, length). */
export function extractSequences(x: TensorLike, sequenceLength: number, sequenceStride: number): Tensor {
  const tensor = asTensor(x);
  const n = tensor.shape.at(-1) ?? 0;
  if (n < sequenceLength) {
    throw new ShapeError(
      `extractSequences: expected a last axis of at least ${sequenceLength}. Received shape ${formatShape(tensor.shape)}.`,
    );
  }
  const parts = 1 + Math.floor((n - sequenceLength) / sequenceStride);
  const positions = Int32Array.from(
    { length: parts * sequenceLength },
    (_, i) => Math.floor(i / sequenceLength) * sequenceStride + (i % sequenceLength),
  );
  return reshape(take(tensor, positions, -1), [...tensor.shape.slice(0, -1), parts, sequenceLength]);
}

/**
 * The windows of images (batch, height, width, channels) or volumes, one more spatial axis, as vectors of pixels:
 * (batch, rows, columns, window · channels).
 */
export function extractPatches(
  images: TensorLike,
  size: number | readonly number[],
  strides: number | readonly number[] | null = null,
  dilationRate: number | readonly number[] = 1,
  padding: Padding = 'valid',
  dataFormat: DataFormat = 'channels_last',
  spatial = 2,
): Tensor {
  const given = cast(asTensor(images), 'float32');
  const single = given.rank === spatial + 1;
  const x = single ? reshape(given, [1, ...given.shape]) : given;
  const window = perAxis(size, spatial, 'size');
  const channels = x.shape[dataFormat === 'channels_last' ? spatial + 1 : 1]!;
  const pixels = window.reduce((a, b) => a * b, 1) * channels;
  // A convolution whose filters pick one pixel each.
  const kernel = reshape(eye(pixels), [...window, channels, pixels]);
  const patches = conv(x, kernel, { strides: strides ?? size, padding, dilationRate, dataFormat });
  return single ? reshape(patches, patches.shape.slice(1)) : patches;
}
