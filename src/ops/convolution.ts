// The three ops of convolution, which are each other's gradients: y from x and w, dx from dy and w, dw from x
// and dy. All work channels last and with three spatial axes; missing ones have size 1 (the memory is the
// same).

import { apply } from '../graph/apply.js';
import type { Emitter, OpDef, Place } from '../graph/op.js';
import { type Location, offsetBy } from '../runtime/pointer.js';
import { type Shape, sizeOf } from '../shape.js';
import { sumTo } from './movement.js';
import {
  emitProduct,
  epilogue,
  type FusedActivation,
  fusedActivations,
  PANEL,
  packedSize,
  TILE_BYTES,
  throughActivation,
} from './product.js';
import { emitWinograd, emitWinogradFilterGrad, hasWinograd, hasWinogradFilterGrad } from './winograd.js';

/** One spatial axis: output o meets tap t at input o·stride + t·dilation - before. */
export type ConvAxis = {
  readonly size: number;
  readonly output: number;
  readonly taps: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
};

/** The geometry of a convolution from x to y; shapes as the user sees them. */
export type ConvAttrs = {
  readonly shapeX: Shape;
  /** [...taps, channels of x / groups, channels of y]. */
  readonly shapeW: Shape;
  readonly shapeY: Shape;
  /** Depth, height, width. */
  readonly axes: readonly [ConvAxis, ConvAxis, ConvAxis];
  readonly groups: number;
  /** Applied to the result (plus bias) of the op. */
  readonly activation: FusedActivation;
};

/** y = activation(x * w + bias): inputs x, w and, if there is one, bias [channels of y]. */
export const convOp: OpDef<ConvAttrs> = {
  name: 'conv',
  epilogue,
  infer: (_, { shapeY }) => [{ shape: shapeY, dtype: 'float32' }],
  vjp({ inputs: [x, w, bias], outputs: [y], attrs }, [dy]) {
    const linear = withoutActivation(attrs);
    const dc = throughActivation(attrs.activation, dy!, y!);
    return [
      apply(convInputGradOp, [dc, w!], linear),
      apply(convFilterGradOp, [x!, dc], linear),
      bias && sumTo(dc, bias.shape),
    ];
  },
  emit: (k, { inputs: [x, w, bias], outputs: [y], attrs }) => emitConv(k, x!, w!, bias, y!, attrs),
};

/**
 * dx = activation(the adjoint of x -> x * w, applied to dy, + bias): inputs dy, w and, for convTranspose,
 * bias [channels of x].
 */
export const convInputGradOp: OpDef<ConvAttrs> = {
  name: 'convInputGrad',
  epilogue,
  infer: (_, { shapeX }) => [{ shape: shapeX, dtype: 'float32' }],
  vjp({ inputs: [dy, w, bias], outputs: [dx], attrs }, [d]) {
    const linear = withoutActivation(attrs);
    const ddx = throughActivation(attrs.activation, d!, dx!);
    return [
      apply(convOp, [ddx, w!], linear),
      apply(convFilterGradOp, [ddx, dy!], linear),
      bias && sumTo(ddx, bias.shape),
    ];
  },
  emit: (k, { inputs: [dy, w, bias], outputs: [dx], attrs }) => emitInputGrad(k, dy!, w!, bias, dx!, attrs),
};

/** dw = the adjoint of w -> x * w, applied to dy: inputs x, dy. */
export const convFilterGradOp: OpDef<ConvAttrs> = {
  name: 'convFilterGrad',
  infer: (_, { shapeW }) => [{ shape: shapeW, dtype: 'float32' }],
  vjp: ({ inputs: [x, dy], attrs }, [ddw]) => [
    apply(convInputGradOp, [dy!, ddw!], attrs),
    apply(convOp, [x!, ddw!], attrs),
  ],
  emit: (k, { inputs: [x, dy], outputs: [dw], attrs }) => emitFilterGrad(k, x!, dy!, dw!, attrs),
};

function withoutActivation(attrs: ConvAttrs): ConvAttrs {
  return { ...attrs, activation: 'linear' };
}

/** Most outputs of one tile: TILE_ROWS of assembly/gemm/tile.ts. */
const TILE_OUTPUTS = 64;

/** Outputs over which a filter gradient is summed in one go. */
const SUMMED_OUTPUTS = 256;

/** Sizes of the groups, and the multiplications of the whole convolution. */
function sizes({ shapeX, shapeW, shapeY, axes, groups }: ConvAttrs) {
  const n = shapeX[0]!;
  const cg = shapeW.at(-2)!;
  const og = shapeY.at(-1)! / groups;
  const taps = axes[0].taps * axes[1].taps * axes[2].taps;
  const outputs = n * axes[0].output * axes[1].output * axes[2].output;
  return { n, cg, og, taps, outputs, work: outputs * groups * og * cg * taps };
}

/** Each output depends on the input at its own place only: a matrix product over all places. */
function isProduct({ axes, groups }: ConvAttrs): boolean {
  return groups === 1 && axes.every(isIdentity);
}

/** Output i of the axis depends on input i only. */
function isIdentity({ taps, stride, before, size, output }: ConvAxis): boolean {
  return taps === 1 && stride === 1 && before === 0 && size === output;
}

function emitConv(k: Emitter, x: Place, w: Place, bias: Place | undefined, y: Place, attrs: ConvAttrs): void {
  const { n, cg, og, outputs } = sizes(attrs);
  const { axes, groups, activation } = attrs;
  if (y.size === 0) return;
  if (isProduct(attrs)) {
    emitProduct(
      k,
      {
        a: x,
        b: w,
        bias: bias ?? 0,
        c: y,
        m: outputs,
        n: og,
        k: cg,
        lda: cg,
        ldb: og,
        ldc: og,
        transposeA: false,
        transposeB: false,
        activation,
      },
      w,
    );
    return;
  }
  const all = axes.map(({ taps }) => ({ first: 0, step: 1, count: taps }));
  const [d, h, width] = axes;
  const channels = groups * og;
  emitGrid(k, w, to => emitPackFilter(to, w, attrs, all, false), {
    x,
    bias: bias ?? 0,
    y,
    n,
    groups,
    cg,
    og,
    activation,
    axes: [
      { ...d, step: h.output * width.output * channels },
      { ...h, step: width.output * channels },
      { ...width, step: channels },
    ],
  });
}

/** Taps of one axis that take part: first, first + step, ... */
type Taps = { readonly first: number; readonly step: number; readonly count: number };

/** Packs the filters; transposed for the input gradient, where the channels of y are summed over. */
function emitPackFilter(k: Emitter, w: Place, attrs: ConvAttrs, taps: readonly Taps[], transpose: boolean): Location {
  const { cg, og } = sizes(attrs);
  const { axes, groups } = attrs;
  const [d, h, width] = taps as [Taps, Taps, Taps];
  const rows = d.count * h.count * width.count * (transpose ? og : cg);
  const size = groups * packedSize(rows, transpose ? cg : og);
  const args = {
    kernel: w,
    groups,
    cg,
    og,
    kh: axes[1].taps,
    kw: axes[2].taps,
    d0: d.first,
    d1: d.step,
    dn: d.count,
    h0: h.first,
    h1: h.step,
    hn: h.count,
    w0: width.first,
    w1: width.step,
    wn: width.count,
    transpose: Number(transpose),
  };
  return k.derived(w, Math.max(4 * size, 64), (to, packed) => to.call('packFilter', { ...args, packed }, size));
}

/** An axis of the grid of outputs; step: elements from one output to the next. */
type GridAxis = ConvAxis & { readonly step: number };

interface Grid {
  readonly x: Location;
  readonly bias: Location | 0;
  readonly y: Location;
  readonly n: number;
  readonly groups: number;
  readonly cg: number;
  readonly og: number;
  readonly axes: readonly [GridAxis, GridAxis, GridAxis];
  /** Elements of y from image to image; by default the images follow each other. */
  readonly imageStep?: number;
  readonly activation: FusedActivation;
}

/** `pack` gives the panels of `filter` for this grid. */
function emitGrid(k: Emitter, filter: Place, pack: (k: Emitter) => Location, grid: Grid): void {
  const {
    axes: [d, h, w],
    imageStep,
    activation,
    ...rest
  } = grid;
  const { n, groups, cg, og } = rest;
  const images = { n: n * d.size, cg, og, h, w };
  if (groups === 1 && isIdentity(d) && hasWinograd(images)) {
    emitWinograd(k, filter, pack, grid, images);
    return;
  }
  const [tileH, tileW] = tileShape(h.output, w.output, TILE_OUTPUTS);
  const extent = (axis: ConvAxis, outputs: number) =>
    (outputs - 1) * axis.stride + Math.max(axis.taps - 1, 0) * axis.dilation + 1;
  const frameBytes = 4 * d.taps * extent(h, tileH) * extent(w, tileW) * groups * cg;
  const patch = d.taps * h.taps * w.taps * cg;
  const scratchBytes = TILE_BYTES + Math.ceil(frameBytes / 64) * 64;
  const args = {
    ...rest,
    packed: pack(k),
    scratch: k.workspace(k.threads * scratchBytes),
    scratchBytes,
    d: d.size,
    h: h.size,
    w: w.size,
    od: d.output,
    oh: h.output,
    ow: w.output,
    kd: d.taps,
    kh: h.taps,
    kw: w.taps,
    sd: d.stride,
    sh: h.stride,
    sw: w.stride,
    dd: d.dilation,
    dh: h.dilation,
    dw: w.dilation,
    pd: d.before,
    ph: h.before,
    pw: w.before,
    yn: imageStep ?? d.output * d.step,
    yd: d.step,
    yh: h.step,
    yw: w.step,
    tileH,
    tileW,
    activation: fusedActivations[activation],
  };
  k.call('conv', args, (n * d.output * h.output * w.output * groups * og * patch) / 8);
}

/** Tiles of at most `most` outputs: several whole lines, or parts of a line, of about equal sizes. */
function tileShape(height: number, width: number, most: number): [number, number] {
  const even = (size: number, limit: number) => Math.ceil(size / Math.max(Math.ceil(size / Math.max(limit, 1)), 1));
  if (width > most) return [1, even(width, most)];
  return [Math.max(even(height, Math.floor(most / Math.max(width, 1))), 1), Math.max(width, 1)];
}

/**
 * The input gradient is a convolution of dy with turned filters. With strides it falls into phases: inputs
 * i0, i0 + s, i0 + 2s, ... of an axis meet the same taps, those with (i0 + before - t·dilation) divisible by
 * s, so each phase is a convolution with stride 1 of its own and no product with zero is computed.
 */
function emitInputGrad(k: Emitter, dy: Place, w: Place, bias: Place | undefined, dx: Place, attrs: ConvAttrs): void {
  const { n, cg, og, outputs } = sizes(attrs);
  const { axes, groups, activation } = attrs;
  if (dx.size === 0) return;
  if (isProduct(attrs)) {
    emitProduct(
      k,
      {
        a: dy,
        b: w,
        bias: bias ?? 0,
        c: dx,
        m: outputs,
        n: cg,
        k: og,
        lda: og,
        ldb: og,
        ldc: cg,
        transposeA: false,
        transposeB: true,
        activation,
      },
      w,
    );
    return;
  }
  const [d, h, width] = axes;
  const channels = groups * cg;
  const steps = [h.size * width.size * channels, width.size * channels, channels];
  const phases = axes.map((axis, i) => phasesOf(axis, steps[i]!)) as [Phase[], Phase[], Phase[]];
  for (const z of phases[0]) {
    for (const y of phases[1]) {
      for (const x of phases[2]) {
        const taps = [z.taps, y.taps, x.taps];
        emitGrid(k, w, to => emitPackFilter(to, w, attrs, taps, true), {
          x: dy,
          bias: bias ?? 0,
          y: offsetBy(dx, z.offset + y.offset + x.offset),
          n,
          groups,
          cg: og,
          og: cg,
          axes: [z.axis, y.axis, x.axis],
          imageStep: d.size * steps[0]!,
          activation,
        });
      }
    }
  }
}

type Phase = { readonly offset: number; readonly taps: Taps; readonly axis: GridAxis };

/** The phases of an input axis that have any inputs; step: elements from one input to the next. */
function phasesOf({ size, output, taps, stride, dilation, before }: ConvAxis, step: number): Phase[] {
  const divisor = gcd(stride, dilation);
  const tapStep = stride / divisor;
  const phases: Phase[] = [];
  for (let i0 = 0; i0 < Math.min(stride, size); i0++) {
    let first = 0;
    while (first < tapStep && (i0 + before - first * dilation) % stride !== 0) first++;
    const count = first < tapStep && first < taps ? Math.ceil((taps - first) / tapStep) : 0;
    // Ascending positions in dy mean descending taps.
    const last = first + (count - 1) * tapStep;
    phases.push({
      offset: i0 * step,
      taps: { first: last, step: -tapStep, count },
      axis: {
        size: output,
        output: Math.ceil((size - i0) / stride),
        taps: count,
        stride: 1,
        dilation: dilation / divisor,
        before: count === 0 ? 0 : -(i0 + before - last * dilation) / stride,
        step: step * stride,
      },
    });
  }
  return phases;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/**
 * Channels are split over threads if there are enough; otherwise the outputs, into partial sums that are
 * added up.
 */
function emitFilterGrad(k: Emitter, x: Place, dy: Place, dw: Place, attrs: ConvAttrs): void {
  const { n, cg, og, taps, work, outputs } = sizes(attrs);
  const { axes, groups } = attrs;
  const [d, h, w] = axes;
  if (dw.size === 0) return;
  if (outputs === 0) {
    k.call('fill', { y: dw, n: dw.size, value: 0 }, dw.size);
    return;
  }
  const images = { n: n * d.size, cg, og, h, w };
  if (groups === 1 && isIdentity(d) && hasWinogradFilterGrad(images)) {
    emitWinogradFilterGrad(k, { x, dy, dw }, images);
    return;
  }
  const even = Math.ceil(cg / (2 * k.threads) / 4) * 4;
  const channels = Math.min(cg, Math.max(Math.min(even, 64), 16, Math.ceil(128 / taps)));
  const jobs = groups * Math.ceil(cg / channels);
  const [tileH, tileW] = tileShape(h.output, w.output, SUMMED_OUTPUTS);
  const spots = n * d.output * Math.ceil(h.output / tileH) * Math.ceil(w.output / tileW);
  const parts = jobs >= k.threads ? 1 : Math.min(k.threads, spots);
  const height = (tileH - 1) * h.stride + (h.taps - 1) * h.dilation + 1;
  const width = (tileW - 1) * w.stride + (w.taps - 1) * w.dilation + 1;
  const plane = height * Math.ceil(width / w.stride) * w.stride * d.taps + 16;
  const planeBytes = Math.ceil((4 * channels * plane) / 64) * 64;
  const scratchBytes = TILE_BYTES + planeBytes + 4 * tileH * tileW * Math.ceil(og / PANEL) * PANEL;
  const sums = parts === 1 ? dw : k.workspace(4 * parts * dw.size);
  const args = {
    x,
    dy,
    dw: sums,
    scratch: k.workspace(k.threads * scratchBytes),
    scratchBytes,
    planeBytes,
    n,
    groups,
    cg,
    og,
    d: d.size,
    h: h.size,
    w: w.size,
    od: d.output,
    oh: h.output,
    ow: w.output,
    kd: d.taps,
    kh: h.taps,
    kw: w.taps,
    sd: d.stride,
    sh: h.stride,
    sw: w.stride,
    dd: d.dilation,
    dh: h.dilation,
    dilationW: w.dilation,
    pd: d.before,
    ph: h.before,
    pw: w.before,
    tileH,
    tileW,
    channels,
    parts,
  };
  k.call('convFilterGrad', args, work / 8);
  if (parts > 1)
    k.call('sum', { x: sums, y: dw, partials: 0, outer: 1, reduced: parts, inner: dw.size }, parts * sizeOf(dw.shape));
}
