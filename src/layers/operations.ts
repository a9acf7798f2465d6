// keras.ops for tensors and for symbolic tensors alike.

import * as activations from '../ops/activations.js';
import * as elementwise from '../ops/elementwise.js';
import * as matmul from '../ops/matmul.js';
import * as movement from '../ops/movement.js';
import * as reduce from '../ops/reduce.js';
import { softmax, logSoftmax } from '../ops/softmax.js';
import { lift } from './operation.js';

const numpy = 'keras.src.ops.numpy';
const nn = 'keras.src.ops.nn';

export const add = lift('Add', numpy, elementwise.add);
export const subtract = lift('Subtract', numpy, elementwise.subtract);
export const multiply = lift('Multiply', numpy, elementwise.multiply);
export const divide = lift('Divide', numpy, elementwise.divide);
export const trueDivide = lift('TrueDivide', numpy, elementwise.divide);
export const floorDivide = lift('FloorDivide', numpy, elementwise.floorDivide);
export const mod = lift('Mod', numpy, elementwise.mod);
export const power = lift('Power', numpy, elementwise.power);
export const maximum = lift('Maximum', numpy, elementwise.maximum);
export const minimum = lift('Minimum', numpy, elementwise.minimum);
export const negative = lift('Negative', numpy, elementwise.negative);
export const abs = lift('Absolute', numpy, elementwise.abs);
export const sign = lift('Sign', numpy, elementwise.sign);
export const square = lift('Square', numpy, elementwise.square);
export const sqrt = lift('Sqrt', numpy, elementwise.sqrt);
export const exp = lift('Exp', numpy, elementwise.exp);
export const expm1 = lift('Expm1', numpy, elementwise.expm1);
export const log = lift('Log', numpy, elementwise.log);
export const log1p = lift('Log1p', numpy, elementwise.log1p);
export const sin = lift('Sin', numpy, elementwise.sin);
export const cos = lift('Cos', numpy, elementwise.cos);
export const floor = lift('Floor', numpy, elementwise.floor);
export const ceil = lift('Ceil', numpy, elementwise.ceil);
export const round = lift('Round', numpy, elementwise.round);
export const clip = lift('Clip', numpy, elementwise.clip, ['xMin', 'xMax']);
export const equal = lift('Equal', numpy, elementwise.equal);
export const notEqual = lift('NotEqual', numpy, elementwise.notEqual);
export const greater = lift('Greater', numpy, elementwise.greater);
export const greaterEqual = lift('GreaterEqual', numpy, elementwise.greaterEqual);
export const less = lift('Less', numpy, elementwise.less);
export const lessEqual = lift('LessEqual', numpy, elementwise.lessEqual);
export const logicalAnd = lift('LogicalAnd', numpy, elementwise.logicalAnd);
export const logicalOr = lift('LogicalOr', numpy, elementwise.logicalOr);
export const logicalNot = lift('LogicalNot', numpy, elementwise.logicalNot);
export const where = lift('Where', numpy, elementwise.where);
export const cast = lift('Cast', 'keras.src.ops.core', elementwise.cast, ['dtype']);
export const stopGradient = lift('StopGradient', 'keras.src.ops.core', elementwise.stopGradient);

export const sum = lift('Sum', numpy, reduce.sum, ['axis', 'keepdims']);
export const mean = lift('Mean', numpy, reduce.mean, ['axis', 'keepdims']);
export const max = lift('Max', numpy, reduce.max, ['axis', 'keepdims']);
export const min = lift('Min', numpy, reduce.min, ['axis', 'keepdims']);
export const prod = lift('Prod', numpy, reduce.prod, ['axis', 'keepdims']);
export const any = lift('Any', numpy, reduce.any, ['axis', 'keepdims']);
export const all = lift('All', numpy, reduce.all, ['axis', 'keepdims']);
export const variance = lift('Var', numpy, reduce.variance, ['axis', 'keepdims']);
export const std = lift('Std', numpy, reduce.std, ['axis', 'keepdims']);
export const argmax = lift('Argmax', numpy, reduce.argmax, ['axis', 'keepdims']);
export const argmin = lift('Argmin', numpy, reduce.argmin, ['axis', 'keepdims']);

export const reshape = lift('Reshape', numpy, movement.reshape, ['newshape']);
export const transpose = lift('Transpose', numpy, movement.transpose, ['axes']);
export const expandDims = lift('ExpandDims', numpy, movement.expandDims, ['axis']);
export const squeeze = lift('Squeeze', numpy, movement.squeeze, ['axis']);
export const concatenate = lift('Concatenate', numpy, movement.concatenate, ['axis']);
export const stack = lift('Stack', numpy, movement.stack, ['axis']);
export const flip = lift('Flip', numpy, movement.flip, ['axis']);
export const tile = lift('Tile', numpy, movement.tile, ['repeats']);
export const repeat = lift('Repeat', numpy, movement.repeat, ['repeats', 'axis']);
export const swapaxes = lift('Swapaxes', numpy, movement.swapaxes, ['axis1', 'axis2']);
export const moveaxis = lift('Moveaxis', numpy, movement.moveaxis, ['source', 'destination']);

const matmulOp = lift('Matmul', numpy, matmul.matmul);
export const dot = lift('Dot', numpy, matmul.dot);

export const relu = lift('Relu', nn, activations.relu);
export const sigmoid = lift('Sigmoid', nn, activations.sigmoid);
export const tanh = lift('Tanh', numpy, activations.tanh);
export const silu = lift('Silu', nn, activations.silu);
export const gelu = lift('Gelu', nn, activations.gelu, ['approximate']);
export const elu = lift('Elu', nn, activations.elu, ['alpha']);
export const selu = lift('Selu', nn, activations.selu);
export const softplus = lift('Softplus', nn, activations.softplus);
const softmaxOp = lift('Softmax', nn, softmax, ['axis']);
const logSoftmaxOp = lift('LogSoftmax', nn, logSoftmax, ['axis']);
export { logSoftmaxOp as logSoftmax, matmulOp as matmul, softmaxOp as softmax };
