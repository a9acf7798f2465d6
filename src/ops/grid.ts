// Tensors whose elements follow from their positions: ranges, identity matrices, grids and windows. All but meshgrid are
// constants.

import { type DType, newArray } from '../dtype.js';
import { ValueError } from '../errors.js';
import { asTensor, fromTypedArray, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { broadcastTo, reshape } from './broadcast.js';
import { add, cast, divide, exp, log, multiply, power, subtract } from './elementwise.js';
import { moveaxis } from './movement.js';

/** A constant of one axis; float32 unless `dtype` says otherwise. */
function sequence(length: number, element: (i: number) => number, dtype: DType = 'float32'): Tensor {
  const data = newArray(dtype, length);
  for (let i = 0; i < length; i++) data[i] = dtype === 'bool' ? Number(element(i) !== 0) : element(i);
  return fromTypedArray(data, [length], dtype);
}

/**
 * start, start + step, ... up to but without stop; arange(n) counts from 0. int32 if all arguments are integers.
 * @throws ValueError for a step of 0.
 */
export function arange(start: number, stop: number | null = null, step = 1, dtype: DType | null = null): Tensor {
  if (step === 0) throw new ValueError('arange: expected a step other than 0.');
  const [from, to] = stop === null ? [0, start] : [start, stop];
  const integers = [from, to, step].every(Number.isInteger);
  const length = Math.max(0, Math.ceil((to - from) / step));
  return sequence(length, i => from + i * step, dtype ?? (integers ? 'int32' : 'float32'));
}

/**
 * `num` numbers at equal distances from start to stop, which is the last one unless `endpoint` is false. Between tensors
 * they lie along a new axis.
 */
export function linspace(
  start: TensorLike,
  stop: TensorLike,
  num = 50,
  endpoint = true,
  dtype: DType = 'float32',
  axis = 0,
): Tensor {
  const parts = Math.max(1, endpoint ? num - 1 : num);
  if (typeof start === 'number' && typeof stop === 'number') {
    return sequence(num, i => start + (i * (stop - start)) / parts, dtype);
  }
  const [from, to] = [cast(asTensor(start), 'float32'), cast(asTensor(stop), 'float32')];
  const step = divide(subtract(to, from), parts);
  const places = reshape(
    sequence(num, i => i),
    [num, ...step.shape.map(() => 1)],
  );
  return cast(moveaxis(add(from, multiply(places, step)), 0, axis), dtype);
}

/** Powers of `base` whose exponents are those of linspace. */
export function logspace(
  start: TensorLike,
  stop: TensorLike,
  num = 50,
  endpoint = true,
  base = 10,
  dtype: DType = 'float32',
  axis = 0,
): Tensor {
  if (typeof start === 'number' && typeof stop === 'number') {
    const parts = Math.max(1, endpoint ? num - 1 : num);
    return sequence(num, i => base ** (start + (i * (stop - start)) / parts), dtype);
  }
  return cast(power(base, linspace(start, stop, num, endpoint, 'float32', axis)), dtype);
}

/** `num` numbers from start to stop, each the same multiple of the one before. Both must have the same sign. */
export function geomspace(
  start: TensorLike,
  stop: TensorLike,
  num = 50,
  endpoint = true,
  dtype: DType = 'float32',
  axis = 0,
): Tensor {
  if (typeof start === 'number' && typeof stop === 'number') {
    const parts = Math.max(1, endpoint ? num - 1 : num);
    return sequence(num, i => start * (stop / start) ** (i / parts), dtype);
  }
  const from = cast(asTensor(start), 'float32');
  const exponents = linspace(0, log(divide(stop, from)), num, endpoint, 'float32', 0);
  return cast(moveaxis(multiply(from, exp(exponents)), 0, axis), dtype);
}

/** A matrix with ones on diagonal k and zeros elsewhere; square unless M gives the number of columns. */
export function eye(N: number, M: number | null = null, k = 0, dtype: DType = 'float32'): Tensor {
  const columns = M ?? N;
  return reshape(
    sequence(N * columns, i => Number((i % columns) - Math.floor(i / columns) === k), dtype),
    [N, columns],
  );
}

/** The identity matrix. */
export function identity(n: number, dtype: DType = 'float32'): Tensor {
  return eye(n, null, 0, dtype);
}

/** A matrix with ones on and below diagonal k and zeros above it. */
export function tri(N: number, M: number | null = null, k = 0, dtype: DType = 'float32'): Tensor {
  const columns = M ?? N;
  return reshape(
    sequence(N * columns, i => Number((i % columns) - Math.floor(i / columns) <= k), dtype),
    [N, columns],
  );
}

/** The coordinates of a grid: output i holds axis i's coordinate at every point. 'xy' exchanges the first two axes. */
export function meshgrid(xs: readonly TensorLike[], indexing: 'xy' | 'ij' = 'xy'): Tensor[] {
  const axes = xs.map(x => reshape(asTensor(x), [-1]));
  const place = (i: number) => (indexing === 'xy' && axes.length > 1 && i < 2 ? 1 - i : i);
  const shape = axes.map((_, i) => axes[place(i)]!.size);
  return axes.map((x, i) =>
    broadcastTo(
      reshape(
        x,
        shape.map((_, axis) => (axis === place(i) ? x.size : 1)),
      ),
      shape,
    ),
  );
}

/** A raised cosine a − b·cos(2πi / (n − 1)). */
function cosineWindow(n: number, a: number, b: number): Tensor {
  return sequence(n, i => (n === 1 ? 1 : a - b * Math.cos((2 * Math.PI * i) / (n - 1))));
}

/** The Hamming window of n elements. */
export function hamming(n: number): Tensor {
  return cosineWindow(n, 0.54, 0.46);
}

/** The Hann window of n elements. */
export function hanning(n: number): Tensor {
  return cosineWindow(n, 0.5, 0.5);
}

/** The triangular window of n elements, 0 at both ends. */
export function bartlett(n: number): Tensor {
  return sequence(n, i => (n === 1 ? 1 : 1 - Math.abs((2 * i) / (n - 1) - 1)));
}

/** The Blackman window of n elements. */
export function blackman(n: number): Tensor {
  const angle = (i: number) => (2 * Math.PI * i) / (n - 1);
  return sequence(n, i => (n === 1 ? 1 : 0.42 - 0.5 * Math.cos(angle(i)) + 0.08 * Math.cos(2 * angle(i))));
}

/** The Kaiser window of n elements: I0(beta · sqrt(1 - t²)) / I0(beta) for t from -1 to 1. */
export function kaiser(n: number, beta: number): Tensor {
  return sequence(n, i => (n === 1 ? 1 : bessel(beta * Math.sqrt(1 - ((2 * i) / (n - 1) - 1) ** 2)) / bessel(beta)));
}

/** The modified Bessel function I0 by its power series: Σ ((x/2)^k / k!)². */
function bessel(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > 1e-17 * sum; k++) {
    term *= (x / 2 / k) ** 2;
    sum += term;
  }
  return sum;
}
