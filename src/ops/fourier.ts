// Discrete Fourier transforms as products with matrices of sines and cosines. Complex tensors are pairs [real, imaginary].

import { ShapeError, ValueError } from '../errors.js';
import { asTensor, constant, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { formatShape, sameShape } from '../shape.js';
import { add, cast, divide, less, multiply, negative, subtract, where } from './elementwise.js';
import { hamming, hanning } from './grid.js';
import { segmentSum } from './indexing.js';
import { matmul } from './matmul.js';
import { moveaxis, pad, reshape, sliceAxis, swapaxes } from './movement.js';
import { extractSequences } from './patches.js';

export type Complex = readonly [real: TensorLike, imaginary: TensorLike];

/** cos and sin of 2π k n / size, for n along rows and k along columns. */
function waves(rows: number, columns: number, size: number): { cos: Tensor; sin: Tensor } {
  const table = (fn: (angle: number) => number) =>
    // The product is reduced first: large angles lose digits.
    constant(
      Float32Array.from({ length: rows * columns }, (_, i) =>
        fn((2 * Math.PI * ((Math.floor(i / columns) * (i % columns)) % size)) / size),
      ),
      'float32',
      [rows, columns],
    );
  return { cos: table(Math.cos), sin: table(Math.sin) };
}

function parts(name: string, x: Complex): [Tensor, Tensor] {
  const [real, imaginary] = x.map(part => cast(asTensor(part), 'float32')) as [Tensor, Tensor];
  if (!sameShape(real.shape, imaginary.shape) || real.rank === 0) {
    throw new ShapeError(
      `${name}: expected [real, imaginary] of one shape with at least one axis. Received shapes ${formatShape(real.shape)} and ${formatShape(imaginary.shape)}.`,
    );
  }
  return [real, imaginary];
}

/** Σ x[n] exp(∓2πi k n / N) over the last axis: [real, imaginary]. */
function transform(real: Tensor, imaginary: Tensor, inverse: boolean): [Tensor, Tensor] {
  const n = real.shape.at(-1)!;
  const { cos, sin } = waves(n, n, n);
  const signed = inverse ? negative(sin) : sin;
  return [add(matmul(real, cos), matmul(imaginary, signed)), subtract(matmul(imaginary, cos), matmul(real, signed))];
}

/** The Fourier transform along the last axis. */
export function fft(x: Complex): [Tensor, Tensor] {
  return transform(...parts('fft', x), false);
}

/** The Fourier transform along the last two axes. */
export function fft2(x: Complex): [Tensor, Tensor] {
  return planes(parts('fft2', x), false);
}

/** The inverse of fft2. */
export function ifft2(x: Complex): [Tensor, Tensor] {
  const given = parts('ifft2', x);
  const count = given[0].shape.slice(-2).reduce((a, b) => a * b, 1);
  return planes(given, true).map(part => divide(part, count)) as [Tensor, Tensor];
}

function planes(x: readonly [Tensor, Tensor], inverse: boolean): [Tensor, Tensor] {
  const rows = transform(x[0], x[1], inverse).map(part => swapaxes(part, -1, -2)) as [Tensor, Tensor];
  return transform(...rows, inverse).map(part => swapaxes(part, -1, -2)) as [Tensor, Tensor];
}

/** The last axis cut, or continued with zeros, to `length`. */
function fitted(x: Tensor, length: number): Tensor {
  const n = x.shape.at(-1)!;
  return n >= length
    ? sliceAxis(x, x.rank - 1, 0, length)
    : pad(
        x,
        x.shape.map((_, axis): [number, number] => [0, axis === x.rank - 1 ? length - n : 0]),
      );
}

/** The first half of the Fourier transform of real numbers: fftLength / 2 + 1 frequencies. */
export function rfft(x: TensorLike, fftLength: number | null = null): [Tensor, Tensor] {
  const given = cast(asTensor(x), 'float32');
  const n = fftLength ?? given.shape.at(-1)!;
  const signal = fitted(given, n);
  const { cos, sin } = waves(n, Math.floor(n / 2) + 1, n);
  return [matmul(signal, cos), negative(matmul(signal, sin))];
}

/** The real numbers, `fftLength` of them, whose rfft is x. */
export function irfft(x: Complex, fftLength: number | null = null): Tensor {
  const [real, imaginary] = parts('irfft', x);
  const n = fftLength ?? 2 * (real.shape.at(-1)! - 1);
  const half = Math.floor(n / 2) + 1;
  const { cos, sin } = waves(half, n, n);
  // All frequencies but the first, and the last of an even number, stand for two.
  const share = constant(
    Float32Array.from({ length: half }, (_, k) => (k === 0 || 2 * k === n ? 1 : 2) / n),
    'float32',
    [half, 1],
  );
  return subtract(
    matmul(fitted(real, half), multiply(cos, share)),
    matmul(fitted(imaginary, half), multiply(sin, share)),
  );
}

type Window = 'hann' | 'hamming' | TensorLike | null;

/** A window of `length`, in the middle of `fftLength`. */
function windowOf(window: Window, length: number, fftLength: number): Tensor {
  let shape: Tensor;
  if (window === null) return constant(new Float32Array(fftLength).fill(1));
  if (window === 'hann' || window === 'hamming')
    shape = sliceAxis((window === 'hann' ? hanning : hamming)(length + 1), 0, 0, length);
  else if (typeof window === 'string')
    throw new ValueError(`stft: expected window 'hann', 'hamming', a tensor or null. Received '${String(window)}'.`);
  else shape = asTensor(window);
  const before = Math.floor((fftLength - length) / 2);
  return pad(shape, [[before, fftLength - length - before]]);
}

/** Fourier transforms of windows of the last axis: [real, imaginary] of shape (..., windows, fftLength / 2 + 1). */
export function stft(
  x: TensorLike,
  sequenceLength: number,
  sequenceStride: number,
  fftLength: number,
  window: Window = 'hann',
  center = true,
): [Tensor, Tensor] {
  if (sequenceLength > fftLength)
    throw new ValueError(`stft: expected sequenceLength up to fftLength. Received ${sequenceLength} and ${fftLength}.`);
  const given = cast(asTensor(x), 'float32');
  const margin = Math.floor(fftLength / 2);
  const signal = center
    ? pad(
        given,
        given.shape.map((_, axis): [number, number] => (axis === given.rank - 1 ? [margin, margin] : [0, 0])),
        'reflect',
      )
    : given;
  const frames = extractSequences(signal, fftLength, sequenceStride);
  return rfft(multiply(frames, windowOf(window, sequenceLength, fftLength)), fftLength);
}

/** The signal whose windows have the Fourier transforms x: overlapping windows are added and divided by their weights. */
export function istft(
  x: Complex,
  sequenceLength: number,
  sequenceStride: number,
  fftLength: number,
  length: number | null = null,
  window: Window = 'hann',
  center = true,
): Tensor {
  const weights = windowOf(window, sequenceLength, fftLength);
  const frames = multiply(irfft(x, fftLength), weights);
  const count = frames.shape.at(-2)!;
  const total = (count - 1) * sequenceStride + fftLength;
  const places = Int32Array.from(
    { length: count * fftLength },
    (_, i) => Math.floor(i / fftLength) * sequenceStride + (i % fftLength),
  );
  const batch = frames.shape.slice(0, -2);
  const overlap = (values: Tensor) =>
    moveaxis(segmentSum(moveaxis(reshape(values, [...batch, count * fftLength]), -1, 0), places, total), 0, -1);
  const norm = overlap(add(multiply(frames, 0), multiply(weights, weights)));
  const signal = divide(overlap(frames), where(less(norm, 1e-11), 1, norm));
  const start = center ? Math.floor(fftLength / 2) : 0;
  const end = length === null ? (center ? total - Math.floor(fftLength / 2) : total) : Math.min(start + length, total);
  return sliceAxis(signal, signal.rank - 1, start, end);
}
