// The gradient of a convolution with respect to its filters, again a matrix product without a matrix:
//
//   dw[t, i, j] = sum over outputs o of x[o·stride + t·dilation - before, i]·dy[o, j]
//
// Rows of A are (tap, channel), and k runs over outputs. The part of the image that some outputs see is
// turned, so that each channel becomes a plane: then a row of A is a window of that plane, line by line a
// stretch of memory. With a stride, a line of a plane holds every sw-th column first, then the others in
// turn, so that windows stay contiguous.

import { LINEAR } from '../gemm/epilogue';
import { NR, ROW } from '../gemm/micro';
import { packRows, transposeBlock } from '../gemm/pack';
import { multiplyBlock, TILE_BYTES, TILE_ROWS, Tile, tileAt } from '../gemm/tile';
import { claim } from '../team';

@unmanaged
export class ConvFilterGradArgs {
  /** [n, d, h, w, groups·cg]. */
  x: usize;
  /** [n, od, oh, ow, groups·og]. */
  dy: usize;
  /** `parts` partial results one behind the other, each [kd, kh, kw, cg, groups·og]. */
  dw: usize;
  /**
   * Scratch memory, `scratchBytes` for each thread: 1024 for the tile, planeBytes, then the packed part of
   * dy.
   */
  scratch: usize;
  scratchBytes: i32;
  planeBytes: i32;
  n: i32;
  d: i32;
  h: i32;
  w: i32;
  groups: i32;
  cg: i32;
  og: i32;
  od: i32;
  oh: i32;
  ow: i32;
  kd: i32;
  kh: i32;
  kw: i32;
  sd: i32;
  sh: i32;
  sw: i32;
  dd: i32;
  dh: i32;
  dilationW: i32;
  pd: i32;
  ph: i32;
  pw: i32;
  /** Outputs summed in one go. */
  tileH: i32;
  tileW: i32;
  /** Channels whose filters are computed in one go. */
  channels: i32;
  /** Partial results, each over a share of the outputs; at most as many as there are tiles. */
  parts: i32;
}

/** Parallel: (part, group, block of channels) are claimed. dw must not overlap the inputs. */
export function convFilterGrad(args: ConvFilterGradArgs, thread: i32, threads: i32): void {
  const tile = tileAt(args.scratch + <usize>thread * args.scratchBytes);
  tile.activation = LINEAR;
  tile.bias = 0;
  tile.bStep = ROW;
  tile.columns = args.og;
  const size = args.kd * args.kh * args.kw * args.cg * args.groups * args.og;
  const blocks = (args.cg + args.channels - 1) / args.channels;
  const rowTiles = (args.oh + args.tileH - 1) / args.tileH;
  const columnTiles = (args.ow + args.tileW - 1) / args.tileW;
  const spots = args.n * args.od * rowTiles * columnTiles;
  const jobs = args.parts * args.groups * blocks;
  for (let job = threads == 1 ? 0 : claim(changetype<usize>(args)); job < jobs; ) {
    const part = job % args.parts;
    const group = (job / args.parts) % args.groups;
    const from = (job / (args.parts * args.groups)) * args.channels;
    const dw = args.dw + ((<usize>(part * size + from * args.groups * args.og + group * args.og)) << 2);
    const to = <i32>((<i64>spots * (part + 1)) / args.parts);
    const start = <i32>((<i64>spots * part) / args.parts);
    for (let s = start; s < to; s++) {
      const column = (s % columnTiles) * args.tileW;
      const row = ((s / columnTiles) % rowTiles) * args.tileH;
      const outer = s / (columnTiles * rowTiles);
      addOutputs(args, tile, group, from, outer / args.od, outer % args.od, row, column, dw, s == start);
    }
    job = threads == 1 ? job + 1 : claim(changetype<usize>(args));
  }
}

/** Adds the outputs [n, z, row.., column..] to the filters of channels `from`.. of a group, at dw. */
function addOutputs(
  args: ConvFilterGradArgs,
  tile: Tile,
  group: i32,
  from: i32,
  n: i32,
  z: i32,
  row: i32,
  column: i32,
  dw: usize,
  first: bool,
): void {
  const rows = min(args.tileH, args.oh - row);
  const columns = min(args.tileW, args.ow - column);
  const channels = min(args.channels, args.cg - from);
  const outputs = args.groups * args.og;
  const height = (rows - 1) * args.sh + (args.kh - 1) * args.dh + 1;
  const width = (columns - 1) * args.sw + (args.kw - 1) * args.dilationW + 1;
  // Columns of a phase, elements of a line, a slice, a plane. A few more, so that planes spread over all
  // cache sets.
  const phase = (width + args.sw - 1) / args.sw;
  const line = phase * args.sw;
  const slice = line * height;
  const plane = slice * args.kd + 16;
  const planes = changetype<usize>(tile) + TILE_BYTES;
  const origin = n * args.d;
  for (let t = 0; t < args.kd; t++) {
    const zIn = z * args.sd - args.pd + t * args.dd;
    for (let r = 0; r < height; r++) {
      const yIn = row * args.sh - args.ph + r;
      const target = planes + ((<usize>(t * slice + r * line)) << 2);
      if (zIn < 0 || zIn >= args.d || yIn < 0 || yIn >= args.h) {
        clear(target, channels, plane, line);
      } else {
        const source =
          args.x +
          ((<usize>((origin + zIn) * args.h + yIn) * args.w * (args.groups * args.cg) + group * args.cg + from) << 2);
        turnLine(args, source, column * args.sw - args.pw, phase, target, channels, plane);
      }
    }
  }
  const count = rows * columns;
  const packed = planes + args.planeBytes;
  const dy =
    args.dy + ((<usize>((((n * args.od + z) * args.oh + row) * args.ow + column) * outputs + group * args.og)) << 2);
  for (let j = 0; j < args.og; j += NR) {
    let to = packed + ((<usize>j * count) << 2);
    for (let r = 0; r < rows; r++) {
      packRows(
        dy + ((<usize>(r * args.ow * outputs + j)) << 2),
        (<usize>outputs) << 2,
        to,
        columns,
        min(args.og - j, NR),
      );
      to += <usize>columns * ROW;
    }
  }
  tile.b = packed;
  tile.bPanel = <usize>count * ROW;
  const taps = args.kd * args.kh * args.kw;
  const jump = (<usize>(args.sh * line - columns)) << 2;
  for (let m = 0; m < taps * channels; m += TILE_ROWS) {
    tile.rows = min(taps * channels - m, TILE_ROWS);
    for (let i = 0; i < tile.rows; i++) {
      const tap = (m + i) / channels;
      const channel = m + i - tap * channels;
      const shift = (tap % args.kw) * args.dilationW;
      const tapH = (tap / args.kw) % args.kh;
      const tapD = tap / (args.kw * args.kh);
      const a = channel * plane + tapD * slice + tapH * args.dh * line + (shift % args.sw) * phase + shift / args.sw;
      store<u32>(tile.aRows + ((<usize>i) << 2), <u32>(planes + ((<usize>a) << 2)));
      store<u32>(tile.cRows + ((<usize>i) << 2), <u32>(dw + ((<usize>((tap * args.cg + channel) * outputs)) << 2)));
    }
    multiplyBlock(tile, 0, (<usize>columns) << 2, jump, rows, 0, first, true);
  }
}

/**
 * One line of the image, from column x0 on, into the line `to` of each plane: phase after phase, zeros beyond
 * the image. source: column 0.
 */
function turnLine(
  args: ConvFilterGradArgs,
  source: usize,
  x0: i32,
  phase: i32,
  to: usize,
  channels: i32,
  plane: i32,
): void {
  const pixel = (<usize>(args.groups * args.cg)) << 2;
  for (let p = 0; p < args.sw; p++) {
    const first = x0 + p;
    // Columns first + q·sw lie inside the image for begin <= q < end.
    const begin = min(first < 0 ? (args.sw - 1 - first) / args.sw : 0, phase);
    const end = max(min(first < args.w ? (args.w - 1 - first) / args.sw + 1 : 0, phase), begin);
    if (begin > 0) clear(to, channels, plane, begin);
    if (end < phase) clear(to + ((<usize>end) << 2), channels, plane, phase - end);
    const from = source + <usize>(first + begin * args.sw) * pixel;
    transposeBlock(from, pixel * args.sw, to + ((<usize>begin) << 2), (<usize>plane) << 2, end - begin, channels);
    to += (<usize>phase) << 2;
  }
}

/** `count` zeros in each plane. */
function clear(to: usize, channels: i32, plane: i32, count: i32): void {
  for (let i = 0; i < channels; i++) memory.fill(to + ((<usize>(i * plane)) << 2), 0, (<usize>count) << 2);
}
