// Softmax along an axis, e^x / Σ e^x, its logarithm, and its sparse relative. The kernels take the largest element out
// first, which changes nothing but the range of the exponentials.

import { apply, asTensor, type TensorLike } from '../graph/apply.js';
import { defineOp, type OpDef, type Place } from '../graph/op.js';
import type { Tensor } from '../graph/tensor.js';
import { normalizeAxes, normalizeAxis, sizeOf } from '../shape.js';
import { cast, divide, exp, less, maximum, multiply, negative, subtract, where } from './elementwise.js';
import { flip, reshape, transpose } from './movement.js';
import { sum } from './reduce.js';
import { cumsum } from './scan.js';
import { sort } from './sort.js';

type Axes = number | readonly number[] | null;
type SoftmaxAttrs = { axis: number };

/** Scalar operations that one element costs, mostly for its exponential. */
const WORK = 16;

const softmaxOp = defineOp<SoftmaxAttrs>({
  name: 'softmax',
  infer: ([x]) => [x!],
  vjp: ({ outputs: [y], attrs }, [dy]) => [apply(softmaxGradOp, [y!, dy!], attrs)],
  emit: (k, { inputs: [x], outputs: [y], attrs }) =>
    k.call('softmax', { x: x!, y: y!, ...lines(x!, attrs) }, WORK * x!.size),
  inPlace: [[0, 0]],
});

/** dx = y·(dy − Σ dy·y). Of its own inputs, with cotangent g: dy' = y·(g − Σ g·y), y' = g·(dy − Σ dy·y) − dy·Σ g·y. */
const softmaxGradOp: OpDef<SoftmaxAttrs> = defineOp<SoftmaxAttrs>({
  name: 'softmaxGrad',
  infer: ([y]) => [y!],
  vjp({ inputs: [y, dy], attrs }, [g]) {
    const along = (a: Tensor, b: Tensor) => sum(multiply(a, b), attrs.axis, true);
    return [
      subtract(multiply(g!, subtract(dy!, along(dy!, y!))), multiply(dy!, along(g!, y!))),
      apply(softmaxGradOp, [y!, g!], attrs),
    ];
  },
  emit(k, { inputs: [y, dy], outputs: [dx], attrs }) {
    k.call('softmaxGrad', { y: y!, dy: dy!, dx: dx!, ...lines(y!, attrs) }, 4 * y!.size);
  },
  inPlace: [
    [0, 0],
    [0, 1],
  ],
});

const logSoftmaxOp = defineOp<SoftmaxAttrs>({
  name: 'logSoftmax',
  infer: ([x]) => [x!],
  vjp: ({ outputs: [y], attrs }, [dy]) => [apply(logSoftmaxGradOp, [y!, dy!], attrs)],
  emit: (k, { inputs: [x], outputs: [y], attrs }) =>
    k.call('logSoftmax', { x: x!, y: y!, ...lines(x!, attrs) }, WORK * x!.size),
  inPlace: [[0, 0]],
});

/** dx = dy − e^y·Σ dy. Of its own inputs, with cotangent g: dy' = g − Σ g·e^y, y' = −g·e^y·Σ dy. */
const logSoftmaxGradOp = defineOp<SoftmaxAttrs>({
  name: 'logSoftmaxGrad',
  infer: ([y]) => [y!],
  vjp({ inputs: [y, dy], attrs: { axis } }, [g]) {
    const weighted = multiply(g!, exp(y!));
    return [negative(multiply(weighted, sum(dy!, axis, true))), subtract(g!, sum(weighted, axis, true))];
  },
  emit(k, { inputs: [y, dy], outputs: [dx], attrs }) {
    k.call('logSoftmaxGrad', { y: y!, dy: dy!, dx: dx!, ...lines(y!, attrs) }, WORK * y!.size);
  },
  inPlace: [
    [0, 0],
    [0, 1],
  ],
});

/** e^x / Σ e^x along an axis, several together, or all (null). */
export function softmax(x: TensorLike, axis: Axes = -1): Tensor {
  return alongOneAxis(softmaxOp, x, axis);
}

/** x − log Σ e^x along an axis, several together, or all (null). */
export function logSoftmax(x: TensorLike, axis: Axes = -1): Tensor {
  return alongOneAxis(logSoftmaxOp, x, axis);
}

/**
 * max(x − τ, 0) along an axis, so that small elements give exactly 0. In the publication (Martins and Astudillo,
 * arXiv:1602.02068, algorithm 1) the results add up to 1: τ = (s[k] − 1) / k, s the running sums of the descending elements
 * and k the number of those with s[i] − 1 < i·x[i]. Keras takes τ = (s[1] + ... + s[k] − 1) / k, and so do we.
 */
export function sparsemax(x: TensorLike, axis = -1): Tensor {
  const tensor = cast(asTensor(x), 'float32');
  const dim = normalizeAxis(axis, tensor.rank);
  const n = tensor.shape[dim]!;
  const descending = flip(sort(tensor, dim), dim);
  const rank = reshape(
    Float32Array.from({ length: n }, (_, i) => i + 1),
    tensor.shape.map((_, i) => (i === dim ? n : 1)),
  );
  const running = cumsum(descending, dim);
  const support = less(subtract(running, 1), multiply(rank, descending));
  const total = sum(where(support, running, 0), dim, true);
  const tau = divide(subtract(total, 1), cast(sum(support, dim, true), 'float32'));
  return maximum(subtract(tensor, tau), 0);
}

/** Several axes are brought together at the end and made one. */
function alongOneAxis(op: OpDef<SoftmaxAttrs>, x: TensorLike, axis: Axes): Tensor {
  const tensor = cast(asTensor(x), 'float32');
  const axes = normalizeAxes(axis, tensor.rank);
  if (axes.length === 1) return apply(op, [tensor], { axis: axes[0]! });
  const kept = tensor.shape.map((_, i) => i).filter(i => !axes.includes(i));
  const order = [...kept, ...axes];
  const moved = transpose(tensor, order);
  const lines = reshape(moved, [...kept.map(i => tensor.shape[i]!), sizeOf(axes.map(i => tensor.shape[i]!))]);
  const y = reshape(apply(op, [lines], { axis: kept.length }), moved.shape);
  return transpose(
    y,
    order.map((_, i) => order.indexOf(i)),
  );
}

function lines({ shape }: Place, { axis }: SoftmaxAttrs): { outer: number; n: number; inner: number } {
  return { outer: sizeOf(shape.slice(0, axis)), n: shape[axis]!, inner: sizeOf(shape.slice(axis + 1)) };
}
