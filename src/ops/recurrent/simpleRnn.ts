// A simple recurrent network over a whole sequence as one op, and its gradient as another; formulas in
// assembly/recurrent/simpleRnn.ts.

import { applyAll } from '../../graph/apply.js';
import { defineOp, type OpDef } from '../../graph/op.js';
import {
  attrsOf,
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

/** xz, U, h0, [mask], [dropMask] -> h, [outputs of every step, previousH if `keep`], [sequence]. */
function simpleRnnOp(keep: boolean): OpDef<SequenceAttrs> {
  return defineOp<SequenceAttrs>({
    name: keep ? 'simpleRnnKeeping' : 'simpleRnn',
    infer(inputs, { returnSequences }) {
      const { state, sequence } = sequenceSpecs(inputs, 1);
      return [state, ...(keep ? [sequence, sequence] : []), ...(returnSequences ? [sequence] : [])];
    },
    vjp(node, dy) {
      const { inputs, attrs } = node;
      const [, outputs, previousH] = keep ? node.outputs : applyAll(keepingOp, inputs, attrs);
      const { mask, dropMask } = optionalInputs(inputs, 3, attrs);
      const dSequence = attrs.returnSequences && !isZero(dy.at(-1)!) ? dy.at(-1)! : null;
      const [dxz, dh0] = applyAll(simpleRnnGradOp, present([outputs, inputs[1], dy[0], dSequence, mask, dropMask]), {
        ...attrs,
        returnSequences: dSequence !== null,
      });
      return [dxz, recurrentGradient(previousH!, dxz!, 1, dropMask), dh0];
    },
    emit(k, { inputs, outputs, attrs }) {
      const [xz, recurrent, h0] = inputs;
      const [h, kept, previousH] = outputs;
      const { mask, dropMask } = optionalInputs(inputs, 3, attrs);
      k.call(
        'simpleRnn',
        {
          ...sharedArguments(k, xz!, 1, recurrent!, attrs),
          xz: xz!,
          h0: h0!,
          h: h!,
          mask: mask ?? 0,
          dropMask: dropMask ?? 0,
          sequence: attrs.returnSequences ? outputs.at(-1)! : 0,
          outputs: keep ? kept! : 0,
          previousH: keep ? previousH! : 0,
        },
        workOf(xz!, 1),
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

const plainOp = simpleRnnOp(false);
const keepingOp = simpleRnnOp(true);

/** outputs of every step, U, dh, [dSequence], [mask], [dropMask] -> dxz, dh0. */
const simpleRnnGradOp = defineOp<SequenceAttrs>({
  name: 'simpleRnnGrad',
  infer: ([outputs, , dh]) => [outputs!, dh!].map(({ shape }) => ({ shape, dtype: 'float32' })),
  vjp: () => noSecondGradient('simpleRnn'),
  emit(k, { inputs, outputs: [dxz, dh0], attrs }) {
    const [kept, recurrent, dh, dSequence] = inputs;
    const { mask, dropMask } = optionalInputs(inputs, attrs.returnSequences ? 4 : 3, attrs);
    k.call(
      'simpleRnnGrad',
      {
        ...sharedArguments(k, kept!, 1, recurrent!, attrs),
        outputs: kept!,
        dh: dh!,
        dxz: dxz!,
        dh0: dh0!,
        mask: mask ?? 0,
        dropMask: dropMask ?? 0,
        dSequence: attrs.returnSequences ? dSequence! : 0,
      },
      workOf(kept!, 1),
    );
  },
  inPlace: [
    [0, 0],
    [1, 2],
  ],
});

/** Simple recurrence over projected inputs xz [B, T, u]. */
export function simpleRnnSequence(inputs: SequenceInputs, options: SequenceOptions): SequenceResult {
  const { xz, recurrent, h0, mask, dropMask } = inputs;
  const op = options.training ? keepingOp : plainOp;
  const outputs = applyAll(op, present([xz, recurrent, h0, mask, dropMask]), attrsOf(inputs, options));
  return { sequence: options.returnSequences ? outputs.at(-1)! : null, states: outputs.slice(0, 1) };
}
