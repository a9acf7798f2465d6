import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import type { Tensor } from '../../src/graph/tensor.js';
import { callbacks, Input, layers, Model, models, NDArray, ops, Sequential } from '../../src/index.js';
import type { KerasTensor } from '../../src/layers/kerasTensor.js';
import type { BaseModel } from '../../src/models/model.js';
import { loadModel } from '../../src/saving/files.js';
import { readHdf5, writeHdf5 } from '../../src/saving/hdf5.js';
import { decodeLegacyWeights, encodeLegacyModel, encodeLegacyWeights } from '../../src/saving/legacyFile.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kerasm-'));
});

const stack = (...units: number[]) =>
  Sequential(units.map((n, i) => layers.Dense(n, { name: `d${i}`, ...(i === 0 && { inputShape: [3] }) })));
const values = (model: BaseModel) => model.getWeights().map(weight => [...weight.data()]);

describe('a file of Keras 2', () => {
  // What Keras 2.2.4 wrote for a compiled stack of two layers.
  const dense = (name: string, units: number, more: object) => ({
    class_name: 'Dense',
    config: {
      name,
      trainable: true,
      units,
      activation: 'relu',
      use_bias: true,
      kernel_initializer: {
        class_name: 'VarianceScaling',
        config: { scale: 1, mode: 'fan_avg', distribution: 'uniform', seed: null },
      },
      bias_initializer: { class_name: 'Zeros', config: {} },
      kernel_regularizer: null,
      bias_regularizer: null,
      activity_regularizer: null,
      kernel_constraint: null,
      bias_constraint: null,
      ...more,
    },
  });
  const arrays = {
    'dense_1/kernel:0': [2, 3],
    'dense_1/bias:0': [3],
    'dense_2/kernel:0': [3, 1],
    'dense_2/bias:0': [1],
  };
  const filled = (shape: readonly number[]) => {
    const size = shape.reduce((a, b) => a * b, 1);
    return new NDArray(
      Float32Array.from({ length: size }, (_, i) => (i + 1) / 10),
      shape,
    );
  };
  const write = () =>
    writeHdf5(file => {
      file.group('', {
        keras_version: '2.2.4',
        backend: 'tensorflow',
        model_config: JSON.stringify({
          class_name: 'Sequential',
          config: {
            name: 'sequential_1',
            layers: [dense('dense_1', 3, { batch_input_shape: [null, 2], dtype: 'float32' }), dense('dense_2', 1, {})],
          },
        }),
        training_config: JSON.stringify({
          optimizer_config: {
            class_name: 'SGD',
            config: { lr: 0.25, momentum: 0.5, decay: 0.1, nesterov: false },
          },
          loss: 'mean_squared_error',
          metrics: ['accuracy'],
          sample_weight_mode: null,
          loss_weights: null,
        }),
      });
      file.group('model_weights', {
        layer_names: ['dense_1', 'dense_2'],
        keras_version: '2.2.4',
        backend: 'tensorflow',
      });
      for (const layer of ['dense_1', 'dense_2']) {
        const names = Object.keys(arrays).filter(name => name.startsWith(layer));
        file.group(`model_weights/${layer}`, { weight_names: names });
        for (const name of names)
          file.array(`model_weights/${layer}/${name}`, filled(arrays[name as keyof typeof arrays]));
      }
    });

  test('loads with its weights, and compiled as it was', async () => {
    const model = await loadModel<BaseModel>(await write());
    expect(model.layers.map(({ name }) => name)).toEqual(['dense_1', 'dense_2']);
    const prediction = await model.predict([[1, 2]], { verbose: 0 });
    const hidden = [0.1 + 0.8 + 0.1, 0.2 + 1 + 0.2, 0.3 + 1.2 + 0.3];
    expect(prediction.item()).toBeCloseTo(hidden[0]! * 0.1 + hidden[1]! * 0.2 + hidden[2]! * 0.3 + 0.1, 5);
    expect(model.loss).toBe('mean_squared_error');
    expect(model.optimizer!.getConfig()).toMatchObject({ learning_rate: 0.25, momentum: 0.5 });
    await model.fit([[1, 2]], [[1]], { verbose: 0 });
  });

  test('is not compiled if it was not, or if that is not wanted', async () => {
    expect((await loadModel<BaseModel>(await write(), { compile: false })).compiled).toBe(false);
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    expect((await loadModel<BaseModel>(await encodeLegacyModel(stack(2)))).compiled).toBe(false);
    expect(warn.mock.calls[0]![0]).toMatch(/No training configuration found/);
    warn.mockRestore();
  });
});

test('a graph of Keras 2 counts the calls of models inside from 1, and normalizes the one axis of a list', async () => {
  const input = { class_name: 'InputLayer', config: { batch_input_shape: [null, 2], dtype: 'float32' } };
  const named = (name: string, object: object, nodes: unknown[]) => ({ ...object, name, inbound_nodes: nodes });
  const inner = {
    class_name: 'Sequential',
    config: {
      name: 'inner',
      layers: [input, { class_name: 'BatchNormalization', config: { name: 'norm', axis: [1], epsilon: 0 } }],
    },
  };
  const sum = { class_name: 'Add', config: { name: 'sum', trainable: true } };
  const calls = [
    [
      ['inner', 1, 0, {}],
      ['inner', 2, 0, {}],
    ],
  ];
  const model = models.modelFromJson(
    JSON.stringify({
      class_name: 'Model',
      config: {
        name: 'outer',
        layers: [
          named('a', { ...input, config: { ...input.config, name: 'a' } }, []),
          named('inner', inner, [[['a', 0, 0, {}]], [['a', 0, 0, {}]]]),
          named('sum', sum, calls),
        ],
        input_layers: [['a', 0, 0]],
        output_layers: [
          ['sum', 0, 0],
          ['inner', 2, 0],
        ],
      },
    }),
  );
  const outputs = await model.predict<Tensor[]>([[1, 2]], { verbose: 0 });
  expect(outputs.map(output => output.array())).toEqual([[[2, 4]], [[1, 2]]]);
});

describe('a whole model in an .h5 file', () => {
  const again = async (model: BaseModel) => {
    const bytes = await encodeLegacyModel(model);
    const text = await readHdf5(bytes, 'file', file => file.attribute('', 'model_config') as string);
    return { loaded: await loadModel<BaseModel>(bytes, { compile: false }), text };
  };

  test('keeps operations apart from layers of the same name', async () => {
    const x = Input({ shape: [2] });
    const { loaded } = await again(Model(x, layers.Add()([ops.add(x, 1), x]) as KerasTensor));
    expect((await loaded.predict([[1, 2]], { verbose: 0 })).array()).toEqual([[3, 5]]);
  });

  test('keeps weights apart that have the same path', async () => {
    const x = Input({ shape: [3, 1] });
    const both = layers.Bidirectional(layers.RNN(layers.GRUCell(2)));
    // Cells get their weights one by one when a model comes from JSON, and there both are called "gru_cell".
    const model = models.modelFromJson(Model(x, both(x) as KerasTensor).toJson());
    expect(new Set(model.weights.map(({ path }) => path)).size).toBe(model.weights.length / 2);
    expect(values((await again(model)).loaded)).toEqual(values(model));
  });

  test('is told as damaged if its bytes are, without the words of the library', async () => {
    const bytes = await encodeLegacyModel(stack(2, 1));
    const damaged = bytes.slice();
    damaged.fill(255, 200, -200);
    await expect(loadModel(damaged)).rejects.toThrow('The given data is damaged: parts of it cannot be read.');
    expect((await loadModel<BaseModel>(bytes, { compile: false })).layers.length).toBe(2);
    await expect(loadModel(undefined as never)).rejects.toThrow(
      'Expected the path, the address or the bytes of a file',
    );
  });

  test('calls classes as Keras calls them, not as it exports them', async () => {
    const x = Input({ shape: [2, 4] });
    const { text } = await again(Model(x, layers.GroupQueryAttention(2, 2, 1)(x, x) as KerasTensor));
    expect(text).toContain('"class_name":"GroupedQueryAttention"');
  });
});

describe('weights in .h5 files', () => {
  test('are saved and loaded by extension, in the order of the layers', async () => {
    const path = join(folder, 'model.h5');
    const [from, to] = [
      stack(4, 2),
      Sequential([layers.Dense(4, { inputShape: [3] }), layers.Dropout(0.5), layers.Dense(2)]),
    ];
    await from.saveWeights(path);
    await to.loadWeights(path);
    expect(values(to)).toEqual(values(from));
  });

  test('can be matched by the names of the layers', async () => {
    const [from, to] = [
      stack(4, 2),
      Sequential([layers.Dense(4, { inputShape: [3], name: 'd0' }), layers.Dense(5, { name: 'new' })]),
    ];
    const before = values(to);
    await decodeLegacyWeights(to, await encodeLegacyWeights(from), 'the file', { byName: true });
    expect(values(to)).toEqual([...values(from).slice(0, 2), ...before.slice(2)]);
    await expect(to.loadWeights('x.keras', { byName: true })).rejects.toThrow(/`byName` only supports/);
  });

  test('change nothing if they do not fit', async () => {
    const model = stack(4, 2);
    const before = values(model);
    const load = async (from: BaseModel, options = {}) =>
      decodeLegacyWeights(model, await encodeLegacyWeights(from), 'x.h5', options);
    await expect(load(stack(4, 7))).rejects.toThrow('Shape mismatch in layer "d1"');
    await expect(load(stack(4))).rejects.toThrow(
      /Layer count mismatch when loading weights from x\.h5.*expected 2 layers, found 1/,
    );
    await expect(
      load(Sequential([layers.Dense(4, { inputShape: [3], useBias: false }), layers.Dense(2)])),
    ).rejects.toThrow(/Weight count mismatch/);
    expect(values(model)).toEqual(before);
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const other = stack(4, 7);
    await load(other, { skipMismatch: true });
    expect(warn).toHaveBeenCalledTimes(2);
    expect(values(model).slice(0, 2)).toEqual(values(other).slice(0, 2));
    warn.mockRestore();
  });

  test('of many layers have their names cut in lists that fit into an attribute', async () => {
    const inputs = layers.Input({ shape: [1] });
    const name = (i: number) => `${'long'.repeat(100)}_${i}`;
    let x = inputs;
    for (let i = 0; i < 200; i++) x = layers.Activation('linear', { name: name(i) })(x);
    const model = Model(inputs, layers.Dense(1)(x));
    const bytes = await encodeLegacyWeights(model);
    await readHdf5(bytes, 'file', file => {
      expect(file.attribute('', 'layer_names')).toBeUndefined();
      expect((file.attribute('', 'layer_names0') as string[])[1]).toBe(name(0));
    });
    const before = values(model);
    model.setWeights(model.getWeights().map(weight => new Float32Array(weight.size)));
    await decodeLegacyWeights(model, bytes, 'file');
    expect(values(model)).toEqual(before);
  });
});

test('ModelCheckpoint saves whole models to .h5 files', async () => {
  const model = stack(2, 1);
  model.compile({ optimizer: 'rmsprop', loss: 'mse', metrics: ['acc'] });
  const path = join(folder, 'my_model.h5');
  const checkpoint = callbacks.ModelCheckpoint({ filepath: path, monitor: 'val_loss', saveBestOnly: true });
  await model.fit(
    [
      [1, 2, 3],
      [3, 2, 1],
    ],
    [[1], [0]],
    { verbose: 0, validationSplit: 0.5, callbacks: [checkpoint] },
  );
  const loaded = await loadModel<BaseModel>(path);
  expect(values(loaded)).toEqual(values(model));
  expect(loaded.optimizer!.variables.map(variable => [...variable.read()])).toEqual(
    model.optimizer!.variables.map(variable => [...variable.read()]),
  );
});

test('the optimizer can be left out', async () => {
  const model = stack(1);
  model.compile({ optimizer: 'adam', loss: 'mse' });
  await model.fit([[1, 2, 3]], [[1]], { verbose: 0 });
  const path = join(folder, 'plain.h5');
  await model.save(path, { includeOptimizer: false });
  expect((await loadModel<BaseModel>(path, { compile: false })).compiled).toBe(false);
  await readHdf5(new Uint8Array(await readFile(path)), path, file => {
    expect([file.has('optimizer_weights'), file.attribute('', 'training_config')]).toEqual([false, undefined]);
  });
});
