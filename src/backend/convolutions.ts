// The K backend: convolutions and pooling, with the names, argument order and defaults of Keras 2.

import { imageDataFormat } from '../defaults.js';
import { ValueError } from '../errors.js';
import { asTensor, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { lifter } from '../layers/operation.js';
import { conv, convTransposeTo } from '../ops/conv.js';
import { depthwiseConv, separableConv } from '../ops/depthwise.js';
import { add } from '../ops/elementwise.js';
import { reshape } from '../ops/movement.js';
import { averagePool, maxPool } from '../ops/pool.js';
import { localConv1d as local1d, localConv2d as local2d } from '../ops/unshared.js';
import type { DataFormat, Padding } from '../ops/window.js';

const op = lifter('keras.src.legacy.backend');

type PerAxis = number | readonly number[];
type Format = DataFormat | null;

const format = (dataFormat: Format): DataFormat => dataFormat ?? imageDataFormat();

const settings = ['strides=1', 'padding="valid"', 'dataFormat=null', 'dilationRate=1'] as const;
const convolve = (
  x: TensorLike,
  kernel: TensorLike,
  strides: PerAxis = 1,
  padding: Padding | 'causal' = 'valid',
  dataFormat: Format = null,
  dilationRate: PerAxis = 1,
): Tensor => conv(x, kernel, { strides, padding, dilationRate, dataFormat: format(dataFormat) });
export const conv1d = op('conv1d', convolve, 'x kernel', ...settings);
export const conv2d = op('conv2d', convolve, 'x kernel', ...settings);
export const conv3d = op('conv3d', convolve, 'x kernel', ...settings);

const separable = (
  x: TensorLike,
  depthwiseKernel: TensorLike,
  pointwiseKernel: TensorLike,
  strides: PerAxis = 1,
  padding: Padding = 'valid',
  dataFormat: Format = null,
  dilationRate: PerAxis = 1,
): Tensor =>
  separableConv(x, depthwiseKernel, pointwiseKernel, {
    strides,
    padding,
    dilationRate,
    dataFormat: format(dataFormat),
  });
export const separableConv1d = op('separableConv1d', separable, 'x depthwiseKernel pointwiseKernel', ...settings);
export const separableConv2d = op('separableConv2d', separable, 'x depthwiseKernel pointwiseKernel', ...settings);
export const depthwiseConv2d = op(
  'depthwiseConv2d',
  (
    x: TensorLike,
    depthwiseKernel: TensorLike,
    strides: PerAxis = 1,
    padding: Padding = 'valid',
    dataFormat: Format = null,
    dilationRate: PerAxis = 1,
  ) => depthwiseConv(x, depthwiseKernel, { strides, padding, dilationRate, dataFormat: format(dataFormat) }),
  'x depthwiseKernel',
  ...settings,
);

/** `outputShape` with the batch and the channels, as for a whole batch of results. */
const transposed = (
  x: TensorLike,
  kernel: TensorLike,
  outputShape: readonly (number | null)[],
  strides: PerAxis = 1,
  padding: Padding = 'valid',
  dataFormat: Format = null,
  dilationRate: PerAxis = 1,
): Tensor => {
  const spatial = (
    format(dataFormat) === 'channels_last' ? outputShape.slice(1, -1) : outputShape.slice(2)
  ) as number[];
  return convTransposeTo(x, kernel, spatial, { strides, padding, dilationRate, dataFormat: format(dataFormat) });
};
export const conv2dTranspose = op('conv2dTranspose', transposed, 'x kernel', 'outputShape', ...settings);
export const conv3dTranspose = op(
  'conv3dTranspose',
  (
    x: TensorLike,
    kernel: TensorLike,
    outputShape: readonly (number | null)[],
    strides: PerAxis = 1,
    padding: Padding = 'valid',
    dataFormat: Format = null,
  ) => transposed(x, kernel, outputShape, strides, padding, dataFormat),
  'x kernel',
  'outputShape',
  'strides=1',
  'padding="valid"',
  'dataFormat=null',
);

const pooling = ['poolSize', 'strides=1', 'padding="valid"', 'dataFormat=null', 'poolMode="max"'] as const;
const pool = (
  x: TensorLike,
  poolSize: readonly number[],
  strides: PerAxis = 1,
  padding: Padding = 'valid',
  dataFormat: Format = null,
  poolMode: 'max' | 'avg' = 'max',
): Tensor => {
  if (poolMode !== 'max' && poolMode !== 'avg')
    throw new ValueError(`Invalid pooling mode: ${String(poolMode)}. Expected 'max' or 'avg'.`);
  return (poolMode === 'max' ? maxPool : averagePool)(x, poolSize, strides, padding, format(dataFormat));
};
export const pool2d = op('pool2d', pool, 'x', ...pooling);
export const pool3d = op('pool3d', pool, 'x', ...pooling);

/**
 * x + bias: one number per channel, or (unshared) one per position and channel. The latter has the channels last also where x
 * has them first, and is then, as in Keras, read anew in the shape (channels, ...positions) rather than transposed.
 */
export const biasAdd = op(
  'biasAdd',
  (x: TensorLike, bias: TensorLike, dataFormat: Format = null) => {
    const [tensor, offset] = [asTensor(x), asTensor(bias)];
    if (offset.rank !== 1 && offset.rank !== tensor.rank - 1) {
      throw new ValueError(
        `Unexpected bias dimensions ${offset.rank}. Expected it to be 1 or ${tensor.rank - 1} dimensions`,
      );
    }
    if (format(dataFormat) === 'channels_last' || tensor.rank < 3) return add(tensor, offset);
    const positions = offset.rank === 1 ? new Array<number>(tensor.rank - 2).fill(1) : offset.shape.slice(0, -1);
    return add(tensor, reshape(offset, [offset.shape.at(-1)!, ...positions]));
  },
  'x bias',
  'dataFormat=null',
);

export const localConv1d = op(
  'localConv1d',
  (
    inputs: TensorLike,
    kernel: TensorLike,
    kernelSize: readonly number[],
    strides: readonly number[],
    dataFormat: Format = null,
  ) => local1d(inputs, kernel, kernelSize, strides, format(dataFormat)),
  'inputs kernel',
  'kernelSize',
  'strides',
  'dataFormat=null',
);
export const localConv2d = op(
  'localConv2d',
  (
    inputs: TensorLike,
    kernel: TensorLike,
    kernelSize: readonly number[],
    strides: readonly number[],
    outputShape: readonly number[],
    dataFormat: Format = null,
  ) => local2d(inputs, kernel, kernelSize, strides, outputShape, format(dataFormat)),
  'inputs kernel',
  'kernelSize',
  'strides',
  'outputShape',
  'dataFormat=null',
);
