// Copies between arrays whose axes lie at any strides: what slice, flip, broadcast, concatenate, pad and transpose
// come down to. Elements of 4 bytes, strides in elements; a stride of x may be 0 (broadcast) or negative (flip).
//
// Axes beyond the fixed ones follow behind the arguments, slowest first, as (size, stride in x, stride in y) each.

import { ELEMENT } from '../simd';

/** Elements of the longest run that one thread copies at a time, so that a single long run is shared too. */
const BLOCK: i32 = 8192;
/** Runs from this length on are left to memory.copy, whose call costs more than a few vector moves. */
const LONG_RUN: i32 = 64;
/** Edge of the square tiles in which planes are transposed: few enough lines to stay in L1 where strides are powers of two. */
const TILE: i32 = 16;

@unmanaged
export class StridedCopyArgs {
  x: usize;
  y: usize;
  /** Number of axes behind the arguments, and the product of their sizes. */
  axes: i32;
  outer: i32;
  /** The two fastest axes of y. */
  middle: i32;
  middleX: i32;
  middleY: i32;
  inner: i32;
  innerX: i32;
  innerY: i32;
}

/**
 * y[..., i·middleY + j·innerY] = x[..., i·middleX + j·innerX], i < middle, j < inner. x and y must not overlap.
 * Parallel: contiguous shares of the runs, long runs in blocks.
 */
export function stridedCopy(args: StridedCopyArgs, thread: i32, threads: i32): void {
  const axes = changetype<usize>(args) + offsetof<StridedCopyArgs>();
  const middle = args.middle;
  const inner = args.inner;
  const blocks = (inner + BLOCK - 1) / BLOCK;
  const units = <i64>args.outer * middle * blocks;
  let unit = (units * thread) / threads;
  const end = (units * (thread + 1)) / threads;
  while (unit < end) {
    const row = unit / blocks;
    const block = <i32>(unit - row * blocks);
    const o = <i32>(row / middle);
    const i = <i32>(row - <i64>o * middle);
    const j = block * BLOCK;
    const runs = blocks > 1 ? 1 : <i32>min<i64>(middle - i, end - unit);
    const x = args.x + place(axes, args.axes, o, 4) + elements(i, args.middleX) + elements(j, args.innerX);
    const y = args.y + place(axes, args.axes, o, 8) + elements(i, args.middleY) + elements(j, args.innerY);
    copyRuns(args, x, y, runs, min<i32>(inner - j, BLOCK));
    unit += runs;
  }
}

@unmanaged
export class StridedTransposeArgs {
  x: usize;
  y: usize;
  axes: i32;
  outer: i32;
  rows: i32;
  columns: i32;
  rowStrideX: i32;
  columnStrideY: i32;
}

/**
 * y[..., j·columnStrideY + i] = x[..., i·rowStrideX + j], i < rows, j < columns. x and y must not overlap.
 * Parallel: contiguous shares of the tiles.
 */
export function stridedTranspose(args: StridedTransposeArgs, thread: i32, threads: i32): void {
  const axes = changetype<usize>(args) + offsetof<StridedTransposeArgs>();
  const rowTiles = (args.rows + TILE - 1) / TILE;
  const columnTiles = (args.columns + TILE - 1) / TILE;
  const units = <i64>args.outer * rowTiles * columnTiles;
  const end = (units * (thread + 1)) / threads;
  for (let unit = (units * thread) / threads; unit < end; unit++) {
    const line = unit / rowTiles;
    const i = <i32>(unit - line * rowTiles) * TILE;
    const o = <i32>(line / columnTiles);
    const j = <i32>(line - <i64>o * columnTiles) * TILE;
    const x = args.x + place(axes, args.axes, o, 4) + elements(i, args.rowStrideX) + elements(j, 1);
    const y = args.y + place(axes, args.axes, o, 8) + elements(j, args.columnStrideY) + elements(i, 1);
    const rows = min<i32>(args.rows - i, TILE);
    transposeTile(
      x,
      y,
      rows,
      min<i32>(args.columns - j, TILE),
      elements(1, args.rowStrideX),
      elements(1, args.columnStrideY),
    );
  }
}

/** Bytes from the start of an array to element `index` of its outer axes. `field`: 4 for x's strides, 8 for y's. */
function place(axes: usize, count: i32, index: i32, field: usize): usize {
  let offset: i32 = 0;
  for (let p = axes + <usize>count * 12; p > axes && index > 0; ) {
    p -= 12;
    const size = load<i32>(p);
    const slower = index / size;
    offset += (index - slower * size) * load<i32>(p + field);
    index = slower;
  }
  return <usize>offset * ELEMENT;
}

function elements(count: i32, stride: i32): usize {
  return <usize>(count * stride) * ELEMENT;
}

function copyRuns(args: StridedCopyArgs, x: usize, y: usize, runs: i32, n: i32): void {
  const stepX = elements(1, args.middleX);
  const stepY = elements(1, args.middleY);
  const innerX = args.innerX;
  const contiguous = args.innerY == 1;
  for (; runs > 0; runs--) {
    if (contiguous && innerX == 1) copyRun(x, y, n);
    else if (contiguous && innerX == 0) splatRun(x, y, n);
    else if (contiguous && innerX == -1) reverseRun(x, y, n);
    else gatherRun(x, y, n, elements(1, innerX), elements(1, args.innerY));
    x += stepX;
    y += stepY;
  }
}

/** y[i] = x[i], i < n. */
export function copyRun(x: usize, y: usize, n: i32): void {
  if (n >= LONG_RUN) {
    memory.copy(y, x, <usize>n * ELEMENT);
    return;
  }
  for (; n >= 4; n -= 4) {
    v128.store(y, v128.load(x));
    x += 16;
    y += 16;
  }
  for (; n > 0; n--) {
    store<u32>(y, load<u32>(x));
    x += 4;
    y += 4;
  }
}

/** y[i] = x[0], i < n. */
export function splatRun(x: usize, y: usize, n: i32): void {
  const v = v128.load32_splat(x);
  for (; n >= 4; n -= 4) {
    v128.store(y, v);
    y += 16;
  }
  for (; n > 0; n--) {
    v128.store_lane<u32>(y, v, 0);
    y += 4;
  }
}

/** x points at the last element in memory of its run and is read towards lower addresses. */
function reverseRun(x: usize, y: usize, n: i32): void {
  for (; n >= 4; n -= 4) {
    const v = v128.load(x - 12);
    v128.store(y, v128.shuffle<u32>(v, v, 3, 2, 1, 0));
    x -= 16;
    y += 16;
  }
  for (; n > 0; n--) {
    store<u32>(y, load<u32>(x));
    x -= 4;
    y += 4;
  }
}

function gatherRun(x: usize, y: usize, n: i32, stepX: usize, stepY: usize): void {
  for (; n > 0; n--) {
    store<u32>(y, load<u32>(x));
    x += stepX;
    y += stepY;
  }
}

/** y[j, i] = x[i, j] in 4 x 4 blocks; ldx and ldy in bytes. */
function transposeTile(x: usize, y: usize, rows: i32, columns: i32, ldx: usize, ldy: usize): void {
  const rows4 = rows & ~3;
  const columns4 = columns & ~3;
  for (let j = 0; j < columns4; j += 4) {
    let px = x + <usize>j * ELEMENT;
    let py = y + <usize>j * ldy;
    for (let i = 0; i < rows4; i += 4) {
      transposeBlock(px, py, ldx, ldy);
      px += 4 * ldx;
      py += 16;
    }
  }
  if (rows4 < rows) moveTransposed(x + <usize>rows4 * ldx, y + <usize>rows4 * ELEMENT, rows - rows4, columns, ldx, ldy);
  if (columns4 < columns) {
    moveTransposed(x + <usize>columns4 * ELEMENT, y + <usize>columns4 * ldy, rows4, columns - columns4, ldx, ldy);
  }
}

function transposeBlock(x: usize, y: usize, ldx: usize, ldy: usize): void {
  const a = v128.load(x);
  const b = v128.load(x + ldx);
  const c = v128.load(x + 2 * ldx);
  const d = v128.load(x + 3 * ldx);
  const ab0 = v128.shuffle<u32>(a, b, 0, 4, 1, 5);
  const cd0 = v128.shuffle<u32>(c, d, 0, 4, 1, 5);
  const ab1 = v128.shuffle<u32>(a, b, 2, 6, 3, 7);
  const cd1 = v128.shuffle<u32>(c, d, 2, 6, 3, 7);
  v128.store(y, v128.shuffle<u32>(ab0, cd0, 0, 1, 4, 5));
  v128.store(y + ldy, v128.shuffle<u32>(ab0, cd0, 2, 3, 6, 7));
  v128.store(y + 2 * ldy, v128.shuffle<u32>(ab1, cd1, 0, 1, 4, 5));
  v128.store(y + 3 * ldy, v128.shuffle<u32>(ab1, cd1, 2, 3, 6, 7));
}

function moveTransposed(x: usize, y: usize, rows: i32, columns: i32, ldx: usize, ldy: usize): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      store<u32>(y + <usize>j * ldy + <usize>i * ELEMENT, load<u32>(x + <usize>i * ldx + <usize>j * ELEMENT));
    }
  }
}
