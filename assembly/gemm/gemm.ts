// C = activation(op(A)·op(B) + bias) for float32 matrices of any size.
//
// B comes packed (kernel packPanels, a separate instruction, so that constant weights can be packed once), or, if small,
// as it is. A is read in place; a transposed A is turned block by block. Threads claim tiles of C.

import { claim } from '../team';
import { activateRow, LINEAR } from './epilogue';
import { NR, ROW } from './micro';
import { copyRow, packRows, storeRow, transposeBlock } from './pack';
import { KC, multiplyBlock, regularRows, Tile, tileAt, TILE_BYTES, TILE_ROWS } from './tile';

/** Bytes from row to row of a transposed block of A; a line more than needed, so that rows spread over all cache sets. */
const BLOCK_STRIDE: usize = (<usize>KC << 2) + 64;

@unmanaged
export class GemmArgs {
  a: usize;
  b: usize;
  /** [n], or 0 for none. */
  bias: usize;
  c: usize;
  /** Scratch memory, `scratchBytes` for each thread: 5120, and 86016 more if transposeA, and 64·k more if not packed. */
  scratch: usize;
  scratchBytes: i32;
  m: i32;
  n: i32;
  k: i32;
  /** Elements from row to row. */
  lda: i32;
  ldb: i32;
  ldc: i32;
  /** 1: a is stored [k, m]. */
  transposeA: i32;
  /** 1: b holds panels; 0: it is stored [k, n]. */
  packed: i32;
  /** See epilogue.ts. */
  activation: i32;
}

/** C[m, n] = activation(A·B + bias). c must not overlap the inputs. Parallel: tiles of C are claimed. */
export function gemm(args: GemmArgs, thread: i32, threads: i32): void {
  const m = args.m;
  const n = args.n;
  if (m == 0 || n == 0) return;
  const scratch = args.scratch + <usize>thread * args.scratchBytes;
  // Small enough for every thread to get several tiles, or at least one.
  const rowsEach = threads == 1 ? TILE_ROWS : min(max((m / (threads * 3) + 7) & ~7, 8), TILE_ROWS);
  const rowTiles = (m + rowsEach - 1) / rowsEach;
  const panels = (n + NR - 1) / NR;
  const split = threads == 1 || rowTiles >= 2 * threads ? 1 : min(panels, (2 * threads) / rowTiles + 1);
  const panelsEach = (panels + split - 1) / split;
  const columnTiles = (panels + panelsEach - 1) / panelsEach;
  const tile = tileAt(scratch);
  tile.activation = args.activation;
  tile.bStep = args.packed ? ROW : <usize>args.ldb << 2;
  tile.bPanel = args.packed ? <usize>args.k * ROW : ROW;
  const narrow = n % NR;
  if (!args.packed && narrow) {
    tile.bLast = scratch + TILE_BYTES + (args.transposeA ? <usize>TILE_ROWS * BLOCK_STRIDE : 0);
    packRows(args.b + (<usize>(n - narrow) << 2), tile.bStep, tile.bLast, args.k, narrow);
  }
  const tiles = rowTiles * columnTiles;
  for (let t = threads == 1 ? 0 : claim(changetype<usize>(args)); t < tiles; ) {
    const row = (t / columnTiles) * rowsEach;
    const panel = (t % columnTiles) * panelsEach;
    tile.rows = min(m - row, rowsEach);
    tile.columns = min(n - panel * NR, panelsEach * NR);
    tile.b = args.b + <usize>panel * tile.bPanel;
    tile.bias = args.bias ? args.bias + <usize>panel * ROW : 0;
    computeTile(args, tile, row, panel);
    t = threads == 1 ? t + 1 : claim(changetype<usize>(args));
  }
}

function computeTile(args: GemmArgs, tile: Tile, row: i32, panel: i32): void {
  const k = args.k;
  const lda = <usize>args.lda << 2;
  const ldc = <usize>args.ldc << 2;
  const c = args.c + <usize>row * ldc + <usize>panel * ROW;
  if (k == 0) {
    fillWithBias(tile, c, ldc);
    return;
  }
  const blocks = (k + KC - 1) / KC;
  const kc = (k + blocks - 1) / blocks;
  if (!args.transposeA) {
    regularRows(tile, args.a + <usize>row * lda, lda, c, ldc);
    for (let k0 = 0; k0 < k; k0 += kc) {
      const run = <usize>min(k - k0, kc) << 2;
      multiplyBlock(tile, <usize>k0 << 2, run, 0, 1, k0, k0 == 0, k0 + kc >= k);
    }
    return;
  }
  const block = changetype<usize>(tile) + TILE_BYTES;
  regularRows(tile, block, BLOCK_STRIDE, c, ldc);
  for (let k0 = 0; k0 < k; k0 += kc) {
    const depth = min(k - k0, kc);
    transposeBlock(args.a + <usize>k0 * lda + (<usize>row << 2), lda, block, BLOCK_STRIDE, depth, tile.rows);
    multiplyBlock(tile, 0, <usize>depth << 2, 0, 1, k0, k0 == 0, k0 + kc >= k);
  }
}

/** An empty sum: every row is the bias. */
function fillWithBias(tile: Tile, c: usize, ldc: usize): void {
  for (let j = 0; j < tile.columns; j += NR) {
    const columns = min(tile.columns - j, NR);
    const row = tile.biasLast;
    if (tile.bias) copyRow(tile.bias + (<usize>j << 2), row, columns);
    else memory.fill(row, 0, ROW);
    if (tile.activation != LINEAR) activateRow(row, tile.activation);
    for (let i = 0; i < tile.rows; i++) storeRow(row, c + <usize>i * ldc + (<usize>j << 2), columns);
  }
}
