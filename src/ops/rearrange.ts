// Rearrangements that have names of their own, made of the ops in movement.ts.

import { ShapeError } from '../errors.js';
import { asTensor, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { formatShape, normalizeAxis } from '../shape.js';
import { notEqual, subtract } from './elementwise.js';
import { concatenate, flip, reshape, sliceAxis, swapaxes, transpose } from './movement.js';

/** Side by side: along axis 1, or axis 0 of tensors with one axis. */
export function hstack(xs: readonly TensorLike[]): Tensor {
  const tensors = xs.map(x => asTensor(x)).map(x => (x.rank === 0 ? reshape(x, [1]) : x));
  return concatenate(tensors, tensors[0]?.rank === 1 ? 0 : 1);
}

/** One above the other: along axis 0, tensors with one axis being rows. */
export function vstack(xs: readonly TensorLike[]): Tensor {
  return concatenate(
    xs.map(x => asTensor(x)).map(x => (x.rank < 2 ? reshape(x, [1, -1]) : x)),
    0,
  );
}

/** x turned k times by 90 degrees from the first towards the second of two axes. */
export function rot90(x: TensorLike, k = 1, axes: readonly [number, number] = [0, 1]): Tensor {
  const tensor = asTensor(x);
  const [a, b] = axes.map(axis => normalizeAxis(axis, tensor.rank)) as [number, number];
  const turns = ((k % 4) + 4) % 4;
  if (turns === 0) return tensor;
  if (turns === 2) return flip(tensor, [a, b]);
  return turns === 1 ? swapaxes(flip(tensor, b), a, b) : flip(swapaxes(tensor, a, b), b);
}

/** x[i + 1] − x[i] along an axis, n times. Of bools, whether they differ. */
export function diff(x: TensorLike, n = 1, axis = -1): Tensor {
  let tensor = asTensor(x);
  const dim = normalizeAxis(axis, tensor.rank);
  for (let i = 0; i < n && tensor.shape[dim]! > 0; i++) {
    const size = tensor.shape[dim]!;
    const difference = tensor.dtype === 'bool' ? notEqual : subtract;
    tensor = difference(sliceAxis(tensor, dim, 1, size), sliceAxis(tensor, dim, 0, size - 1));
  }
  return tensor;
}

/** [B, H, W, C·b²] -> [B, H·b, W·b, C]: the channels of a pixel become a block of pixels. */
export function depthToSpace(
  x: TensorLike,
  blockSize: number,
  dataFormat: 'channels_last' | 'channels_first' = 'channels_last',
): Tensor {
  const tensor = asTensor(x);
  const b = blockSize;
  const [n, h, w, c] = imageShape('depthToSpace', tensor, dataFormat);
  if (c % (b * b) !== 0) {
    throw new ShapeError(
      `depthToSpace: expected channels divisible by ${b * b}. Received shape ${formatShape(tensor.shape)}.`,
    );
  }
  if (dataFormat === 'channels_first') {
    const blocks = transpose(reshape(tensor, [n, b, b, c / b / b, h, w]), [0, 3, 4, 1, 5, 2]);
    return reshape(blocks, [n, c / b / b, h * b, w * b]);
  }
  return reshape(transpose(reshape(tensor, [n, h, w, b, b, c / b / b]), [0, 1, 3, 2, 4, 5]), [
    n,
    h * b,
    w * b,
    c / b / b,
  ]);
}

/** [B, H·b, W·b, C] -> [B, H, W, C·b²]: a block of pixels becomes the channels of one. */
export function spaceToDepth(
  x: TensorLike,
  blockSize: number,
  dataFormat: 'channels_last' | 'channels_first' = 'channels_last',
): Tensor {
  const tensor = asTensor(x);
  const b = blockSize;
  const [n, h, w, c] = imageShape('spaceToDepth', tensor, dataFormat);
  if (h % b !== 0 || w % b !== 0) {
    throw new ShapeError(
      `spaceToDepth: expected height and width divisible by ${b}. Received shape ${formatShape(tensor.shape)}.`,
    );
  }
  if (dataFormat === 'channels_first') {
    const blocks = transpose(reshape(tensor, [n, c, h / b, b, w / b, b]), [0, 3, 5, 1, 2, 4]);
    return reshape(blocks, [n, c * b * b, h / b, w / b]);
  }
  return reshape(transpose(reshape(tensor, [n, h / b, b, w / b, b, c]), [0, 1, 3, 2, 4, 5]), [
    n,
    h / b,
    w / b,
    c * b * b,
  ]);
}

/** [batch, height, width, channels] of an image tensor. */
function imageShape(
  name: string,
  x: Tensor,
  dataFormat: 'channels_last' | 'channels_first',
): [number, number, number, number] {
  if (x.rank !== 4) throw new ShapeError(`${name}: expected 4 axes. Received shape ${formatShape(x.shape)}.`);
  const [n, a, b, c] = x.shape as [number, number, number, number];
  return dataFormat === 'channels_first' ? [n, b, c, a] : [n, a, b, c];
}
