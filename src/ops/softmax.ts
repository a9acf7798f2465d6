// Softmax along an axis: e^x / Σ e^x. The largest element is subtracted first, which changes nothing but the range.

import { asTensor, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { cast, divide, exp, log, stopGradient, subtract } from './elementwise.js';
import { max, sum } from './reduce.js';

type Axes = number | readonly number[] | null;

/** e^x / Σ e^x along an axis, several, or all (null). */
export function softmax(x: TensorLike, axis: Axes = -1): Tensor {
  const tensor = cast(asTensor(x), 'float32');
  const e = exp(subtract(tensor, stopGradient(max(tensor, axis, true))));
  return divide(e, sum(e, axis, true));
}

/** x − log Σ e^x along an axis, several, or all (null). */
export function logSoftmax(x: TensorLike, axis: Axes = -1): Tensor {
  const tensor = cast(asTensor(x), 'float32');
  const shifted = subtract(tensor, stopGradient(max(tensor, axis, true)));
  return subtract(shifted, log(sum(exp(shifted), axis, true)));
}
