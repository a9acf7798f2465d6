// Which convolutions are computed by Winograd's algorithm (assembly/conv/winograd.ts), and their instructions.

import type { Emitter, Place } from '../graph/op.js';
import type { Location } from '../runtime/pointer.js';
import type { ConvAxis } from './convolution.js';
import { type FusedActivation, fusedActivations, PANEL, packedSize } from './product.js';

/** A convolution of images: from [n, h, w, cg] to [n, oh, ow, og]. */
export interface ImageConvolution {
  readonly n: number;
  readonly cg: number;
  readonly og: number;
  readonly h: ConvAxis;
  readonly w: ConvAxis;
}

/** Patches from which on a filter gradient, or a part of it, gains more than its 16 sums cost. */
const SUMMED_PATCHES = 48;

/**
 * Measured: with fewer channels or patches the transforms cost more than they save, and so does a border where
 * patches have outputs that nobody needs.
 */
export function hasWinograd(shape: ImageConvolution): boolean {
  const { n, h, w } = shape;
  const patches = patchesOf(shape);
  return fits(shape) && patches >= 16 && 3 * patches <= n * h.output * w.output;
}

/** Panels of both operands are whole vectors. */
export function hasWinogradFilterGrad(shape: ImageConvolution): boolean {
  return fits(shape) && shape.og % 4 === 0 && patchesOf(shape) >= SUMMED_PATCHES;
}

/** 3 x 3 taps next to each other, and enough channels. */
function fits({ cg, og, h, w }: ImageConvolution): boolean {
  const plain = ({ taps, stride, dilation }: ConvAxis) => taps === 3 && stride === 1 && dilation === 1;
  return plain(h) && plain(w) && cg >= 16 && og >= 16 && cg % 4 === 0;
}

/** Patches of 4 x 4 inputs, which give 2 x 2 outputs. */
function patchesOf({ n, h, w }: ImageConvolution): number {
  return n * Math.ceil(h.output / 2) * Math.ceil(w.output / 2);
}

/** Patches of a block: their transforms and sums share a second-level cache of 512 KB, and every thread gets some. */
function blockOf(patches: number, channels: number, threads: number): number {
  const fitting = Math.max(Math.min(Math.floor(8192 / channels), 64), 16);
  const blocks = Math.ceil(patches / fitting / threads) * threads;
  return 2 * Math.ceil(patches / blocks / 2);
}

interface Operands {
  readonly x: Location;
  readonly bias: Location | 0;
  readonly y: Location;
  readonly activation: FusedActivation;
}

/** y = activation(x * w + bias), where `pack` gives the panels of w. */
export function emitWinograd(
  k: Emitter,
  w: Place,
  pack: (k: Emitter) => Location,
  { x, bias, y, activation }: Operands,
  shape: ImageConvolution,
): void {
  const { n, cg, og, h, w: width } = shape;
  const size = 16 * packedSize(cg + 1, og);
  const filter = k.derived(w, 4 * size, (to, at) =>
    to.call('winogradFilter', { packed: pack(to), filter: at, rows: cg, columns: og }, size),
  );
  const total = patchesOf(shape);
  const patches = blockOf(total, cg, k.threads);
  const scratchBytes = Math.ceil((67008 + 4 * (16 * (patches + 1) * cg + 256)) / 64) * 64;
  const args = {
    x,
    filter,
    bias,
    y,
    scratch: k.workspace(k.threads * scratchBytes),
    scratchBytes,
    n,
    h: h.size,
    w: width.size,
    cg,
    og,
    oh: h.output,
    ow: width.output,
    ph: h.before,
    pw: width.before,
    patches,
    activation: fusedActivations[activation],
  };
  k.call('winograd', args, 2 * total * cg * Math.ceil(og / PANEL) * PANEL);
}

/** dw from x and dy: each part sums over a share of the patches; then the parts are added and transformed. */
export function emitWinogradFilterGrad(
  k: Emitter,
  { x, dy, dw }: Readonly<Record<'x' | 'dy' | 'dw', Location>>,
  shape: ImageConvolution,
): void {
  const { n, cg, og, h, w } = shape;
  const patches = 64;
  const columns = Math.ceil(og / PANEL) * PANEL;
  const transformed = 16 * (patches * cg + 16) + 16 * (patches + 1) * columns;
  const scratchBytes = 128 + 4 * (16 * cg + transformed);
  const size = 16 * (cg + 1) * columns;
  const total = patchesOf(shape);
  const parts = Math.min(k.threads, Math.floor(total / SUMMED_PATCHES));
  const sums = k.workspace(4 * parts * size);
  const args = {
    x,
    dy,
    sums,
    scratch: k.workspace(k.threads * scratchBytes),
    scratchBytes,
    n,
    h: h.size,
    w: w.size,
    cg,
    og,
    oh: h.output,
    ow: w.output,
    ph: h.before,
    pw: w.before,
    patches,
    parts,
  };
  k.call('winogradFilterGrad', args, 2 * total * cg * columns);
  const scratch = k.workspace(k.threads * 26 * 64);
  k.call('winogradFilterGradEnd', { sums, dw, scratch, parts, cg, og }, parts * size);
}
