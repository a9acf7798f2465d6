// C = activation(op(A)·op(B) + bias) for float32 matrices of any size.
//
// B comes packed (kernel packPanels, a separate instruction, so that constant weights can be packed once),
// or, if small, as it is. A is read in place; a transposed A is turned block by block. Threads claim tiles of
// C.

import { claim } from '../team';
import { MR, NR, ROW } from './micro';
import { PackPanelsArgs, packPanels, packRows, transposeBlock } from './pack';
import { fillWithBias, KC, multiplyBlock, regularRows, TILE_BYTES, TILE_ROWS, Tile, tileAt } from './tile';

/**
 * Bytes from row to row of a transposed block of A; a line more than needed, so that rows spread over all
 * cache sets.
 */
const BLOCK_STRIDE: usize = ((<usize>KC) << 2) + 64;

/** Elements of a matrix B that is multiplied with as it is: it fits the first-level cache. */
const DIRECT: i32 = 6144;

@unmanaged
export class GemmArgs {
  a: usize;
  b: usize;
  /** [n], or 0 for none. */
  bias: usize;
  c: usize;
  /**
   * Scratch memory, `scratchBytes` for each thread: 1024, and 86016 more if transposeA, and 64·k more if not
   * packed.
   */
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
  const rowsEach = threads == 1 ? TILE_ROWS : evenRows(m, n, threads);
  const rowTiles = (m + rowsEach - 1) / rowsEach;
  const panels = (n + NR - 1) / NR;
  const split = threads == 1 || rowTiles >= 2 * threads ? 1 : min(panels, (2 * threads) / rowTiles + 1);
  const panelsEach = (panels + split - 1) / split;
  const columnTiles = (panels + panelsEach - 1) / panelsEach;
  const tile = tileAt(scratch);
  tile.activation = args.activation;
  tile.bStep = args.packed ? ROW : (<usize>args.ldb) << 2;
  tile.bPanel = args.packed ? <usize>args.k * ROW : ROW;
  const narrow = n % NR;
  if (!args.packed && narrow) {
    tile.bLast = scratch + TILE_BYTES + (args.transposeA ? <usize>TILE_ROWS * BLOCK_STRIDE : 0);
    packRows(args.b + ((<usize>(n - narrow)) << 2), tile.bStep, tile.bLast, args.k, narrow);
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

/** Rows of a tile such that all threads get the same number of tiles, several if m allows, of the same height. */
function evenRows(m: i32, n: i32, threads: i32): i32 {
  const tilesEach = max((m + threads * TILE_ROWS - 1) / (threads * TILE_ROWS), 3);
  const rows = (m + threads * tilesEach - 1) / (threads * tilesEach);
  const group = n <= 8 ? 12 : MR; // what the micro-kernels take at once; 12: 6 rows of 4 columns, or 4 of 8
  return min(max(((rows + group - 1) / group) * group, 8), TILE_ROWS);
}

function computeTile(args: GemmArgs, tile: Tile, row: i32, panel: i32): void {
  const k = args.k;
  const lda = (<usize>args.lda) << 2;
  const ldc = (<usize>args.ldc) << 2;
  const c = args.c + <usize>row * ldc + <usize>panel * ROW;
  if (k == 0) {
    regularRows(tile, 0, 0, c, ldc);
    fillWithBias(tile);
    return;
  }
  const blocks = (k + KC - 1) / KC;
  const kc = (k + blocks - 1) / blocks;
  if (!args.transposeA) {
    regularRows(tile, args.a + <usize>row * lda, lda, c, ldc);
    for (let k0 = 0; k0 < k; k0 += kc) {
      const run = (<usize>min(k - k0, kc)) << 2;
      multiplyBlock(tile, (<usize>k0) << 2, run, 0, 1, k0, k0 == 0, k0 + kc >= k);
    }
    return;
  }
  const block = changetype<usize>(tile) + TILE_BYTES;
  regularRows(tile, block, BLOCK_STRIDE, c, ldc);
  for (let k0 = 0; k0 < k; k0 += kc) {
    const depth = min(k - k0, kc);
    transposeBlock(args.a + <usize>k0 * lda + ((<usize>row) << 2), lda, block, BLOCK_STRIDE, depth, tile.rows);
    multiplyBlock(tile, 0, (<usize>depth) << 2, 0, 1, k0, k0 == 0, k0 + kc >= k);
  }
}

@unmanaged
export class GemmBatchArgs {
  // The same fields as GemmArgs, for the first product; b is never packed.
  a: usize;
  b: usize;
  bias: usize;
  c: usize;
  /** Scratch memory, `scratchBytes` for each thread: 128 + 64·k·ceil(n / 16), then as for gemm. */
  scratch: usize;
  scratchBytes: i32;
  m: i32;
  n: i32;
  k: i32;
  lda: i32;
  ldb: i32;
  ldc: i32;
  transposeA: i32;
  packed: i32;
  activation: i32;
  /** 1: each b is stored [n, k]. */
  transposeB: i32;
  /** Products along three axes, and the elements from one to the next on each axis of a and b (0 repeats). */
  n0: i32;
  n1: i32;
  n2: i32;
  a0: i32;
  a1: i32;
  a2: i32;
  b0: i32;
  b1: i32;
  b2: i32;
}

/**
 * C[i] = activation(A[i]·B[i] + bias) for many small products; the results lie one behind the other.
 * Parallel: products are claimed.
 */
export function gemmBatch(args: GemmBatchArgs, thread: i32, threads: i32): void {
  const count = args.n0 * args.n1 * args.n2;
  const scratch = args.scratch + <usize>thread * args.scratchBytes;
  const product = changetype<GemmArgs>(scratch);
  const pack = changetype<PackPanelsArgs>(scratch + 64);
  const panels = scratch + 128;
  memory.copy(scratch, changetype<usize>(args), offsetof<GemmArgs>());
  const direct = !args.transposeB && args.k * args.n <= DIRECT;
  product.packed = i32(!direct);
  product.scratch = panels + <usize>((args.n + NR - 1) / NR) * args.k * ROW;
  pack.packed = panels;
  pack.k = args.k;
  pack.n = args.n;
  pack.ldb = args.ldb;
  pack.transpose = args.transposeB;
  let packed: usize = 0;
  for (let i = threads == 1 ? 0 : claim(changetype<usize>(args)); i < count; ) {
    const i2 = i % args.n2;
    const i1 = (i / args.n2) % args.n1;
    const i0 = i / (args.n2 * args.n1);
    product.a = args.a + ((<usize>(i0 * args.a0 + i1 * args.a1 + i2 * args.a2)) << 2);
    product.c = args.c + ((<usize>i * args.m * args.ldc) << 2);
    const b = args.b + ((<usize>(i0 * args.b0 + i1 * args.b1 + i2 * args.b2)) << 2);
    if (direct) {
      product.b = b;
    } else if (b != packed) {
      pack.b = b;
      packPanels(pack, 0, 1);
      product.b = panels;
      packed = b;
    }
    gemm(product, 0, 1);
    i = threads == 1 ? i + 1 : claim(changetype<usize>(args));
  }
}
