// LSTM over a whole sequence as one op, and its gradient as another; formulas in assembly/recurrent/lstm.ts.

import { applyAll } from '../../graph/apply.js';
import { defineOp, type OpDef } from '../../graph/op.js';
import type { Tensor } from '../../graph/tensor.js';
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

const GATES = 4;

/**
 * xz, U, h0, c0, [mask], [dropMask] -> h, c, [gates, previousH, previousC if `keep`], [sequence]. Two ops, so that the
 * one that keeps the gates can put them in the place of xz.
 */
function lstmOp(keep: boolean): OpDef<SequenceAttrs> {
  return defineOp<SequenceAttrs>({
    name: keep ? 'lstmKeeping' : 'lstm',
    infer(inputs, { returnSequences }) {
      const { xz, state, sequence } = sequenceSpecs(inputs, GATES);
      return [state, state, ...(keep ? [xz, sequence, sequence] : []), ...(returnSequences ? [sequence] : [])];
    },
    vjp(node, dy) {
      const { inputs, attrs } = node;
      const kept = keep ? node.outputs : applyAll(keepingOp, inputs, attrs);
      return gradient(inputs, kept, attrs, dy[0]!, dy[1]!, attrs.returnSequences ? dy.at(-1)! : null);
    },
    emit(k, { inputs, outputs, attrs }) {
      const [xz, recurrent, h0, c0] = inputs;
      const [h, c, gates, previousH, previousC] = outputs;
      k.call(
        'lstm',
        {
          ...sharedArguments(k, xz!, GATES, recurrent!, attrs),
          ...pointers(optionalInputs(inputs, 4, attrs)),
          xz: xz!,
          h0: h0!,
          c0: c0!,
          h: h!,
          c: c!,
          sequence: attrs.returnSequences ? outputs.at(-1)! : 0,
          gates: keep ? gates! : 0,
          previousH: keep ? previousH! : 0,
          previousC: keep ? previousC! : 0,
          recurrentActivation: gateActivations[attrs.recurrentActivation],
        },
        workOf(xz!, GATES),
      );
    },
    inPlace: keep
      ? [
          [0, 2],
          [1, 3],
          [2, 0],
        ]
      : [
          [0, 2],
          [1, 3],
        ],
  });
}

const plainOp = lstmOp(false);
const keepingOp = lstmOp(true);

/** gates, previousC, U, dh, dc, [dSequence], [mask], [dropMask] -> dxz, dh0, dc0. */
const lstmGradOp = defineOp<SequenceAttrs>({
  name: 'lstmGrad',
  infer: ([gates, , , dh, dc]) => [gates!, dh!, dc!].map(({ shape }) => ({ shape, dtype: 'float32' })),
  vjp: () => noSecondGradient('lstm'),
  emit(k, { inputs, outputs: [dxz, dh0, dc0], attrs }) {
    const [gates, previousC, recurrent, dh, dc, dSequence] = inputs;
    k.call(
      'lstmGrad',
      {
        ...sharedArguments(k, gates!, GATES, recurrent!, attrs),
        ...pointers(optionalInputs(inputs, attrs.returnSequences ? 6 : 5, attrs)),
        gates: gates!,
        previousC: previousC!,
        dh: dh!,
        dc: dc!,
        dxz: dxz!,
        dh0: dh0!,
        dc0: dc0!,
        dSequence: attrs.returnSequences ? dSequence! : 0,
        recurrentActivation: gateActivations[attrs.recurrentActivation],
      },
      workOf(gates!, GATES),
    );
  },
  inPlace: [
    [0, 0],
    [1, 3],
    [2, 4],
  ],
});

function gradient(
  inputs: readonly Tensor[],
  kept: readonly Tensor[],
  attrs: SequenceAttrs,
  dh: Tensor,
  dc: Tensor,
  dSequence: Tensor | null,
): (Tensor | undefined)[] {
  const [, , gates, previousH, previousC] = kept;
  const { mask, dropMask } = optionalInputs(inputs, 4, attrs);
  const wanted = dSequence && !isZero(dSequence) ? dSequence : null;
  const [dxz, dh0, dc0] = applyAll(lstmGradOp, present([gates, previousC, inputs[1], dh, dc, wanted, mask, dropMask]), {
    ...attrs,
    returnSequences: wanted !== null,
  });
  return [dxz, recurrentGradient(previousH!, dxz!, GATES, dropMask), dh0, dc0];
}

const pointers = <T>({ mask, dropMask }: { mask: T | null; dropMask: T | null }) =>
  ({ mask: mask ?? 0, dropMask: dropMask ?? 0 }) as const;

/** LSTM over projected inputs xz [B, T, 4u], gates in the order i, f, c, o. */
export function lstmSequence(
  inputs: SequenceInputs & { readonly c0: Tensor },
  options: SequenceOptions,
): SequenceResult {
  const { xz, recurrent, h0, c0, mask, dropMask } = inputs;
  const op = options.training ? keepingOp : plainOp;
  const outputs = applyAll(op, present([xz, recurrent, h0, c0, mask, dropMask]), attrsOf(inputs, options));
  return { sequence: options.returnSequences ? outputs.at(-1)! : null, states: outputs.slice(0, 2) };
}
