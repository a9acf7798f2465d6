// The recurrences as graphs of ordinary ops, one group per time step: any activation, and differentiable as often as one
// likes. Slower than the fused ops, and the reference of what they mean.

import type { Tensor } from '../../graph/tensor.js';
import { add, multiply, subtract, where } from '../elementwise.js';
import { matmul } from '../matmul.js';
import { concatenate, reshape, sliceAxis, stack } from '../movement.js';
import type { SequenceResult } from './sequence.js';

export type ActivationFunction = (x: Tensor) => Tensor;

/** One step: the gates' input [B, G·u] and the states before, to the states behind; the first one is the output h. */
export type Step = (xz: Tensor, states: readonly Tensor[]) => readonly Tensor[];

/** (h ⊙ dropMask_g)·U_g of gates from <= g < to, side by side. */
function recurrentProduct(h: Tensor, recurrent: Tensor, dropMask: Tensor | null, from: number, to: number): Tensor {
  const units = h.shape[1]!;
  const columns = (first: number, last: number) => sliceAxis(recurrent, 1, first * units, last * units);
  if (!dropMask) return matmul(h, columns(from, to));
  const products = Array.from({ length: to - from }, (_, i) => {
    const gate = from + i;
    const keep = reshape(sliceAxis(dropMask, 0, gate, gate + 1), h.shape);
    return matmul(multiply(h, keep), columns(gate, gate + 1));
  });
  return products.length === 1 ? products[0]! : concatenate(products, 1);
}

function gatesOf(z: Tensor, count: number): Tensor[] {
  const units = z.shape[1]! / count;
  return Array.from({ length: count }, (_, gate) => sliceAxis(z, 1, gate * units, (gate + 1) * units));
}

/** [i f g o] = act(xz + h·U), c' = f c + i g, h' = o act(c'). */
export function lstmStep(
  recurrent: Tensor,
  dropMask: Tensor | null,
  activation: ActivationFunction,
  recurrentActivation: ActivationFunction,
): Step {
  return (xz, [h, c]) => {
    const z = add(xz, recurrentProduct(h!, recurrent, dropMask, 0, 4));
    const [zi, zf, zg, zo] = gatesOf(z, 4) as [Tensor, Tensor, Tensor, Tensor];
    const next = add(multiply(recurrentActivation(zf), c!), multiply(recurrentActivation(zi), activation(zg)));
    return [multiply(recurrentActivation(zo), activation(next)), next];
  };
}

/** h' = z h + (1 - z) n with n = act(xh + r (h·Uh + bh)) or act(xh + (r h)·Uh). */
export function gruStep(
  recurrent: Tensor,
  bias: Tensor | null,
  dropMask: Tensor | null,
  resetAfter: boolean,
  activation: ActivationFunction,
  recurrentActivation: ActivationFunction,
): Step {
  return (xz, [h]) => {
    const [xu, xr, xh] = gatesOf(xz, 3) as [Tensor, Tensor, Tensor];
    const product = recurrentProduct(h!, recurrent, dropMask, 0, resetAfter ? 3 : 2);
    const [iu, ir, ih] = gatesOf(bias ? add(product, bias) : product, resetAfter ? 3 : 2);
    const z = recurrentActivation(add(xu, iu!));
    const r = recurrentActivation(add(xr, ir!));
    const inner = resetAfter ? multiply(r, ih!) : recurrentProduct(multiply(r, h!), recurrent, dropMask, 2, 3);
    return [add(multiply(z, h!), multiply(subtract(1, z), activation(add(xh, inner))))];
  };
}

/** h' = act(xz + h·U). */
export function simpleRnnStep(recurrent: Tensor, dropMask: Tensor | null, activation: ActivationFunction): Step {
  return (xz, [h]) => [activation(add(xz, recurrentProduct(h!, recurrent, dropMask, 0, 1)))];
}

/** All steps one after the other. A step whose mask is false keeps the states and repeats h. */
export function unrolled(
  step: Step,
  xz: Tensor,
  initial: readonly Tensor[],
  mask: Tensor | null,
  reverse: boolean,
  returnSequences: boolean,
): SequenceResult {
  const [batch, time, columns] = xz.shape as [number, number, number];
  let states = initial;
  const sequence: Tensor[] = [];
  for (let i = 0; i < time; i++) {
    const t = reverse ? time - 1 - i : i;
    const next = step(reshape(sliceAxis(xz, 1, t, t + 1), [batch, columns]), states);
    const valid = mask && sliceAxis(mask, 1, t, t + 1);
    states = valid ? next.map((state, s) => where(valid, state, states[s]!)) : next;
    sequence.push(states[0]!);
  }
  return { sequence: returnSequences ? stack(sequence, 1) : null, states };
}
