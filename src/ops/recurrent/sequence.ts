// What the three recurrent ops share: their attributes and inputs, the sizes of their workspaces, and the gradient of
// the recurrent matrix. Names: B batch, T steps, u units, G gates.

import { ValueError } from '../../errors.js';
import type { Emitter, Place } from '../../graph/op.js';
import type { Spec, Tensor } from '../../graph/tensor.js';
import type { Location } from '../../runtime/pointer.js';
import { multiply } from '../elementwise.js';
import { matmul } from '../matmul.js';
import { concatenate, expandDims, reshape, sliceAxis } from '../movement.js';

/** The activations that the kernels know, with the numbers that assembly/recurrent/gates.ts gives them. */
export const gateActivations = { linear: 0, sigmoid: 1, tanh: 2, hard_sigmoid: 3, relu: 4 } as const;
export type GateActivation = keyof typeof gateActivations;

/** One use of a recurrent op. The optional inputs, mask and dropMask, stand behind the others. */
export type SequenceAttrs = {
  readonly reverse: boolean;
  readonly returnSequences: boolean;
  readonly masked: boolean;
  readonly dropped: boolean;
  readonly activation: GateActivation;
  readonly recurrentActivation: GateActivation;
};

export interface SequenceInputs {
  /** The input's share of all gates, x·W + b [B, T, G·u]. */
  readonly xz: Tensor;
  /** U [u, G·u]. */
  readonly recurrent: Tensor;
  /** [B, u]. */
  readonly h0: Tensor;
  /** bool [B, T]: false where a step is to be skipped. */
  readonly mask?: Tensor | null;
  /** Dropout of h in front of U, one factor per gate, sample and unit for all steps: [G, B, u]. */
  readonly dropMask?: Tensor | null;
}

export interface SequenceOptions {
  readonly reverse: boolean;
  readonly returnSequences: boolean;
  readonly activation: GateActivation;
  readonly recurrentActivation: GateActivation;
  /** Whether a gradient will be asked for: then what it needs is kept, instead of computed a second time. */
  readonly training: boolean;
}

export interface SequenceResult {
  /** Every step's h in the order of processing [B, T, u]; null unless asked for. */
  readonly sequence: Tensor | null;
  /** The states behind the last step [B, u]: h, and c of an LSTM. */
  readonly states: readonly Tensor[];
}

export function attrsOf({ mask, dropMask }: SequenceInputs, options: SequenceOptions): SequenceAttrs {
  const { reverse, returnSequences, activation, recurrentActivation } = options;
  return {
    reverse,
    returnSequences,
    activation,
    recurrentActivation,
    masked: Boolean(mask),
    dropped: Boolean(dropMask),
  };
}

/** The tensors that are there, as an op's inputs. */
export function present(tensors: readonly (Tensor | null | undefined)[]): Tensor[] {
  return tensors.filter(tensor => tensor !== null && tensor !== undefined);
}

/** mask and dropMask from the inputs behind the first `count` ones. */
export function optionalInputs<T>(inputs: readonly T[], count: number, { masked, dropped }: SequenceAttrs) {
  return {
    mask: masked ? inputs[count]! : null,
    dropMask: dropped ? inputs[count + Number(masked)]! : null,
  };
}

/** Shapes with B, T and u of an op whose first input is [B, T, G·u]. */
export function sequenceSpecs([xz]: readonly Spec[], gates: number) {
  const [batch, time, columns] = xz!.shape as [number, number, number];
  const units = columns / gates;
  const spec = (...shape: number[]): Spec => ({ shape, dtype: 'float32' });
  return { xz: spec(...xz!.shape), state: spec(batch, units), sequence: spec(batch, time, units) };
}

/** Arguments that all recurrent kernels take, with their workspaces (sizes: head of assembly/recurrent/lstm.ts). */
export function sharedArguments(k: Emitter, xz: Place, gates: number, recurrent: Place, attrs: SequenceAttrs) {
  const [batch, time, columns] = xz.shape as [number, number, number];
  const units = columns / gates;
  const width = (n: number) => (n + 31) & ~15;
  const packed: Location = k.workspace(4 * (16 + columns * 16 * Math.ceil(units / 16)));
  const scratch: Location = k.workspace(4 * batch * (width(columns) + 2 * width(units)));
  return {
    recurrent,
    packed,
    scratch,
    batch,
    time,
    units,
    reverse: attrs.reverse,
    activation: gateActivations[attrs.activation],
  };
}

/** For the emitter: threads split the batch by twos, so a smaller one is not worth waking them. */
export function workOf({ shape: [batch, time, columns] }: Place, gates: number): number | boolean {
  return batch! > 2 && batch! * time! * columns! * (20 + columns! / gates);
}

/**
 * dU = Σ (previousH ⊙ dropMask)ᵀ · dz over samples and steps: one product, or one per gate where the gates have masks or
 * operands of their own.
 * @param operand of a gate, if not previousH.
 */
export function recurrentGradient(
  previousH: Tensor,
  dz: Tensor,
  gates: number,
  dropMask: Tensor | null,
  operand?: (gate: number) => Tensor,
): Tensor {
  const [batch, time, units] = previousH.shape as [number, number, number];
  const rows = batch * time;
  const product = (h: Tensor, d: Tensor) =>
    matmul(reshape(h, [rows, units]), reshape(d, [rows, -1]), { transposeA: true });
  if (!dropMask && !operand) return product(previousH, dz);
  const parts = Array.from({ length: gates }, (_, gate) => {
    const h = operand?.(gate) ?? previousH;
    const keep = dropMask && expandDims(reshape(sliceAxis(dropMask, 0, gate, gate + 1), [batch, units]), 1);
    return product(keep ? multiply(h, keep) : h, sliceAxis(dz, 2, gate * units, (gate + 1) * units));
  });
  return concatenate(parts, 1);
}

/** Whether a tensor is known to be zero, as the cotangents of unused outputs are. */
export function isZero(tensor: Tensor): boolean {
  const { value, node } = tensor;
  if (node?.op.name === 'broadcastTo' || node?.op.name === 'reshape') return isZero(node.inputs[0]!);
  return value?.every(element => element === 0) ?? false;
}

/** What a recurrent gradient's own gradient says. */
export function noSecondGradient(name: string): never {
  throw new ValueError(
    `${name}: the fused kernel of a recurrent layer can be differentiated once only. Expected first derivatives. ` +
      'Received a request for second ones: pass unroll: true, which builds the steps from ops that can be differentiated again.',
  );
}
