// Broadcasting and its adjoint, summation: the pair that the gradients of nearly all other ops are written with.

import { ShapeError, ValueError } from '../errors.js';
import { apply, asTensor, type TensorLike } from '../graph/apply.js';
import { defineOp } from '../graph/op.js';
import type { Tensor } from '../graph/tensor.js';
import { broadcastShapes, formatShape, normalizeAxes, type Shape, sameShape, sizeOf, stridesOf } from '../shape.js';
import { emitReduction } from './reduction.js';
import { emitStridedCopy, type StridedAxis } from './strided.js';

/** The same elements in row-major order in another shape. dx = reshape(dy). */
const reshapeOp = defineOp<{ shape: Shape }>({
  name: 'reshape',
  infer: ([x], { shape }) => [{ shape, dtype: x!.dtype }],
  vjp: ({ inputs: [x] }, [dy]) => [reshape(dy!, x!.shape)],
  emit: () => {},
  view: true,
});

/** y[i] = x[i mod x's dims], dims aligned at the end. dx = dy summed over the dims that x lacks. */
const broadcastToOp = defineOp<{ shape: Shape }>({
  name: 'broadcastTo',
  infer: ([x], { shape }) => [{ shape, dtype: x!.dtype }],
  vjp: ({ inputs: [x] }, [dy]) => [sumTo(dy!, x!.shape)],
  emit(k, { inputs: [x], outputs: [y] }) {
    const offset = y!.shape.length - x!.shape.length;
    const stridesX = stridesOf(x!.shape);
    const stridesY = stridesOf(y!.shape);
    const axes = y!.shape.map((n, axis): StridedAxis => {
      const dim = axis < offset ? 1 : x!.shape[axis - offset]!;
      return [n, dim === 1 ? 0 : stridesX[axis - offset]!, stridesY[axis]!];
    });
    emitStridedCopy(k, x!, y!, axes);
  },
});

/** y = Σ x over `axes`, which stay as dims of 1. dx = dy broadcast. bool counts as int32. */
const sumOp = defineOp<{ axes: readonly number[] }>({
  name: 'sum',
  infer: ([x], { axes }) => [
    {
      shape: x!.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim)),
      dtype: x!.dtype === 'bool' ? 'int32' : x!.dtype,
    },
  ],
  vjp: ({ inputs: [x] }, [dy]) => [broadcastTo(dy!, x!.shape)],
  emit: (k, { inputs: [x], outputs: [y], attrs }) => emitReduction(k, 'sum', x!, y!, attrs.axes),
});

/**
 * The same elements, row-major, in another shape: no copy.
 * @param newShape dims; one of them may be -1 and is then computed.
 * @throws ShapeError if the number of elements differs.
 */
export function reshape(x: TensorLike, newShape: Shape): Tensor {
  const tensor = asTensor(x);
  const shape = completeShape(newShape, tensor.shape);
  return sameShape(shape, tensor.shape) ? tensor : apply(reshapeOp, [tensor], { shape });
}

/**
 * x repeated along its dims of 1 and along new leading axes.
 * @throws ShapeError if x does not broadcast to the shape.
 */
export function broadcastTo(x: TensorLike, shape: Shape): Tensor {
  const tensor = asTensor(x);
  if (sameShape(shape, tensor.shape)) return tensor;
  if (shape.length < tensor.rank || !sameShape(broadcastShapes(tensor.shape, shape), shape)) {
    throw new ShapeError(
      `broadcastTo: expected a shape that ${formatShape(tensor.shape)} broadcasts to. Received ${formatShape(shape)}.`,
    );
  }
  if (sizeOf(shape) === tensor.size) return reshape(tensor, shape);
  return apply(broadcastToOp, [tensor], { shape: [...shape] });
}

/**
 * Σ x over axes (default all). float32 in, float32 out; int32 and bool give int32. Long float sums are pairwise.
 * @param keepdims keep reduced axes as dims of 1.
 */
export function sum(x: TensorLike, axis: number | readonly number[] | null = null, keepdims = false): Tensor {
  const tensor = asTensor(x);
  const axes = normalizeAxes(axis, tensor.rank);
  // A bool that is not added to anything must still become an integer, so only numbers take the short way.
  const trivial = tensor.dtype !== 'bool' && axes.every(a => tensor.shape[a] === 1);
  const y = trivial ? tensor : apply(sumOp, [tensor], { axes });
  return keepdims
    ? y
    : reshape(
        y,
        tensor.shape.filter((_, a) => !axes.includes(a)),
      );
}

/** Sums a cotangent over the axes along which an input of shape `shape` was broadcast. */
export function sumTo(dy: Tensor, shape: Shape): Tensor {
  if (sameShape(dy.shape, shape)) return dy;
  const offset = dy.rank - shape.length;
  const axes = dy.shape.map((_, axis) => axis).filter(axis => axis < offset || shape[axis - offset] !== dy.shape[axis]);
  return reshape(axes.length > 0 ? sum(dy, axes, true) : dy, shape);
}

/** A shape whose -1, if any, is replaced by what the elements of `from` leave. */
function completeShape(shape: Shape, from: Shape): number[] {
  const size = sizeOf(from);
  const unknown = shape.filter(dim => dim === -1).length;
  if (unknown > 1 || shape.some(dim => !Number.isInteger(dim) || dim < -1)) {
    throw new ValueError(`reshape: expected dims of 0 or more and at most one -1. Received newShape=[${shape}].`);
  }
  const known = sizeOf(shape.filter(dim => dim !== -1));
  const rest = unknown === 0 ? 1 : known === 0 ? 0 : size / known;
  if (!Number.isInteger(rest) || known * rest !== size) {
    throw new ShapeError(
      `reshape: ${formatShape(from)} has ${size} elements, which do not fit newShape=[${shape}]. ` +
        'Expected dims with the same product.',
    );
  }
  return shape.map(dim => (dim === -1 ? rest : dim));
}
