// keras.ops, the functions that Keras keeps in keras/src/ops/math.py.

import { asTensor, type TensorLike } from '../../graph/apply.js';
import { lifter } from '../../layers/operation.js';
import { erfc as erfcOf } from '../../ops/composite.js';
import * as elementwise from '../../ops/elementwise.js';
import * as fourier from '../../ops/fourier.js';
import * as indexing from '../../ops/indexing.js';
import * as linalg from '../../ops/linalg.js';
import { extractSequences as sequencesOf } from '../../ops/patches.js';
import { logsumexp as logsumexpOf } from '../../ops/reduce.js';
import { inTopK as inTopKOf, topK as topKOf } from '../../ops/sort.js';
import { cdist as cdistOf } from '../../ops/statistics.js';

const op = lifter('keras.src.ops.math');

/** How many segments there are: as many as ids up to the largest, unless it is said. */
const segments = (ids: TensorLike, count: number | null): number =>
  count ?? Array.from(asTensor(ids, 'int32').data()).reduce((most, id) => Math.max(most, id + 1), 0);
const grouping = ['numSegments=null', 'sorted=false'] as const;

export const cdist = op('cdist', cdistOf, 'x y');
export const erf = op('erf', elementwise.erf, 'x');
export const erfc = op('erfc', erfcOf, 'x');
export const erfinv = op('erfinv', elementwise.erfinv, 'x');
export const extractSequences = op('extractSequences', sequencesOf, 'x', 'sequenceLength', 'sequenceStride');
export const inTopK = op('inTopK', inTopKOf, 'targets predictions', 'k');
export const logdet = op('logdet', linalg.logdet, 'x');
export const logsumexp = op('logsumexp', logsumexpOf, 'x', 'axis=null', 'keepdims=false');
export const rsqrt = op('rsqrt', elementwise.rsqrt, 'x');
export const segmentSum = op(
  'segmentSum',
  (data: TensorLike, ids: TensorLike, count: number | null = null, _sorted = false) =>
    indexing.segmentSum(data, ids, segments(ids, count)),
  'data segmentIds',
  ...grouping,
);
export const segmentMax = op(
  'segmentMax',
  (data: TensorLike, ids: TensorLike, count: number | null = null, _sorted = false) =>
    indexing.segmentMax(data, ids, segments(ids, count)),
  'data segmentIds',
  ...grouping,
);
export const segmentMin = op(
  'segmentMin',
  (data: TensorLike, ids: TensorLike, count: number | null = null, _sorted = false) =>
    indexing.segmentMin(data, ids, segments(ids, count)),
  'data segmentIds',
  ...grouping,
);
export const segmentProd = op(
  'segmentProd',
  (data: TensorLike, ids: TensorLike, count: number | null = null, _sorted = false) =>
    indexing.segmentProd(data, ids, segments(ids, count)),
  'data segmentIds',
  ...grouping,
);
export const topK = op('topK', (x: TensorLike, k: number, _sorted = true) => topKOf(x, k), 'x', 'k', 'sorted=true');
export const fft = op('fft', fourier.fft, 'x');
export const fft2 = op('fft2', fourier.fft2, 'x');
export const ifft2 = op('ifft2', fourier.ifft2, 'x');
export const rfft = op('rfft', fourier.rfft, 'x', 'fftLength=null');
export const irfft = op('irfft', fourier.irfft, 'x', 'fftLength=null');
export const stft = op(
  'stft',
  fourier.stft,
  'x',
  'sequenceLength',
  'sequenceStride',
  'fftLength',
  'window="hann"',
  'center=true',
);
export const istft = op(
  'istft',
  fourier.istft,
  'x',
  'sequenceLength',
  'sequenceStride',
  'fftLength',
  'length=null',
  'window="hann"',
  'center=true',
);
