// keras.ops, the functions that Keras keeps in keras/src/ops/math.py.

import { asTensor, type TensorLike } from '../../graph/apply.js';
import { lifter } from '../../layers/operation.js';
import { erfc as erfcOf } from '../../ops/composite.js';
import * as elementwise from '../../ops/elementwise.js';
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
export const segmentSum = op('segmentSum', (data: TensorLike, ids: TensorLike, count: number | null = null, _sorted = false) =>
  indexing.segmentSum(data, ids, segments(ids, count)), 'data segmentIds', ...grouping);
export const segmentMax = op('segmentMax', (data: TensorLike, ids: TensorLike, count: number | null = null, _sorted = false) =>
  indexing.segmentMax(data, ids, segments(ids, count)), 'data segmentIds', ...grouping);
export const segmentMin = op('segmentMin', (data: TensorLike, ids: TensorLike, count: number | null = null, _sorted = false) =>
  indexing.segmentMin(data, ids, segments(ids, count)), 'data segmentIds', ...grouping);
export const segmentProd = op('segmentProd', (data: TensorLike, ids: TensorLike, count: number | null = null, _sorted = false) =>
  indexing.segmentProd(data, ids, segments(ids, count)), 'data segmentIds', ...grouping);
export const topK = op('topK', (x: TensorLike, k: number, _sorted = true) => topKOf(x, k), 'x', 'k', 'sorted=true');
