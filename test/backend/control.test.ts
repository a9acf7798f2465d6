// Loops, branches, custom gradients and decompositions of keras.ops.

import { describe, expect, test } from 'vitest';
import { gradients } from '../../src/autodiff.js';
import * as ops from '../../src/backend/ops/index.js';
import '../../src/compiler/evaluate.js';
import { jit } from '../../src/compiler/function.js';
import { tensor } from '../../src/graph/apply.js';
import type { Tensor } from '../../src/graph/tensor.js';
import { Input } from '../../src/layers/index.js';
import type { KerasTensor } from '../../src/layers/kerasTensor.js';
import { cholesky, det, eigh, inv, qr, solve, svd } from '../../src/ops/linalg.js';
import { matmul } from '../../src/ops/matmul.js';
import { checkGradients, randomTensor } from '../support/op.js';

describe('control flow', () => {
  test('cond computes one side of a known condition, and selects where it is not known', () => {
    expect(
      ops
        .cond(
          true,
          () => tensor(1),
          () => tensor(2),
        )
        .item(),
    ).toBe(1);
    const choose = jit((x: Tensor) =>
      ops.cond(
        ops.greater(x, 0),
        () => ops.multiply(x, 10),
        () => x,
      ),
    );
    expect([choose(3).item(), choose(-3).item()]).toEqual([30, -3]);
  });

  test('switch clamps the index', () => {
    const branches = [(x: Tensor) => ops.add(x, 1), (x: Tensor) => ops.add(x, 2), (x: Tensor) => ops.add(x, 3)];
    const pick = jit((i: Tensor) => ops.switch(i, branches, tensor(10)) as Tensor);
    expect([-5, 0, 1, 2, 9].map(i => pick(Int32Array.of(i)).item())).toEqual([11, 11, 12, 13, 13]);
    expect((ops.switch(1, branches, tensor(10)) as Tensor).item()).toBe(12);
  });

  test('foriLoop and whileLoop repeat their body', () => {
    expect(ops.foriLoop(1, 5, (i, value: Tensor) => ops.multiply(value, i), tensor(1)).item()).toBe(24);
    const [i, total] = ops.whileLoop(
      (k: Tensor) => ops.less(k, 4),
      (k: Tensor, sum: Tensor): [Tensor, Tensor] => [ops.add(k, 1), ops.add(sum, k)],
      [tensor(0), tensor(0)] as [Tensor, Tensor],
    );
    expect([i.item(), total.item()]).toEqual([4, 6]);
  });

  test('scan carries a value along, forwards and in reverse; map and associativeScan stack results', () => {
    const step = (carry: Tensor, x: Tensor): [Tensor, Tensor] => [ops.add(carry, x), ops.multiply(carry, x)];
    const [carry, ys] = ops.scan(step, tensor(1), tensor([1, 2, 3]));
    expect([(carry as Tensor).item(), (ys as Tensor).array()]).toEqual([7, [1, 4, 12]]);
    const [, backwards] = ops.scan(step, tensor(1), tensor([1, 2, 3]), null, true);
    expect((backwards as Tensor).array()).toEqual([6, 8, 3]);
    expect(
      (
        ops.map(
          (x: Tensor) => ops.sum(x),
          tensor([
            [1, 2],
            [3, 4],
          ]),
        ) as Tensor
      ).array(),
    ).toEqual([3, 7]);
    const sums = (reverse: boolean) =>
      (
        ops.associativeScan((a: Tensor, b: Tensor) => ops.add(a, b), tensor([1, 2, 3, 4, 5]), reverse) as Tensor
      ).array();
    expect([sums(false), sums(true)]).toEqual([
      [1, 3, 6, 10, 15],
      [15, 14, 12, 9, 5],
    ]);
  });
});

test('factors of matrices of unknown size have their shapes at once', () => {
  const x = Input({ batchShape: [null, null, 4] });
  const square = Input({ batchShape: [null, null, null] });
  const shapes = (...outputs: unknown[]) => (outputs as KerasTensor[]).map(({ shape }) => shape);
  const any = [null, null, null];
  expect(shapes(...(ops.svd(square, false) as unknown[]))).toEqual([any, [null, null], any]);
  expect(shapes(...ops.eigh(square), ...ops.qr(square))).toEqual([[null, null], any, any, any]);
  expect(shapes(ops.pinv(x), ops.inv(square), ops.cholesky(square))).toEqual([[null, 4, null], any, any]);
  expect(shapes(ops.det(square), ops.matrixRank(x), ops.norm(x, 'nuc', [1, 2]))).toEqual([[null], [null], [null]]);
});

describe('gradients by hand', () => {
  test('customGradient puts its own in place of the true one', () => {
    const f = ops.customGradient(x => [ops.square(x), ({ upstream }) => ops.multiply(upstream, 100)]);
    const x = tensor([1, 2]);
    const y = f(x);
    expect(gradients([y], [x])[0]!.array()).toEqual([100, 100]);
    expect(y.array()).toEqual([1, 4]);
  });

  test('jvp is the derivative in a direction', () => {
    const [value, derivative] = ops.jvp(
      (x, y) => ops.multiply(ops.square(x), y),
      [
        [1, 2],
        [3, 4],
      ],
      [
        [1, 0],
        [0, 1],
      ],
    );
    expect([value.array(), derivative.array()]).toEqual([
      [3, 16],
      [6, 4],
    ]);
  });
});

describe('decompositions', () => {
  const closeTo = (actual: Tensor, expected: Tensor, digits = 4) => {
    const wanted = expected.data();
    expect(actual.shape).toEqual(expected.shape);
    actual.data().forEach((value: number, i: number) => expect(value).toBeCloseTo(wanted[i]!, digits));
  };

  test('give back the matrix: Q R, U S Vt, and eigenvectors times eigenvalues', () => {
    const a = randomTensor([2, 5, 3], 7);
    const [q, r] = qr(a);
    closeTo(matmul(q, r), a);
    for (const x of [a, randomTensor([3, 5], 8)]) {
      const [u, s, vt] = svd(x, false);
      closeTo(matmul(ops.multiply(u, ops.expandDims(s, -2)), vt), x);
      closeTo(matmul(vt, vt, { transposeB: true }), ops.broadcastTo(ops.eye(3), [...x.shape.slice(0, -2), 3, 3]));
    }
    const symmetric = matmul(a, a, { transposeA: true });
    const [values, vectors] = eigh(symmetric);
    closeTo(matmul(symmetric, vectors), ops.multiply(vectors, ops.expandDims(values, -2)), 3);
    const sorted = values.array() as number[][];
    expect(sorted.map(row => row.toSorted((x, y) => x - y))).toEqual(sorted);
  });

  test('solve pivots: a zero in the corner is no obstacle', () => {
    expect(
      solve(
        [
          [0, 1],
          [2, 0],
        ],
        [3, 4],
      ).array(),
    ).toEqual([2, 3]);
    expect(
      det([
        [0, 1],
        [2, 0],
      ]).item(),
    ).toBe(-2);
  });

  test('have gradients', () => {
    const a = ops.add(randomTensor([3, 3], 3), ops.multiply(3, ops.eye(3)));
    const settled = tensor(a.data(), [3, 3]);
    checkGradients(x => det(x!), [settled]);
    checkGradients(x => inv(x!), [settled]);
    checkGradients((x, b) => solve(x!, b!), [settled, randomTensor([3, 2], 4)]);
    const definite = tensor(matmul(settled, settled, { transposeB: true }).data(), [3, 3]);
    checkGradients(x => cholesky(x!), [definite]);
  });
});

test('rearrange splits, merges and reorders axes by name', () => {
  const x = tensor([
    [
      [1, 2],
      [3, 4],
      [5, 6],
      [7, 8],
    ],
  ]);
  expect(ops.rearrange(x, 'b (h w) c -> b c h w', { h: 2 }).array()).toEqual([
    [
      [
        [1, 3],
        [5, 7],
      ],
      [
        [2, 4],
        [6, 8],
      ],
    ],
  ]);
  expect(ops.rearrange(x, 'b n c -> (b c) n').shape).toEqual([2, 4]);
  expect(ops.rearrange(Input([6]), 'b (h w) -> b w h', { w: 3 }).shape).toEqual([null, 3, 2]);
  expect(() => ops.rearrange(x, 'b n c -> b n')).toThrow("rearrange: expected the same names on both sides of '->'.");
  expect(() => ops.rearrange(x, 'b (h w) c -> b h w c', { h: 3 })).toThrow('rearrange: shape (1, 4, 2) does not fit');
});
