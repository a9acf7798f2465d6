// Max and average pooling over one, two or three spatial dimensions. Everything is computed channels last and with
// three dimensions: missing ones have size 1.

import { ShapeError } from '../errors.js';
import { apply, asTensor, type TensorLike } from '../graph/apply.js';
import type { Emitter, OpDef, Place } from '../graph/op.js';
import type { Tensor } from '../graph/tensor.js';
import type { KernelArgs } from '../runtime/kernels.generated.js';
import { formatShape, type Shape } from '../shape.js';
import { cast } from './elementwise.js';
import { channelsLast, checkPadding, type DataFormat, type Padding, perAxis, windowAxis } from './window.js';

/** The sizes that the pooling kernels take (assembly/pool.ts), and the shapes of x and y as the user sees them. */
type Pool = Omit<KernelArgs['maxPool'], 'x' | 'y' | 'dy' | 'dx'> & { readonly shapeX: Shape; readonly shapeY: Shape };
type PoolKernel = 'maxPool' | 'maxPoolGrad' | 'maxPoolPick' | 'averagePool' | 'averagePoolGrad';

/** y = max over each window. dx = dy at the first maximum of each window, added up. */
const maxPoolOp: OpDef<Pool> = {
  name: 'maxPool',
  infer: (_, { shapeY }) => [{ shape: shapeY, dtype: 'float32' }],
  vjp: ({ inputs: [x], outputs: [y], attrs }, [dy]) => [apply(maxPoolGradOp, [x!, y!, dy!], attrs)],
  emit: (k, { inputs: [x], outputs: [y], attrs }) => emitPool(k, 'maxPool', { x: x!, y: y! }, attrs),
};

/** dx from x, y and dy: linear in dy, and constant in x and y wherever it can be differentiated. */
const maxPoolGradOp: OpDef<Pool> = {
  name: 'maxPoolGrad',
  infer: (_, { shapeX }) => [{ shape: shapeX, dtype: 'float32' }],
  vjp: ({ inputs: [x, y], attrs }, [ddx]) => [undefined, undefined, apply(maxPoolPickOp, [x!, y!, ddx!], attrs)],
  emit: (k, { inputs: [x, y, dy], outputs: [dx], attrs }) =>
    emitPool(k, 'maxPoolGrad', { x: x!, y: y!, dy: dy!, dx: dx! }, attrs),
};

/** The elements of a third tensor v, shaped like x, where x has the first maximum of each window. */
const maxPoolPickOp: OpDef<Pool> = {
  name: 'maxPoolPick',
  infer: (_, { shapeY }) => [{ shape: shapeY, dtype: 'float32' }],
  vjp: ({ inputs: [x, y], attrs }, [d]) => [undefined, undefined, apply(maxPoolGradOp, [x!, y!, d!], attrs)],
  emit: (k, { inputs: [x, y, v], outputs: [picked], attrs }) =>
    emitPool(k, 'maxPoolPick', { x: x!, y: y!, dx: v!, dy: picked! }, attrs),
};

/** y = mean over the cells of each window that exist. dx = dy / (cells) over the windows that cover a cell, added up. */
const averagePoolOp: OpDef<Pool> = {
  name: 'averagePool',
  infer: (_, { shapeY }) => [{ shape: shapeY, dtype: 'float32' }],
  vjp: ({ attrs }, [dy]) => [apply(averagePoolGradOp, [dy!], attrs)],
  emit: (k, { inputs: [x], outputs: [y], attrs }) => emitPool(k, 'averagePool', { x: x!, y: y! }, attrs),
};

const averagePoolGradOp: OpDef<Pool> = {
  name: 'averagePoolGrad',
  infer: (_, { shapeX }) => [{ shape: shapeX, dtype: 'float32' }],
  vjp: ({ attrs }, [ddx]) => [apply(averagePoolOp, [ddx!], attrs)],
  emit: (k, { inputs: [dy], outputs: [dx], attrs }) => emitPool(k, 'averagePoolGrad', { dy: dy!, dx: dx! }, attrs),
};

/**
 * Maximum over windows of x, shaped [batch, ...spatial, channels] with one to three spatial dimensions.
 * @param poolSize a number, or one per spatial dimension.
 * @param strides default: poolSize.
 * @param padding 'valid': only windows that fit; 'same': ceil(size / stride) windows, where cells beyond the border do not count.
 * @throws ShapeError for another rank, or if no window fits.
 */
export function maxPool(
  x: TensorLike,
  poolSize: number | readonly number[],
  strides: number | readonly number[] | null = null,
  padding: Padding = 'valid',
  dataFormat: DataFormat = 'channels_last',
): Tensor {
  return pool(maxPoolOp, x, poolSize, strides, padding, dataFormat);
}

/** Mean over windows of x; arguments as for maxPool. With 'same', a window's mean is over the cells that exist. */
export function averagePool(
  x: TensorLike,
  poolSize: number | readonly number[],
  strides: number | readonly number[] | null = null,
  padding: Padding = 'valid',
  dataFormat: DataFormat = 'channels_last',
): Tensor {
  return pool(averagePoolOp, x, poolSize, strides, padding, dataFormat);
}

function pool(
  op: OpDef<Pool>,
  x: TensorLike,
  poolSize: number | readonly number[],
  strides: number | readonly number[] | null,
  padding: Padding,
  dataFormat: DataFormat,
): Tensor {
  const input = cast(asTensor(x), 'float32');
  if (input.rank < 3 || input.rank > 5) {
    throw new ShapeError(
      `${op.name}: expected an input of rank 3 to 5 (batch, one to three spatial dimensions, channels). ` +
        `Received shape ${formatShape(input.shape)}.`,
    );
  }
  const axes = input.rank - 2;
  const windows = perAxis(poolSize, axes, 'poolSize');
  const steps = perAxis(strides ?? poolSize, axes, 'strides');
  checkPadding(padding);
  return channelsLast(input, dataFormat, t => apply(op, [t], poolOf(t.shape, windows, steps, padding)));
}

function poolOf(shapeX: Shape, windows: Shape, strides: Shape, padding: Padding): Pool {
  const n = shapeX[0]!;
  const c = shapeX.at(-1)!;
  const axes = shapeX.slice(1, -1).map((size, i) => {
    const { output, before } = windowAxis(size, windows[i]!, strides[i]!, 1, padding);
    return { size, output, before, window: windows[i]!, stride: strides[i]! };
  });
  const shapeY = [n, ...axes.map(({ output }) => output), c];
  const missing = { size: 1, output: 1, before: 0, window: 1, stride: 1 };
  const [d, h, w] = [missing, missing, ...axes].slice(-3) as [typeof missing, typeof missing, typeof missing];
  return {
    shapeX,
    shapeY,
    n,
    c,
    d: d.size,
    h: h.size,
    w: w.size,
    od: d.output,
    oh: h.output,
    ow: w.output,
    kd: d.window,
    kh: h.window,
    kw: w.window,
    sd: d.stride,
    sh: h.stride,
    sw: w.stride,
    pd: d.before,
    ph: h.before,
    pw: w.before,
  };
}

function emitPool(
  k: Emitter,
  kernel: PoolKernel,
  arrays: { x?: Place; y?: Place; dy?: Place; dx?: Place },
  attrs: Pool,
): void {
  const { shapeX, shapeY, ...sizes } = attrs;
  const cells = sizes.n * sizes.od * sizes.oh * sizes.ow * sizes.c * sizes.kd * sizes.kh * sizes.kw;
  k.call(kernel, { x: 0, y: 0, dy: 0, dx: 0, ...arrays, ...sizes }, cells);
}
