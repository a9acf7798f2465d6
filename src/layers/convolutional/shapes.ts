// Output shapes of convolutions, where sizes may be unknown.

import { ShapeError } from '../../errors.js';
import type { DataFormat } from '../../ops/window.js';
import { formatShape } from '../../shape.js';
import type { SymbolicShape } from '../kerasTensor.js';

type Sizes = readonly number[];

export interface Windows {
  readonly kernelSize: Sizes;
  readonly strides: Sizes;
  readonly dilationRate: Sizes;
  readonly padding: 'valid' | 'same' | 'causal';
  readonly dataFormat: DataFormat;
}

/** The number of channels of an input. @throws ShapeError if it is not known. */
export function channelsOf(shape: SymbolicShape, dataFormat: DataFormat, name: string): number {
  const channels = dataFormat === 'channels_last' ? shape.at(-1) : shape[1];
  if (typeof channels !== 'number') {
    throw new ShapeError(
      `Layer "${name}": the channel dimension of the inputs must be known. Received shape ${formatShape(shape)}.`,
    );
  }
  return channels;
}

function withSpatial(
  shape: SymbolicShape,
  dataFormat: DataFormat,
  channels: number,
  sizeOf: (dim: number | null, i: number) => number | null,
): SymbolicShape {
  const spatial = (dataFormat === 'channels_last' ? shape.slice(1, -1) : shape.slice(2)).map(sizeOf);
  return dataFormat === 'channels_last' ? [shape[0]!, ...spatial, channels] : [shape[0]!, channels, ...spatial];
}

/** The output shape of a convolution with `filters` channels. @throws ShapeError if no window fits. */
export function convShape(shape: SymbolicShape, filters: number, windows: Windows): SymbolicShape {
  const { kernelSize, strides, dilationRate, padding, dataFormat } = windows;
  return withSpatial(shape, dataFormat, filters, (dim, i) => {
    if (dim === null) return null;
    const reach = (kernelSize[i]! - 1) * dilationRate[i]!;
    const size = Math.floor((dim - (padding === 'valid' ? reach : 0) - 1) / strides[i]!) + 1;
    if (size <= 0) {
      throw new ShapeError(
        `Computed output size would be negative. Received input shape=${formatShape(shape)}, kernel size=${formatShape(kernelSize)}, ` +
          `dilation rate=${formatShape(dilationRate)}. Use a smaller kernel or padding 'same'.`,
      );
    }
    return size;
  });
}

/** The output shape of a transposed convolution. */
export function convTransposeShape(
  shape: SymbolicShape,
  filters: number,
  windows: Windows,
  outputPadding: Sizes | null,
): SymbolicShape {
  const { kernelSize, strides, dilationRate, padding, dataFormat } = windows;
  return withSpatial(shape, dataFormat, filters, (dim, i) => {
    if (dim === null) return null;
    const kernel = (kernelSize[i]! - 1) * dilationRate[i]! + 1;
    const stride = strides[i]!;
    if (outputPadding === null) return padding === 'same' ? dim * stride : dim * stride + Math.max(kernel - stride, 0);
    const pad = padding === 'same' ? 2 * Math.floor(kernel / 2) : 0;
    return (dim - 1) * stride + kernel - pad + outputPadding[i]!;
  });
}
