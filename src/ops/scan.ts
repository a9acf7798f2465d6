// Running sums and products along an axis, and the linear recurrence that their gradients need.

import { apply, asTensor, type TensorLike } from '../graph/apply.js';
import { defineOp, type OpDef } from '../graph/op.js';
import type { Tensor } from '../graph/tensor.js';
import { normalizeAxis, type Shape, sizeOf } from '../shape.js';
import { cast, multiply } from './elementwise.js';
import { pad, ravel, sliceAxis } from './movement.js';

type ScanAttrs = { axis: number; reverse: boolean };

function scanOp(name: 'cumsum' | 'cumprod', vjp: OpDef<ScanAttrs>['vjp']): OpDef<ScanAttrs> {
  return defineOp<ScanAttrs>({
    name,
    infer: ([x]) => [x!],
    vjp,
    emit(k, { inputs: [x], outputs: [y], attrs: { axis, reverse } }) {
      if (x!.size === 0) return;
      const kernel = x!.dtype === 'float32' ? name : (`${name}Int` as const);
      k.call(kernel, { x: x!, y: y!, ...runsOf(x!.shape, axis), reverse }, 2 * x!.size);
    },
    inPlace: [[0, 0]],
  });
}

/** y[i] = x[0] + ... + x[i]. dx[i] = dy[i] + ... + dy[n-1]. */
const cumsumOp = scanOp('cumsum', ({ attrs: { axis, reverse } }, [dy]) => [
  apply(cumsumOp, [dy!], { axis, reverse: !reverse }),
]);

/**
 * y[i] = x[0] · ... · x[i]. dx[i] = y[i-1] · s[i] with s[i] = dy[i] + x[i+1]·s[i+1]: without division, so that zeros in
 * x do no harm.
 */
const cumprodOp = scanOp('cumprod', ({ inputs: [x], outputs: [y], attrs: { axis, reverse } }, [dy]) => [
  multiply(neighbour(y!, axis, reverse, 1), linearScan(neighbour(x!, axis, !reverse, 0), dy!, axis, !reverse)),
]);

/** y[i] = a[i]·y[i-1] + b[i]. db = s with s[i] = dy[i] + a[i+1]·s[i+1]; da[i] = s[i]·y[i-1]. */
const linearScanOp = defineOp<ScanAttrs>({
  name: 'linearScan',
  infer: ([a]) => [a!],
  vjp({ inputs: [a], outputs: [y], attrs: { axis, reverse } }, [dy]) {
    const s = linearScan(neighbour(a!, axis, !reverse, 0), dy!, axis, !reverse);
    return [multiply(s, neighbour(y!, axis, reverse, 0)), s];
  },
  emit(k, { inputs: [a, b], outputs: [y], attrs: { axis, reverse } }) {
    if (a!.size === 0) return;
    k.call('linearScan', { a: a!, b: b!, y: y!, ...runsOf(a!.shape, axis), reverse }, 4 * a!.size);
  },
});

/** The running sum along an axis; without axis, of the flattened tensor. int32 for bools. */
export function cumsum(x: TensorLike, axis: number | null = null): Tensor {
  return scan(cumsumOp, x, axis);
}

/** The running product along an axis; without axis, of the flattened tensor. int32 for bools. */
export function cumprod(x: TensorLike, axis: number | null = null): Tensor {
  return scan(cumprodOp, x, axis);
}

/** y[i] = a[i]·y[i-1] + b[i] along an axis, from y[-1] = 0; from the end if `reverse`. a and b have one shape. */
export function linearScan(a: Tensor, b: Tensor, axis: number, reverse = false): Tensor {
  return apply(linearScanOp, [a, b], { axis, reverse });
}

/** For each element the product of all others along the axis. */
export function othersProduct(x: Tensor, axis: number): Tensor {
  const before = neighbour(apply(cumprodOp, [x], { axis, reverse: false }), axis, false, 1);
  const behind = neighbour(apply(cumprodOp, [x], { axis, reverse: true }), axis, true, 1);
  return multiply(before, behind);
}

function scan(op: OpDef<ScanAttrs>, x: TensorLike, axis: number | null): Tensor {
  const tensor = axis === null ? ravel(x) : asTensor(x);
  const number = tensor.dtype === 'bool' ? cast(tensor, 'int32') : tensor;
  return apply(op, [number], { axis: axis === null ? 0 : normalizeAxis(axis, tensor.rank), reverse: false });
}

/** y[i] = x[i-1] (x[i+1] if `next`), and `border` where there is none. */
function neighbour(x: Tensor, axis: number, next: boolean, border: number): Tensor {
  const n = x.shape[axis]!;
  if (n === 0) return x;
  const rest = next ? sliceAxis(x, axis, 1, n) : sliceAxis(x, axis, 0, n - 1);
  const widths = x.shape.map((_, i): [number, number] => (i !== axis ? [0, 0] : next ? [0, 1] : [1, 0]));
  return pad(rest, widths, 'constant', border);
}

function runsOf(shape: Shape, axis: number): { outer: number; n: number; inner: number } {
  return { outer: sizeOf(shape.slice(0, axis)), n: shape[axis]!, inner: sizeOf(shape.slice(axis + 1)) };
}
