// A tile of C: some rows, some panels of 16 columns. Rows of A and of C are found through tables of
// addresses, so that matrices, image patches and scattered results all take this one road to the
// micro-kernel.
//
// The caller fills a Tile in its scratch memory, then calls multiplyBlock for consecutive blocks of k, the
// first of which starts from the bias and the last of which applies the activation. A block of one panel of B
// (KC rows of 64 bytes) stays in the first-level cache while all rows of A pass by; the rows of A stay in the
// second-level cache while all panels pass by.

import { activateRow, LINEAR } from './epilogue';
import { MR, multiply, NR, ROW } from './micro';
import { multiplyBy4, multiplyBy8, ROWS_BY_4, ROWS_BY_8 } from './narrow';
import { copyRow, storeRow } from './pack';

/**
 * Rows of k in one block: a panel of 20 KB leaves room for rows of A and C in a first-level cache of 32 KB.
 */
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
  /**
   * If not 0, the last panel, zero-padded with rows of 64 bytes: b itself has fewer than 16 columns there.
   */
  bLast: usize;
  /** Bias of the tile's first column, or 0. */
  bias: usize;
  activation: i32;
  /** Scratch memory behind this object. */
  zeros: usize;
  biasLast: usize;
  idle: usize;
  sums: usize;
  /** Tables of addresses: row i of A (TABLE_BYTES), row i of C at the tile's first column. */
  aRows: usize;
  cRows: usize;
}

/**
 * Bytes of a table of row addresses: 16 more than rows, for tiles that end in the middle of a group of rows.
 */
export const TABLE_BYTES: usize = (<usize>(TILE_ROWS + 16)) << 2;

/** Bytes of a Tile with its scratch memory. */
export const TILE_BYTES: usize = 1024;

/** A Tile at the start of scratch memory of TILE_BYTES. */
export function tileAt(scratch: usize): Tile {
  const tile = changetype<Tile>(scratch);
  tile.zeros = scratch + 64;
  tile.biasLast = scratch + 128;
  tile.idle = scratch + 192;
  tile.sums = scratch + 256;
  tile.aRows = scratch + 384;
  tile.cRows = scratch + 384 + TABLE_BYTES;
  tile.bLast = 0;
  memory.fill(tile.zeros, 0, ROW);
  return tile;
}

/** Row i of A and of C are at a + i·aStride and c + i·cStride (bytes). */
export function regularRows(tile: Tile, a: usize, aStride: usize, c: usize, cStride: usize): void {
  for (let i = 0; i < tile.rows; i++) {
    store<u32>(tile.aRows + ((<usize>i) << 2), <u32>(a + <usize>i * aStride));
    store<u32>(tile.cRows + ((<usize>i) << 2), <u32>(c + <usize>i * cStride));
  }
}

/** What an empty sum gives: every row is the bias, or 0. */
export function fillWithBias(tile: Tile): void {
  const row = tile.biasLast;
  for (let j = 0; j < tile.columns; j += NR) {
    const columns = min(tile.columns - j, NR);
    const shift = (<usize>j) << 2;
    if (tile.bias) copyRow(tile.bias + shift, row, columns);
    else memory.fill(row, 0, ROW);
    if (tile.activation != LINEAR) activateRow(row, tile.activation);
    for (let i = 0; i < tile.rows; i++)
      storeRow(row, <usize>load<u32>(tile.cRows + ((<usize>i) << 2)) + shift, columns);
  }
}

/**
 * Sums a block of k that starts `aOffset` bytes into the rows of A and `k` rows down B. run, jump, runs: see
 * multiply.
 */
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
  const panels = tile.columns / NR;
  const rows = tile.rows;
  const activation = last ? tile.activation : LINEAR;
  for (let j = 0; j < panels; j++) {
    const b = tile.b + <usize>j * tile.bPanel + <usize>k * tile.bStep;
    const shift = <usize>j * ROW;
    const bias = first && tile.bias ? tile.bias + shift : tile.zeros;
    for (let i = 0; i < rows; i += MR) {
      const aEntry = tile.aRows + ((<usize>i) << 2);
      const cEntry = tile.cRows + ((<usize>i) << 2);
      // An odd last row is computed twice; the second result goes nowhere.
      const pair = i + 1 < rows;
      const a0 = <usize>load<u32>(aEntry) + aOffset;
      const a1 = pair ? <usize>load<u32>(aEntry, 4) + aOffset : a0;
      const c0 = <usize>load<u32>(cEntry) + shift;
      const c1 = pair ? <usize>load<u32>(cEntry, 4) + shift : tile.idle;
      multiply(a0, a1, run, jump, runs, b, tile.bStep, first ? bias : c0, first ? bias : pair ? c1 : c0, c0, c1);
      if (activation != LINEAR) {
        activateRow(c0, activation);
        activateRow(c1, activation);
      }
    }
  }
  if (tile.columns % NR != 0) multiplyLast(tile, panels, aOffset, run, jump, runs, k, first, activation);
}

/**
 * The same for the last panel if it has fewer than 16 columns: the sums take the way through scratch memory.
 */
function multiplyLast(
  tile: Tile,
  panel: i32,
  aOffset: usize,
  run: usize,
  jump: usize,
  runs: i32,
  k: i32,
  first: bool,
  activation: i32,
): void {
  const columns = tile.columns % NR;
  const shift = <usize>panel * ROW;
  const step = tile.bLast ? ROW : tile.bStep;
  const b = (tile.bLast ? tile.bLast : tile.b + <usize>panel * tile.bPanel) + <usize>k * step;
  if (first && tile.bias) copyRow(tile.bias + shift, tile.biasLast, columns);
  const bias = tile.bias ? tile.biasLast : tile.zeros;
  const width = columns <= 4 ? 4 : columns <= 8 ? 8 : NR;
  const height = width == 4 ? ROWS_BY_4 : width == 8 ? ROWS_BY_8 : MR;
  const sums = tile.sums;
  // Rows that a tile has too many are computed like the last one and go nowhere.
  const final = load<u32>(tile.aRows + ((<usize>(tile.rows - 1)) << 2));
  for (let i = 0; i < height; i++) store<u32>(tile.aRows + ((<usize>(tile.rows + i)) << 2), final);
  for (let i = 0; i < tile.rows; i += height) {
    const aEntry = tile.aRows + ((<usize>i) << 2);
    const cEntry = tile.cRows + ((<usize>i) << 2);
    const count = min(tile.rows - i, height);
    for (let r = 0; r < height; r++) {
      const start = first ? bias : <usize>load<u32>(cEntry + ((<usize>min(r, count - 1)) << 2)) + shift;
      copyRow(start, sums + ((<usize>(r * width)) << 2), first ? NR : columns, width);
    }
    if (width == 4) multiplyBy4(aEntry, aOffset, run, jump, runs, b, step, sums);
    else if (width == 8) multiplyBy8(aEntry, aOffset, run, jump, runs, b, step, sums);
    else {
      const a0 = <usize>load<u32>(aEntry) + aOffset;
      const a1 = <usize>load<u32>(aEntry, 4) + aOffset;
      multiply(a0, a1, run, jump, runs, b, step, sums, sums + ROW, sums, sums + ROW);
    }
    if (activation != LINEAR) {
      activateRow(sums, activation);
      activateRow(sums + ROW, activation);
    }
    for (let r = 0; r < count; r++) {
      storeRow(sums + ((<usize>(r * width)) << 2), <usize>load<u32>(cEntry + ((<usize>r) << 2)) + shift, columns);
    }
  }
}
