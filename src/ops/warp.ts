// Images and other arrays sampled at places between their elements.

import { ShapeError, ValueError } from '../errors.js';
import { asTensor, constant, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { formatShape, stridesOf } from '../shape.js';
import {
  abs,
  add,
  cast,
  ceil,
  divide,
  floor,
  greaterEqual,
  less,
  logicalAnd,
  maximum,
  minimum,
  mod,
  multiply,
  subtract,
  where,
} from './elementwise.js';
import { take } from './indexing.js';
import { solve } from './linalg.js';
import { concatenate, expandDims, moveaxis, ravel, reshape, sliceAxis, squeeze, stack } from './movement.js';
import type { DataFormat } from './window.js';

/** What lies beyond the border: a constant, the border's element, the array again, or the array mirrored. */
export type FillMode = 'constant' | 'nearest' | 'wrap' | 'mirror' | 'reflect';

/** The index inside of 0 to n - 1 that counts for one outside. */
function inside(index: Tensor, n: number, mode: FillMode): Tensor {
  if (mode === 'wrap') return mod(index, n);
  if (mode === 'constant' || mode === 'nearest' || n === 1) return maximum(minimum(index, n - 1), 0);
  // 'mirror' does not repeat the border's element, 'reflect' does.
  if (mode === 'mirror') return subtract(n - 1, abs(subtract(mod(index, 2 * (n - 1)), n - 1)));
  const place = mod(index, 2 * n);
  return minimum(place, subtract(2 * n - 1, place));
}

/** The nearest integer, halves away from 0. */
function nearest(x: Tensor): Tensor {
  return where(less(x, 0), ceil(subtract(x, 0.5)), floor(add(x, 0.5)));
}

/**
 * The values of `inputs` at `coordinates` (rank of the inputs, ...): of the nearest element (order 0) or interpolated
 * linearly between neighbours (order 1).
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
  if (places.shape[0] !== x.rank) {
    throw new ShapeError(
      `mapCoordinates: expected ${x.rank} rows of coordinates for inputs of shape ${formatShape(x.shape)}. Received shape ${formatShape(places.shape)}.`,
    );
  }
  if (order !== 0 && order !== 1)
    throw new ValueError(`Invalid value for argument \`order\`. Expected one of [0, 1]. Received: order=${order}`);
  const strides = stridesOf(x.shape);
  const flat = ravel(x);
  const axes = x.shape.map((size, axis) => ({
    place: squeeze(sliceAxis(places, 0, axis, axis + 1), 0),
    size,
    stride: strides[axis]!,
  }));
  return sample(axes, order, fillMode, fillValue, index => take(flat, index, 0));
}

/** Where to sample along one axis: places, the axis's size, and how far its neighbours are from each other. */
interface SampledAxis {
  readonly place: Tensor;
  readonly size: number;
  readonly stride: number;
}

/**
 * What `valuesAt(index)` gives at places between whole numbers. Values may have further axes than the places have:
 * `spread` gives these to masks and weights.
 */
function sample(
  axes: readonly SampledAxis[],
  order: number,
  fillMode: FillMode,
  fillValue: number,
  valuesAt: (index: Tensor) => Tensor,
  spread: (x: Tensor) => Tensor = x => x,
): Tensor {
  const lower = axes.map(({ place }) => (order === 0 ? nearest(place) : floor(place)));
  const corners = order === 0 ? 1 : 2 ** axes.length;
  let result: Tensor | null = null;
  for (let corner = 0; corner < corners; corner++) {
    let index: Tensor = constant(0, 'int32');
    let weight: Tensor = constant(1);
    let valid: Tensor = constant(true);
    axes.forEach(({ place, size, stride }, axis) => {
      const upper = (corner >> axis) & 1;
      const at = add(lower[axis]!, upper);
      index = add(index, multiply(cast(inside(at, size, fillMode), 'int32'), stride));
      if (order === 1)
        weight = multiply(weight, upper ? subtract(place, lower[axis]!) : subtract(1, subtract(place, lower[axis]!)));
      if (fillMode === 'constant') valid = logicalAnd(valid, logicalAnd(greaterEqual(at, 0), less(at, size)));
    });
    const value = valuesAt(index);
    const known = fillMode === 'constant' ? where(spread(valid), value, fillValue) : value;
    const part = order === 1 ? multiply(spread(weight), known) : known;
    result = result ? add(result, part) : part;
  }
  return result!;
}

/** Images (batch, height, width, channels) at other places: for each output pixel, where it comes from, (batch, 2, height, width). */
function resample(
  images: Tensor,
  places: Tensor,
  interpolation: string,
  fillMode: FillMode,
  fillValue: number,
): Tensor {
  const orders: { readonly [name: string]: number } = { nearest: 0, bilinear: 1 };
  const order = orders[interpolation];
  if (order === undefined) {
    throw new ValueError(
      `Invalid value for argument \`interpolation\`. Expected 'nearest' or 'bilinear'. Received: interpolation=${interpolation}`,
    );
  }
  // All channels of all images at once: one row of channels for each pixel.
  const [n, height, width, c] = images.shape as [number, number, number, number];
  const pixelsOfAll = reshape(images, [n * height * width, c]);
  const firstOfEach = constant(
    Int32Array.from({ length: n }, (_, b) => b * height * width),
    'int32',
    [n, 1, 1],
  );
  const [rows, columns] = [0, 1].map(axis => squeeze(sliceAxis(places, 1, axis, axis + 1), 1));
  return sample(
    [
      { place: rows!, size: height, stride: width },
      { place: columns!, size: width, stride: 1 },
    ],
    order,
    fillMode,
    fillValue,
    index => take(pixelsOfAll, add(index, firstOfEach), 0),
    x => expandDims(x, -1),
  );
}

/** `warp` for one image or a batch, in either data format. */
function onBatch(images: TensorLike, dataFormat: DataFormat, warp: (x: Tensor) => Tensor): Tensor {
  const given = cast(asTensor(images), 'float32');
  const batch = given.rank === 3 ? expandDims(given, 0) : given;
  if (batch.rank !== 4)
    throw new ShapeError(
      `Expected an image of rank 3 or a batch of rank 4. Received shape ${formatShape(given.shape)}.`,
    );
  const warped = warp(dataFormat === 'channels_last' ? batch : moveaxis(batch, 1, -1));
  const result = dataFormat === 'channels_last' ? warped : moveaxis(warped, -1, 1);
  return given.rank === 3 ? squeeze(result, 0) : result;
}

/** Rows and columns of all pixels, (height · width) each. */
function pixels(height: number, width: number): { rows: Tensor; columns: Tensor } {
  const at = (value: (i: number) => number) =>
    constant(Float32Array.from({ length: height * width }, (_, i) => value(i)));
  return { rows: at(i => Math.floor(i / width)), columns: at(i => i % width) };
}

/**
 * Output pixel (x, y) comes from ((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k), k = c0 x + c1 y + 1.
 * @param transforms (batch, 8): a0, a1, a2, b0, b1, b2, c0, c1.
 */
function project(transforms: Tensor, height: number, width: number): Tensor {
  const n = transforms.shape[0]!;
  const { rows: y, columns: x } = pixels(height, width);
  const t = (i: number) => sliceAxis(transforms, 1, i, i + 1);
  const linear = (i: number, last: Tensor | number) => add(add(multiply(t(i), x), multiply(t(i + 1), y)), last);
  const k = linear(6, 1);
  return reshape(stack([divide(linear(3, t(5)), k), divide(linear(0, t(2)), k)], 1), [n, 2, height, width]);
}

/** Images under an affine map; `transform` (batch, 8) says where output pixels come from: a0, a1, a2, b0, b1, b2, 0, 0. */
export function affineTransform(
  images: TensorLike,
  transform: TensorLike,
  interpolation = 'bilinear',
  fillMode: FillMode = 'constant',
  fillValue = 0,
  dataFormat: DataFormat = 'channels_last',
): Tensor {
  return onBatch(images, dataFormat, x => {
    const [n, height, width] = x.shape as [number, number, number];
    const given = asTensor(transform);
    const rows = given.rank === 1 ? expandDims(given, 0) : given;
    if (rows.rank !== 2 || rows.shape[1] !== 8 || ![1, n].includes(rows.shape[0]!)) {
      throw new ShapeError(
        `affineTransform: expected transforms of shape (8,) or (batch, 8) for images of shape ${formatShape(x.shape)}. ` +
          `Received shape ${formatShape(given.shape)}.`,
      );
    }
    const affine = concatenate([sliceAxis(rows, 1, 0, 6), multiply(sliceAxis(rows, 1, 0, 2), 0)], 1);
    const all = rows.shape[0] === n ? affine : concatenate(new Array<Tensor>(n).fill(affine), 0);
    return resample(x, project(all, height, width), interpolation, fillMode, fillValue);
  });
}

/** Images such that the four start points, (batch, 4, 2) as x and y, come to lie at the end points. */
export function perspectiveTransform(
  images: TensorLike,
  startPoints: TensorLike,
  endPoints: TensorLike,
  interpolation = 'bilinear',
  fillValue = 0,
  dataFormat: DataFormat = 'channels_last',
): Tensor {
  return onBatch(images, dataFormat, x => {
    const [n, height, width] = x.shape as [number, number, number];
    const corners = (points: TensorLike) => {
      const tensor = cast(asTensor(points), 'float32');
      return tensor.rank === 2 ? expandDims(tensor, 0) : tensor;
    };
    const [start, end] = [corners(startPoints), corners(endPoints)];
    const part = (points: Tensor, i: number) => sliceAxis(points, 2, i, i + 1);
    const [sx, sy, ex, ey] = [part(start, 0), part(start, 1), part(end, 0), part(end, 1)];
    const zero = multiply(ex, 0);
    const one = add(zero, 1);
    const equations = concatenate(
      [
        concatenate([ex, ey, one, zero, zero, zero, multiply(-1, multiply(sx, ex)), multiply(-1, multiply(sx, ey))], 2),
        concatenate([zero, zero, zero, ex, ey, one, multiply(-1, multiply(sy, ex)), multiply(-1, multiply(sy, ey))], 2),
      ],
      1,
    );
    const transforms = squeeze(solve(equations, concatenate([sx, sy], 1)), 2);
    const all = transforms.shape[0] === n ? transforms : concatenate(new Array<Tensor>(n).fill(transforms), 0);
    return resample(x, project(all, height, width), interpolation, 'constant', fillValue);
  });
}
