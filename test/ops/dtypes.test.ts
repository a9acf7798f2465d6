// Dtypes of results for integers and bools, as Keras has them, and conversions between dtypes.

import { expect, test } from 'vitest';
import * as ops from '../../src/backend/ops/index.js';
import '../../src/compiler/evaluate.js';
import * as K from '../../src/backend/index.js';
import { constant } from '../../src/graph/apply.js';
import type { Tensor } from '../../src/graph/tensor.js';
import { Input } from '../../src/layers/core/inputLayer.js';
import * as layers from '../../src/layers/index.js';
import { Model } from '../../src/models/index.js';
import { NDArray } from '../../src/ndarray.js';

const integers = constant([-5, 0, 7], 'int32');
const bools = constant([true, false, true]);

test.each([
  ['abs of bools', ops.abs(bools), 'bool', [1, 0, 1]],
  ['trunc of bools', ops.trunc(bools), 'bool', [1, 0, 1]],
  ['exp2 of integers', ops.exp2(integers), 'float32', [2 ** -5, 1, 128]],
  ['nanToNum of integers', ops.nanToNum(integers), 'int32', [-5, 0, 7]],
  ['relu of integers', ops.relu(integers), 'int32', [0, 0, 7]],
  ['nansum of integers', ops.nansum(integers), 'int32', [2]],
  ['nanmax of bools', ops.nanmax(bools), 'bool', [1]],
  ['fmod of integers and a number', ops.fmod(integers, 3), 'int32', [-2, 0, 1]],
  ['tril of bools', ops.tril(constant([[true, true]])), 'bool', [1, 0]],
  ['vander of integers', ops.vander(integers, 2), 'int32', [-5, 1, 0, 1, 7, 1]],
  ['full of integers', ops.full(2, integers.shape.length), 'float32', [1, 1]],
  ['resize of integers', ops.image.resize(constant([[[1], [2]]], 'int32'), [1, 3]), 'int32', [1, 2, 2]],
] as const)('%s', (_name, result, dtype, values) => {
  expect(result.dtype).toBe(dtype);
  expect(Array.from(result.data())).toEqual(values);
});

test('float16 is rounded to the nearest, ties to even, and overflows', () => {
  const numbers = [2049, 2051, -0.1, 65519, 65520, -1e9, 2 ** -25, 1.5 * 2 ** -24, 2 ** -14 + 2 ** -25, 0];
  const rounded = [2048, 2052, -0.0999755859375, 65504, Infinity, -Infinity, 0, 2 ** -23, 2 ** -14, 0];
  expect(Array.from(ops.cast(numbers, 'float16').data())).toEqual(rounded);
  expect(ops.cast([NaN], 'float16').data()[0]).toBeNaN();
});

test('convertToTensor takes its dtype by name, too', () => {
  expect(ops.convertToTensor([1, 2.5], { dtype: 'int32' }).array()).toEqual([1, 2]);
});

test('a number is the shape of one axis', () => {
  expect(ops.zeros(3).shape).toEqual([3]);
  expect(ops.reshape([[1, 2]], -1).shape).toEqual([2]);
});

const bytes = ops.cast([[200, 100]], 'uint8');
const small = ops.cast([[-128, 100]], 'int8');
const halves = ops.cast([0.7, 2048], 'float16');

// Values and names of NumPy and of Keras on JAX.
test.each([
  ['products wrap around', ops.multiply(bytes, bytes), 'uint8', [64, 16]],
  ['so does adding a number', ops.add(bytes, 100), 'uint8', [44, 200]],
  ['negative bytes', ops.negative(bytes), 'uint8', [56, 156]],
  ['the least integer has no opposite', ops.abs(small), 'int8', [-128, 100]],
  ['signs and bytes meet in 16 bits', ops.add(bytes, small), 'int16', [72, 200]],
  ['16 bits wrap around', ops.square(ops.cast([300], 'uint16')), 'uint16', [24464]],
  ['a bool adapts', ops.add(bytes, true), 'uint8', [201, 101]],
  ['an integer of 32 bits does not', ops.add(bytes, constant([1, 2], 'int32')), 'int32', [201, 102]],
  ['a fraction makes floats', ops.add(bytes, 0.5), 'float32', [200.5, 100.5]],
  ['so does division', ops.divide(bytes, bytes), 'float32', [1, 1]],
  ['and the mean', ops.mean(bytes), 'float32', [150]],
  ['sums have 32 bits', ops.sum(bytes), 'uint32', [300]],
  ['running sums do not', ops.cumsum(bytes), 'uint8', [200, 44]],
  ['products of matrices of int8 do', ops.matmul(small, ops.transpose(small)), 'int32', [26384]],
  ['comparisons', ops.less(bytes, small), 'bool', [0, 0]],
  ['positions', ops.argmax(bytes), 'int32', [0]],
  ['marks', ops.oneHot(ops.cast([1], 'float16'), 2), 'float32', [0, 1]],
  ['indices do not count', ops.take(bytes, [0], 1), 'uint8', [200]],
  ['shifted bits', ops.leftShift(bytes, 1), 'uint8', [144, 200]],
  ['other bits', ops.bitwiseNot(bytes), 'uint8', [55, 155]],
  ['movements keep the dtype', ops.flip(ops.concatenate([bytes, bytes], 1)), 'uint8', [100, 200, 100, 200]],
  ['float16 rounds', ops.add(halves, 1), 'float16', [1.7001953125, 2048]],
  ['numbers round first', ops.multiply(halves, 0.1), 'float16', [0.07000732421875, 204.75]],
  ['float16 and integers', ops.multiply(halves, constant([1, 3], 'int32')), 'float16', [0.7001953125, 6144]],
  ['float16 and float32', ops.add(halves, constant([0.5, 0.5])), 'float32', [1.2001953125, 2048.5]],
  ['bfloat16 rounds', ops.divide(ops.cast([1], 'bfloat16'), 3), 'bfloat16', [0.333984375]],
  ['float16 and bfloat16', ops.add(halves, ops.cast([0, 0], 'bfloat16')), 'float32', [0.7001953125, 2048]],
  ['squares beyond integers', ops.hypot(ops.cast([60000], 'uint16'), ops.cast([0], 'int8')), 'float32', [60000]],
  ['64 bits stay a name', ops.add(ops.cast([1], 'int64'), constant([2], 'int32')), 'int64', [3]],
  ['tensors of a dtype', ops.full(2, 300, 'uint8'), 'uint8', [44, 44]],
  ['the same of another', ops.onesLike(bytes, { dtype: 'float16' }), 'float16', [1, 1]],
] as const)('narrow dtypes: %s', (_name, result, dtype, values) => {
  expect(ops.dtype(result)).toBe(dtype);
  expect(Array.from(result.data())).toEqual(values);
});

test('the largest elements have a place and a value', () => {
  const [values, indices] = ops.topK(bytes, 1);
  expect([values, indices].map(each => [ops.dtype(each), each.array()])).toEqual([
    ['uint8', [[200]]],
    ['int32', [[0]]],
  ]);
});

test('bfloat16 has the range of float32 and 8 bits', () => {
  const numbers = [1e38, -3.3e38, 3.4e38, 2 ** -130, 1.00390625, 1.01171875, 0];
  const rounded = [9.969209968386869e37, -3.2964854295465914e38, Infinity, 2 ** -130, 1, 1.015625, 0];
  expect(Array.from(ops.cast(numbers, 'bfloat16').data())).toEqual(rounded);
});

test('typed arrays bring their dtype along', () => {
  const arrays = [
    new Int8Array([-1]),
    new Uint8Array([200]),
    new Uint8ClampedArray([200]),
    new Int16Array([-300]),
    new Uint16Array([60000]),
    new Uint32Array([7]),
    new Int32Array([-7]),
    new BigInt64Array([9n]),
    new Float32Array([0.5]),
    new Float64Array([0.5]),
  ];
  expect(arrays.map(array => ops.dtype(ops.convertToTensor(array)))).toEqual(
    'int8 uint8 uint8 int16 uint16 uint32 int32 int32 float32 float32'.split(' '),
  );
  expect(arrays.map(array => ops.convertToTensor(array).item())).toEqual([
    -1, 200, 200, -300, 60000, 7, -7, 9, 0.5, 0.5,
  ]);
  expect(ops.multiply(new NDArray(new Uint8Array([200, 3]), [2, 1]), 2).array()).toEqual([[144], [6]]);
});

test('variables and placeholders have narrow dtypes, too', () => {
  const x = K.variable([250, 3], 'uint8');
  K.update(x, ops.add(x, 10));
  expect([K.dtype(x), K.getValue(x)]).toEqual(['uint8', [4, 13]]);
  x.assignAdd(250);
  expect(x.array()).toEqual([254, 7]);
  const fed = K.placeholder({ shape: [null, 2], dtype: 'uint8' });
  const [square] = K.function([fed], [K.square(fed)])([[[20, 3]]]);
  expect([K.dtype(K.square(fed)), K.dtype(square!), square!.array()]).toEqual(['uint8', 'uint8', [[144, 9]]]);
});

test('models compute in the dtypes of their inputs', async () => {
  const x = Input({ shape: [3], dtype: 'uint8' });
  const y = ops.multiply(x, x);
  const model = Model([x], [y, ops.mean(y, 1), layers.Reshape([3, 1])(x)]);
  const results = (await model.predict(new NDArray(Uint8Array.of(1, 250, 3, 7, 8, 200), [2, 3]))) as Tensor[];
  expect(results.map(each => ops.dtype(each))).toEqual(['uint8', 'float32', 'uint8']);
  expect(results[0]!.array()).toEqual([
    [1, 36, 9],
    [49, 64, 64],
  ]);
  expect(results[1]!.data()[1]).toBe(59);
});

test.each([
  ['float16', 'float16', 'float16'],
  ['mixed_float16', 'float16', 'float32'],
  ['mixed_bfloat16', 'bfloat16', 'float32'],
  ['float64', 'float64', 'float64'],
] as const)('layers of dtype %s give %s', async (policy, compute, variables) => {
  const dense = layers.Dense(1, { dtype: policy, kernelInitializer: 'ones' });
  const x = Input({ shape: [2] });
  const y = dense(x);
  expect([dense.computeDtype, dense.variableDtype, ops.dtype(y)]).toEqual([compute, variables, compute]);
  const result = (await Model(x, y).predict([[1, 1 / 3]])) as Tensor;
  expect(ops.dtype(result)).toBe(compute);
  expect(result.item()).toBe({ float16: 1.3330078125, bfloat16: 1.3359375, float64: Math.fround(4 / 3) }[compute]);
  expect(ops.dtype(layers.Dense(1)(y))).toBe('float32');
});

test('gradients pass through casts of floats, in the precision of what they are by', () => {
  const x = ops.cast([0.7, 3], 'float16');
  const [gradient] = K.gradients(ops.sum(ops.multiply(ops.cast(x, 'float32'), [0.1, 2])), [x]) as [Tensor];
  expect([ops.dtype(gradient), gradient.array()]).toEqual(['float16', [0.0999755859375, 2]]);
});
