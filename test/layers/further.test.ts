// Layers and options that no recording has, against numbers from Keras 3.15 or worked out by hand.

import { expect, test } from 'vitest';
import '../../src/compiler/evaluate.js';
import { type Config, deserializeObject, serializeObject } from '../../src/config.js';
import { constant } from '../../src/graph/apply.js';
import type { Tensor } from '../../src/graph/tensor.js';
import {
  Activation,
  AdaptiveAveragePooling1D,
  AdaptiveAveragePooling2D,
  AdaptiveMaxPooling2D,
  Add,
  BatchNormalization,
  Dense,
  EinsumDense,
  Flatten,
  GroupQueryAttention,
  Input,
  LeakyReLU,
  MultiHeadAttention,
  PReLU,
  ReversibleEmbedding,
  Softmax,
  SpectralNormalization,
  Wrapper,
} from '../../src/layers/index.js';
import type { Layer } from '../../src/layers/layer.js';
import { getMask } from '../../src/layers/mask.js';
import { multiply } from '../../src/ops/elementwise.js';

const rounded = (x: Tensor) => [...x.data()].map(each => Number(each.toFixed(4)));

test('adaptive pooling gives the wished size, whatever comes in', () => {
  const x = constant(
    Float32Array.from({ length: 35 }, (_, i) => (i * 11) % 17),
    'float32',
    [1, 7, 5, 1],
  );
  const y = AdaptiveAveragePooling2D([3, 2])(x);
  expect(y.shape).toEqual([1, 3, 2, 1]);
  expect(rounded(y)).toEqual([7.4444, 8.6667, 7.8889, 7.2222, 8.3333, 7.6667]);
  const max = AdaptiveMaxPooling2D([3, 2]);
  expect(rounded(max(x))).toEqual([15, 16, 16, 15, 16, 15]);
  expect(max.computeOutputShape([null, null, null, 4])).toEqual([null, 3, 2, 4]);
  expect(AdaptiveMaxPooling2D(3).getConfig()).toMatchObject({ output_size: [3, 3], data_format: 'channels_last' });
  expect(() => AdaptiveAveragePooling1D(0)).toThrow('AdaptiveAveragePooling1D: `outputSize`');
});

test('SpectralNormalization divides the kernel by its largest singular value, in training only', () => {
  const layer = SpectralNormalization(Dense(2), { powerIterations: 3 });
  layer.build([null, 3]);
  const kernel = [
    [1, 2],
    [3, 4],
    [5, 7],
  ];
  layer.setWeights([constant(kernel), constant([[0.3, 0.4]]), constant([0, 0])]);
  const x = constant([[1, 2, 3]]);
  expect(rounded(layer(x))).toEqual([22, 31]);
  expect(rounded(layer(x, { training: true }))).toEqual([2.1587, 3.0418]);
  expect(rounded(layer.getWeights()[0]!)).toEqual([0.0981, 0.1962, 0.2944, 0.3925, 0.4906, 0.6869]);
  expect(rounded(layer.getWeights()[1]!)).toEqual([0.5798, 0.8148]);
  expect(layer.weights.map(({ name }) => name)).toEqual(['kernel', 'vector_u', 'bias']);
});

test('own wrappers extend Wrapper', () => {
  class Twice extends Wrapper {
    override call(x: Tensor): Tensor {
      return multiply(this.layer.invoke(x) as Tensor, 2);
    }
  }
  const layer = new Twice(Dense(1, { kernelInitializer: 'ones' }));
  expect(rounded(layer(constant([[1, 2]])))).toEqual([6]);
  expect(layer.weights.length).toBe(2);
  const again = deserializeObject<Layer>(serializeObject(layer), 'keras.layers', { Twice });
  expect((again.getConfig()['layer'] as Config)['class_name']).toBe('Dense');
  expect(() => Wrapper(5 as never)).toThrow('Wrapper: `layer` must be a layer. Received: 5');
  expect(() => SpectralNormalization(Flatten())(constant([[1, 2]]))).toThrow('Flatten has no kernel');
});

test('GroupQueryAttention lets groups of queries share keys and values', () => {
  const options = { useBias: false, kernelInitializer: 'ones' };
  const layer = GroupQueryAttention(1, 2, 1, options);
  const query = constant([[[1], [2]]]);
  const value = constant([[[0], [1]]]);
  // Both heads give the same share to 1, sigmoid(query), and the output adds them up.
  expect(rounded(layer(query, value) as Tensor)).toEqual([1.4621, 1.7616]);
  expect(rounded(layer(query, value, { useCausalMask: true }) as Tensor)).toEqual([0, 1.7616]);
  const [, scores] = layer(query, value, { returnAttentionScores: true }) as unknown as Tensor[];
  expect(scores!.shape).toEqual([1, 2, 2, 2]);
  expect(layer.name).toMatch(/^grouped_query_attention/);
  expect(layer.weights.map(({ shape }) => shape)).toEqual([
    [1, 2, 1],
    [1, 1, 1],
    [1, 1, 1],
    [2, 1, 1],
  ]);
  expect(() => GroupQueryAttention(4, 3, 2)).toThrow('`numQueryHeads` must be divisible by `numKeyValueHeads`');
});

test('ReversibleEmbedding leads from numbers to vectors and back', () => {
  const layer = ReversibleEmbedding(3, 2, { maskZero: true, logitSoftCap: 5 });
  layer.build([null, 2]);
  layer.setWeights([
    [
      [1, 0],
      [0, 1],
      [1, 1],
    ],
  ]);
  const vectors = layer(constant([[2, 0]], 'int32')) as Tensor;
  expect(rounded(vectors)).toEqual([1, 1, 1, 0]);
  expect([...getMask(vectors)!.data()]).toEqual([1, 0]);
  const back = (layer as unknown as Layer).invoke(constant([[2, 3]]), { reverse: true }) as Tensor;
  expect(rounded(back)).toEqual([2, 3, 5].map(score => Number((5 * Math.tanh(score / 5)).toFixed(4))));
  expect((layer as unknown as Layer).invoke(Input([4, 2]), { reverse: true })).toMatchObject({ shape: [null, 4, 3] });
  expect(() => layer(constant([[3]], 'int32'))).toThrow('expected whole numbers from -3 to 2, found 3');
  expect(ReversibleEmbedding(3, 2, { tieWeights: false }).getConfig()).toMatchObject({ tie_weights: false });
});

test('what is masked everywhere gets no share of a Softmax layer, nor of attention that says its shares', () => {
  const mask = constant([[false, false]]);
  expect(rounded(Softmax()(constant([[1, 2]]), { mask }) as Tensor)).toEqual([0, 0]);
  expect(() => Softmax()(constant([[1, 2]]), { mask: constant([[true, true, false]]) })).toThrow('broadcastable');
  const layer = MultiHeadAttention(1, 1, { useBias: false, kernelInitializer: 'ones' });
  const options = { attentionMask: constant([[[false, false]]]) };
  const inputs = [constant([[[1]]]), constant([[[1], [3]]])] as const;
  expect(rounded(layer(...inputs, options) as Tensor)).toEqual([2]);
  const [output] = layer(...inputs, { ...options, returnAttentionScores: true }) as unknown as Tensor[];
  expect(rounded(output!)).toEqual([0]);
});

test('MultiHeadAttention penalizes the results of its projections', () => {
  const layer = MultiHeadAttention(1, 1, { useBias: false, kernelInitializer: 'ones', activityRegularizer: 'l1' });
  layer(constant([[[2]]]), constant([[[3]]]));
  // Query 2, key 3, value 3 and output 3, each times 0.01.
  expect(layer.losses.map(loss => Number(loss.item().toFixed(4)))).toEqual([0.02, 0.03, 0.03, 0.03]);
  expect(layer.getConfig()['activity_regularizer']).toMatchObject({ class_name: 'L1' });
});

test('a layer serves as an activation, with its weights and its config', () => {
  const layer = Dense(2, { activation: PReLU(), kernelInitializer: 'ones' });
  layer(constant([[1, -3]]));
  expect(layer.weights.map(({ shape }) => shape)).toEqual([[2, 2], [2], [2]]);
  const again = deserializeObject<Layer>(serializeObject(Activation(LeakyReLU(0.5))), 'keras.layers');
  expect(rounded(again.invoke(constant([[-2, 2]])) as Tensor)).toEqual([-1, 2]);
});

test('output shapes need nothing of the input that they do not depend on', () => {
  expect(EinsumDense('abc,cd->abd', [null, 3]).computeOutputShape([null, null, null])).toEqual([null, null, 3]);
  expect(EinsumDense('...x,xy->...y', 5).computeOutputShape([null, 3, 2, 4])).toEqual([null, 3, 2, 5]);
  const norm = BatchNormalization({ axis: 1 });
  expect(norm.computeOutputShape([null, null, 3])).toEqual([null, null, 3]);
  expect(norm.built).toBe(false);
  expect(Add()([Input([null, 2]), Input([3, 2])])).toMatchObject({ shape: [null, null, 2] });
});

test('EinsumDense refuses an output that contradicts its input, before it makes weights', () => {
  const layer = EinsumDense('abc,cd->abd', [5, 3], { name: 'wrong' });
  expect(() => layer(constant([[[1, 2]]]))).toThrow(
    'EinsumDense "wrong": Input shape and output shape do not match at shared dimension \'b\': 1 in the input, 5 in `outputShape`',
  );
  expect(() => EinsumDense('ab,bc->ac', [3, 4])(constant([[1]]))).toThrow("does not fit the output 'ac'");
  expect(() => EinsumDense('ab,bc->ad', 3)(constant([[1]]))).toThrow("Dimension 'd' of the output");
  expect(layer.weights).toEqual([]);
});
