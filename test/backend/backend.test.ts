// The K backend: placeholders, functions, gradients, updates and the learning phase.

import { beforeEach, describe, expect, test } from 'vitest';
import * as K from '../../src/backend/index.js';
import '../../src/compiler/evaluate.js';
import { tensor } from '../../src/graph/apply.js';
import type { Tensor } from '../../src/graph/tensor.js';
import { Conv2D, Dense, Dropout, Flatten, Input, Lambda, MaxPooling2D } from '../../src/layers/index.js';
import type { KerasTensor } from '../../src/layers/kerasTensor.js';
import { Model } from '../../src/models/functional.js';
import { Sequential } from '../../src/models/sequential.js';
import { setRandomSeed } from '../../src/random/seed.js';

beforeEach(() => {
  K.clearSession();
  setRandomSeed(3);
});

describe('K.function', () => {
  test('computes outputs from placeholders, for any size of an unknown dimension', () => {
    const x = K.placeholder([null, 3]);
    const y = K.placeholder({ shape: [null, 3] });
    const f = K.function([x, y], [K.add(x, y), K.sum(K.multiply(x, y))]);
    const [sum, product] = f([[[1, 2, 3]], [[10, 20, 30]]]);
    expect(sum!.array()).toEqual([[11, 22, 33]]);
    expect(product!.item()).toBe(140);
    expect(
      f([
        tensor([
          [1, 1, 1],
          [2, 2, 2],
        ]),
        tensor([
          [1, 1, 1],
          [1, 1, 1],
        ]),
      ])[1]!.item(),
    ).toBe(9);
  });

  test('gives a single tensor for a single output', () => {
    const x = K.placeholder([2]);
    expect(K.function([x], K.square(x))([[3, 4]]).array()).toEqual([9, 16]);
  });

  test('reads the outputs of layers, as tutorials do to look inside of models', () => {
    const model = Sequential([Input([4]), Dense(3, { activation: 'relu' }), Dense(2)]);
    const inner = K.function([model.layers[0]!.input as KerasTensor], [model.layers[0]!.output as KerasTensor]);
    const data = tensor([[1, -2, 3, 0.5]]);
    const direct = model.layers[0]!(data) as Tensor;
    expect(inner([data])[0]!.array()).toEqual(direct.array());
  });

  test('sees the present values of variables, also where no placeholder is involved', () => {
    const v = K.variable([1, 2]);
    const f = K.function([], [K.sum(v)]);
    expect(f([])[0]!.item()).toBe(3);
    K.setValue(v, [10, 20]);
    expect(f([])[0]!.item()).toBe(30);
  });

  test('performs updates after computing the outputs', () => {
    const v = K.variable([1, 2]);
    const x = K.placeholder([2]);
    const f = K.function([x], [K.multiply(x, v)], { updates: [[v, K.add(v, x)]] });
    expect(f([[1, 1]])[0]!.array()).toEqual([1, 2]);
    expect(K.getValue(v)).toEqual([2, 3]);
    expect(f([[1, 1]])[0]!.array()).toEqual([2, 3]);
    expect(K.getValue(v)).toEqual([3, 4]);
  });

  test('takes over updates made with K.updateAdd, which then happen at its calls only', () => {
    const counter = K.variable(0);
    const f = K.function([], [], { updates: [K.updateAdd(counter, 1)] });
    expect(K.getValue(counter)).toBe(0);
    f([]);
    f([]);
    expect(K.getValue(counter)).toBe(2);
  });

  test('says which input has which shape, and what is missing', () => {
    const x = K.placeholder({ shape: [null, 3], name: 'x' });
    const y = K.placeholder([3]);
    const f = K.function([x], [K.square(x)]);
    expect(() => f([[1, 2]])).toThrow(
      'K.function: expected a value of shape (None, 3) for input "x". Received shape (2,).',
    );
    expect(() => f([])).toThrow('K.function: expected 1 input(s), as a list. Received 0.');
    expect(() => K.function([x], [K.add(x, y)])).toThrow('Graph disconnected');
  });
});

describe('K.gradients', () => {
  test('of a loss of placeholders is a symbolic tensor of the shape of the source', () => {
    const x = K.placeholder([null, 2]);
    const loss = K.sum(K.square(x));
    const [gradient] = K.gradients(loss, x);
    expect((gradient as KerasTensor).shape).toEqual([null, 2]);
    expect(
      K.function(
        [x],
        [gradient as KerasTensor],
      )([
        [
          [1, -2],
          [3, 4],
        ],
      ])[0]!.array(),
    ).toEqual([
      [2, -4],
      [6, 8],
    ]);
  });

  test('of gradients are second derivatives', () => {
    const x = K.placeholder([3]);
    const [first] = K.gradients(K.sum(K.pow(x, 3)), [x]) as [KerasTensor];
    const [second] = K.gradients(K.sum(first), [x]) as [KerasTensor];
    const [a, b] = K.function([x], [first, second])([[1, 2, 3]]);
    expect(a!.array()).toEqual([3, 12, 27]);
    expect(b!.array()).toEqual([6, 12, 18]);
  });

  test('with respect to inputs, outputs of layers inside, and weights agree with differences', () => {
    const model = Sequential([
      Input([5, 5, 1]),
      Conv2D(2, 3, { activation: 'tanh' }),
      MaxPooling2D(2),
      Flatten(),
      Dense(1),
    ]);
    const [conv] = model.layers;
    const loss = K.mean(model.output as KerasTensor);
    const kernel = conv!.weights[0]!;
    const sources = [model.input as KerasTensor, conv!.output as KerasTensor, kernel];
    const f = K.function([model.input as KerasTensor], [loss, ...(K.gradients(loss, sources) as KerasTensor[])]);
    const image = Float32Array.from({ length: 25 }, (_, i) => Math.sin(i * 1.7));
    const value = (data: Float32Array) => f([tensor(data, [1, 5, 5, 1])])[0]!.item();
    const [, byInput, byConv, byKernel] = f([tensor(image, [1, 5, 5, 1])]);
    expect(byConv!.shape).toEqual([1, 3, 3, 2]);
    const step = 1e-2;
    for (const i of [0, 7, 12]) {
      const difference = (value(image.with(i, image[i]! + step)) - value(image.with(i, image[i]! - step))) / (2 * step);
      expect(byInput!.data()[i]).toBeCloseTo(difference, 3);
    }
    const weights = kernel.read() as Float32Array;
    kernel.write(weights.with(4, weights[4]! + step));
    const above = value(image);
    kernel.write(weights.with(4, weights[4]! - step));
    const below = value(image);
    expect(byKernel!.data()[4]).toBeCloseTo((above - below) / (2 * step), 3);
  });

  test('of variables alone are tensors', () => {
    const v = K.variable([1, 2, 3]);
    const [gradient] = K.gradients(K.sum(K.square(v)), [v]);
    expect((gradient as Tensor).array()).toEqual([2, 4, 6]);
  });

  test('are null for what has no part in the loss', () => {
    const [x, y] = [K.placeholder([2]), K.placeholder([2])];
    const [byX, byY] = K.gradients(K.sum(x), [x, y]);
    expect(byX).not.toBeNull();
    expect(byY).toBeNull();
  });

  test('drive gradient ascent in input space, as in filter visualization and style transfer', () => {
    const combination = K.placeholder([1, 4, 4, 3]);
    const target = K.variable(new Float32Array(48).fill(0.5) as never);
    const style = K.constant(new Float32Array(48).fill(0.25), null, null);
    const all = K.concatenate([K.reshape(target, [1, 4, 4, 3]), K.reshape(style, [1, 4, 4, 3]), combination], {
      axis: 0,
    });
    const features = Conv2D(2, 3)(all);
    const gram = (x: KerasTensor) => {
      const flat = K.batchFlatten(K.permuteDimensions(x, [2, 0, 1]));
      return K.dot(flat, K.transpose(flat));
    };
    const part = (i: number) => K.reshape(K.slice(features, [i, 0, 0, 0], [1, -1, -1, -1]), [2, 2, 2]);
    let loss = K.add(K.variable(0), K.sum(K.square(K.subtract(part(2), part(0)))));
    loss = K.add(loss, K.multiply(0.1, K.sum(K.square(K.subtract(gram(part(1)), gram(part(2)))))));
    const f = K.function([combination], [loss, K.gradients(loss, combination)[0] as KerasTensor]);
    let image = new Float32Array(48).map((_, i) => Math.cos(i));
    const losses: number[] = [];
    for (let step = 0; step < 20; step++) {
      const [value, gradient] = f([tensor(image, [1, 4, 4, 3])]);
      losses.push(value!.item());
      image = image.map((pixel, i) => pixel - 0.02 * gradient!.data()[i]!);
    }
    expect(losses.at(-1)!).toBeLessThan(losses[0]! / 4);
  });
});

describe('the learning phase', () => {
  test('is a placeholder that K.function can feed: dropout works with 1, not with 0', () => {
    const x = Input([100]);
    const model = Model(x, Dropout(0.5)(x));
    const f = K.function([x, K.learningPhase() as KerasTensor], [model.output as KerasTensor]);
    const ones = tensor(new Float32Array(100).fill(1), [1, 100]);
    expect(f([ones, 0])[0]!.data()).toEqual(ones.data());
    const dropped = f([ones, 1])[0]!.data();
    expect(dropped.filter((value: number) => value === 0).length).toBeGreaterThan(20);
    expect(f([ones, 1])[0]!.data()).not.toEqual(dropped);
  });

  test('chooses in K.inTrainPhase, inside of layers and outside', () => {
    expect(K.learningPhase()).toBe(K.learningPhase());
    expect((K.inTrainPhase(() => tensor(1), tensor(2), true) as Tensor).item()).toBe(1);
    expect((K.inTestPhase(tensor(1), tensor(2), 1) as Tensor).item()).toBe(2);
    const layer = Lambda((x: Tensor) => K.inTrainPhase(K.multiply(x, 10), x) as Tensor);
    expect((layer(tensor([1]), { training: true }) as Tensor).array()).toEqual([10]);
    expect((layer(tensor([1])) as Tensor).array()).toEqual([1]);
    const x = K.placeholder([1]);
    const y = K.inTrainPhase(K.multiply(x, 10), x) as KerasTensor;
    const f = K.function([x, K.learningPhase() as KerasTensor], [y]);
    expect([f([[1], 1])[0]!.array(), f([[1], 0])[0]!.array()]).toEqual([[10], [1]]);
  });
});

describe('variables', () => {
  test('have values that can be read, set and updated', () => {
    const v = K.variable(
      [
        [1, 2],
        [3, 4],
      ],
      'float32',
      'v',
    );
    expect([v.name, v.shape, K.intShape(v), K.ndim(v), K.dtype(v), K.countParams(v)]).toEqual([
      'v',
      [2, 2],
      [2, 2],
      2,
      'float32',
      4,
    ]);
    K.update(v, [
      [0, 0],
      [0, 1],
    ]);
    K.updateSub(v, 1);
    expect(K.eval(v)).toEqual([
      [-1, -1],
      [-1, 0],
    ]);
    K.movingAverageUpdate(v, K.ones([2, 2]), 0.5);
    expect(K.getValue(v)).toEqual([
      [0, 0],
      [0, 0.5],
    ]);
    K.batchSetValue([
      [
        v,
        [
          [5, 6],
          [7, 8],
        ],
      ],
    ]);
    expect(K.batchGetValue([v, K.eye(2)])).toEqual([
      [
        [5, 6],
        [7, 8],
      ],
      [
        [1, 0],
        [0, 1],
      ],
    ]);
  });

  test('of random numbers have the asked distribution', () => {
    const uniform = K.randomUniformVariable([1000], 2, 4);
    const normal = K.randomNormalVariable([1000], -1, 0.5);
    expect(K.eval(K.min(uniform))).toBeGreaterThanOrEqual(2);
    expect(K.eval(K.max(uniform))).toBeLessThan(4);
    expect(K.eval(K.mean(normal))).toBeCloseTo(-1, 1);
    expect(K.eval(K.std(normal))).toBeCloseTo(0.5, 1);
  });
});

describe('loops and choices', () => {
  test('K.rnn runs a step function over time, with masks, constants and backwards', () => {
    const step = (x: Tensor, [state, factor]: Tensor[]): [Tensor, Tensor[]] => {
      const next = K.add(K.multiply(state!, factor ?? 1), x);
      return [next, [next]];
    };
    const x = tensor([
      [[1], [2], [4]],
      [[1], [1], [1]],
    ]);
    const zero = tensor([[0], [0]]);
    const [last, all, states] = K.rnn(step, x, [zero]);
    expect(last.array()).toEqual([[7], [3]]);
    expect(all.array()).toEqual([
      [[1], [3], [7]],
      [[1], [2], [3]],
    ]);
    expect(states[0]!.array()).toEqual([[7], [3]]);
    expect(K.rnn(step, x, [zero], true)[1].array()).toEqual([
      [[4], [6], [7]],
      [[1], [2], [3]],
    ]);
    const masked = K.rnn(
      step,
      x,
      [zero],
      false,
      tensor([
        [1, 0, 1],
        [0, 1, 0],
      ]),
    )[1];
    expect(masked.array()).toEqual([
      [[1], [1], [5]],
      [[0], [1], [1]],
    ]);
    expect(K.rnn(step, x, [zero], false, null, [tensor(10)])[0].array()).toEqual([[124], [111]]);
  });

  test('K.mapFn, K.foldl and K.foldr go over the first axis', () => {
    const x = tensor([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    expect(K.mapFn((row: Tensor) => K.sum(row), x).array()).toEqual([3, 7, 11]);
    expect((K.foldl((a, b) => K.subtract(K.multiply(a, 10), b), tensor([1, 2, 3])) as Tensor).item()).toBe(77);
    expect((K.foldr((a, b) => K.subtract(K.multiply(a, 10), b), tensor([1, 2, 3])) as Tensor).item()).toBe(279);
    expect((K.foldl((a, b) => K.add(a, b), tensor([1, 2, 3]), 100) as Tensor).item()).toBe(106);
  });

  test('K.switch chooses by a boolean, a scalar, or rows', () => {
    const [a, b] = [
      tensor([
        [1, 2],
        [3, 4],
      ]),
      tensor([
        [-1, -2],
        [-3, -4],
      ]),
    ];
    expect((K.switch(true, () => a, b) as Tensor).array()).toEqual(a.array());
    expect((K.switch(tensor(0), a, b) as Tensor).array()).toEqual(b.array());
    expect((K.switch(tensor([true, false]), a, b) as Tensor).array()).toEqual([
      [1, 2],
      [-3, -4],
    ]);
  });
});

test('CTC: cost and decoding agree with each other on certain predictions', () => {
  // Classes 0, 1 and the blank; frames say 0 0 - 1 1 for the first sample, 1 - 1 for the second.
  const frames = [
    [0, 0, 2, 1, 1],
    [1, 2, 1, 2, 2],
  ];
  const yPred = tensor(frames.map(row => row.map(c => [0, 1, 2].map(k => (k === c ? 0.98 : 0.01)))));
  const [labels] = K.ctcDecode(yPred, [5, 3]);
  expect(labels[0]!.array()).toEqual([
    [0, 1, -1, -1, -1],
    [1, 1, -1, -1, -1],
  ]);
  const [beams, scores] = K.ctcDecode(yPred, [5, 3], false, 10, 2);
  expect(beams.map(each => (each.array() as number[][])[0]!.slice(0, 2))[0]).toEqual([0, 1]);
  const cost = K.ctcBatchCost(
    [
      [0, 1],
      [1, 1],
    ],
    yPred,
    [[5], [3]],
    [[2], [2]],
  );
  expect(cost.shape).toEqual([2, 1]);
  // Beam search sums the likelihood of the same alignments.
  expect((scores.array() as number[][])[0]![0]).toBeCloseTo(-(cost.array() as number[][])[0]![0]!, 3);
});

test('locally connected convolutions equal a shared one if all kernels are the same', () => {
  const image = tensor(
    Float32Array.from({ length: 2 * 4 * 5 * 2 }, (_, i) => Math.sin(i)),
    [2, 4, 5, 2],
  );
  const kernel = tensor(
    Float32Array.from({ length: 2 * 3 * 2 * 3 }, (_, i) => Math.cos(i)),
    [2, 3, 2, 3],
  );
  const unshared = K.repeatElements(K.reshape(kernel, [1, 12, 3]), 9, 0);
  const shared = K.conv2d(image, kernel).data();
  const local = K.localConv2d(image, unshared, [2, 3], [1, 1], [3, 3]).data();
  expect(local.length).toBe(shared.length);
  local.forEach((value: number, i: number) => expect(value).toBeCloseTo(shared[i]!, 4));
});

test('batch normalization takes numbers, and vectors along an axis', () => {
  const x = tensor([[[5, 9]], [[3, 1]]]); // (2, 1, 2)
  expect(K.eval(K.batchNormalization(x, 1, 4, 0.5, 3, -1, 0))).toEqual([[[6.5, 12.5]], [[3.5, 0.5]]]);
  expect(K.eval(K.batchNormalization(x, [1, 1], [4, 1], null, null, 0, 0))).toEqual([[[2, 4]], [[2, 0]]]);
});

test('a placeholder is no Keras tensor, an Input is', () => {
  expect([K.placeholder([2]), Input([2])].map(each => [K.isKerasTensor(each), K.isPlaceholder(each)])).toEqual([
    [false, true],
    [true, true],
  ]);
});

test('settings can be changed and read', () => {
  expect([K.epsilon(), K.floatx(), K.imageDataFormat()]).toEqual([1e-7, 'float32', 'channels_last']);
  expect([K.getUid('layer'), K.getUid('layer')]).toEqual([1, 2]);
  expect(() => K.setFloatx('float12')).toThrow('Unknown `floatx` value: float12.');
  expect(() => K.cast(tensor([1]), 'float12')).toThrow('Invalid dtype: float12.');
  expect(K.eval(K.cast(tensor([300, -1]), 'uint8'))).toEqual([44, 255]);
  expect(K.eval(K.cast(tensor([200, -129]), 'int8'))).toEqual([-56, 127]);
});
