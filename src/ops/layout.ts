// Ops that change where elements lie and have a lowering of their own: transpose, the pair slice and place, each the
// other's gradient, and concatenate with its own, split.

import { promote } from '../dtype.js';
import { ShapeError, ValueError } from '../errors.js';
import { apply, asTensor, type TensorLike } from '../graph/apply.js';
import { defineOp } from '../graph/op.js';
import type { Tensor } from '../graph/tensor.js';
import { offsetBy } from '../runtime/pointer.js';
import { formatShape, normalizeAxis, type Shape, sameShape, stridesOf } from '../shape.js';
import { reshape } from './broadcast.js';
import { cast } from './elementwise.js';
import { emitStridedCopy, type StridedAxis } from './strided.js';

/** y's axis i is x's axis axes[i]. dx = dy transposed by the inverse permutation. */
const transposeOp = defineOp<{ axes: readonly number[] }>({
  name: 'transpose',
  infer: ([x], { axes }) => [{ shape: axes.map(axis => x!.shape[axis]!), dtype: x!.dtype }],
  vjp: ({ attrs }, [dy]) => [
    transpose(
      dy!,
      attrs.axes.map((_, axis) => attrs.axes.indexOf(axis)),
    ),
  ],
  emit(k, { inputs: [x], outputs: [y], attrs }) {
    const stridesX = stridesOf(x!.shape);
    const stridesY = stridesOf(y!.shape);
    emitStridedCopy(
      k,
      x!,
      y!,
      y!.shape.map((n, i): StridedAxis => [n, stridesX[attrs.axes[i]!]!, stridesY[i]!]),
    );
  },
});

/** y[i] = x[start + i·step] on every axis, `sizes` elements of it; steps may be negative. dx = dy in place among zeros. */
const sliceOp = defineOp<{ starts: Shape; sizes: Shape; steps: Shape }>({
  name: 'slice',
  infer: ([x], { sizes }) => [{ shape: sizes, dtype: x!.dtype }],
  vjp: ({ inputs: [x], attrs: { starts, steps } }, [dy]) => [place(dy!, x!.shape, starts, steps, 0)],
  emit(k, { inputs: [x], outputs: [y], attrs: { starts, steps } }) {
    const stridesX = stridesOf(x!.shape);
    const stridesY = stridesOf(y!.shape);
    const axes = y!.shape.map((n, i): StridedAxis => [n, steps[i]! * stridesX[i]!, stridesY[i]!]);
    emitStridedCopy(k, offsetBy(x!, dot(starts, stridesX)), y!, axes);
  },
});

/** y[start + i·step] = x[i] on every axis, `value` everywhere else. dx = the same slice of dy. */
const placeOp = defineOp<{ shape: Shape; starts: Shape; steps: Shape; value: number }>({
  name: 'place',
  infer: ([x], { shape }) => [{ shape, dtype: x!.dtype }],
  vjp: ({ inputs: [x], attrs: { starts, steps } }, [dy]) => [strided(dy!, starts, x!.shape, steps)],
  emit(k, { inputs: [x], outputs: [y], attrs: { starts, steps, value } }) {
    if (x!.size < y!.size) k.call(y!.dtype === 'float32' ? 'fill' : 'fillInt', { y: y!, n: y!.size, value }, y!.size);
    const stridesX = stridesOf(x!.shape);
    const stridesY = stridesOf(y!.shape);
    const axes = x!.shape.map((n, i): StridedAxis => [n, stridesX[i]!, steps[i]! * stridesY[i]!]);
    emitStridedCopy(k, x!, offsetBy(y!, dot(starts, stridesY)), axes);
  },
});

/** The inputs one after the other along an axis. dx = the slices of dy. */
const concatenateOp = defineOp<{ axis: number }>({
  name: 'concatenate',
  infer: (inputs, { axis }) => {
    const size = inputs.reduce((sum, x) => sum + x.shape[axis]!, 0);
    return [{ shape: inputs[0]!.shape.map((dim, i) => (i === axis ? size : dim)), dtype: inputs[0]!.dtype }];
  },
  vjp: ({ inputs, attrs: { axis } }, [dy]) => split(dy!, endsOf(inputs, axis).slice(0, -1), axis),
  emit(k, { inputs, outputs: [y], attrs: { axis } }) {
    const stridesY = stridesOf(y!.shape);
    const ends = endsOf(inputs, axis);
    inputs.forEach((x, i) => {
      const stridesX = stridesOf(x.shape);
      const to = offsetBy(y!, (ends[i]! - x.shape[axis]!) * stridesY[axis]!);
      emitStridedCopy(
        k,
        x,
        to,
        x.shape.map((n, dim): StridedAxis => [n, stridesX[dim]!, stridesY[dim]!]),
      );
    });
  },
});

/**
 * x with its axes in another order; reversed by default.
 * @throws ValueError if axes is not a permutation of x's axes.
 */
export function transpose(x: TensorLike, axes: readonly number[] | null = null): Tensor {
  const tensor = asTensor(x);
  const order = axes?.map(axis => normalizeAxis(axis, tensor.rank)) ?? tensor.shape.map((_, i) => tensor.rank - 1 - i);
  if (order.length !== tensor.rank || new Set(order).size !== order.length) {
    throw new ValueError(`transpose: expected axes to name each of ${tensor.rank} axes once. Received axes=[${axes}].`);
  }
  // Axes of one element may go anywhere: where the others keep their order, nothing moves in memory.
  const real = order.filter(axis => tensor.shape[axis] !== 1);
  if (real.every((axis, i) => i === 0 || axis > real[i - 1]!)) {
    return reshape(
      tensor,
      order.map(axis => tensor.shape[axis]!),
    );
  }
  return apply(transposeOp, [tensor], { axes: order });
}

/**
 * The block of x that starts at `startIndices` and has shape `shape`; a size of -1 reaches to the end.
 * @throws ValueError if the block does not lie inside x.
 */
export function slice(x: TensorLike, startIndices: Shape, shape: Shape): Tensor {
  const tensor = asTensor(x);
  const sizes = shape.map((size, i) => (size === -1 ? tensor.shape[i]! - startIndices[i]! : size));
  const fits =
    startIndices.length === tensor.rank &&
    sizes.length === tensor.rank &&
    sizes.every((size, i) => size >= 0 && startIndices[i]! >= 0 && startIndices[i]! + size <= tensor.shape[i]!);
  if (!fits) {
    throw new ValueError(
      `slice: expected a block inside shape ${formatShape(tensor.shape)}. ` +
        `Received startIndices=[${startIndices}], shape=[${shape}].`,
    );
  }
  return strided(
    tensor,
    startIndices,
    sizes,
    sizes.map(() => 1),
  );
}

/**
 * x[begin:end:step] on every axis, with Python's rules: negative indices count from the end, those out of range are
 * clipped, null means as far as possible. Axes that are not named are kept whole.
 */
export function stridedSlice(
  x: TensorLike,
  begin: readonly (number | null)[],
  end: readonly (number | null)[],
  steps: readonly number[] = [],
): Tensor {
  const tensor = asTensor(x);
  if (Math.max(begin.length, end.length, steps.length) > tensor.rank) {
    throw new ValueError(
      `stridedSlice: expected at most ${tensor.rank} axes. Received begin=[${begin}], end=[${end}].`,
    );
  }
  const ranges = tensor.shape.map((n, i) => {
    const step = steps[i] ?? 1;
    if (!Number.isInteger(step) || step === 0)
      throw new ValueError(`stridedSlice: a step must be an integer other than 0. Received ${step}.`);
    const clip = (index: number) => {
      const fromStart = index < 0 ? index + n : index;
      return step > 0 ? Math.min(Math.max(fromStart, 0), n) : Math.min(Math.max(fromStart, -1), n - 1);
    };
    const first = begin[i] ?? null;
    const stop = end[i] ?? null;
    const start = first === null ? (step > 0 ? 0 : n - 1) : clip(first);
    const limit = stop === null ? (step > 0 ? n : -1) : clip(stop);
    const size = Math.max(0, Math.ceil((limit - start) / step));
    return { start: size > 0 ? start : 0, size, step };
  });
  return strided(
    tensor,
    ranges.map(r => r.start),
    ranges.map(r => r.size),
    ranges.map(r => r.step),
  );
}

/**
 * The tensors one after the other along an axis, in the smallest dtype that holds all of them.
 * @throws ShapeError if they differ in another axis.
 */
export function concatenate(xs: readonly TensorLike[], axis = 0): Tensor {
  const tensors = xs.map(x => asTensor(x));
  const first = tensors[0];
  if (!first) throw new ValueError('concatenate: expected at least one tensor. Received an empty list.');
  const dim = normalizeAxis(axis, first.rank);
  const rest = ({ shape }: Tensor) => shape.filter((_, i) => i !== dim);
  if (tensors.some(x => x.rank !== first.rank || !sameShape(rest(x), rest(first)))) {
    const shapes = tensors.map(x => formatShape(x.shape)).join(', ');
    throw new ShapeError(`concatenate: expected shapes that are equal except along axis ${axis}. Received ${shapes}.`);
  }
  const dtype = promote(...tensors.map(x => x.dtype));
  return tensors.length === 1
    ? first
    : apply(
        concatenateOp,
        tensors.map(x => cast(x, dtype)),
        { axis: dim },
      );
}

/**
 * x cut along an axis: into a number of equal parts, or at the given indices.
 * @throws ValueError if the number does not divide the axis.
 */
export function split(x: TensorLike, indicesOrSections: number | readonly number[], axis = 0): Tensor[] {
  const tensor = asTensor(x);
  const dim = normalizeAxis(axis, tensor.rank);
  const size = tensor.shape[dim]!;
  if (typeof indicesOrSections === 'number') {
    const part = size / indicesOrSections;
    if (!Number.isInteger(part)) {
      throw new ValueError(
        `split: ${indicesOrSections} does not divide axis ${axis} of shape ${formatShape(tensor.shape)}.`,
      );
    }
    return Array.from({ length: indicesOrSections }, (_, i) => sliceAxis(tensor, dim, i * part, (i + 1) * part));
  }
  const cuts = [
    0,
    ...indicesOrSections.map(index => Math.min(Math.max(index < 0 ? index + size : index, 0), size)),
    size,
  ];
  return cuts.slice(1).map((end, i) => sliceAxis(tensor, dim, cuts[i]!, Math.max(cuts[i]!, end)));
}

/** x[..., from:to, ...] on one axis. */
export function sliceAxis(x: Tensor, axis: number, from: number, to: number): Tensor {
  const starts = x.shape.map((_, i) => (i === axis ? from : 0));
  return strided(
    x,
    starts,
    x.shape.map((n, i) => (i === axis ? to - from : n)),
    x.shape.map(() => 1),
  );
}

/** x[start + i·step], `sizes` elements per axis, all known to lie inside x. */
export function strided(x: Tensor, starts: Shape, sizes: Shape, steps: Shape): Tensor {
  const whole = sameShape(sizes, x.shape) && steps.every((step, i) => step === 1 || sizes[i]! <= 1);
  return whole ? x : apply(sliceOp, [x], { starts, sizes, steps });
}

/** x at [start + i·step] of a tensor that has `value` everywhere else. */
export function place(x: Tensor, shape: Shape, starts: Shape, steps: Shape, value: number): Tensor {
  const whole = sameShape(shape, x.shape) && steps.every((step, i) => step === 1 || shape[i]! <= 1);
  return whole ? x : apply(placeOp, [x], { shape, starts, steps, value });
}

/** Where each input ends on the axis along which they are concatenated. */
function endsOf(inputs: readonly { readonly shape: Shape }[], axis: number): number[] {
  let end = 0;
  return inputs.map(x => (end += x.shape[axis]!));
}

function dot(a: Shape, b: Shape): number {
  return a.reduce((total, value, i) => total + value * b[i]!, 0);
}
