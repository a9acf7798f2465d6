// Arguments by position and by name, and how objects show in the console.

import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { Input, K, type KerasTensor, layers, random, Sequential, tensor, utils, Variable } from '../src/index.js';

describe('arguments by name', () => {
  test('draw the same numbers as by position', () => {
    const byPosition = random.normal([2], 5, 0.1, null, 3).array();
    expect(random.normal([2], { mean: 5, stddev: 0.1, seed: 3 }).array()).toEqual(byPosition);
    expect(random.normal({ shape: [2], mean: 5, stddev: 0.1, seed: 3 }).array()).toEqual(byPosition);
  });

  test('are for functions of tensors, of symbolic ones too', () => {
    const x = [
      [1, 2],
      [3, 4],
    ];
    expect(K.eval(K.max({ x: K.variable({ value: x, name: 'x' }), axis: 0 }))).toEqual([3, 4]);
    const input: KerasTensor = Input([2]);
    const relu: KerasTensor = K.relu({ x: input, alpha: 0.5 });
    expect(K.function(input, relu)([[[-2, 2]]]).array()).toEqual([[-1, 2]]);
    const square = K.sum(K.square(input));
    expect(K.function(input, K.gradients({ loss: square, variables: input })[0]!)([[[3, 4]]]).array()).toEqual([
      [6, 8],
    ]);
    expect(utils.toCategorical([1], { numClasses: 3 }).array()).toEqual([[0, 1, 0]]);
  });

  test('that do not exist, and too many, are refused', () => {
    // @ts-expect-error: it is called stddev
    expect(() => random.normal([2], { std: 1 })).toThrow(
      'normal: unknown argument "std". Expected some of shape, mean',
    );
    // @ts-expect-error: five at most
    expect(() => random.normal([2], 0, 1, null, 1, 2)).toThrow('normal: expected at most 5 arguments');
    expect(() => random.normal([2], { dtype: 'int32' })).toThrow(
      'random.normal: expected a float dtype. Received: int32',
    );
  });
});

test('in the console, objects show what they are and hold', () => {
  const model = Sequential(layers.Dense(2, { inputShape: 3, name: 'two' }), { name: 'model' });
  expect(inspect(model)).toBe('<Sequential name=model, built=True>');
  expect(inspect(model.layers)).toBe('[ <Dense name=two, built=True> ]');
  expect(inspect(Input({ shape: [3], name: 'x' }))).toBe('<KerasTensor shape=(None, 3), dtype=float32, name=x>');
  expect(inspect(tensor([[1, 2]]))).toBe('<Tensor shape=(1, 2), dtype=float32> [ [ 1, 2 ] ]');
  const [variable, disposed] = ['v', 'w'].map(name => new Variable({ shape: [2], dtype: 'float32' }, { name }));
  disposed!.dispose();
  expect(inspect(variable)).toBe('<Variable v shape=(2,), dtype=float32> [ 0, 0 ]');
  expect(inspect(disposed)).toBe('<Variable w shape=(2,), dtype=float32>');
});
