// What the recurrent kernels share: how the batch is split, how the recurrent matrix is packed gate by gate, and the two
// products of a time step, h·U forward and dz·Uᵀ backward.
//
// Names: B batch, T time steps, u units, G gates; U [u, G·u] has the columns of gate g at g·u. `dropMask` [G, B, u] (or
// 0) multiplies h in front of each gate's product: the recurrent dropout of Keras, one mask for all steps.

import { ELEMENT } from '../simd';
import { accumulate, accumulateProduct, product, rowOf } from './gates';
import { multiplyRows, pack, packedBytes, ZEROS } from './product';

/** Rows of the batch that walk through time together: their scratch and U should share the second-level cache. */
export const ROWS: i32 = 32;

/** First row of a thread's share of the batch: even, as the product takes rows by twos. */
export function firstRow(batch: i32, thread: i32, threads: i32): i32 {
  return min<i32>(batch, 2 * ((((batch + 1) / 2) * thread) / threads));
}

/** Floats from one row to the next of a scratch matrix with n columns: room for whole panels, whole cache lines. */
export function scratchWidth(n: i32): i32 {
  return (n + 31) & ~15;
}

/** Bytes of scratch in front of the scratch of batch row `row`; each row has three matrices: G·u, u and u columns wide. */
export function scratchOffset(row: i32, gates: i32, units: i32): usize {
  return <usize>row * <usize>(scratchWidth(gates * units) + 2 * scratchWidth(units)) * ELEMENT;
}

/**
 * Packs U for project(), or Uᵀ for backproject() if `transposed`: all gates as one matrix, or each on its own
 * (`separate`). Needs a barrier afterwards. `packed`: 16 + G·u·ceil16(u) floats.
 */
export function packGates(
  recurrent: usize,
  units: i32,
  gates: i32,
  separate: bool,
  transposed: bool,
  packed: usize,
  thread: i32,
  threads: i32,
): void {
  const stride = <usize>(gates * units) * ELEMENT;
  if (thread == 0) memory.fill(packed, 0, ZEROS);
  packed += ZEROS;
  const width = separate ? units : gates * units;
  const depth = transposed ? width : units;
  const columns = transposed ? units : width;
  for (let from = 0; from < gates * units; from += width) {
    pack(recurrent + <usize>from * ELEMENT, stride, transposed, depth, columns, packed, thread, threads);
    packed += packedBytes(depth, columns);
  }
}

/**
 * z[r, g·u + j] = sum over k of (h ⊙ dropMask_g)[r, k] · U[k, g·u + j], first <= g < last, for rows r of the batch from
 * `row` on. h: [rows, u]; z: rows of scratchWidth(G·u); masked: [rows, u] of scratch. `packed`: by packGates with
 * `separate`, unless all gates are asked for without a mask.
 */
export function project(
  h: usize,
  dropMask: usize,
  batch: i32,
  row: i32,
  rows: i32,
  units: i32,
  gates: i32,
  separate: bool,
  first: i32,
  last: i32,
  packed: usize,
  z: usize,
  masked: usize,
): void {
  const zRow = <usize>scratchWidth(gates * units) * ELEMENT;
  const hRow = <usize>units * ELEMENT;
  if (!separate) {
    multiplyRows(h, hRow, packed + ZEROS, packed, units, gates * units, z, zRow, rows);
    return;
  }
  for (let gate = first; gate < last; gate++) {
    let operand = h;
    if (dropMask) {
      product(h, rowOf(dropMask, gate * batch + row, units), masked, rows * units);
      operand = masked;
    }
    const panels = packed + ZEROS + <usize>gate * packedBytes(units, units);
    multiplyRows(operand, hRow, panels, packed, units, units, z + <usize>gate * hRow, zRow, rows);
  }
}

/**
 * dh[r, k] += sum over first <= g < last and j of dz[r, g·u + j] · U[k, g·u + j] · dropMask_g[r, k]. dh: [rows, u]; dz:
 * rows of scratchWidth(G·u); p: rows of scratchWidth(u), scratch. `packed`: by packGates, transposed.
 */
export function backproject(
  dz: usize,
  dropMask: usize,
  batch: i32,
  row: i32,
  rows: i32,
  units: i32,
  gates: i32,
  separate: bool,
  first: i32,
  last: i32,
  packed: usize,
  dh: usize,
  p: usize,
): void {
  const dzRow = <usize>scratchWidth(gates * units) * ELEMENT;
  const pRow = <usize>scratchWidth(units) * ELEMENT;
  const depth = separate ? units : gates * units;
  const parts = separate ? last : 1;
  for (let part = separate ? first : 0; part < parts; part++) {
    const panels = packed + ZEROS + <usize>part * packedBytes(depth, units);
    multiplyRows(dz + <usize>(part * depth) * ELEMENT, dzRow, panels, packed, depth, units, p, pRow, rows);
    for (let r = 0; r < rows; r++) {
      const target = rowOf(dh, r, units);
      if (dropMask) {
        accumulateProduct(p + <usize>r * pRow, rowOf(dropMask, part * batch + row + r, units), target, units);
      } else accumulate(p + <usize>r * pRow, target, units);
    }
  }
}
