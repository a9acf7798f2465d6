// Ops against recordings of real Keras: values and gradients. A row per op says how its arguments are passed here.

import { describe, expect, test } from 'vitest';
import { gradients } from '../../src/autodiff.js';
import { evaluate } from '../../src/compiler/evaluate.js';
import { fromTypedArray } from '../../src/graph/apply.js';
import { Tensor } from '../../src/graph/tensor.js';
import * as activations from '../../src/ops/activations.js';
import * as composite from '../../src/ops/composite.js';
import { conv, convTranspose } from '../../src/ops/conv.js';
import { einsum } from '../../src/ops/einsum.js';
import { dot, inner, matmul, outer, tensordot, vdot } from '../../src/ops/matmul.js';
import { zerosLike } from '../../src/ops/creation.js';
import * as elementwise from '../../src/ops/elementwise.js';
import { depthwiseConv, separableConv } from '../../src/ops/depthwise.js';
import { batchNormalization, layerNormalization, rmsNormalization } from '../../src/ops/normalization.js';
import { averagePool, maxPool } from '../../src/ops/pool.js';
import { bincount, histogram, unique } from '../../src/ops/counting.js';
import { diag, diagonal, trace, tril, triu } from '../../src/ops/diagonal.js';
import { arange, eye, hamming, hanning, identity, linspace, logspace, meshgrid, tri } from '../../src/ops/grid.js';
import { depthToSpace, diff, hstack, rot90, spaceToDepth, vstack } from '../../src/ops/rearrange.js';
import { norm, normalize } from '../../src/ops/norm.js';
import {
  isin, multiHot, oneHot, scatter, scatterUpdate, segmentMax, segmentSum, sliceUpdate, take, takeAlongAxis, unravelIndex,
} from '../../src/ops/indexing.js';
import {
  broadcastTo, concatenate, expandDims, flip, moveaxis, pad, ravel, repeat, reshape, roll, slice, split, squeeze, stack,
  swapaxes, tile, transpose, unstack,
} from '../../src/ops/movement.js';
import {
  all, any, argmax, argmin, average, countNonzero, cumprod, cumsum, logsumexp, max, mean, min, moments, prod, ptp, std, sum,
  variance,
} from '../../src/ops/reduce.js';
import { logSoftmax, softmax, sparsemax } from '../../src/ops/softmax.js';
import { argsort, digitize, inTopK, median, quantile, searchsorted, sort, topK } from '../../src/ops/sort.js';
import { resize } from '../../src/ops/resize.js';
import { loadFamily, type TensorDescriptor } from '../support/oracle.js';

interface Recording {
  readonly id: string;
  readonly op: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly outputs: readonly TensorDescriptor[];
  /** One per output; null for those without a gradient. */
  readonly cotangents?: readonly (TensorDescriptor | null)[];
  readonly grads?: readonly TensorDescriptor[];
  readonly tolerance: number;
}

// biome-ignore lint/suspicious/noExplicitAny: arguments come as Keras recorded them
type Call = (args: any[], kwargs: Record<string, any>) => Tensor | readonly Tensor[];

const calls: Record<string, Call> = {
  matmul: ([a, b]) => matmul(a, b),
  dot: ([a, b]) => dot(a, b),
  tensordot: ([a, b], { axes }) => tensordot(a, b, axes),
  inner: ([a, b]) => inner(a, b),
  outer: ([a, b]) => outer(a, b),
  vdot: ([a, b]) => vdot(a, b),
  einsum: ([subscripts, ...operands]) => einsum(subscripts, ...operands),
  conv: ([x, kernel], { strides, padding, dilation_rate }) => conv(x, kernel, { strides, padding, dilationRate: dilation_rate }),
  conv_transpose: ([x, kernel], { strides, padding }) => convTranspose(x, kernel, { strides, padding }),
  max_pool: ([x, size], { strides, padding }) => maxPool(x, size, strides, padding),
  average_pool: ([x, size], { strides, padding }) => averagePool(x, size, strides, padding),
  depthwise_conv: ([x, kernel], options) => depthwiseConv(x, kernel, options),
  separable_conv: ([x, depthwise, pointwise], options) => separableConv(x, depthwise, pointwise, options),
  moments: ([x], { axes, keepdims }) => moments(x, axes, keepdims),
  batch_normalization: ([x, mean, variance], { axis, offset, scale, epsilon }) =>
    batchNormalization(x, mean, variance, axis, offset, scale, epsilon),
  layer_normalization: ([x, gamma, beta]) => layerNormalization(x, gamma, beta),
  rms_normalization: ([x, scale]) => rmsNormalization(x, scale),
  'image.resize': ([x, size], options) => resize(x, size, options),
  sum: ([x], { axis, keepdims }) => sum(x, axis, keepdims),
  mean: ([x], { axis, keepdims }) => mean(x, axis, keepdims),
  max: ([x], { axis, keepdims }) => max(x, axis, keepdims),
  min: ([x], { axis, keepdims }) => min(x, axis, keepdims),
  prod: ([x], { axis, keepdims }) => prod(x, axis, keepdims),
  std: ([x], { axis, keepdims }) => std(x, axis, keepdims),
  var: ([x], { axis, keepdims }) => variance(x, axis, keepdims),
  any: ([x], { axis, keepdims }) => any(x, axis, keepdims),
  all: ([x], { axis, keepdims }) => all(x, axis, keepdims),
  argmax: ([x], { axis, keepdims }) => argmax(x, axis, keepdims),
  argmin: ([x], { axis, keepdims }) => argmin(x, axis, keepdims),
  logsumexp: ([x], { axis, keepdims }) => logsumexp(x, axis, keepdims),
  count_nonzero: ([x], { axis, keepdims }) => countNonzero(x, axis, keepdims),
  average: ([x], { axis, weights }) => average(x, axis, weights),
  ptp: ([x], { axis, keepdims }) => ptp(x, axis, keepdims),
  cumsum: ([x], { axis }) => cumsum(x, axis),
  cumprod: ([x], { axis }) => cumprod(x, axis),
  median: ([x], { axis }) => median(x, axis),
  quantile: ([x, q], { axis }) => quantile(x, q, axis),
  softmax: ([x], { axis }) => softmax(x, axis),
  log_softmax: ([x], { axis }) => logSoftmax(x, axis),
  'activations.softmax': ([x], { axis }) => softmax(x, axis),
  'activations.log_softmax': ([x], { axis }) => logSoftmax(x, axis),
  transpose: ([x], { axes }) => transpose(x, axes),
  reshape: ([x, newShape]) => reshape(x, newShape),
  ravel: ([x]) => ravel(x),
  expand_dims: ([x, axis]) => expandDims(x, axis),
  squeeze: ([x], { axis }) => squeeze(x, axis),
  concatenate: ([xs], { axis }) => concatenate(xs, axis),
  stack: ([xs], { axis }) => stack(xs, axis),
  split: ([x, parts], { axis }) => split(x, parts, axis),
  unstack: ([x], { axis }) => unstack(x, null, axis),
  swapaxes: ([x, axis1, axis2]) => swapaxes(x, axis1, axis2),
  moveaxis: ([x, source, destination]) => moveaxis(x, source, destination),
  flip: ([x], { axis }) => flip(x, axis),
  roll: ([x, shift], { axis }) => roll(x, shift, axis),
  tile: ([x, repeats]) => tile(x, repeats),
  repeat: ([x, repeats], { axis }) => repeat(x, repeats instanceof Tensor ? [...repeats.data()] : repeats, axis),
  broadcast_to: ([x, shape]) => broadcastTo(x, shape),
  pad: ([x, widths], { mode, constant_values }) => pad(x, widths, mode, constant_values),
  slice: ([x, starts, shape]) => slice(x, starts, shape),
  slice_update: ([x, starts, updates]) => sliceUpdate(x, starts, updates),
  diag: ([x]) => diag(x),
  diagonal: ([x]) => diagonal(x),
  trace: ([x]) => trace(x),
  tril: ([x], { k }) => tril(x, k),
  triu: ([x], { k }) => triu(x, k),
  take: ([x, indices], { axis }) => take(x, indices, axis),
  take_along_axis: ([x, indices], { axis }) => takeAlongAxis(x, indices, axis),
  scatter: ([indices, values, shape]) => scatter(indices, values, shape),
  scatter_update: ([x, indices, updates]) => scatterUpdate(x, indices, updates),
  segment_sum: ([x, ids], { num_segments }) => segmentSum(x, ids, num_segments),
  segment_max: ([x, ids], { num_segments }) => segmentMax(x, ids, num_segments),
  one_hot: ([x, classes], { axis }) => oneHot(x, classes, axis),
  sort: ([x], { axis }) => sort(x, axis),
  argsort: ([x], { axis }) => argsort(x, axis),
  top_k: ([x, k]) => topK(x, k),
  in_top_k: ([targets, predictions, k]) => inTopK(targets, predictions, k),
  searchsorted: ([sequence, values]) => searchsorted(sequence, values),
  digitize: ([x, bins]) => digitize(x, bins),
  multi_hot: ([x, classes]) => multiHot(x, classes),
  unravel_index: ([indices, shape]) => unravelIndex(indices, shape),
  isin: ([x1, x2]) => isin(x1, x2),
  sparsemax: ([x]) => sparsemax(x),
  'activations.sparsemax': ([x]) => sparsemax(x),
  norm: ([x], { ord, axis, keepdims }) => norm(x, ord, axis, keepdims),
  normalize: ([x], { axis, order }) => normalize(x, axis, order),
  hstack: ([xs]) => hstack(xs),
  vstack: ([xs]) => vstack(xs),
  rot90: ([x]) => rot90(x),
  diff: ([x], { axis }) => diff(x, 1, axis),
  depth_to_space: ([x, block]) => depthToSpace(x, block),
  space_to_depth: ([x, block]) => spaceToDepth(x, block),
  meshgrid: xs => meshgrid(xs),
  arange: ([stop]) => arange(stop),
  linspace: ([start, stop, num]) => linspace(start, stop, num),
  logspace: ([start, stop, num]) => logspace(start, stop, num),
  eye: ([N, M], { k }) => eye(N, M, k),
  identity: ([n]) => identity(n),
  tri: ([N, M], { k }) => tri(N, M, k),
  hamming: ([n]) => hamming(n),
  hanning: ([n]) => hanning(n),
  bincount: ([x]) => bincount(x),
  histogram: ([x], { bins }) => histogram(x, bins),
  unique: ([x]) => unique(x),
};

const { cases, tensor } = loadFamily<Recording>('ops');

/** Element-wise ops take Keras's arguments in Keras's order: all that are found by name need no row of their own. */
function addElementwise(modules: readonly object[], prefix = ''): void {
  const shorter: Record<string, string> = { swish: 'silu', hardSwish: 'hardSilu' };
  for (const op of new Set(cases.map(recording => recording.op))) {
    if (!op.startsWith(prefix) || op in calls) continue;
    const name = op.slice(prefix.length).replace(/_\w/g, letter => letter[1]!.toUpperCase()).replace(/^arc/, 'a');
    for (const module of modules) {
      const fn = (module as Record<string, (...args: unknown[]) => Tensor>)[shorter[name] ?? name];
      if (fn) calls[op] = (args, kwargs) => fn(...args, ...Object.values(kwargs));
    }
  }
}

calls['gelu'] = ([x], { approximate = true }) => activations.gelu(x, approximate);
calls['activations.relu'] = ([x], { negative_slope, max_value, threshold }) =>
  activations.relu(x, { negativeSlope: negative_slope, maxValue: max_value, threshold });
addElementwise([activations], 'activations.');
addElementwise([activations, composite, elementwise]);

function isDescriptor(value: unknown): value is TensorDescriptor {
  return typeof value === 'object' && value !== null && 'offset' in value;
}

/** Largest |a - b| / (1 + max |a|), as the recordings' tolerances mean it. */
function deviation(recorded: ArrayLike<number>, actual: ArrayLike<number>): number {
  if (recorded.length !== actual.length) return Infinity;
  const scale = 1 + Array.from(recorded).reduce((m, v) => Math.max(m, Math.abs(v)), 0);
  return Array.from(recorded).reduce((m, v, i) => Math.max(m, Math.abs(v - actual[i]!) / scale), 0);
}

describe.each(Object.entries(calls))('%s', (op, call) => {
  test.each(cases.filter(recording => recording.op === op))('$id', recording => {
    const floats: Tensor[] = [];
    const bring = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(bring);
      if (!isDescriptor(value)) return value;
      const input = fromTypedArray(tensor(value), value.shape, value.dtype === 'uint8' ? 'int32' : value.dtype);
      if (input.dtype === 'float32') floats.push(input);
      return input;
    };
    const args = recording.args.map(bring);
    const kwargs = Object.fromEntries(Object.entries(recording.kwargs).map(([name, value]) => [name, bring(value)]));
    const result = call(args, kwargs);
    const outputs = result instanceof Tensor ? [result] : result;
    expect(outputs.map(({ shape }) => shape)).toEqual(recording.outputs.map(({ shape }) => shape));
    // Gradients before values: a tensor that has its value lets go of the graph behind it.
    const differentiable = outputs.filter(({ dtype }) => dtype === 'float32');
    const cotangents = recording.cotangents?.flatMap(descriptor =>
      descriptor ? [fromTypedArray(tensor(descriptor), descriptor.shape)] : [],
    );
    const grads = recording.grads ? gradients(differentiable, floats, cotangents).map((grad, i) => grad ?? zerosLike(floats[i]!)) : [];
    const values = evaluate([...outputs, ...grads]);
    [...recording.outputs, ...(recording.grads ?? [])].forEach((descriptor, i) => {
      expect(deviation(tensor(descriptor), values[i]!)).toBeLessThanOrEqual(recording.tolerance);
    });
  });
});
