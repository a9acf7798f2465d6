// Distributions drawn by rejection: gamma, beta, binomial. The same seed gives the same numbers as keras.random on JAX,
// up to rounding. Their parameters are tensors that broadcast to the shape; no gradient flows to them.

import type { DType } from '../dtype.js';
import { apply, asTensor, type TensorLike } from '../graph/apply.js';
import { defineOp } from '../graph/op.js';
import type { Tensor } from '../graph/tensor.js';
import { drawSeed, type Seed } from '../random/seed.js';
import type { Shape } from '../shape.js';
import { add, cast, divide, exp, maximum, subtract } from './elementwise.js';
import { broadcastTo } from './movement.js';
import { deriveSeed } from './random.js';

/** Scalar operations per element: several rounds of Threefry, one at a time. */
const WORK = 2000;

const gammaOp = defineOp<{ readonly logarithm: boolean }>({
  name: 'randomGamma',
  infer: ([, alpha]) => [{ shape: alpha!.shape, dtype: 'float32' }],
  vjp: 'none', // the number of rejections is not differentiable
  inPlace: [[0, 1]],
  emit: (k, { inputs: [seed, alpha], outputs: [y], attrs: { logarithm } }) =>
    k.call('randomGamma', { seed: seed!, shape: alpha!, y: y!, n: y!.size, logarithm }, y!.size * WORK),
});

/** A parameter in the shape of the draw. @throws ShapeError if it does not broadcast to it */
function parameter(value: TensorLike, shape: Shape): Tensor {
  return broadcastTo(cast(asTensor(value), 'float32'), shape);
}

/** Gamma distribution with shape parameter `alpha` > 0 and scale 1. Source: Marsaglia, Tsang (2000). */
export function gamma(shape: Shape, alpha: TensorLike, dtype: DType = 'float32', seed?: Seed): Tensor {
  return cast(apply(gammaOp, [drawSeed(seed), parameter(alpha, shape)], { logarithm: false }), dtype);
}

/** Beta distribution with parameters `alpha`, `beta` > 0: A / (A + B) for two gamma numbers, taken in logarithms. */
export function beta(shape: Shape, alpha: TensorLike, beta: TensorLike, dtype: DType = 'float32', seed?: Seed): Tensor {
  const key = drawSeed(seed);
  const a = apply(gammaOp, [deriveSeed(key, 0), parameter(alpha, shape)], { logarithm: true });
  const b = apply(gammaOp, [deriveSeed(key, 1), parameter(beta, shape)], { logarithm: true });
  const largest = maximum(a, b);
  const [scaledA, scaledB] = [exp(subtract(a, largest)), exp(subtract(b, largest))];
  return cast(divide(scaledA, add(scaledA, scaledB)), dtype);
}

const binomialOp = defineOp<Record<string, never>>({
  name: 'randomBinomial',
  infer: ([, counts]) => [{ shape: counts!.shape, dtype: 'float32' }],
  vjp: 'none', // whole numbers
  emit: (k, { inputs: [seed, counts, probabilities], outputs: [y] }) => {
    const n = y!.size;
    const open = k.workspace(4 * n);
    k.call('randomBinomial', { seed: seed!, counts: counts!, probabilities: probabilities!, y: y!, open, n }, false);
  },
});

/**
 * Successes among `counts` trials that succeed with `probabilities`: whole numbers, float32 by default. NaN where a
 * count is negative or a probability not in [0, 1]. Source: Hörmann (1993).
 */
export function binomial(
  shape: Shape,
  counts: TensorLike,
  probabilities: TensorLike,
  dtype: DType = 'float32',
  seed?: Seed,
): Tensor {
  const inputs = [drawSeed(seed), parameter(counts, shape), parameter(probabilities, shape)];
  return cast(apply(binomialOp, inputs, {}), dtype);
}
