// Where functions of the classic K differ from those of keras.ops, and what they take; numbers from Keras's own.

import { afterEach, describe, expect, test } from 'vitest';
import * as K from '../../src/backend/index.js';
import '../../src/compiler/evaluate.js';
import { tensor } from '../../src/graph/apply.js';
import type { Tensor } from '../../src/graph/tensor.js';
import { Conv2D, Dense, Input } from '../../src/layers/index.js';
import { meanAbsolutePercentageError } from '../../src/losses/index.js';

const values = (x: unknown) => [...(x as Tensor).data()];

describe('arguments', () => {
  test('after the first ones can be given by name', () => {
    expect(K.variable([1.7], { dtype: 'int32', name: 'v' })).toMatchObject({ dtype: 'int32', name: 'v' });
    expect(K.zeros([2], { dtype: 'bool' }).dtype).toBe('bool');
    expect(K.getValue(K.eye(2, { dtype: 'int32' }))).toEqual([
      [1, 0],
      [0, 1],
    ]);
    const drawn = () => K.getValue(K.randomNormalVariable([3], 0, 1, { seed: 5 }));
    expect(drawn()).toEqual(drawn());
    expect(() => K.ones([2], { kind: 'int32' } as never)).toThrow('ones: unknown argument "kind".');
    const sum = K.foldl((a, b) => K.add(a, b), tensor([1, 2, 3]), { initializer: 100 });
    expect((sum as Tensor).item()).toBe(106);
    const step = (x: Tensor, [s]: Tensor[]): [Tensor, Tensor[]] => [K.add(x, s!), [K.add(x, s!)]];
    const [last] = K.rnn(step, tensor([[[1], [2]]]), [tensor([[0]])], { mask: tensor([[1, 0]]) });
    expect(last.array()).toEqual([[1]]);
    expect((K.inTrainPhase(tensor(1), tensor(2), { training: true }) as Tensor).item()).toBe(1);
  });

  test('of constants: as many elements as the shape has, or one for all', () => {
    expect(K.constant([1, 2, 3, 4], { shape: [2, 2] }).array()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(K.constant(7, { shape: [2] }).array()).toEqual([7, 7]);
  });
});

describe('values', () => {
  test('K.concatenate joins along the last axis unless told otherwise', () => {
    expect(K.concatenate([tensor([[1, 2]]), tensor([[3]])]).array()).toEqual([[1, 2, 3]]);
  });

  test('K.sqrt is 0 for negative numbers, K.relu keeps integers and is 0 for -Infinity', () => {
    expect(values(K.sqrt([-4, 0, 9]))).toEqual([0, 0, 3]);
    const y = K.relu(tensor([-2, 3], [2], 'int32'));
    expect([y.dtype, values(y)]).toEqual(['int32', [0, 3]]);
    expect(values(K.relu([-Infinity, 5], 0, 3))).toEqual([0, 3]);
  });

  test('K.clip takes tensors as bounds, K.arange steps of fractions', () => {
    expect(values(K.clip([-2, 5], tensor([-1, 0]), tensor([1, 2])))).toEqual([-1, 2]);
    expect(values(K.arange(0, 2, 0.5))).toEqual([0, 0.5, 1, 1.5]);
  });

  test('K.cast to float16 rounds to 11 bits, ties to even, and knows subnormal numbers and infinity', () => {
    const given = [1 / 3, -1.7, 2049, 2051, 65519, 65520, 1e-5, 3e-8, 2 ** -25, -Infinity, 0];
    const expected = [
      0.333251953125,
      -1.7001953125,
      2048,
      2052,
      65504,
      Infinity,
      168 * 2 ** -24,
      2 ** -24,
      0,
      -Infinity,
      0,
    ];
    expect(values(K.cast(given, 'float16'))).toEqual(expected);
    const v = K.variable([3, 100]);
    const [gradient] = K.gradients(K.sum(K.square(K.cast(v, 'float16'))), [v]);
    expect(values(gradient)).toEqual([6, 200]);
  });

  test('K.biasAdd of a whole bias reads it anew where channels come first', () => {
    const y = K.biasAdd(K.zeros([1, 2, 3]), tensor([1, 2, 3, 4, 5, 6], [3, 2]), 'channels_first');
    expect(y.array()).toEqual([
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
    ]);
  });

  test('crossentropies clip before they normalize', () => {
    const sparse = K.sparseCategoricalCrossentropy(
      [1, 0],
      [
        [2, 0.5],
        [0.2, 0.2],
      ],
      { ignoreClass: 0 },
    );
    expect(values(sparse)).toEqual([expect.closeTo(Math.log(3), 5), 0]);
    const [certain, wrong] = values(K.binaryCrossentropy([0, 1], [0, 0]));
    expect([certain, wrong]).toEqual([expect.closeTo(0, 6), expect.closeTo(15.424949, 5)]);
    // 0.25 (1 - 0.8)^2 · -log(0.8)
    expect(values(K.categoricalFocalCrossentropy([[0, 1]], [[0.2, 0.8]]))[0]).toBeCloseTo(0.0022314, 7);
    // (1 - 0.9)^2 · -log(0.9)
    expect(values(K.binaryFocalCrossentropy([1], [0.9]))[0]).toBeCloseTo(0.00105361, 7);
  });

  test('greedy CTC decoding works on placeholders', () => {
    const yPred = K.placeholder([null, 4, 3]);
    const lengths = K.placeholder([null]);
    const [[labels], scores] = K.ctcDecode(yPred as never, lengths as never);
    const frames = [1, 1, 2, 1].map(c => [0, 1, 2].map(k => (k === c ? 0.8 : 0.1)));
    const [found, score] = K.function([yPred, lengths], [labels!, scores])([[frames], [4]]);
    expect(found!.array()).toEqual([[1, 1, -1, -1]]);
    expect(score!.item()).toBeCloseTo(-4 * Math.log(0.8), 4);
  });

  test('what cannot be is an error', () => {
    expect(() => K.softmax([1, 2])).toThrow('softmax: expected a tensor of rank 2 or more. Received shape (2,).');
    expect(() => K.repeat(tensor([1, 2]), 2)).toThrow('repeat: expected a tensor of shape (samples, dim).');
  });
});

test('K.rnn: time first, zeros where masked, the last output alone', () => {
  const step = (x: Tensor, [s]: Tensor[]): [Tensor, Tensor[]] => [K.add(x, s!), [K.add(x, s!)]];
  const x = tensor([[[1], [2], [4]]]);
  const mask = tensor([[1, 0, 1]]);
  const zero = [tensor([[0]])];
  expect(K.rnn(step, x, zero, { mask, zeroOutputForMask: true })[1].array()).toEqual([[[1], [0], [5]]]);
  const timeFirst = K.rnn(step, K.permuteDimensions(x, [1, 0, 2]), zero, {
    mask: K.transpose(mask),
    timeMajor: true,
    goBackwards: true,
  });
  expect(timeFirst[1].array()).toEqual([[[4]], [[4]], [[5]]]);
  expect(K.rnn(step, x, zero, { returnAllOutputs: false })[1].array()).toEqual([[[7]]]);
});

describe('K.function', () => {
  test('takes and gives structures', () => {
    const [x, y] = [K.placeholder([2]), K.placeholder([2])];
    const f = K.function({ x, y }, { sum: K.add(x, y), both: [x, y] });
    const { sum, both } = f({ x: [1, 2], y: [3, 4] });
    expect([sum.array(), both.map(each => each.array())]).toEqual([
      [4, 6],
      [
        [1, 2],
        [3, 4],
      ],
    ]);
    expect(() => f({ x: [1, 2] })).toThrow('K.function: expected an object with the inputs x, y.');
  });

  test('of a single input takes its value alone or in a list', () => {
    const x = K.placeholder([null, 2]);
    const f = K.function(x, K.square(x));
    expect([f([[1, 2]]).array(), f([[[1, 2]]]).array(), f(tensor([[3, 4]])).array()]).toEqual([
      [[1, 4]],
      [[1, 4]],
      [[9, 16]],
    ]);
  });

  test('says that variables cannot be inputs', () => {
    const v = K.variable([1], { name: 'v' });
    expect(() => K.function([v as never], [K.square(v)])).toThrow('K.function: inputs must be placeholders');
  });
});

test('dtypes: the lowest that holds all, as in JAX', () => {
  const cases: [string[], string][] = [
    [['int32', 'float16'], 'float16'],
    [['bfloat16', 'float16'], 'float32'],
    [['uint8', 'int8'], 'int16'],
    [['uint32', 'int8'], 'int32'],
    [['uint64', 'int8'], 'float32'],
    [['bool', 'int'], 'int32'],
    [['int8', 'int'], 'int8'],
    [['int16', 'float'], 'float32'],
    [['bool'], 'bool'],
  ];
  for (const [given, expected] of cases) expect([given, K.resultType(...given)]).toEqual([given, expected]);
  expect([K.isFloatDtype('bfloat16'), K.isIntDtype('uint8'), K.isIntDtype('bool')]).toEqual([true, true, false]);
  expect(K.standardizeDtype(null)).toBe('float32');
  expect(() => K.standardizeDtype('float12')).toThrow('Invalid dtype: float12.');
});

describe('settings', () => {
  afterEach(() => {
    K.setEpsilon(1e-7);
    K.setFloatx('float32');
    K.setImageDataFormat('channels_last');
  });

  test('clearSession forgets the learning phase', () => {
    K.setLearningPhase(1);
    K.clearSession();
    expect(K.isPlaceholder(K.learningPhase())).toBe(true);
  });

  test('epsilon is in the losses, floatx in configs, the data format in layers and functions', () => {
    K.setEpsilon(0.5);
    expect(values(meanAbsolutePercentageError([[0]], [[1]]))).toEqual([200]);
    K.setFloatx('float16');
    expect(Dense(1).getConfig()['dtype']).toMatchObject({ config: { name: 'float16' } });
    expect(values(K.constant(2049))).toEqual([2048]);
    K.setImageDataFormat('channels_first');
    expect(Conv2D(5, 3)(Input([1, 8, 9])).shape).toEqual([null, 5, 6, 7]);
    expect(K.spatial2dPadding(K.ones([1, 2, 3, 4])).shape).toEqual([1, 2, 5, 6]);
  });
});
