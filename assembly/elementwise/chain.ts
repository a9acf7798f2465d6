// The element-wise kernel: a short program of micro-operations, run over blocks that stay in the L1 cache. However long
// the chain, its inputs are read once and its outputs written once.

import { ELEMENT, loadTail, storeTail } from '../simd';
import { share } from '../team';
import { readPattern } from './pattern';
import { microOp } from './table';

/**
 * Behind these words: one Slot for each operand (first the inputs, then the outputs, then the rest), one Step for each
 * micro-operation, and the patterns of strided inputs.
 */
@unmanaged
export class ChainArgs {
  /** For each thread: the registers, a cell for each slot, an odometer (see ChainSize). */
  workspace: usize;
  /** Elements of every output, in row-major order. */
  n: i32;
  inputs: i32;
  outputs: i32;
  slots: i32;
  steps: i32;
  registers: i32;
}

/** How an operand is found. */
export enum SlotKind {
  /** `value` points to n contiguous elements. */
  memory,
  /** An intermediate result in register `register`. */
  temporary,
  /** `value` points to one element, which is spread over `register` once. */
  scalar,
  /** `value` is the element itself. */
  immediate,
  /** Elements at `value` in the order of a pattern, gathered into `register` block by block. */
  strided,
}

@unmanaged
class Slot {
  kind: i32;
  value: usize;
  register: i32;
  /** Words from the arguments' start to the pattern. */
  pattern: i32;
}

@unmanaged
class Step {
  code: i32;
  to: i32;
  a: i32;
  b: i32;
  c: i32;
}

/** What a thread's part of the workspace consists of. */
export enum ChainSize {
  /** Elements of a register. A dozen registers fit the L1 cache (32 KiB), and dispatch costs little beside a block. */
  block = 512,
  /** Bytes of a slot's cell, which stands in for it when the last 1 to 3 elements are computed. */
  cell = 16,
  /** Bytes for the position inside a pattern. */
  odometer = 64,
}

const CELL = <usize>ChainSize.cell;

/**
 * outputs[k][i] = program(inputs..., i), i < n. Parallel: contiguous shares. An output may be the memory of a contiguous
 * input if no step behind the one that writes it reads that input. Nothing is read or written past an end.
 */
export function chain(args: ChainArgs, thread: i32, threads: i32): void {
  const from = share(args.n, thread, threads);
  const to = share(args.n, thread + 1, threads);
  if (from >= to) return;
  const registerBytes = <usize>args.registers * ChainSize.block * ELEMENT;
  const bytes = registerBytes + <usize>args.slots * CELL + <usize>ChainSize.odometer;
  const registers = args.workspace + <usize>thread * bytes;
  const whole = from + ((to - from) & ~3);
  if (from < whole) spreadConstants(args, registers, min(ChainSize.block, whole - from));
  for (let at = from; at < whole; at += ChainSize.block) {
    const count = min(ChainSize.block, whole - at);
    readStrided(args, registers, at, count, at == from ? 0 : ChainSize.block);
    runBlock(args, registers, at, count);
  }
  if (whole < to) runTail(args, registers + registerBytes, whole, to - whole);
}

function slotAt(args: ChainArgs, index: i32): Slot {
  return changetype<Slot>(changetype<usize>(args) + offsetof<ChainArgs>() + <usize>index * offsetof<Slot>());
}

function stepAt(args: ChainArgs, index: i32): Step {
  return changetype<Step>(changetype<usize>(slotAt(args, args.slots)) + <usize>index * offsetof<Step>());
}

function registerAt(registers: usize, index: i32): usize {
  return registers + <usize>index * ChainSize.block * ELEMENT;
}

function odometer(args: ChainArgs, cells: usize): usize {
  return cells + <usize>args.slots * CELL;
}

/** Fills the registers of scalars and immediates, which no step changes. */
function spreadConstants(args: ChainArgs, registers: usize, count: i32): void {
  for (let i = 0; i < args.inputs; i++) {
    const slot = slotAt(args, i);
    if (slot.kind != SlotKind.scalar && slot.kind != SlotKind.immediate) continue;
    const value = v128.splat<u32>(constantBits(slot));
    const to = registerAt(registers, slot.register);
    for (let at: usize = 0; at < <usize>count * ELEMENT; at += 16) v128.store(to + at, value);
  }
}

function constantBits(slot: Slot): u32 {
  return slot.kind == SlotKind.scalar ? load<u32>(slot.value) : <u32>slot.value;
}

function readStrided(args: ChainArgs, registers: usize, at: i32, count: i32, before: i32): void {
  const cells = registerAt(registers, args.registers);
  for (let i = 0; i < args.inputs; i++) {
    const slot = slotAt(args, i);
    if (slot.kind != SlotKind.strided) continue;
    const pattern = changetype<usize>(args) + <usize>slot.pattern * ELEMENT;
    readPattern(slot.value, pattern, at, count, registerAt(registers, slot.register), odometer(args, cells), before);
  }
}

/** Runs all steps on elements at..at+count, count a multiple of 4. */
function runBlock(args: ChainArgs, registers: usize, at: i32, count: i32): void {
  const bytes = <usize>count * ELEMENT;
  for (let i = 0; i < args.steps; i++) {
    const step = stepAt(args, i);
    call_indirect<void>(
      microOp(step.code),
      blockOf(args, step.to, registers, at),
      blockOf(args, step.a, registers, at),
      blockOf(args, step.b, registers, at),
      blockOf(args, step.c, registers, at),
      bytes,
    );
  }
}

function blockOf(args: ChainArgs, index: i32, registers: usize, at: i32): usize {
  const slot = slotAt(args, index);
  return slot.kind == SlotKind.memory ? slot.value + <usize>at * ELEMENT : registerAt(registers, slot.register);
}

/** The last 1 to 3 elements: every slot is copied to a cell of one vector, so that no micro-operation needs a tail loop. */
function runTail(args: ChainArgs, cells: usize, at: i32, count: i32): void {
  for (let i = 0; i < args.inputs; i++) {
    const slot = slotAt(args, i);
    const cell = cells + <usize>i * CELL;
    if (slot.kind == SlotKind.memory) {
      v128.store(cell, loadTail(slot.value + <usize>at * ELEMENT, count));
    } else if (slot.kind == SlotKind.strided) {
      const pattern = changetype<usize>(args) + <usize>slot.pattern * ELEMENT;
      v128.store(cell, i32x4.splat(0));
      readPattern(slot.value, pattern, at, count, cell, odometer(args, cells), 0);
    } else {
      v128.store(cell, v128.splat<u32>(constantBits(slot)));
    }
  }
  for (let i = 0; i < args.steps; i++) {
    const step = stepAt(args, i);
    call_indirect<void>(
      microOp(step.code),
      cells + <usize>step.to * CELL,
      cells + <usize>step.a * CELL,
      cells + <usize>step.b * CELL,
      cells + <usize>step.c * CELL,
      CELL,
    );
  }
  for (let i = args.inputs; i < args.inputs + args.outputs; i++) {
    storeTail(slotAt(args, i).value + <usize>at * ELEMENT, v128.load(cells + <usize>i * CELL), count);
  }
}
