// Matrix products, with NumPy's rules for vectors and batches. The op itself takes matrices with any number
// of batch axes in front; everything else is a view of its inputs.

import { promote } from '../dtype.js';
import { ShapeError } from '../errors.js';
import { apply, asTensor, type TensorLike } from '../graph/apply.js';
import type { Emitter, OpDef, Place } from '../graph/op.js';
import type { Tensor } from '../graph/tensor.js';
import { type Location, offsetBy } from '../runtime/pointer.js';
import { broadcastShapes, formatShape, type Shape, sizeOf, stridesOf } from '../shape.js';
import { cast, multiply } from './elementwise.js';
import { reshape, sumTo, transpose } from './movement.js';
import {
  emitBatch,
  emitProduct,
  epilogue,
  type FusedActivation,
  isBatch,
  type Product,
  throughActivation,
} from './product.js';
import { sum } from './reduce.js';

export type MatmulAttrs = {
  /** The last two axes of a (of b) are swapped before multiplying. */
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  /** Applied to the product (plus bias). */
  readonly activation: FusedActivation;
};

/**
 * c = activation(op(a)·op(b) + bias): inputs a [..., m, k], b [..., k, n] and, if there is one, bias [n];
 * batch axes broadcast. da = dc·op(b)', db = op(a)'·dc, dbias = sum of dc over all rows.
 */
export const matmulOp: OpDef<MatmulAttrs> = {
  name: 'matmul',
  epilogue,
  infer([a, b], attrs) {
    const { m, n, ka, kb } = sizes(a!.shape, b!.shape, attrs);
    if (ka !== kb) {
      throw new ShapeError(
        `matmul: expected the last axis of the first matrix and the rows of the second to be equal. ` +
          `Received shapes ${formatShape(a!.shape)} and ${formatShape(b!.shape)}` +
          `${attrs.transposeA ? ', first transposed' : ''}${attrs.transposeB ? ', second transposed' : ''}: ${ka} and ${kb}.`,
      );
    }
    return [{ shape: [...broadcastShapes(a!.shape.slice(0, -2), b!.shape.slice(0, -2)), m, n], dtype: 'float32' }];
  },
  vjp({ inputs: [a, b, bias], outputs: [c], attrs: { transposeA, transposeB, activation } }, [dy]) {
    const dc = throughActivation(activation, dy!, c!);
    const da = transposeA ? product(b!, dc, transposeB, true) : product(dc, b!, false, !transposeB);
    const db = transposeB ? product(dc, a!, true, transposeA) : product(a!, dc, !transposeA, false);
    const gradients = [sumTo(da, a!.shape), sumTo(db, b!.shape)];
    return bias ? [...gradients, sumTo(dc, bias.shape)] : gradients;
  },
  emit(k, { inputs: [a, b, bias], outputs: [c], attrs }) {
    const { m, n, ka } = sizes(a!.shape, b!.shape, attrs);
    const product = {
      ...attrs,
      a: a!,
      b: b!,
      bias: bias ?? 0,
      c: c!,
      m,
      n,
      k: ka,
      lda: a!.shape.at(-1)!,
      ldb: b!.shape.at(-1)!,
      ldc: n,
    };
    if (c!.size > 0) emitProducts(k, product, batchAxes(a!.shape, b!.shape, c!.shape.slice(0, -2)), b!);
  },
};

export interface MatmulOptions {
  /** Swap the last two axes of the first (second) input before multiplying. Default false. */
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

/**
 * Matrix product by NumPy's rules: matrices are the last two axes, axes in front of them broadcast; a vector
 * is a row on the left, a column on the right, and its axis is dropped from the result.
 * @throws ShapeError for scalars and for sizes that do not fit.
 */
export function matmul(
  x1: TensorLike,
  x2: TensorLike,
  { transposeA = false, transposeB = false }: MatmulOptions = {},
): Tensor {
  const [a, b, restore] = asFloats(x1, x2);
  if (a.rank === 0 || b.rank === 0) {
    throw new ShapeError(
      `matmul: expected inputs with at least one axis. Received shapes ${formatShape(a.shape)} and ${formatShape(b.shape)}. ` +
        'Use multiply for scalars.',
    );
  }
  const rows = a.rank === 1 ? reshape(a, [1, a.size]) : a;
  const columns = b.rank === 1 ? reshape(b, [b.size, 1]) : b;
  let y = product(rows, columns, transposeA && a.rank > 1, transposeB && b.rank > 1);
  if (b.rank === 1) y = reshape(y, y.shape.slice(0, -1));
  if (a.rank === 1)
    y = reshape(
      y,
      y.shape.filter((_, axis) => axis !== y.rank - (b.rank === 1 ? 1 : 2)),
    );
  return restore(y);
}

/**
 * NumPy's dot: the inner product of vectors, the matrix product of matrices, in general a sum over the last
 * axis of x1 and the second to last of x2; scalars multiply.
 */
export function dot(x1: TensorLike, x2: TensorLike): Tensor {
  const a = asTensor(x1);
  const b = asTensor(x2);
  if (a.rank === 0 || b.rank === 0) return multiply(a, b);
  return tensordot(a, b, [[-1], [b.rank === 1 ? -1 : -2]]);
}

/**
 * Sum of products over pairs of axes: [...rest of x1, ...rest of x2].
 * @param axes the axes of x1 and those of x2, or a number k: the last k of x1 and the first k of x2. Default
 * 2.
 * @throws ShapeError if paired axes differ in size.
 */
export function tensordot(
  x1: TensorLike,
  x2: TensorLike,
  axes: number | readonly [number | readonly number[], number | readonly number[]] = 2,
): Tensor {
  const [a, b, restore] = asFloats(x1, x2);
  const range = (count: number, from: number) => Array.from({ length: count }, (_, i) => from + i);
  const list = (value: number | readonly number[]) => (typeof value === 'number' ? [value] : value);
  const [left, right] =
    typeof axes === 'number' ? [range(axes, a.rank - axes), range(axes, 0)] : [list(axes[0]), list(axes[1])];
  const fromA = left.map(axis => (axis < 0 ? axis + a.rank : axis));
  const fromB = right.map(axis => (axis < 0 ? axis + b.rank : axis));
  if (
    fromA.length !== fromB.length ||
    fromA.some((axis, i) => a.shape[axis] === undefined || a.shape[axis] !== b.shape[fromB[i]!])
  ) {
    throw new ShapeError(
      `tensordot: expected axes of equal sizes in pairs. Received shapes ${formatShape(a.shape)} and ${formatShape(b.shape)}, ` +
        `axes [${left}] and [${right}].`,
    );
  }
  const restA = range(a.rank, 0).filter(axis => !fromA.includes(axis));
  const restB = range(b.rank, 0).filter(axis => !fromB.includes(axis));
  const shape = [...restA.map(axis => a.shape[axis]!), ...restB.map(axis => b.shape[axis]!)];
  const k = sizeOf(fromA.map(axis => a.shape[axis]!));
  const rows = reshape(transpose(a, [...restA, ...fromA]), [sizeOf(restA.map(axis => a.shape[axis]!)), k]);
  const columns = reshape(transpose(b, [...fromB, ...restB]), [k, sizeOf(restB.map(axis => b.shape[axis]!))]);
  return restore(reshape(product(rows, columns, false, false), shape));
}

/** Sum of products over the last axes of both: [...rest of x1, ...rest of x2]; scalars multiply. */
export function inner(x1: TensorLike, x2: TensorLike): Tensor {
  const a = asTensor(x1);
  const b = asTensor(x2);
  return a.rank === 0 || b.rank === 0 ? multiply(a, b) : tensordot(a, b, [[-1], [-1]]);
}

/** All products of an element of x1 with one of x2, both flattened: [size of x1, size of x2]. */
export function outer(x1: TensorLike, x2: TensorLike): Tensor {
  const a = asTensor(x1);
  const b = asTensor(x2);
  return multiply(reshape(a, [a.size, 1]), reshape(b, [1, b.size]));
}

/** Inner product of all elements, both flattened: a scalar. */
export function vdot(x1: TensorLike, x2: TensorLike): Tensor {
  const a = asTensor(x1);
  const b = asTensor(x2);
  return sum(multiply(reshape(a, [a.size]), reshape(b, [b.size])));
}

/**
 * The op on inputs of rank 2 or more. A matrix on the right multiplies all rows of a batch at once, and
 * transposes of the last two axes become attributes.
 */
function product(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor {
  const attrs: MatmulAttrs = { transposeA, transposeB, activation: 'linear' };
  if (b.rank === 2 && a.rank > 2 && !transposeA) {
    const rows = reshape(a, [sizeOf(a.shape.slice(0, -1)), a.shape.at(-1)!]);
    const y = product(rows, b, false, transposeB);
    return reshape(y, [...a.shape.slice(0, -1), y.shape[1]!]);
  }
  const swappedA = swapped(a);
  if (swappedA) return product(swappedA, b, !transposeA, transposeB);
  const swappedB = swapped(b);
  if (swappedB) return product(a, swappedB, transposeA, !transposeB);
  return apply(matmulOp, [a, b], attrs);
}

/** What x is the transpose of, if only the last two axes are swapped. */
function swapped(x: Tensor): Tensor | undefined {
  if (x.node?.op.name !== 'transpose') return undefined;
  const axes = x.node.attrs.axes as readonly number[];
  const last = x.rank - 1;
  const swaps = axes.every((axis, i) => axis === (i === last ? last - 1 : i === last - 1 ? last : i));
  return swaps ? x.node.inputs[0] : undefined;
}

/**
 * Both inputs as float32, in which all products are computed, and what brings the result to their common
 * dtype.
 */
function asFloats(x1: TensorLike, x2: TensorLike): [Tensor, Tensor, (y: Tensor) => Tensor] {
  const a = asTensor(x1);
  const b = asTensor(x2);
  const dtype = promote(a.dtype, b.dtype);
  return [cast(a, 'float32'), cast(b, 'float32'), y => cast(y, dtype)];
}

function sizes(a: Shape, b: Shape, { transposeA, transposeB }: MatmulAttrs) {
  const [rowsA, columnsA] = a.slice(-2) as [number, number];
  const [rowsB, columnsB] = b.slice(-2) as [number, number];
  return {
    m: transposeA ? columnsA : rowsA,
    ka: transposeA ? rowsA : columnsA,
    kb: transposeB ? columnsB : rowsB,
    n: transposeB ? rowsB : columnsB,
  };
}

/** An axis of the batch: elements from one matrix to the next in a and b, 0 where they are broadcast. */
type BatchAxis = { count: number; a: number; b: number };

type Located = Product & { readonly a: Location; readonly b: Location; readonly c: Location };

/** Appends the products along all batch axes; their results lie one behind the other. */
function emitProducts(k: Emitter, product: Located, axes: readonly BatchAxis[], source: Place): void {
  const { a, b, c, m, n, k: depth, transposeA } = product;
  const [first, ...others] = axes;
  const count = sizeOf(axes.map(axis => axis.count));
  if (!first) {
    emitProduct(k, product, source);
  } else if (others.length === 0 && first.b === 0 && first.a === m * depth && !transposeA) {
    emitProduct(k, { ...product, m: count * m }, source);
  } else if (axes.length <= 3 && isBatch(k, count, product)) {
    const missing: BatchAxis = { count: 1, a: 0, b: 0 };
    const [x, y, z] = [missing, missing, ...axes].slice(-3) as [BatchAxis, BatchAxis, BatchAxis];
    emitBatch(k, product, { counts: [x.count, y.count, z.count], a: [x.a, y.a, z.a], b: [x.b, y.b, z.b] });
  } else {
    for (let i = 0; i < first.count; i++) {
      const next = {
        a: offsetBy(a, i * first.a),
        b: offsetBy(b, i * first.b),
        c: offsetBy(c, i * (count / first.count) * m * n),
      };
      emitProducts(k, { ...product, ...next }, others, source);
    }
  }
}

/**
 * The batch axes of a product of broadcast inputs, as few as possible: neighbours that continue each other
 * are joined.
 */
function batchAxes(shapeA: Shape, shapeB: Shape, batch: Shape): BatchAxis[] {
  const strides = (shape: Shape) => {
    const all = stridesOf(shape);
    return batch.map((_, axis) => {
      const own = axis - batch.length + shape.length - 2;
      return own < 0 || shape[own] === 1 ? 0 : all[own]!;
    });
  };
  const a = strides(shapeA);
  const b = strides(shapeB);
  const axes: BatchAxis[] = [];
  batch.forEach((count, axis) => {
    if (count === 1) return;
    const last = axes.at(-1);
    const next = { count, a: a[axis]!, b: b[axis]! };
    if (last && last.a === next.a * count && last.b === next.b * count) {
      axes[axes.length - 1] = { ...next, count: count * last.count };
    } else {
      axes.push(next);
    }
  });
  return axes;
}
