// Convolution and transposed convolution as keras.ops has them, over one to three spatial axes.

import { ShapeError, ValueError } from '../errors.js';
import { apply, asTensor, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { formatShape, type Shape, sameShape } from '../shape.js';
import { type ConvAttrs, type ConvAxis, convInputGradOp, convOp } from './convolution.js';
import { cast } from './elementwise.js';
import { channelsLast, type DataFormat, type Padding, perAxis, windowAxis } from './window.js';

/** Zeros in front of and behind each spatial axis. */
export type ExplicitPadding = readonly (readonly [before: number, after: number])[];

export interface ConvOptions {
  /** Steps between outputs: a number, or one per spatial axis. Default 1. */
  readonly strides?: number | readonly number[];
  /**
   * 'valid' (default): windows inside the input only. 'same': ceil(size / stride) outputs, with zeros on both
   * sides, an odd one behind. 'causal' (one spatial axis): zeros in front only, so that no output sees later
   * inputs. Or pairs.
   */
  readonly padding?: Padding | 'causal' | ExplicitPadding;
  /** Distance of the taps: a number, or one per spatial axis. Default 1. */
  readonly dilationRate?: number | readonly number[];
  /**
   * Channels fall into this many groups that do not mix. Default: input channels / channels of the kernel.
   */
  readonly groups?: number;
  /** Default 'channels_last'. */
  readonly dataFormat?: DataFormat;
}

/**
 * y[o, j] = sum over taps t and channels i of x[o·stride + t·dilation - before, i]·kernel[t, i, j].
 * @param inputs [batch, ...spatial, channels] with one to three spatial axes.
 * @param kernel [...taps, channels / groups, filters].
 * @returns [batch, ...outputs, filters].
 * @throws ShapeError if ranks or channels do not fit, or no window fits.
 */
export function conv(inputs: TensorLike, kernel: TensorLike, options: ConvOptions = {}): Tensor {
  const { strides = 1, padding = 'valid', dilationRate = 1, groups, dataFormat = 'channels_last' } = options;
  const x = cast(asTensor(inputs), 'float32');
  const w = cast(asTensor(kernel), 'float32');
  checkRanks('conv', x, w);
  return channelsLast(x, dataFormat, t => {
    const attrs = convAttrs(t.shape, w.shape, strides, padding, dilationRate, groups);
    return apply(convOp, [t, w], attrs);
  });
}

export interface ConvTransposeOptions {
  /** Default 1. */
  readonly strides?: number | readonly number[];
  /** 'valid' (default): size·stride + max(window - stride, 0) outputs; 'same': size·stride. */
  readonly padding?: Padding;
  /**
   * Further outputs behind the last one, with Keras's rule for the size: see `transposedAxis`. Default null.
   */
  readonly outputPadding?: number | readonly number[] | null;
  /** Default 1. */
  readonly dilationRate?: number | readonly number[];
  /** Default 'channels_last'. */
  readonly dataFormat?: DataFormat;
}

/**
 * Transposed convolution: the gradient of a convolution with respect to its input, which spreads every input
 * over `strides` times as many outputs.
 * @param inputs [batch, ...spatial, channels] with one to three spatial axes.
 * @param kernel [...taps, filters, channels]: the last two axes are swapped against conv, as in Keras.
 * @returns [batch, ...outputs, filters].
 * @throws ShapeError if ranks or channels do not fit.
 */
export function convTranspose(inputs: TensorLike, kernel: TensorLike, options: ConvTransposeOptions = {}): Tensor {
  const {
    strides = 1,
    padding = 'valid',
    outputPadding = null,
    dilationRate = 1,
    dataFormat = 'channels_last',
  } = options;
  const x = cast(asTensor(inputs), 'float32');
  const w = cast(asTensor(kernel), 'float32');
  checkRanks('convTranspose', x, w);
  return channelsLast(x, dataFormat, t => {
    const attrs = convTransposeAttrs(t.shape, w.shape, strides, padding, outputPadding, dilationRate);
    return apply(convInputGradOp, [t, w], attrs);
  });
}

/**
 * Transposed convolution to outputs of a given size: the gradient, with respect to its input, of the convolution that maps
 * `outputShape` to the shape of `inputs`.
 * @param outputShape [...outputs], the spatial dimensions only.
 * @throws ShapeError if a convolution of that size has another result.
 */
export function convTransposeTo(
  inputs: TensorLike,
  kernel: TensorLike,
  outputShape: Shape,
  {
    strides = 1,
    padding = 'valid',
    dilationRate = 1,
    dataFormat = 'channels_last',
  }: Omit<ConvTransposeOptions, 'outputPadding'> = {},
): Tensor {
  const x = cast(asTensor(inputs), 'float32');
  const w = cast(asTensor(kernel), 'float32');
  checkRanks('convTranspose', x, w);
  return channelsLast(x, dataFormat, t => {
    const attrs = convAttrs(
      [t.shape[0]!, ...outputShape, w.shape.at(-2)!],
      w.shape,
      strides,
      padding,
      dilationRate,
      undefined,
    );
    if (!sameShape(attrs.shapeY, t.shape)) {
      throw new ShapeError(
        `convTranspose: a convolution of outputs of size (${outputShape.join(', ')}) has the shape ${formatShape(attrs.shapeY)}. ` +
          `Received inputs of shape ${formatShape(t.shape)}.`,
      );
    }
    return apply(convInputGradOp, [t, w], attrs);
  });
}

function convAttrs(
  shapeX: Shape,
  shapeW: Shape,
  strides: number | readonly number[],
  padding: Padding | 'causal' | ExplicitPadding,
  dilationRate: number | readonly number[],
  groups: number | undefined,
): ConvAttrs {
  const rank = shapeX.length - 2;
  const channels = shapeX.at(-1)!;
  const [cg, filters] = shapeW.slice(-2) as [number, number];
  const count = groups ?? channels / cg;
  if (!Number.isInteger(count) || count < 1 || cg * count !== channels || filters % count !== 0) {
    throw new ShapeError(
      `conv: expected a kernel for ${channels} input channels${groups ? ` in ${groups} groups` : ''}, shaped [..., channels / groups, ` +
        `filters] with filters divisible by the groups. Received kernel shape ${formatShape(shapeW)}.`,
    );
  }
  const steps = perAxis(strides, rank, 'strides');
  const dilations = perAxis(dilationRate, rank, 'dilationRate');
  const axes = steps.map((stride, i) => {
    const size = shapeX[i + 1]!;
    const taps = shapeW[i]!;
    const dilation = dilations[i]!;
    return { size, taps, stride, dilation, ...convAxis(size, taps, stride, dilation, padding, i, rank) };
  });
  const shapeY = [shapeX[0]!, ...axes.map(({ output }) => output), filters];
  return { shapeX, shapeW, shapeY, axes: threeAxes(axes), groups: count, activation: 'linear' };
}

/** How windows lie on axis `i` of `rank` under any kind of padding. */
function convAxis(
  size: number,
  taps: number,
  stride: number,
  dilation: number,
  padding: Padding | 'causal' | ExplicitPadding,
  i: number,
  rank: number,
): { output: number; before: number } {
  if (padding === 'same' || padding === 'valid') {
    const { output, before } = windowAxis(size, taps, stride, dilation, padding);
    return { output, before };
  }
  const pair =
    padding === 'causal' && rank === 1
      ? ([(taps - 1) * dilation, 0] as const)
      : typeof padding === 'string'
        ? undefined
        : padding[i];
  if (!pair || (typeof padding !== 'string' && padding.length !== rank)) {
    throw new ValueError(
      `padding must be 'valid', 'same', ${rank === 1 ? "'causal', " : ''}or ${rank} pairs of sizes. Received: ${JSON.stringify(padding)}.`,
    );
  }
  const { output } = windowAxis(size + pair[0] + pair[1], taps, stride, dilation, 'valid');
  return { output, before: pair[0] };
}

function convTransposeAttrs(
  shape: Shape,
  shapeW: Shape,
  strides: number | readonly number[],
  padding: Padding,
  outputPadding: number | readonly number[] | null,
  dilationRate: number | readonly number[],
): ConvAttrs {
  const rank = shape.length - 2;
  const [filters, channels] = shapeW.slice(-2) as [number, number];
  if (channels !== shape.at(-1)) {
    throw new ShapeError(
      `convTranspose: expected a kernel [..., filters, channels] for ${shape.at(-1)} input channels. ` +
        `Received kernel shape ${formatShape(shapeW)}.`,
    );
  }
  if (padding !== 'same' && padding !== 'valid') {
    throw new ValueError(`padding must be 'valid' or 'same'. Received: ${JSON.stringify(padding)}.`);
  }
  const steps = perAxis(strides, rank, 'strides');
  const dilations = perAxis(dilationRate, rank, 'dilationRate');
  const axes = steps.map((stride, i) => {
    const more = outputPadding === null || typeof outputPadding === 'number' ? outputPadding : outputPadding[i]!;
    return transposedAxis(shape[i + 1]!, shapeW[i]!, stride, dilations[i]!, padding, more);
  });
  const shapeX = [shape[0]!, ...axes.map(({ size }) => size), filters];
  return { shapeX, shapeW, shapeY: shape, axes: threeAxes(axes), groups: 1, activation: 'linear' };
}

/**
 * The axis of the convolution whose input gradient this is: `size` is what the transposed convolution gives.
 * With window = (taps - 1)·dilation + 1 and `n` inputs:
 *   valid: (n - 1)·stride + window + outputPadding, which is by default what brings it to max(window,
 * stride);
 *   same: n·stride by default, otherwise (n - 1)·stride + window % 2 + outputPadding.
 * (keras/src/backend/common/backend_utils.py, with the padding that JAX gets.)
 */
function transposedAxis(
  n: number,
  taps: number,
  stride: number,
  dilation: number,
  padding: Padding,
  outputPadding: number | null,
): ConvAxis {
  const window = (taps - 1) * dilation + 1;
  let left = window - 1;
  let total = 2 * (window - 1) + (outputPadding ?? Math.max(stride - window, 0));
  if (padding === 'same') {
    total = outputPadding === null ? stride + window - 2 : window + (window % 2) - 2 + outputPadding;
    left = Math.min(Math.ceil(total / 2), window - 1);
  }
  const size = n === 0 ? 0 : Math.max((n - 1) * stride + 1 + total - (window - 1), 0);
  return { size, output: n, taps, stride, dilation, before: window - 1 - left };
}

/** Spatial axes as depth, height, width. */
function threeAxes(axes: readonly ConvAxis[]): ConvAttrs['axes'] {
  const missing: ConvAxis = { size: 1, output: 1, taps: 1, stride: 1, dilation: 1, before: 0 };
  return [missing, missing, ...axes].slice(-3) as [ConvAxis, ConvAxis, ConvAxis];
}

function checkRanks(name: string, x: Tensor, w: Tensor): void {
  if (x.rank < 3 || x.rank > 5 || w.rank !== x.rank) {
    throw new ShapeError(
      `${name}: expected inputs of rank 3 to 5 (batch, one to three spatial axes, channels) and a kernel of the same rank. ` +
        `Received shapes ${formatShape(x.shape)} and ${formatShape(w.shape)}.`,
    );
  }
}
