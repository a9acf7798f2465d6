// The gradient of a 3 x 3 convolution with respect to its filter by Winograd's algorithm, the transpose of
// winograd.ts:
//
//   dw[., i, j] = Gᵀ[sum over patches of (Bᵀ d B)[i] ⊙ (A dy Aᵀ)[j]]G
//
// Each of the 16 places is a matrix product that sums over patches. A block of patches is transformed, then
// added to the 16 products, which stay in the second-level cache.

import { multiplyColumns, NR, ROW } from '../gemm/micro';
import { storeRow } from '../gemm/pack';
import { ELEMENT } from '../simd';
import { claim, shareRows } from '../team';
import { Image, PLACES, transformFilterSums, transformOutputs, transformPatch } from './winogradTransforms';

@unmanaged
export class WinogradFilterGradArgs {
  /** [n, h, w, cg], cg a multiple of 4. */
  x: usize;
  /** [n, oh, ow, og], og a multiple of 4. */
  dy: usize;
  /** `parts` partial results one behind the other, each [panel, place, cg + 1, 16]; the last row is unused. */
  sums: usize;
  /**
   * Scratch memory, `scratchBytes` for each thread: 128, then the frame, 16·cg elements; the patches, 16 planes
   * of patches·cg + 16 elements; and the same for dy, of which a panel has patches·16 + 16 elements.
   */
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
  /** Patches of a block. */
  patches: i32;
  /** Partial results, each over a share of the patches. */
  parts: i32;
}

/** Sums over patches. Parallel: parts are claimed. */
export function winogradFilterGrad(args: WinogradFilterGradArgs, thread: i32, threads: i32): void {
  const scratch = args.scratch + <usize>thread * args.scratchBytes;
  const pixel = <usize>args.cg * ELEMENT;
  const image = changetype<Image>(scratch);
  image.data = args.x;
  image.h = args.h;
  image.w = args.w;
  image.c = args.cg;
  image.frame = scratch + 128;
  const zeros = scratch + 64;
  memory.fill(zeros, 0, ROW);
  const a = image.frame + <usize>PLACES * pixel;
  const aPlane = <usize>args.patches * pixel + ROW;
  const b = a + <usize>PLACES * aPlane;
  const bPlane = <usize>(args.patches + 1) * ROW;
  const places = ((args.og + NR - 1) / NR) * PLACES;
  const product = <usize>(args.cg + 1) * ROW;
  const across = (args.ow + 1) / 2;
  const perImage = ((args.oh + 1) / 2) * across;
  let part = threads == 1 ? 0 : claim(changetype<usize>(args));
  while (part < args.parts) {
    const sums = args.sums + <usize>(part * places) * product;
    memory.fill(sums, 0, <usize>places * product);
    const to = shareRows(args.n * perImage, part + 1, args.parts);
    for (let from = shareRows(args.n * perImage, part, args.parts); from < to; from += args.patches) {
      const count = min(to - from, args.patches);
      for (let i = 0; i < count; i++) {
        const n = (from + i) / perImage;
        const spot = (from + i) % perImage;
        const row = (spot / across) * 2;
        const column = (spot % across) * 2;
        transformPatch(image, n, row - args.ph, column - args.pw, a + <usize>i * pixel, aPlane);
        transformGradients(args, n, row, column, zeros, b + <usize>i * ROW, bPlane);
      }
      for (let p = 0; p < places; p++) {
        const rows = a + <usize>(p % PLACES) * aPlane;
        addProduct(rows, pixel, count, b + <usize>p * bPlane, sums + <usize>p * product);
      }
    }
    part = threads == 1 ? part + 1 : claim(changetype<usize>(args));
  }
}

/** A dy Aᵀ of 2 x 2 outputs, panel by panel. */
function transformGradients(
  args: WinogradFilterGradArgs,
  n: i32,
  row: i32,
  column: i32,
  zeros: usize,
  to: usize,
  plane: usize,
): void {
  const pixel = <usize>args.og * ELEMENT;
  const line = <usize>args.ow * pixel;
  const right = column + 1 < args.ow;
  const below = row + 1 < args.oh;
  let dy = args.dy + <usize>((n * args.oh + row) * args.ow + column) * pixel;
  for (let j = 0; j < args.og; j += NR) {
    const e01 = right ? dy + pixel : zeros;
    const e10 = below ? dy + line : zeros;
    const e11 = right && below ? dy + line + pixel : zeros;
    transformOutputs(dy, e01, e10, e11, min(args.og - j, NR), to, plane);
    dy += ROW;
    to += <usize>PLACES * plane;
  }
}

/** sums[i][j] += sum over patches of a[patch][i]·b[patch][j], for all channels i and 16 channels j. */
function addProduct(a: usize, pixel: usize, count: i32, b: usize, sums: usize): void {
  for (const end = a + pixel; a < end; a += 8) {
    multiplyColumns(a, pixel, b, b + <usize>count * ROW, sums);
    sums += ROW * 2;
  }
}

@unmanaged
export class WinogradFilterGradEndArgs {
  /** `parts` times [panel, place, cg + 1, 16]. */
  sums: usize;
  /** [3, 3, cg, og]. */
  dw: usize;
  /** Scratch memory: 26·16 elements for each thread. */
  scratch: usize;
  parts: i32;
  cg: i32;
  og: i32;
}

/** Adds the parts and transforms them. Parallel: rows of all panels. */
export function winogradFilterGradEnd(args: WinogradFilterGradEndArgs, thread: i32, threads: i32): void {
  const panels = (args.og + NR - 1) / NR;
  const total = args.scratch + <usize>thread * (26 * ROW);
  const taps = total + <usize>PLACES * ROW;
  const plane = <usize>(args.cg + 1) * ROW;
  const part = <usize>(panels * PLACES) * plane;
  const to = shareRows(panels * args.cg, thread + 1, threads);
  for (let unit = shareRows(panels * args.cg, thread, threads); unit < to; unit++) {
    const panel = unit / args.cg;
    const channel = unit % args.cg;
    for (let p: usize = 0; p < <usize>PLACES; p++) {
      const from = args.sums + (<usize>panel * <usize>PLACES + p) * plane + <usize>channel * ROW;
      for (let i: usize = 0; i < ROW; i += 16) {
        let sum = v128.load(from + i);
        for (let q = 1; q < args.parts; q++) sum = f32x4.add(sum, v128.load(from + i + <usize>q * part));
        v128.store(total + p * ROW + i, sum);
      }
    }
    for (let i: usize = 0; i < ROW; i += 16) transformFilterSums(total + i, ROW, taps + i, ROW);
    const dw = args.dw + <usize>(channel * args.og + panel * NR) * ELEMENT;
    const count = min(args.og - panel * NR, NR);
    for (let t: usize = 0; t < 9; t++) storeRow(taps + t * ROW, dw + t * <usize>(args.cg * args.og) * ELEMENT, count);
  }
}
