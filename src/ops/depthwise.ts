// Depthwise convolution: every channel with filters of its own, over one or two spatial dimensions. Everything is
// computed channels last and with two dimensions; in 1D the height is 1. With a multiplier above 1, channels are
// repeated first, so that the kernels know one filter per channel only.

import { ShapeError } from '../errors.js';
import { apply, asTensor, type TensorLike } from '../graph/apply.js';
import type { Emitter, OpDef, Place } from '../graph/op.js';
import type { Tensor } from '../graph/tensor.js';
import { type Location, offsetBy } from '../runtime/pointer.js';
import { formatShape } from '../shape.js';
import { cast } from './elementwise.js';
import { matmul } from './matmul.js';
import { repeat, reshape } from './movement.js';
import { emitStridedCopy } from './strided.js';
import { channelsLast, checkPadding, type DataFormat, type Padding, perAxis, windowAxis } from './window.js';

export interface DepthwiseConvOptions {
  /** Steps between outputs: a number, or one per spatial dimension. Default 1. */
  readonly strides?: number | readonly number[];
  /** Default 'valid'. */
  readonly padding?: Padding;
  /** Distance of the taps: a number, or one per spatial dimension. Default 1. */
  readonly dilationRate?: number | readonly number[];
  /** Default 'channels_last'. */
  readonly dataFormat?: DataFormat;
}

/** One spatial axis: output o meets tap t at input o·stride + t·dilation - before. */
type Axis = {
  readonly size: number;
  readonly output: number;
  readonly taps: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
};

/** x [n, h.size, w.size, c], kernel [h.taps, w.taps, c], y [n, h.output, w.output, c]. */
type Depthwise = { readonly n: number; readonly c: number; readonly h: Axis; readonly w: Axis };

/** y = x * kernel, channel by channel. */
const depthwiseOp: OpDef<Depthwise> = {
  name: 'depthwiseConv',
  infer: (_, { n, c, h, w }) => [{ shape: [n, h.output, w.output, c], dtype: 'float32' }],
  vjp: ({ inputs: [x, kernel], attrs }, [dy]) => [
    apply(inputGradOp, [dy!, kernel!], attrs),
    apply(filterGradOp, [x!, dy!], attrs),
  ],
  emit(k, { inputs: [x, kernel], outputs: [y], attrs: { n, c, h, w } }) {
    const walks = [h, w].map(
      ({ output, before, stride, dilation, taps, size }): Walk => ({
        start: 0,
        step: 1,
        count: output,
        first: -before,
        perOutput: stride,
        tap: 0,
        tapStep: 1,
        perTap: dilation,
        taps,
        size,
      }),
    );
    const arrays = { x: spread(k, x!, c), kernel: spread(k, kernel!, c), y: y! };
    emitDepthwise(k, arrays, n, c, h.output, w.output, w.taps, walks[0]!, walks[1]!);
  },
};

/** dx: the cotangent of the input from that of the output and the kernel. */
const inputGradOp: OpDef<Depthwise> = {
  name: 'depthwiseConvInputGrad',
  infer: (_, { n, c, h, w }) => [{ shape: [n, h.size, w.size, c], dtype: 'float32' }],
  vjp: ({ inputs: [dy, kernel], attrs }, [ddx]) => [
    apply(depthwiseOp, [ddx!, kernel!], attrs),
    apply(filterGradOp, [ddx!, dy!], attrs),
  ],
  emit(k, { inputs: [dy, kernel], outputs: [dx], attrs: { n, c, h, w } }) {
    const arrays = { x: spread(k, dy!, c), kernel: spread(k, kernel!, c), y: dx! };
    for (const rows of backwardWalks(h)) {
      for (const columns of backwardWalks(w)) {
        emitDepthwise(k, arrays, n, c, h.size, w.size, w.taps, rows, columns);
      }
    }
  },
};

/** The cotangent of the kernel from the input and the cotangent of the output. */
const filterGradOp: OpDef<Depthwise> = {
  name: 'depthwiseConvFilterGrad',
  infer: (_, { c, h, w }) => [{ shape: [h.taps, w.taps, c], dtype: 'float32' }],
  vjp: ({ inputs: [x, dy], attrs }, [ddw]) => [
    apply(inputGradOp, [dy!, ddw!], attrs),
    apply(depthwiseOp, [x!, ddw!], attrs),
  ],
  emit(k, { inputs: [x, dy], outputs: [dw], attrs: { n, c, h, w } }) {
    const sizes = {
      n,
      c,
      h: h.size,
      w: w.size,
      oh: h.output,
      ow: w.output,
      kh: h.taps,
      kw: w.taps,
      strideH: h.stride,
      strideW: w.stride,
      dilationH: h.dilation,
      dilationW: w.dilation,
      padH: h.before,
      padW: w.before,
    };
    const partials = k.workspace(4 * dw!.size * k.threads);
    k.call('depthwiseFilterGrad', { x: x!, dy: dy!, dw: dw!, partials, ...sizes }, dy!.size * h.taps * w.taps);
  },
};

/** How the kernel walks one axis: which outputs it writes, and which taps meet which inputs there. */
interface Walk {
  /** Outputs start, start + step, ...: `count` of them. */
  readonly start: number;
  readonly step: number;
  readonly count: number;
  /** Input under the first tap of the first output, and its change per output and per tap. */
  readonly first: number;
  readonly perOutput: number;
  readonly perTap: number;
  /** Taps tap, tap + tapStep, ...: `taps` of them. */
  readonly tap: number;
  readonly tapStep: number;
  readonly taps: number;
  /** Inputs of the axis. */
  readonly size: number;
}

/**
 * The gradient of the input, one walk per residue of the input position modulo the stride. Position p meets tap t of
 * output (p + before - t·dilation) / stride where that is whole: every (stride / gcd)-th tap. Taps run backwards, so that
 * the outputs they meet run forwards.
 */
function backwardWalks({ size, output, taps, stride, dilation, before }: Axis): Walk[] {
  const divisor = gcd(stride, dilation);
  const period = stride / divisor;
  return Array.from({ length: Math.min(stride, size) }, (_, start) => {
    const count = Math.ceil((size - start) / stride);
    const walk = {
      start,
      step: stride,
      count,
      perOutput: 1,
      perTap: dilation / divisor,
      tapStep: -period,
      size: output,
    };
    for (let tap = 0; tap < Math.min(period, taps); tap++) {
      if ((start + before - tap * dilation) % stride !== 0) continue;
      const meeting = Math.floor((taps - 1 - tap) / period) + 1;
      const last = tap + (meeting - 1) * period;
      return { ...walk, first: (start + before - last * dilation) / stride, tap: last, taps: meeting };
    }
    return { ...walk, first: 0, tap: 0, taps: 0 };
  });
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/** An array of pixels and the distance between them in elements. */
type Pixels = { readonly at: Location; readonly stride: number };

/**
 * An array as it is, or, where neighbouring pixels are a multiple of 2 KB apart, a copy with more space between them:
 * they would all fall into the same few sets of the L1 cache, which costs more than half of the speed.
 */
function spread(k: Emitter, array: Place, c: number): Pixels {
  if (c % 512 !== 0) return { at: array, stride: c };
  const stride = c + 16;
  const pixels = array.size / c;
  const at = k.workspace(4 * pixels * stride);
  emitStridedCopy(k, array, at, [
    [pixels, c, stride],
    [c, 1, 1],
  ]);
  return { at, stride };
}

/** One call of the kernel: y [n, height, width, c] at the outputs of two walks, kernel with rows of `kernelWidth` taps. */
function emitDepthwise(
  k: Emitter,
  { x, kernel, y }: { readonly x: Pixels; readonly kernel: Pixels; readonly y: Place },
  n: number,
  c: number,
  height: number,
  width: number,
  kernelWidth: number,
  h: Walk,
  w: Walk,
): void {
  k.call(
    'depthwise',
    {
      x: x.at,
      w: offsetBy(kernel.at, (h.tap * kernelWidth + w.tap) * kernel.stride),
      y: offsetBy(y, (h.start * width + w.start) * c),
      n,
      c,
      xPixel: x.stride,
      xImage: h.size * w.size * x.stride,
      yImage: height * width * c,
      yRow: h.step * width * c,
      yPixel: w.step * c,
      wRow: h.tapStep * kernelWidth * kernel.stride,
      wColumn: w.tapStep * kernel.stride,
      hCount: h.count,
      hFirst: h.first,
      hStep: h.perOutput,
      hTapStep: h.perTap,
      hTaps: h.taps,
      hSize: h.size,
      wCount: w.count,
      wFirst: w.first,
      wStep: w.perOutput,
      wTapStep: w.perTap,
      wTaps: w.taps,
      wSize: w.size,
    },
    n * h.count * w.count * c * Math.max(h.taps * w.taps, 1),
  );
}

/**
 * Convolution of each channel with its own filters: y[..., c·multiplier + m] = x[..., c] * kernel[..., c, m].
 * @param x [batch, ...spatial, channels] with one or two spatial dimensions.
 * @param kernel [...taps, channels, multiplier].
 * @throws ShapeError if ranks or channels do not agree, or no window fits.
 */
export function depthwiseConv(
  x: TensorLike,
  kernel: TensorLike,
  { strides = 1, padding = 'valid', dilationRate = 1, dataFormat = 'channels_last' }: DepthwiseConvOptions = {},
): Tensor {
  const input = cast(asTensor(x), 'float32');
  const filters = cast(asTensor(kernel), 'float32');
  const spatial = input.rank - 2;
  if ((spatial !== 1 && spatial !== 2) || filters.rank !== input.rank) {
    throw new ShapeError(
      'depthwiseConv: expected an input of rank 3 or 4 (batch, one or two spatial dimensions, channels) and a kernel of the ' +
        `same rank. Received shapes ${formatShape(input.shape)} and ${formatShape(filters.shape)}.`,
    );
  }
  const steps = perAxis(strides, spatial, 'strides');
  const dilations = perAxis(dilationRate, spatial, 'dilationRate');
  checkPadding(padding);
  return channelsLast(input, dataFormat, t => {
    const channels = t.shape.at(-1)!;
    const multiplier = filters.shape.at(-1)!;
    if (filters.shape.at(-2) !== channels) {
      throw new ShapeError(
        `depthwiseConv: expected a kernel of shape (..., ${channels}, multiplier) for an input with ${channels} channels. ` +
          `Received kernel shape ${formatShape(filters.shape)}.`,
      );
    }
    const axes = t.shape.slice(1, -1).map((size, i): Axis => {
      const at = { taps: filters.shape[i]!, stride: steps[i]!, dilation: dilations[i]! };
      return { size, ...at, ...windowAxis(size, at.taps, at.stride, at.dilation, padding) };
    });
    const [h, w] = axes.length === 2 ? [axes[0]!, axes[1]!] : [point, axes[0]!];
    const c = channels * multiplier;
    const n = t.shape[0]!;
    const repeated = multiplier === 1 ? t : repeat(t, multiplier, -1);
    const y = apply(depthwiseOp, [reshape(repeated, [n, h.size, w.size, c]), reshape(filters, [h.taps, w.taps, c])], {
      n,
      c,
      h,
      w,
    });
    return reshape(y, [n, ...axes.map(({ output }) => output), c]);
  });
}

/**
 * Depthwise convolution followed by a product over the channels: z = depthwiseConv(x, depthwiseKernel) · pointwiseKernel.
 * @param depthwiseKernel [...taps, channels, multiplier].
 * @param pointwiseKernel [1, ..., channels·multiplier, filters].
 * @throws ShapeError as depthwiseConv, or if the pointwise kernel has another shape.
 */
export function separableConv(
  x: TensorLike,
  depthwiseKernel: TensorLike,
  pointwiseKernel: TensorLike,
  { dataFormat = 'channels_last', ...options }: DepthwiseConvOptions = {},
): Tensor {
  const pointwise = cast(asTensor(pointwiseKernel), 'float32');
  return channelsLast(asTensor(x), dataFormat, t => {
    const y = depthwiseConv(t, depthwiseKernel, options);
    const channels = y.shape.at(-1)!;
    const [inputs, filters] = pointwise.shape.slice(-2) as [number, number];
    if (pointwise.rank !== t.rank || inputs !== channels || pointwise.size !== inputs * filters) {
      throw new ShapeError(
        `separableConv: expected a pointwise kernel of shape (${'1, '.repeat(t.rank - 2)}${channels}, filters). ` +
          `Received shape ${formatShape(pointwise.shape)}.`,
      );
    }
    const z = matmul(reshape(y, [y.size / channels, channels]), reshape(pointwise, [channels, filters]));
    return reshape(z, [...y.shape.slice(0, -1), filters]);
  });
}

/** The axis that 1D lacks. */
const point: Axis = { size: 1, output: 1, taps: 1, stride: 1, dilation: 1, before: 0 };
