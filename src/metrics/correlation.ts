// How targets and predictions vary together along an axis.

import { epsilon } from '../defaults.js';
import type { TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { aligned } from '../losses/regression.js';
import { add, divide, multiply, square, subtract } from '../ops/elementwise.js';
import { mean, std, variance } from '../ops/reduce.js';

/** Pearson's correlation: the mean product of both, each centred and divided by its standard deviation. */
export function pearsonCorrelation(yTrue: TensorLike, yPred: TensorLike, { axis = -1 } = {}): Tensor {
  const [t, p] = aligned(yTrue, yPred);
  const standardized = (x: Tensor) => {
    const centred = subtract(x, mean(x, axis, true));
    return divide(centred, std(centred, axis, true));
  };
  return mean(multiply(standardized(t), standardized(p)), axis);
}

/** Lin's concordance correlation: 1 where the predictions equal the targets, and not merely follow them. */
export function concordanceCorrelation(yTrue: TensorLike, yPred: TensorLike, { axis = -1 } = {}): Tensor {
  const [t, p] = aligned(yTrue, yPred);
  const meanT = mean(t, axis, true);
  const meanP = mean(p, axis, true);
  // Keras centres the targets by the predictions' mean as well; the mean of the product is the same.
  const covariance = multiply(subtract(t, meanP), subtract(p, meanP));
  const norm = add(add(variance(t, axis, true), variance(p, axis, true)), square(subtract(meanT, meanP)));
  return mean(divide(multiply(covariance, 2), add(norm, epsilon())), axis);
}
