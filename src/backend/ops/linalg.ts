// keras.ops, the functions that Keras keeps in keras/src/ops/linalg.py.

import type { TensorLike } from '../../graph/apply.js';
import type { Tensor } from '../../graph/tensor.js';
import { lifter } from '../../layers/operation.js';
import * as linalg from '../../ops/linalg.js';
import { norm as normOf } from '../../ops/norm.js';

const op = lifter('keras.src.ops.linalg');

export const cholesky = op('cholesky', linalg.cholesky, 'x', 'upper=false');
export const choleskyInverse = op('choleskyInverse', linalg.choleskyInverse, 'x', 'upper=false');
export const det = op('det', linalg.det, 'x');
export const eigh = op('eigh', linalg.eigh, 'x');
export const inv = op('inv', linalg.inv, 'x');
export const lstsq = op('lstsq', linalg.lstsq, 'a b', 'rcond=null');
export const luFactor = op('luFactor', linalg.luFactor, 'x');
export const matrixRank = op('matrixRank', linalg.matrixRank, 'x', 'tol=null');
export const norm = op('norm', normOf, 'x', 'ord=null', 'axis=null', 'keepdims=false');
export const pinv = op('pinv', linalg.pinv, 'x', 'rcond=null');
export const qr = op('qr', linalg.qr, 'x', 'mode="reduced"');
export const slogdet = op('slogdet', linalg.slogdet, 'x');
export const solve = op('solve', linalg.solve, 'a b');
export const solveTriangular = op('solveTriangular', linalg.solveTriangular, 'a b', 'lower=false');
export const svd = op(
  'svd',
  (x: TensorLike, fullMatrices = true, computeUv = true): Tensor | Tensor[] => {
    const [u, s, vh] = linalg.svd(x, fullMatrices);
    return computeUv ? [u, s, vh] : s;
  },
  'x',
  'fullMatrices=true',
  'computeUv=true',
);
