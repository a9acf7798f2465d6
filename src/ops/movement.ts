// Ops that only move elements. Three of them have a lowering of their own: transpose, and the pair slice and place,
// each the other's gradient. Everything else is made of these, of concatenate and of views.

import { promote } from '../dtype.js';
import { ShapeError, ValueError } from '../errors.js';
import { apply, asTensor, type TensorLike } from '../graph/apply.js';
import { defineOp } from '../graph/op.js';
import type { Tensor } from '../graph/tensor.js';
import { offsetBy } from '../runtime/pointer.js';
import { formatShape, normalizeAxes, normalizeAxis, sameShape, type Shape, stridesOf } from '../shape.js';
import { broadcastTo, reshape } from './broadcast.js';
import { cast } from './elementwise.js';
import { emitStridedCopy, type StridedAxis } from './strided.js';

export { broadcastTo, reshape, sumTo } from './broadcast.js';

/** y's axis i is x's axis axes[i]. dx = dy transposed by the inverse permutation. */
const transposeOp = defineOp<{ axes: readonly number[] }>({
  name: 'transpose',
  infer: ([x], { axes }) => [{ shape: axes.map(axis => x!.shape[axis]!), dtype: x!.dtype }],
  vjp: ({ attrs }, [dy]) => [transpose(dy!, attrs.axes.map((_, axis) => attrs.axes.indexOf(axis)))],
  emit(k, { inputs: [x], outputs: [y], attrs }) {
    const stridesX = stridesOf(x!.shape);
    const stridesY = stridesOf(y!.shape);
    emitStridedCopy(k, x!, y!, y!.shape.map((n, i): StridedAxis => [n, stridesX[attrs.axes[i]!]!, stridesY[i]!]));
  },
});

/** y[i] = x[start + i·step] on every axis, `sizes` elements of it; steps may be negative. dx = dy in place among zeros. */
const sliceOp = defineOp<{ starts: Shape; sizes: Shape; steps: Shape }>({
  name: 'slice',
  infer: ([x], { sizes }) => [{ shape: sizes, dtype: x!.dtype }],
  vjp: ({ inputs: [x], attrs: { starts, steps } }, [dy]) => [place(dy!, x!.shape, starts, steps, 0)],
  emit(k, { inputs: [x], outputs: [y], attrs: { starts, steps } }) {
    const stridesX = stridesOf(x!.shape);
    const stridesY = stridesOf(y!.shape);
    const axes = y!.shape.map((n, i): StridedAxis => [n, steps[i]! * stridesX[i]!, stridesY[i]!]);
    emitStridedCopy(k, offsetBy(x!, dot(starts, stridesX)), y!, axes);
  },
});

/** y[start + i·step] = x[i] on every axis, `value` everywhere else. dx = the same slice of dy. */
const placeOp = defineOp<{ shape: Shape; starts: Shape; steps: Shape; value: number }>({
  name: 'place',
  infer: ([x], { shape }) => [{ shape, dtype: x!.dtype }],
  vjp: ({ inputs: [x], attrs: { starts, steps } }, [dy]) => [strided(dy!, starts, x!.shape, steps)],
  emit(k, { inputs: [x], outputs: [y], attrs: { starts, steps, value } }) {
    if (x!.size < y!.size) k.call(y!.dtype === 'float32' ? 'fill' : 'fillInt', { y: y!, n: y!.size, value }, y!.size);
    const stridesX = stridesOf(x!.shape);
    const stridesY = stridesOf(y!.shape);
    const axes = x!.shape.map((n, i): StridedAxis => [n, stridesX[i]!, steps[i]! * stridesY[i]!]);
    emitStridedCopy(k, x!, offsetBy(y!, dot(starts, stridesY)), axes);
  },
});

/** The inputs one after the other along an axis. dx = the slices of dy. */
const concatenateOp = defineOp<{ axis: number }>({
  name: 'concatenate',
  infer: (inputs, { axis }) => {
    const size = inputs.reduce((sum, x) => sum + x.shape[axis]!, 0);
    return [{ shape: inputs[0]!.shape.map((dim, i) => (i === axis ? size : dim)), dtype: inputs[0]!.dtype }];
  },
  vjp: ({ inputs, attrs: { axis } }, [dy]) => split(dy!, endsOf(inputs, axis).slice(0, -1), axis),
  emit(k, { inputs, outputs: [y], attrs: { axis } }) {
    const stridesY = stridesOf(y!.shape);
    const ends = endsOf(inputs, axis);
    inputs.forEach((x, i) => {
      const stridesX = stridesOf(x.shape);
      const to = offsetBy(y!, (ends[i]! - x.shape[axis]!) * stridesY[axis]!);
      emitStridedCopy(k, x, to, x.shape.map((n, dim): StridedAxis => [n, stridesX[dim]!, stridesY[dim]!]));
    });
  },
});

/**
 * x with its axes in another order; reversed by default.
 * @throws ValueError if axes is not a permutation of x's axes.
 */
export function transpose(x: TensorLike, axes: readonly number[] | null = null): Tensor {
  const tensor = asTensor(x);
  const order = axes?.map(axis => normalizeAxis(axis, tensor.rank)) ?? tensor.shape.map((_, i) => tensor.rank - 1 - i);
  if (order.length !== tensor.rank || new Set(order).size !== order.length) {
    throw new ValueError(`transpose: expected axes to name each of ${tensor.rank} axes once. Received axes=[${axes}].`);
  }
  // Axes of one element may go anywhere: where the others keep their order, nothing moves in memory.
  const real = order.filter(axis => tensor.shape[axis] !== 1);
  if (real.every((axis, i) => i === 0 || axis > real[i - 1]!)) {
    return reshape(tensor, order.map(axis => tensor.shape[axis]!));
  }
  return apply(transposeOp, [tensor], { axes: order });
}

/** x with new axes of one element at the given places of the result. */
export function expandDims(x: TensorLike, axis: number | readonly number[]): Tensor {
  const tensor = asTensor(x);
  const count = typeof axis === 'number' ? 1 : axis.length;
  const axes = normalizeAxes(axis, tensor.rank + count);
  const rest = [...tensor.shape];
  return reshape(tensor, Array.from({ length: tensor.rank + count }, (_, i) => (axes.includes(i) ? 1 : rest.shift()!)));
}

/**
 * x without axes of one element: the given ones, or all.
 * @throws ValueError if a given axis has another size.
 */
export function squeeze(x: TensorLike, axis: number | readonly number[] | null = null): Tensor {
  const tensor = asTensor(x);
  const axes = axis === null ? tensor.shape.flatMap((dim, i) => (dim === 1 ? [i] : [])) : normalizeAxes(axis, tensor.rank);
  const wrong = axes.find(i => tensor.shape[i] !== 1);
  if (wrong !== undefined) {
    throw new ValueError(`squeeze: expected axis ${wrong} of shape ${formatShape(tensor.shape)} to have size 1.`);
  }
  return reshape(tensor, tensor.shape.filter((_, i) => !axes.includes(i)));
}

/** x as one axis. */
export function ravel(x: TensorLike): Tensor {
  return reshape(x, [-1]);
}

/** x with the axes `source` moved to the places `destination`, the others in their order. */
export function moveaxis(x: TensorLike, source: number | readonly number[], destination: number | readonly number[]): Tensor {
  const tensor = asTensor(x);
  const from = [source].flat().map(axis => normalizeAxis(axis, tensor.rank));
  const to = [destination].flat().map(axis => normalizeAxis(axis, tensor.rank));
  if (from.length !== to.length || new Set(from).size !== from.length || new Set(to).size !== to.length) {
    throw new ValueError(`moveaxis: expected as many distinct sources as destinations. Received [${source}] and [${destination}].`);
  }
  const others = tensor.shape.map((_, i) => i).filter(i => !from.includes(i));
  return transpose(tensor, tensor.shape.map((_, i) => (to.includes(i) ? from[to.indexOf(i)]! : others.shift()!)));
}

/** x with two axes exchanged. */
export function swapaxes(x: TensorLike, axis1: number, axis2: number): Tensor {
  const tensor = asTensor(x);
  const a = normalizeAxis(axis1, tensor.rank);
  const b = normalizeAxis(axis2, tensor.rank);
  return transpose(tensor, tensor.shape.map((_, i) => (i === a ? b : i === b ? a : i)));
}

/**
 * The block of x that starts at `startIndices` and has shape `shape`; a size of -1 reaches to the end.
 * @throws ValueError if the block does not lie inside x.
 */
export function slice(x: TensorLike, startIndices: Shape, shape: Shape): Tensor {
  const tensor = asTensor(x);
  const sizes = shape.map((size, i) => (size === -1 ? tensor.shape[i]! - startIndices[i]! : size));
  const fits = startIndices.length === tensor.rank && sizes.length === tensor.rank &&
    sizes.every((size, i) => size >= 0 && startIndices[i]! >= 0 && startIndices[i]! + size <= tensor.shape[i]!);
  if (!fits) {
    throw new ValueError(
      `slice: expected a block inside shape ${formatShape(tensor.shape)}. ` +
        `Received startIndices=[${startIndices}], shape=[${shape}].`,
    );
  }
  return strided(tensor, startIndices, sizes, sizes.map(() => 1));
}

/**
 * x[begin:end:step] on every axis, with Python's rules: negative indices count from the end, those out of range are
 * clipped, null means as far as possible. Axes that are not named are kept whole.
 */
export function stridedSlice(
  x: TensorLike,
  begin: readonly (number | null)[],
  end: readonly (number | null)[],
  steps: readonly number[] = [],
): Tensor {
  const tensor = asTensor(x);
  if (Math.max(begin.length, end.length, steps.length) > tensor.rank) {
    throw new ValueError(`stridedSlice: expected at most ${tensor.rank} axes. Received begin=[${begin}], end=[${end}].`);
  }
  const ranges = tensor.shape.map((n, i) => {
    const step = steps[i] ?? 1;
    if (!Number.isInteger(step) || step === 0) throw new ValueError(`stridedSlice: a step must be an integer other than 0. Received ${step}.`);
    const clip = (index: number) => {
      const fromStart = index < 0 ? index + n : index;
      return step > 0 ? Math.min(Math.max(fromStart, 0), n) : Math.min(Math.max(fromStart, -1), n - 1);
    };
    const first = begin[i] ?? null;
    const stop = end[i] ?? null;
    const start = first === null ? (step > 0 ? 0 : n - 1) : clip(first);
    const limit = stop === null ? (step > 0 ? n : -1) : clip(stop);
    const size = Math.max(0, Math.ceil((limit - start) / step));
    return { start: size > 0 ? start : 0, size, step };
  });
  return strided(tensor, ranges.map(r => r.start), ranges.map(r => r.size), ranges.map(r => r.step));
}

/** x in reverse along the axes (default all). */
export function flip(x: TensorLike, axis: number | readonly number[] | null = null): Tensor {
  const tensor = asTensor(x);
  const axes = normalizeAxes(axis, tensor.rank);
  const reversed = (i: number) => axes.includes(i) && tensor.shape[i]! > 0;
  const starts = tensor.shape.map((n, i) => (reversed(i) ? n - 1 : 0));
  return strided(tensor, starts, tensor.shape, tensor.shape.map((_, i) => (reversed(i) ? -1 : 1)));
}

/**
 * The tensors one after the other along an axis, in the smallest dtype that holds all of them.
 * @throws ShapeError if they differ in another axis.
 */
export function concatenate(xs: readonly TensorLike[], axis = 0): Tensor {
  const tensors = xs.map(x => asTensor(x));
  const first = tensors[0];
  if (!first) throw new ValueError('concatenate: expected at least one tensor. Received an empty list.');
  const dim = normalizeAxis(axis, first.rank);
  const rest = ({ shape }: Tensor) => shape.filter((_, i) => i !== dim);
  if (tensors.some(x => x.rank !== first.rank || !sameShape(rest(x), rest(first)))) {
    const shapes = tensors.map(x => formatShape(x.shape)).join(', ');
    throw new ShapeError(`concatenate: expected shapes that are equal except along axis ${axis}. Received ${shapes}.`);
  }
  const dtype = promote(...tensors.map(x => x.dtype));
  return tensors.length === 1 ? first : apply(concatenateOp, tensors.map(x => cast(x, dtype)), { axis: dim });
}

/** Tensors of one shape along a new axis. */
export function stack(xs: readonly TensorLike[], axis = 0): Tensor {
  return concatenate(xs.map(x => expandDims(x, axis)), axis);
}

/** The slices of x along an axis, without it. `num`, if given, must be their number. */
export function unstack(x: TensorLike, num: number | null = null, axis = 0): Tensor[] {
  const tensor = asTensor(x);
  const dim = normalizeAxis(axis, tensor.rank);
  const count = tensor.shape[dim]!;
  if (num !== null && num !== count) {
    throw new ValueError(`unstack: axis ${axis} of shape ${formatShape(tensor.shape)} has ${count} slices. Received num=${num}.`);
  }
  return Array.from({ length: count }, (_, i) => squeeze(sliceAxis(tensor, dim, i, i + 1), dim));
}

/**
 * x cut along an axis: into a number of equal parts, or at the given indices.
 * @throws ValueError if the number does not divide the axis.
 */
export function split(x: TensorLike, indicesOrSections: number | readonly number[], axis = 0): Tensor[] {
  const tensor = asTensor(x);
  const dim = normalizeAxis(axis, tensor.rank);
  const size = tensor.shape[dim]!;
  if (typeof indicesOrSections === 'number') {
    const part = size / indicesOrSections;
    if (!Number.isInteger(part)) {
      throw new ValueError(`split: ${indicesOrSections} does not divide axis ${axis} of shape ${formatShape(tensor.shape)}.`);
    }
    return Array.from({ length: indicesOrSections }, (_, i) => sliceAxis(tensor, dim, i * part, (i + 1) * part));
  }
  const cuts = [0, ...indicesOrSections.map(index => Math.min(Math.max(index < 0 ? index + size : index, 0), size)), size];
  return cuts.slice(1).map((end, i) => sliceAxis(tensor, dim, cuts[i]!, Math.max(cuts[i]!, end)));
}

/** x[..., from:to, ...] on one axis. */
export function sliceAxis(x: Tensor, axis: number, from: number, to: number): Tensor {
  const starts = x.shape.map((_, i) => (i === axis ? from : 0));
  return strided(x, starts, x.shape.map((n, i) => (i === axis ? to - from : n)), x.shape.map(() => 1));
}

/** x repeated as a whole, repeats[i] times along axis i; axes are aligned at the end. */
export function tile(x: TensorLike, repeats: number | readonly number[]): Tensor {
  const tensor = asTensor(x);
  const given = [repeats].flat();
  const rank = Math.max(given.length, tensor.rank);
  const dims = [...new Array<number>(rank - tensor.rank).fill(1), ...tensor.shape];
  const counts = [...new Array<number>(rank - given.length).fill(1), ...given];
  const repeated = broadcastTo(reshape(tensor, dims.flatMap(dim => [1, dim])), dims.flatMap((dim, i) => [counts[i]!, dim]));
  return reshape(repeated, dims.map((dim, i) => dim * counts[i]!));
}

/** Every element along an axis repeated: all of them equally often, or repeats[i] times. Without axis, x is flattened. */
export function repeat(x: TensorLike, repeats: number | readonly number[], axis: number | null = null): Tensor {
  const tensor = axis === null ? ravel(x) : asTensor(x);
  const dim = axis === null ? 0 : normalizeAxis(axis, tensor.rank);
  const { shape } = tensor;
  const counts = [repeats].flat();
  if (counts.length === 1) {
    const before = shape.slice(0, dim + 1);
    const after = shape.slice(dim + 1);
    const repeated = broadcastTo(reshape(tensor, [...before, 1, ...after]), [...before, counts[0]!, ...after]);
    return reshape(repeated, shape.map((n, i) => (i === dim ? n * counts[0]! : n)));
  }
  if (counts.length !== shape[dim]) {
    throw new ValueError(`repeat: expected one count or ${shape[dim]}. Received repeats=[${repeats}].`);
  }
  return concatenate(counts.map((count, i) => repeat(sliceAxis(tensor, dim, i, i + 1), count, dim)), dim);
}

/** x shifted along axes, what leaves at the end coming in at the start. Without axis, x is shifted as if flat. */
export function roll(x: TensorLike, shift: number | readonly number[], axis: number | readonly number[] | null = null): Tensor {
  const tensor = asTensor(x);
  if (axis === null) return reshape(roll(ravel(tensor), shift, 0), tensor.shape);
  const shifts = [shift].flat();
  return [axis].flat().reduce((rolled, a, i) => {
    const dim = normalizeAxis(a, tensor.rank);
    const n = tensor.shape[dim]!;
    const by = n === 0 ? 0 : ((shifts[i % shifts.length]! % n) + n) % n;
    if (by === 0) return rolled;
    return concatenate([sliceAxis(rolled, dim, n - by, n), sliceAxis(rolled, dim, 0, n - by)], dim);
  }, tensor);
}

export type PadMode = 'constant' | 'reflect' | 'symmetric' | 'edge';
/** One number for all sides, [before, after] for all axes, or one such pair per axis. */
export type PadWidth = number | readonly [number, number] | readonly (readonly [number, number])[];

/**
 * x with elements added in front of and behind each axis: a constant, or x mirrored without ('reflect') or with
 * ('symmetric') its outermost elements, or these repeated ('edge').
 * @throws ValueError for negative widths, or if there is nothing to mirror.
 */
export function pad(x: TensorLike, padWidth: PadWidth, mode: PadMode = 'constant', constantValues = 0): Tensor {
  const tensor = asTensor(x);
  const widths = padWidths(padWidth, tensor.rank);
  if (mode === 'constant') {
    const shape = tensor.shape.map((n, i) => n + widths[i]![0] + widths[i]![1]);
    return place(tensor, shape, widths.map(([before]) => before), tensor.shape.map(() => 1), constantValues);
  }
  if (mode !== 'reflect' && mode !== 'symmetric' && mode !== 'edge') {
    throw new ValueError(`pad: expected mode 'constant', 'reflect', 'symmetric' or 'edge'. Received mode='${String(mode)}'.`);
  }
  return widths.reduce((padded, [before, after], axis) => padAxis(padded, axis, before, after, mode), tensor);
}

function padAxis(x: Tensor, axis: number, before: number, after: number, mode: 'reflect' | 'symmetric' | 'edge'): Tensor {
  if (before === 0 && after === 0) return x;
  const n = x.shape[axis]!;
  if (n === 0) throw new ValueError(`pad: axis ${axis} of shape ${formatShape(x.shape)} has nothing to mirror.`);
  if (mode === 'edge' || n === 1) {
    const parts = [repeat(sliceAxis(x, axis, 0, 1), before, axis), x, repeat(sliceAxis(x, axis, n - 1, n), after, axis)];
    return concatenate(parts.filter(part => part.size > 0), axis);
  }
  // One mirroring gives at most this many elements; wider margins mirror the result again.
  const skip = mode === 'reflect' ? 1 : 0;
  const head = Math.min(before, n - skip);
  const tail = Math.min(after, n - skip);
  const parts = [
    flip(sliceAxis(x, axis, skip, skip + head), axis), x, flip(sliceAxis(x, axis, n - skip - tail, n - skip), axis),
  ];
  const once = concatenate(parts.filter(part => part.size > 0), axis);
  return padAxis(once, axis, before - head, after - tail, mode);
}

function padWidths(padWidth: PadWidth, rank: number): (readonly [number, number])[] {
  let widths: (readonly [number, number])[];
  if (typeof padWidth === 'number') widths = new Array(rank).fill([padWidth, padWidth]);
  else if (typeof padWidth[0] === 'number') widths = new Array(rank).fill(padWidth);
  else {
    const pairs = padWidth as readonly (readonly [number, number])[];
    widths = pairs.length === 1 ? new Array(rank).fill(pairs[0]) : [...pairs];
  }
  if (widths.length !== rank || widths.flat().some(width => !Number.isInteger(width) || width < 0)) {
    throw new ValueError(`pad: expected ${rank} pairs of integers of at least 0. Received padWidth=${JSON.stringify(padWidth)}.`);
  }
  return widths;
}

/** x[start + i·step], `sizes` elements per axis, all known to lie inside x. */
function strided(x: Tensor, starts: Shape, sizes: Shape, steps: Shape): Tensor {
  const whole = sameShape(sizes, x.shape) && steps.every((step, i) => step === 1 || sizes[i]! <= 1);
  return whole ? x : apply(sliceOp, [x], { starts, sizes, steps });
}

/** x at [start + i·step] of a tensor that has `value` everywhere else. */
function place(x: Tensor, shape: Shape, starts: Shape, steps: Shape, value: number): Tensor {
  const whole = sameShape(shape, x.shape) && steps.every((step, i) => step === 1 || shape[i]! <= 1);
  return whole ? x : apply(placeOp, [x], { shape, starts, steps, value });
}

/** Where each input ends on the axis along which they are concatenated. */
function endsOf(inputs: readonly { readonly shape: Shape }[], axis: number): number[] {
  let end = 0;
  return inputs.map(x => (end += x.shape[axis]!));
}

function dot(a: Shape, b: Shape): number {
  return a.reduce((total, value, i) => total + value * b[i]!, 0);
}
