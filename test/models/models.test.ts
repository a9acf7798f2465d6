import { beforeEach, describe, expect, test, vi } from 'vitest';
import '../../src/compiler/evaluate.js';
import * as ops from '../../src/backend/ops/index.js';
import { constant } from '../../src/graph/apply.js';
import type { Tensor } from '../../src/graph/tensor.js';
import {
  Activation,
  Add,
  add,
  BatchNormalization,
  concatenate,
  Dense,
  Dropout,
  Embedding,
  Flatten,
  GlobalAveragePooling1D,
  Input,
  Lambda,
  LSTM,
  Masking,
  Reshape,
  TimeDistributed,
} from '../../src/layers/index.js';
import type { KerasTensor } from '../../src/layers/kerasTensor.js';
import { type CallOptions, Layer } from '../../src/layers/layer.js';
import { getMaskShape } from '../../src/layers/mask.js';
import { cloneModel, Functional, Model, modelFromJson, Sequential } from '../../src/models/index.js';
import { resetNames } from '../../src/naming.js';
import { multiply } from '../../src/ops/elementwise.js';

beforeEach(() => resetNames());

/** A dense layer's output, computed by plain loops. */
function dense(x: number[][], kernel: number[][], bias: number[]): number[][] {
  return x.map(row => bias.map((b, j) => row.reduce((sum, each, i) => sum + each * kernel[i]![j]!, b)));
}

function rounded(tensor: Tensor): unknown {
  return JSON.parse(
    JSON.stringify(tensor.array(), (_, value: unknown) =>
      typeof value === 'number' ? Math.round(value * 1e4) / 1e4 : value,
    ),
  );
}

describe('Sequential', () => {
  test("is built by its first layer's input shape, and computes", () => {
    const model = new Sequential([Dense(2, { inputShape: [3] }), Activation('relu')]);
    expect(model.built).toBe(true);
    const kernel = [
      [1, -1],
      [0, 2],
      [1, 1],
    ];
    model.setWeights([kernel, [0.5, -0.5]]);
    const x = [
      [1, 2, 3],
      [-4, 0, 1],
    ];
    const expected = dense(x, kernel, [0.5, -0.5]).map(row => row.map(each => Math.max(each, 0)));
    expect(rounded(model(constant(x)))).toEqual(expected);
  });

  test('is built by its first call if nothing says the shape', () => {
    const model = Sequential([Dense(4), Dense(1)]);
    expect(model.built).toBe(false);
    expect(model.weights).toEqual([]);
    expect(() => model.inputs).toThrow("Sequential 'sequential' has no defined inputs yet.");
    expect(model([[1, 2, 3]]).shape).toEqual([1, 1]);
    expect(model.weights.map(weight => weight.path)).toEqual([
      'sequential/dense/kernel',
      'sequential/dense/bias',
      'sequential/dense_1/kernel',
      'sequential/dense_1/bias',
    ]);
    expect(model.inputShape).toEqual([1, 3]);
  });

  test('layers added to a built model are called once', () => {
    const model = new Sequential([Input([5])]);
    model.add(Dense(4));
    model.add(Dense(3));
    model.add(Dense(2));
    expect(model.layers.map(layer => layer.inboundNodes.length)).toEqual([1, 1, 1]);
    expect((model.layers[1]!.output as KerasTensor).shape).toEqual([null, 3]);
    expect(model.pop().name).toBe('dense_2');
    expect(model.outputShape).toEqual([null, 3]);
    model.add(Dense(7));
    expect(model.outputShape).toEqual([null, 7]);
    expect(model([[1, 2, 3, 4, 5]]).shape).toEqual([1, 7]);
  });

  test('names must be unique', () => {
    const model = new Sequential([Dense(1, { name: 'a' })]);
    expect(() => model.add(Dense(1, { name: 'a' }))).toThrow("Name 'a' is already the name of a layer in this model.");
    expect(() => model.add('dense' as never)).toThrow('Only instances of `Layer` can be added');
  });
});

describe('functional models', () => {
  test('run layers in the order of the graph, shared ones with the same weights', () => {
    const a = Input({ shape: [2], name: 'a' });
    const b = Input({ shape: [2], name: 'b' });
    const shared = Dense(2, { name: 'shared' });
    const model = new Model({ inputs: [a, b], outputs: add([shared(a), shared(b)]) });
    expect(model).toBeInstanceOf(Functional);
    expect(model.name).toBe('functional');
    expect(model.weights.length).toBe(2);
    model.setWeights([
      [
        [1, 2],
        [3, 4],
      ],
      [10, 20],
    ]);
    expect(model([[[1, 0]], [[0, 1]]].map(each => constant(each))).array()).toEqual([[24, 46]]);
    expect(model({ b: constant([[0, 1]]), a: constant([[1, 0]]) }).array()).toEqual([[24, 46]]);
    expect(() => model({ a: constant([[1, 0]]) })).toThrow('Missing data for input "b".');
  });

  test('have several outputs, as a list or a dict', () => {
    const x = Input([2]);
    const y = Dense(3, { name: 'one' })(x);
    const z = Dense(1, { name: 'two' })(y);
    const list = Model(x, [y, z]);
    expect(list.outputNames).toEqual(['one', 'two']);
    expect(list<Tensor[]>(constant([[1, 2]])).map(each => each.shape)).toEqual([
      [1, 3],
      [1, 1],
    ]);
    const dict = Model(x, { first: y, second: z } as never);
    const outputs = dict<{ first: Tensor; second: Tensor }>(constant([[1, 2]]));
    expect(outputs.first.shape).toEqual([1, 3]);
    expect(outputs.second.shape).toEqual([1, 1]);
  });

  test('a model is a layer: nested, with its own weights and trainability', () => {
    const inner = new Sequential([Input([4]), Dense(3), BatchNormalization()], { name: 'inner' });
    const x = Input([4]);
    const model = new Model({ inputs: x, outputs: Dense(1)(inner(x)), name: 'outer' });
    expect(model.layers.map(layer => layer.name)).toEqual(['input_layer_1', 'inner', 'dense_1']);
    expect(model.countParams()).toBe(4 * 3 + 3 + 4 * 3 + 3 + 1);
    expect(model.trainableWeights.length).toBe(6);
    inner.trainable = false;
    expect(model.trainableWeights.length).toBe(2);
    expect(model.nonTrainableWeights.length).toBe(6);
    expect(model([[1, 2, 3, 4]]).shape).toEqual([1, 1]);
  });

  test('inputs may come with or without a last axis of one, and in another dtype', () => {
    const x = Input([1]);
    const model = Model(x, Lambda((t: Tensor) => multiply(t, 2))(x));
    expect(model(constant([1, 2], 'int32')).array()).toEqual([[2], [4]]);
    expect(() => model(constant([[1, 2, 3]]))).toThrow('expected shape=(None, 1), found shape=(1, 3)');
  });

  test('a graph that does not reach the inputs is an error', () => {
    const x = Input([2]);
    const other = Input({ shape: [2], name: 'other' });
    const y = Add()([x, Dense(2)(other)]);
    expect(() => Model(x, y)).toThrow('Graph disconnected: cannot find parent for tensor');
    expect(() => Model([x, other], [])).toThrow('`outputs` cannot be empty');
  });

  test('models of the inner tensors of a model share its layers', () => {
    const x = Input([3]);
    const hidden = Dense(4, { activation: 'tanh', name: 'hidden' })(x);
    const full = Model(x, Dense(1, { name: 'top' })(hidden));
    const encoder = Model(x, full.getLayer('hidden').output);
    const decoder = Model(hidden, full.outputs[0]!);
    const data = constant([[1, 2, 3]]);
    expect(decoder(encoder(data)).array()).toEqual(full(data).array());
    expect(decoder.weights).toEqual(full.getLayer('top').weights);
  });

  test('getLayer finds layers by name and index', () => {
    const model = new Sequential([Input([3]), Dense(2, { name: 'first' }), Dense(1)]);
    expect(model.getLayer('first')).toBe(model.layers[0]);
    expect(model.getLayer({ index: 1 })).toBe(model.layers[1]);
    expect(() => model.getLayer('none')).toThrow("No such layer: none. Existing layers are: ['first', 'dense'].");
    expect(model.getLayer(null, 1)).toBe(model.layers[1]);
    expect(() => model.getLayer()).toThrow(
      'Provide either a layer name or a layer index. Received: name=null, index=null',
    );
    expect(() => model.getLayer({ name: 'first', index: 1 })).toThrow('Provide only a layer name or a layer index.');
    expect(() => model.getLayer({ index: 7 })).toThrow(
      'Was asked to retrieve layer at index 7 but model only has 2 layers.',
    );
  });

  test('graphs thousands of layers deep work', () => {
    let x = Input([2]);
    const start = x;
    const scale = Lambda((t: Tensor) => multiply(t, 1));
    for (let i = 0; i < 2000; i++) x = scale(x);
    expect(Model(start, x).layerGraph!.nodes.length).toBe(2001);
  });
});

describe('configs', () => {
  test('a model with shared layers, several outputs and a nested model comes back from its JSON', () => {
    const a = Input({ shape: [6], dtype: 'int32', name: 'tokens' });
    const b = Input({ shape: [4], name: 'features' });
    const embedded = Embedding(20, 5, { maskZero: true })(a);
    const state = LSTM(4)(embedded);
    const inner = Sequential([Input([4]), Dense(4, { activation: 'gelu', kernelRegularizer: 'l2' }), Dropout(0.5)]);
    const joined = concatenate([inner(b), inner(state), state]);
    const model = Model([a, b], [Dense(2, { name: 'one' })(joined), Dense(1, { name: 'two' })(state)]);
    const again = modelFromJson(model.toJson());
    expect(JSON.parse(again.toJson())).toEqual(JSON.parse(model.toJson()));
    again.setWeights(model.getWeights());
    const data = [constant([[1, 2, 3, 0, 0, 0]], 'int32'), constant([[1, 2, 3, 4]])];
    const outputs = model<Tensor[]>(data).map(each => each.array());
    expect(again<Tensor[]>(data).map(each => each.array())).toEqual(outputs);
  });

  test('each layer comes back as trainable as it was, whatever the model around it says', () => {
    const x = Input([3]);
    const base = Model(x!, Dense(3)(x) as KerasTensor, { name: 'base' });
    base.trainable = false;
    const y = Input([3]);
    const again = modelFromJson(Model(y!, Dense(2)(base(y)) as KerasTensor).toJson()) as Functional;
    expect(again.layers.map(layer => layer.trainable)).toEqual([true, false, true]);
    expect(again.trainableWeights.length).toBe(2);
  });

  test('ranges and constants among the arguments of ops are written as Keras writes them, and come back', () => {
    const x = Input([4, 6]);
    const part = ops.getItem(x, ['...', { start: 1, stop: 4 }]);
    const model = Model(x!, ops.add(ops.getItem(part, [':', -1]), constant([1, 2, 3])) as KerasTensor);
    const json = model.toJson();
    const slice = (start: number | null, stop: number | null) => ({
      class_name: '__slice__',
      config: { start, stop, step: null },
    });
    expect(json).toContain(JSON.stringify([{ class_name: '__ellipsis__', config: {} }, slice(1, 4)]));
    expect(json).toContain(JSON.stringify([slice(null, null), -1]));
    expect(json).toContain('{"class_name":"__tensor__","config":{"value":[1,2,3],"dtype":"float32"}}');
    const again = modelFromJson(json) as Functional;
    const input = constant([[0, 0, 0, 1].map(last => [9, last, 2, 3, 9, 9])]);
    expect(again(input).array()).toEqual([[2, 4, 6]]);
    expect(again.toJson()).toBe(json);
  });

  test('what Keras gives to the calls of ops is written there, lists of tensors item by item', () => {
    const x = Input([2, 3]);
    const product = ops.einsum('bij,bkj->bik', x!, x!);
    const mean = ops.average(
      ops.pad(
        product,
        [
          [0, 0],
          [1, 0],
          [0, 0],
        ],
        'constant',
        1,
      ),
      1,
      [1, 1, 2],
    );
    const json = Model(x!, mean as KerasTensor).toJson();
    const { layers } = (JSON.parse(json) as { config: { layers: { config: object; inbound_nodes: never[] }[] } })
      .config;
    const calls = layers.slice(1).map(({ config, inbound_nodes: [node] }) => {
      const { args, kwargs } = node as unknown as { args: object[]; kwargs: object };
      return [config, args.length, kwargs];
    });
    expect(calls).toEqual([
      [{ name: 'einsum', subscripts: 'bij,bkj->bik' }, 2, {}],
      [
        {
          name: 'pad',
          pad_width: [
            [0, 0],
            [1, 0],
            [0, 0],
          ],
          mode: 'constant',
        },
        1,
        { constant_values: 1 },
      ],
      [{ name: 'average', axis: 1 }, 1, { weights: [1, 1, 2] }],
    ]);
    const again = modelFromJson(json);
    expect(
      again(
        constant([
          [
            [1, 0, 0],
            [0, 1, 1],
          ],
        ]),
      ).array(),
    ).toEqual([[0.5, 1.25]]);
    expect(again.toJson()).toBe(json);
  });

  test('own layers come back with customObjects', () => {
    class Scale extends Layer {
      readonly factor: number;

      constructor({ factor = 1, ...options }: { factor?: number; name?: string } = {}) {
        super(options);
        this.factor = factor;
      }

      override call(x: Tensor): Tensor {
        return multiply(x, this.factor);
      }

      override getConfig() {
        return { ...super.getConfig(), factor: this.factor };
      }
    }
    const model = Sequential([Input([2]), new Scale({ factor: 3 })]);
    expect(() => modelFromJson(model.toJson())).toThrow('Unknown class "Scale"');
    const again = modelFromJson(model.toJson(), { customObjects: { Scale } });
    expect(again([[1, 2]]).array()).toEqual([[3, 6]]);
  });

  test('cloneModel makes a model of the same shape with weights of its own', () => {
    const x = Input([3]);
    const model = Model({ inputs: x, outputs: Dense(1)(Dense(2)(x)), name: 'original' });
    const copy = cloneModel(model);
    expect(copy.name).toBe('original');
    expect(copy.layers.map(layer => layer.name)).toEqual(model.layers.map(layer => layer.name));
    expect(copy.weights.some(weight => model.weights.includes(weight))).toBe(false);
    copy.setWeights(model.getWeights());
    expect(copy([[1, 2, 3]]).array()).toEqual(model([[1, 2, 3]]).array());
    const wider = cloneModel(model, {
      cloneFunction: layer =>
        layer.name === 'dense' ? Dense(5, { name: 'wide' }) : Dense.fromConfig(layer.getConfig()),
    });
    expect(wider.getLayer('wide').outputShape).toEqual([null, 5]);
  });
});

describe('masks', () => {
  test('travel through a functional model to the layer that uses them', () => {
    const x = Input([4]);
    const embedded = Embedding(10, 3, { maskZero: true })(x);
    expect(getMaskShape(embedded)).toEqual([null, 4]);
    const hidden = Dropout(0.5)(TimeDistributed(Dense(2))(Dense(3)(embedded)));
    expect(getMaskShape(hidden)).toEqual([null, 4]);
    const model = Model(x, GlobalAveragePooling1D()(hidden));
    const [one, two] = [[[3, 5, 0, 0]], [[3, 5, 0, 0]]].map(each => rounded(model(constant(each))));
    const short = Model(hidden, GlobalAveragePooling1D()(hidden));
    expect(one).toEqual(two);
    expect(short.inputs[0]).toBe(hidden);
    const steps = rounded(Model(x, hidden)(constant([[3, 5, 0, 0]]))) as number[][][];
    const mean = [0, 1].map(i => (steps[0]![0]![i]! + steps[0]![1]![i]!) / 2);
    expect((one as number[][])[0]!.map((each, i) => Math.abs(each - mean[i]!) < 2e-4)).toEqual([true, true]);
  });

  test('are destroyed with a warning where a layer does not support them', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const x = Masking()(Input([4, 2]));
    expect(getMaskShape(Flatten()(x))).toBeNull();
    expect(getMaskShape(Reshape([2, 4])(x))).toBeNull();
    expect(warn.mock.calls.map(([text]) => String(text).slice(0, 38))).toEqual(
      expect.arrayContaining(["Layer 'flatten' (of type Flatten) was ", "Layer 'reshape' (of type Reshape) was "]),
    );
    warn.mockRestore();
  });

  test('of merged inputs count where any does; a missing one spoils a sum but not a concatenation', () => {
    const a = Masking()(Input([3, 2]));
    const b = Input([3, 2]);
    expect(getMaskShape(add([a, b]))).toBeNull();
    expect(getMaskShape(concatenate([a, b]))).toEqual([null, 3]);
  });
});

describe('subclassed models', () => {
  class Classifier extends Model {
    readonly hidden = Dense(4, { activation: 'relu' });
    readonly drop = Dropout(0.5);
    readonly top = Dense(2);
    trained: boolean | null = null;

    override call(x: Tensor, { training }: CallOptions): Tensor {
      this.trained = training;
      return this.top(this.drop(this.hidden(x)));
    }
  }

  test('find their layers in their fields', () => {
    const model = new Classifier();
    expect(model.name).toBe('classifier');
    expect(model([[1, 2, 3]]).shape).toEqual([1, 2]);
    expect(model.layers.map(layer => layer.name)).toEqual(['dense', 'dropout', 'dense_1']);
    expect(model.weights.map(weight => weight.path)).toEqual([
      'classifier/dense/kernel',
      'classifier/dense/bias',
      'classifier/dense_1/kernel',
      'classifier/dense_1/bias',
    ]);
    model([[1, 2, 3]], { training: true });
    expect(model.trained).toBe(true);
  });

  test('get their weights from `build`', () => {
    const model = new Classifier();
    model.build([null, 3]);
    expect(model.countParams()).toBe(3 * 4 + 4 + 4 * 2 + 2);
  });

  test('may hand inputs and outputs to the constructor', () => {
    class Small extends Model {
      constructor() {
        const x = Input([3]);
        super({ inputs: x, outputs: Dense(2)(x) });
      }
    }
    const model = new Small();
    expect(model.outputShape).toEqual([null, 2]);
    expect(model([[1, 2, 3]]).shape).toEqual([1, 2]);
  });
});

test('a call within the graph that says training: true is one, whatever the model does', async () => {
  const x = Input([200]);
  const model = Model(x, Dropout(0.5, { seed: 1 })(x, { training: true }));
  const outputs = await model.predict([new Array<number>(200).fill(1)], { verbose: 0 });
  expect(new Set(outputs.data())).toEqual(new Set([0, 2]));
});
