// Reading and writing at positions that a tensor gives. take and scatterAdd are each other's gradient.
//
// Indices count from the end where they are negative. What is out of range even so reads NaN (0 for integers) and writes
// nothing.

import { ShapeError, ValueError } from '../errors.js';
import { apply, asTensor, constant, type TensorLike } from '../graph/apply.js';
import { defineOp, type Emitter, type OpDef, type Place } from '../graph/op.js';
import { Tensor } from '../graph/tensor.js';
import { offsetBy } from '../runtime/pointer.js';
import { broadcastShapes, formatShape, normalizeAxis, type Shape, sameShape, sizeOf, stridesOf } from '../shape.js';
import { broadcastTo, reshape } from './broadcast.js';
import { zeros } from './creation.js';
import {
  add,
  cast,
  divide,
  equal,
  floorDivide,
  greaterEqual,
  less,
  logicalAnd,
  logicalNot,
  maximum,
  minimum,
  mod,
  multiply,
  where,
} from './elementwise.js';
import { ravel, slice } from './movement.js';
import { all, any, sum } from './reduce.js';
import { emitStridedCopy, type StridedAxis } from './strided.js';

/** What happens to an element that is written to. */
export type ScatterMode = 'set' | 'add' | 'mul' | 'max' | 'min';
/** `along`: the indices have the shape of the result, and each selects on its own line of the tensor. */
type IndexAttrs = { axis: number; along: boolean };
/** Out of range is NaN for users, and 0 for gradients: what is not written anywhere has no effect. */
type TakeAttrs = IndexAttrs & { outside: 'nan' | 'zero' };

/** The bits of a float32 NaN: what stands for a float that is out of range. */
const NAN_BITS = 0x7fc00000;

/** y[..., i, ...] = x[..., indices[i], ...] on an axis. dx = dy added up where it was taken from. */
const takeOp: OpDef<TakeAttrs> = defineOp<TakeAttrs>({
  name: 'take',
  infer: ([x, indices], { axis, along }) => [
    { shape: along ? indices!.shape : x!.shape.toSpliced(axis, 1, ...indices!.shape), dtype: x!.dtype },
  ],
  vjp: ({ inputs: [x, indices], attrs: { axis, along } }, [dy]) => [
    apply(scatterZerosOp, [indices!, dy!], { axis, along, rows: x!.shape[axis]! }),
    undefined,
  ],
  emit(k, { inputs: [x, indices], outputs: [y], attrs: { axis, along, outside } }) {
    if (y!.size === 0) return;
    const sizes = lines(x!.shape, axis, along ? indices!.shape[axis]! : indices!.size);
    const missing = x!.dtype === 'float32' && outside === 'nan' ? NAN_BITS : 0;
    k.call('take', { x: x!, indices: indices!, y: y!, ...sizes, along, missing }, y!.size);
  },
});

/** Zeros with `rows` elements along the axis, to which the values are added at the indices. dvalues = dy taken there. */
const scatterZerosOp: OpDef<IndexAttrs & { rows: number }> = defineOp<IndexAttrs & { rows: number }>({
  name: 'scatterZeros',
  infer: ([indices, values], { axis, along, rows }) => [
    { shape: values!.shape.toSpliced(axis, along ? 1 : indices!.shape.length, rows), dtype: values!.dtype },
  ],
  vjp: ({ inputs: [indices], attrs: { axis, along } }, [dy]) => [
    undefined,
    apply(takeOp, [dy!, indices!], { axis, along, outside: 'zero' }),
  ],
  emit(k, { inputs: [indices, values], outputs: [y], attrs }) {
    k.call('fill', { y: y!, n: y!.size, value: 0 }, y!.size);
    emitScatter(k, 'add', indices!, values!, y!, attrs);
  },
});

/** `target`, in which the elements at the indices have been joined with the values. Gradients below. */
const scatterOp = defineOp<IndexAttrs & { mode: ScatterMode }>({
  name: 'scatter',
  infer: ([target]) => [target!],
  vjp({ inputs, outputs: [y], attrs }, [dy]) {
    const [dtarget, dvalues] = scatterGradient(inputs, y!, dy!, attrs);
    return [dtarget, undefined, dvalues];
  },
  emit(k, { inputs: [target, indices, values], outputs: [y], attrs }) {
    emitCopyUnlessInPlace(k, target!, y!);
    emitScatter(k, attrs.mode, indices!, values!, y!, attrs);
  },
  inPlace: [[0, 0]],
});

function emitCopyUnlessInPlace(k: Emitter, x: Place, y: Place): void {
  if (x.buffer !== y.buffer || x.byteOffset !== y.byteOffset) k.call('copy', { x, y, n: y.size }, y.size);
}

function emitScatter(k: Emitter, mode: ScatterMode, indices: Place, values: Place, y: Place, attrs: IndexAttrs): void {
  if (values.size === 0 || y.size === 0) return;
  const { axis, along } = attrs;
  const sizes = lines(y.shape, axis, along ? indices.shape[axis]! : indices.size);
  const kernels = { add: 'scatterAdd', mul: 'scatterMul', max: 'scatterMax', min: 'scatterMin' } as const;
  const kernel =
    mode === 'set' ? 'scatterSet' : y.dtype === 'float32' ? kernels[mode] : (`${kernels[mode]}Int` as const);
  k.call(kernel, { values, indices, y, ...sizes, along }, 2 * values.size);
}

/** The cotangents of target and values. */
function scatterGradient(
  [target, indices, values]: readonly Tensor[],
  y: Tensor,
  dy: Tensor,
  attrs: IndexAttrs & { mode: ScatterMode },
): [Tensor, Tensor] {
  const place = { axis: attrs.axis, along: attrs.along };
  const taken = (x: Tensor) => apply(takeOp, [x, indices!], { ...place, outside: 'zero' });
  const written = (mode: ScatterMode, to: Tensor, what: Tensor) =>
    apply(scatterOp, [to, indices!, what], { ...place, mode });
  switch (attrs.mode) {
    case 'add':
      return [dy, taken(dy)];
    case 'set': {
      // Of several values for one element only the last one counts.
      const number = reshape(
        Int32Array.from({ length: values!.size }, (_, i) => i),
        values!.shape,
      );
      const last = equal(taken(written('set', zeros(y.shape, 'int32'), number)), number);
      return [written('set', dy, zeros(values!.shape)), where(last, taken(dy), 0)];
    }
    case 'mul':
      return [multiply(dy, written('mul', fullOf(1, y.shape), values!)), divide(taken(multiply(dy, y)), values!)];
    case 'max':
    case 'min': {
      // In equal parts to all that have the winning value.
      const targetWins = cast(equal(target!, y), 'float32');
      const valueWins = cast(equal(values!, taken(y)), 'float32');
      const part = divide(dy, written('add', targetWins, valueWins));
      return [multiply(targetWins, part), multiply(valueWins, taken(part))];
    }
  }
}

/**
 * Elements or slices of x at positions of an axis: y.shape = x.shape with that axis replaced by the indices' axes.
 * Without axis, x is flattened. With axis 0 and a table of vectors this is the embedding lookup.
 */
export function take(x: TensorLike, indices: TensorLike, axis: number | null = null): Tensor {
  const tensor = axis === null ? ravel(x) : asTensor(x);
  const attrs = {
    axis: axis === null ? 0 : normalizeAxis(axis, tensor.rank),
    along: false,
    outside: 'nan' as const,
  };
  return apply(takeOp, [tensor, integers(indices)], attrs);
}

/** y[..., i, ...] = x[..., indices[..., i, ...], ...]: indices and x broadcast on the other axes. */
export function takeAlongAxis(x: TensorLike, indices: TensorLike, axis: number | null = -1): Tensor {
  const tensor = axis === null ? ravel(x) : asTensor(x);
  const positions = axis === null ? ravel(integers(indices)) : integers(indices);
  const dim = axis === null ? 0 : normalizeAxis(axis, tensor.rank);
  if (positions.rank !== tensor.rank) {
    throw new ShapeError(
      `takeAlongAxis: expected indices of the rank of x, ${tensor.rank}. Received indices of shape ${formatShape(positions.shape)}.`,
    );
  }
  const others = broadcastShapes(tensor.shape.with(dim, 1), positions.shape.with(dim, 1));
  const source = broadcastTo(tensor, others.with(dim, tensor.shape[dim]!));
  const where_ = broadcastTo(positions, others.with(dim, positions.shape[dim]!));
  return apply(takeOp, [source, where_], { axis: dim, along: true, outside: 'nan' });
}

/**
 * A tensor of zeros of shape `shape` to which the values are added: indices [n..., k] name places in the first k axes,
 * values are [n..., ...shape[k:]].
 */
export function scatter(indices: TensorLike, values: TensorLike, shape: Shape): Tensor {
  const updates = asTensor(values);
  return scatterUpdate(zeros(shape, updates.dtype), indices, updates, 'add');
}

/**
 * inputs with the elements at `indices` [n..., k] (places in the first k axes) replaced by `updates`
 * [n..., ...inputs.shape[k:]], or joined with them by `reduction`. Of several updates of one element the last one stays.
 */
export function scatterUpdate(
  inputs: TensorLike,
  indices: TensorLike,
  updates: TensorLike,
  reduction: Exclude<ScatterMode, 'set'> | null = null,
): Tensor {
  const target = asTensor(inputs);
  const places = integers(indices);
  const values = cast(asTensor(updates, target.dtype), target.dtype);
  const depth = places.shape.at(-1) ?? 0;
  const expected = [...places.shape.slice(0, -1), ...target.shape.slice(depth)];
  if (places.rank === 0 || depth > target.rank || !sameShape(values.shape, expected)) {
    throw new ShapeError(
      `scatter: indices of shape ${formatShape(places.shape)} into a tensor of shape ${formatShape(target.shape)} need values ` +
        `of shape ${formatShape(expected)}. Received ${formatShape(values.shape)}.`,
    );
  }
  const rest = target.shape.slice(depth);
  const count = sizeOf(places.shape.slice(0, -1));
  const rows = reshape(target, [sizeOf(target.shape.slice(0, depth)), sizeOf(rest)]);
  const positions = flatPositions(reshape(places, [count, depth]), target.shape.slice(0, depth));
  const attrs = { axis: 0, along: false, mode: reduction ?? ('set' as const) };
  return reshape(apply(scatterOp, [rows, positions, reshape(values, [count, sizeOf(rest)])], attrs), target.shape);
}

/** target with slices along an axis added to: target[..., indices[i], ...] += updates[..., i, ...]; indices have one axis. */
export function scatterAdd(target: TensorLike, indices: TensorLike, updates: TensorLike, axis = 0): Tensor {
  const tensor = asTensor(target);
  const attrs = { axis: normalizeAxis(axis, tensor.rank), along: false, mode: 'add' as const };
  return apply(scatterOp, [tensor, integers(indices), cast(asTensor(updates, tensor.dtype), tensor.dtype)], attrs);
}

/** inputs with the block that starts at `starts` replaced. dinputs = dy with zeros there; dupdates = dy's block. */
const sliceUpdateOp = defineOp<{ starts: Shape }>({
  name: 'sliceUpdate',
  infer: ([inputs]) => [inputs!],
  vjp: ({ inputs: [, updates], attrs: { starts } }, [dy]) => [
    sliceUpdate(dy!, starts, zeros(updates!.shape)),
    slice(dy!, starts, updates!.shape),
  ],
  emit(k, { inputs: [inputs, updates], outputs: [y], attrs: { starts } }) {
    emitCopyUnlessInPlace(k, inputs!, y!);
    const stridesX = stridesOf(updates!.shape);
    const stridesY = stridesOf(y!.shape);
    const first = starts.reduce((offset, start, axis) => offset + start * stridesY[axis]!, 0);
    emitStridedCopy(
      k,
      updates!,
      offsetBy(y!, first),
      updates!.shape.map((n, i): StridedAxis => [n, stridesX[i]!, stridesY[i]!]),
    );
  },
  inPlace: [[0, 0]],
});

/**
 * inputs with the block at `startIndices` replaced by `updates`. Indices that are a tensor are moved so that the block
 * lies inside.
 * @throws ValueError if the block does not lie inside inputs.
 */
export function sliceUpdate(inputs: TensorLike, startIndices: Shape | Tensor, updates: TensorLike): Tensor {
  const target = asTensor(inputs);
  const block = cast(asTensor(updates, target.dtype), target.dtype);
  if (startIndices instanceof Tensor) {
    const positions = blockPositions(target.shape, startIndices, block.shape);
    const attrs = { axis: 0, along: false, mode: 'set' as const };
    return reshape(apply(scatterOp, [ravel(target), positions, ravel(block)], attrs), target.shape);
  }
  slice(target, startIndices, block.shape); // says what is wrong, if anything is
  return apply(sliceUpdateOp, [target, block], { starts: startIndices });
}

/** The block of x of shape `shape` at indices that are known only when it is computed; moved inside if need be. */
export function dynamicSlice(x: TensorLike, startIndices: TensorLike, shape: Shape): Tensor {
  const tensor = asTensor(x);
  const positions = blockPositions(tensor.shape, integers(startIndices), shape);
  return reshape(apply(takeOp, [ravel(tensor), positions], { axis: 0, along: false, outside: 'nan' }), shape);
}

/** Row-major positions in `shape` of the elements of a block, the block moved inside. */
function blockPositions(shape: Shape, starts: Tensor, block: Shape): Tensor {
  const last = Int32Array.from(shape, (dim, axis) => dim - block[axis]!);
  const first = sum(multiply(minimum(maximum(starts, 0), last), Int32Array.from(stridesOf(shape))));
  const strides = stridesOf(shape);
  const inside = stridesOf(block);
  const offsets = Int32Array.from({ length: sizeOf(block) }, (_, i) =>
    block.reduce((offset, n, axis) => offset + (Math.floor(i / inside[axis]!) % n) * strides[axis]!, 0),
  );
  return add(first, offsets);
}

/** Row-major positions in `shape` of places [n, k]. One that is out of range on any axis stays so. */
function flatPositions(places: Tensor, shape: Shape): Tensor {
  const dims = constant(Int32Array.from(shape));
  const wrapped = where(less(places, 0), add(places, dims), places);
  const inside = all(logicalAnd(greaterEqual(wrapped, 0), less(wrapped, dims)), -1);
  return where(inside, sum(multiply(wrapped, Int32Array.from(stridesOf(shape))), -1), sizeOf(shape));
}

/**
 * Vectors with a 1 at the position that an integer names and 0 elsewhere (everywhere, if it is out of range), along a new
 * axis of `numClasses` elements.
 */
export function oneHot(
  x: TensorLike,
  numClasses: number,
  axis = -1,
  dtype: 'float32' | 'int32' | 'bool' = 'float32',
): Tensor {
  const classes = integers(x);
  const dim = normalizeAxis(axis, classes.rank + 1);
  const names = Int32Array.from({ length: numClasses }, (_, i) => i);
  const shape = new Array<number>(classes.rank + 1).fill(1).with(dim, numClasses);
  return cast(equal(reshape(classes, classes.shape.toSpliced(dim, 0, 1)), reshape(names, shape)), dtype);
}

/** Vectors with a 1 at each of the positions that the integers along an axis name: the largest of their one-hot vectors. */
export function multiHot(
  x: TensorLike,
  numClasses: number,
  axis = -1,
  dtype: 'float32' | 'int32' | 'bool' = 'float32',
): Tensor {
  const classes = integers(x);
  const hot = oneHot(classes, numClasses, axis, 'bool');
  // The axis of the classes is the last but one of x, or the only one there is.
  const dim = normalizeAxis(axis, hot.rank);
  return cast(any(hot, dim === hot.rank - 1 ? Math.max(0, hot.rank - 2) : dim + 1), dtype);
}

/** The coordinates, in a tensor of shape `shape`, of row-major positions: one tensor per axis. */
export function unravelIndex(indices: TensorLike, shape: Shape): Tensor[] {
  const positions = integers(indices);
  return shape.map((dim, axis) => mod(floorDivide(positions, stridesOf(shape)[axis]!), dim));
}

/** Whether each element of x1 occurs in x2. */
export function isin(x1: TensorLike, x2: TensorLike, invert = false): Tensor {
  const x = asTensor(x1);
  const found = any(equal(reshape(x, [...x.shape, 1]), ravel(x2)), -1);
  return invert ? logicalNot(found) : found;
}

/** data [n, ...] added up by segment: y[s] = Σ data[i] over all i with segmentIds[i] = s. */
export function segmentSum(data: TensorLike, segmentIds: TensorLike, numSegments: number): Tensor {
  return apply(scatterZerosOp, [integers(segmentIds), asTensor(data)], {
    axis: 0,
    along: false,
    rows: numSegments,
  });
}

/** The largest of data [n, ...] by segment; −∞ (the smallest integer) for a segment without elements. */
export function segmentMax(data: TensorLike, segmentIds: TensorLike, numSegments: number): Tensor {
  return segmentReduce(data, segmentIds, numSegments, 'max', [-Infinity, -(2 ** 31)]);
}

/** The smallest of data [n, ...] by segment; ∞ (the largest integer) for a segment without elements. */
export function segmentMin(data: TensorLike, segmentIds: TensorLike, numSegments: number): Tensor {
  return segmentReduce(data, segmentIds, numSegments, 'min', [Infinity, 2 ** 31 - 1]);
}

/** The product of data [n, ...] by segment; 1 for a segment without elements. */
export function segmentProd(data: TensorLike, segmentIds: TensorLike, numSegments: number): Tensor {
  return segmentReduce(data, segmentIds, numSegments, 'mul', [1, 1]);
}

/** `neutral`: what a segment without elements gives, for floats and integers. */
function segmentReduce(
  data: TensorLike,
  segmentIds: TensorLike,
  numSegments: number,
  mode: ScatterMode,
  neutral: readonly [number, number],
): Tensor {
  const values = asTensor(data);
  const initial = fullOf(
    neutral[values.dtype === 'float32' ? 0 : 1],
    [numSegments, ...values.shape.slice(1)],
    values.dtype,
  );
  return apply(scatterOp, [initial, integers(segmentIds), values], { axis: 0, along: false, mode });
}

function fullOf(value: number, shape: Shape, dtype: Tensor['dtype'] = 'float32'): Tensor {
  return broadcastTo(constant(value, dtype), shape);
}

function integers(x: TensorLike): Tensor {
  const tensor = asTensor(x, 'int32');
  if (tensor.dtype === 'float32' && tensor.value?.some(value => !Number.isInteger(value))) {
    throw new ValueError('Indices must be integers. Received fractions.');
  }
  return cast(tensor, 'int32');
}

/** A tensor as [outer, rows, inner] around an axis. */
function lines(
  shape: Shape,
  axis: number,
  count: number,
): { outer: number; rows: number; inner: number; count: number } {
  return {
    outer: sizeOf(shape.slice(0, axis)),
    rows: shape[axis]!,
    inner: sizeOf(shape.slice(axis + 1)),
    count,
  };
}
