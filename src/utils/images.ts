// Pictures as arrays and back, in the form in which a canvas has them: rows of red, green, blue and opacity.

import { type ArrayData, column } from '../data/column.js';
import { ShapeError, ValueError } from '../errors.js';
import { NDArray, type NumberArray } from '../ndarray.js';
import { formatShape } from '../shape.js';

/** What `context.getImageData` of a canvas gives, and what PNG and JPEG decoders give. */
export interface ImageLike {
  readonly width: number;
  readonly height: number;
  /** 4 bytes for each point: red, green, blue, opacity. */
  readonly data: Uint8ClampedArray | Uint8Array;
}

export interface ImageOptions {
  /** Channels of the array: 1, 3 or 4. Default 'rgb'. */
  readonly colorMode?: 'grayscale' | 'rgb' | 'rgba';
  /** Where the array has its channels. Default 'channels_last'. */
  readonly dataFormat?: 'channels_last' | 'channels_first';
}

const channelsOf = { grayscale: 1, rgb: 3, rgba: 4 } as const;

/** The picture as numbers from 0 to 255: (height, width, channels). Keras: keras.utils.img_to_array. */
export function imgToArray(
  { width, height, data }: ImageLike,
  { colorMode = 'rgb', dataFormat = 'channels_last' }: ImageOptions = {},
): NDArray<Float32Array> {
  const channels = channelsOf[colorMode];
  const points = width * height;
  if (data.length !== 4 * points) {
    throw new ShapeError(
      `imgToArray: expected 4 bytes for each of ${width} x ${height} points. Received ${data.length} bytes.`,
    );
  }
  const isFirst = dataFormat === 'channels_first';
  const result = new Float32Array(points * channels);
  for (let i = 0; i < points; i++) {
    for (let c = 0; c < channels; c++) {
      const value = channels === 1 ? luma(data[4 * i]!, data[4 * i + 1]!, data[4 * i + 2]!) : data[4 * i + c]!;
      result[isFirst ? c * points + i : i * channels + c] = value;
    }
  }
  return new NDArray(result, isFirst ? [channels, height, width] : [height, width, channels]);
}

/** Brightness as the Python library Pillow computes it, by ITU-R 601. */
function luma(red: number, green: number, blue: number): number {
  return (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
}

/**
 * An array of shape (height, width, 1, 3 or 4) as a picture: `new ImageData(data, width, height)` shows it. `scale` (default
 * true) spreads the values over 0 to 255, as Keras does. Keras: keras.utils.array_to_img.
 */
export function arrayToImg(
  x: ArrayData,
  {
    dataFormat = 'channels_last',
    scale = true,
  }: { readonly dataFormat?: ImageOptions['dataFormat']; readonly scale?: boolean } = {},
): { readonly width: number; readonly height: number; readonly data: Uint8ClampedArray<ArrayBuffer> } {
  const { data, shape } = column(x, undefined, 'x');
  if (shape.length !== 3) {
    throw new ShapeError(`Expected image array to have rank 3 (single image). Received shape ${formatShape(shape)}.`);
  }
  const isFirst = dataFormat === 'channels_first';
  const [height, width, channels] = (isFirst ? [shape[1], shape[2], shape[0]] : shape) as [number, number, number];
  if (![1, 3, 4].includes(channels)) {
    throw new ValueError(`Unsupported channel number: ${channels}. Expected 1, 3 or 4, ${dataFormat}.`);
  }
  const toByte = scale ? scaling(data) : (value: number) => value;
  const points = width * height;
  const result = new Uint8ClampedArray(4 * points).fill(255);
  for (let i = 0; i < points; i++) {
    for (let c = 0; c < (channels === 1 ? 3 : channels); c++) {
      const channel = channels === 1 ? 0 : c;
      // Keras cuts off the fraction.
      result[4 * i + c] = Math.trunc(toByte(data[isFirst ? channel * points + i : i * channels + channel]!));
    }
  }
  return { width, height, data: result };
}

function scaling(data: NumberArray): (value: number) => number {
  let least = Infinity;
  let most = -Infinity;
  for (const value of data) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  const range = Math.fround(most - least) || 1;
  return value => Math.fround(Math.fround(Math.fround(value - least) / range) * 255);
}
