// Convolution with 3 x 3 filters and stride 1 by Winograd's algorithm, which needs 16 products where the direct
// sum needs 36; see winogradTransforms.ts.
//
// Blocks of patches go through one thread's second-level cache: transformed, multiplied with the 16 matrices of
// the filter, 16 output channels at a time, and transformed back, plus bias, through the activation.

import { activateRow, LINEAR, RELU } from '../gemm/epilogue';
import { MR, multiply, NR, ROW } from '../gemm/micro';
import { copyRow, storeRow } from '../gemm/pack';
import { KC } from '../gemm/tile';
import { ELEMENT } from '../simd';
import { claim, shareRows } from '../team';
import { Image, PLACES, transformFilter, transformPatch, transformSums } from './winogradTransforms';

/** Most patches of a block. */
const PATCHES: i32 = 64;

/** Bytes of a plane of sums: 16 channels of each patch, and a line more, so that planes spread over cache sets. */
const SUMS_PLANE: usize = <usize>(PATCHES + 1) * ROW;

/** Where scratch memory has what: an Image, a row of zeros, bias, four outputs; the sums; frame and patches. */
const ZEROS: usize = 64;
const BIAS: usize = 128;
const OUTPUTS: usize = 192;
const SUMS: usize = 448;
const FRAME: usize = SUMS + <usize>PLACES * SUMS_PLANE;

@unmanaged
export class WinogradArgs {
  /** [n, h, w, cg], cg a multiple of 4. */
  x: usize;
  /** The transformed filter, from winogradFilter. */
  filter: usize;
  /** [og], or 0 for none. */
  bias: usize;
  /** [n, oh, ow, og]. */
  y: usize;
  /** Scratch memory, `scratchBytes` for each thread: 67008, then 16·(patches + 1)·cg + 256 elements. */
  scratch: usize;
  scratchBytes: i32;
  n: i32;
  h: i32;
  w: i32;
  cg: i32;
  og: i32;
  oh: i32;
  ow: i32;
  /** Padding in front. */
  ph: i32;
  pw: i32;
  /** Patches of a block: even, at most 64. */
  patches: i32;
  activation: i32;
}

/** Parallel: blocks of patches are claimed. y must not overlap the inputs. */
export function winograd(args: WinogradArgs, thread: i32, threads: i32): void {
  const scratch = args.scratch + <usize>thread * args.scratchBytes;
  const image = changetype<Image>(scratch);
  image.data = args.x;
  image.h = args.h;
  image.w = args.w;
  image.c = args.cg;
  image.frame = scratch + FRAME;
  memory.fill(scratch + ZEROS, 0, ROW);
  const pixel = <usize>args.cg * ELEMENT;
  const patches = image.frame + <usize>PLACES * pixel;
  const plane = <usize>args.patches * pixel + ROW;
  const across = (args.ow + 1) / 2;
  const perImage = ((args.oh + 1) / 2) * across;
  const total = args.n * perImage;
  let block = threads == 1 ? 0 : claim(changetype<usize>(args));
  while (block * args.patches < total) {
    const from = block * args.patches;
    const count = min(total - from, args.patches);
    let to = patches;
    for (let t = from; t < from + count; t++) {
      const spot = t % perImage;
      const row = (spot / across) * 2 - args.ph;
      transformPatch(image, t / perImage, row, (spot % across) * 2 - args.pw, to, plane);
      to += pixel;
    }
    for (let j = 0; j < args.og; j += NR) {
      const filter = args.filter + <usize>((j / NR) * PLACES * (args.cg + 1)) * ROW;
      for (let p = 0; p < PLACES; p++) {
        const rows = patches + <usize>p * plane;
        const b = filter + <usize>(p * (args.cg + 1)) * ROW;
        multiplyPlace(rows, count, args.cg, b, scratch + SUMS + <usize>p * SUMS_PLANE, scratch + ZEROS);
      }
      for (let t = 0; t < count; t++) finish(args, scratch, from + t, j, scratch + SUMS + <usize>t * ROW);
    }
    block = threads == 1 ? block + 1 : claim(changetype<usize>(args));
  }
}

/** One place of `count` patches times one panel of the filter. An odd last patch takes along what follows it. */
function multiplyPlace(a: usize, count: i32, depth: i32, b: usize, c: usize, zeros: usize): void {
  const step = <usize>depth * ELEMENT;
  const parts = (depth + KC - 1) / KC;
  const length = (depth + parts - 1) / parts;
  for (let k = 0; k < depth; k += length) {
    const run = <usize>min(depth - k, length) * ELEMENT;
    let row = a + <usize>k * ELEMENT;
    let sums = c;
    const panel = b + <usize>k * ROW;
    for (let i = 0; i < count; i += MR) {
      const x0 = k == 0 ? zeros : sums;
      const x1 = k == 0 ? zeros : sums + ROW;
      multiply(row, row + step, run, 0, 1, panel, ROW, x0, x1, sums, sums + ROW);
      row += step * MR;
      sums += ROW * MR;
    }
  }
}

/** Channels j.. of the 2 x 2 outputs of a patch, from its sums. Outputs beyond the border go nowhere. */
function finish(args: WinogradArgs, scratch: usize, patch: i32, j: i32, sums: usize): void {
  const across = (args.ow + 1) / 2;
  const perImage = ((args.oh + 1) / 2) * across;
  const spot = patch % perImage;
  const row = (spot / across) * 2;
  const column = (spot % across) * 2;
  const channels = min(args.og - j, NR);
  const y = ((patch / perImage) * args.oh + row) * args.ow + column;
  const pixel = <usize>args.og * ELEMENT;
  const y00 = args.y + <usize>y * pixel + <usize>j * ELEMENT;
  const y10 = y00 + <usize>args.ow * pixel;
  const right = column + 1 < args.ow;
  const below = row + 1 < args.oh;
  const whole = channels == NR;
  const o = scratch + OUTPUTS;
  const t00 = whole ? y00 : o;
  const t01 = whole && right ? y00 + pixel : o + ROW;
  const t10 = whole && below ? y10 : o + ROW * 2;
  const t11 = whole && right && below ? y10 + pixel : o + ROW * 3;
  let bias = args.bias ? args.bias + <usize>j * ELEMENT : scratch + ZEROS;
  if (!whole && args.bias) {
    copyRow(bias, scratch + BIAS, channels);
    bias = scratch + BIAS;
  }
  const lower = f32x4.splat(args.activation == RELU ? 0 : -Infinity);
  transformSums(sums, SUMS_PLANE, bias, lower, t00, t01, t10, t11);
  if (args.activation != LINEAR && args.activation != RELU) {
    activateRow(t00, args.activation);
    activateRow(t01, args.activation);
    activateRow(t10, args.activation);
    activateRow(t11, args.activation);
  }
  if (whole) return;
  storeRow(t00, y00, channels);
  if (right) storeRow(t01, y00 + pixel, channels);
  if (below) storeRow(t10, y10, channels);
  if (right && below) storeRow(t11, y10 + pixel, channels);
}

@unmanaged
export class WinogradFilterArgs {
  /** Nine taps as panels, from packFilter: [panel, tap, row, 16]. */
  packed: usize;
  /** [panel, place, row, 16] with one row more, unused, so that places spread over cache sets. */
  filter: usize;
  /** Rows (channels that are summed over) and columns. */
  rows: i32;
  columns: i32;
}

/** Transforms the panels of a 3 x 3 filter. Parallel: rows of all panels. */
export function winogradFilter(args: WinogradFilterArgs, thread: i32, threads: i32): void {
  const plane = <usize>args.rows * ROW;
  const units = ((args.columns + NR - 1) / NR) * args.rows;
  const to = shareRows(units, thread + 1, threads);
  for (let unit = shareRows(units, thread, threads); unit < to; unit++) {
    const panel = unit / args.rows;
    const shift = <usize>(unit % args.rows) * ROW;
    const g = args.packed + <usize>(panel * 9) * plane + shift;
    const u = args.filter + <usize>(panel * PLACES) * (plane + ROW) + shift;
    for (let i: usize = 0; i < ROW; i += 16) transformFilter(g + i, plane, u + i, plane + ROW);
  }
}
