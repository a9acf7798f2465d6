// Gradients through decompositions, and their gradients, against central differences. Values are tested by recordings.

import { expect, test } from 'vitest';
import { constant } from '../../src/graph/apply.js';
import { square } from '../../src/ops/elementwise.js';
import { eigh, lstsq, pinv } from '../../src/ops/linalg.js';
import { norm } from '../../src/ops/norm.js';
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

test('matrices of one element', () => {
  expect(eigh([[3]]).map(y => y.array())).toEqual([[3], [[1]]]);
  expect(pinv([[4]]).array()).toEqual([[0.25]]);
});
