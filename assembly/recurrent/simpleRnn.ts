// Simple recurrent network over whole sequences, forward and backward: h' = act(xz + h·U). A step whose mask is 0 keeps
// h and repeats it as its output. Layouts: xz, outputs, dxz [B, T, u] in the order of the input, like everything with a
// T but sequence [B, T, u], which is in the order of processing (from the last step on if `reverse`).
//
// Threads split the batch. Workspaces: packed 16 + u·ceil16(u) floats; scratch B·3·scratchWidth(u).

import { barrier } from '../team';
import { accumulate, activateSum, copyRow, rowOf, timesSlope, zeroRow } from './gates';
import { backproject, firstRow, packGates, project, ROWS, scratchOffset, scratchWidth } from './steps';

@unmanaged
export class SimpleRnnArgs {
  xz: usize;
  recurrent: usize;
  h0: usize;
  mask: usize; // [B, T] int32, or 0
  dropMask: usize; // [1, B, u], or 0
  h: usize; // [B, u]: the state, in the end the last one
  sequence: usize; // or 0
  outputs: usize; // or 0: act(...) of every step, for the backward pass; may be xz
  previousH: usize; // [B, T, u] if outputs: the state that each step started from
  packed: usize;
  scratch: usize;
  batch: i32;
  time: i32;
  units: i32;
  reverse: bool;
  activation: i32;
}

/** The forward pass. h may be h0. */
export function simpleRnn(args: SimpleRnnArgs, thread: i32, threads: i32): void {
  packGates(args.recurrent, args.units, 1, true, false, args.packed, thread, threads);
  barrier(thread, threads, 0);
  const end = firstRow(args.batch, thread + 1, threads);
  for (let row = firstRow(args.batch, thread, threads); row < end; row += ROWS) {
    simpleRnnRows(args, row, min<i32>(ROWS, end - row));
  }
}

function simpleRnnRows(args: SimpleRnnArgs, row: i32, rows: i32): void {
  const units = args.units;
  const time = args.time;
  const h = rowOf(args.h, row, units);
  const width = scratchWidth(units);
  const z = args.scratch + scratchOffset(row, 1, units);
  const masked = rowOf(z, rows, width);
  copyRow(rowOf(args.h0, row, units), h, rows * units);
  for (let step = 0; step < time; step++) {
    project(h, args.dropMask, args.batch, row, rows, units, 1, true, 0, 1, args.packed, z, masked);
    for (let r = 0; r < rows; r++) {
      const at = (row + r) * time + (args.reverse ? time - 1 - step : step);
      const hRow = rowOf(h, r, units);
      if (args.outputs) copyRow(hRow, rowOf(args.previousH, at, units), units);
      if (args.mask == 0 || load<i32>(rowOf(args.mask, at, 1))) {
        activateSum(args.activation, rowOf(args.xz, at, units), rowOf(z, r, width), hRow, units);
        if (args.outputs) copyRow(hRow, rowOf(args.outputs, at, units), units);
      } else if (args.outputs) zeroRow(rowOf(args.outputs, at, units), units);
      if (args.sequence) copyRow(hRow, rowOf(args.sequence, (row + r) * time + step, units), units);
    }
  }
}

@unmanaged
export class SimpleRnnGradArgs {
  outputs: usize;
  recurrent: usize;
  mask: usize;
  dropMask: usize;
  dSequence: usize; // cotangent of sequence, or 0
  dh: usize; // cotangent of the last state [B, u]
  dxz: usize; // may be outputs
  dh0: usize; // [B, u]: may be dh
  packed: usize;
  scratch: usize;
  batch: i32;
  time: i32;
  units: i32;
  reverse: bool;
  activation: i32;
}

/**
 * The backward pass: dz = dh act', dh = dz·Uᵀ, from the cotangents of sequence and last h to those of xz and h0. The
 * cotangent of U is the product previousHᵀ · dxz over all samples and steps, left to a matrix product of its own.
 */
export function simpleRnnGrad(args: SimpleRnnGradArgs, thread: i32, threads: i32): void {
  packGates(args.recurrent, args.units, 1, true, true, args.packed, thread, threads);
  barrier(thread, threads, 0);
  const end = firstRow(args.batch, thread + 1, threads);
  for (let row = firstRow(args.batch, thread, threads); row < end; row += ROWS) {
    simpleRnnGradRows(args, row, min<i32>(ROWS, end - row));
  }
}

function simpleRnnGradRows(args: SimpleRnnGradArgs, row: i32, rows: i32): void {
  const units = args.units;
  const time = args.time;
  const dh = rowOf(args.dh0, row, units);
  const width = scratchWidth(units);
  const dz = args.scratch + scratchOffset(row, 1, units);
  const p = rowOf(dz, rows, width);
  copyRow(rowOf(args.dh, row, units), dh, rows * units);
  for (let step = time - 1; step >= 0; step--) {
    for (let r = 0; r < rows; r++) {
      const at = (row + r) * time + (args.reverse ? time - 1 - step : step);
      const dhRow = rowOf(dh, r, units);
      const dzRow = rowOf(dz, r, width);
      if (args.dSequence) accumulate(rowOf(args.dSequence, (row + r) * time + step, units), dhRow, units);
      if (args.mask == 0 || load<i32>(rowOf(args.mask, at, 1))) {
        copyRow(dhRow, dzRow, units);
        timesSlope(args.activation, rowOf(args.outputs, at, units), dzRow, units);
        zeroRow(dhRow, units);
      } else zeroRow(dzRow, units);
      copyRow(dzRow, rowOf(args.dxz, at, units), units);
    }
    backproject(dz, args.dropMask, args.batch, row, rows, units, 1, true, 0, 1, args.packed, dh, p);
  }
}
