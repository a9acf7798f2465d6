// Layers that no recording has, against numbers from Keras 3.15.

import { expect, test } from 'vitest';
import '../../src/compiler/evaluate.js';
import { type Config, deserializeObject, serializeObject } from '../../src/config.js';
import { constant } from '../../src/graph/apply.js';
import type { Tensor } from '../../src/graph/tensor.js';
import {
  AdaptiveAveragePooling1D,
  AdaptiveAveragePooling2D,
  AdaptiveMaxPooling2D,
  Dense,
  Flatten,
  SpectralNormalization,
  Wrapper,
} from '../../src/layers/index.js';
import type { Layer } from '../../src/layers/layer.js';
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
