import { describe, expect, test } from 'vitest';
import { evaluate } from '../../src/compiler/evaluate.js';
import { compileFunction, jit } from '../../src/compiler/function.js';
import { apply, applyAll, asTensor, constant } from '../../src/graph/apply.js';
import { defineOp } from '../../src/graph/op.js';
import type { Tensor } from '../../src/graph/tensor.js';
import { Variable } from '../../src/ops/variable.js';
import { engine } from '../../src/runtime/engine.js';

/** y = x, through a kernel. Two of them with different tags are different computations. */
const copyOp = defineOp<{ tag?: number }>({
  name: 'testCopy',
  infer: ([x]) => [{ shape: x!.shape, dtype: x!.dtype }],
  vjp: (_, [dy]) => [dy],
  emit: (k, { inputs: [x], outputs: [y] }) => k.call('copy', { x: x!, y: y!, n: x!.size }, x!.size),
  inPlace: [[0, 0]],
});
/** (a, b) -> (b, a). */
const swapOp = defineOp({
  name: 'testSwap',
  infer: ([a, b]) => [b!, a!].map(({ shape, dtype }) => ({ shape, dtype })),
  vjp: 'none',
  emit: (k, { inputs: [a, b], outputs: [y, z] }) => {
    k.call('copy', { x: b!, y: y!, n: y!.size }, y!.size);
    k.call('copy', { x: a!, y: z!, n: z!.size }, z!.size);
  },
});
/** y = x, through memory derived from x. */
const derivedOp = defineOp({
  name: 'testDerived',
  infer: ([x]) => [{ shape: x!.shape, dtype: x!.dtype }],
  vjp: 'none',
  emit: (k, { inputs: [x], outputs: [y] }) => {
    const copy = k.derived(x!, 4 * x!.size, (inner, to) => inner.call('copy', { x: x!, y: to, n: x!.size }, x!.size));
    k.call('copy', { x: copy, y: y!, n: x!.size }, x!.size);
  },
});
const reshapeOp = defineOp<{ shape: number[] }>({
  name: 'testReshape',
  infer: ([x], { shape }) => [{ shape, dtype: x!.dtype }],
  vjp: 'none',
  emit: () => {},
  view: true,
});
const copyOf = (x: Tensor, tag = 0) => apply(copyOp, [x], { tag });

describe('lazy tensors', () => {
  test('are computed when asked for, once', () => {
    const x = constant([1, 2, 3]);
    const y = copyOf(copyOf(x), 1);
    expect(y.value).toBeNull();
    expect([...y.data()]).toEqual([1, 2, 3]);
    expect(y.node).toBeNull();
    expect(y.data()).toBe(y.data());
  });

  test('share programs when their graphs have the same structure', () => {
    const used = () => engine().heap.used;
    evaluate([copyOf(constant([1, 2]), 5)]);
    const before = used();
    expect([...copyOf(constant([3, 4]), 5).data()]).toEqual([3, 4]);
    expect(used()).toBe(before);
  });

  test('views cost nothing and keep dtype and data', () => {
    const x = constant([
      [true, false],
      [true, true],
    ]);
    const y = apply(reshapeOp, [copyOf(x)], { shape: [4] });
    expect(y.array()).toEqual([true, false, true, true]);
  });

  test('have nested arrays, scalars and errors for ragged input', () => {
    expect(
      constant([
        [1, 2],
        [3, 4],
      ]).array(),
    ).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(constant(7).item()).toBe(7);
    expect(() => constant([[1, 2], [3]])).toThrow(/regular/);
    expect(() => constant([1, 2]).item()).toThrow(/one element/);
  });
});

describe('variables', () => {
  test('read outside of a trace, a tensor keeps the value of that moment', () => {
    const v = new Variable([1, 2]);
    const before = v.value;
    const copy = copyOf(before);
    v.assign([3, 4]);
    expect(before.array()).toEqual([1, 2]);
    expect(copy.array()).toEqual([1, 2]);
    expect(v.value.array()).toEqual([3, 4]);
  });

  test('keep their shape and dtype', () => {
    const v = new Variable([1, 2], { name: 'kernel' });
    expect(() => v.assign([1, 2, 3])).toThrow(/"kernel".*\(2,\).*\(3,\)/);
    expect([...v.read()]).toEqual([1, 2]);
    const count = new Variable(0, { dtype: 'int32' });
    count.assign(constant(2.7));
    expect(count.value.dtype).toBe('int32');
    expect(count.item()).toBe(2);
  });

  test('are added to and subtracted from, at once and in programs', () => {
    const v = new Variable([1, 2]);
    v.assignAdd(1);
    v.assignSub([0, 5]);
    expect(v.array()).toEqual([2, -2]);
    const step = compileFunction([], () => {
      v.assignAdd(v);
      v.assignSub(1);
      return [];
    });
    step.run();
    step.run();
    expect(v.array()).toEqual([5, -11]);
  });

  test('are swapped by a program as if all updates happened at once', () => {
    const a = new Variable([1, 2]);
    const b = new Variable([3, 4]);
    const swap = compileFunction([], () => {
      const old = a.value;
      a.assign(b.value);
      b.assign(old);
      return [old];
    });
    swap.run();
    expect([[...a.read()], [...b.read()], [...swap.outputs[0]!.read()]]).toEqual([
      [3, 4],
      [1, 2],
      [1, 2],
    ]);
  });

  test('are updated in their own memory only after their last reader', () => {
    const v = new Variable([1, 2]);
    const step = compileFunction([{ shape: [2], dtype: 'float32' }], ([x]) => {
      const old = v.value;
      v.assign(copyOf(x!));
      return [copyOf(old, 1), v.value];
    });
    for (const round of [
      [5, 6],
      [7, 8],
    ]) {
      const before = [...v.read()];
      step.inputs[0]!.write(round);
      step.run();
      expect([...step.outputs[0]!.read()]).toEqual(before);
      expect([...step.outputs[1]!.read()]).toEqual(round);
      expect([...v.read()]).toEqual(round);
    }
    // One instruction per op: neither the new value nor the old one is copied around.
    expect(step.program.toString().split('\n')).toHaveLength(1 + 2);
  });

  test('two outputs of one op go straight to two variables', () => {
    const a = new Variable([1]);
    const b = new Variable([2]);
    const x = compileFunction(
      [
        { shape: [1], dtype: 'float32' },
        { shape: [1], dtype: 'float32' },
      ],
      inputs => {
        const [first, second] = applyAll(swapOp, inputs, {});
        a.assign(first!);
        b.assign(second!);
        return [];
      },
    );
    x.inputs[0]!.write([8]);
    x.inputs[1]!.write([9]);
    x.run();
    expect([a.read()[0], b.read()[0]]).toEqual([9, 8]);
  });

  test('cannot be used after dispose()', () => {
    const v = new Variable([1]);
    v.dispose();
    expect(() => v.read()).toThrow(/disposed/);
  });
});

describe('compiled functions', () => {
  test('are traced once per shape', () => {
    let traces = 0;
    const f = jit((x: Tensor) => {
      traces++;
      return copyOf(x);
    });
    expect(f([1, 2]).array()).toEqual([1, 2]);
    expect(f([3, 4]).array()).toEqual([3, 4]);
    expect(f([5]).array()).toEqual([5]);
    expect(traces).toBe(2);
  });

  test('survive a move of the arena', () => {
    const small = compileFunction([{ shape: [3], dtype: 'float32' }], ([x]) => [copyOf(x!)]);
    small.inputs[0]!.write([1, 2, 3]);
    small.run();
    const before = engine().arenaBytes;
    const large = compileFunction([{ shape: [before], dtype: 'float32' }], ([x]) => [copyOf(x!)]);
    large.inputs[0]!.write(new Float32Array(before).fill(7));
    large.run();
    expect(large.outputs[0]!.read()[before - 1]).toBe(7);
    small.inputs[0]!.write([4, 5, 6]);
    small.run();
    expect([...small.outputs[0]!.read()]).toEqual([4, 5, 6]);
  });

  test('gather rows of a larger array', () => {
    const f = compileFunction([{ shape: [2, 3], dtype: 'int32' }], ([x]) => [copyOf(x!)]);
    f.inputs[0]!.gather(Int32Array.from([0, 1, 2, 10, 11, 12, 20, 21, 22]), 3, [2, 0, 1], 1, 2);
    f.run();
    expect([...f.outputs[0]!.read()]).toEqual([0, 1, 2, 10, 11, 12]);
    expect(() => f.inputs[0]!.write([1])).toThrow(/6 elements.*Received 1/);
  });

  test('compute what is derived from variables again only after they changed', () => {
    const v = new Variable([1, 2]);
    const f = compileFunction([{ shape: [2], dtype: 'float32' }], ([x]) => [
      apply(derivedOp, [v.value], {}),
      apply(derivedOp, [x!], {}),
    ]);
    expect(f.program.toString()).toMatch(/^prologue: 1 instructions/);
    const run = (x: number[]) => {
      f.inputs[0]!.write(x);
      f.run();
      return f.outputs.map(slot => [...slot.read()]);
    };
    expect(run([5, 6])).toEqual([
      [1, 2],
      [5, 6],
    ]);
    v.assign([3, 4]);
    expect(run([7, 8])).toEqual([
      [3, 4],
      [7, 8],
    ]);
    const change = compileFunction([], () => {
      v.assign(copyOf(constant([9, 9])));
      return [];
    });
    change.run();
    expect(run([1, 1])).toEqual([
      [9, 9],
      [1, 1],
    ]);
  });

  test('a variable that the program itself updates is derived from at each run', () => {
    const v = new Variable([1]);
    const f = compileFunction([{ shape: [1], dtype: 'float32' }], ([x]) => {
      const old = apply(derivedOp, [v.value], {});
      v.assign(copyOf(x!));
      return [old];
    });
    const olds = [5, 6, 7].map(x => {
      f.inputs[0]!.write([x]);
      f.run();
      return f.outputs[0]!.item();
    });
    expect(olds).toEqual([1, 5, 6]);
  });

  test('use no memory per run', () => {
    const v = new Variable(asTensor([1, 2]));
    const f = compileFunction([], () => {
      v.assign(copyOf(v.value));
      return [];
    });
    f.run();
    const used = engine().heap.used;
    for (let i = 0; i < 1000; i++) f.run();
    expect(engine().heap.used).toBe(used);
  });
});
