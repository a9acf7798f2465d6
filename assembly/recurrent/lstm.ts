// LSTM over whole sequences, forward and backward (Hochreiter and Schmidhuber 1997, with forget gate; the gates in the
// order i, f, g, o as in Keras):
//
//   [i f g o] = act(xz + h·U)     c' = f c + i g     h' = o tanh(c')
//
// with the recurrent activation for i, f, o and the activation for g and c' (tanh unless chosen otherwise). A step whose
// mask is 0 keeps h and c, and repeats h as its output. Layouts: xz, gates, dxz [B, T, 4u]; sequence [B, T, u] in the
// order of processing (from the last step on if `reverse`); everything else with a T in the order of the input.
//
// Threads split the batch. Workspaces: packed 16 + 4·u·ceil16(u) floats; scratch B·(scratchWidth(4u) + 2·scratchWidth(u)).

import { ELEMENT, fma } from '../simd';
import { barrier } from '../team';
import {
  AnyPair,
  accumulate,
  activate,
  activateSum,
  copyRow,
  GatePair,
  isUsualPair,
  loadSome,
  rowOf,
  storeSome,
  UsualPair,
  zeroRow,
} from './gates';
import { backproject, firstRow, packGates, project, ROWS, scratchOffset, scratchWidth } from './steps';

@unmanaged
export class LstmArgs {
  xz: usize;
  recurrent: usize;
  h0: usize;
  c0: usize;
  mask: usize; // [B, T] int32, or 0
  dropMask: usize; // [4, B, u], or 0
  h: usize; // [B, u]: the state, in the end the last one
  c: usize;
  sequence: usize; // or 0
  gates: usize; // or 0: i, f, g, o of every step, for the backward pass; may be xz
  previousH: usize; // [B, T, u] if gates: the states that each step started from
  previousC: usize;
  packed: usize;
  scratch: usize;
  batch: i32;
  time: i32;
  units: i32;
  reverse: bool;
  activation: i32;
  recurrentActivation: i32;
}

/** The forward pass. h and c may be h0 and c0. */
export function lstm(args: LstmArgs, thread: i32, threads: i32): void {
  packGates(args.recurrent, args.units, 4, args.dropMask != 0, false, args.packed, thread, threads);
  barrier(thread, threads, 0);
  const end = firstRow(args.batch, thread + 1, threads);
  for (let row = firstRow(args.batch, thread, threads); row < end; row += ROWS) {
    lstmRows(args, row, min<i32>(ROWS, end - row));
  }
}

function lstmRows(args: LstmArgs, row: i32, rows: i32): void {
  const units = args.units;
  const time = args.time;
  const h = rowOf(args.h, row, units);
  const c = rowOf(args.c, row, units);
  const width = scratchWidth(4 * units);
  const z = args.scratch + scratchOffset(row, 4, units);
  const masked = rowOf(z, rows, width);
  copyRow(rowOf(args.h0, row, units), h, rows * units);
  copyRow(rowOf(args.c0, row, units), c, rows * units);
  for (let step = 0; step < time; step++) {
    project(h, args.dropMask, args.batch, row, rows, units, 4, args.dropMask != 0, 0, 4, args.packed, z, masked);
    for (let r = 0; r < rows; r++) {
      const at = (row + r) * time + (args.reverse ? time - 1 - step : step);
      const hRow = rowOf(h, r, units);
      const cRow = rowOf(c, r, units);
      const zRow = rowOf(z, r, width);
      const gates = args.gates ? rowOf(args.gates, at, 4 * units) : zRow;
      if (args.gates) {
        copyRow(hRow, rowOf(args.previousH, at, units), units);
        copyRow(cRow, rowOf(args.previousC, at, units), units);
      }
      if (args.mask == 0 || load<i32>(rowOf(args.mask, at, 1))) {
        lstmCell(args, rowOf(args.xz, at, 4 * units), zRow, gates, hRow, cRow);
      } else zeroRow(gates, 4 * units);
      if (args.sequence) copyRow(hRow, rowOf(args.sequence, (row + r) * time + step, units), units);
    }
  }
}

/** One step of one sample, pass by pass: all five activations in one loop would not fit V8's registers. `gates` may be x or z. */
function lstmCell(args: LstmArgs, x: usize, z: usize, gates: usize, h: usize, c: usize): void {
  const units = args.units;
  const part = <usize>units * ELEMENT;
  activateSum(args.recurrentActivation, x, z, gates, 2 * units);
  activateSum(args.activation, x + 2 * part, z + 2 * part, gates + 2 * part, units);
  activateSum(args.recurrentActivation, x + 3 * part, z + 3 * part, gates + 3 * part, units);
  // z has been read: its first part takes tanh(c). Where gates is z, that is the input gate, read a line earlier.
  nextCarry(gates, c, units);
  activate(args.activation, c, z, units);
  gatedOutput(gates + 3 * part, z, h, units);
}

/** c[j] = f[j] c[j] + i[j] g[j]. */
function nextCarry(gates: usize, c: usize, units: i32): void {
  const part = <usize>units * ELEMENT;
  for (let left = units; left > 0; left -= 4) {
    const i = loadSome(gates, left);
    const f = loadSome(gates + part, left);
    const g = loadSome(gates + 2 * part, left);
    storeSome(c, fma(i, g, f32x4.mul(f, loadSome(c, left))), left);
    gates += 16;
    c += 16;
  }
}

/** h[j] = o[j] · tanhC[j]. */
function gatedOutput(o: usize, tanhC: usize, h: usize, units: i32): void {
  for (let j = 0; j < units; j += 4) {
    storeSome(h, f32x4.mul(loadSome(o, units - j), loadSome(tanhC, units - j)), units - j);
    o += 16;
    tanhC += 16;
    h += 16;
  }
}

@unmanaged
export class LstmGradArgs {
  gates: usize;
  previousC: usize;
  recurrent: usize;
  mask: usize;
  dropMask: usize;
  dSequence: usize; // cotangent of sequence, or 0
  dh: usize; // cotangents of the last states [B, u]
  dc: usize;
  dxz: usize; // may be gates
  dh0: usize; // [B, u]: may be dh
  dc0: usize;
  packed: usize;
  scratch: usize;
  batch: i32;
  time: i32;
  units: i32;
  reverse: bool;
  activation: i32;
  recurrentActivation: i32;
}

/**
 * The backward pass: from the cotangents of sequence, last h and last c to those of xz, h0 and c0. The cotangent of U is
 * the product previousHᵀ · dxz over all samples and steps, left to a matrix product of its own.
 *
 *   do = dh tanh(c')   dc += dh o tanh'(c')   di = dc g   df = dc c   dg = dc i   dc = dc f
 *   dz = [di df dg do] act'   dh = dz·Uᵀ
 */
export function lstmGrad(args: LstmGradArgs, thread: i32, threads: i32): void {
  packGates(args.recurrent, args.units, 4, args.dropMask != 0, true, args.packed, thread, threads);
  barrier(thread, threads, 0);
  const end = firstRow(args.batch, thread + 1, threads);
  for (let row = firstRow(args.batch, thread, threads); row < end; row += ROWS) {
    lstmGradRows(args, row, min<i32>(ROWS, end - row));
  }
}

function lstmGradRows(args: LstmGradArgs, row: i32, rows: i32): void {
  const units = args.units;
  const time = args.time;
  const dh = rowOf(args.dh0, row, units);
  const dc = rowOf(args.dc0, row, units);
  const usual = isUsualPair(args.activation, args.recurrentActivation);
  const width = scratchWidth(4 * units);
  const dz = args.scratch + scratchOffset(row, 4, units);
  const p = rowOf(dz, rows, width);
  copyRow(rowOf(args.dh, row, units), dh, rows * units);
  copyRow(rowOf(args.dc, row, units), dc, rows * units);
  for (let step = time - 1; step >= 0; step--) {
    for (let r = 0; r < rows; r++) {
      const at = (row + r) * time + (args.reverse ? time - 1 - step : step);
      const dhRow = rowOf(dh, r, units);
      const dzRow = rowOf(dz, r, width);
      const dxz = rowOf(args.dxz, at, 4 * units);
      if (args.dSequence) accumulate(rowOf(args.dSequence, (row + r) * time + step, units), dhRow, units);
      if (args.mask == 0 || load<i32>(rowOf(args.mask, at, 1))) {
        const gates = rowOf(args.gates, at, 4 * units);
        const previousC = rowOf(args.previousC, at, units);
        if (usual) lstmCellGrad<UsualPair>(args, gates, previousC, dhRow, rowOf(dc, r, units), dzRow, dxz);
        else lstmCellGrad<AnyPair>(args, gates, previousC, dhRow, rowOf(dc, r, units), dzRow, dxz);
      } else {
        zeroRow(dzRow, 4 * units);
        zeroRow(dxz, 4 * units);
      }
    }
    backproject(dz, args.dropMask, args.batch, row, rows, units, 4, args.dropMask != 0, 0, 4, args.packed, dh, p);
  }
}

/** One step of one sample: dz, twice, from dh and dc; dh becomes 0, dc that of the previous c. dxz may be gates. */
function lstmCellGrad<P extends GatePair>(
  args: LstmGradArgs,
  gates: usize,
  previousC: usize,
  dh: usize,
  dc: usize,
  dz: usize,
  dxz: usize,
): void {
  const part = <usize>args.units * ELEMENT;
  const gateKind = args.recurrentActivation;
  const kind = args.activation;
  for (let left = args.units; left > 0; left -= 4) {
    const i = loadSome(gates, left);
    const f = loadSome(gates + part, left);
    const g = loadSome(gates + 2 * part, left);
    const o = loadSome(gates + 3 * part, left);
    const c = loadSome(previousC, left);
    const tanhC = changetype<P>(0).act(kind, fma(i, g, f32x4.mul(f, c)));
    const d = loadSome(dh, left);
    const carry = fma(f32x4.mul(d, o), changetype<P>(0).actSlope(kind, tanhC), loadSome(dc, left));
    storeSome(dh, f32x4.splat(0), left);
    storeSome(dc, f32x4.mul(carry, f), left);
    const di = f32x4.mul(f32x4.mul(carry, g), changetype<P>(0).gateSlope(gateKind, i));
    const df = f32x4.mul(f32x4.mul(carry, c), changetype<P>(0).gateSlope(gateKind, f));
    const dg = f32x4.mul(f32x4.mul(carry, i), changetype<P>(0).actSlope(kind, g));
    const dOut = f32x4.mul(f32x4.mul(d, tanhC), changetype<P>(0).gateSlope(gateKind, o));
    storeSome(dz, di, left);
    storeSome(dxz, di, left);
    storeSome(dz + part, df, left);
    storeSome(dxz + part, df, left);
    storeSome(dz + 2 * part, dg, left);
    storeSome(dxz + 2 * part, dg, left);
    storeSome(dz + 3 * part, dOut, left);
    storeSome(dxz + 3 * part, dOut, left);
    gates += 16;
    previousC += 16;
    dh += 16;
    dc += 16;
    dz += 16;
    dxz += 16;
  }
}
