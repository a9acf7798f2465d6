// The K backend: choices, loops over elements and time steps, and CTC.

import { epsilon } from '../defaults.js';
import { ValueError } from '../errors.js';
import { asTensor, type TensorLike } from '../graph/apply.js';
import { Tensor } from '../graph/tensor.js';
import { tracedUpdates } from '../graph/trace.js';
import type { KerasTensor } from '../layers/kerasTensor.js';
import { lifter } from '../layers/operation.js';
import { named } from '../named.js';
import { map } from '../ops/control.js';
import { zerosLike } from '../ops/creation.js';
import { ctcLoss } from '../ops/ctc.js';
import { ctcDecode as decode } from '../ops/ctcDecode.js';
import { add, cast, log, where } from '../ops/elementwise.js';
import { expandDims, flip, moveaxis, reshape, sliceAxis, squeeze, stack } from '../ops/movement.js';
import type { Structure } from '../structure.js';

const op = lifter('keras.src.legacy.backend');

// ---- Choices -----------------------------------------------------------------------------------------------------

type Choice = KerasTensor | TensorLike | (() => KerasTensor | TensorLike);

const choose = op(
  'switch',
  (condition: TensorLike, thenExpression: TensorLike, elseExpression: TensorLike) => {
    const [chosen, other] = [asTensor(thenExpression), asTensor(elseExpression)];
    const test = cast(asTensor(condition), 'bool');
    if (test.rank > chosen.rank) {
      throw new ValueError(
        'Rank of `condition` should be less than or equal to rank of `thenExpression` and `elseExpression`. ' +
          `ndim(condition)=${test.rank}, ndim(thenExpression)=${chosen.rank}`,
      );
    }
    return where(reshape(test, [...test.shape, ...new Array<number>(chosen.rank - test.rank).fill(1)]), chosen, other);
  },
  'condition thenExpression elseExpression',
);

/**
 * `thenExpression` where `condition` holds, else `elseExpression`; either may be a function. A condition of fewer axes is
 * about the first ones. Both are computed unless the condition is a plain boolean.
 */
function choice(
  condition: boolean | KerasTensor | TensorLike,
  thenExpression: Choice,
  elseExpression: Choice,
): Tensor | KerasTensor {
  const resolve = (expression: Choice) => (typeof expression === 'function' ? expression() : expression) as TensorLike;
  if (typeof condition === 'boolean') return choose(true, resolve(condition ? thenExpression : elseExpression), 0);
  return choose(condition as TensorLike, resolve(thenExpression), resolve(elseExpression));
}

export { choice as switch };

// ---- Loops over the first axis -----------------------------------------------------------------------------------

const mapElements = op(
  'mapFn',
  (elems: Structure<TensorLike>, fn: (x: never) => Structure<Tensor>) => map(fn, elems),
  'elems',
  'fn',
);

const elementsOf = (elems: TensorLike): Tensor[] => {
  const tensor = asTensor(elems);
  return Array.from({ length: tensor.shape[0]! }, (_, i) => squeeze(sliceAxis(tensor, 0, i, i + 1), 0));
};
const fold = (elements: Tensor[], fn: (acc: Tensor, x: Tensor) => Tensor, initializer: TensorLike | null): Tensor => {
  const [first, ...rest] = initializer === null ? elements : [asTensor(initializer), ...elements];
  if (!first) throw new ValueError('foldl: expected at least one element, or an initializer.');
  return rest.reduce((acc, x) => fn(acc, x), first);
};
const foldLeft = op(
  'foldl',
  (elems: TensorLike, fn: (acc: Tensor, x: Tensor) => Tensor, initializer: TensorLike | null = null) =>
    fold(elementsOf(elems), fn, initializer),
  'elems',
  'fn',
  'initializer=null',
);
const foldRight = op(
  'foldr',
  (elems: TensorLike, fn: (acc: Tensor, x: Tensor) => Tensor, initializer: TensorLike | null = null) =>
    fold(elementsOf(elems).reverse(), fn, initializer),
  'elems',
  'fn',
  'initializer=null',
);

/** fn(element) for each element of the first axis, stacked; a list of tensors gives lists of elements. */
export function mapFn<R = Tensor>(fn: (x: never) => Structure<Tensor>, elems: Structure<KerasTensor | TensorLike>): R {
  return mapElements(elems as Structure<TensorLike>, fn) as R;
}

type Fold = (acc: Tensor, x: Tensor) => Tensor;

/** fn(...fn(fn(initializer, e0), e1)...); without an initializer the first element is it. */
export const foldl = named(
  'foldl',
  (
    fn: Fold,
    elems: KerasTensor | TensorLike,
    initializer: TensorLike | null = null,
    _name: string | null = null,
  ): Tensor | KerasTensor => foldLeft(elems, fn, initializer),
  'fn',
  'elems',
  'initializer',
  'name',
);

/** The same from the last element to the first. */
export const foldr = named(
  'foldr',
  (
    fn: Fold,
    elems: KerasTensor | TensorLike,
    initializer: TensorLike | null = null,
    _name: string | null = null,
  ): Tensor | KerasTensor => foldRight(elems, fn, initializer),
  'fn',
  'elems',
  'initializer',
  'name',
);

// ---- Time steps --------------------------------------------------------------------------------------------------

/** Output and new states of one time step, from its input and the states (followed by the constants). */
export type StepFunction = (input: Tensor, states: Tensor[]) => readonly [Tensor, readonly Tensor[]];

const unrolled = op(
  'rnn',
  (
    inputs: TensorLike,
    initialStates: readonly TensorLike[],
    mask: TensorLike | null,
    constants: readonly TensorLike[],
    stepFunction: StepFunction,
    goBackwards = false,
    timeMajor = false,
    zeroOutputForMask = false,
    returnAllOutputs = true,
  ): Structure<Tensor> => {
    const inTime = (x: Tensor) => {
      const ofSamples = timeMajor ? moveaxis(x, 0, 1) : x;
      return goBackwards ? flip(ofSamples, 1) : ofSamples;
    };
    const ordered = inTime(asTensor(inputs));
    const [samples, time] = ordered.shape as [number, number];
    const present = mask === null ? null : inTime(cast(mask, 'bool'));
    const further = constants.map(each => asTensor(each));
    let states = initialStates.map(state => asTensor(state));
    let last: Tensor | null = null;
    const outputs: Tensor[] = [];
    const at = (x: Tensor, t: number) => squeeze(sliceAxis(x, 1, t, t + 1), 1);
    for (let t = 0; t < time; t++) {
      const [output, next] = stepFunction(at(ordered, t), [...states, ...further]);
      if (present) {
        const here = at(present, t);
        const keep = (now: Tensor, before: Tensor) =>
          where(reshape(here, [samples, ...new Array<number>(now.rank - 1).fill(1)]), now, before);
        last = keep(output, last && !zeroOutputForMask ? last : zerosLike(output));
        states = next.map((state, i) => keep(state, states[i]!));
      } else {
        last = output;
        states = [...next];
      }
      outputs.push(last);
    }
    if (!last) throw new ValueError('rnn: expected at least one time step.');
    return [last, stack(returnAllOutputs ? outputs : [last], timeMajor ? 0 : 1), states];
  },
  'inputs initialStates mask constants',
  'stepFunction',
  'goBackwards=false',
  'timeMajor=false',
  'zeroOutputForMask=false',
  'returnAllOutputs=true',
);

/**
 * [last output, all outputs, last states] of a step function run over the time axis of `inputs` (samples, time, ...). Where
 * `mask` (samples, time) is 0, states stay what they were, and so does the output, or it is 0 with `zeroOutputForMask`. With
 * `timeMajor` the time comes first in inputs, mask and outputs; without `returnAllOutputs` these are the last one. The number
 * of steps must be known; loops are unrolled.
 */
export const rnn = named(
  'rnn',
  (
    stepFunction: StepFunction,
    inputs: KerasTensor | TensorLike,
    initialStates: readonly (KerasTensor | TensorLike)[],
    goBackwards = false,
    mask: KerasTensor | TensorLike | null = null,
    constants: readonly (KerasTensor | TensorLike)[] | null = null,
    _unroll = true,
    _inputLength: number | null = null,
    timeMajor = false,
    zeroOutputForMask = false,
    returnAllOutputs = true,
  ): [Tensor, Tensor, Tensor[]] =>
    unrolled(
      inputs as TensorLike,
      initialStates as readonly TensorLike[],
      mask as TensorLike | null,
      (constants ?? []) as readonly TensorLike[],
      stepFunction,
      goBackwards,
      timeMajor,
      zeroOutputForMask,
      returnAllOutputs,
    ) as [Tensor, Tensor, Tensor[]],
  'stepFunction',
  'inputs',
  'initialStates',
  'goBackwards',
  'mask',
  'constants',
  'unroll',
  'inputLength',
  'timeMajor',
  'zeroOutputForMask',
  'returnAllOutputs',
);

// ---- CTC ---------------------------------------------------------------------------------------------------------

/**
 * CTC loss of each sample, (samples, 1).
 * @param yTrue (samples, labels). @param yPred (samples, time, classes) probabilities; the last class is the blank.
 * @param inputLength (samples, 1) time steps, @param labelLength (samples, 1) labels that count.
 */
export const ctcBatchCost = op(
  'ctcBatchCost',
  (yTrue: TensorLike, yPred: TensorLike, inputLength: TensorLike, labelLength: TensorLike) => {
    const scores = log(add(asTensor(yPred), epsilon()));
    const lengths = (x: TensorLike) => reshape(cast(asTensor(x, 'int32'), 'int32'), [-1]);
    return expandDims(ctcLoss(yTrue, scores, lengths(labelLength), lengths(inputLength), scores.shape.at(-1)! - 1), 1);
  },
  'yTrue yPred inputLength labelLength',
);

/**
 * [label sequences, scores] read off probabilities (samples, time, classes), whose last class is the blank: a list of one
 * (greedy) or `topPaths` tensors (samples, time), -1 behind the end, and minus the summed logarithms (greedy) or the log
 * likelihoods, (samples, paths). Beam search needs known values.
 */
export const ctcDecode = op(
  'ctcDecode',
  (yPred: TensorLike, inputLength: TensorLike, greedy = true, beamWidth = 100, topPaths = 1): [Tensor[], Tensor] => {
    const scores = log(add(asTensor(yPred), epsilon()));
    const [labels, likelihoods] = decode(scores, inputLength, {
      strategy: greedy ? 'greedy' : 'beam_search',
      beamWidth,
      topPaths,
      maskIndex: scores.shape.at(-1)! - 1,
    });
    return [
      Array.from({ length: labels.shape[0]! }, (_, i) => squeeze(sliceAxis(labels, 0, i, i + 1), 0)),
      likelihoods,
    ];
  },
  'yPred inputLength',
  'greedy=true',
  'beamWidth=100',
  'topPaths=1',
);

/** The labels that count, one after another: what a sparse tensor of them would hold. Lengths must be known. */
export function ctcLabelDenseToSparse(
  labels: TensorLike,
  labelLengths: TensorLike,
): { indices: [number, number][]; values: number[] } {
  const tensor = asTensor(labels);
  const lengths = asTensor(labelLengths, 'int32').data();
  const data = tensor.data();
  const columns = tensor.shape[1]!;
  const indices = Array.from(lengths).flatMap((length, row) =>
    Array.from({ length }, (_, i): [number, number] => [row, i]),
  );
  return { indices, values: indices.map(([row, i]) => data[row * columns + i]!) };
}

// ---- Printing ----------------------------------------------------------------------------------------------------

/** x itself, after printing `message` and its value. Symbolic tensors and tensors inside of a compiled step print nothing. */
export function printTensor<T extends KerasTensor | TensorLike>(x: T, message = ''): T {
  if (x instanceof Tensor && !tracedUpdates()) console.log(message, JSON.stringify(x.array()));
  return x;
}
