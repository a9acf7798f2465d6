// GRU over whole sequences, forward and backward (Cho et al. 2014, arXiv 1406.1078; the gates in the order z, r, h as in
// Keras), with the reset gate applied after or before the recurrent product:
//
//   z, r = act(xz + h·U + b)     n = act(xh + r (h·Uh + bh))   after      h' = z h + (1 - z) n
//                                n = act(xh + (r h)·Uh)        before (no b)
//
// A step whose mask is 0 keeps h and repeats it as its output. Layouts: xz, gates, dxz, dInner [B, T, 3u]; sequence
// [B, T, u] in the order of processing (from the last step on if `reverse`); everything else with a T in the order of
// the input.
//
// Threads split the batch. Workspaces: packed 16 + 3·u·ceil16(u) floats; scratch B·(scratchWidth(3u) + 2·scratchWidth(u)).

import { ELEMENT, fma } from '../simd';
import { barrier } from '../team';
import {
  accumulate,
  accumulateProduct,
  activateSum,
  copyRow,
  loadSome,
  product,
  rowOf,
  storeSome,
  timesSlope,
  zeroRow,
} from './gates';
import { backproject, firstRow, packGates, project, ROWS, scratchOffset, scratchWidth } from './steps';

@unmanaged
export class GruArgs {
  xz: usize;
  recurrent: usize;
  bias: usize; // [3u], added to h·U if the reset gate comes after; or 0
  h0: usize;
  mask: usize; // [B, T] int32, or 0
  dropMask: usize; // [3, B, u], or 0
  h: usize; // [B, u]: the state, in the end the last one
  sequence: usize; // or 0
  gates: usize; // or 0: z, r, n of every step, for the backward pass; may be xz
  previousH: usize; // [B, T, u] if gates: the state that each step started from
  inner: usize; // [B, T, u] if gates and resetAfter: h·Uh + bh
  packed: usize;
  scratch: usize;
  resetAfter: bool; // not next to the other bool: two neighbours would share a word
  batch: i32;
  time: i32;
  units: i32;
  reverse: bool;
  activation: i32;
  recurrentActivation: i32;
}

/** The forward pass. h may be h0. */
export function gru(args: GruArgs, thread: i32, threads: i32): void {
  const separate = args.dropMask != 0 || !args.resetAfter;
  packGates(args.recurrent, args.units, 3, separate, false, args.packed, thread, threads);
  barrier(thread, threads, 0);
  const end = firstRow(args.batch, thread + 1, threads);
  for (let row = firstRow(args.batch, thread, threads); row < end; row += ROWS) {
    gruRows(args, separate, row, min<i32>(ROWS, end - row));
  }
}

function gruRows(args: GruArgs, separate: bool, row: i32, rows: i32): void {
  const units = args.units;
  const h = rowOf(args.h, row, units);
  const width = scratchWidth(3 * units);
  const z = args.scratch + scratchOffset(row, 3, units);
  const masked = rowOf(z, rows, width);
  const resetH = rowOf(masked, rows, scratchWidth(units));
  copyRow(rowOf(args.h0, row, units), h, rows * units);
  for (let step = 0; step < args.time; step++) {
    const last = args.resetAfter ? 3 : 2;
    project(h, args.dropMask, args.batch, row, rows, units, 3, separate, 0, last, args.packed, z, masked);
    for (let r = 0; r < rows; r++) {
      const at = gruStep(args.time, row + r, step, args.reverse);
      const gates = args.gates ? rowOf(args.gates, at, 3 * units) : rowOf(z, r, width);
      if (args.gates) copyRow(rowOf(h, r, units), rowOf(args.previousH, at, units), units);
      updateAndReset(args, at, rowOf(z, r, width), gates, rowOf(h, r, units), rowOf(resetH, r, units));
    }
    if (!args.resetAfter) {
      project(resetH, args.dropMask, args.batch, row, rows, units, 3, true, 2, 3, args.packed, z, masked);
    }
    for (let r = 0; r < rows; r++) {
      const at = gruStep(args.time, row + r, step, args.reverse);
      const hRow = rowOf(h, r, units);
      const candidate = rowOf(z, r, width) + 2 * <usize>units * ELEMENT;
      const gates = args.gates ? rowOf(args.gates, at, 3 * units) : rowOf(z, r, width);
      if (args.mask == 0 || load<i32>(rowOf(args.mask, at, 1))) {
        const x = rowOf(args.xz, at, 3 * units) + 2 * <usize>units * ELEMENT;
        activateSum(args.activation, x, candidate, gates + 2 * <usize>units * ELEMENT, units);
        mixStates(gates, hRow, units);
      } else if (args.gates) zeroRow(gates, 3 * units);
      if (args.sequence) copyRow(hRow, rowOf(args.sequence, (row + r) * args.time + step, units), units);
    }
  }
}

/** Index of a sample's step in the order of the input. */
function gruStep(time: i32, sample: i32, step: i32, reverse: bool): i32 {
  return sample * time + (reverse ? time - 1 - step : step);
}

/** The gates z and r, and r times what the candidate needs: h·Uh + bh in its place in z, or h in resetH. */
function updateAndReset(args: GruArgs, at: i32, z: usize, gates: usize, h: usize, resetH: usize): void {
  const units = args.units;
  const part = <usize>units * ELEMENT;
  if (args.bias) accumulate(args.bias, z, 3 * units);
  activateSum(args.recurrentActivation, rowOf(args.xz, at, 3 * units), z, gates, 2 * units);
  if (args.resetAfter) {
    if (args.gates) copyRow(z + 2 * part, rowOf(args.inner, at, units), units);
    product(gates + part, z + 2 * part, z + 2 * part, units);
  } else product(gates + part, h, resetH, units);
}

/** h[j] = z[j] h[j] + (1 - z[j]) n[j], as n + z (h - n). */
function mixStates(gates: usize, h: usize, units: i32): void {
  const part = <usize>units * ELEMENT;
  for (let j = 0; j < units; j += 4) {
    const left = units - j;
    const n = loadSome(gates + 2 * part, left);
    storeSome(h, fma(loadSome(gates, left), f32x4.sub(loadSome(h, left), n), n), left);
    gates += 16;
    h += 16;
  }
}

@unmanaged
export class GruGradArgs {
  gates: usize;
  previousH: usize;
  inner: usize;
  recurrent: usize;
  mask: usize;
  dropMask: usize;
  dSequence: usize; // cotangent of sequence, or 0
  dh: usize; // cotangent of the last state [B, u]
  dxz: usize; // may be gates
  dInner: usize; // [B, T, 3u] if resetAfter: cotangent of h·U + b
  dh0: usize; // [B, u]: may be dh
  packed: usize;
  scratch: usize;
  resetAfter: bool; // not next to the other bool: two neighbours would share a word
  batch: i32;
  time: i32;
  units: i32;
  reverse: bool;
  activation: i32;
  recurrentActivation: i32;
}

/**
 * The backward pass: from the cotangents of sequence and last h to those of xz, h·U + b and h0. The cotangent of U is
 * left to a matrix product of its own: previousHᵀ · dInner, or for the candidate with the reset gate before
 * (r previousH)ᵀ · dxz.
 *
 *   dn = dh (1 - z)   dz = dh (h - n)   dh = dh z   then through the activations; dr and dh through r (h·Uh) or (r h)·Uh
 */
export function gruGrad(args: GruGradArgs, thread: i32, threads: i32): void {
  const separate = args.dropMask != 0 || !args.resetAfter;
  packGates(args.recurrent, args.units, 3, separate, true, args.packed, thread, threads);
  barrier(thread, threads, 0);
  const end = firstRow(args.batch, thread + 1, threads);
  for (let row = firstRow(args.batch, thread, threads); row < end; row += ROWS) {
    gruGradRows(args, separate, row, min<i32>(ROWS, end - row));
  }
}

function gruGradRows(args: GruGradArgs, separate: bool, row: i32, rows: i32): void {
  const units = args.units;
  const dh = rowOf(args.dh0, row, units);
  const width = scratchWidth(3 * units);
  const dz = args.scratch + scratchOffset(row, 3, units);
  const p = rowOf(dz, rows, width);
  const dReset = rowOf(p, rows, scratchWidth(units));
  copyRow(rowOf(args.dh, row, units), dh, rows * units);
  for (let step = args.time - 1; step >= 0; step--) {
    for (let r = 0; r < rows; r++) {
      const at = gruStep(args.time, row + r, step, args.reverse);
      const dhRow = rowOf(dh, r, units);
      if (args.dSequence) accumulate(rowOf(args.dSequence, (row + r) * args.time + step, units), dhRow, units);
      const candidate = rowOf(dz, r, width) + 2 * <usize>units * ELEMENT;
      if (args.mask == 0 || load<i32>(rowOf(args.mask, at, 1))) {
        mixStatesGrad(
          rowOf(args.gates, at, 3 * units),
          rowOf(args.previousH, at, units),
          dhRow,
          rowOf(dz, r, width),
          units,
        );
        timesSlope(args.activation, rowOf(args.gates, at, 3 * units) + 2 * <usize>units * ELEMENT, candidate, units);
      } else zeroRow(rowOf(dz, r, width), 3 * units);
    }
    if (!args.resetAfter) {
      zeroRow(dReset, rows * units);
      backproject(dz, args.dropMask, args.batch, row, rows, units, 3, true, 2, 3, args.packed, dReset, p);
    }
    for (let r = 0; r < rows; r++) {
      const at = gruStep(args.time, row + r, step, args.reverse);
      const masked = args.mask != 0 && load<i32>(rowOf(args.mask, at, 1)) == 0;
      resetGrad(args, at, masked, rowOf(dz, r, width), rowOf(dh, r, units), rowOf(dReset, r, units));
    }
    const last = args.resetAfter ? 3 : 2;
    backproject(dz, args.dropMask, args.batch, row, rows, units, 3, separate, 0, last, args.packed, dh, p);
  }
}

/** dn = dh (1 - z), dz = dh (h - n), dh = dh z. */
function mixStatesGrad(gates: usize, h: usize, dh: usize, dz: usize, units: i32): void {
  const part = <usize>units * ELEMENT;
  for (let j = 0; j < units; j += 4) {
    const left = units - j;
    const d = loadSome(dh, left);
    const z = loadSome(gates, left);
    const n = loadSome(gates + 2 * part, left);
    storeSome(dz, f32x4.mul(d, f32x4.sub(loadSome(h, left), n)), left);
    storeSome(dz + 2 * part, f32x4.mul(d, f32x4.sub(f32x4.splat(1), z)), left);
    storeSome(dh, f32x4.mul(d, z), left);
    gates += 16;
    h += 16;
    dh += 16;
    dz += 16;
  }
}

/**
 * From dz in front of the candidate's activation to dxz of the step, and to dz of the recurrent product in place.
 * dReset: with the reset gate before, the cotangent of r h.
 */
function resetGrad(args: GruGradArgs, at: i32, masked: bool, dz: usize, dh: usize, dReset: usize): void {
  const units = args.units;
  const part = <usize>units * ELEMENT;
  const gates = rowOf(args.gates, at, 3 * units);
  const dxz = rowOf(args.dxz, at, 3 * units);
  copyRow(dz + 2 * part, dxz + 2 * part, units);
  if (!masked) {
    const reset = gates + part;
    if (args.resetAfter) {
      product(dz + 2 * part, rowOf(args.inner, at, units), dz + part, units);
      product(dz + 2 * part, reset, dz + 2 * part, units);
    } else {
      product(dReset, rowOf(args.previousH, at, units), dz + part, units);
      accumulateProduct(dReset, reset, dh, units);
    }
    timesSlope(args.recurrentActivation, gates, dz, 2 * units);
  }
  copyRow(dz, dxz, 2 * units);
  if (args.dInner) copyRow(dz, rowOf(args.dInner, at, 3 * units), 3 * units);
}
