// The mistakes of the recordings' family "errors". Each must be an error that says what was wrong, what was expected and
// what came, before anything has changed; where Keras lets a mistake pass in silence, too.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  applications,
  callbacks,
  Input,
  layers,
  Model,
  NDArray,
  ops,
  optimizers,
  Sequential,
  saving,
  utils,
} from '../../src/index.js';
import { Layer } from '../../src/layers/layer.js';
import { type BaseModel, modelFromJson } from '../../src/models/model.js';
import { resetNames } from '../../src/naming.js';
import { loadFamily } from '../support/oracle.js';

const { cases } = loadFamily<{ readonly id: string; readonly name: string }>('errors');
const folder = mkdtempSync(join(tmpdir(), 'mistakes-'));
const file = (name: string) => join(folder, name);

const quiet = { verbose: 0 };
const {
  Bidirectional,
  Concatenate,
  Conv2D,
  Dense,
  Dot,
  Embedding,
  LayerNormalization,
  LSTM,
  MaxPooling2D,
  Permute,
  Reshape,
  Subtract,
} = layers;

/** An array of the shape, filled with one value. */
function full(value: number, ...shape: number[]): NDArray {
  return new NDArray(new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value), shape);
}

const zeros = (...shape: number[]) => full(0, ...shape);

/** The models made for the mistake going on: they must stay as they are. */
let watched: { readonly model: BaseModel; readonly before: string }[] = [];

/** All that a mistake must not change. */
function stateOf(model: BaseModel): string {
  const numbers = (list: readonly { readonly path?: string; read(): ArrayLike<number> }[]) =>
    list.map(each => [each.path, Array.from(each.read(), String)]);
  return JSON.stringify([
    numbers(model.weights),
    numbers(model.optimizer?.variables ?? []).slice(0, 2),
    model.compiled,
    model.loss,
    model.layers.map(({ name }) => name),
  ]);
}

function watch<M extends BaseModel>(model: M): M {
  watched.push({ model, before: stateOf(model) });
  return model;
}

const stack = () =>
  Sequential([Input({ shape: [6] }), Dense(4, { activation: 'relu' }), Dense(3, { activation: 'softmax' })]);
const plain = () => watch(stack());

function compiled(options: object = {}) {
  const model = stack();
  model.compile({ optimizer: 'sgd', loss: 'categorical_crossentropy', metrics: ['accuracy'], ...options });
  return watch(model);
}

function twoInputs(names: readonly [string, string] | readonly [] = []) {
  const [a, b] = [6, 3].map((size, i) => Input({ shape: [size], ...(names[i] && { name: names[i] }) }));
  return watch(Model([a!, b!], layers.concatenate([a!, b!])));
}

function outputs(...units: number[]) {
  const input = Input({ shape: [6] });
  return Model(
    input,
    units.map((each, i) => Dense(each, { name: 'pqr'[i]! })(input)),
  );
}

/** What each mistake is, and the words that its error must have. null: it is none, and must pass. */
const mistakes: { readonly [name: string]: { readonly words: readonly string[] | null; run(): unknown } } = {
  // ---- Shapes of data
  wrong_feature_count_predict: {
    words: ['sequential', '6', '(2, 9)'],
    run: () => plain().predict(zeros(2, 9), quiet),
  },
  wrong_feature_count_fit: {
    words: ['sequential', '6', '(4, 9)'],
    run: () => compiled().fit(zeros(4, 9), zeros(4, 3), quiet),
  },
  conv_given_rank3: {
    words: null,
    run: () => Sequential([Input({ shape: [8, 8, 1] }), Conv2D(2, 3)]).predict(zeros(2, 8, 8), quiet),
  },
  conv2d_on_flat_input: {
    words: ["'conv2d'", 'ndim=4', 'ndim=2', '(None, 6)'],
    run: () => Sequential([Input({ shape: [6] }), Conv2D(2, 3)]),
  },
  dense_called_with_other_width: {
    words: ["'dense'", 'axis -1', '6', '(1, 9)'],
    run: () => {
      const dense = Dense(3);
      dense(ops.zeros([1, 6]));
      dense(ops.zeros([1, 9]));
    },
  },
  missing_second_input: {
    words: ['x', '2 inputs', 'input_layer, input_layer_1', 'single array'],
    run: () => twoInputs().predict(zeros(2, 6), quiet),
  },
  wrong_input_name: {
    words: ['rihgt', 'left, right'],
    run: () => twoInputs(['left', 'right']).predict({ left: zeros(2, 6), rihgt: zeros(2, 3) }, quiet),
  },
  different_sample_counts: {
    words: ['samples', "'x' sizes: 4", "'y' sizes: 5"],
    run: () => compiled().fit(zeros(4, 6), zeros(5, 3), quiet),
  },
  different_counts_of_two_inputs: {
    words: ['samples', "'x' sizes: 3, 4"],
    run: () => twoInputs().predict([zeros(3, 6), zeros(4, 3)], quiet),
  },
  empty_predict: { words: ['at least one sample', 'empty'], run: () => plain().predict(zeros(0, 6), quiet) },
  ragged_list_as_data: {
    words: ['x', 'axis 1', '1', '2'],
    run: () => compiled().fit([[1, 2], [3]], zeros(2, 3), quiet),
  },

  // ---- Names and options
  unknown_activation: {
    words: ['activation', '"reluu"', 'relu'],
    run: () => Dense(3, { activation: 'reluu' }),
  },
  unknown_optimizer: {
    words: ['optimizer', '"adamm"', 'adam'],
    run: () => plain().compile({ optimizer: 'adamm', loss: 'mse' }),
  },
  unknown_metric: {
    words: ['metric', '"acuracy"', 'accuracy'],
    run: () => plain().compile({ loss: 'mse', metrics: ['acuracy'] }),
  },
  unknown_regularizer: {
    words: ['regularizer', '"l3"', 'l2'],
    run: () => Dense(3, { kernelRegularizer: 'l3' }),
  },
  unknown_constraint: {
    words: ['constraint', '"max"', 'max_norm'],
    run: () => Dense(3, { kernelConstraint: 'max' }),
  },
  unknown_keyword: { words: ['Dense', 'activaton'], run: () => Dense(3, { activaton: 'relu' } as never) },
  unknown_data_format: {
    words: ['Conv2D', 'dataFormat', 'channels_first', 'channels_last', 'NHWC'],
    run: () => Conv2D(2, 3, { dataFormat: 'NHWC' as never }),
  },
  zero_filters: { words: ['Conv2D', 'filters', 'positive', '0'], run: () => Conv2D(0, 3) },
  float_units: { words: ['Dense', 'units', 'positive integer', '2.5'], run: () => Dense(2.5) },
  zero_stride: { words: ['Conv2D', 'strides', 'at least 1', '0'], run: () => Conv2D(2, 3, { strides: 0 }) },
  stride_and_dilation: {
    words: ['strides', 'dilation', '2, 2'],
    run: () => Conv2D(2, 3, { strides: 2, dilationRate: 2 })(Input({ shape: [9, 9, 1] })),
  },
  bidirectional_of_dense: { words: ['Bidirectional', 'Dense'], run: () => Bidirectional(Dense(3)) },
  bidirectional_bad_merge: {
    words: ['Bidirectional', 'add', 'sum', 'mul', 'ave', 'concat'],
    run: () => Bidirectional(LSTM(3), { mergeMode: 'add' as never }),
  },
  negative_learning_rate: { words: ['sgd', 'learningRate', '-0.1'], run: () => optimizers.SGD(-0.1) },
  two_clip_options: {
    words: ['clipnorm', 'clipvalue', 'one of'],
    run: () => optimizers.SGD(0.1, { clipnorm: 1, clipvalue: 1 }),
  },

  // ---- Targets, losses, metrics, weights of samples
  sparse_labels_for_categorical: {
    words: ['categoricalCrossentropy', '(4,)', '(4, 3)', 'sparseCategoricalCrossentropy'],
    run: () => compiled().fit(zeros(4, 6), zeros(4), quiet),
  },
  onehot_labels_for_sparse: {
    words: ['sparseCategoricalCrossentropy', '(2, 3)', 'categorical crossentropy'],
    run: () =>
      compiled({ loss: 'sparse_categorical_crossentropy', metrics: null }).fit(zeros(2, 6), zeros(2, 3), quiet),
  },
  fit_without_compile: {
    words: ['compile()', 'fit', 'sequential'],
    run: () => plain().fit(zeros(4, 6), zeros(4, 3), quiet),
  },
  evaluate_without_compile: {
    words: ['compile()', 'evaluate', 'sequential'],
    run: () => plain().evaluate(zeros(4, 6), zeros(4, 3), quiet),
  },
  fit_without_targets: { words: ['targets', 'dense_1'], run: () => compiled().fit(zeros(4, 6), null, quiet) },
  loss_missing_for_one_output: {
    words: ['loss', 'q', 'p, q'],
    run: () => {
      const model = outputs(1, 2);
      model.compile({ loss: { p: 'mse' } });
      return watch(model).fit(zeros(2, 6), [zeros(2, 1), zeros(2, 2)], quiet);
    },
  },
  too_few_losses: {
    words: ['2 losses', '3 outputs', 'p, q, r'],
    run: () => {
      const model = outputs(1, 2, 3);
      model.compile({ loss: ['mse', 'mse'] });
      return watch(model).fit(zeros(2, 6), [zeros(2, 1), zeros(2, 2), zeros(2, 3)], quiet);
    },
  },
  nan_labels: { words: null, run: () => compiled().fit(full(1, 4, 6), full(NaN, 4, 3), quiet) },
  nan_inputs: { words: null, run: () => compiled().fit(full(NaN, 4, 6), full(1, 4, 3), quiet) },
  class_weight_missing_class: {
    words: null,
    run: () =>
      compiled().fit(zeros(4, 6), new NDArray(Float32Array.from([1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0]), [4, 3]), {
        ...quiet,
        classWeight: { 0: 2 },
      }),
  },
  sample_weight_rank1_for_sequence_output: {
    words: null,
    run: () => {
      const model = Sequential([Input({ shape: [6, 2] }), Dense(3)]);
      model.compile({ loss: 'mse' });
      return model.fit(zeros(2, 6, 2), zeros(2, 6, 3), { ...quiet, sampleWeight: full(1, 2) });
    },
  },
  validation_split_too_big: {
    words: ['validationSplit', '1.5', '[0, 1)'],
    run: () => compiled().fit(zeros(4, 6), zeros(4, 3), { ...quiet, validationSplit: 1.5 }),
  },
  batch_size_zero: {
    words: ['batchSize', 'positive', '0'],
    run: () => compiled().fit(zeros(4, 6), zeros(4, 3), { ...quiet, batchSize: 0 }),
  },
  epochs_zero: {
    words: null,
    run: async () =>
      expect((await compiled().fit(zeros(4, 6), zeros(4, 3), { ...quiet, epochs: 0 })).history).toEqual({}),
  },
  monitor_unknown: {
    words: ['EarlyStopping', 'val_lss', 'min', 'max'],
    run: () =>
      compiled().fit(zeros(4, 6), zeros(4, 3), {
        ...quiet,
        epochs: 2,
        callbacks: [callbacks.EarlyStopping({ monitor: 'val_lss' })],
      }),
  },
  optimizer_reused_for_other_model: {
    words: ['adam', 'sequential_1/dense_1/kernel', 'new optimizer'],
    run: async () => {
      const optimizer = optimizers.Adam();
      for (const width of [6, 9]) {
        const model = Sequential([Input({ shape: [width] }), Dense(1)]);
        model.compile({ optimizer, loss: 'mse' });
        if (width === 9) watch(model);
        await model.fit(zeros(2, width), zeros(2, 1), quiet);
      }
    },
  },

  // ---- Shapes of layers
  reshape_size_mismatch: {
    words: ['reshape', '(6,)', '(3, 5)'],
    run: () => Reshape([3, 5])(Input({ shape: [6] })),
  },
  concatenate_mismatch: {
    words: ['Concatenate', '(None, 6, 3)', '(None, 3, 4)'],
    run: () => Concatenate({ axis: -1 })([Input({ shape: [6, 3] }), Input({ shape: [3, 4] })]),
  },
  concatenate_single: { words: null, run: () => Concatenate()([Input({ shape: [6] })]) },
  subtract_three: {
    words: ['Subtract', '2 inputs', '3'],
    run: () => Subtract()([Input({ shape: [2] }), Input({ shape: [2] }), Input({ shape: [2] })]),
  },
  dot_mismatch: {
    words: ['6', '3', 'axis 1', '(None, 6)', '(None, 3)'],
    run: () => Dot(1)([Input({ shape: [6] }), Input({ shape: [3] })]),
  },
  kernel_bigger_than_input: {
    words: ['conv2d', '7', '(None, 4, 4, 1)'],
    run: () => Conv2D(2, 7)(Input({ shape: [4, 4, 1] })),
  },
  pool_bigger_than_input: {
    words: ['max_pooling2d', '7', '(None, 4, 4, 1)'],
    run: () => MaxPooling2D(7)(Input({ shape: [4, 4, 1] })),
  },
  embedding_index_out_of_range: { words: ['embedding', '99', '6'], run: () => Embedding(6, 2)([[0, 99]]) },
  embedding_negative_index: { words: null, run: () => Embedding(6, 2)([[0, -1]]) },
  permute_dims_wrong: {
    words: ['Permute', 'dims', '1, 3', 'consecutive'],
    run: () => Permute([1, 3])(Input({ shape: [3, 4] })),
  },
  layernorm_bad_axis: {
    words: ['layer_normalization', 'axis', '5', '(None, 3, 4)'],
    run: () => LayerNormalization({ axis: 5 })(Input({ shape: [3, 4] })),
  },
  initial_state_wrong_shape: {
    words: ['lstm', 'initial', '(2, 5)', '3'],
    run: () => LSTM(3)(ops.zeros([2, 4, 2]), { initialState: [ops.zeros([2, 5]), ops.zeros([2, 5])] }),
  },
  input_none_shape: {
    words: ['dense', 'kernel', '(None, 3)'],
    run: () => Dense(3)(Input({ shape: [null] })),
  },
  call_model_wrong_dtype: {
    words: ['embedding', 'numbers', '"a"'],
    run: () => Embedding(5, 2)([['a']] as never),
  },

  // ---- Models
  disconnected_graph: {
    words: ['disconnected', 'input_layer_1'],
    run: () => {
      const [a, b] = [Input({ shape: [6] }), Input({ shape: [3] })];
      Model(a, Dense(2)(layers.concatenate([a, b])));
    },
  },
  input_not_from_input_layer: {
    words: null,
    run: async () => {
      const b = Dense(2)(Input({ shape: [6] }));
      expect((await Model(b, Dense(3)(b)).predict(zeros(1, 2), quiet)).shape).toEqual([1, 3]);
    },
  },
  duplicate_layer_names: {
    words: ['unique', "'x'"],
    run: () => Sequential([Input({ shape: [6] }), Dense(3, { name: 'x' }), Dense(3, { name: 'x' })]),
  },
  add_non_layer: {
    words: ['Layer', 'Sequential', 'relu'],
    run: () => Sequential([Input({ shape: [6] }), 'relu' as never]),
  },
  sequential_pop_empty: { words: ['sequential', 'no layers'], run: () => Sequential().pop() },
  summary_unbuilt_weights: {
    words: null,
    run: () => expect(Sequential([Dense(2)]).getWeights()).toEqual([]),
  },
  count_params_unbuilt: { words: ["'dense'", "isn't built", 'build'], run: () => Dense(3).countParams() },
  get_layer_bad_index: { words: ['index 9', '2 layers'], run: () => plain().getLayer(9) },
  set_weights_wrong_shape: {
    words: ['dense', '(6, 3)', '(9, 3)'],
    run: () => {
      const dense = Dense(3);
      dense.build([null, 6]);
      const before = Array.from(dense.weights[0]!.read());
      try {
        dense.setWeights([ops.zeros([9, 3]), ops.zeros([3])]);
      } finally {
        expect(Array.from(dense.weights[0]!.read())).toEqual(before);
      }
    },
  },
  layer_without_call: {
    words: ['Mine', 'call'],
    run: () => {
      class Mine extends Layer {}
      new Mine()(ops.zeros([1, 2]));
    },
  },
  layer_without_super_init: {
    words: ['super'],
    run: () => {
      class Mine extends Layer {
        inner: Layer;
        // @ts-expect-error: that is the mistake
        // biome-ignore lint/correctness/noUnreachableSuper: it is
        constructor() {
          // @ts-expect-error: and what it leads to
          this.inner = Dense(2);
        }
      }
      new Mine();
    },
  },
  python_if_on_symbolic: {
    words: ['KerasTensor', 'symbolic'],
    run: () => (Input({ shape: [3] }) as unknown as number) > 0,
  },

  // ---- Ops
  ops_einsum_bad: {
    words: ['einsum', 'j', '6', '9'],
    run: () => ops.einsum('ij,jk->ik', ops.zeros([2, 6]), ops.zeros([9, 2])),
  },
  ops_reshape_bad: { words: ['reshape', '(2, 6)', '9,7'], run: () => ops.reshape(ops.zeros([2, 6]), [9, 7]) },

  // ---- Files
  load_corrupt_keras: {
    words: ['bad.keras', 'zip'],
    run: () => {
      writeFileSync(file('bad.keras'), 'this is not a zip file');
      return saving.loadModel(file('bad.keras'));
    },
  },
  load_truncated_keras: {
    words: ['t.keras', 'not a whole zip file'],
    run: async () => {
      await stack().save(file('m.keras'));
      const bytes = readFileSync(file('m.keras'));
      writeFileSync(file('t.keras'), bytes.subarray(0, bytes.length / 2));
      await saving.loadModel(file('t.keras'));
    },
  },
  load_truncated_h5: {
    words: ['t.weights.h5'],
    run: async () => {
      const model = plain();
      await model.saveWeights(file('m.weights.h5'));
      const bytes = readFileSync(file('m.weights.h5'));
      writeFileSync(file('t.weights.h5'), bytes.subarray(0, bytes.length / 2));
      await model.loadWeights(file('t.weights.h5'));
    },
  },
  load_weights_of_other_architecture: {
    words: ['dense_2', '(6, 9)', '(6, 4)'],
    run: async () => {
      await stack().saveWeights(file('other.weights.h5'));
      await watch(Sequential([Input({ shape: [6] }), Dense(9), Dense(3)])).loadWeights(file('other.weights.h5'));
    },
  },
  weights_file_bad_extension: {
    words: ['.weights.h5', 'weights.bin'],
    run: () => plain().saveWeights(file('weights.bin')),
  },
  save_bad_extension: { words: ['.keras', 'model.pb'], run: () => plain().save(file('model.pb')) },
  load_custom_layer_unknown: {
    words: ['Mine', 'customObjects'],
    run: async () => {
      class Mine extends Layer {
        override call<T>(x: T): T {
          return x;
        }
      }
      await Sequential([Input({ shape: [2] }), new Mine()]).save(file('c.keras'));
      await saving.loadModel(file('c.keras'));
    },
  },
  app_bad_weights: {
    words: ['weights', "'imagnet'", "'imagenet'"],
    run: () => applications.MobileNetV2({ weights: 'imagnet' }),
  },
  app_small_input: {
    words: ['71x71', '(16, 16, 3)'],
    run: () => applications.Xception({ weights: null, includeTop: false, inputShape: [16, 16, 3] }),
  },
  to_categorical_negative: { words: ['toCategorical', '0 to 2', '-1'], run: () => utils.toCategorical([0, -1], 3) },
  pad_sequences_of_numbers: {
    words: ['sequences[0]', 'array', 'number 1'],
    run: () => utils.padSequences([1, 2, 3] as never),
  },
  model_from_bad_json: { words: ['JSON'], run: () => modelFromJson('{"class_name": "Sequential"') },
};

beforeEach(() => {
  resetNames();
  watched = [];
  vi.spyOn(console, 'warn').mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Expects an error with all the words, and the models as they were. */
async function check({ words, run }: { readonly words: readonly string[]; run(): unknown }): Promise<void> {
  const error = await (async () => run())().then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error, 'nothing was thrown').toBeInstanceOf(Error);
  const { message } = error as Error;
  expect(
    words.filter(word => !message.includes(word)),
    message,
  ).toEqual([]);
  expect(error).not.toBeInstanceOf(WebAssembly.RuntimeError);
  for (const { model, before } of watched) expect(stateOf(model)).toBe(before);
}

const isMistake = ({ name }: { name: string }) => mistakes[name]!.words !== null;

describe('mistakes are errors that say what was expected and what came, and change nothing', () => {
  test.each(cases.filter(each => each.name in mistakes && isMistake(each)).map(({ name }) => name))(
    '%s',
    async name => {
      await check({ words: mistakes[name]!.words!, run: mistakes[name]!.run });
    },
  );
});

describe('what only looks like a mistake passes', () => {
  test.each(cases.filter(each => each.name in mistakes && !isMistake(each)).map(({ name }) => name))(
    '%s',
    async name => {
      await mistakes[name]!.run();
    },
  );
});

test('every recorded mistake is here', () => {
  expect(cases.map(({ name }) => name).filter(name => !(name in mistakes))).toEqual([]);
});

/** A model of one layer, compiled with a loss. */
function single(units = 1, loss = 'mse') {
  const model = Sequential([Input({ shape: [2] }), Dense(units)]);
  model.compile({ loss });
  return watch(model);
}

/** Mistakes that no recording has. */
const others: { readonly [title: string]: { readonly words: readonly string[]; run(): unknown } } = {
  'targets that a regression would stretch over the outputs': {
    words: ['squared', '(4, 3)', '(4, 1)', 'dense'],
    run: () => single().fit(zeros(4, 2), zeros(4, 3), quiet),
  },
  'a label that is no class': {
    words: ['0 to 2', '3', 'sample 1'],
    run: () => single(3, 'sparse_categorical_crossentropy').fit(zeros(2, 2), [0, 3], quiet),
  },
  'no samples': { words: ['at least one sample'], run: () => single().fit(zeros(0, 2), zeros(0, 1), quiet) },
  'a misspelt option': {
    words: ['fit', 'epoch', 'epochs'],
    run: () => single().fit(zeros(2, 2), zeros(2, 1), { ...quiet, epoch: 3 } as never),
  },
  'no steps': {
    words: ['steps', '0'],
    run: () => single().fit(zeros(2, 2), zeros(2, 1), { ...quiet, stepsPerEpoch: 0 }),
  },
  'half a sample': {
    words: ['batchSize', '1.5'],
    run: () => single().predict(zeros(2, 2), { ...quiet, batchSize: 1.5 }),
  },
  'texts as data': { words: ['x', '"a"'], run: () => single().fit([['a', 'b']] as never, [1], quiet) },
  'validation data of another width': {
    words: ['sequential', '(None, 2)', '(2, 3)'],
    run: () => single().fit(zeros(2, 2), zeros(2, 1), { ...quiet, validationData: [zeros(2, 3), zeros(2, 1)] }),
  },
  'validation data that are none': {
    words: ['validationData', '[x, y]', '5'],
    run: () => single().fit(zeros(2, 2), zeros(2, 1), { ...quiet, validationData: 5 }),
  },
  'weights of classes and of samples': {
    words: ['classWeight', 'sampleWeight'],
    run: () => single().fit(zeros(2, 2), zeros(2, 1), { ...quiet, classWeight: { 0: 1 }, sampleWeight: zeros(2) }),
  },
  'words that are not in an embedding, in a model': {
    words: ['input_layer', '-6 to 5', '7', 'sample 1'],
    run: () =>
      watch(Sequential([Input({ shape: [2] }), Embedding(6, 2)])).predict(
        [
          [1, 2],
          [3, 7],
        ],
        quiet,
      ),
  },
  'options that are none': {
    words: ['fit', 'object of options', '32'],
    run: () => single().fit(zeros(2, 2), zeros(2, 1), 32 as never),
  },
  'texts as numbers': {
    words: ['fit', 'validationSplit', '0.2'],
    run: () => single().fit(zeros(4, 2), zeros(4, 1), { ...quiet, validationSplit: '0.2' as never }),
  },
  'a size that nobody will use': {
    words: ['validationBatchSize', '0'],
    run: () => single().fit(zeros(2, 2), zeros(2, 1), { ...quiet, validationBatchSize: 0 }),
  },
  'the name of a callback': {
    words: ['callbacks', 'objects', 'EarlyStopping'],
    run: () => single().fit(zeros(2, 2), zeros(2, 1), { ...quiet, callbacks: ['EarlyStopping'] as never }),
  },
  'a hook that there is not': {
    words: ['onEpochFinish', 'onEpochEnd'],
    run: () => single().fit(zeros(2, 2), zeros(2, 1), { ...quiet, callbacks: { onEpochFinish() {} } as never }),
  },
  'a misspelt option of a callback': {
    words: ['EarlyStopping', 'patiense', 'patience'],
    run: () => callbacks.EarlyStopping({ patiense: 2 } as never),
  },
  'negative patience': { words: ['patience', '-1'], run: () => callbacks.EarlyStopping({ patience: -1 }) },
  'a misspelt option of a single batch': {
    words: ['trainOnBatch', 'returndict', 'returnDict'],
    run: () => single().trainOnBatch(zeros(2, 2), zeros(2, 1), { returndict: true } as never),
  },
  'weights of classes by name': {
    words: ['classWeight', '{ 0: 1', 'cat'],
    run: () =>
      single(3, 'sparse_categorical_crossentropy').fit(zeros(2, 2), [0, 1], {
        ...quiet,
        classWeight: { cat: 2 } as never,
      }),
  },
  'weights of losses that are no numbers': {
    words: ['lossWeights', 'NaN'],
    run: () => plain().compile({ loss: 'mse', lossWeights: NaN }),
  },
  'a number as loss': { words: ['loss', '5'], run: () => plain().compile({ loss: 5 as never }) },
  'a number as metric': { words: ['metric', '5'], run: () => plain().compile({ loss: 'mse', metrics: [5 as never] }) },
  'half a class': {
    words: ['0 to 2', '1.5', 'sample 0'],
    run: () => single(3, 'sparse_categorical_crossentropy').fit(zeros(2, 2), [1.5, 1], quiet),
  },
  'pixels as targets of a binary loss': {
    words: ['binary_crossentropy', '0 or 1', '255', 'sample 1'],
    run: () => single(1, 'binary_crossentropy').fit(zeros(2, 2), [0, 255], quiet),
  },
  'weights of samples that do not fit the loss': {
    words: ['mean_squared_error', 'dense', 'sampleWeight of shape (2, 3)', '(2, 1)'],
    run: () => single().fit(zeros(2, 2), zeros(2, 1), { ...quiet, sampleWeight: zeros(2, 3) }),
  },
  'targets that do not fit a metric': {
    words: ['mae', 'dense', 'targets of shape (2,)', '(2, 3)'],
    run: () => {
      const model = single(3);
      model.compile({ loss: 'sparse_categorical_crossentropy', metrics: ['mae'] });
      const before = stateOf(model);
      watched = [{ model, before }];
      return model.fit(zeros(2, 2), [0, 1], quiet);
    },
  },
  'validation targets of another shape': {
    words: ['dense', 'targets of shape (2, 3)', '(2, 1)'],
    run: () => single().fit(zeros(2, 2), zeros(2, 1), { ...quiet, validationData: [zeros(2, 2), zeros(2, 3)] }),
  },
  'validation data without targets': {
    words: ['dense', 'targets'],
    run: () => single().fit(zeros(2, 2), zeros(2, 1), { ...quiet, validationData: [zeros(2, 2)] }),
  },
  'a loss without a derivative': {
    words: ['gradients', 'argmax'],
    run: () =>
      single(3, ((_: unknown, outputs: never) => ops.mean(ops.cast(ops.argmax(outputs, -1), 'float32'))) as never).fit(
        zeros(2, 2),
        zeros(2, 3),
        quiet,
      ),
  },
  'a file that is not there': { words: ['not found', 'no.keras'], run: () => saving.loadModel(file('no.keras')) },
  'a learning rate that is no number': { words: ['adam', 'learningRate', 'NaN'], run: () => optimizers.Adam(NaN) },
  'a kernel longer than the sequence': {
    words: ['conv1d', '9', '(1, 4, 1)'],
    run: () => layers.Conv1D(2, 9)(ops.zeros([1, 4, 1])),
  },
  'images without rows': {
    words: ['conv2d', '(1, 0, 8, 1)'],
    run: () => Conv2D(2, 3, { padding: 'same' })(ops.zeros([1, 0, 8, 1])),
  },
  'sequences without steps': { words: ['lstm', 'time step', '(2, 0, 4)'], run: () => LSTM(3)(ops.zeros([2, 0, 4])) },
  'the maximum of nothing': { words: ['max', '(0,)'], run: () => ops.max(ops.zeros([0])) },
  'a layer that does not fit into memory': {
    words: ['memory', '4,000,000,000,000 bytes'],
    run: () => Dense(1_000_000)(ops.zeros([1, 1_000_000])).data(),
  },
  'a tensor that does not fit into memory': {
    words: ['memory', '10,000', 'largest', 'matmul'],
    run: () => ops.matmul(ops.ones([50_000, 1]), ops.ones([1, 50_000])).data(),
  },
  'a model that does not fit into memory': {
    words: ['memory', '16,000,000,000 bytes'],
    run: () => Sequential([Input({ shape: [100] }), Dense(40_000_000)]).predict(zeros(1, 100), quiet),
  },
};

describe('further mistakes', () => {
  test.each(Object.keys(others))('%s', title => check(others[title]!));
});

test('batches of no samples pass through layers', () => {
  expect(Dense(3)(ops.zeros([0, 4])).data().length).toBe(0);
  expect(Conv2D(2, 3)(ops.zeros([0, 8, 8, 1])).shape).toEqual([0, 6, 6, 2]);
  expect(LSTM(3)(ops.zeros([0, 5, 4])).data().length).toBe(0);
});
