// The K backend: functions of tensors, with the names, argument order and defaults of Keras 2.

import { type DataFormat, floatx, imageDataFormat } from '../defaults.js';
import { nearestDType } from '../dtype.js';
import { ShapeError } from '../errors.js';
import { asTensor, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { lifter } from '../layers/operation.js';
import * as activations from '../ops/activations.js';
import { castTo } from '../ops/convert.js';
import * as creation from '../ops/creation.js';
import * as elementwise from '../ops/elementwise.js';
import { arange as arangeOf } from '../ops/grid.js';
import * as indexing from '../ops/indexing.js';
import { dot as dotOf, matmul } from '../ops/matmul.js';
import * as movement from '../ops/movement.js';
import * as random from '../ops/random.js';
import * as reduce from '../ops/reduce.js';
import { type Interpolation, resize } from '../ops/resize.js';
import { softmax as softmaxOf } from '../ops/softmax.js';
import { inTopK as inTopKOf } from '../ops/sort.js';
import { formatShape, normalizeAxis, type Shape, sizeOf, toShape } from '../shape.js';

export { cast, stopGradient } from './ops/core.js';
export { logsumexp } from './ops/math.js';
export { elu, sigmoid, softplus, softsign } from './ops/nn.js';
export {
  abs,
  add,
  all,
  any,
  cos,
  divide,
  equal,
  exp,
  greater,
  greaterEqual,
  less,
  lessEqual,
  log,
  max,
  maximum,
  mean,
  min,
  minimum,
  multiply,
  negative,
  notEqual,
  prod,
  round,
  sign,
  sin,
  square,
  stack,
  std,
  subtract,
  sum,
  tanh,
  transpose,
  var,
} from './ops/numpy.js';

const op = lifter('keras.src.legacy.backend');

type Axes = number | readonly number[] | null;
type DTypeName = string | null;

// ---- Tensors of some content -------------------------------------------------------------------------------------

export const zerosLike = op(
  'zerosLike',
  (x: TensorLike, dtype: DTypeName = null, _name: string | null = null) =>
    creation.zerosLike(asTensor(x), dtype ? nearestDType(dtype) : undefined),
  'x',
  'dtype=null',
  'name=null',
);
export const onesLike = op(
  'onesLike',
  (x: TensorLike, dtype: DTypeName = null, _name: string | null = null) =>
    creation.onesLike(asTensor(x), dtype ? nearestDType(dtype) : undefined),
  'x',
  'dtype=null',
  'name=null',
);
export const identity = op(
  'identity',
  (x: TensorLike, _name: string | null = null) => movement.reshape(x, asTensor(x).shape),
  'x',
  'name=null',
);
/** Numbers from `start` below `stop`. With the default dtype, steps and bounds that are no integers give floats. */
export const arange = op(
  'arange',
  (start: number, stop: number | null = null, step = 1, dtype = 'int32') => {
    const numbers = arangeOf(stop === null ? Math.max(start, 0) : start, stop, step);
    return dtype === 'int32' ? numbers : castTo(numbers, dtype);
  },
  'start',
  'stop=null',
  'step=1',
  'dtype="int32"',
);
export const randomNormal = op(
  'randomNormal',
  (shape: Shape | number, mean = 0, stddev = 1, dtype: DTypeName = null, seed: number | null = null) =>
    castTo(random.normal(toShape(shape), mean, stddev, 'float32', seed), dtype ?? floatx()),
  'shape',
  'mean=0',
  'stddev=1',
  'dtype=null',
  'seed=null',
);
export const randomUniform = op(
  'randomUniform',
  (shape: Shape | number, minval = 0, maxval = 1, dtype: DTypeName = null, seed: number | null = null) =>
    castTo(random.uniform(toShape(shape), minval, maxval, 'float32', seed), dtype ?? floatx()),
  'shape',
  'minval=0',
  'maxval=1',
  'dtype=null',
  'seed=null',
);
/** 1 with probability p, else 0. */
export const randomBinomial = op(
  'randomBinomial',
  (shape: Shape | number, p = 0, dtype: DTypeName = null, seed: number | null = null) =>
    castTo(random.bernoulli(toShape(shape), p, seed), dtype ?? floatx()),
  'shape',
  'p=0',
  'dtype=null',
  'seed=null',
);
export { randomBinomial as randomBernoulli };
export const truncatedNormal = op(
  'truncatedNormal',
  (shape: Shape | number, mean = 0, stddev = 1, dtype: DTypeName = null, seed: number | null = null) =>
    castTo(random.truncatedNormal(toShape(shape), mean, stddev, 'float32', seed), dtype ?? floatx()),
  'shape',
  'mean=0',
  'stddev=1',
  'dtype=null',
  'seed=null',
);

// ---- Reductions --------------------------------------------------------------------------------------------------

export const argmax = op('argmax', (x: TensorLike, axis: number | null = -1) => reduce.argmax(x, axis), 'x', 'axis=-1');
export const argmin = op('argmin', (x: TensorLike, axis: number | null = -1) => reduce.argmin(x, axis), 'x', 'axis=-1');
export const cumsum = op('cumsum', (x: TensorLike, axis = 0) => reduce.cumsum(x, axis), 'x', 'axis=0');
export const cumprod = op('cumprod', (x: TensorLike, axis = 0) => reduce.cumprod(x, axis), 'x', 'axis=0');

// ---- Products ----------------------------------------------------------------------------------------------------

export const dot = op('dot', dotOf, 'x y');

/**
 * The products of each sample of x with that of y, summed along `axes`: one axis of each, by default the last of x and the
 * last but one of y (the last of a matrix).
 */
export const batchDot = op(
  'batchDot',
  (x: TensorLike, y: TensorLike, axes: number | readonly [number, number] | null = null): Tensor => {
    const [a, b] = [asTensor(x), asTensor(y)];
    if (a.rank < 2 || b.rank < 2) {
      throw new ShapeError(
        `batchDot: expected tensors of rank 2 or more. Received shapes ${formatShape(a.shape)} and ${formatShape(b.shape)}.`,
      );
    }
    const [first, second] =
      axes === null ? [a.rank - 1, b.rank === 2 ? 1 : b.rank - 2] : typeof axes === 'number' ? [axes, axes] : axes;
    const [i, j] = [normalizeAxis(first, a.rank), normalizeAxis(second, b.rank)];
    if (i === 0 || j === 0) throw new ShapeError('batchDot: cannot sum over the batch axis. Pass other axes than 0.');
    if (a.shape[i] !== b.shape[j] || a.shape[0] !== b.shape[0]) {
      throw new ShapeError(
        `batchDot: shapes ${formatShape(a.shape)} and ${formatShape(b.shape)} do not fit along axes ${i} and ${j}.`,
      );
    }
    const [batch, size] = [a.shape[0]!, a.shape[i]!];
    const left = a.shape.filter((_, axis) => axis !== 0 && axis !== i);
    const right = b.shape.filter((_, axis) => axis !== 0 && axis !== j);
    const rows = movement.reshape(movement.moveaxis(a, i, -1), [batch, sizeOf(left), size]);
    const columns = movement.reshape(movement.moveaxis(b, j, 1), [batch, size, sizeOf(right)]);
    const shape = [batch, ...left, ...right];
    return movement.reshape(matmul(rows, columns), shape.length === 1 ? [batch, 1] : shape);
  },
  'x y',
  'axes=null',
);

// ---- Element by element ------------------------------------------------------------------------------------------

export const pow = op('pow', elementwise.power, 'x a');
/** The square root; 0 for negative elements. */
export const sqrt = op('sqrt', (x: TensorLike) => elementwise.sqrt(elementwise.maximum(x, 0)), 'x');
export const clip = op(
  'clip',
  (x: TensorLike, minValue: TensorLike | null, maxValue: TensorLike | null) => {
    const [low, high] = [minValue ?? -Infinity, maxValue ?? Infinity];
    return elementwise.clip(x, low, typeof low === 'number' && typeof high === 'number' ? Math.max(low, high) : high);
  },
  'x',
  'minValue',
  'maxValue',
);
export const relu = op(
  'relu',
  (x: TensorLike, alpha = 0, maxValue: number | null = null, threshold = 0) =>
    activations.relu(x, { negativeSlope: alpha, maxValue, threshold }),
  'x',
  'alpha=0',
  'maxValue=null',
  'threshold=0',
);
/** 0.2 x + 0.5 between 0 and 1: not the function of this name in keras.activations. */
export const hardSigmoid = op(
  'hardSigmoid',
  (x: TensorLike) => elementwise.clip(elementwise.add(elementwise.multiply(x, 0.2), 0.5), 0, 1),
  'x',
);
/** @throws ShapeError for a vector, which has no axis of samples. */
export const softmax = op(
  'softmax',
  (x: TensorLike, axis: Axes = -1) => {
    const tensor = asTensor(x);
    if (tensor.rank < 2) {
      throw new ShapeError(
        `softmax: expected a tensor of rank 2 or more. Received shape ${formatShape(tensor.shape)}. Add an axis with K.expandDims(x, 0).`,
      );
    }
    return softmaxOf(tensor, axis);
  },
  'x',
  'axis=-1',
);
export const dropout = op(
  'dropout',
  (x: TensorLike, level: number, noiseShape: readonly (number | null)[] | null = null, seed: number | null = null) =>
    random.dropout(x, level, noiseShape, seed),
  'x',
  'level',
  'noiseShape=null',
  'seed=null',
);
export const l2Normalize = op(
  'l2Normalize',
  (x: TensorLike, axis: Axes = null) => {
    const squares = reduce.sum(elementwise.square(x), axis, true);
    return elementwise.multiply(x, elementwise.rsqrt(elementwise.maximum(squares, 1e-12)));
  },
  'x',
  'axis=null',
);

export const inTopK = op(
  'inTopK',
  (predictions: TensorLike, targets: TensorLike, k: number) => inTopKOf(targets, predictions, k),
  'predictions targets',
  'k',
);

// ---- Batch normalization -----------------------------------------------------------------------------------------

/** (x - mean) / √(var + epsilon) · gamma + beta. Vectors lie along `axis`; other statistics broadcast, numbers among them. */
export const batchNormalization = op(
  'batchNormalization',
  (
    x: TensorLike,
    mean: TensorLike,
    variance: TensorLike,
    beta: TensorLike | null,
    gamma: TensorLike | null,
    axis = -1,
    epsilon = 1e-3,
  ): Tensor => {
    const { rank } = asTensor(x);
    const along = (value: TensorLike): Tensor => {
      const tensor = asTensor(value);
      if (tensor.rank !== 1) return tensor;
      const shape = new Array<number>(rank).fill(1);
      shape[normalizeAxis(axis, rank)] = tensor.size;
      return movement.reshape(tensor, shape);
    };
    const centered = elementwise.subtract(x, along(mean));
    const normed = elementwise.multiply(centered, elementwise.rsqrt(elementwise.add(along(variance), epsilon)));
    const scaled = gamma === null ? normed : elementwise.multiply(normed, along(gamma));
    return beta === null ? scaled : elementwise.add(scaled, along(beta));
  },
  'x mean var beta gamma',
  'axis=-1',
  'epsilon=0.001',
);
/** [x normalized by its own moments over `reductionAxes`, mean, variance]. */
export const normalizeBatchInTraining = op(
  'normalizeBatchInTraining',
  (
    x: TensorLike,
    gamma: TensorLike | null,
    beta: TensorLike | null,
    reductionAxes: number | readonly number[],
    epsilon = 1e-3,
  ): Tensor[] => {
    const tensor = asTensor(x);
    const axes = [reductionAxes].flat().map(axis => normalizeAxis(axis, tensor.rank));
    const [mean, variance] = reduce.moments(tensor, axes, true);
    const along = (value: TensorLike): Tensor => movement.reshape(value, mean.shape);
    const centered = elementwise.multiply(
      elementwise.subtract(tensor, mean),
      elementwise.rsqrt(elementwise.add(variance, epsilon)),
    );
    const scaled = gamma === null ? centered : elementwise.multiply(centered, along(gamma));
    const kept = tensor.shape.filter((_, axis) => !axes.includes(axis));
    return [
      beta === null ? scaled : elementwise.add(scaled, along(beta)),
      movement.reshape(mean, kept),
      movement.reshape(variance, kept),
    ];
  },
  'x gamma beta',
  'reductionAxes',
  'epsilon=0.001',
);

// ---- Shapes ------------------------------------------------------------------------------------------------------

export const concatenate = op(
  'concatenate',
  (tensors: readonly TensorLike[], axis = -1) => movement.concatenate(tensors, axis),
  'tensors',
  'axis=-1',
);
export const reshape = op(
  'reshape',
  (x: TensorLike, shape: Shape | number) => movement.reshape(x, typeof shape === 'number' ? [shape] : shape),
  'x',
  'shape',
);
export const permuteDimensions = op(
  'permuteDimensions',
  (x: TensorLike, pattern: readonly number[]) => movement.transpose(x, pattern),
  'x',
  'pattern',
);
export const flatten = op('flatten', movement.ravel, 'x');
export const batchFlatten = op(
  'batchFlatten',
  (x: TensorLike) => {
    const { shape } = asTensor(x);
    return movement.reshape(x, [shape[0]!, sizeOf(shape.slice(1))]);
  },
  'x',
);
export const expandDims = op('expandDims', (x: TensorLike, axis = -1) => movement.expandDims(x, axis), 'x', 'axis=-1');
export const squeeze = op('squeeze', (x: TensorLike, axis: number) => movement.squeeze(x, axis), 'x', 'axis');
export const repeatElements = op(
  'repeatElements',
  (x: TensorLike, rep: number, axis: number) => movement.repeat(x, rep, axis),
  'x',
  'rep',
  'axis',
);
/** (samples, dim) as (samples, n, dim). @throws ShapeError for another rank. */
export const repeat = op(
  'repeat',
  (x: TensorLike, n: number) => {
    const tensor = asTensor(x);
    if (tensor.rank !== 2) {
      throw new ShapeError(
        `repeat: expected a tensor of shape (samples, dim). Received shape ${formatShape(tensor.shape)}. To repeat elements along an axis use K.repeatElements.`,
      );
    }
    return movement.repeat(movement.expandDims(tensor, 1), n, 1);
  },
  'x',
  'n',
);
export const tile = op('tile', (x: TensorLike, n: number | readonly number[]) => movement.tile(x, n), 'x', 'n');
export const reverse = op(
  'reverse',
  (x: TensorLike, axes: number | readonly number[]) => movement.flip(x, axes),
  'x',
  'axes',
);
/** The part of x of shape `size` that begins at `start`; -1 in `size` means up to the end. */
export const slice = op(
  'slice',
  (x: TensorLike, start: Shape, size: Shape) => {
    const { shape } = asTensor(x);
    return movement.slice(
      x,
      start,
      size.map((dim, axis) => (dim === -1 ? shape[axis]! - start[axis]! : dim)),
    );
  },
  'x',
  'start',
  'size',
);
export const gather = op(
  'gather',
  (reference: TensorLike, indices: TensorLike) => indexing.take(reference, indices, 0),
  'reference indices',
);
export const oneHot = op(
  'oneHot',
  (indices: TensorLike, numClasses: number) => indexing.oneHot(indices, numClasses),
  'indices',
  'numClasses',
);

// ---- Borders and sizes -------------------------------------------------------------------------------------------

type Pair = readonly [number, number];

const spatialPadding = (x: TensorLike, padding: readonly Pair[], dataFormat: DataFormat | null): Tensor =>
  movement.pad(
    x,
    (dataFormat ?? imageDataFormat()) === 'channels_first'
      ? [[0, 0], [0, 0], ...padding]
      : [[0, 0], ...padding, [0, 0]],
  );
export const temporalPadding = op(
  'temporalPadding',
  (x: TensorLike, padding: Pair = [1, 1]) => movement.pad(x, [[0, 0], padding, [0, 0]]),
  'x',
  'padding=[1,1]',
);
export const spatial2dPadding = op(
  'spatial2dPadding',
  (
    x: TensorLike,
    padding: readonly [Pair, Pair] = [
      [1, 1],
      [1, 1],
    ],
    dataFormat: DataFormat | null = null,
  ) => spatialPadding(x, padding, dataFormat),
  'x',
  'padding=[[1,1],[1,1]]',
  'dataFormat=null',
);
export const spatial3dPadding = op(
  'spatial3dPadding',
  (
    x: TensorLike,
    padding: readonly [Pair, Pair, Pair] = [
      [1, 1],
      [1, 1],
      [1, 1],
    ],
    dataFormat: DataFormat | null = null,
  ) => spatialPadding(x, padding, dataFormat),
  'x',
  'padding=[[1,1],[1,1],[1,1]]',
  'dataFormat=null',
);
export const resizeImages = op(
  'resizeImages',
  (
    x: TensorLike,
    heightFactor: number,
    widthFactor: number,
    dataFormat: DataFormat,
    interpolation: Interpolation = 'nearest',
  ) => {
    const { shape } = asTensor(x);
    const rows = dataFormat === 'channels_first' ? 2 : 1;
    return resize(x, [shape[rows]! * heightFactor, shape[rows + 1]! * widthFactor], { interpolation, dataFormat });
  },
  'x',
  'heightFactor',
  'widthFactor',
  'dataFormat',
  'interpolation="nearest"',
);
export const resizeVolumes = op(
  'resizeVolumes',
  (x: TensorLike, depthFactor: number, heightFactor: number, widthFactor: number, dataFormat: DataFormat) => {
    const first = dataFormat === 'channels_first' ? 2 : 1;
    return [depthFactor, heightFactor, widthFactor].reduce<Tensor>(
      (y, factor, i) => movement.repeat(y, factor, first + i),
      asTensor(x),
    );
  },
  'x',
  'depthFactor',
  'heightFactor',
  'widthFactor',
  'dataFormat',
);
