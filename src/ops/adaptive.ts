// Pooling to a given output size: window i of o covers the elements from floor(i n / o) to ceil((i + 1) n / o).

import { ShapeError } from '../errors.js';
import { asTensor, constant, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { formatShape } from '../shape.js';
import { cast } from './elementwise.js';
import { take } from './indexing.js';
import { tensordot } from './matmul.js';
import { moveaxis, reshape } from './movement.js';
import { max } from './reduce.js';
import { channelsLast, type DataFormat, perAxis } from './window.js';

const windowOf = (i: number, n: number, outputs: number): readonly [from: number, to: number] => [
  Math.floor((i * n) / outputs),
  Math.ceil(((i + 1) * n) / outputs),
];

function adaptive(
  name: string,
  inputs: TensorLike,
  outputSize: number | readonly number[],
  dataFormat: DataFormat,
  poolAxis: (x: Tensor, axis: number, outputs: number) => Tensor,
): Tensor {
  const x = cast(asTensor(inputs), 'float32');
  if (x.rank < 3 || x.rank > 5) {
    throw new ShapeError(
      `${name}: expected an input of rank 3 to 5 (batch, one to three spatial dimensions, channels). Received shape ${formatShape(x.shape)}.`,
    );
  }
  const sizes = perAxis(outputSize, x.rank - 2, 'outputSize');
  return channelsLast(x, dataFormat, t => sizes.reduce((y, size, i) => poolAxis(y, i + 1, size), t));
}

/** Means of windows, such that there are `outputSize` of them on each spatial axis. */
export function adaptiveAveragePool(
  inputs: TensorLike,
  outputSize: number | readonly number[],
  dataFormat: DataFormat = 'channels_last',
): Tensor {
  return adaptive('adaptiveAveragePool', inputs, outputSize, dataFormat, (x, axis, outputs) => {
    const n = x.shape[axis]!;
    const weights = new Float32Array(n * outputs);
    for (let i = 0; i < outputs; i++) {
      const [from, to] = windowOf(i, n, outputs);
      for (let k = from; k < to; k++) weights[k * outputs + i] = 1 / (to - from);
    }
    return moveaxis(tensordot(x, constant(weights, 'float32', [n, outputs]), [[axis], [0]]), -1, axis);
  });
}

/** Maxima of windows, such that there are `outputSize` of them on each spatial axis. */
export function adaptiveMaxPool(
  inputs: TensorLike,
  outputSize: number | readonly number[],
  dataFormat: DataFormat = 'channels_last',
): Tensor {
  return adaptive('adaptiveMaxPool', inputs, outputSize, dataFormat, (x, axis, outputs) => {
    const n = x.shape[axis]!;
    const windows = Array.from({ length: outputs }, (_, i) => windowOf(i, n, outputs));
    const widest = Math.max(...windows.map(([from, to]) => to - from));
    // Narrower windows name their last element several times.
    const places = Int32Array.from(
      windows.flatMap(([from, to]) => Array.from({ length: widest }, (_, k) => Math.min(from + k, to - 1))),
    );
    const taken = take(x, places, axis);
    return max(reshape(taken, [...x.shape.slice(0, axis), outputs, widest, ...x.shape.slice(axis + 1)]), axis + 1);
  });
}
