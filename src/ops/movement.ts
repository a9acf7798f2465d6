// Ops that only move elements, made of those in layout.ts and of views.

import { ValueError } from '../errors.js';
import { asTensor, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { formatShape, normalizeAxes, normalizeAxis } from '../shape.js';
import { broadcastTo, reshape } from './broadcast.js';
import { concatenate, place, sliceAxis, strided, transpose } from './layout.js';

export { broadcastTo, reshape, sumTo } from './broadcast.js';
export { concatenate, slice, sliceAxis, split, stridedSlice, transpose } from './layout.js';

/** x with new axes of one element at the given places of the result. */
export function expandDims(x: TensorLike, axis: number | readonly number[]): Tensor {
  const tensor = asTensor(x);
  const count = typeof axis === 'number' ? 1 : axis.length;
  const axes = normalizeAxes(axis, tensor.rank + count);
  const rest = [...tensor.shape];
  return reshape(
    tensor,
    Array.from({ length: tensor.rank + count }, (_, i) => (axes.includes(i) ? 1 : rest.shift()!)),
  );
}

/**
 * x without axes of one element: the given ones, or all.
 * @throws ValueError if a given axis has another size.
 */
export function squeeze(x: TensorLike, axis: number | readonly number[] | null = null): Tensor {
  const tensor = asTensor(x);
  const axes =
    axis === null ? tensor.shape.flatMap((dim, i) => (dim === 1 ? [i] : [])) : normalizeAxes(axis, tensor.rank);
  const wrong = axes.find(i => tensor.shape[i] !== 1);
  if (wrong !== undefined) {
    throw new ValueError(`squeeze: expected axis ${wrong} of shape ${formatShape(tensor.shape)} to have size 1.`);
  }
  return reshape(
    tensor,
    tensor.shape.filter((_, i) => !axes.includes(i)),
  );
}

/** x as one axis. */
export function ravel(x: TensorLike): Tensor {
  return reshape(x, [-1]);
}

/** x with the axes `source` moved to the places `destination`, the others in their order. */
export function moveaxis(
  x: TensorLike,
  source: number | readonly number[],
  destination: number | readonly number[],
): Tensor {
  const tensor = asTensor(x);
  const from = [source].flat().map(axis => normalizeAxis(axis, tensor.rank));
  const to = [destination].flat().map(axis => normalizeAxis(axis, tensor.rank));
  if (from.length !== to.length || new Set(from).size !== from.length || new Set(to).size !== to.length) {
    throw new ValueError(
      `moveaxis: expected as many distinct sources as destinations. Received [${source}] and [${destination}].`,
    );
  }
  const others = tensor.shape.map((_, i) => i).filter(i => !from.includes(i));
  return transpose(
    tensor,
    tensor.shape.map((_, i) => (to.includes(i) ? from[to.indexOf(i)]! : others.shift()!)),
  );
}

/** x with two axes exchanged. */
export function swapaxes(x: TensorLike, axis1: number, axis2: number): Tensor {
  const tensor = asTensor(x);
  const a = normalizeAxis(axis1, tensor.rank);
  const b = normalizeAxis(axis2, tensor.rank);
  return transpose(
    tensor,
    tensor.shape.map((_, i) => (i === a ? b : i === b ? a : i)),
  );
}

/** x in reverse along the axes (default all). */
export function flip(x: TensorLike, axis: number | readonly number[] | null = null): Tensor {
  const tensor = asTensor(x);
  const axes = normalizeAxes(axis, tensor.rank);
  const reversed = (i: number) => axes.includes(i) && tensor.shape[i]! > 0;
  const starts = tensor.shape.map((n, i) => (reversed(i) ? n - 1 : 0));
  return strided(
    tensor,
    starts,
    tensor.shape,
    tensor.shape.map((_, i) => (reversed(i) ? -1 : 1)),
  );
}

/** Tensors of one shape along a new axis. */
export function stack(xs: readonly TensorLike[], axis = 0): Tensor {
  return concatenate(
    xs.map(x => expandDims(x, axis)),
    axis,
  );
}

/** The slices of x along an axis, without it. `num`, if given, must be their number. */
export function unstack(x: TensorLike, num: number | null = null, axis = 0): Tensor[] {
  const tensor = asTensor(x);
  const dim = normalizeAxis(axis, tensor.rank);
  const count = tensor.shape[dim]!;
  if (num !== null && num !== count) {
    throw new ValueError(
      `unstack: axis ${axis} of shape ${formatShape(tensor.shape)} has ${count} slices. Received num=${num}.`,
    );
  }
  return Array.from({ length: count }, (_, i) => squeeze(sliceAxis(tensor, dim, i, i + 1), dim));
}

/** x repeated as a whole, repeats[i] times along axis i; axes are aligned at the end. */
export function tile(x: TensorLike, repeats: number | readonly number[]): Tensor {
  const tensor = asTensor(x);
  const given = [repeats].flat();
  const rank = Math.max(given.length, tensor.rank);
  const dims = [...new Array<number>(rank - tensor.rank).fill(1), ...tensor.shape];
  const counts = [...new Array<number>(rank - given.length).fill(1), ...given];
  const repeated = broadcastTo(
    reshape(
      tensor,
      dims.flatMap(dim => [1, dim]),
    ),
    dims.flatMap((dim, i) => [counts[i]!, dim]),
  );
  return reshape(
    repeated,
    dims.map((dim, i) => dim * counts[i]!),
  );
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
    return reshape(
      repeated,
      shape.map((n, i) => (i === dim ? n * counts[0]! : n)),
    );
  }
  if (counts.length !== shape[dim]) {
    throw new ValueError(`repeat: expected one count or ${shape[dim]}. Received repeats=[${repeats}].`);
  }
  return concatenate(
    counts.map((count, i) => repeat(sliceAxis(tensor, dim, i, i + 1), count, dim)),
    dim,
  );
}

/** x shifted along axes, what leaves at the end coming in at the start. Without axis, x is shifted as if flat. */
export function roll(
  x: TensorLike,
  shift: number | readonly number[],
  axis: number | readonly number[] | null = null,
): Tensor {
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
    return place(
      tensor,
      shape,
      widths.map(([before]) => before),
      tensor.shape.map(() => 1),
      constantValues,
    );
  }
  if (mode !== 'reflect' && mode !== 'symmetric' && mode !== 'edge') {
    throw new ValueError(
      `pad: expected mode 'constant', 'reflect', 'symmetric' or 'edge'. Received mode='${String(mode)}'.`,
    );
  }
  return widths.reduce((padded, [before, after], axis) => padAxis(padded, axis, before, after, mode), tensor);
}

function padAxis(
  x: Tensor,
  axis: number,
  before: number,
  after: number,
  mode: 'reflect' | 'symmetric' | 'edge',
): Tensor {
  if (before === 0 && after === 0) return x;
  const n = x.shape[axis]!;
  if (n === 0) throw new ValueError(`pad: axis ${axis} of shape ${formatShape(x.shape)} has nothing to mirror.`);
  if (mode === 'edge' || n === 1) {
    const parts = [
      repeat(sliceAxis(x, axis, 0, 1), before, axis),
      x,
      repeat(sliceAxis(x, axis, n - 1, n), after, axis),
    ];
    return concatenate(
      parts.filter(part => part.size > 0),
      axis,
    );
  }
  // One mirroring gives at most this many elements; wider margins mirror the result again.
  const skip = mode === 'reflect' ? 1 : 0;
  const head = Math.min(before, n - skip);
  const tail = Math.min(after, n - skip);
  const parts = [
    flip(sliceAxis(x, axis, skip, skip + head), axis),
    x,
    flip(sliceAxis(x, axis, n - skip - tail, n - skip), axis),
  ];
  const once = concatenate(
    parts.filter(part => part.size > 0),
    axis,
  );
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
    throw new ValueError(
      `pad: expected ${rank} pairs of integers of at least 0. Received padWidth=${JSON.stringify(padWidth)}.`,
    );
  }
  return widths;
}
