// What convolutions and poolings share: how windows lie on an axis by Keras's rules for 'valid' and 'same', options per
// axis, and the order of the axes.

import type { DataFormat } from '../defaults.js';
import { ShapeError, ValueError } from '../errors.js';
import type { Tensor } from '../graph/tensor.js';
import { moveaxis } from './movement.js';

export type Padding = 'valid' | 'same';
export type { DataFormat };

/** Windows on one axis: window o covers the positions o·stride - before + k·dilation, k < size of the window. */
export interface WindowAxis {
  /** Number of windows. */
  readonly output: number;
  /** Padding in front of the first and behind the last element. */
  readonly before: number;
  readonly after: number;
}

/**
 * Windows of `window` elements, `dilation` apart, on an axis of `size` elements.
 * 'valid': only windows that fit. 'same': ceil(size / stride) windows, with the padding they need on both sides, an
 * odd one behind.
 * @throws ShapeError if no window fits.
 */
export function windowAxis(
  size: number,
  window: number,
  stride: number,
  dilation: number,
  padding: Padding,
): WindowAxis {
  const extent = (window - 1) * dilation + 1;
  if (padding === 'same') {
    const output = Math.ceil(size / stride);
    const total = Math.max((output - 1) * stride + extent - size, 0);
    return { output, before: total >> 1, after: total - (total >> 1) };
  }
  if (extent > size) {
    throw new ShapeError(
      `A window over ${extent} elements does not fit an axis of ${size}. Use a smaller window, or padding 'same'.`,
    );
  }
  return { output: Math.floor((size - extent) / stride) + 1, before: 0, after: 0 };
}

/** One positive integer per spatial axis; a lone number counts for all. @throws ValueError naming the option. */
export function perAxis(value: number | readonly number[], axes: number, name: string): number[] {
  const list = typeof value === 'number' ? new Array<number>(axes).fill(value) : [...value];
  if (list.length !== axes || !list.every(item => Number.isInteger(item) && item > 0)) {
    throw new ValueError(`${name} must be a positive integer or ${axes} of them. Received: ${JSON.stringify(value)}.`);
  }
  return list;
}

/** @throws ValueError if it is neither 'valid' nor 'same'. */
export function checkPadding(padding: string): Padding {
  if (padding === 'valid' || padding === 'same') return padding;
  throw new ValueError(`padding must be 'valid' or 'same'. Received: ${JSON.stringify(padding)}.`);
}

/** @throws ValueError if it is neither 'channels_last' nor 'channels_first'. */
export function checkDataFormat(dataFormat: string): DataFormat {
  if (dataFormat === 'channels_last' || dataFormat === 'channels_first') return dataFormat;
  throw new ValueError(
    `dataFormat must be 'channels_last' or 'channels_first'. Received: ${JSON.stringify(dataFormat)}.`,
  );
}

/** compute(x) for a function that works channels last, on an x in either format; its result has the format of x. */
export function channelsLast(x: Tensor, dataFormat: DataFormat, compute: (x: Tensor) => Tensor): Tensor {
  if (checkDataFormat(dataFormat) === 'channels_last') return compute(x);
  return moveaxis(compute(moveaxis(x, 1, -1)), -1, 1);
}
