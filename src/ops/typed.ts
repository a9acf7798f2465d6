// The names of the dtypes that results have. Ops know three dtypes; Keras's functions of tensors also tell uint8 from int32 and
// float16 from float32. What the operands are called decides, after an op, what its results are called: integers wrap around
// and floats are rounded there, once. Where all operands are float32, int32 or bool, there is nothing to do.

import { isDType, nearestDType, promoteNames } from '../dtype.js';
import { asTensor, type TensorLike } from '../graph/apply.js';
import { Tensor } from '../graph/tensor.js';
import { BaseVariable } from '../graph/variable.js';
import { NDArray } from '../ndarray.js';
import { mapStructure, type Structure } from '../structure.js';
import { castTo } from './convert.js';

type Named = { readonly [parameter: string]: unknown };

/** Operands that say where, and not what. */
const positions = new Set(['indices', 'startIndices', 'segmentIds', 'condition', 'mask', 'targets', 'labels']);
/** Functions whose results are positions, counts or marks: of the same dtype for operands of any. */
const counting = new Set(
  'argmax argmin argsort argpartition bincount countNonzero digitize multiHot nonzero oneHot searchsorted argwhere'.split(
    ' ',
  ),
);
/** Functions that add up or multiply many integers: 32 bits even for narrow ones. */
const accumulating = new Set(['sum', 'prod', 'nansum', 'nanprod', 'trace']);

/**
 * The results of `call` under the names of dtypes that Keras gives the results of the function `name`: that of the argument
 * `dtype`, or what the operands among `args` promote to.
 * @param operands names of the arguments that are tensors.
 */
export function typedCall(
  name: string,
  operands: readonly string[],
  args: Named,
  call: (args: Named) => unknown,
): unknown {
  const dtype = args['dtype'];
  if (typeof dtype === 'string') return named(call(args), () => dtype);
  const given = operands.filter(each => !positions.has(each));
  if (!given.some(each => hasName(args[each]))) return call(args);
  const names = given.flatMap(each => namesOf(args[each]));
  const common = promoteNames(names);
  const result = resultName(name, names, common);
  if (!/float16$/.test(common)) return named(call(args), result);
  // A number has the precision of what it meets before it is computed with.
  const inPrecision = (value: unknown) =>
    typeof value === 'number' && !Number.isInteger(value) ? castTo(value, common) : value;
  const rounded = given.map(each => [each, inPrecision(args[each])] as const);
  return named(call({ ...args, ...Object.fromEntries(rounded) }), result);
}

/** Whether a value is, or has in it, a tensor or an array whose dtype has a name of its own. */
function hasName(value: unknown): boolean {
  if (value instanceof Tensor || value instanceof BaseVariable) return !isDType(value.dtypeName);
  if (value instanceof NDArray) return hasName(value.data);
  if (ArrayBuffer.isView(value)) return !ordinary.some(array => value instanceof array);
  return Array.isArray(value) && typeof value[0] === 'object' && value.some(hasName);
}

function namesOf(value: unknown): string[] {
  if (value === null || value === undefined) return [];
  if (typeof value === 'number') return [Number.isInteger(value) ? 'int' : 'float'];
  const isList = Array.isArray(value) && value.some(item => item instanceof Tensor || item instanceof BaseVariable);
  return isList ? value.flatMap(namesOf) : [asTensor(value as TensorLike).dtypeName];
}

/** The name for each result by its place. */
function resultName(name: string, names: readonly string[], common: string): (place: number) => string {
  if (counting.has(name)) return () => 'int32';
  if (name === 'topK') return place => (place === 0 ? common : 'int32');
  if (accumulating.has(name)) return () => common.replace(/int(8|16)$/, 'int32');
  const products = ['matmul', 'einsum'].includes(name) && names.length > 1;
  return () => (products && names.every(each => each === 'int8') ? 'int32' : common);
}

/** Tensors in a structure under the names for them, where what they were computed as allows. */
function named(results: unknown, nameAt: (place: number) => string): unknown {
  let place = 0;
  return mapStructure(results as Structure<unknown>, leaf => {
    if (!(leaf instanceof Tensor)) return leaf;
    const name = nameAt(place++);
    return name in numbers || nearestDType(name) !== leaf.dtype ? leaf : castTo(leaf, name);
  });
}

/** Arrays whose elements become float32 or int32. */
const ordinary = [Float32Array, Float64Array, Int32Array] as const;

/** What plain numbers are called: no tensor is called so. */
const numbers = { int: true, float: true };
