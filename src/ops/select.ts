// Picking, joining and dividing tensors: what NumPy has besides the basic ways.

import { ShapeError, ValueError } from '../errors.js';
import { asTensor, constant, type TensorLike } from '../graph/apply.js';
import { Tensor } from '../graph/tensor.js';
import { formatShape, normalizeAxis, stridesOf } from '../shape.js';
import { cast, power, where } from './elementwise.js';
import { take } from './indexing.js';
import { strided } from './layout.js';
import { concatenate, expandDims, ravel, reshape, sliceAxis, squeeze, stack } from './movement.js';

/** The elements of the first choice whose condition holds, else `otherwise`. */
export function select(
  conditions: readonly TensorLike[],
  choices: readonly TensorLike[],
  otherwise: TensorLike = 0,
): Tensor {
  if (conditions.length !== choices.length || conditions.length === 0) {
    throw new ValueError(
      `select: expected as many conditions as choices. Received ${conditions.length} and ${choices.length}.`,
    );
  }
  return conditions.reduceRight<Tensor>(
    (rest, condition, i) => where(cast(condition, 'bool'), choices[i]!, rest),
    asTensor(otherwise, asTensor(choices[0]!).dtype),
  );
}

/** x1 and x2 along an axis; flattened without one. */
export function append(x1: TensorLike, x2: TensorLike, axis: number | null = null): Tensor {
  return axis === null ? concatenate([ravel(x1), ravel(x2)], 0) : concatenate([x1, x2], axis);
}

/** Along axis 2; tensors of fewer axes get more. */
export function dstack(xs: readonly TensorLike[]): Tensor {
  return concatenate(
    xs.map(x => asTensor(x)).map(x => (x.rank >= 3 ? x : reshape(x, x.rank === 2 ? [...x.shape, 1] : [1, x.size, 1]))),
    2,
  );
}

/** Parts of nearly equal size, the first ones being larger by one, or parts between indices. */
export function arraySplit(x: TensorLike, indicesOrSections: number | readonly number[], axis = 0): Tensor[] {
  const tensor = asTensor(x);
  const dim = normalizeAxis(axis, tensor.rank);
  const n = tensor.shape[dim]!;
  const cuts =
    typeof indicesOrSections === 'number'
      ? Array.from(
          { length: indicesOrSections - 1 },
          (_, i) => (i + 1) * Math.floor(n / indicesOrSections) + Math.min(i + 1, n % indicesOrSections),
        )
      : indicesOrSections.map(cut => Math.min(Math.max(cut < 0 ? cut + n : cut, 0), n));
  const bounds = [0, ...cuts, n];
  return bounds.slice(1).map((end, i) => sliceAxis(tensor, dim, bounds[i]!, Math.max(bounds[i]!, end)));
}

/** One index of `getItem`: a position, a range, ':' for everything, '...' for all axes between, null for a new axis. */
export type IndexItem =
  | number
  | ':'
  | '...'
  | null
  | Tensor
  | Int32Array
  | { readonly start?: number | null; readonly stop?: number | null; readonly step?: number | null };

/**
 * x[key] with Python's rules: `getItem(x, [':', { start: 1, stop: 3 }, -1])` is x[:, 1:3, -1]. A tensor of integers picks
 * along its axis. @throws ShapeError for too many indices or a position out of range.
 */
export function getItem(x: TensorLike, key: IndexItem | readonly IndexItem[]): Tensor {
  const tensor = asTensor(x);
  const items = (Array.isArray(key) ? key : [key]) as readonly IndexItem[];
  const used = items.filter(item => item !== null && item !== '...').length;
  if (used > tensor.rank) {
    throw new ShapeError(
      `getItem: ${used} indices for a tensor of rank ${tensor.rank}. Received shape ${formatShape(tensor.shape)}.`,
    );
  }
  const fill = new Array<IndexItem>(tensor.rank - used).fill(':');
  const at = items.indexOf('...');
  const full = at < 0 ? [...items, ...fill] : [...items.slice(0, at), ...fill, ...items.slice(at + 1)];
  let result = tensor;
  let axis = 0;
  for (const item of full) {
    if (item === null) {
      result = expandDims(result, axis++);
    } else if (typeof item === 'number') {
      const n = result.shape[axis]!;
      const position = item < 0 ? item + n : item;
      if (!(position >= 0 && position < n))
        throw new ShapeError(`getItem: index ${item} is out of range for axis ${axis} of size ${n}.`);
      result = squeeze(sliceAxis(result, axis, position, position + 1), axis);
    } else if (item instanceof Tensor || ArrayBuffer.isView(item)) {
      result = take(result, item as TensorLike, axis);
      axis += asTensor(item as TensorLike).rank;
    } else {
      if (typeof item === 'object')
        result = range(result, axis, item as { start?: number | null; stop?: number | null; step?: number | null });
      axis++;
    }
  }
  return result;
}

function range(
  x: Tensor,
  axis: number,
  { start, stop, step }: { start?: number | null; stop?: number | null; step?: number | null },
): Tensor {
  const n = x.shape[axis]!;
  const by = step ?? 1;
  if (by === 0) throw new ValueError('getItem: expected a step other than 0.');
  const bound = (value: number, low: number, high: number) =>
    Math.min(Math.max(value < 0 ? value + n : value, low), high);
  const from =
    by > 0 ? bound(start ?? 0, 0, n) : start === null || start === undefined ? n - 1 : bound(start, -1, n - 1);
  const to = by > 0 ? bound(stop ?? n, 0, n) : stop === null || stop === undefined ? -1 : bound(stop, -1, n - 1);
  const count = Math.max(0, Math.ceil((to - from) / by));
  if (by === 1) return sliceAxis(x, axis, from, from + count);
  if (by < 0)
    return take(
      x,
      Int32Array.from({ length: count }, (_, i) => from + i * by),
      axis,
    );
  const along = (value: number, others: (dim: number) => number) =>
    x.shape.map((dim, i) => (i === axis ? value : others(dim)));
  return strided(
    x,
    along(from, () => 0),
    along(count, dim => dim),
    along(by, () => 1),
  );
}

/** The positions of the elements that are not 0, one tensor per axis. Their number depends on the data, which must be known. */
export function nonzero(x: TensorLike): Tensor[] {
  const tensor = asTensor(x);
  const data = tensor.data();
  const found: number[] = [];
  data.forEach((value: number, i: number) => {
    if (value !== 0) found.push(i);
  });
  const strides = stridesOf(tensor.shape);
  return tensor.shape.map((dim, axis) => constant(Int32Array.from(found, i => Math.floor(i / strides[axis]!) % dim)));
}

/** The powers of each element in a row: x^(N-1), ..., x, 1, or the other way round. */
export function vander(x: TensorLike, N: number | null = null, increasing = false): Tensor {
  const given = asTensor(x);
  const tensor = given.dtype === 'bool' ? cast(given, 'int32') : given;
  const count = N ?? tensor.size;
  const powers = Array.from({ length: count }, (_, i) => (increasing ? i : count - 1 - i));
  return stack(
    powers.map(exponent => power(tensor, exponent)),
    -1,
  );
}
