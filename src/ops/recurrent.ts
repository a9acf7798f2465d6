// Recurrent layers as functions of whole sequences: LSTM, GRU and simple RNN, with Keras's weights and rules for masks.
// The input's share of all gates is one matrix product over all time steps; the loop over time is one fused op, or with
// `unroll` (or an activation that the fused op does not know) a graph of ordinary ops.

import { ShapeError, ValueError } from '../errors.js';
import { asTensor, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { formatShape, type Shape, sameShape } from '../shape.js';
import { hardSigmoid, linear, relu } from './activations.js';
import { zeros } from './creation.js';
import { add, cast, multiply, sigmoid, tanh, where } from './elementwise.js';
import { matmul } from './matmul.js';
import { broadcastTo, concatenate, expandDims, flip, reshape, sliceAxis } from './movement.js';
import { gruSequence } from './recurrent/gru.js';
import { lstmSequence } from './recurrent/lstm.js';
import { type GateActivation, gateActivations, type SequenceResult } from './recurrent/sequence.js';
import { simpleRnnSequence } from './recurrent/simpleRnn.js';
import {
  type ActivationFunction,
  gruStep,
  lstmStep,
  type Step,
  simpleRnnStep,
  unrolled,
} from './recurrent/unrolled.js';

export type { ActivationFunction, GateActivation };

/** B samples, T time steps, F features, u units, G gates. */
export interface RecurrentOptions {
  /** W [F, G·u]. */
  readonly kernel: TensorLike;
  /** U [u, G·u]. */
  readonly recurrentKernel: TensorLike;
  /** [G·u]; for a GRU with resetAfter [2, 3·u], the second row added to the recurrent product. Default: none. */
  readonly bias?: TensorLike | null;
  /** h (an LSTM: h and c) in front of the first step, [B, u] each. Default: zeros. */
  readonly initialState?: readonly TensorLike[] | null;
  /** [B, T], false where a step is to be skipped: it keeps the states, and its output is the one before. */
  readonly mask?: TensorLike | null;
  /** Makes the outputs of skipped steps zero instead. Default false. */
  readonly zeroOutputForMask?: boolean;
  /** Factors on x for all steps, [B, F], or [G, B, F] for one mask per gate. Default: none. */
  readonly dropoutMask?: TensorLike | null;
  /** Factors on h in front of U for all steps, [B, u], or [G, B, u] for one mask per gate. Default: none. */
  readonly recurrentDropoutMask?: TensorLike | null;
  /** Starts with the last step. The sequence is in the order of processing. Default false. */
  readonly goBackwards?: boolean;
  /** Whether `sequence` is wanted. Default true. */
  readonly returnSequences?: boolean;
  /** Default 'tanh'. */
  readonly activation?: GateActivation | ActivationFunction;
  /** Builds the steps from ordinary ops: needed for derivatives of derivatives. Default false. */
  readonly unroll?: boolean;
  /** Whether gradients will be asked for: saves a second forward pass. No other effect. Default false. */
  readonly training?: boolean;
}

export interface GatedOptions extends RecurrentOptions {
  /** Default 'sigmoid'. */
  readonly recurrentActivation?: GateActivation | ActivationFunction;
}

export interface GruOptions extends GatedOptions {
  /** Whether the reset gate applies after the recurrent product. Default true. */
  readonly resetAfter?: boolean;
}

export interface RecurrentResult {
  /** The output of every step, [B, T, u]; null without returnSequences. */
  readonly sequence: Tensor | null;
  /** The output of the last step processed, [B, u]. */
  readonly output: Tensor;
  /** The states behind it: h, and c of an LSTM. */
  readonly states: readonly Tensor[];
}

const functions: Readonly<Record<GateActivation, ActivationFunction>> = {
  linear,
  sigmoid,
  tanh,
  relu,
  hard_sigmoid: hardSigmoid,
};

/**
 * Long short-term memory over x [B, T, F]: [i f g o] = act(x·W + h·U + b), c' = f c + i g, h' = o tanh(c'), the gates in
 * Keras's order i, f, c, o.
 * @throws ShapeError if the shapes do not fit together.
 */
export function lstm(x: TensorLike, options: GatedOptions): RecurrentResult {
  const { activation = 'tanh', recurrentActivation = 'sigmoid' } = options;
  const setup = setUp('lstm', x, options, 4, 2);
  const {
    xz,
    recurrent,
    states: [h0, c0],
    mask,
    dropMask,
  } = setup;
  if (fused(activation) && fused(recurrentActivation) && !options.unroll) {
    const inputs = { xz, recurrent, h0: h0!, c0: c0!, mask, dropMask };
    return finish(setup, options, lstmSequence(inputs, { ...setup, activation, recurrentActivation }));
  }
  const step = lstmStep(recurrent, dropMask, functionOf(activation), functionOf(recurrentActivation));
  return finish(setup, options, unroll(setup, step));
}

/**
 * Gated recurrent unit over x [B, T, F]: z, r = act(x·W + h·U + b), h' = z h + (1 - z) n, with the candidate
 * n = act(xh + r (h·Uh + bh)) if resetAfter, else n = act(xh + (r h)·Uh); the gates in Keras's order z, r, h.
 * @throws ShapeError if the shapes do not fit together.
 */
export function gru(x: TensorLike, options: GruOptions): RecurrentResult {
  const { activation = 'tanh', recurrentActivation = 'sigmoid', resetAfter = true } = options;
  const both = options.bias == null ? null : asTensor(options.bias);
  const columns = 3 * asTensor(options.recurrentKernel).shape[0]!;
  const biasShape = resetAfter ? [2, columns] : [columns];
  if (both && !sameShape(both.shape, biasShape)) {
    throw new ShapeError(
      `gru: expected a bias of shape ${formatShape(biasShape)} with resetAfter: ${resetAfter}. Received shape ${formatShape(both.shape)}.`,
    );
  }
  const rowOf = (row: number) => both && reshape(sliceAxis(both, 0, row, row + 1), [columns]);
  const bias = resetAfter ? rowOf(1) : null;
  const setup = setUp('gru', x, { ...options, bias: resetAfter ? rowOf(0) : both }, 3, 1);
  const {
    xz,
    recurrent,
    states: [h0],
    mask,
    dropMask,
  } = setup;
  if (fused(activation) && fused(recurrentActivation) && !options.unroll) {
    const inputs = { xz, recurrent, bias, h0: h0!, mask, dropMask };
    return finish(setup, options, gruSequence(inputs, { ...setup, activation, recurrentActivation, resetAfter }));
  }
  const step = gruStep(recurrent, bias, dropMask, resetAfter, functionOf(activation), functionOf(recurrentActivation));
  return finish(setup, options, unroll(setup, step));
}

/**
 * Simple recurrence over x [B, T, F]: h' = act(x·W + h·U + b).
 * @throws ShapeError if the shapes do not fit together.
 */
export function simpleRnn(x: TensorLike, options: RecurrentOptions): RecurrentResult {
  const { activation = 'tanh' } = options;
  const setup = setUp('simpleRnn', x, options, 1, 1);
  const {
    xz,
    recurrent,
    states: [h0],
    mask,
    dropMask,
  } = setup;
  if (fused(activation) && !options.unroll) {
    const inputs = { xz, recurrent, h0: h0!, mask, dropMask };
    return finish(setup, options, simpleRnnSequence(inputs, { ...setup, activation, recurrentActivation: 'linear' }));
  }
  return finish(setup, options, unroll(setup, simpleRnnStep(recurrent, dropMask, functionOf(activation))));
}

/** What all three need, checked: the projected input, the initial states and the masks. */
interface Setup {
  readonly xz: Tensor;
  readonly recurrent: Tensor;
  readonly states: readonly Tensor[];
  readonly mask: Tensor | null;
  readonly dropMask: Tensor | null;
  readonly reverse: boolean;
  readonly returnSequences: boolean;
  readonly training: boolean;
}

function setUp(name: string, input: TensorLike, options: RecurrentOptions, gates: number, stateCount: number): Setup {
  const x = cast(input, 'float32');
  const kernel = asTensor(options.kernel);
  const recurrent = asTensor(options.recurrentKernel);
  if (x.rank !== 3) {
    throw new ShapeError(
      `${name}: expected an input of rank 3 (batch, time, features). Received shape ${formatShape(x.shape)}.`,
    );
  }
  const [batch, time, features] = x.shape as [number, number, number];
  if (time === 0)
    throw new ValueError(`${name}: expected at least one time step. Received shape ${formatShape(x.shape)}.`);
  const units = recurrent.shape[0] ?? 0;
  const expect = (what: string, tensor: Tensor, shape: Shape) => {
    if (sameShape(tensor.shape, shape)) return tensor;
    throw new ShapeError(
      `${name}: expected ${what} of shape ${formatShape(shape)}. Received shape ${formatShape(tensor.shape)}.`,
    );
  };
  expect('a recurrentKernel', recurrent, [units, gates * units]);
  expect('a kernel', kernel, [features, gates * units]);
  const bias = options.bias == null ? null : expect('a bias', asTensor(options.bias), [gates * units]);
  const initial = options.initialState ?? Array.from({ length: stateCount }, () => zeros([batch, units]));
  if (initial.length !== stateCount) {
    throw new ValueError(`${name}: expected ${stateCount} initial state(s). Received ${initial.length}.`);
  }
  return {
    xz: project(x, kernel, bias, gateMasks(`${name}: dropoutMask`, options.dropoutMask, [gates, batch, features])),
    recurrent,
    states: initial.map(state => expect('an initial state', asTensor(state), [batch, units])),
    mask: options.mask == null ? null : cast(expect('a mask', asTensor(options.mask), [batch, time]), 'bool'),
    dropMask: perGate(
      gateMasks(`${name}: recurrentDropoutMask`, options.recurrentDropoutMask, [gates, batch, units]),
      gates,
    ),
    reverse: options.goBackwards ?? false,
    returnSequences: options.returnSequences ?? true,
    training: options.training ?? false,
  };
}

/** x·W + b over all time steps; with a mask per gate, one product per gate. */
function project(x: Tensor, kernel: Tensor, bias: Tensor | null, masks: Tensor | null): Tensor {
  let xz: Tensor;
  if (masks?.rank === 3) {
    const [gates, batch, features] = masks.shape as [number, number, number];
    const units = kernel.shape[1]! / gates;
    const parts = Array.from({ length: gates }, (_, gate) => {
      const keep = reshape(sliceAxis(masks, 0, gate, gate + 1), [batch, 1, features]);
      return matmul(multiply(x, keep), sliceAxis(kernel, 1, gate * units, (gate + 1) * units));
    });
    xz = concatenate(parts, 2);
  } else xz = matmul(masks ? multiply(x, expandDims(masks, 1)) : x, kernel);
  return bias ? add(xz, bias) : xz;
}

/** A dropout mask, one for all gates or one for each. */
function gateMasks(what: string, value: TensorLike | null | undefined, shape: Shape): Tensor | null {
  if (value === null || value === undefined) return null;
  const masks = asTensor(value);
  if (sameShape(masks.shape, shape) || sameShape(masks.shape, shape.slice(1))) return masks;
  throw new ShapeError(
    `${what}: expected shape ${formatShape(shape.slice(1))}, or ${formatShape(shape)} for a mask per gate. ` +
      `Received shape ${formatShape(masks.shape)}.`,
  );
}

function perGate(masks: Tensor | null, gates: number): Tensor | null {
  return masks?.rank === 2 ? broadcastTo(expandDims(masks, 0), [gates, ...masks.shape]) : masks;
}

function fused(activation: GateActivation | ActivationFunction): activation is GateActivation {
  return typeof activation === 'string' && activation in gateActivations;
}

function functionOf(activation: GateActivation | ActivationFunction): ActivationFunction {
  if (typeof activation === 'function') return activation;
  const known = functions[activation];
  if (!known) {
    throw new ValueError(
      `Unknown gate activation "${activation}". Expected one of ${Object.keys(functions).join(', ')}, or a function of a tensor.`,
    );
  }
  return known;
}

function unroll({ xz, states, mask, reverse, returnSequences }: Setup, step: Step): SequenceResult {
  return unrolled(step, xz, states, mask, reverse, returnSequences);
}

/** The outputs from the sequence of states: they differ only where skipped steps give zeros. */
function finish(
  { mask, reverse }: Setup,
  options: RecurrentOptions,
  { sequence, states }: SequenceResult,
): RecurrentResult {
  const h = states[0]!;
  if (!mask || !options.zeroOutputForMask) return { sequence, output: h, states };
  const time = mask.shape[1]!;
  const last = reverse ? 0 : time - 1;
  const inOrder = reverse ? flip(mask, 1) : mask;
  return {
    sequence: sequence && where(expandDims(inOrder, 2), sequence, 0),
    output: where(sliceAxis(mask, 1, last, last + 1), h, 0),
    states,
  };
}
