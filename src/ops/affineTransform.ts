// Values of arrays at places between their elements, and images moved, turned, scaled and sheared with it.

import { ShapeError, ValueError } from '../errors.js';
import { asTensor, constant, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { formatShape, sizeOf, stridesOf } from '../shape.js';
import { abs, add, cast, clip, equal, floor, logicalAnd, mod, multiply, sign, subtract, where } from './elementwise.js';
import { take } from './indexing.js';
import { expandDims, reshape, sliceAxis, squeeze } from './movement.js';
import { channelsLast, type DataFormat } from './window.js';

/** What lies beyond the borders: the fill value, the border, the array again, or its mirror image with or without the border doubled. */
export type FillMode = 'constant' | 'nearest' | 'wrap' | 'mirror' | 'reflect';

const fillModes: readonly FillMode[] = ['constant', 'nearest', 'wrap', 'mirror', 'reflect'];

/** Whole numbers (as floats) as indices of an axis. */
function inside(index: Tensor, size: number, mode: FillMode): Tensor {
  if (mode === 'wrap') return mod(index, size);
  if (mode === 'reflect') {
    // In half elements: the mirror lies between the last element and its image.
    const halves = add(multiply(index, 2), 1 + 2 * size);
    return floor(multiply(subtract(abs(subtract(mod(halves, 4 * size), 2 * size)), 1), 0.5));
  }
  if (mode === 'mirror' && size > 1) {
    const last = size - 1;
    return abs(subtract(mod(add(index, last), 2 * last), last));
  }
  return clip(index, 0, size - 1);
}

interface Sampling {
  readonly nearest: boolean;
  readonly fillMode: FillMode;
  readonly fillValue: number;
}

/**
 * Rows of `x` [rows, channels] at `coordinates`: one tensor [n] per axis, of lengths `sizes`, into which the rows are
 * arranged from row `base` on. Bilinear: the rows around a place, each weighted by how near it is.
 */
function sample(
  x: Tensor,
  sizes: readonly number[],
  coordinates: readonly Tensor[],
  base: Tensor | null,
  { nearest, fillMode, fillValue }: Sampling,
): Tensor {
  const strides = stridesOf(sizes);
  const corners = coordinates.map((place, axis) => {
    // Halves are rounded away from zero.
    const lower = nearest ? multiply(sign(place), floor(add(abs(place), 0.5))) : floor(place);
    const share = subtract(place, lower);
    const corner = (index: Tensor, weight: Tensor | null) => {
      const kept = inside(index, sizes[axis]!, fillMode);
      const valid = fillMode === 'constant' ? equal(index, kept) : null;
      return { offset: multiply(cast(kept, 'int32'), strides[axis]!), weight, valid };
    };
    return nearest ? [corner(lower, null)] : [corner(lower, subtract(1, share)), corner(add(lower, 1), share)];
  });
  type Corner = { offset: Tensor; weight: Tensor | null; valid: Tensor | null };
  const both = <T>(a: T | null, b: T | null, join: (a: T, b: T) => T) => (a && b ? join(a, b) : (a ?? b));
  const points = corners.reduce<readonly Corner[]>(
    (found, axis) =>
      found.flatMap(a =>
        axis.map(b => ({
          offset: add(a.offset, b.offset),
          weight: both<Tensor>(a.weight, b.weight, multiply),
          valid: both<Tensor>(a.valid, b.valid, logicalAnd),
        })),
      ),
    [{ offset: base ?? constant(new Int32Array(1)), weight: null, valid: null }],
  );
  return points
    .map(({ offset, weight, valid }) => {
      const rows = take(x, offset, 0);
      const filled = valid ? where(expandDims(valid, -1), rows, fillValue) : rows;
      return weight ? multiply(filled, expandDims(weight, -1)) : filled;
    })
    .reduce((a, b) => add(a, b));
}

/**
 * The values of an array at coordinates [rank, ...] between its elements.
 * @param order 0 for the nearest element, 1 for linear interpolation between the nearest ones.
 * @throws ShapeError unless there is one row of coordinates per axis; ValueError for another order or fill mode
 */
export function mapCoordinates(
  inputs: TensorLike,
  coordinates: TensorLike,
  order: number,
  fillMode: FillMode = 'constant',
  fillValue = 0,
): Tensor {
  const x = cast(asTensor(inputs), 'float32');
  const places = cast(asTensor(coordinates), 'float32');
  checkFillMode('mapCoordinates', fillMode);
  if (order !== 0 && order !== 1)
    throw new ValueError(`mapCoordinates: expected order 0 or 1. Received: ${String(order)}.`);
  if (places.shape[0] !== x.rank) {
    throw new ShapeError(
      `mapCoordinates: expected coordinates of shape (${x.rank}, ...), one row per axis of the input. ` +
        `Received shape ${formatShape(places.shape)}.`,
    );
  }
  const shape = places.shape.slice(1);
  const rows = x.shape.map((_, axis) => reshape(sliceAxis(places, 0, axis, axis + 1), [sizeOf(shape)]));
  const sampling = { nearest: order === 0, fillMode, fillValue };
  return reshape(sample(reshape(x, [x.size, 1]), x.shape, rows, null, sampling), shape);
}

/**
 * Images whose pixel (x, y) shows what was at (a0 x + a1 y + a2, b0 x + b1 y + b2).
 * @param images (batch, height, width, channels), or one image without the batch.
 * @param transform [a0, a1, a2, b0, b1, b2, 0, 0], or one such row per image.
 * @throws ShapeError for other shapes; ValueError for an unknown interpolation or fill mode
 */
export function affineTransform(
  images: TensorLike,
  transform: TensorLike,
  interpolation: 'bilinear' | 'nearest' = 'bilinear',
  fillMode: FillMode = 'constant',
  fillValue = 0,
  dataFormat: DataFormat = 'channels_last',
): Tensor {
  const x = cast(asTensor(images), 'float32');
  const given = cast(asTensor(transform), 'float32');
  checkFillMode('affineTransform', fillMode);
  if (interpolation !== 'bilinear' && interpolation !== 'nearest') {
    throw new ValueError(
      `affineTransform: expected interpolation 'bilinear' or 'nearest'. Received: ${String(interpolation)}.`,
    );
  }
  if (x.rank === 3) {
    const batch = affineTransform(expandDims(x, 0), given, interpolation, fillMode, fillValue, dataFormat);
    return squeeze(batch, 0);
  }
  const rows = given.rank === 1 ? expandDims(given, 0) : given;
  if (x.rank !== 4 || rows.rank !== 2 || rows.shape[1] !== 8 || ![1, x.shape[0]].includes(rows.shape[0])) {
    throw new ShapeError(
      'affineTransform: expected images of rank 4, or one of rank 3, and transforms of shape (8,) or (batch, 8). ' +
        `Received shapes ${formatShape(x.shape)} and ${formatShape(given.shape)}.`,
    );
  }
  return channelsLast(x, dataFormat, pixels => {
    const [n, h, w, c] = pixels.shape as [number, number, number, number];
    const across = constant(Float32Array.from({ length: h * w }, (_, i) => i % w));
    const down = constant(Float32Array.from({ length: h * w }, (_, i) => Math.floor(i / w)));
    const entry = (i: number) => sliceAxis(rows, 1, i, i + 1);
    const place = (first: number) => {
      const moved = add(add(multiply(across, entry(first)), multiply(down, entry(first + 1))), entry(first + 2));
      const all = moved.shape[0] === n ? moved : add(moved, constant(new Float32Array(n), 'float32', [n, 1]));
      return reshape(all, [n * h * w]);
    };
    const base = constant(Int32Array.from({ length: n * h * w }, (_, i) => Math.floor(i / (h * w)) * h * w));
    const sampling = { nearest: interpolation === 'nearest', fillMode, fillValue };
    const moved = sample(reshape(pixels, [n * h * w, c]), [h, w], [place(3), place(0)], base, sampling);
    return reshape(moved, [n, h, w, c]);
  });
}

function checkFillMode(op: string, fillMode: FillMode): void {
  if (!fillModes.includes(fillMode)) {
    throw new ValueError(
      `${op}: expected fillMode to be one of ${fillModes.join(', ')}. Received: ${String(fillMode)}.`,
    );
  }
}
