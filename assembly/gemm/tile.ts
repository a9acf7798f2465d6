// A tile of C: some rows, some panels of 16 columns. Rows of A and of C are found through tables of addresses, so that
// matrices, image patches and scattered results all take this one road to the micro-kernel.
//
// The caller fills a Tile in its scratch memory, then calls multiplyBlock for consecutive blocks of k, the first of
// which starts from the bias and the last of which applies the activation. A block of one panel of B (KC rows of 64
// bytes) stays in the first-level cache while all rows of A pass by; the rows of A stay in the second-level cache
// while all panels pass by.

import { activateRow, LINEAR } from './epilogue';
import { MR, multiply, NR, ROW } from './micro';
import { copyRow, storeRow } from './pack';

/** Rows of k in one block: a panel of 20 KB leaves room for rows of A and C in a first-level cache of 32 KB. */
export const KC: i32 = 320;

/** Most rows of a tile. */
export const TILE_ROWS: i32 = 64;

@unmanaged
export class Tile {
  /** Rows, 1..TILE_ROWS, and columns of C. */
  rows: i32;
  columns: i32;
  /** B at the tile's first column and first k, bytes from k to k + 1, and from panel to panel. */
  b: usize;
  bStep: usize;
  bPanel: usize;
  /** If not 0, the last panel, zero-padded with rows of 64 bytes: b itself has fewer than 16 columns there. */
  bLast: usize;
  /** Bias of the tile's first column, or 0. */
  bias: usize;
  activation: i32;
  /** Scratch memory behind this object. */
  zeros: usize;
  biasLast: usize;
  idle: usize;
  narrow: usize;
  /** Tables of addresses: row i of A (one entry more than rows), row i of C at the tile's first column. */
  aRows: usize;
  cRows: usize;
}

/** Bytes of a Tile with its scratch memory. */
export const TILE_BYTES: usize = 1024;

/** A Tile at the start of scratch memory of TILE_BYTES. */
export function tileAt(scratch: usize): Tile {
  const tile = changetype<Tile>(scratch);
  tile.zeros = scratch + 64;
  tile.biasLast = scratch + 128;
  tile.idle = scratch + 192;
  tile.narrow = scratch + 256;
  tile.aRows = scratch + 384;
  tile.cRows = scratch + 704;
  tile.bLast = 0;
  memory.fill(tile.zeros, 0, ROW);
  return tile;
}

/** Row i of A and of C are at a + i·aStride and c + i·cStride (bytes). */
export function regularRows(tile: Tile, a: usize, aStride: usize, c: usize, cStride: usize): void {
  for (let i = 0; i < tile.rows; i++) {
    store<u32>(tile.aRows + (<usize>i << 2), <u32>(a + <usize>i * aStride));
    store<u32>(tile.cRows + (<usize>i << 2), <u32>(c + <usize>i * cStride));
  }
}

/** What an empty sum gives: every row is the bias, or 0. */
export function fillWithBias(tile: Tile): void {
  const row = tile.biasLast;
  for (let j = 0; j < tile.columns; j += NR) {
    const columns = min(tile.columns - j, NR);
    const shift = <usize>j << 2;
    if (tile.bias) copyRow(tile.bias + shift, row, columns);
    else memory.fill(row, 0, ROW);
    if (tile.activation != LINEAR) activateRow(row, tile.activation);
    for (let i = 0; i < tile.rows; i++) storeRow(row, <usize>load<u32>(tile.cRows + (<usize>i << 2)) + shift, columns);
  }
}

/** Sums a block of k that starts `aOffset` bytes into the rows of A and `k` rows down B. run, jump, runs: see multiply. */
export function multiplyBlock(
  tile: Tile,
  aOffset: usize,
  run: usize,
  jump: usize,
  runs: i32,
  k: i32,
  first: bool,
  last: bool,
): void {
  const panels = (tile.columns + NR - 1) / NR;
  const rows = tile.rows;
  const narrow = tile.columns % NR;
  const act = last && tile.activation != LINEAR;
  for (let j = 0; j < panels; j++) {
    const partial = narrow != 0 && j == panels - 1;
    let step = tile.bStep;
    let b = tile.b + <usize>j * tile.bPanel;
    if (partial && tile.bLast) {
      step = ROW;
      b = tile.bLast;
    }
    b += <usize>k * step;
    let bias = tile.zeros;
    if (first && tile.bias) {
      bias = tile.bias + <usize>j * ROW;
      if (partial) {
        copyRow(bias, tile.biasLast, narrow);
        bias = tile.biasLast;
      }
    }
    const cShift = <usize>j * ROW;
    for (let i = 0; i < rows; i += MR) {
      const aEntry = tile.aRows + (<usize>i << 2);
      const cEntry = tile.cRows + (<usize>i << 2);
      // An odd last row is computed twice; the second result goes nowhere.
      const pair = i + 1 < rows;
      const a0 = <usize>load<u32>(aEntry) + aOffset;
      const a1 = pair ? <usize>load<u32>(aEntry, 4) + aOffset : a0;
      const c0 = <usize>load<u32>(cEntry) + cShift;
      const c1 = pair ? <usize>load<u32>(cEntry, 4) + cShift : tile.idle;
      if (partial) {
        multiplyNarrow(tile, a0, a1, run, jump, runs, b, step, first ? bias : 0, c0, pair ? c1 : 0, narrow, act);
      } else {
        multiply(a0, a1, run, jump, runs, b, step, first ? bias : c0, first ? bias : pair ? c1 : c0, c0, c1);
        if (act) {
          activateRow(c0, tile.activation);
          activateRow(c1, tile.activation);
        }
      }
    }
  }
}

/** The same for fewer than 16 columns, by way of scratch memory. x: where both sums start, 0 if from c. c1: 0 if unused. */
function multiplyNarrow(
  tile: Tile,
  a0: usize,
  a1: usize,
  run: usize,
  jump: usize,
  runs: i32,
  b: usize,
  step: usize,
  x: usize,
  c0: usize,
  c1: usize,
  columns: i32,
  act: bool,
): void {
  const sums = tile.narrow;
  if (!x) {
    copyRow(c0, sums, columns);
    copyRow(c1 ? c1 : c0, sums + ROW, columns);
  }
  multiply(a0, a1, run, jump, runs, b, step, x ? x : sums, x ? x : sums + ROW, sums, sums + ROW);
  if (act) {
    activateRow(sums, tile.activation);
    activateRow(sums + ROW, tile.activation);
  }
  storeRow(sums, c0, columns);
  if (c1) storeRow(sums + ROW, c1, columns);
}
