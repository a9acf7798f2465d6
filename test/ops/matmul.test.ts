import { describe, expect, test } from 'vitest';
import { apply, fromTypedArray } from '../../src/graph/apply.js';
import type { Tensor } from '../../src/graph/tensor.js';
import { einsum } from '../../src/ops/einsum.js';
import { add, sigmoid, tanh } from '../../src/ops/elementwise.js';
import { dot, inner, matmul, matmulOp, outer, tensordot, vdot } from '../../src/ops/matmul.js';
import { transpose } from '../../src/ops/movement.js';
import { broadcastShapes, sizeOf, stridesOf } from '../../src/shape.js';
import { checkGradients, expectTensor, randomTensor } from '../support/op.js';

/** NumPy's matmul of tensors of rank 2 or more, in float64. */
function reference(a: Tensor, b: Tensor): { data: Float64Array; shape: number[] } {
  const [m, k] = a.shape.slice(-2) as [number, number];
  const n = b.shape.at(-1)!;
  const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const from = (x: Tensor, item: number) => {
    const own = x.shape.slice(0, -2);
    const strides = stridesOf(batch);
    return stridesOf(own).reduce((sum, stride, axis) => {
      const at = batch.length - own.length + axis;
      const index = Math.floor(item / strides[at]!) % batch[at]!;
      return sum + (own[axis] === 1 ? 0 : index * stride);
    }, 0);
  };
  const data = new Float64Array(sizeOf(batch) * m * n);
  const [x, y] = [a.data(), b.data()];
  for (let item = 0; item < sizeOf(batch); item++) {
    const [ia, ib] = [from(a, item) * m * k, from(b, item) * k * n];
    for (let i = 0; i < m * n; i++) {
      for (let p = 0; p < k; p++)
        data[item * m * n + i]! += x[ia + Math.floor(i / n) * k + p]! * y[ib + p * n + (i % n)]!;
    }
  }
  return { data, shape: [...batch, m, n] };
}

describe('matmul', () => {
  test.each([
    [
      [3, 4],
      [4, 5],
    ],
    [
      [70, 100],
      [100, 90],
    ],
    [
      [1, 300],
      [300, 40],
    ],
    [
      [300, 40],
      [40, 1],
    ],
    [
      [2, 3, 4],
      [4, 5],
    ],
    [
      [2, 3, 4],
      [2, 4, 5],
    ],
    [
      [2, 1, 3, 4],
      [5, 4, 2],
    ],
    [
      [3, 1, 2, 4, 3],
      [2, 1, 3, 4],
    ],
    [
      [2, 1, 2, 1, 2, 3],
      [1, 2, 1, 2, 3, 2],
    ],
    [
      [3, 70, 80],
      [3, 80, 75],
    ],
    [
      [0, 3],
      [3, 2],
    ],
    [
      [2, 0],
      [0, 3],
    ],
  ])('%j times %j', (shapeA, shapeB) => {
    const a = randomTensor(shapeA, 1);
    const b = randomTensor(shapeB, 2);
    const { data, shape } = reference(a, b);
    expectTensor(matmul(a, b), data, shape);
    const last = (x: Tensor) => [...x.shape.keys()].slice(0, -2).concat([x.rank - 1, x.rank - 2]);
    const [ta, tb] = [transpose(a, last(a)), transpose(b, last(b))];
    expectTensor(matmul(ta, tb, { transposeA: true, transposeB: true }), data, shape);
    // The same with transposes that are known values, so that they cannot become attributes.
    for (const x of [ta, tb]) x.data();
    expectTensor(matmul(ta, b, { transposeA: true }), data, shape);
    expectTensor(matmul(a, tb, { transposeB: true }), data, shape);
  });

  test('vectors are rows on the left and columns on the right', () => {
    const a = fromTypedArray(Float32Array.of(1, 2, 3), [3]);
    const b = fromTypedArray(Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2]);
    expectTensor(matmul(a, b), [22, 28], [2]);
    expectTensor(matmul(transpose(b), a), [22, 28], [2]);
    expectTensor(matmul(a, a), [14], []);
  });

  test('int32 stays int32', () => {
    const y = matmul(fromTypedArray(Int32Array.of(1, 2, 3, 4), [2, 2]), fromTypedArray(Int32Array.of(5, -6), [2, 1]));
    expect(y.dtype).toBe('int32');
    expect([...y.data()]).toEqual([-7, -9]);
  });

  test.each([
    [[3, 4], [4, 2], false, false],
    [[4, 3], [2, 4], true, true],
    [[2, 3, 4], [4, 2], false, false],
    [[2, 1, 4, 3], [3, 4, 2], true, false],
    [[3, 4], [2, 2, 4], false, true],
    [[4], [4, 3], false, false],
  ])('gradients and their gradients, %j times %j, transposed %s %s', (shapeA, shapeB, transposeA, transposeB) => {
    checkGradients(
      (a, b) => matmul(a, b, { transposeA, transposeB }),
      [randomTensor(shapeA, 1), randomTensor(shapeB, 2)],
      { second: true },
    );
  });

  test.each(['linear', 'sigmoid', 'tanh'] as const)(
    'bias and %s in the same instruction, with their gradients',
    activation => {
      const inputs = [randomTensor([3, 4], 1), randomTensor([5, 4], 2), randomTensor([5], 3)];
      const attrs = { transposeA: false, transposeB: true, activation };
      const apart = add(matmul(inputs[0]!, inputs[1]!, { transposeB: true }), inputs[2]!);
      const expected = { linear: apart, sigmoid: sigmoid(apart), tanh: tanh(apart) }[activation];
      expectTensor(apply(matmulOp, inputs, attrs), expected.data(), [3, 5]);
      checkGradients((...tensors) => apply(matmulOp, tensors, attrs), inputs);
    },
  );

  test('sizes that do not fit are named', () => {
    expect(() => matmul(randomTensor([2, 3]), randomTensor([4, 5]))).toThrow(
      'Received shapes (2, 3) and (4, 5): 3 and 4',
    );
    expect(() => matmul(randomTensor([]), randomTensor([4]))).toThrow('at least one axis');
  });
});

describe('dot, tensordot, inner, outer, vdot', () => {
  const a = randomTensor([2, 3, 4], 1);
  const b = randomTensor([5, 4, 3], 2);

  test('dot sums over the last axis and the second to last', () => {
    const y = dot(a, b);
    expectTensor(y, einsum('ijk,lkm->ijlm', a, b).data(), [2, 3, 5, 3]);
    expect(dot(2, a).shape).toEqual([2, 3, 4]);
    expectTensor(dot([1, 2, 3], [4, 5, 6]), [32], []);
  });

  test('tensordot over pairs of axes, one by one in float64', () => {
    const [x, y] = [a.data(), b.data()];
    const expected = Float64Array.from({ length: 10 }, (_, at) => {
      const [i, j] = [Math.floor(at / 5), at % 5];
      let sum = 0;
      for (let p = 0; p < 3; p++) for (let q = 0; q < 4; q++) sum += x[(i * 3 + p) * 4 + q]! * y[(j * 4 + q) * 3 + p]!;
      return sum;
    });
    expectTensor(
      tensordot(a, b, [
        [1, 2],
        [2, -2],
      ]),
      expected,
      [2, 5],
    );
    expect(tensordot(a, b, 0).shape).toEqual([2, 3, 4, 5, 4, 3]);
    expect(() => tensordot(a, b, 2)).toThrow('pairs');
  });

  test('inner, outer and vdot', () => {
    expectTensor(
      inner(
        [
          [1, 2],
          [3, 4],
        ],
        [[5, 6]],
      ),
      [17, 39],
      [2, 1],
    );
    expectTensor(outer([1, 2], [[3], [4]]), [3, 4, 6, 8], [2, 2]);
    expectTensor(vdot([[1, 2]], [[3], [4]]), [11], []);
  });
});

describe('einsum', () => {
  const a = randomTensor([2, 3, 4], 1);
  const b = randomTensor([2, 4, 5], 2);
  const square = randomTensor([3, 3], 3);

  test('batched products, also with the axes in another order', () => {
    const { data } = reference(a, b);
    expectTensor(einsum('bij,bjk->bik', a, b), data, [2, 3, 5]);
    expectTensor(transpose(einsum('bij,bjk->kbi', a, b), [1, 2, 0]), data, [2, 3, 5]);
    expectTensor(einsum('...ij,...jk', a, b), data, [2, 3, 5]);
  });

  test('diagonals, traces and sums', () => {
    const x = square.data();
    expectTensor(einsum('ii->i', square), [x[0]!, x[4]!, x[8]!], [3]);
    expectTensor(einsum('ii', square), [x[0]! + x[4]! + x[8]!], []);
    expectTensor(
      einsum('ij->j', square),
      [0, 1, 2].map(j => x[j]! + x[3 + j]! + x[6 + j]!),
      [3],
    );
  });

  test('axes of size 1 behind an ellipsis broadcast, and axes of one operand alone are summed first', () => {
    const c = randomTensor([1, 4, 5], 4);
    expectTensor(einsum('...ij,...jk->...ik', a, c), reference(a, c).data, [2, 3, 5]);
    expectTensor(
      einsum('bij,bkl->bi', a, b),
      einsum('bi,b->bi', einsum('bij->bi', a), einsum('bkl->b', b)).data(),
      [2, 3],
    );
  });

  test('three operands from left to right', () => {
    expectTensor(einsum('ij,jk,kl->il', square, square, square), matmul(matmul(square, square), square).data(), [3, 3]);
  });

  test.each(['bij,bjk->bik', 'bij,bjk->ik', 'bij,cjk->cb'])('gradients of %s', equation => {
    checkGradients((x, y) => einsum(equation, x, y), [a, b]);
  });

  test('wrong equations say what is wrong', () => {
    expect(() => einsum('ij,jk->il', a, b)).toThrow('axes for "ij"');
    expect(() => einsum('bij,bjk->bil', a, b)).toThrow('"l" behind');
    expect(() => einsum('bij,bik->bjk', a, b)).toThrow('axis "i" has sizes 3 and 4');
  });
});
