// Programs of the chain kernel (assembly/elementwise/chain.ts): every element-wise op is one, of a single step, and the
// compiler joins neighbouring ops into longer ones.

import type { Attrs, Emitter, OpDef, Place } from '../graph/op.js';
import type { Spec } from '../graph/tensor.js';
import { ChainSize, kernelFields, MicroOp, SlotKind } from '../runtime/kernels.generated.js';
import type { Pointer } from '../runtime/pointer.js';
import { type Shape, stridesOf } from '../shape.js';

/** One micro-operation. Operands are values: the program's inputs, then its constants, then the results of its steps. */
export interface ChainStep {
  readonly code: MicroOp;
  readonly operands: readonly number[];
}

/** Steps over the elements of one index space, that of the outputs, to which all inputs broadcast. */
export interface ChainProgram extends Attrs {
  /** One-element inputs whose value is known, as the bits of their word. */
  readonly constants?: readonly number[];
  readonly steps: readonly ChainStep[];
  /** The values that are outputs: results of steps, all different. */
  readonly results: readonly number[];
  readonly specs: readonly Spec[];
}

/** Steps that take about as long as this many additions; all others count as one. */
const COSTLY = 12;
const costly = new Set<MicroOp>([
  MicroOp.expF,
  MicroOp.expm1F,
  MicroOp.logF,
  MicroOp.log1pF,
  MicroOp.sinF,
  MicroOp.cosF,
  MicroOp.tanF,
  MicroOp.asinF,
  MicroOp.acosF,
  MicroOp.atanF,
  MicroOp.sinhF,
  MicroOp.coshF,
  MicroOp.tanhF,
  MicroOp.asinhF,
  MicroOp.acoshF,
  MicroOp.atanhF,
  MicroOp.sigmoidF,
  MicroOp.erfF,
  MicroOp.erfinvF,
  MicroOp.softplusF,
  MicroOp.floorDivF,
  MicroOp.modF,
  MicroOp.powF,
  MicroOp.atan2F,
  MicroOp.floorDivI,
  MicroOp.modI,
  MicroOp.powI,
]);

/** About how many additions a step is worth. */
export function costOf(code: MicroOp): number {
  return costly.has(code) ? COSTLY : 1;
}

const chainOps = new Map<string, OpDef<ChainProgram>>();

/** The op of several element-wise ops in one pass over memory. Made by the compiler, when gradients have been taken. */
export function chainOp(inputs: number, outputs: number): OpDef<ChainProgram> {
  const key = `${inputs} ${outputs}`;
  let op = chainOps.get(key);
  if (!op) {
    op = {
      name: 'chain',
      infer: (_, { specs }) => [...specs],
      vjp: 'none',
      emit: (k, node) => emitChain(k, node.attrs, node.inputs, node.outputs),
      inPlace: range(outputs).flatMap(output => range(inputs).map(input => [output, input] as const)),
    };
    chainOps.set(key, op);
  }
  return op;
}

/** Appends the instruction that runs a program. Outputs may be in the memory of inputs of the same size. */
export function emitChain(
  k: Pick<Emitter, 'threads' | 'workspace' | 'call'>,
  { constants = [], steps, results }: Pick<ChainProgram, 'constants' | 'steps' | 'results'>,
  inputs: readonly Place[],
  outputs: readonly Place[],
): void {
  const { shape, size } = outputs[0]!;
  if (size === 0) return;
  const firstStep = inputs.length + constants.length;
  const lastUse = new Map<number, number>();
  steps.forEach(({ operands }, i) => {
    for (const value of operands) lastUse.set(value, i);
  });

  // Slots: all inputs (constants behind the tensors), all outputs, then one for each register of intermediate results.
  const patterns: number[] = [];
  let registers = 0;
  const slots: Slot[] = inputs.map(input => {
    const pattern = patternOf(input.shape, shape);
    if (pattern.sizes.length === 0) return { kind: SlotKind.scalar, value: input, register: registers++ };
    if (pattern.sizes.length === 1 && pattern.strides[0] === 1) return { kind: SlotKind.memory, value: input };
    const slot = { kind: SlotKind.strided, value: input, register: registers++, pattern: patterns.length };
    patterns.push(pattern.sizes.length, ...pattern.sizes, ...pattern.strides);
    return slot;
  });
  for (const bits of constants) slots.push({ kind: SlotKind.immediate, value: bits, register: registers++ });
  const slotOf = slots.map((_, i) => i);
  const firstOutput = slots.length;
  for (const output of outputs) slots.push({ kind: SlotKind.memory, value: output });
  const free: number[] = [];
  const release = (value: number) => {
    const slot = slotOf[value]!;
    if (slots[slot]!.kind === SlotKind.temporary) free.push(slot);
  };

  const words: number[] = [];
  const copies: number[] = [];
  steps.forEach(({ code, operands }, i) => {
    const [a = 0, b = a, c = a] = operands.map(value => slotOf[value]!);
    for (const value of new Set(operands)) if (lastUse.get(value) === i) release(value);
    const value = firstStep + i;
    const output = results.indexOf(value);
    let to = firstOutput + output;
    // An output in the memory of an input that later steps still read has to wait until they are done.
    const mustWait =
      output >= 0 && inputs.some((input, j) => input.buffer === outputs[output]!.buffer && (lastUse.get(j) ?? -1) > i);
    if (output < 0 || mustWait) {
      to = free.pop() ?? slots.push({ kind: SlotKind.temporary, value: 0, register: registers++ }) - 1;
    }
    if (mustWait) {
      lastUse.set(value, Infinity);
      copies.push(MicroOp.copyX, firstOutput + output, to, to, to);
    }
    slotOf[value] = to;
    words.push(code, to, a, b, c);
  });
  words.push(...copies);

  const firstPattern = kernelFields.chain.length + SLOT_WORDS * slots.length + words.length;
  const tail = [
    ...slots.flatMap(({ kind, value, register = 0, pattern = 0 }) => [kind, value, register, firstPattern + pattern]),
    ...words,
    ...patterns,
  ];
  const bytesPerThread = 4 * ChainSize.block * registers + ChainSize.cell * slots.length + ChainSize.odometer;
  const args = {
    workspace: k.workspace(k.threads * bytesPerThread),
    n: size,
    inputs: firstOutput,
    outputs: outputs.length,
    slots: slots.length,
    steps: words.length / STEP_WORDS,
    registers,
  };
  k.call('chain', args, size * steps.reduce((sum, { code }) => sum + costOf(code), 0), tail);
}

const SLOT_WORDS = 4;
const STEP_WORDS = 5;

interface Slot {
  readonly kind: SlotKind;
  readonly value: Pointer;
  readonly register?: number;
  readonly pattern?: number;
}

/**
 * How an array of shape `from` is read in the order of the shape it broadcasts to: sizes and strides with neighbouring
 * axes joined where possible. No axes: one element for all.
 */
export function patternOf(from: Shape, to: Shape): { sizes: number[]; strides: number[] } {
  const steps = stridesOf(from);
  const sizes: number[] = [];
  const strides: number[] = [];
  to.forEach((size, axis) => {
    if (size === 1) return;
    const i = axis - (to.length - from.length);
    const stride = i >= 0 && from[i] !== 1 ? steps[i]! : 0;
    if (sizes.length > 0 && strides.at(-1) === stride * size) {
      sizes[sizes.length - 1]! *= size;
      strides[strides.length - 1] = stride;
    } else {
      sizes.push(size);
      strides.push(stride);
    }
  });
  return sizes.length === 1 && strides[0] === 0 ? { sizes: [], strides: [] } : { sizes, strides };
}

function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}
