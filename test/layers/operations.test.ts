import { beforeEach, expect, test } from 'vitest';
import '../../src/compiler/evaluate.js';
import { constant } from '../../src/graph/apply.js';
import type { Tensor } from '../../src/graph/tensor.js';
import { Dense, Input } from '../../src/layers/index.js';
import * as ops from '../../src/layers/operations.js';
import { Model, modelFromJson } from '../../src/models/index.js';
import { resetNames } from '../../src/naming.js';

beforeEach(() => resetNames());

test('ops compute on tensors as before', () => {
  expect(ops.add(constant([1, 2]), 3).array()).toEqual([4, 5]);
  expect(
    ops
      .sum(
        constant([
          [1, 2],
          [3, 4],
        ]),
        -1,
        true,
      )
      .array(),
  ).toEqual([[3], [7]]);
});

test("ops on symbolic tensors become layers of the graph, with Keras's names and configs", () => {
  const x = Input([null, 3]);
  const y = Input([null, 3]);
  const far = ops.notEqual(x, 0);
  const sums = ops.mean(ops.multiply(x, y), [1], false);
  expect(far.shape).toEqual([null, null, 3]);
  expect(far.dtype).toBe('bool');
  expect(sums.shape).toEqual([null, 3]);
  const model = Model([x, y], [ops.concatenate([sums, Dense(2)(sums)], -1), far]);
  const names = model.layerGraph!.layers.map(layer => layer.name);
  expect([...names].sort()).toEqual([
    'concatenate',
    'dense',
    'input_layer',
    'input_layer_1',
    'mean',
    'multiply',
    'not_equal',
  ]);
  expect(names.indexOf('multiply')).toBeLessThan(names.indexOf('mean'));
  // As in Keras, a model's layers are those that are layers.
  expect(model.layers.map(layer => layer.name).sort()).toEqual(['dense', 'input_layer', 'input_layer_1']);
  expect(model.layerGraph!.layers.find(layer => layer.name === 'mean')!.getConfig()).toEqual({
    name: 'mean',
    axis: [1],
    keepdims: false,
  });
  const again = modelFromJson(model.toJson());
  again.setWeights(model.getWeights());
  const data = [
    constant([
      [
        [1, 0, 3],
        [4, 5, 6],
      ],
    ]),
    constant([
      [
        [1, 1, 1],
        [2, 2, 2],
      ],
    ]),
  ];
  const [joined, mask] = model<Tensor[]>(data) as [Tensor, Tensor];
  expect((joined.array() as number[][])[0]!.slice(0, 3)).toEqual([4.5, 5, 7.5]);
  expect(mask.array()).toEqual([
    [
      [true, false, true],
      [true, true, true],
    ],
  ]);
  expect((again<Tensor[]>(data) as Tensor[]).map(each => each.array())).toEqual([
    joined.array(),
    mask.array(),
  ]);
});
