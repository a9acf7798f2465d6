// keras.ops, the functions that Keras keeps in keras/src/ops/core.py.

import { gradients } from '../../autodiff.js';
import type { TypedArray } from '../../dtype.js';
import { asTensor, type TensorLike } from '../../graph/apply.js';
import { Tensor } from '../../graph/tensor.js';
import { KerasTensor } from '../../layers/kerasTensor.js';
import { lifter } from '../../layers/operation.js';
import { named } from '../../named.js';
import { castTo, saturateCast as saturate } from '../../ops/convert.js';
import { zerosLike } from '../../ops/creation.js';
import { withGradient } from '../../ops/customGradient.js';
import * as elementwise from '../../ops/elementwise.js';
import * as indexing from '../../ops/indexing.js';
import { slice as sliceOf, unstack as unstackOf } from '../../ops/movement.js';
import type { Shape } from '../../shape.js';

export {
  associativeScan,
  cond,
  foriLoop,
  map,
  map as vectorizedMap,
  scan,
  switchBranches as switch,
  whileLoop,
} from '../../ops/control.js';

const op = lifter('keras.src.ops.core');

export const cast = op('cast', castTo, 'x', 'dtype');
export const saturateCast = op('saturateCast', saturate, 'x', 'dtype');
export const stopGradient = op('stopGradient', elementwise.stopGradient, 'variable');
export const slice = op(
  'slice',
  (inputs: TensorLike, startIndices: TensorLike, shape: Shape) =>
    Array.isArray(startIndices)
      ? sliceOf(inputs, startIndices as number[], shape)
      : indexing.dynamicSlice(inputs, startIndices, shape),
  'inputs startIndices',
  'shape',
);
export const sliceUpdate = op(
  'sliceUpdate',
  (inputs: TensorLike, startIndices: TensorLike, updates: TensorLike) =>
    indexing.sliceUpdate(
      inputs,
      Array.isArray(startIndices) ? (startIndices as number[]) : asTensor(startIndices, 'int32'),
      updates,
    ),
  'inputs startIndices updates',
);
export const scatter = op('scatter', indexing.scatter, 'indices values', 'shape');
export const scatterUpdate = op('scatterUpdate', indexing.scatterUpdate, 'inputs indices updates', 'reduction=null');
export const unstack = op('unstack', unstackOf, 'x', 'num=null', 'axis=0');

/** A tensor of a value that may be one already. */
export const convertToTensor = named(
  'convertToTensor',
  (x: TensorLike, dtype: string | null = null): Tensor => (dtype ? castTo(x, dtype) : asTensor(x)),
  'x',
  'dtype',
);
/** The elements of a tensor as a typed array, in row-major order. */
export const convertToNumpy = (x: TensorLike): TypedArray => asTensor(x).data();
/** Whether x is a tensor, symbolic or not. */
export const isTensor = (x: unknown): x is Tensor | KerasTensor => x instanceof Tensor || x instanceof KerasTensor;
/** The shape, with null for unknown dimensions. */
export const shape = (x: TensorLike | KerasTensor): readonly (number | null)[] =>
  x instanceof KerasTensor ? x.shape : asTensor(x).shape;
/** The dtype's name. */
export const dtype = (x: TensorLike | KerasTensor): string =>
  x instanceof KerasTensor ? x.dtypeName : asTensor(x).dtypeName;

/**
 * A function with a gradient of its own: `f` returns [value, gradient], where gradient(upstream) gives the cotangents of the
 * arguments, as a list or, of a single one, by itself.
 */
export function customGradient(
  f: (
    ...args: Tensor[]
  ) => readonly [Tensor, (options: { readonly upstream: Tensor }) => Tensor | readonly (Tensor | undefined)[]],
): (...args: TensorLike[]) => Tensor {
  return (...args) => {
    const tensors = args.map(arg => asTensor(arg));
    const [value, gradient] = f(...tensors);
    return withGradient(value, tensors, dy => [gradient({ upstream: dy })].flat() as (Tensor | undefined)[]);
  };
}

/** [fun(...primals), its derivative in the direction of the tangents]. */
export function jvp(
  fun: (...args: Tensor[]) => Tensor,
  primals: readonly TensorLike[],
  tangents: readonly TensorLike[],
): [Tensor, Tensor] {
  const inputs = primals.map(primal => asTensor(primal));
  const value = fun(...inputs);
  // The gradient is linear in the cotangent: its own gradient by that, in the direction of the tangents, is the answer.
  const cotangent = withGradient(zerosLike(value), [], () => []);
  const pulled = gradients([value], inputs, [cotangent]);
  const reached = pulled.flatMap((gradient, i) => (gradient ? [{ gradient, tangent: tangents[i]! }] : []));
  const [pushed] = gradients(
    reached.map(each => each.gradient),
    [cotangent],
    reached.map(each => each.tangent),
  );
  return [value, pushed ?? zerosLike(value)];
}
