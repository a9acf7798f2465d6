// keras.ops, the functions that Keras keeps in keras/src/ops/nn.py.

import { imageDataFormat } from '../../defaults.js';
import { nearestDType } from '../../dtype.js';
import { ValueError } from '../../errors.js';
import type { TensorLike } from '../../graph/apply.js';
import { lifter } from '../../layers/operation.js';
import * as activations from '../../ops/activations.js';
import * as adaptive from '../../ops/adaptive.js';
import { dotProductAttention as attention } from '../../ops/attention.js';
import { type ConvOptions, conv as convOf, convTranspose as convTransposeOf } from '../../ops/conv.js';
import * as crossentropy from '../../ops/crossentropy.js';
import { ctcLoss as lossOf } from '../../ops/ctc.js';
import { ctcDecode as decode } from '../../ops/ctcDecode.js';
import { depthwiseConv as depthwise, separableConv as separable } from '../../ops/depthwise.js';
import { sigmoid as sigmoidOf } from '../../ops/elementwise.js';
import { multiHot as multiHotOf, oneHot as oneHotOf } from '../../ops/indexing.js';
import * as norm from '../../ops/norm.js';
import * as normalization from '../../ops/normalization.js';
import * as patches from '../../ops/patches.js';
import * as pool from '../../ops/pool.js';
import { spaceToDepth as toDepth, depthToSpace as toSpace } from '../../ops/rearrange.js';
import { moments as momentsOf } from '../../ops/reduce.js';
import * as soft from '../../ops/softmax.js';
import { psnr as psnrOf } from '../../ops/statistics.js';
import type { DataFormat, Padding } from '../../ops/window.js';

const op = lifter('keras.src.ops.nn');

type PerAxis = number | readonly number[];
type Format = DataFormat | null;

const format = (dataFormat: Format): DataFormat => dataFormat ?? imageDataFormat();

// ---- Activations -------------------------------------------------------------------------------------------------

export const relu = op('relu', (x: TensorLike) => activations.relu(x), 'x');
export const relu6 = op('relu6', activations.relu6, 'x');
export const sigmoid = op('sigmoid', sigmoidOf, 'x');
export const softplus = op('softplus', activations.softplus, 'x');
export const softsign = op('softsign', activations.softsign, 'x');
export const softShrink = op('softShrink', activations.softShrink, 'x', 'threshold=0.5');
export const sparsePlus = op('sparsePlus', activations.sparsePlus, 'x');
export const sparseSigmoid = op('sparseSigmoid', activations.sparseSigmoid, 'x');
export const silu = op('silu', activations.silu, 'x');
export const swish = op('swish', activations.silu, 'x');
export const squareplus = op('squareplus', activations.squareplus, 'x', 'b=4');
export const logSigmoid = op('logSigmoid', activations.logSigmoid, 'x');
export const leakyRelu = op('leakyRelu', activations.leakyRelu, 'x', 'negativeSlope=0.2');
export const hardSigmoid = op('hardSigmoid', activations.hardSigmoid, 'x');
export const hardSilu = op('hardSilu', activations.hardSilu, 'x');
export const hardSwish = op('hardSwish', activations.hardSilu, 'x');
export const hardShrink = op('hardShrink', activations.hardShrink, 'x', 'threshold=0.5');
export const hardTanh = op('hardTanh', activations.hardTanh, 'x');
export const elu = op('elu', activations.elu, 'x', 'alpha=1');
export const selu = op('selu', activations.selu, 'x');
export const celu = op('celu', activations.celu, 'x', 'alpha=1');
export const gelu = op(
  'gelu',
  (x: TensorLike, approximate = true) => activations.gelu(x, approximate),
  'x',
  'approximate=true',
);
export const glu = op('glu', activations.glu, 'x', 'axis=-1');
export const tanhShrink = op('tanhShrink', activations.tanhShrink, 'x');
export const threshold = op('threshold', activations.threshold, 'x', 'threshold', 'defaultValue');
export const softmax = op('softmax', soft.softmax, 'x', 'axis=-1');
export const logSoftmax = op('logSoftmax', soft.logSoftmax, 'x', 'axis=-1');
export const sparsemax = op('sparsemax', soft.sparsemax, 'x', 'axis=-1');

// ---- Convolution and pooling -------------------------------------------------------------------------------------

const convolution = ['strides=1', 'padding="valid"', 'dataFormat=null', 'dilationRate=1'] as const;
export const conv = op(
  'conv',
  (
    inputs: TensorLike,
    kernel: TensorLike,
    strides: PerAxis = 1,
    padding: NonNullable<ConvOptions['padding']> = 'valid',
    dataFormat: Format = null,
    dilationRate: PerAxis = 1,
  ) => convOf(inputs, kernel, { strides, padding, dilationRate, dataFormat: format(dataFormat) }),
  'inputs kernel',
  ...convolution,
);
export const depthwiseConv = op(
  'depthwiseConv',
  (
    inputs: TensorLike,
    kernel: TensorLike,
    strides: PerAxis = 1,
    padding: Padding = 'valid',
    dataFormat: Format = null,
    dilationRate: PerAxis = 1,
  ) => depthwise(inputs, kernel, { strides, padding, dilationRate, dataFormat: format(dataFormat) }),
  'inputs kernel',
  ...convolution,
);
export const separableConv = op(
  'separableConv',
  (
    inputs: TensorLike,
    depthwiseKernel: TensorLike,
    pointwiseKernel: TensorLike,
    strides: PerAxis = 1,
    padding: Padding = 'valid',
    dataFormat: Format = null,
    dilationRate: PerAxis = 1,
  ) =>
    separable(inputs, depthwiseKernel, pointwiseKernel, {
      strides,
      padding,
      dilationRate,
      dataFormat: format(dataFormat),
    }),
  'inputs depthwiseKernel pointwiseKernel',
  ...convolution,
);
export const convTranspose = op(
  'convTranspose',
  (
    inputs: TensorLike,
    kernel: TensorLike,
    strides: PerAxis = 1,
    padding: Padding = 'valid',
    outputPadding: PerAxis | null = null,
    dataFormat: Format = null,
    dilationRate: PerAxis = 1,
  ) =>
    convTransposeOf(inputs, kernel, { strides, padding, outputPadding, dilationRate, dataFormat: format(dataFormat) }),
  'inputs kernel',
  'strides=1',
  'padding="valid"',
  'outputPadding=null',
  'dataFormat=null',
  'dilationRate=1',
);
const pooling = ['poolSize', 'strides=null', 'padding="valid"', 'dataFormat=null'] as const;
export const maxPool = op(
  'maxPool',
  (
    inputs: TensorLike,
    poolSize: PerAxis,
    strides: PerAxis | null = null,
    padding: Padding = 'valid',
    dataFormat: Format = null,
  ) => pool.maxPool(inputs, poolSize, strides, padding, format(dataFormat)),
  'inputs',
  ...pooling,
);
export const averagePool = op(
  'averagePool',
  (
    inputs: TensorLike,
    poolSize: PerAxis,
    strides: PerAxis | null = null,
    padding: Padding = 'valid',
    dataFormat: Format = null,
  ) => pool.averagePool(inputs, poolSize, strides, padding, format(dataFormat)),
  'inputs',
  ...pooling,
);
export const adaptiveAveragePool = op(
  'adaptiveAveragePool',
  (inputs: TensorLike, outputSize: PerAxis, dataFormat: Format = null) =>
    adaptive.adaptiveAveragePool(inputs, outputSize, format(dataFormat)),
  'inputs',
  'outputSize',
  'dataFormat=null',
);
export const adaptiveMaxPool = op(
  'adaptiveMaxPool',
  (inputs: TensorLike, outputSize: PerAxis, dataFormat: Format = null) =>
    adaptive.adaptiveMaxPool(inputs, outputSize, format(dataFormat)),
  'inputs',
  'outputSize',
  'dataFormat=null',
);
export const unfold = op('unfold', patches.unfold, 'x', 'kernelSize', 'dilation=1', 'padding=0', 'stride=1');
export const fold = op('fold', patches.fold, 'x', 'outputSize', 'kernelSize', 'dilation=1', 'padding=0', 'stride=1');
export const depthToSpace = op('depthToSpace', toSpace, 'x', 'blockSize', 'dataFormat="channels_last"');
export const spaceToDepth = op('spaceToDepth', toDepth, 'x', 'blockSize', 'dataFormat="channels_last"');

// ---- Normalization, attention ------------------------------------------------------------------------------------

export const moments = op(
  'moments',
  (x: TensorLike, axes: number | readonly number[], keepdims = false, _synchronized = false) =>
    momentsOf(x, axes, keepdims),
  'x',
  'axes',
  'keepdims=false',
  'synchronized=false',
);
export const batchNormalization = op(
  'batchNormalization',
  normalization.batchNormalization,
  'x mean variance',
  'axis',
  '+offset=null',
  '+scale=null',
  'epsilon=0.001',
);
export const layerNormalization = op(
  'layerNormalization',
  (
    x: TensorLike,
    gamma: TensorLike | null = null,
    beta: TensorLike | null = null,
    axis: PerAxis = -1,
    epsilon: number | null = null,
  ) => normalization.layerNormalization(x, gamma, beta, axis, epsilon ?? undefined),
  'x',
  '+gamma=null',
  '+beta=null',
  'axis=-1',
  'epsilon=null',
);
export const rmsNormalization = op(
  'rmsNormalization',
  (x: TensorLike, scale: TensorLike | null = null, axis: PerAxis = -1, epsilon: number | null = null) =>
    normalization.rmsNormalization(x, scale, axis, epsilon ?? undefined),
  'x',
  '+scale=null',
  'axis=-1',
  'epsilon=null',
);
export const normalize = op(
  'normalize',
  (x: TensorLike, axis: PerAxis | null = -1, order: norm.NormOrder = 2, epsilon: number | null = null) =>
    norm.normalize(x, axis, order, epsilon ?? undefined),
  'x',
  'axis=-1',
  'order=2',
  'epsilon=null',
);
export const dotProductAttention = op(
  'dotProductAttention',
  (
    query: TensorLike,
    key: TensorLike,
    value: TensorLike,
    bias: TensorLike | null = null,
    mask: TensorLike | null = null,
    scale: number | null = null,
    isCausal = false,
    _flashAttention: boolean | null = null,
    attnLogitsSoftCap: number | null = null,
  ) => attention(query, key, value, { bias, mask, scale, isCausal, softCap: attnLogitsSoftCap }),
  'query key value',
  '+bias=null',
  '+mask=null',
  '+scale=null',
  'isCausal=false',
  'flashAttention=null',
  'attnLogitsSoftCap=null',
);

// ---- Classes and losses ------------------------------------------------------------------------------------------

const dense = (sparse: boolean): void => {
  if (sparse) throw new ValueError('Sparse tensors do not exist here: leave `sparse` at false.');
};
export const oneHot = op(
  'oneHot',
  (x: TensorLike, numClasses: number, axis = -1, dtype: string | null = null, sparse = false) => {
    dense(sparse);
    return oneHotOf(x, numClasses, axis, nearestDType(dtype ?? 'float32'));
  },
  'x',
  'numClasses',
  'axis=-1',
  'dtype=null',
  'sparse=false',
);
export const multiHot = op(
  'multiHot',
  (inputs: TensorLike, numClasses: number, axis = -1, dtype: string | null = null, sparse = false) => {
    dense(sparse);
    return multiHotOf(inputs, numClasses, axis, nearestDType(dtype ?? 'float32'));
  },
  'inputs',
  'numClasses',
  'axis=-1',
  'dtype=null',
  'sparse=false',
);
export const binaryCrossentropy = op(
  'binaryCrossentropy',
  crossentropy.binaryCrossentropy,
  'target output',
  'fromLogits=false',
);
export const categoricalCrossentropy = op(
  'categoricalCrossentropy',
  crossentropy.categoricalCrossentropy,
  'target output',
  'fromLogits=false',
  'axis=-1',
);
export const sparseCategoricalCrossentropy = op(
  'sparseCategoricalCrossentropy',
  crossentropy.sparseCategoricalCrossentropy,
  'target output',
  'fromLogits=false',
  'axis=-1',
);
export const ctcLoss = op('ctcLoss', lossOf, 'target output targetLength outputLength', 'maskIndex=0');
export const ctcDecode = op(
  'ctcDecode',
  (
    inputs: TensorLike,
    sequenceLengths: TensorLike,
    strategy = 'greedy',
    beamWidth = 100,
    topPaths = 1,
    mergeRepeated = true,
    maskIndex = 0,
  ) => decode(inputs, sequenceLengths, { strategy, beamWidth, topPaths, mergeRepeated, maskIndex }),
  'inputs sequenceLengths',
  'strategy="greedy"',
  'beamWidth=100',
  'topPaths=1',
  'mergeRepeated=true',
  'maskIndex=0',
);
export const psnr = op('psnr', psnrOf, 'x1 x2', 'maxVal');
