// GRU over a whole sequence as one op, and its gradient as another; formulas in assembly/recurrent/gru.ts.

import { applyAll } from '../../graph/apply.js';
import { defineOp, type OpDef } from '../../graph/op.js';
import type { Tensor } from '../../graph/tensor.js';
import { multiply } from '../elementwise.js';
import { sliceAxis } from '../movement.js';
import { sum } from '../reduce.js';
import {
  attrsOf,
  gateActivations,
  isZero,
  noSecondGradient,
  optionalInputs,
  present,
  recurrentGradient,
  type SequenceAttrs,
  type SequenceInputs,
  type SequenceOptions,
  type SequenceResult,
  sequenceSpecs,
  sharedArguments,
  workOf,
} from './sequence.js';

const GATES = 3;

type GruAttrs = SequenceAttrs & {
  /** Whether the reset gate comes after the recurrent product. */
  readonly resetAfter: boolean;
  /** Whether there is a bias of the recurrent product. */
  readonly biased: boolean;
};

/** xz, U, h0, [bias], [mask], [dropMask] -> h, [gates, previousH, (inner) if `keep`], [sequence]. */
function gruOp(keep: boolean): OpDef<GruAttrs> {
  return defineOp<GruAttrs>({
    name: keep ? 'gruKeeping' : 'gru',
    infer(inputs, { returnSequences, resetAfter }) {
      const { xz, state, sequence } = sequenceSpecs(inputs, GATES);
      const kept = keep ? [xz, sequence, ...(resetAfter ? [sequence] : [])] : [];
      return [state, ...kept, ...(returnSequences ? [sequence] : [])];
    },
    vjp(node, dy) {
      const { inputs, attrs } = node;
      const kept = keep ? node.outputs : applyAll(keepingOp, inputs, attrs);
      return gradient(inputs, kept, attrs, dy[0]!, attrs.returnSequences ? dy.at(-1)! : null);
    },
    emit(k, { inputs, outputs, attrs }) {
      const [xz, recurrent, h0, bias] = inputs;
      const [h, gates, previousH, inner] = outputs;
      const { mask, dropMask } = optionalInputs(inputs, attrs.biased ? 4 : 3, attrs);
      k.call(
        'gru',
        {
          ...sharedArguments(k, xz!, GATES, recurrent!, attrs),
          xz: xz!,
          h0: h0!,
          h: h!,
          bias: attrs.biased ? bias! : 0,
          mask: mask ?? 0,
          dropMask: dropMask ?? 0,
          sequence: attrs.returnSequences ? outputs.at(-1)! : 0,
          gates: keep ? gates! : 0,
          previousH: keep ? previousH! : 0,
          inner: keep && attrs.resetAfter ? inner! : 0,
          resetAfter: attrs.resetAfter,
          recurrentActivation: gateActivations[attrs.recurrentActivation],
        },
        workOf(xz!, GATES),
      );
    },
    inPlace: keep
      ? [
          [0, 2],
          [1, 0],
        ]
      : [[0, 2]],
  });
}

const plainOp = gruOp(false);
const keepingOp = gruOp(true);

/** gates, previousH, U, dh, [inner], [dSequence], [mask], [dropMask] -> dxz, dh0, [dInner: cotangent of h·U + bias]. */
const gruGradOp = defineOp<GruAttrs>({
  name: 'gruGrad',
  infer: ([gates, , , dh], { resetAfter }) =>
    [gates!, dh!, ...(resetAfter ? [gates!] : [])].map(({ shape }) => ({ shape, dtype: 'float32' })),
  vjp: () => noSecondGradient('gru'),
  emit(k, { inputs, outputs: [dxz, dh0, dInner], attrs }) {
    const { resetAfter, returnSequences } = attrs;
    const [gates, previousH, recurrent, dh] = inputs;
    const { mask, dropMask } = optionalInputs(inputs, 4 + Number(resetAfter) + Number(returnSequences), attrs);
    k.call(
      'gruGrad',
      {
        ...sharedArguments(k, gates!, GATES, recurrent!, attrs),
        gates: gates!,
        previousH: previousH!,
        dh: dh!,
        dxz: dxz!,
        dh0: dh0!,
        inner: resetAfter ? inputs[4]! : 0,
        dInner: resetAfter ? dInner! : 0,
        mask: mask ?? 0,
        dropMask: dropMask ?? 0,
        dSequence: returnSequences ? inputs[4 + Number(resetAfter)]! : 0,
        resetAfter,
        recurrentActivation: gateActivations[attrs.recurrentActivation],
      },
      workOf(gates!, GATES),
    );
  },
  inPlace: [
    [0, 0],
    [1, 3],
  ],
});

function gradient(
  inputs: readonly Tensor[],
  kept: readonly Tensor[],
  attrs: GruAttrs,
  dh: Tensor,
  dSequence: Tensor | null,
): (Tensor | undefined)[] {
  const { resetAfter, biased } = attrs;
  const [, gates, previousH, inner] = kept;
  const { mask, dropMask } = optionalInputs(inputs, biased ? 4 : 3, attrs);
  const wanted = dSequence && !isZero(dSequence) ? dSequence : null;
  const [dxz, dh0, dInner] = applyAll(
    gruGradOp,
    present([gates, previousH, inputs[1], dh, resetAfter ? inner : null, wanted, mask, dropMask]),
    { ...attrs, returnSequences: wanted !== null },
  );
  if (resetAfter) {
    const dU = recurrentGradient(previousH!, dInner!, GATES, dropMask);
    return [dxz, dU, dh0, ...(biased ? [sum(dInner!, [0, 1])] : [])];
  }
  const units = previousH!.shape[2]!;
  const reset = sliceAxis(gates!, 2, units, 2 * units);
  const operand = (gate: number) => (gate === 2 ? multiply(reset, previousH!) : previousH!);
  return [dxz, recurrentGradient(previousH!, dxz!, GATES, dropMask, operand), dh0];
}

/**
 * GRU over projected inputs xz [B, T, 3u], gates in the order z, r, h.
 * @param bias [3u] of the recurrent product, with resetAfter only.
 */
export function gruSequence(
  inputs: SequenceInputs & { readonly bias?: Tensor | null },
  { resetAfter, ...options }: SequenceOptions & { readonly resetAfter: boolean },
): SequenceResult {
  const { xz, recurrent, h0, bias, mask, dropMask } = inputs;
  const op = options.training ? keepingOp : plainOp;
  const attrs = { ...attrsOf(inputs, options), resetAfter, biased: Boolean(bias) };
  const outputs = applyAll(op, present([xz, recurrent, h0, bias, mask, dropMask]), attrs);
  return { sequence: options.returnSequences ? outputs.at(-1)! : null, states: outputs.slice(0, 1) };
}
