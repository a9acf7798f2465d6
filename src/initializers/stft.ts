// The initializer of convolutions that are short-time Fourier transforms.

import { configured, known } from '../configured.js';
import { type DType, newArray } from '../dtype.js';
import { ShapeError, ValueError } from '../errors.js';
import { fromTypedArray } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { type Field, value, word } from '../options.js';
import { formatShape, type Shape } from '../shape.js';
import { Initializer } from './initializer.js';

/** Windows as sums of cosines: w(n) = a0 - a1 cos(2πn / N) + a2 cos(4πn / N) - ... */
const windows: { readonly [name: string]: readonly number[] } = {
  boxcar: [1],
  hann: [0.5, 0.5],
  hamming: [0.54, 0.46],
  blackman: [0.42, 0.5, 0.08],
  nuttall: [0.3635819, 0.4891775, 0.1365995, 0.0106411],
  blackmanharris: [0.35875, 0.48829, 0.14128, 0.01168],
  flattop: [0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368],
};

type Window = string | readonly number[] | null;

const window: Field<Window, Window, false> = {
  required: false,
  parse(given, where) {
    if (given === undefined) return 'hann';
    if (given === null || Array.isArray(given) || Object.hasOwn(windows, given as string)) return given;
    const names = Object.keys(windows).map(name => `'${name}'`);
    throw new ValueError(`${where} must be one of ${names.join(', ')}, a list of numbers or null. Received: ${given}`);
  },
  toConfig: kept => kept,
};

const scaling: Field<'density' | 'spectrum' | null, 'density' | 'spectrum' | null, false> = {
  required: false,
  parse: (given, where) =>
    given === null ? null : word<'density' | 'spectrum'>('density', 'spectrum').parse(given, where),
  toConfig: kept => kept,
};

const options = { side: word<'real' | 'imag'>('real', 'imag'), window, periodic: value<boolean>(false), scaling };

class STFTClass extends configured(Initializer, 'STFT', options, ['side', 'window', 'scaling', 'periodic']) {
  override call(shape: Shape, dtype: DType = 'float32'): Tensor {
    const [length, channels, bands] = shape;
    if (length === undefined || bands === undefined || channels !== 1 || shape.length !== 3) {
      throw new ShapeError(
        `STFT: expected a shape (window, 1, frequencies), those of half the spectrum. Received: ${formatShape(shape)}.`,
      );
    }
    const samples = this.#samples(length);
    const wave = this.side === 'real' ? Math.cos : Math.sin;
    const size = 2 * (bands - 1);
    const data = newArray(dtype, length * bands);
    for (let i = 0; i < data.length; i++) {
      const [time, band] = [Math.floor(i / bands), i % bands];
      // The product is reduced first: large angles lose digits.
      data[i] = samples[time]! * wave((-2 * Math.PI * ((time * band) % size)) / size);
    }
    return fromTypedArray(data, shape, dtype);
  }

  /** The window, scaled. */
  #samples(length: number): readonly number[] {
    const { window, scaling, periodic } = this;
    if (window === null) return new Array<number>(length).fill(1);
    const samples = typeof window === 'string' ? windowOf(windows[window]!, length, periodic) : window;
    if (samples.length !== length) {
      throw new ShapeError(
        `STFT: expected a window of ${length} numbers, as the shape says. Received ${samples.length}.`,
      );
    }
    const sum = (term: (sample: number) => number) => samples.reduce((total, sample) => total + term(sample), 0);
    const scale = scaling === null ? 1 : scaling === 'density' ? Math.sqrt(sum(sample => sample ** 2)) : sum(Math.abs);
    return samples.map(sample => sample / scale);
  }
}

function windowOf(factors: readonly number[], length: number, periodic: boolean): number[] {
  if (length === 1) return [1];
  const period = periodic ? length : length - 1;
  return Array.from({ length }, (_, n) =>
    factors.reduce((sum, factor, k) => sum + (k % 2 ? -factor : factor) * Math.cos((2 * Math.PI * k * n) / period), 0),
  );
}

/**
 * Kernels (window, 1, frequencies) of a Conv1D that computes the real side of short-time Fourier transforms, or with
 * 'imag' the imaginary one. `window` weighs the samples (default 'hann'), divided by its norm (`scaling` 'density', the
 * default) or its sum ('spectrum').
 * @throws ShapeError for other shapes
 */
export const STFT = known('keras.initializers', STFTClass, 'STFTInitializer');
export type STFT = STFTClass;
