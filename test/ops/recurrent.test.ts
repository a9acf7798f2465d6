import { describe, expect, test } from 'vitest';
import { gradients } from '../../src/autodiff.js';
import { evaluate } from '../../src/compiler/evaluate.js';
import { fromTypedArray } from '../../src/graph/apply.js';
import type { Tensor } from '../../src/graph/tensor.js';
import { softsign } from '../../src/ops/activations.js';
import { square } from '../../src/ops/elementwise.js';
import { type GruOptions, gru, lstm, type RecurrentResult, simpleRnn } from '../../src/ops/recurrent.js';
import { sum } from '../../src/ops/reduce.js';
import { maxError } from '../support/kernel.js';
import { checkGradients, expectTensor, randomTensor } from '../support/op.js';
import { loadFamily, type TensorDescriptor } from '../support/oracle.js';
import { type Cell, gateCount, recurrentReference } from '../support/recurrent.js';

const cells: Cell[] = ['lstm', 'gru', 'gruBefore', 'simpleRnn'];

function run(cell: Cell, x: Tensor, options: GruOptions): RecurrentResult {
  if (cell === 'lstm') return lstm(x, options);
  if (cell === 'simpleRnn') return simpleRnn(x, options);
  return gru(x, { ...options, resetAfter: cell === 'gru' });
}

interface Case {
  readonly x: Tensor;
  readonly kernel: Tensor;
  readonly recurrentKernel: Tensor;
  readonly bias: Tensor;
  readonly initialState: readonly Tensor[];
  readonly mask: Tensor;
  readonly recurrentDropoutMask: Tensor;
}

function caseOf(cell: Cell, batch: number, time: number, features: number, units: number): Case {
  const gates = gateCount[cell];
  const keep = randomTensor([gates, batch, units], 7)
    .data()
    .map(value => (value < 0 ? 0 : 1.5));
  const valid = Uint8Array.from({ length: batch * time }, (_, at) => Number(at % time !== 0 && at % 4 !== 3));
  return {
    x: randomTensor([batch, time, features], 1),
    kernel: randomTensor([features, gates * units], 2),
    recurrentKernel: randomTensor([units, gates * units], 3, -0.6, 0.6),
    bias: randomTensor(cell === 'gru' ? [2, gates * units] : [gates * units], 4),
    initialState: (cell === 'lstm' ? [5, 6] : [5]).map(seed => randomTensor([batch, units], seed)),
    mask: fromTypedArray(valid, [batch, time]),
    recurrentDropoutMask: fromTypedArray(keep, [gates, batch, units]),
  };
}

/** x·W + b in double precision. */
function projected({ x, kernel, bias }: Case): Float64Array {
  const [batch, time, features] = x.shape as [number, number, number];
  const columns = kernel.shape[1]!;
  const [xs, ws, bs] = [x.data(), kernel.data(), bias.data()];
  return Float64Array.from({ length: batch * time * columns }, (_, i) => {
    let z = bs[i % columns]!;
    for (let f = 0; f < features; f++)
      z += xs[Math.floor(i / columns) * features + f]! * ws[f * columns + (i % columns)]!;
    return z;
  });
}

const outputsOf = ({ sequence, output, states }: RecurrentResult): Tensor[] => [
  ...(sequence ? [sequence] : []),
  output,
  ...states,
];

/** Outputs, and the gradients of their weighted sum by everything that has one. */
function valuesAndGradients(cell: Cell, situation: Case, options: Partial<GruOptions>) {
  const { x, kernel, recurrentKernel, bias, initialState } = situation;
  const outputs = outputsOf(run(cell, x, { kernel, recurrentKernel, bias, initialState, ...options }));
  const wrt = [x, kernel, recurrentKernel, bias, ...initialState];
  const cotangents = outputs.map((output, i) => randomTensor(output.shape, 20 + i));
  return evaluate([...outputs, ...gradients(outputs, wrt, cotangents).map(gradient => gradient!)]);
}

describe.each(cells)('%s', cell => {
  const situation = caseOf(cell, 3, 5, 4, 6);
  const { x, kernel, recurrentKernel, bias, initialState, mask, recurrentDropoutMask } = situation;
  const weights = { kernel, recurrentKernel, bias };
  const sizes = { batch: 3, time: 5, units: 6 };
  const values = {
    xz: projected(situation),
    recurrent: recurrentKernel.data(),
    h0: initialState[0]!.data(),
    c0: initialState.at(-1)!.data(),
    bias: cell === 'gru' ? bias.data().slice(18) : undefined,
  };

  test.each([false, true])('computes what the loops compute; unroll: %s', unroll => {
    for (const goBackwards of [false, true]) {
      for (const extra of [{}, { mask }, { recurrentDropoutMask }, { mask, recurrentDropoutMask }]) {
        const expected = recurrentReference(
          cell,
          sizes,
          {
            ...values,
            mask: 'mask' in extra ? mask.data() : undefined,
            dropMask: 'recurrentDropoutMask' in extra ? recurrentDropoutMask.data() : undefined,
          },
          { reverse: goBackwards },
        );
        const result = run(cell, x, { ...weights, initialState, goBackwards, unroll, ...extra });
        expectTensor(result.sequence!, expected.sequence, [3, 5, 6]);
        expectTensor(result.output, expected.h, [3, 6]);
        expectTensor(result.states[0]!, expected.h, [3, 6]);
        if (cell === 'lstm') expectTensor(result.states[1]!, expected.c, [3, 6]);
        const short = run(cell, x, { ...weights, initialState, goBackwards, unroll, returnSequences: false, ...extra });
        expect(short.sequence).toBeNull();
        expectTensor(short.output, expected.h, [3, 6]);
      }
    }
  });

  test('gradients agree with central differences', () => {
    const small = caseOf(cell, 2, 3, 2, 2);
    for (const extra of [{}, { mask: small.mask, goBackwards: true }]) {
      checkGradients(
        (input, w, u, b, ...states) =>
          outputsOf(run(cell, input!, { kernel: w!, recurrentKernel: u!, bias: b!, initialState: states, ...extra })),
        [small.x, small.kernel, small.recurrentKernel, small.bias, ...small.initialState],
      );
    }
  });

  test('the fused op and the unrolled graph agree in values and gradients, whatever the options', () => {
    const shared = fromTypedArray(recurrentDropoutMask.data().slice(0, 18), [3, 6]);
    const onInput = randomTensor([3, 4], 8, 0, 2);
    const perGate = randomTensor([gateCount[cell], 3, 4], 9, 0, 2);
    const variants: Partial<GruOptions>[] = [
      {},
      { goBackwards: true },
      { mask },
      { mask, goBackwards: true, zeroOutputForMask: true },
      { recurrentDropoutMask },
      { recurrentDropoutMask: shared, dropoutMask: onInput },
      { mask, recurrentDropoutMask, dropoutMask: perGate },
      { returnSequences: false },
      { activation: 'linear', recurrentActivation: 'hard_sigmoid' },
      { activation: 'relu' },
    ];
    for (const options of variants) {
      const expected = valuesAndGradients(cell, situation, { ...options, unroll: true });
      for (const training of [false, true]) {
        const actual = valuesAndGradients(cell, situation, { ...options, training });
        actual.forEach((data, i) => {
          expect(
            maxError(data, expected[i]!),
            `${Object.keys(options)}, training ${training}, result ${i}`,
          ).toBeLessThan(2e-5);
        });
      }
    }
  });

  test('an activation given as a function is used for every step', () => {
    const options = { ...weights, activation: (t: Tensor) => softsign(t) };
    const linear = { ...weights, activation: 'linear' as const };
    expect(maxError(run(cell, x, options).output.data(), run(cell, x, linear).output.data())).toBeGreaterThan(0.01);
    checkGradients(input => run(cell, input!, options).output, [randomTensor([2, 2, 4])]);
  });

  test('can be differentiated twice when unrolled; the fused op says that it cannot', () => {
    const small = caseOf(cell, 1, 2, 2, 2);
    const gradientNorm = (unroll: boolean) => (input: Tensor) => {
      const { output } = run(cell, input, { kernel: small.kernel, recurrentKernel: small.recurrentKernel, unroll });
      return sum(square(gradients([sum(output)], [input])[0]!));
    };
    checkGradients(input => gradientNorm(true)(input!), [small.x]);
    expect(() => gradients([gradientNorm(false)(small.x)], [small.x])).toThrow('unroll: true');
  });

  test('initial states are zero by default, and weights need no bias', () => {
    const zeros = initialState.map(({ shape, size }) => fromTypedArray(new Float32Array(size), shape));
    const without = run(cell, x, { kernel, recurrentKernel });
    const none = fromTypedArray(new Float32Array(bias.size), bias.shape);
    const given = run(cell, x, { kernel, recurrentKernel, bias: none, initialState: zeros });
    expectTensor(without.sequence!, given.sequence!.data(), [3, 5, 6], 1e-6);
  });

  test('zeroOutputForMask makes the outputs of skipped steps zero, and leaves the states', () => {
    const plain = run(cell, x, { ...weights, mask });
    const zeroed = run(cell, x, { ...weights, mask, zeroOutputForMask: true });
    const valid = mask.data();
    const expected = plain.sequence!.data().map((value, i) => (valid[Math.floor(i / 6)] ? value : 0));
    expectTensor(zeroed.sequence!, expected, [3, 5, 6], 0);
    expectTensor(
      zeroed.output,
      expected.filter((_, i) => Math.floor(i / 6) % 5 === 4),
      [3, 6],
      0,
    );
    expectTensor(zeroed.states[0]!, plain.states[0]!.data(), [3, 6], 0);
  });

  test('shapes that do not fit are named', () => {
    expect(() => run(cell, randomTensor([3, 4]), weights)).toThrow(
      'rank 3 (batch, time, features). Received shape (3, 4)',
    );
    expect(() => run(cell, randomTensor([3, 5, 7]), weights)).toThrow('expected a kernel of shape (7,');
    expect(() => run(cell, x, { ...weights, bias: randomTensor([5]) })).toThrow('expected a bias of shape');
    expect(() => run(cell, x, { ...weights, mask: randomTensor([3, 4]) })).toThrow('expected a mask of shape (3, 5)');
    expect(() => run(cell, x, { ...weights, initialState: [] })).toThrow('initial state(s). Received 0');
    expect(() => run(cell, x, { ...weights, recurrentDropoutMask: randomTensor([2, 6]) })).toThrow(
      'recurrentDropoutMask: expected shape (3, 6)',
    );
  });
});

interface Recording {
  readonly id: string;
  readonly class_name: string;
  readonly layer: { readonly config: Readonly<Record<string, unknown>> };
  readonly inputs: readonly TensorDescriptor[];
  readonly mask?: TensorDescriptor;
  readonly call_tensors: { readonly initial_state?: readonly TensorDescriptor[] };
  readonly weights: readonly { readonly name: string; readonly value: TensorDescriptor }[];
  readonly outputs: readonly TensorDescriptor[];
  readonly cotangents: readonly TensorDescriptor[];
  readonly input_grads: readonly TensorDescriptor[];
  readonly weight_grads: readonly { readonly value: TensorDescriptor }[];
  readonly further_calls?: readonly {
    readonly inputs: readonly TensorDescriptor[];
    readonly outputs: readonly TensorDescriptor[];
  }[];
  readonly tolerance: number;
}

describe('recordings of Keras', () => {
  const { cases, tensor } = loadFamily<Recording>('layers');
  const read = (descriptor: TensorDescriptor) => fromTypedArray(tensor(descriptor), descriptor.shape);
  const recurrent = cases.filter(({ class_name }) => ['LSTM', 'GRU', 'SimpleRNN'].includes(class_name));

  test.each(recurrent)('$id', recording => {
    const { config } = recording.layer;
    const cell: Cell =
      recording.class_name === 'LSTM'
        ? 'lstm'
        : recording.class_name === 'SimpleRNN'
          ? 'simpleRnn'
          : config['reset_after']
            ? 'gru'
            : 'gruBefore';
    const call = (x: Tensor, initialState: readonly Tensor[] | undefined, weights: readonly Tensor[]) => {
      const [kernel, recurrentKernel, bias] = weights;
      const { sequence, output, states } = run(cell, x, {
        kernel: kernel!,
        recurrentKernel: recurrentKernel!,
        bias: bias ?? null,
        initialState: initialState ?? null,
        mask: recording.mask ? read(recording.mask) : null,
        goBackwards: config['go_backwards'] === true,
        zeroOutputForMask: config['zero_output_for_mask'] === true,
        activation: config['activation'] as 'tanh',
        ...(cell === 'simpleRnn' ? {} : { recurrentActivation: config['recurrent_activation'] as 'sigmoid' }),
      });
      return {
        states,
        outputs: [config['return_sequences'] ? sequence! : output, ...(config['return_state'] ? states : [])],
      };
    };
    const weights = recording.weights.map(({ value }) => read(value));
    const x = read(recording.inputs[0]!);
    const { states, outputs } = call(x, recording.call_tensors.initial_state?.map(read), weights);
    const found = gradients(outputs, [x, ...weights], recording.cotangents.map(read)).map(gradient => gradient!);
    const recorded = [
      ...recording.outputs,
      ...recording.input_grads,
      ...recording.weight_grads.map(({ value }) => value),
    ];
    expect(outputs.length + found.length).toBe(recorded.length);
    [...outputs, ...found].forEach((actual, i) => {
      expectTensor(actual, tensor(recorded[i]!), recorded[i]!.shape, recording.tolerance);
    });
    let before = states;
    for (const further of recording.further_calls ?? []) {
      const next = call(read(further.inputs[0]!), before, weights);
      expectTensor(next.outputs[0]!, tensor(further.outputs[0]!), further.outputs[0]!.shape, recording.tolerance);
      before = next.states;
    }
  });
});
