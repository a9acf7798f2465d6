// keras.ops, the functions that Keras keeps in keras/src/ops/numpy.py.

import { nearestDType } from '../../dtype.js';
import { asTensor, type TensorLike } from '../../graph/apply.js';
import type { Tensor } from '../../graph/tensor.js';
import type { KerasTensor } from '../../layers/kerasTensor.js';
import { lifter } from '../../layers/operation.js';
import * as composite from '../../ops/composite.js';
import * as counting from '../../ops/counting.js';
import * as creation from '../../ops/creation.js';
import * as diagonals from '../../ops/diagonal.js';
import { rearrange as rearrangeOf } from '../../ops/einops.js';
import { einsum as einsumOf } from '../../ops/einsum.js';
import * as elementwise from '../../ops/elementwise.js';
import * as grid from '../../ops/grid.js';
import * as indexing from '../../ops/indexing.js';
import * as linalg from '../../ops/linalg.js';
import * as products from '../../ops/matmul.js';
import * as missing from '../../ops/missing.js';
import * as movement from '../../ops/movement.js';
import * as numeric from '../../ops/numeric.js';
import * as rearranging from '../../ops/rearrange.js';
import * as reduce from '../../ops/reduce.js';
import * as selecting from '../../ops/select.js';
import * as sorting from '../../ops/sort.js';
import * as statistics from '../../ops/statistics.js';
import { type Shape, toShape } from '../../shape.js';

const op = lifter('keras.src.ops.numpy');

type Axes = number | readonly number[] | null;
type QuantileMethod = sorting.QuantileMethod;
type DTypeName = string | null;

/** x in the dtype of that name; unchanged without one. */
const inDType = (x: Tensor, dtype: DTypeName | undefined): Tensor =>
  dtype ? elementwise.cast(x, nearestDType(dtype)) : x;
const named = (dtype: DTypeName | undefined) => (dtype ? nearestDType(dtype) : undefined);

// ---- Arithmetic --------------------------------------------------------------------------------------------------

export const abs = op('abs', elementwise.abs, 'x');
export const absolute = op('absolute', elementwise.abs, 'x');
export const add = op('add', elementwise.add, 'x1 x2');
export const subtract = op('subtract', elementwise.subtract, 'x1 x2');
export const multiply = op('multiply', elementwise.multiply, 'x1 x2');
export const divide = op('divide', elementwise.divide, 'x1 x2');
export const trueDivide = op('trueDivide', elementwise.divide, 'x1 x2');
export const divideNoNan = op('divideNoNan', composite.divideNoNan, 'x1 x2');
export const floorDivide = op('floorDivide', elementwise.floorDivide, 'x1 x2');
export const mod = op('mod', elementwise.mod, 'x1 x2');
export const fmod = op('fmod', numeric.fmod, 'x1 x2');
export const power = op('power', elementwise.power, 'x1 x2');
export const negative = op('negative', elementwise.negative, 'x');
export const reciprocal = op('reciprocal', elementwise.reciprocal, 'x');
export const square = op('square', elementwise.square, 'x');
export const sqrt = op('sqrt', elementwise.sqrt, 'x');
export const cbrt = op('cbrt', composite.cbrt, 'x');
export const hypot = op('hypot', composite.hypot, 'x1 x2');
export const sign = op('sign', elementwise.sign, 'x');
export const fabs = op('fabs', (x: TensorLike) => elementwise.abs(elementwise.cast(x, 'float32')), 'x');
export const gcd = op('gcd', numeric.gcd, 'x1 x2');
export const lcm = op('lcm', numeric.lcm, 'x1 x2');
export const ldexp = op('ldexp', numeric.ldexp, 'x1 x2');
export const maximum = op('maximum', elementwise.maximum, 'x1 x2');
export const minimum = op('minimum', elementwise.minimum, 'x1 x2');
export const fmax = op('fmax', numeric.fmax, 'x1 x2');
export const fmin = op('fmin', numeric.fmin, 'x1 x2');
export const clip = op('clip', elementwise.clip, 'x', 'xMin', 'xMax');
export const heaviside = op('heaviside', numeric.heaviside, 'x1 x2');
export const nanToNum = op(
  'nanToNum',
  (x: TensorLike, nan = 0, posinf: number | null = null, neginf: number | null = null) =>
    composite.nanToNum(x, nan, posinf ?? undefined, neginf ?? undefined),
  'x',
  'nan=0',
  'posinf=null',
  'neginf=null',
);

// ---- Rounding ----------------------------------------------------------------------------------------------------

export const floor = op('floor', elementwise.floor, 'x');
export const ceil = op('ceil', elementwise.ceil, 'x');
export const trunc = op('trunc', elementwise.trunc, 'x');
export const round = op(
  'round',
  (x: TensorLike, decimals = 0) => {
    if (decimals === 0) return elementwise.round(x);
    const scale = 10 ** decimals;
    return elementwise.divide(elementwise.round(elementwise.multiply(x, scale)), scale);
  },
  'x',
  'decimals=0',
);

// ---- Exponentials, angles ----------------------------------------------------------------------------------------

export const exp = op('exp', elementwise.exp, 'x');
export const exp2 = op('exp2', composite.exp2, 'x');
export const expm1 = op('expm1', elementwise.expm1, 'x');
export const log = op('log', elementwise.log, 'x');
export const log2 = op('log2', composite.log2, 'x');
export const log10 = op('log10', composite.log10, 'x');
export const log1p = op('log1p', elementwise.log1p, 'x');
export const logaddexp = op('logaddexp', composite.logaddexp, 'x1 x2');
export const logaddexp2 = op('logaddexp2', numeric.logaddexp2, 'x1 x2');
export const sin = op('sin', elementwise.sin, 'x');
export const cos = op('cos', elementwise.cos, 'x');
export const tan = op('tan', elementwise.tan, 'x');
export const arcsin = op('arcsin', elementwise.asin, 'x');
export const arccos = op('arccos', elementwise.acos, 'x');
export const arctan = op('arctan', elementwise.atan, 'x');
export const arctan2 = op('arctan2', elementwise.atan2, 'x1 x2');
export const sinh = op('sinh', elementwise.sinh, 'x');
export const cosh = op('cosh', elementwise.cosh, 'x');
export const tanh = op('tanh', elementwise.tanh, 'x');
export const arcsinh = op('arcsinh', elementwise.asinh, 'x');
export const arccosh = op('arccosh', elementwise.acosh, 'x');
export const arctanh = op('arctanh', elementwise.atanh, 'x');
export const sinc = op('sinc', composite.sinc, 'x');
export const deg2rad = op('deg2rad', composite.deg2rad, 'x');
export const rad2deg = op('rad2deg', composite.rad2deg, 'x');
export const i0 = op('i0', numeric.i0, 'x');

// ---- Comparisons, logic, bits ------------------------------------------------------------------------------------

export const equal = op('equal', elementwise.equal, 'x1 x2');
export const notEqual = op('notEqual', elementwise.notEqual, 'x1 x2');
export const less = op('less', elementwise.less, 'x1 x2');
export const lessEqual = op('lessEqual', elementwise.lessEqual, 'x1 x2');
export const greater = op('greater', elementwise.greater, 'x1 x2');
export const greaterEqual = op('greaterEqual', elementwise.greaterEqual, 'x1 x2');
export const isclose = op('isclose', numeric.isclose, 'x1 x2', '+rtol=1e-5', '+atol=1e-8', 'equalNan=false');
export const allclose = op('allclose', numeric.allclose, 'x1 x2', 'rtol=1e-5', 'atol=1e-8', 'equalNan=false');
export const logicalAnd = op('logicalAnd', elementwise.logicalAnd, 'x1 x2');
export const logicalOr = op('logicalOr', elementwise.logicalOr, 'x1 x2');
export const logicalXor = op('logicalXor', elementwise.logicalXor, 'x1 x2');
export const logicalNot = op('logicalNot', elementwise.logicalNot, 'x');
export const isnan = op('isnan', elementwise.isnan, 'x');
export const isinf = op('isinf', elementwise.isinf, 'x');
export const isfinite = op('isfinite', elementwise.isfinite, 'x');
export const isneginf = op('isneginf', numeric.isneginf, 'x');
export const isposinf = op('isposinf', numeric.isposinf, 'x');
export const isreal = op('isreal', (x: TensorLike) => creation.onesLike(asTensor(x), 'bool'), 'x');
export const signbit = op('signbit', numeric.signbit, 'x');
export const isin = op(
  'isin',
  (x1: TensorLike, x2: TensorLike, _assumeUnique = false, invert = false) => indexing.isin(x1, x2, invert),
  'x1 x2',
  'assumeUnique=false',
  'invert=false',
);
export const where = op(
  'where',
  (condition: TensorLike, x1: TensorLike | null = null, x2: TensorLike | null = null) =>
    (x1 === null || x2 === null ? selecting.nonzero(condition) : elementwise.where(condition, x1, x2)) as Tensor,
  'condition x1 x2',
);
export const select = op('select', selecting.select, 'condlist choicelist', '+default=0');
export const bitwiseAnd = op('bitwiseAnd', elementwise.bitwiseAnd, 'x y');
export const bitwiseOr = op('bitwiseOr', elementwise.bitwiseOr, 'x y');
export const bitwiseXor = op('bitwiseXor', elementwise.bitwiseXor, 'x y');
export const bitwiseNot = op('bitwiseNot', elementwise.bitwiseNot, 'x');
export const bitwiseInvert = op('bitwiseInvert', elementwise.bitwiseNot, 'x');
export const bitwiseLeftShift = op('bitwiseLeftShift', elementwise.leftShift, 'x y');
export const bitwiseRightShift = op('bitwiseRightShift', elementwise.rightShift, 'x y');
export const leftShift = op('leftShift', elementwise.leftShift, 'x y');
export const rightShift = op('rightShift', elementwise.rightShift, 'x y');

// ---- Reductions --------------------------------------------------------------------------------------------------

export const sum = op('sum', reduce.sum, 'x', 'axis=null', 'keepdims=false');
export const mean = op('mean', reduce.mean, 'x', 'axis=null', 'keepdims=false');
export const prod = op(
  'prod',
  (x: TensorLike, axis: Axes = null, keepdims = false, dtype: DTypeName = null) =>
    inDType(reduce.prod(x, axis, keepdims), dtype),
  'x',
  'axis=null',
  'keepdims=false',
  'dtype=null',
);
export const max = op('max', reduce.max, 'x', 'axis=null', 'keepdims=false', 'initial=null');
export const min = op('min', reduce.min, 'x', 'axis=null', 'keepdims=false', 'initial=null');
export const amax = op('amax', reduce.max, 'x', 'axis=null', 'keepdims=false');
export const amin = op('amin', reduce.min, 'x', 'axis=null', 'keepdims=false');
const variance = op('var', reduce.variance, 'x', 'axis=null', 'keepdims=false');

export { variance as var };
export const std = op('std', reduce.std, 'x', 'axis=null', 'keepdims=false');
export const all = op('all', reduce.all, 'x', 'axis=null', 'keepdims=false');
export const any = op('any', reduce.any, 'x', 'axis=null', 'keepdims=false');
export const argmax = op('argmax', reduce.argmax, 'x', 'axis=null', 'keepdims=false');
export const argmin = op('argmin', reduce.argmin, 'x', 'axis=null', 'keepdims=false');
export const countNonzero = op(
  'countNonzero',
  (x: TensorLike, axis: Axes = null) => reduce.countNonzero(x, axis),
  'x',
  'axis=null',
);
export const average = op('average', reduce.average, 'x', 'axis=null', '+weights=null');
export const ptp = op('ptp', reduce.ptp, 'x', 'axis=null', 'keepdims=false');
export const median = op('median', sorting.median, 'x', 'axis=null', 'keepdims=false');
export const quantile = op(
  'quantile',
  (x: TensorLike, q: TensorLike, axis: Axes = null, method: QuantileMethod = 'linear', keepdims = false) =>
    sorting.quantile(x, q, axis, method, keepdims),
  'x q',
  'axis=null',
  'method="linear"',
  'keepdims=false',
);
export const percentile = op(
  'percentile',
  (x: TensorLike, q: TensorLike, axis: Axes = null, method: QuantileMethod = 'linear', keepdims = false) =>
    sorting.quantile(x, elementwise.divide(q, 100), axis, method, keepdims),
  'x q',
  'axis=null',
  'method="linear"',
  'keepdims=false',
);
export const cumsum = op(
  'cumsum',
  (x: TensorLike, axis: number | null = null, dtype: DTypeName = null) =>
    reduce.cumsum(inDType(asTensor(x), dtype), axis),
  'x',
  'axis=null',
  'dtype=null',
);
export const cumprod = op(
  'cumprod',
  (x: TensorLike, axis: number | null = null, dtype: DTypeName = null) =>
    reduce.cumprod(inDType(asTensor(x), dtype), axis),
  'x',
  'axis=null',
  'dtype=null',
);
export const nansum = op('nansum', missing.nansum, 'x', 'axis=null', 'keepdims=false');
export const nanprod = op('nanprod', missing.nanprod, 'x', 'axis=null', 'keepdims=false');
export const nanmean = op('nanmean', missing.nanmean, 'x', 'axis=null', 'keepdims=false');
export const nanvar = op('nanvar', missing.nanvar, 'x', 'axis=null', 'keepdims=false');
export const nanstd = op('nanstd', missing.nanstd, 'x', 'axis=null', 'keepdims=false');
export const nanmax = op('nanmax', missing.nanmax, 'x', 'axis=null', 'keepdims=false');
export const nanmin = op('nanmin', missing.nanmin, 'x', 'axis=null', 'keepdims=false');
export const nanargmax = op('nanargmax', missing.nanargmax, 'x', 'axis=null', 'keepdims=false');
export const nanargmin = op('nanargmin', missing.nanargmin, 'x', 'axis=null', 'keepdims=false');
export const nancumsum = op('nancumsum', missing.nancumsum, 'x', 'axis=null');
export const nancumprod = op('nancumprod', missing.nancumprod, 'x', 'axis=null');
export const nanmedian = op(
  'nanmedian',
  (x: TensorLike, axis: Axes = null, keepdims = false) => missing.nanquantile(x, 0.5, axis, 'linear', keepdims),
  'x',
  'axis=null',
  'keepdims=false',
);
export const nanquantile = op(
  'nanquantile',
  (x: TensorLike, q: TensorLike, axis: Axes = null, method: QuantileMethod = 'linear', keepdims = false) =>
    missing.nanquantile(x, q, axis, method, keepdims),
  'x q',
  'axis=null',
  'method="linear"',
  'keepdims=false',
);
export const nanpercentile = op(
  'nanpercentile',
  (x: TensorLike, q: TensorLike, axis: Axes = null, method: QuantileMethod = 'linear', keepdims = false) =>
    missing.nanquantile(x, elementwise.divide(q, 100), axis, method, keepdims),
  'x q',
  'axis=null',
  'method="linear"',
  'keepdims=false',
);

// ---- Products ----------------------------------------------------------------------------------------------------

export const matmul = op('matmul', (x1: TensorLike, x2: TensorLike) => products.matmul(x1, x2), 'x1 x2');
export const dot = op('dot', products.dot, 'x1 x2');
export const inner = op('inner', products.inner, 'x1 x2');
export const outer = op('outer', products.outer, 'x1 x2');
export const vdot = op('vdot', products.vdot, 'x1 x2');
export const tensordot = op('tensordot', products.tensordot, 'x1 x2', 'axes=2');
export const cross = op('cross', linalg.cross, 'x1 x2', 'axisa=-1', 'axisb=-1', 'axisc=-1', 'axis=null');
export const kron = op('kron', linalg.kron, 'x1 x2');
const einsumOfList = op(
  'einsum',
  (operands: readonly TensorLike[], subscripts: string) => einsumOf(subscripts, ...operands),
  '...operands',
  'subscripts',
);
type Joined<T> = [Extract<T, KerasTensor>] extends [never] ? Tensor : KerasTensor;
/** The product and sums that the subscripts describe: `einsum('ij,jk->ik', a, b)`. */
export function einsum<T extends TensorLike | KerasTensor>(subscripts: string, ...operands: readonly T[]): Joined<T> {
  return einsumOfList(operands as readonly TensorLike[], subscripts) as Joined<T>;
}
export const corrcoef = op('corrcoef', statistics.corrcoef, 'x');
export const correlate = op('correlate', statistics.correlate, 'x1 x2', 'mode="valid"');
export const trapezoid = op('trapezoid', statistics.trapezoid, 'y', 'x=null', 'dx=1', 'axis=-1');

// ---- Shapes ------------------------------------------------------------------------------------------------------

export const reshape = op(
  'reshape',
  (x: TensorLike, newshape: Shape | number) =>
    movement.reshape(x, typeof newshape === 'number' ? [newshape] : newshape),
  'x',
  'newshape',
);
export const transpose = op('transpose', movement.transpose, 'x', 'axes=null');
export const expandDims = op('expandDims', movement.expandDims, 'x', 'axis');
export const squeeze = op('squeeze', movement.squeeze, 'x', 'axis=null');
export const ravel = op('ravel', movement.ravel, 'x');
export const broadcastTo = op(
  'broadcastTo',
  (x: TensorLike, shape: Shape | number) => movement.broadcastTo(x, toShape(shape)),
  'x',
  'shape',
);
export const moveaxis = op('moveaxis', movement.moveaxis, 'x', 'source', 'destination');
export const swapaxes = op('swapaxes', movement.swapaxes, 'x', 'axis1', 'axis2');
export const concatenate = op('concatenate', movement.concatenate, 'xs', 'axis=0');
export const stack = op('stack', movement.stack, 'x', 'axis=0');
export const hstack = op('hstack', rearranging.hstack, 'xs');
export const vstack = op('vstack', rearranging.vstack, 'xs');
export const dstack = op('dstack', selecting.dstack, 'xs');
export const append = op('append', selecting.append, 'x1 x2', 'axis=null');
export const split = op('split', movement.split, 'x', 'indicesOrSections', 'axis=0');
export const arraySplit = op('arraySplit', selecting.arraySplit, 'x', 'indicesOrSections', 'axis=0');
export const hsplit = op(
  'hsplit',
  (x: TensorLike, indicesOrSections: number | readonly number[]) =>
    movement.split(x, indicesOrSections, asTensor(x).rank === 1 ? 0 : 1),
  'x',
  'indicesOrSections',
);
export const vsplit = op(
  'vsplit',
  (x: TensorLike, indicesOrSections: number | readonly number[]) => movement.split(x, indicesOrSections, 0),
  'x',
  'indicesOrSections',
);
export const dsplit = op(
  'dsplit',
  (x: TensorLike, indicesOrSections: number | readonly number[]) => movement.split(x, indicesOrSections, 2),
  'x',
  'indicesOrSections',
);
export const flip = op('flip', movement.flip, 'x', 'axis=null');
export const fliplr = op('fliplr', (x: TensorLike) => movement.flip(x, 1), 'x');
export const flipud = op('flipud', (x: TensorLike) => movement.flip(x, 0), 'x');
export const rot90 = op('rot90', rearranging.rot90, 'array', 'k=1', 'axes=[0,1]');
export const roll = op('roll', movement.roll, 'x', 'shift', 'axis=null');
export const tile = op('tile', movement.tile, 'x', 'repeats');
export const repeat = op(
  'repeat',
  (x: TensorLike, repeats: TensorLike, axis: number | null = null) =>
    movement.repeat(x, typeof repeats === 'number' ? repeats : Array.from(asTensor(repeats).data()), axis),
  'x',
  'repeats',
  'axis=null',
);
export const pad = op(
  'pad',
  (
    x: TensorLike,
    padWidth: movement.PadWidth,
    mode: movement.PadMode = 'constant',
    constantValues: number | null = null,
  ) => movement.pad(x, padWidth, mode, constantValues ?? 0),
  'x',
  'padWidth',
  'mode="constant"',
  '+constantValues=null',
);
export const copy = op('copy', (x: TensorLike) => movement.reshape(x, asTensor(x).shape), 'x');

/** `rearrange(x, 'b (h w) c -> b h w c', { h: 8 })`. */
export function rearrange<T extends TensorLike | KerasTensor>(
  tensor: T,
  pattern: string,
  axesLengths: Readonly<Record<string, number>> = {},
): Joined<T> {
  return rearrangeTo(tensor as TensorLike, { pattern, axesLengths }) as Joined<T>;
}
const rearrangeTo = op('rearrange', rearrangeOf, 'tensor', 'pattern', 'axesLengths');

// ---- Elements ----------------------------------------------------------------------------------------------------

export const take = op('take', indexing.take, 'x indices', 'axis=null');
export const takeAlongAxis = op(
  'takeAlongAxis',
  (x: TensorLike, indices: TensorLike, axis: number | null = null) => indexing.takeAlongAxis(x, indices, axis),
  'x indices',
  'axis=null',
);
export const getItem = op('getItem', selecting.getItem, 'x key');
export const diag = op('diag', diagonals.diag, 'x', 'k=0');
export const diagflat = op('diagflat', (x: TensorLike, k = 0) => diagonals.diag(movement.ravel(x), k), 'x', 'k=0');
export const diagonal = op('diagonal', diagonals.diagonal, 'x', 'offset=0', 'axis1=0', 'axis2=1');
export const trace = op('trace', diagonals.trace, 'x', 'offset=0', 'axis1=0', 'axis2=1');
export const tril = op('tril', diagonals.tril, 'x', 'k=0');
export const triu = op('triu', diagonals.triu, 'x', 'k=0');
export const diff = op('diff', rearranging.diff, 'a', 'n=1', 'axis=-1');
export const sort = op('sort', sorting.sort, 'x', 'axis=-1');
export const argsort = op('argsort', sorting.argsort, 'x', 'axis=-1');
export const argpartition = op(
  'argpartition',
  (x: TensorLike, _kth: number, axis: number | null = -1) => sorting.argsort(x, axis),
  'x',
  'kth',
  'axis=-1',
);
export const searchsorted = op('searchsorted', sorting.searchsorted, 'sortedSequence values', 'side="left"');
export const digitize = op('digitize', sorting.digitize, 'x', '+bins');
export const bincount = op('bincount', counting.bincount, 'x', 'weights=null', 'minlength=0');
export const histogram = op('histogram', counting.histogram, 'x', 'bins=10', 'range=null');
export const nonzero = op('nonzero', selecting.nonzero, 'x');
export const unique = op(
  'unique',
  (
    x: TensorLike,
    _sorted = true,
    returnIndex = false,
    returnInverse = false,
    returnCounts = false,
    axis: number | null = null,
  ) => {
    const { values, index, inverse, counts } = counting.unique(x, axis);
    const parts = [values, returnIndex && index, returnInverse && inverse, returnCounts && counts];
    const wanted = parts.filter(part => part !== false);
    return (wanted.length === 1 ? values : wanted) as Tensor;
  },
  'x',
  'sorted=true',
  'returnIndex=false',
  'returnInverse=false',
  'returnCounts=false',
  'axis=null',
);
export const unravelIndex = op('unravelIndex', indexing.unravelIndex, 'indices', 'shape');

// ---- Tensors made of nothing -------------------------------------------------------------------------------------

export const zeros = op(
  'zeros',
  (shape: Shape | number, dtype: DTypeName = null) => creation.zeros(toShape(shape), named(dtype)),
  'shape',
  'dtype=null',
);
export const ones = op(
  'ones',
  (shape: Shape | number, dtype: DTypeName = null) => creation.ones(toShape(shape), named(dtype)),
  'shape',
  'dtype=null',
);
/** Zeros: there is no memory without content here. */
export const empty = op(
  'empty',
  (shape: Shape | number, dtype: DTypeName = null) => creation.zeros(toShape(shape), named(dtype)),
  'shape',
  'dtype=null',
);
export const full = op(
  'full',
  (shape: Shape | number, fillValue: TensorLike, dtype: DTypeName = null) =>
    inDType(movement.broadcastTo(fillValue, toShape(shape)), dtype ?? 'float32'),
  'shape fillValue',
  'dtype=null',
);
export const zerosLike = op(
  'zerosLike',
  (x: TensorLike, dtype: DTypeName = null) => creation.zerosLike(asTensor(x), named(dtype)),
  'x',
  'dtype=null',
);
export const onesLike = op(
  'onesLike',
  (x: TensorLike, dtype: DTypeName = null) => creation.onesLike(asTensor(x), named(dtype)),
  'x',
  'dtype=null',
);
export const emptyLike = op(
  'emptyLike',
  (x: TensorLike, dtype: DTypeName = null) => creation.zerosLike(asTensor(x), named(dtype)),
  'x',
  'dtype=null',
);
export const fullLike = op(
  'fullLike',
  (x: TensorLike, fillValue: TensorLike, dtype: DTypeName = null) =>
    inDType(movement.broadcastTo(elementwise.cast(fillValue, asTensor(x).dtype), asTensor(x).shape), dtype),
  'x fillValue',
  'dtype=null',
);
export const array = op(
  'array',
  (x: TensorLike, dtype: DTypeName = null) => inDType(asTensor(x), dtype),
  'x',
  'dtype=null',
);
export const arange = op(
  'arange',
  (start: number, stop: number | null = null, step: number | null = null, dtype: DTypeName = null) =>
    grid.arange(start, stop, step ?? 1, named(dtype) ?? null),
  'start',
  'stop=null',
  'step=null',
  'dtype=null',
);
export const linspace = op(
  'linspace',
  (
    start: TensorLike,
    stop: TensorLike,
    num = 50,
    endpoint = true,
    retstep = false,
    dtype: DTypeName = null,
    axis = 0,
  ) => {
    const y = grid.linspace(start, stop, num, endpoint, named(dtype), axis);
    const step = () =>
      elementwise.divide(elementwise.subtract(asTensor(stop), start), Math.max(1, endpoint ? num - 1 : num));
    return (retstep ? [y, step()] : y) as Tensor;
  },
  'start stop',
  'num=50',
  'endpoint=true',
  'retstep=false',
  'dtype=null',
  'axis=0',
);
export const logspace = op(
  'logspace',
  (start: TensorLike, stop: TensorLike, num = 50, endpoint = true, base = 10, dtype: DTypeName = null, axis = 0) =>
    grid.logspace(start, stop, num, endpoint, base, named(dtype), axis),
  'start stop',
  'num=50',
  'endpoint=true',
  'base=10',
  'dtype=null',
  'axis=0',
);
export const geomspace = op(
  'geomspace',
  (start: TensorLike, stop: TensorLike, num = 50, endpoint = true, dtype: DTypeName = null, axis = 0) =>
    grid.geomspace(start, stop, num, endpoint, named(dtype), axis),
  'start stop',
  'num=50',
  'endpoint=true',
  'dtype=null',
  'axis=0',
);
export const eye = op(
  'eye',
  (N: number, M: number | null = null, k = 0, dtype: DTypeName = null) => grid.eye(N, M, k, named(dtype)),
  'N',
  'M=null',
  'k=0',
  'dtype=null',
);
export const identity = op(
  'identity',
  (n: number, dtype: DTypeName = null) => grid.identity(n, named(dtype)),
  'n',
  'dtype=null',
);
export const tri = op(
  'tri',
  (N: number, M: number | null = null, k = 0, dtype: DTypeName = null) => grid.tri(N, M, k, named(dtype)),
  'N',
  'M=null',
  'k=0',
  'dtype=null',
);
export const vander = op('vander', selecting.vander, 'x', 'N=null', 'increasing=false');
export const bartlett = op('bartlett', grid.bartlett, 'x');
export const blackman = op('blackman', grid.blackman, 'x');
export const hamming = op('hamming', grid.hamming, 'x');
export const hanning = op('hanning', grid.hanning, 'x');
export const kaiser = op('kaiser', grid.kaiser, 'x beta');
const meshgridOfList = op('meshgrid', grid.meshgrid, '...xs', 'indexing="xy"');
/** The coordinates of a grid: output i holds axis i's coordinate at every point. The last argument may be `{ indexing }`. */
export function meshgrid(...args: readonly (TensorLike | { readonly indexing: 'xy' | 'ij' })[]): Tensor[] {
  const last = args.at(-1);
  const options = typeof last === 'object' && 'indexing' in last ? last : { indexing: 'xy' as const };
  return meshgridOfList(args.filter(arg => arg !== options) as TensorLike[], options.indexing) as Tensor[];
}

// ---- Numbers without an imaginary part ---------------------------------------------------------------------------

export const real = op('real', (x: TensorLike) => asTensor(x), 'x');
export const conj = op('conj', (x: TensorLike) => asTensor(x), 'x');
export const conjugate = op('conjugate', (x: TensorLike) => asTensor(x), 'x');
export const imag = op('imag', (x: TensorLike) => creation.zerosLike(asTensor(x)), 'x');
export const angle = op('angle', (x: TensorLike) => elementwise.atan2(0, x), 'x');

// ---- About tensors -----------------------------------------------------------------------------------------------

/** Number of axes. */
export const ndim = (x: { readonly shape: readonly unknown[] } | TensorLike): number => specOf(x).shape.length;
/** Number of elements; null if a dimension is unknown. */
export function size(x: { readonly shape: readonly (number | null)[] } | TensorLike): number | null {
  return specOf(x).shape.reduce<number | null>(
    (product, dim) => (product === null || dim === null ? null : product * (dim as number)),
    1,
  );
}

function specOf(x: unknown): { readonly shape: readonly unknown[] } {
  return typeof x === 'object' && x !== null && 'shape' in x
    ? (x as { shape: readonly unknown[] })
    : asTensor(x as TensorLike);
}
