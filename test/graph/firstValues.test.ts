import { describe, expect, test } from 'vitest';
import { compileFunction, jit } from '../../src/compiler/function.js';
import { constant } from '../../src/graph/apply.js';
import type { Tensor } from '../../src/graph/tensor.js';
import { GlorotUniform } from '../../src/initializers/index.js';
import { add, multiply } from '../../src/ops/elementwise.js';
import { Variable } from '../../src/ops/variable.js';

/** A variable whose first value, [2, 4, 6], has yet to be computed, and the tensor that computes it. */
function pending(): { variable: Variable; first: Tensor } {
  const first = multiply([1, 2, 3], 2);
  return { variable: new Variable({ shape: [3], dtype: 'float32', data: first }), first };
}

describe('the first value of a variable', () => {
  test('is not computed until somebody reads it', () => {
    const { variable, first } = pending();
    expect(first.value).toBeNull();
    expect([...variable.read()]).toEqual([2, 4, 6]);
    expect(first.value).not.toBeNull();
  });

  test('is never computed if the variable is written before', () => {
    const { variable, first } = pending();
    variable.write([7, 8, 9]);
    expect([...variable.read()]).toEqual([7, 8, 9]);
    expect(first.value).toBeNull();
  });

  test('is what programs read', () => {
    const { variable } = pending();
    expect([...jit((x: Tensor) => add(x, variable))([1, 1, 1]).data()]).toEqual([3, 5, 7]);
  });

  test('is what programs that update the variable start from', () => {
    const { variable } = pending();
    const step = compileFunction([], () => {
      variable.assign(add(variable, 1));
      return [];
    });
    step.run();
    expect([...variable.read()]).toEqual([3, 5, 7]);
  });

  test('stays the value of tensors that were read before the variable changed', () => {
    const { variable } = pending();
    const before = variable.value;
    variable.assign([0, 0, 0]);
    expect([...before.data()]).toEqual([2, 4, 6]);
    expect([...variable.read()]).toEqual([0, 0, 0]);
  });

  test('is computed at once within a trace, from the values of that moment', () => {
    const source = new Variable({ shape: [], dtype: 'float32', data: Float32Array.of(5) });
    let made: Variable | undefined;
    compileFunction([], () => {
      made = new Variable({ shape: [1], dtype: 'float32', data: add([1], source) });
      return [constant([0])];
    });
    source.write([100]);
    expect([...made!.read()]).toEqual([6]);
  });

  test('of a layer depends on its seed alone, not on when it is read', () => {
    const [a, b] = [GlorotUniform({ seed: 3 }), GlorotUniform({ seed: 3 })];
    const early = new Variable({ shape: [4], dtype: 'float32', data: a.call([4]).data() });
    expect([...new Variable({ shape: [4], dtype: 'float32', data: b.call([4]) }).read()]).toEqual([...early.read()]);
  });

  test('must have the shape of the variable', () => {
    expect(() => new Variable({ shape: [2], dtype: 'float32', data: add([1, 2, 3], 1) })).toThrow(
      'expected 2 elements',
    );
  });
});
