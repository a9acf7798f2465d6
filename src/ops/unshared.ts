// Locally connected layers: convolutions whose windows have kernels of their own.

import { ShapeError } from '../errors.js';
import { asTensor, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { formatShape } from '../shape.js';
import { einsum } from './einsum.js';
import { expandDims, moveaxis, reshape, squeeze } from './movement.js';
import { extractPatches, unfold } from './patches.js';
import type { DataFormat } from './window.js';

/**
 * y[n, window] = x[n, window as a vector] · kernel[window].
 * @param inputs (batch, steps, channels), or with the channels first.
 * @param kernel (windows, kernelSize · channels, filters).
 */
export function localConv1d(
  inputs: TensorLike,
  kernel: TensorLike,
  kernelSize: readonly number[],
  strides: readonly number[],
  dataFormat: DataFormat = 'channels_last',
): Tensor {
  const x = asTensor(inputs);
  const last = dataFormat === 'channels_last' ? x : moveaxis(x, 1, -1);
  const patches = extractPatches(expandDims(last, 1), [1, kernelSize[0]!], [1, strides[0]!]);
  const y = contract(squeeze(patches, 1), asTensor(kernel));
  return dataFormat === 'channels_last' ? y : moveaxis(y, -1, 1);
}

/**
 * The same over images (batch, height, width, channels), or with the channels first.
 * @param kernel (windows, kernelSize · channels, filters): a window's vector lists the channels of one pixel after another;
 * with the channels first, the pixels of one channel after another.
 * @param outputShape [rows, columns] of windows.
 */
export function localConv2d(
  inputs: TensorLike,
  kernel: TensorLike,
  kernelSize: readonly number[],
  strides: readonly number[],
  outputShape: readonly number[],
  dataFormat: DataFormat = 'channels_last',
): Tensor {
  const x = asTensor(inputs);
  const [rows, columns] = outputShape as [number, number];
  const w = asTensor(kernel);
  const shape = [x.shape[0]!, rows * columns, w.shape[1]!];
  const patches =
    dataFormat === 'channels_last'
      ? extractPatches(x, kernelSize, strides)
      : moveaxis(unfold(x, kernelSize, 1, 0, strides), 1, -1);
  const y = reshape(contract(reshape(patches, shape), w), [x.shape[0]!, rows, columns, w.shape[2]!]);
  return dataFormat === 'channels_last' ? y : moveaxis(y, -1, 1);
}

function contract(patches: Tensor, kernel: Tensor): Tensor {
  if (kernel.rank !== 3 || kernel.shape[0] !== patches.shape[1] || kernel.shape[1] !== patches.shape[2]) {
    throw new ShapeError(
      `localConv: expected a kernel of shape (${patches.shape[1]}, ${patches.shape[2]}, filters). Received shape ${formatShape(kernel.shape)}.`,
    );
  }
  return einsum('nwk,wkf->nwf', patches, kernel);
}
