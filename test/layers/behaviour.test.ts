// What layers do besides computing: losses, updates, randomness, states, options.

import { beforeEach, describe, expect, test } from 'vitest';
import '../../src/compiler/evaluate.js';
import { deserializeObject, serializeObject } from '../../src/config.js';
import { constant } from '../../src/graph/apply.js';
import type { Tensor } from '../../src/graph/tensor.js';
import { trace } from '../../src/graph/trace.js';
import {
  ActivityRegularization,
  BatchNormalization,
  Bidirectional,
  Conv2D,
  Conv2DTranspose,
  Dense,
  DepthwiseConv2D,
  Dot,
  Dropout,
  Embedding,
  Flatten,
  GRUCell,
  Input,
  LSTM,
  LSTMCell,
  Masking,
  MaxPooling2D,
  MultiHeadAttention,
  Permute,
  Reshape,
  RNN,
  SimpleRNN,
  TimeDistributed,
  UpSampling1D,
} from '../../src/layers/index.js';
import type { KerasTensor } from '../../src/layers/kerasTensor.js';
import { Layer } from '../../src/layers/layer.js';
import type { CellCallOptions } from '../../src/layers/rnn/cells.js';
import { Model, Sequential } from '../../src/models/index.js';
import { resetNames } from '../../src/naming.js';
import { zeros } from '../../src/ops/creation.js';
import { abs, add, multiply } from '../../src/ops/elementwise.js';
import { sum } from '../../src/ops/reduce.js';
import { SGD } from '../../src/optimizers/sgd.js';
import { setRandomSeed } from '../../src/random/seed.js';
import { L2 } from '../../src/regularizers.js';

beforeEach(() => resetNames());

const sums = (tensors: readonly Tensor[]) => tensors.map(each => Math.round(each.item() * 1e5) / 1e5);

describe('options', () => {
  test('are given by position, by name, or both, with and without new', () => {
    const made = [
      new Conv2D(4, 3, { padding: 'same' }),
      Conv2D(4, [3, 3], { padding: 'same' }),
      Conv2D({ filters: 4, kernelSize: 3, padding: 'same' }),
    ];
    const configs = made.map(each => ({ ...each.getConfig(), name: 'conv' }));
    expect(configs[1]).toEqual(configs[0]);
    expect(configs[2]).toEqual(configs[0]);
    expect(made[0]).toBeInstanceOf(Conv2D);
    expect(made[1]).toBeInstanceOf(Conv2D);
  });

  test('that are missing, unknown or impossible are refused by name', () => {
    expect(() => Dense({} as never)).toThrow('Dense: the option `units` is missing.');
    expect(() => Dense(0)).toThrow('Dense: `units` must be a positive integer. Received: 0');
    expect(() => Dense(1, { activatoin: 'relu' } as never)).toThrow(
      'Unrecognized keyword arguments passed to Dense: activatoin.',
    );
    expect(() => Dense(1, { activation: 'rellu' })).toThrow('Unknown activation "rellu"');
    expect(() => Dense(1, { kernelInitializer: 'glorot' })).toThrow('Unknown initializer "glorot"');
    expect(() => Dropout(1.5)).toThrow('Dropout: `rate` must be a number between 0 and 1. Received: 1.5');
    expect(() => Conv2D(3, [2, 2, 2])).toThrow('Conv2D: `kernelSize` must be an integer or a list of 2 integers');
    expect(() => Conv2D(4, 3, { strides: 2, dilationRate: 2 })).toThrow(
      '`strides > 1` not supported in conjunction with',
    );
    expect(() => MaxPooling2D({ dataFormat: 'last' as never })).toThrow("must be 'channels_first' or 'channels_last'");
  });

  test('of another kind than the default, or out of their range, are refused', () => {
    const wrong: readonly [() => unknown, string][] = [
      [() => Dense(3, { useBias: 'no' as never }), 'Dense: `useBias` must be a boolean. Received: "no"'],
      [
        () => BatchNormalization({ epsilon: Number.NaN }),
        '`epsilon` must be a finite number of at least 0. Received: NaN',
      ],
      [() => BatchNormalization({ momentum: 2 }), '`momentum` must be a number between 0 and 1. Received: 2'],
      [() => Conv2D(4, 3, { groups: 1.5 }), 'Conv2D: `groups` must be a positive integer. Received: 1.5'],
      [
        () => Conv2DTranspose(4, 3, { strides: 2, outputPadding: -1 }),
        'a list of 2 integers, each at least 0. Received: -1',
      ],
      [() => UpSampling1D(1.5), 'UpSampling1D: `size` must be a positive integer. Received: 1.5'],
      [() => Permute([1, 3]), 'must be consecutive and start from 1. Received dims=[1, 3]'],
      [() => Reshape(6 as never), 'Reshape: `targetShape` must be a list of integers, each at least -1. Received: 6'],
      [() => Dot({ axes: [1, 1, 1] as never }), 'Dot: `axes` must be an integer or a list of two. Received: [1,1,1]'],
      [() => Dense(3, { dtype: 'float' }), "expected a name such as 'float32' or 'int32'. Received: float"],
      [
        () => Dense(3, { inputShape: [1.5] }),
        '`inputShape` of Dense must be a list of integers and nulls. Received: [1.5]',
      ],
    ];
    for (const [make, message] of wrong) expect(make).toThrow(message);
  });

  test('that do not fit the first input leave the layer without weights', () => {
    const dense = Dense(3);
    expect(() => dense(constant([1, 2]))).toThrow('expected min_ndim=2, found ndim=1');
    const depthwise = DepthwiseConv2D(9);
    expect(() => depthwise(zeros([1, 8, 8, 3]))).toThrow('Computed output size would be negative');
    const attention = MultiHeadAttention(2, 2, { attentionAxes: 7 });
    expect(() => attention(zeros([1, 3, 4]), zeros([1, 3, 4]))).toThrow('attentionAxes=[7]');
    expect([...dense.weights, ...depthwise.weights, ...attention.weights]).toEqual([]);
  });

  test("Keras 2's names for the input of a first layer are understood", () => {
    const shapes = [
      new Sequential([Dense(2, { inputDim: 7 }), Dense(1)]).inputShape,
      new Sequential([LSTM(2, { inputDim: 3, inputLength: 5 }), Dense(1)]).inputShape,
      new Sequential([Embedding(10, 4, { inputLength: 6 }), Flatten(), Dense(1)]).inputShape,
      new Sequential([Dense(2, { batchInputShape: [8, 3] }), Dense(1)]).inputShape,
    ];
    expect(shapes).toEqual([
      [null, 7],
      [null, 5, 3],
      [null, 6],
      [8, 3],
    ]);
  });
});

describe('losses', () => {
  test('are those of regularizers, of activity regularizers per sample, and of addLoss in the last call', () => {
    class Penalized extends Layer {
      override call(x: Tensor): Tensor {
        this.addLoss(constant(0.25));
        return x;
      }
    }
    const model = new Sequential([
      Dense(1, { inputShape: [2], kernelRegularizer: 'l2', kernelInitializer: 'ones' }),
      ActivityRegularization({ l1: 0.5 }),
      new Penalized(),
    ]);
    for (let i = 0; i < 2; i++)
      model([
        [1, 2],
        [3, 4],
      ]);
    // l1: 0.5 · (3 + 7) / 2 samples; l2: 0.01 · (1 + 1).
    expect(sums(model.losses).sort()).toEqual([0.02, 0.25, 2.5].sort());
  });
});

describe('BatchNormalization', () => {
  test('moves its averages by the biased variance, and not when frozen', () => {
    const layer = BatchNormalization();
    const x = constant([[1], [2], [3], [6]]);
    layer(x, { training: true });
    const [, , mean, variance] = layer.getWeights().map(each => each.item());
    expect(mean).toBeCloseTo(0.03, 6);
    expect(variance).toBeCloseTo(0.99 + 0.01 * 3.5, 6);
    layer.trainable = false;
    const frozen = layer(x, { training: true }).array();
    expect(layer.getWeights()[2]!.item()).toBeCloseTo(0.03, 6);
    expect(frozen).toEqual(layer(x, { training: false }).array());
  });

  test('inferring a shape changes nothing', () => {
    const layer = BatchNormalization();
    layer(Input([null, 3]), { training: true });
    expect(layer.getWeights().map(each => each.array())).toEqual([
      [1, 1, 1],
      [0, 0, 0],
      [0, 0, 0],
      [1, 1, 1],
    ]);
  });
});

describe('Dropout', () => {
  test('drops in training only, keeps the sum, and repeats with a seed', () => {
    const x = constant(new Float32Array(4000).fill(1), 'float32', [40, 100]);
    const kept = (layer: Dropout) => [...layer(x, { training: true }).data()];
    const first = kept(Dropout(0.25, { seed: 7 }));
    expect(Dropout(0.25)(x)).toBe(x);
    expect(new Set(first.map(each => Math.round(each * 1e4) / 1e4))).toEqual(new Set([0, 1.3333]));
    expect(first.filter(each => each === 0).length / 4000).toBeCloseTo(0.25, 1);
    expect(kept(Dropout(0.25, { seed: 7 }))).toEqual(first);
    const layer = Dropout(0.25, { seed: 7 });
    kept(layer);
    expect(kept(layer)).not.toEqual(first);
    expect([...Dropout(1)(x, { training: true }).data()].some(each => each !== 0)).toBe(false);
  });

  test('weights are the same again after the same seed', () => {
    const draw = () => {
      setRandomSeed(3);
      return new Sequential([Dense(3, { inputShape: [4] }), Dense(2)]).weights.map(each => [...each.read()]);
    };
    expect(draw()).toEqual(draw());
  });
});

describe('recurrent layers', () => {
  test('a stateful layer goes on where the last batch ended, until its state is reset', () => {
    const layer = LSTM(3, { stateful: true });
    const first = constant([
      [
        [1, 2],
        [3, 4],
      ],
    ]);
    const second = constant([
      [
        [0.5, -1],
        [2, 0],
      ],
    ]);
    const whole = LSTM(3);
    layer(first);
    whole(
      constant([
        [
          [1, 2],
          [3, 4],
          [0.5, -1],
          [2, 0],
        ],
      ]),
    );
    whole.setWeights(layer.getWeights());
    const continued = layer(second).data();
    const expected = whole(
      constant([
        [
          [1, 2],
          [3, 4],
          [0.5, -1],
          [2, 0],
        ],
      ]),
    ).data();
    for (const [i, value] of continued.entries()) expect(value).toBeCloseTo(expected[i]!, 5);
    layer.resetState();
    const anew = layer(second).data();
    const fresh = whole(second).data();
    for (const [i, value] of anew.entries()) expect(value).toBeCloseTo(fresh[i]!, 5);
    expect(() => LSTM(2, { stateful: true })(Input([4, 2]))).toThrow('the batch size must be static');
    expect(() => layer(constant([[[1, 2]], [[3, 4]]]))).toThrow(
      'the batch size of the input sequences must be the same',
    );
  });

  test('inside of a trace the state of a stateful layer is an update', () => {
    const layer = LSTM(2, { stateful: true });
    const x = constant([[[1, 2]]]);
    layer(x);
    layer.resetState();
    const { updates } = trace(() => layer(x));
    expect([...updates.keys()]).toEqual(layer.states);
    expect([...layer.states![0]!.read()]).toEqual([0, 0]);
  });

  test('a cell of your own runs step by step, masked steps left out', () => {
    class Sum extends Layer {
      readonly stateSize = 1;

      override call(x: Tensor, { states }: CellCallOptions): [Tensor, Tensor[]] {
        const next = add((states as readonly Tensor[])[0]!, x);
        return [multiply(next, 10), [next]];
      }
    }
    const layer = RNN(new Sum(), { returnSequences: true, returnState: true });
    const x = constant([[[1], [2], [3]]]);
    const [all, last] = layer<Tensor[]>(x, { mask: constant([[true, false, true]]) }) as [Tensor, Tensor];
    expect(all.array()).toEqual([[[10], [10], [40]]]);
    expect(last.array()).toEqual([[4]]);
    const backwards = RNN(new Sum(), { goBackwards: true, returnSequences: true });
    expect(backwards(x).array()).toEqual([[[30], [50], [60]]]);
  });

  test('initial states may be symbolic', () => {
    const x = Input([4, 2]);
    const [output, h, c] = LSTM(3, { returnState: true })<KerasTensor[]>(x) as [KerasTensor, KerasTensor, KerasTensor];
    const y = LSTM(3)(x, { initialState: [h, c] });
    const model = Model(x, [output, y]);
    const data = constant([
      [
        [1, 2],
        [3, 4],
        [5, 6],
        [7, 8],
      ],
    ]);
    expect(model<Tensor[]>(data).map(each => each.shape)).toEqual([
      [1, 3],
      [1, 3],
    ]);
    expect(model.layerGraph!.nodes.at(-1)!.inputTensors.length).toBe(3);
  });

  test('beside initial states, the mask of the input counts only if it is passed, as in Keras 3', () => {
    // Every step adds its input and 1 to the state.
    const weights = { kernelInitializer: 'ones', recurrentInitializer: 'ones', biasInitializer: 'ones' } as const;
    const layer = SimpleRNN(1, { activation: 'linear', ...weights });
    const x = Masking()(constant([[[1], [0], [0]]]));
    const mask = constant([[true, true, false]]);
    const initialState = [constant([[10]])];
    expect(layer(x).array()).toEqual([[2]]);
    expect(layer(x, { initialState }).array()).toEqual([[14]]);
    expect(layer(x, { initialState, mask }).array()).toEqual([[13]]);
    const both = Bidirectional(layer, { mergeMode: 'sum' });
    expect(both(x, { initialState: [...initialState, ...initialState] }).array()).toEqual([[28]]);
  });

  test('both directions have weights of their own, and their names', () => {
    const layer = Bidirectional(LSTM(2, { returnSequences: true }));
    expect(layer(Input([5, 3])).shape).toEqual([null, 5, 4]);
    expect(layer.weights.map(weight => weight.path)).toEqual([
      'bidirectional/forward_lstm/lstm_cell/kernel',
      'bidirectional/forward_lstm/lstm_cell/recurrent_kernel',
      'bidirectional/forward_lstm/lstm_cell/bias',
      'bidirectional/backward_lstm/lstm_cell/kernel',
      'bidirectional/backward_lstm/lstm_cell/recurrent_kernel',
      'bidirectional/backward_lstm/lstm_cell/bias',
    ]);
    const [forward, , , backward] = layer.getWeights();
    expect([...forward!.data()]).not.toEqual([...backward!.data()]);
  });

  test('states of cells in a stack keep their structure, on symbolic and on other tensors', () => {
    const stack = RNN([LSTMCell(3), GRUCell(2)], { returnState: true });
    const shapes = (outputs: unknown): unknown =>
      Array.isArray(outputs) ? outputs.map(shapes) : (outputs as Tensor | KerasTensor).shape;
    expect(stack.computeOutputShape([null, 5, 4])).toEqual([
      [null, 2],
      [
        [null, 3],
        [null, 3],
      ],
      [null, 2],
    ]);
    expect(shapes(stack(Input({ shape: [5, 4] })))).toEqual(stack.computeOutputShape([null, 5, 4]));
    expect(shapes(stack(zeros([7, 5, 4])))).toEqual(stack.computeOutputShape([7, 5, 4]));
  });
});

describe('plain functions', () => {
  const half = (w: Tensor) => multiply(w, 0.5);
  const total = (w: Tensor) => sum(abs(w));

  test('serve as regularizers and constraints', async () => {
    const dense = Dense(1, {
      kernelInitializer: 'ones',
      useBias: false,
      kernelRegularizer: total,
      kernelConstraint: half,
      activityRegularizer: total,
    });
    const model = Sequential([Input({ shape: [2] }), dense]);
    model.compile({ optimizer: SGD(0), loss: 'mse' });
    // mse 1 + Σ|kernel| 2 + the mean over the batch of Σ|output| 2
    expect(model.trainOnBatch(constant([[1, 1]]), constant([[3]]))).toBeCloseTo(5, 5);
    expect(Array.from(dense.weights[0]!.read())).toEqual([0.5, 0.5]);
  });

  test('are written by their name and read again as custom objects', () => {
    const json = serializeObject(Dense(1, { kernelRegularizer: total, kernelConstraint: half }));
    const { config } = json as unknown as { config: { [key: string]: unknown } };
    expect(config['kernel_regularizer']).toEqual({
      module: 'builtins',
      class_name: 'function',
      config: 'total',
      registered_name: 'function',
    });
    const again = deserializeObject<Dense>(json, 'keras.layers', { total, half });
    expect(again.kernelRegularizer!(constant([1, -2])).item()).toBe(3);
    expect(again.kernelConstraint!(constant([4])).item()).toBe(2);
    expect(() => deserializeObject(json, 'keras.layers')).toThrow('Unknown function "total"');
  });

  test('a class in the place of an object means one with default options', () => {
    expect(Dense(1, { kernelRegularizer: L2 as never }).kernelRegularizer).toBeInstanceOf(L2);
  });
});

test('classes derived from layers are written under their own name', () => {
  class Wide extends Dense {}
  class Wider extends Wide {}
  expect([new Wide(3), new Wider(4)].map(each => serializeObject(each))).toMatchObject([
    { module: null, class_name: 'Wide', registered_name: 'Wide' },
    { module: null, class_name: 'Wider', registered_name: 'Wider' },
  ]);
  expect(new Wider(4).name).toBe('wider_1');
});

test('TimeDistributed in training takes the statistics of each step by itself, one after the other, as Keras does', () => {
  const values = Array.from({ length: 24 }, (_, i) => i % 7);
  const layer = TimeDistributed(BatchNormalization({ momentum: 0.5 }));
  const y = layer(constant(Float32Array.from(values), 'float32', [2, 3, 4]), { training: true });
  // From Keras 3.15.
  expect([...y.data()].slice(0, 8).map(each => Number(each.toFixed(4)))).toEqual([
    -0.9999, -0.9999, 0.9995, 0.9995, 0.9995, 0.9995, 0.9995, -0.9999,
  ]);
  const [, , mean, variance] = layer.getWeights().map(each => [...each.data()]);
  expect(mean).toEqual([2.8125, 1.9375, 2.375, 2.375]);
  expect(variance).toEqual([4.28125, 1.65625, 1, 2.3125]);
});

test('batch renormalization is refused rather than left out', () => {
  expect(() => BatchNormalization({ renorm: true })).toThrow('BatchNormalization: `renorm` must be false');
});
