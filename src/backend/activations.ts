// keras.activations: the functions, which also take symbolic tensors, and how names and configs turn into them.

import { nameActivation } from '../activations.js';
import type { TensorLike } from '../graph/apply.js';
import { lifter } from '../layers/operation.js';
import { toSnakeCase } from '../naming.js';
import * as functions from '../ops/activations.js';
import * as soft from '../ops/softmax.js';

export {
  getActivation as deserialize,
  getActivation as get,
  serializeActivation as serialize,
} from '../activations.js';

const op = lifter('keras.src.activations.activations');

export const celu = op('celu', functions.celu, 'x', 'alpha=1');
export const elu = op('elu', functions.elu, 'x', 'alpha=1');
export const exponential = op('exp', functions.exponential, 'x');
export const gelu = op('gelu', functions.gelu, 'x', 'approximate=false');
export const glu = op('glu', functions.glu, 'x', 'axis=-1');
export const hardShrink = op('hardShrink', functions.hardShrink, 'x', 'threshold=0.5');
export const hardSigmoid = op('hardSigmoid', functions.hardSigmoid, 'x');
export const hardSilu = op('hardSilu', functions.hardSilu, 'x');
export { hardSilu as hardSwish, silu as swish };
export const hardTanh = op('hardTanh', functions.hardTanh, 'x');
export const leakyRelu = op('leakyRelu', functions.leakyRelu, 'x', 'negativeSlope=0.2');
export const linear = op('linear', functions.linear, 'x');
export const logSigmoid = op('logSigmoid', functions.logSigmoid, 'x');
export const logSoftmax = op('logSoftmax', soft.logSoftmax, 'x', 'axis=-1');
export const mish = op('mish', functions.mish, 'x');
export const relu = op(
  'relu',
  (x: TensorLike, negativeSlope = 0, maxValue: number | null = null, threshold = 0) =>
    functions.relu(x, { negativeSlope, maxValue, threshold }),
  'x',
  'negativeSlope=0',
  'maxValue=null',
  'threshold=0',
);
export const relu6 = op('relu6', functions.relu6, 'x');
export const selu = op('selu', functions.selu, 'x');
export const sigmoid = op('sigmoid', functions.sigmoid, 'x');
export const silu = op('silu', functions.silu, 'x');
export const softShrink = op('softShrink', functions.softShrink, 'x', 'threshold=0.5');
export const softmax = op('softmax', soft.softmax, 'x', 'axis=-1');
export const softplus = op('softplus', functions.softplus, 'x');
export const softsign = op('softsign', functions.softsign, 'x');
export const sparsePlus = op('sparsePlus', functions.sparsePlus, 'x');
export const sparseSigmoid = op('sparseSigmoid', functions.sparseSigmoid, 'x');
export const sparsemax = op('sparsemax', soft.sparsemax, 'x', 'axis=-1');
export const squareplus = op('squareplus', functions.squareplus, 'x', 'b=4');
export const tanh = op('tanh', functions.tanh, 'x');
export const tanhShrink = op('tanhShrink', functions.tanhShrink, 'x');
export const threshold = op('threshold', functions.threshold, 'x', 'threshold', 'defaultValue');

// Configs of layers that were given one of these say its name.
for (const [name, fn] of Object.entries({
  celu,
  elu,
  exponential,
  gelu,
  glu,
  hardShrink,
  hardSigmoid,
  hardSilu,
  hardTanh,
  leakyRelu,
  linear,
  logSigmoid,
  logSoftmax,
  mish,
  relu,
  relu6,
  selu,
  sigmoid,
  silu,
  softShrink,
  softmax,
  softplus,
  softsign,
  sparsePlus,
  sparseSigmoid,
  sparsemax,
  squareplus,
  tanh,
  tanhShrink,
  threshold,
}))
  nameActivation(fn, toSnakeCase(name));
