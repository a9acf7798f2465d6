// Reductions over axes. The axis argument is one axis, several, or null for all; keepdims leaves reduced axes as dims of 1.

import { ValueError } from '../errors.js';
import { apply, asTensor, constant, type TensorLike } from '../graph/apply.js';
import { defineOp, type OpDef } from '../graph/op.js';
import type { Tensor } from '../graph/tensor.js';
import { formatShape, normalizeAxes, normalizeAxis, type Shape, sizeOf } from '../shape.js';
import { broadcastTo, reshape, sum } from './broadcast.js';
import {
  add,
  cast,
  divide,
  equal,
  exp,
  isfinite,
  log,
  maximum,
  minimum,
  multiply,
  sqrt,
  square,
  stopGradient,
  subtract,
  where,
} from './elementwise.js';
import { transpose } from './movement.js';
import { emitReduction, type Reduction } from './reduction.js';
import { othersProduct } from './scan.js';

export { sum } from './broadcast.js';
export { cumprod, cumsum } from './scan.js';

type Axes = number | readonly number[] | null;
type ReduceAttrs = { axes: readonly number[] };

/** A reduction that keeps the reduced axes as dims of 1. */
function reductionOp(
  name: Reduction,
  gradient: (dy: Tensor, y: Tensor, x: Tensor, axes: readonly number[]) => Tensor,
): OpDef<ReduceAttrs> {
  return defineOp<ReduceAttrs>({
    name,
    infer: ([x], { axes }) => [
      { shape: x!.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim)), dtype: x!.dtype },
    ],
    vjp: ({ inputs: [x], outputs: [y], attrs }, [dy]) => [
      x!.dtype === 'float32' ? gradient(dy!, y!, x!, attrs.axes) : undefined,
    ],
    emit: (k, { inputs: [x], outputs: [y], attrs }) => emitReduction(k, name, x!, y!, attrs.axes),
  });
}

/** The gradient goes to the largest elements, in equal parts if there are several. */
const toExtremes = (dy: Tensor, y: Tensor, x: Tensor, axes: readonly number[]): Tensor => {
  const chosen = cast(equal(x, y), 'float32');
  return multiply(chosen, divide(dy, sum(chosen, axes, true)));
};

const maxOp = reductionOp('max', toExtremes);
const minOp = reductionOp('min', toExtremes);

/** dx = dy times the product of the other elements, which is right where elements are 0, too. */
const prodOp = reductionOp('prod', (dy, _, x, axes) => {
  const kept = x.shape.map((_, axis) => axis).filter(axis => !axes.includes(axis));
  const order = [...kept, ...axes];
  const moved = transpose(x, order);
  const runs = reshape(moved, [...kept.map(axis => x.shape[axis]!), sizeOf(axes.map(axis => x.shape[axis]!))]);
  const others = reshape(othersProduct(runs, kept.length), moved.shape);
  return multiply(
    dy,
    transpose(
      others,
      order.map((_, axis) => order.indexOf(axis)),
    ),
  );
});

function reduceWith(op: OpDef<ReduceAttrs>, x: Tensor, axis: Axes, keepdims: boolean): Tensor {
  const axes = normalizeAxes(axis, x.rank);
  const y = axes.every(a => x.shape[a] === 1) ? x : apply(op, [x], { axes });
  return keepdims
    ? y
    : reshape(
        y,
        x.shape.filter((_, a) => !axes.includes(a)),
      );
}

/** Elements that are reduced to one. @throws ValueError if there are none although `name` needs one. */
function countOf(x: Tensor, axis: Axes): number {
  return sizeOf(normalizeAxes(axis, x.rank).map(a => x.shape[a]!));
}

function requireElements(name: string, x: Tensor, axis: Axes): void {
  if (countOf(x, axis) === 0 && x.shape.every((dim, a) => dim > 0 || normalizeAxes(axis, x.rank).includes(a))) {
    throw new ValueError(
      `${name}: expected at least one element along axis ${axis}. Received shape ${formatShape(x.shape)}.`,
    );
  }
}

/** Σ x / n. float32, for integers and bools too. */
export function mean(x: TensorLike, axis: Axes = null, keepdims = false): Tensor {
  const tensor = cast(asTensor(x), 'float32');
  return multiply(sum(tensor, axis, keepdims), 1 / countOf(tensor, axis));
}

/** The largest element, at least `initial`; NaN if there is one. @throws ValueError for an empty axis without `initial`. */
export function max(x: TensorLike, axis: Axes = null, keepdims = false, initial: number | null = null): Tensor {
  return extreme(maxOp, maximum, x, axis, keepdims, initial);
}

/** The smallest element, at most `initial`; NaN if there is one. @throws ValueError for an empty axis without `initial`. */
export function min(x: TensorLike, axis: Axes = null, keepdims = false, initial: number | null = null): Tensor {
  return extreme(minOp, minimum, x, axis, keepdims, initial);
}

function extreme(
  op: OpDef<ReduceAttrs>,
  ofTwo: (a: Tensor, b: Tensor) => Tensor,
  x: TensorLike,
  axis: Axes,
  keepdims: boolean,
  initial: number | null,
): Tensor {
  const tensor = asTensor(x);
  if (initial === null) requireElements(op.name, tensor, axis);
  const y = reduceWith(op, tensor, axis, keepdims);
  if (initial === null) return y;
  const first = cast(constant(initial), tensor.dtype);
  return countOf(tensor, axis) === 0 ? broadcastTo(first, y.shape) : cast(ofTwo(y, first), tensor.dtype);
}

/** The product of the elements; int32 for bools. */
export function prod(x: TensorLike, axis: Axes = null, keepdims = false): Tensor {
  const tensor = asTensor(x);
  return reduceWith(prodOp, tensor.dtype === 'bool' ? cast(tensor, 'int32') : tensor, axis, keepdims);
}

/** Whether any element is true (not 0). */
export function any(x: TensorLike, axis: Axes = null, keepdims = false): Tensor {
  return truth(maxOp, x, axis, keepdims, false);
}

/** Whether all elements are true (not 0). */
export function all(x: TensorLike, axis: Axes = null, keepdims = false): Tensor {
  return truth(minOp, x, axis, keepdims, true);
}

function truth(op: OpDef<ReduceAttrs>, x: TensorLike, axis: Axes, keepdims: boolean, ofNothing: boolean): Tensor {
  const tensor = cast(asTensor(x), 'bool');
  const y = reduceWith(op, tensor, axis, keepdims);
  return countOf(tensor, axis) === 0 ? broadcastTo(constant(ofNothing), y.shape) : y;
}

/** How many elements are not 0, as int32. */
export function countNonzero(x: TensorLike, axis: Axes = null, keepdims = false): Tensor {
  return sum(cast(asTensor(x), 'bool'), axis, keepdims);
}

/** The mean squared distance from the mean, Σ(x − mean)² / n, in two passes. */
export function variance(x: TensorLike, axis: Axes = null, keepdims = false): Tensor {
  const tensor = cast(asTensor(x), 'float32');
  return mean(square(subtract(tensor, mean(tensor, axis, true))), axis, keepdims);
}

/** The square root of the variance. */
export function std(x: TensorLike, axis: Axes = null, keepdims = false): Tensor {
  return sqrt(variance(x, axis, keepdims));
}

/** [mean, variance]. */
export function moments(x: TensorLike, axes: Axes, keepdims = false): [Tensor, Tensor] {
  return [mean(x, axes, keepdims), variance(x, axes, keepdims)];
}

/** Σ x·weights / Σ weights; the mean without weights. Weights of one axis belong to `axis`. */
export function average(x: TensorLike, axis: number | null = null, weights: TensorLike | null = null): Tensor {
  if (weights === null) return mean(x, axis);
  const tensor = cast(asTensor(x), 'float32');
  let w = cast(asTensor(weights), 'float32');
  if (w.rank < tensor.rank && axis !== null) {
    const dim = normalizeAxis(axis, tensor.rank);
    w = reshape(
      w,
      tensor.shape.map((n, i) => (i === dim ? n : 1)),
    );
  }
  w = broadcastTo(w, tensor.shape);
  return divide(sum(multiply(tensor, w), axis), sum(w, axis));
}

/** max − min. */
export function ptp(x: TensorLike, axis: Axes = null, keepdims = false): Tensor {
  return subtract(max(x, axis, keepdims), min(x, axis, keepdims));
}

/** log Σ e^x, without overflow: the largest element is taken out first. */
export function logsumexp(x: TensorLike, axis: Axes = null, keepdims = false): Tensor {
  const tensor = cast(asTensor(x), 'float32');
  const largest = stopGradient(max(tensor, axis, true, countOf(tensor, axis) === 0 ? -Infinity : null));
  // Where all elements are −∞ or one is ∞, there is nothing to take out: ∞ − ∞ would be NaN.
  const shift = where(isfinite(largest), largest, 0);
  const y = add(log(sum(exp(subtract(tensor, shift)), axis, true)), shift);
  return keepdims ? y : reshape(y, keptShape(tensor.shape, normalizeAxes(axis, tensor.rank)));
}

function keptShape(shape: Shape, axes: readonly number[]): number[] {
  return shape.filter((_, axis) => !axes.includes(axis));
}

const argOps = { argmax: argOp('argmax'), argmin: argOp('argmin') };

/** The position of the extreme element along one axis, which becomes a dim of 1. */
function argOp(name: 'argmax' | 'argmin'): OpDef<{ axis: number }> {
  return defineOp<{ axis: number }>({
    name,
    infer: ([x], { axis }) => [{ shape: x!.shape.map((dim, i) => (i === axis ? 1 : dim)), dtype: 'int32' }],
    vjp: 'none',
    emit(k, { inputs: [x], outputs: [y], attrs: { axis } }) {
      if (y!.size === 0) return;
      const outer = sizeOf(x!.shape.slice(0, axis));
      const inner = sizeOf(x!.shape.slice(axis + 1));
      const kernel = x!.dtype === 'float32' ? name : (`${name}Int` as const);
      k.call(kernel, { x: x!, y: y!, outer, reduced: x!.shape[axis]!, inner }, 2 * x!.size);
    },
  });
}

/** The position of the largest element along an axis (null: of the flattened tensor), int32; the first of equal ones. */
export function argmax(x: TensorLike, axis: number | null = null, keepdims = false): Tensor {
  return argReduce('argmax', x, axis, keepdims);
}

/** The position of the smallest element along an axis (null: of the flattened tensor), int32; the first of equal ones. */
export function argmin(x: TensorLike, axis: number | null = null, keepdims = false): Tensor {
  return argReduce('argmin', x, axis, keepdims);
}

function argReduce(name: 'argmax' | 'argmin', x: TensorLike, axis: number | null, keepdims: boolean): Tensor {
  const tensor = asTensor(x);
  requireElements(name, tensor, axis);
  const dim = axis === null ? 0 : normalizeAxis(axis, tensor.rank);
  const y = apply(argOps[name], [axis === null ? reshape(tensor, [-1]) : tensor], { axis: dim });
  if (keepdims)
    return axis === null
      ? reshape(
          y,
          tensor.shape.map(() => 1),
        )
      : y;
  return reshape(y, axis === null ? [] : keptShape(tensor.shape, [dim]));
}
