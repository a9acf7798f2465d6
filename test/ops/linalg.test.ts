// Gradients through decompositions, and their gradients, against central differences. Values are tested by recordings.

import { expect, test } from 'vitest';
import { constant } from '../../src/graph/apply.js';
import type { Tensor } from '../../src/graph/tensor.js';
import { square } from '../../src/ops/elementwise.js';
import {
  cholesky,
  det,
  eigh,
  inv,
  lstsq,
  luFactor,
  matrixRank,
  pinv,
  qr,
  slogdet,
  solve,
  solveTriangular,
  svd,
} from '../../src/ops/linalg.js';
import { transpose } from '../../src/ops/movement.js';
import { norm } from '../../src/ops/norm.js';
import { maxError } from '../support/kernel.js';
import { checkGradients } from '../support/op.js';

const symmetric = constant([
  [2, 0.5, 0.3],
  [0.5, 1, -0.4],
  [0.3, -0.4, 3],
]);
const tall = constant([
  [1, 2],
  [-1, 0.5],
  [3, 1],
]);

test('gradients of eigenvalues and eigenvectors', () => {
  checkGradients(x => eigh(x)[0], [symmetric], { second: true });
  // Squares of eigenvectors do not depend on their signs.
  checkGradients(x => square(eigh(x)[1]), [symmetric], { second: true });
});

test('gradients of the pseudoinverse, of least squares and of the nuclear norm', () => {
  checkGradients(x => pinv(x), [tall], { second: true });
  checkGradients(x => lstsq(x, [1, 2, 3]), [tall]);
  checkGradients(x => norm(x, 'nuc'), [tall], { second: true });
});

test('gradients of factors and of what is computed from them', () => {
  const square3 = constant([
    [2, 0.5, -1],
    [0.3, -1, 0.4],
    [1, 0.7, 3],
  ]);
  const wide = constant([
    [1, -1, 3],
    [2, 0.5, 1],
  ]);
  const right = constant([
    [1, 2],
    [0.5, -1],
    [-2, 1],
  ]);
  for (const x of [square3, tall, wide]) {
    for (const i of [0, 1]) checkGradients(a => qr(a)[i]!, [x], { second: true });
    for (const i of [0, 1, 2]) checkGradients(a => svd(a, false)[i]!, [x], { second: true });
  }
  checkGradients(x => svd(x)[1], [tall]);
  checkGradients(x => cholesky(x), [symmetric], { second: true });
  checkGradients((a, b) => solve(a, b), [square3, right], { second: true });
  checkGradients((a, b) => solveTriangular(a, b, true), [square3, right], { second: true });
  checkGradients((a, b) => solveTriangular(a, b), [square3, right]);
  checkGradients(x => inv(x), [square3]);
  checkGradients(x => det(x), [square3], { second: true });
  checkGradients(x => slogdet(x)[1], [square3], { second: true });
});

test('signs of factors are those of LAPACK', () => {
  const near = (y: Tensor, ...rows: number[][]) => expect(maxError(y.data(), rows.flat())).toBeLessThan(1e-6);
  const [values, vectors] = eigh(symmetric);
  near(values, [0.69084799, 2.1913366, 3.1178155]);
  near(
    vectors,
    [-0.38999516, 0.89894104, 0.19952142],
    [0.89744955, 0.41957226, -0.13617481],
    [0.20612681, -0.12595288, 0.97038537],
  );
  const [u, s, vt] = svd(tall);
  near(
    u,
    [-0.50085765, -0.76320022, -0.40824831],
    [0.17354728, -0.55064917, 0.81649655],
    [-0.84795207, 0.33809823, 0.40824828],
  );
  near(s, [3.6694694, 1.6688311]);
  near(vt, [-0.87703735, -0.480422], [0.480422, -0.87703735]);
  const [wideU, , wideVt] = svd(transpose(tall), false);
  near(wideU, [-0.87703747, -0.48042229], [-0.48042226, 0.87703741]);
  near(wideVt, [-0.50085777, 0.17354731, -0.84795219], [0.76320034, 0.55064923, -0.3380983]);
  const [q, r] = qr(tall, 'complete');
  near(
    q,
    [-0.30151141, -0.86164033, -0.40824831],
    [0.30151138, -0.49236584, 0.81649655],
    [-0.90453404, 0.12309152, 0.40824828],
  );
  near(r, [-3.3166246, -1.3568013], [0, -1.8463725], [0, 0]);
});

test('pivots and the rank', () => {
  const [factors, pivots] = luFactor([
    [1, 2],
    [4, 2],
    [2, 7],
  ]);
  expect(factors.array()).toEqual([
    [4, 2],
    [0.5, 6],
    [0.25, 0.25],
  ]);
  expect(pivots.array()).toEqual([1, 2]);
  expect(
    det([
      [
        [0, 2],
        [3, 1],
      ],
      [
        [4, 2],
        [2, 1],
      ],
    ]).array(),
  ).toEqual([-6, 0]);
  expect(
    matrixRank([
      [1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
    ]).array(),
  ).toBe(2);
});

test('matrices of one element', () => {
  expect(eigh([[3]]).map(y => y.array())).toEqual([[3], [[1]]]);
  expect(pinv([[4]]).array()).toEqual([[0.25]]);
});
