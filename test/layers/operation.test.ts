// Ops on symbolic tensors: nodes of the layer graph, as in Keras 3.

import { beforeEach, describe, expect, test } from 'vitest';
import {
  add,
  clip,
  concatenate,
  einsum,
  getItem,
  greater,
  matmul,
  multiply,
  relu,
  reshape,
  softmax,
  sum,
  transpose,
  unstack,
  where,
  zeros,
} from '../../src/backend/ops/index.js';
import '../../src/compiler/evaluate.js';
import { tensor } from '../../src/graph/apply.js';
import type { Tensor } from '../../src/graph/tensor.js';
import { Dense, Input, KerasTensor } from '../../src/layers/index.js';
import { Model } from '../../src/models/functional.js';
import { modelFromJson } from '../../src/models/model.js';
import { resetNames } from '../../src/naming.js';

beforeEach(() => resetNames());

/** The model that was recorded from real Keras below, built with the same calls. */
function example() {
  const i = Input({ shape: [4], name: 'i' });
  const j = Input({ shape: [4], name: 'j' });
  const x = add(i, 2);
  const y = sum(multiply(x, j), { axis: 1, keepdims: true });
  const z = concatenate([i, j], { axis: -1 });
  const w = where(greater(z, 0.5), z, 0);
  const r = reshape(w, [-1, 2, 4]);
  const t = clip(softmax(einsum('abc,abc->ab', r, r)), 0.1, 0.9);
  const g = getItem(i, [':', { start: 1, stop: 3 }]);
  const d = relu(matmul(g, transpose(g)));
  return { model: Model([i, j], [y, Dense(2)(t), d]), y, t, d };
}

describe('an op on symbolic tensors', () => {
  test('gives symbolic tensors, with null where a dimension is unknown', () => {
    const { y, t, d } = example();
    expect([y, t, d].map(each => each instanceof KerasTensor)).toEqual([true, true, true]);
    expect([y.shape, t.shape, d.shape]).toEqual([
      [null, 1],
      [null, 2],
      [null, null],
    ]);
    expect(greater(y, 0).dtype).toBe('bool');
  });

  test('gives as many symbolic tensors as it has outputs', () => {
    const parts = unstack(Input({ shape: [3] }), null, 1);
    expect(parts.map(part => (part as unknown as KerasTensor).shape)).toEqual([[null], [null], [null]]);
  });

  test('is named and listed in summaries like Keras does, but is no layer of the model', () => {
    const { model } = example();
    expect(model.layers.map(layer => layer.name)).toEqual(['i', 'j', 'dense']);
    const names = model.layerGraph!.layers.map(layer => `${layer.name} ${layer.className}`);
    expect(names).toEqual([
      'i InputLayer',
      'j InputLayer',
      'concatenate Concatenate',
      'greater Greater',
      'where Where',
      'reshape Reshape',
      'einsum Einsum',
      'get_item GetItem',
      'add Add',
      'softmax Softmax',
      'transpose Transpose',
      'multiply Multiply',
      'clip Clip',
      'matmul Matmul',
      'sum Sum',
      'dense Dense',
      'relu Relu',
    ]);
    let text = '';
    model.summary({
      printFn: line => {
        text += line;
      },
    });
    expect(text).toContain('│ matmul (Matmul)     │ (None, None)      │          0 │ get_item[0][0],   │');
  });

  test('runs as part of a model', () => {
    const x = Input({ shape: [2] });
    const model = Model(x, add(multiply(x, [10, 100]), sum(x, { axis: -1, keepdims: true })));
    expect(
      (
        model(
          tensor([
            [1, 2],
            [3, 4],
          ]),
        ) as Tensor
      ).array(),
    ).toEqual([
      [13, 203],
      [37, 407],
    ]);
  });

  test('takes weights and constants besides symbolic tensors, in any place', () => {
    const x = Input({ shape: [2] });
    const model = Model(x, add(zeros([2]), x));
    expect((model(tensor([[1, 2]])) as Tensor).array()).toEqual([[1, 2]]);
  });

  test('is written into configs as Keras writes it', () => {
    const layers = (example().model.getConfig() as unknown as { layers: readonly { class_name: string }[] }).layers;
    const config = (name: string) => layers.find(each => each.class_name === name);
    expect(config('Add')).toEqual({
      module: 'keras.src.ops.numpy',
      class_name: 'Add',
      config: { name: 'add' },
      registered_name: 'Add',
      name: 'add',
      inbound_nodes: [
        {
          args: [
            {
              class_name: '__keras_tensor__',
              config: { shape: [null, 4], dtype: 'float32', keras_history: ['i', 0, 0] },
            },
            2,
          ],
          kwargs: {},
        },
      ],
    });
    expect(config('Sum')).toMatchObject({ config: { name: 'sum', axis: 1, keepdims: true } });
    expect(config('Softmax')).toMatchObject({ module: 'keras.src.ops.nn', config: { name: 'softmax', axis: -1 } });
    expect(config('Clip')).toMatchObject({ config: { name: 'clip', x_min: 0.1, x_max: 0.9 } });
    expect(config('Transpose')).toMatchObject({ config: { name: 'transpose', axes: null } });
  });

  test('comes back from a config', () => {
    const { model } = example();
    const copy = modelFromJson(model.toJson());
    copy.setWeights(model.getWeights());
    const data = [tensor([[1, -2, 3, 0.25]]), tensor([[0.5, 4, -1, 2]])];
    const [expected, actual] = [model, copy].map(each => each<Tensor[]>(data).map(output => output.array()));
    expect(actual).toEqual(expected);
  });
});

test('settings can be given by position or by name, and unknown names are errors', () => {
  const x = tensor([
    [1, 2],
    [3, 4],
  ]);
  expect(sum(x, 1, true).array()).toEqual([[3], [7]]);
  expect(sum(x, { axis: 1, keepdims: true }).array()).toEqual([[3], [7]]);
  // @ts-expect-error there is no such setting
  expect(() => sum(x, { axes: 1 })).toThrow('sum: unknown argument "axes". Expected some of x, axis, keepdims.');
});
