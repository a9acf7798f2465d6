// Convolution over three spatial axes, channels last, as a matrix product without a matrix: the rows of A are
// image patches, read where they lie.
//
//   y[o, j] = activation(bias[j] + sum over taps t and channels i of x[at(o, t), i]·w[t, i, j]),
//   at(o, t) = o·stride + t·dilation - before
//
// A line of a patch (all taps of one filter line and all their channels) is one stretch of memory, so the
// micro-kernel walks over a patch in a few stretches; nothing is copied (gathering patches was slower even
// for stretches of 2). Only where a tile of outputs reaches beyond the image, the part of the image it needs
// is copied into a frame of zeros first. Outputs lie on a grid with any steps, so that one phase of a strided
// transposed convolution can be written too.

import { activateRow, LINEAR, RELU } from '../gemm/epilogue';
import { MR, NR, ROW } from '../gemm/micro';
import { fillWithBias, KC, multiplyBlock, TILE_BYTES, Tile, tileAt } from '../gemm/tile';
import { fma } from '../simd';
import { claim } from '../team';

/** Most products of a sum that is computed in one go: their places in a patch fit into the tile's `sums`. */
const FEW: i32 = 32;

@unmanaged
export class ConvArgs {
  /** [n, d, h, w, groups·cg]. */
  x: usize;
  /** The filters as panels, from packFilter. */
  packed: usize;
  /** [groups·og], or 0 for none. */
  bias: usize;
  /** Output (0, 0, 0, 0) of the grid. */
  y: usize;
  /** Scratch memory, `scratchBytes` for each thread: 1024 for the tile, then the frame. */
  scratch: usize;
  scratchBytes: i32;
  n: i32;
  d: i32;
  h: i32;
  w: i32;
  groups: i32;
  /** Channels of a group: input and output. */
  cg: i32;
  og: i32;
  /** Outputs on each axis. */
  od: i32;
  oh: i32;
  ow: i32;
  /** Taps on each axis, then strides, dilations, and padding in front (negative: the image starts later). */
  kd: i32;
  kh: i32;
  kw: i32;
  sd: i32;
  sh: i32;
  sw: i32;
  dd: i32;
  dh: i32;
  dw: i32;
  pd: i32;
  ph: i32;
  pw: i32;
  /** Elements of y from one output to the next on each axis. */
  yn: i32;
  yd: i32;
  yh: i32;
  yw: i32;
  /** Outputs of a tile: at most 64 together. */
  tileH: i32;
  tileW: i32;
  activation: i32;
}

/** Parallel: tiles are claimed. y must not overlap the inputs. */
export function conv(args: ConvArgs, thread: i32, threads: i32): void {
  const tile = tileAt(args.scratch + <usize>thread * args.scratchBytes);
  tile.activation = args.activation;
  tile.bStep = ROW;
  tile.bPanel = <usize>(args.kd * args.kh * args.kw * args.cg) * ROW;
  const rowTiles = (args.oh + args.tileH - 1) / args.tileH;
  const columnTiles = (args.ow + args.tileW - 1) / args.tileW;
  const spots = args.n * args.od * rowTiles * columnTiles;
  const panels = (args.og + NR - 1) / NR;
  const split = threads == 1 || spots >= 2 * threads || spots == 0 ? 1 : min(panels, (2 * threads) / spots + 1);
  const panelsEach = (panels + split - 1) / split;
  const parts = (panels + panelsEach - 1) / panelsEach;
  for (let t = threads == 1 ? 0 : claim(changetype<usize>(args)); t < spots * parts; ) {
    let spot = t / parts;
    const column = (spot % columnTiles) * args.tileW;
    spot /= columnTiles;
    const row = (spot % rowTiles) * args.tileH;
    spot /= rowTiles;
    computeTile(args, tile, spot / args.od, spot % args.od, row, column, (t % parts) * panelsEach, panelsEach);
    t = threads == 1 ? t + 1 : claim(changetype<usize>(args));
  }
}

/** Outputs [n, z, row.., column..], output channels of `count` panels from `panel` on, of every group. */
function computeTile(args: ConvArgs, tile: Tile, n: i32, z: i32, row: i32, column: i32, panel: i32, count: i32): void {
  const rows = min(args.tileH, args.oh - row);
  const columns = min(args.tileW, args.ow - column);
  const pixel = (<usize>(args.groups * args.cg)) << 2;
  // The part of the image that the tile needs: its first position and its extent.
  const z0 = z * args.sd - args.pd;
  const y0 = row * args.sh - args.ph;
  const x0 = column * args.sw - args.pw;
  const depth = (args.kd - 1) * args.dd + 1;
  const height = (rows - 1) * args.sh + (args.kh - 1) * args.dh + 1;
  const width = (columns - 1) * args.sw + (args.kw - 1) * args.dw + 1;
  const inside = z0 >= 0 && z0 + depth <= args.d && y0 >= 0 && y0 + height <= args.h && x0 >= 0 && x0 + width <= args.w;
  let line = <usize>args.w * pixel;
  let slice = <usize>(args.dd * args.h) * line;
  let base = args.x + <usize>(((n * args.d + z0) * args.h + y0) * args.w + x0) * pixel;
  if (!inside) {
    base = changetype<usize>(tile) + TILE_BYTES;
    line = <usize>width * pixel;
    slice = <usize>height * line;
    copyFrame(args, n, z0, y0, x0, height, width, base);
  }
  tile.rows = rows * columns;
  tile.columns = min(args.og - panel * NR, count * NR);
  let entry: usize = 0;
  for (let r = 0; r < rows; r++) {
    let a = base + <usize>(r * args.sh) * line;
    let c = args.y + ((<usize>(n * args.yn + z * args.yd + (row + r) * args.yh + column * args.yw + panel * NR)) << 2);
    for (let q = 0; q < columns; q++) {
      store<u32>(tile.aRows + entry, <u32>a);
      store<u32>(tile.cRows + entry, <u32>c);
      a += <usize>args.sw * pixel;
      c += (<usize>args.yw) << 2;
      entry += 4;
    }
  }
  const panels = (args.og + NR - 1) / NR;
  for (let g = 0; g < args.groups; g++) {
    tile.b = args.packed + <usize>(g * panels + panel) * tile.bPanel;
    tile.bias = args.bias ? args.bias + ((<usize>(g * args.og + panel * NR)) << 2) : 0;
    if (g > 0) shiftRows(tile.cRows, tile.rows, (<usize>args.og) << 2);
    if (tile.bPanel == 0) {
      fillWithBias(tile);
    } else if (tile.bPanel <= <usize>FEW * ROW && tile.columns % NR == 0) {
      multiplyFew(args, tile, (<usize>(g * args.cg)) << 2, pixel, line, slice);
    } else {
      multiplyTaps(args, tile, (<usize>(g * args.cg)) << 2, pixel, line, slice);
    }
  }
}

function shiftRows(table: usize, rows: i32, bytes: usize): void {
  const end = table + ((<usize>rows) << 2);
  for (; table < end; table += 4) store<u32>(table, load<u32>(table) + <u32>bytes);
}

/**
 * Sums of few products, as in a first layer with 1 or 3 channels: the places of all products in a patch are
 * listed, and one loop runs over all patches of the tile, since calls would take longer than the products.
 */
function multiplyFew(args: ConvArgs, tile: Tile, offset: usize, pixel: usize, line: usize, slice: usize): void {
  let place = tile.sums;
  for (let z = 0; z < args.kd; z++) {
    for (let r = 0; r < args.kh; r++) {
      for (let q = 0; q < args.kw; q++) {
        const at = offset + <usize>z * slice + <usize>(r * args.dh) * line + <usize>(q * args.dw) * pixel;
        for (let i = 0; i < args.cg; i++) {
          store<u32>(place, <u32>(at + ((<usize>i) << 2)));
          place += 4;
        }
      }
    }
  }
  // An odd last output is computed twice; the second result goes nowhere.
  const end = (<usize>tile.rows) << 2;
  store<u32>(tile.aRows + end, load<u32>(tile.aRows + end - 4));
  for (let j: usize = 0; j < (<usize>tile.columns) << 2; j += ROW) {
    store<u32>(tile.cRows + end, <u32>(tile.idle - j));
    multiplyPatches(tile, place, tile.b + (j / ROW) * tile.bPanel, tile.bias ? tile.bias + j : tile.zeros, j);
  }
}

/**
 * 16 channels, `shift` bytes into the rows of C, of all outputs of the tile: the micro-kernel of gemm/micro.ts.
 * Places end at `end`.
 */
function multiplyPatches(tile: Tile, end: usize, b: usize, bias: usize, shift: usize): void {
  const begin = tile.sums;
  const lower = f32x4.splat(tile.activation == RELU ? 0 : -Infinity);
  const rows = (<usize>tile.rows) << 2;
  for (let i: usize = 0; i < rows; i += MR << 2) {
    const a0 = <usize>load<u32>(tile.aRows + i);
    const a1 = <usize>load<u32>(tile.aRows + i, 4);
    let c00 = v128.load(bias);
    let c01 = v128.load(bias, 16);
    let c02 = v128.load(bias, 32);
    let c03 = v128.load(bias, 48);
    let c10 = c00;
    let c11 = c01;
    let c12 = c02;
    let c13 = c03;
    let row = b;
    let place = begin;
    do {
      const at = <usize>load<u32>(place);
      const p = v128.load32_splat(a0 + at);
      const q = v128.load32_splat(a1 + at);
      let v = v128.load(row);
      c00 = fma(p, v, c00);
      c10 = fma(q, v, c10);
      v = v128.load(row, 16);
      c01 = fma(p, v, c01);
      c11 = fma(q, v, c11);
      v = v128.load(row, 32);
      c02 = fma(p, v, c02);
      c12 = fma(q, v, c12);
      v = v128.load(row, 48);
      c03 = fma(p, v, c03);
      c13 = fma(q, v, c13);
      place += 4;
      row += ROW;
    } while (place < end);
    // pmax(v, lower) keeps NaN.
    const c0 = <usize>load<u32>(tile.cRows + i) + shift;
    const c1 = <usize>load<u32>(tile.cRows + i, 4) + shift;
    v128.store(c0, f32x4.pmax(c00, lower));
    v128.store(c0, f32x4.pmax(c01, lower), 16);
    v128.store(c0, f32x4.pmax(c02, lower), 32);
    v128.store(c0, f32x4.pmax(c03, lower), 48);
    v128.store(c1, f32x4.pmax(c10, lower));
    v128.store(c1, f32x4.pmax(c11, lower), 16);
    v128.store(c1, f32x4.pmax(c12, lower), 32);
    v128.store(c1, f32x4.pmax(c13, lower), 48);
    if (tile.activation != LINEAR && tile.activation != RELU) {
      activateRow(c0, tile.activation);
      activateRow(c1, tile.activation);
    }
  }
}

/**
 * Sums over all taps and channels, in blocks of about KC. pixel, line, slice: bytes from pixel to pixel, line
 * to line, tap to tap in depth.
 */
function multiplyTaps(args: ConvArgs, tile: Tile, offset: usize, pixel: usize, line: usize, slice: usize): void {
  // All taps of a filter line are one stretch if nothing lies between them.
  const whole = args.dw == 1 && args.groups == 1;
  const run = whole ? args.kw * args.cg : args.cg;
  const runs = whole ? args.kh : args.kw;
  const step = whole ? <usize>args.dh * line : <usize>args.dw * pixel;
  const lines = whole ? 1 : args.kh;
  const total = args.kd * args.kh * args.kw * args.cg;
  // Several stretches make a block, or several blocks make a stretch.
  const parts = (run + KC - 1) / KC;
  const length = (run + parts - 1) / parts;
  const most = max(KC / run, 1);
  const blocks = (runs + most - 1) / most;
  const runsEach = (runs + blocks - 1) / blocks;
  let k = 0;
  for (let z = 0; z < args.kd; z++) {
    for (let l = 0; l < lines; l++) {
      const start = offset + <usize>z * slice + <usize>(l * args.dh) * line;
      for (let r = 0; r < runs; r += runsEach) {
        const count = min(runs - r, runsEach);
        for (let i = 0; i < run; i += length) {
          const part = min(run - i, length);
          const bytes = (<usize>part) << 2;
          const from = start + <usize>r * step + ((<usize>i) << 2);
          multiplyBlock(tile, from, bytes, step - bytes, count, k, k == 0, k + part * count == total);
          k += part * count;
        }
      }
    }
  }
}

/**
 * Copies the part of the image that a tile needs; what lies beyond the image becomes 0. Only the slices of
 * taps are copied.
 */
function copyFrame(args: ConvArgs, n: i32, z0: i32, y0: i32, x0: i32, height: i32, width: i32, frame: usize): void {
  const channels = args.groups * args.cg;
  const left = min(max(-x0, 0), width);
  const right = min(max(args.w - x0, left), width);
  let to = frame;
  for (let t = 0; t < args.kd; t++) {
    const z = z0 + t * args.dd;
    for (let r = 0; r < height; r++) {
      const y = y0 + r;
      const end = to + ((<usize>(width * channels)) << 2);
      if (z < 0 || z >= args.d || y < 0 || y >= args.h) {
        memory.fill(to, 0, end - to);
      } else {
        const from = args.x + ((<usize>((((n * args.d + z) * args.h + y) * args.w + x0 + left) * channels)) << 2);
        memory.fill(to, 0, (<usize>(left * channels)) << 2);
        copyFloats(from, to + ((<usize>(left * channels)) << 2), (right - left) * channels);
        const filled = to + ((<usize>(right * channels)) << 2);
        memory.fill(filled, 0, end - filled);
      }
      to = end;
    }
  }
}

function copyFloats(from: usize, to: usize, count: i32): void {
  const end = to + ((<usize>count) << 2);
  for (; to + 16 <= end; to += 16) {
    v128.store(to, v128.load(from));
    from += 16;
  }
  for (; to < end; to += 4) {
    store<f32>(to, load<f32>(from));
    from += 4;
  }
}
