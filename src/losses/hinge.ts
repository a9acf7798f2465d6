// Margin losses. Labels may be -1/1 or 0/1; if all of a batch are 0 or 1 they are turned into -1 and 1.

import { asTensor, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { add, cast, equal, logicalOr, maximum, multiply, square, subtract, where } from '../ops/elementwise.js';
import { all, max, mean, sum } from '../ops/reduce.js';
import { aligned } from './regression.js';

/** mean(max(1 - y p, 0)). */
export function hinge(yTrue: TensorLike, yPred: TensorLike): Tensor {
  return mean(margin(yTrue, yPred), -1);
}

/** mean(max(1 - y p, 0)^2). */
export function squaredHinge(yTrue: TensorLike, yPred: TensorLike): Tensor {
  return mean(square(margin(yTrue, yPred)), -1);
}

/** max(neg - pos + 1, 0) with pos = sum(y p), neg = max((1 - y) p). */
export function categoricalHinge(yTrue: TensorLike, yPred: TensorLike): Tensor {
  const p = asTensor(yPred);
  const t = cast(yTrue, p.dtype);
  const positive = sum(multiply(t, p), -1);
  const strongestOther = max(multiply(subtract(1, t), p), -1);
  return maximum(add(subtract(strongestOther, positive), 1), 0);
}

function margin(yTrue: TensorLike, yPred: TensorLike): Tensor {
  const [t, p] = aligned(yTrue, yPred);
  const binary = all(logicalOr(equal(t, 0), equal(t, 1)));
  const labels = where(binary, subtract(multiply(t, 2), 1), t);
  return maximum(subtract(1, multiply(labels, p)), 0);
}
