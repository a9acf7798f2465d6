// keras.random: the public names, with Keras's arguments by position or by name: `normal([2, 3], { seed: 1 })`.

import { floatx } from '../defaults.js';
import { nearestDType } from '../dtype.js';
import { ValueError } from '../errors.js';
import type { TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { named } from '../named.js';
import { castTo } from '../ops/convert.js';
import * as distributions from '../ops/distributions.js';
import * as draw from '../ops/random.js';
import { type Shape, toShape } from '../shape.js';
import type { Seed } from './seed.js';

export { type Seed, SeedGenerator } from './seed.js';

type DTypeName = string | null;

/** What `draw` gives as a float dtype; null is the default one. @throws ValueError for one of integers, before it draws. */
function floats(name: string, dtype: DTypeName, draw: () => Tensor): Tensor {
  if (nearestDType(dtype ?? 'float32') === 'float32') return castTo(draw(), dtype ?? floatx());
  throw new ValueError(`random.${name}: expected a float dtype. Received: ${dtype}. For integers use randint.`);
}

/** Normally distributed numbers. */
export const normal = named(
  'normal',
  (shape: Shape | number, mean = 0, stddev = 1, dtype: DTypeName = null, seed?: Seed): Tensor =>
    floats('normal', dtype, () => draw.normal(toShape(shape), mean, stddev, 'float32', seed)),
  'shape',
  'mean',
  'stddev',
  'dtype',
  'seed',
);

/** Numbers evenly distributed in [minval, maxval). */
export const uniform = named(
  'uniform',
  (shape: Shape | number, minval = 0, maxval = 1, dtype: DTypeName = null, seed?: Seed): Tensor =>
    floats('uniform', dtype, () => draw.uniform(toShape(shape), minval, maxval, 'float32', seed)),
  'shape',
  'minval',
  'maxval',
  'dtype',
  'seed',
);

/** Integers in [minval, maxval). @throws ValueError for bounds that are no integers, and for a dtype of floats. */
export const randint = named(
  'randint',
  (shape: Shape | number, minval: number, maxval: number, dtype = 'int32', seed?: Seed): Tensor => {
    if (nearestDType(dtype) !== 'int32')
      throw new ValueError(`random.randint: expected a dtype of integers. Received: ${dtype}. For floats use uniform.`);
    return castTo(draw.randint(toShape(shape), minval, maxval, 'int32', seed), dtype);
  },
  'shape',
  'minval',
  'maxval',
  'dtype',
  'seed',
);

/** Normally distributed numbers, at most two standard deviations from the mean. */
export const truncatedNormal = named(
  'truncatedNormal',
  (shape: Shape | number, mean = 0, stddev = 1, dtype: DTypeName = null, seed?: Seed): Tensor =>
    floats('truncatedNormal', dtype, () => draw.truncatedNormal(toShape(shape), mean, stddev, 'float32', seed)),
  'shape',
  'mean',
  'stddev',
  'dtype',
  'seed',
);

/** x with a share `rate` of its elements set to 0, the others divided by 1 - rate. */
export const dropout = named('dropout', draw.dropout, 'inputs', 'rate', 'noiseShape', 'seed');

/** x in random order along an axis. */
export const shuffle = named('shuffle', draw.shuffle, 'x', 'axis', 'seed');

/** Numbers of the gamma distribution with shape parameter `alpha` and scale 1. */
export const gamma = named(
  'gamma',
  (shape: Shape | number, alpha: TensorLike, dtype: DTypeName = null, seed?: Seed): Tensor =>
    floats('gamma', dtype, () => distributions.gamma(toShape(shape), alpha, 'float32', seed)),
  'shape',
  'alpha',
  'dtype',
  'seed',
);

/** Numbers of the beta distribution. */
export const beta = named(
  'beta',
  (shape: Shape | number, alpha: TensorLike, beta: TensorLike, dtype: DTypeName = null, seed?: Seed): Tensor =>
    floats('beta', dtype, () => distributions.beta(toShape(shape), alpha, beta, 'float32', seed)),
  'shape',
  'alpha',
  'beta',
  'dtype',
  'seed',
);

/** How many of `counts` trials succeed, each with one of `probabilities`. */
export const binomial = named(
  'binomial',
  (
    shape: Shape | number,
    counts: TensorLike,
    probabilities: TensorLike,
    dtype: DTypeName = null,
    seed?: Seed,
  ): Tensor =>
    floats('binomial', dtype, () => distributions.binomial(toShape(shape), counts, probabilities, 'float32', seed)),
  'shape',
  'counts',
  'probabilities',
  'dtype',
  'seed',
);

/** `numSamples` classes for each row of unnormalized log-probabilities: (batch, classes) → (batch, numSamples). */
export const categorical = named(
  'categorical',
  (logits: TensorLike, numSamples: number, dtype = 'int32', seed?: Seed): Tensor =>
    castTo(draw.categorical(logits, numSamples, 'int32', seed), dtype),
  'logits',
  'numSamples',
  'dtype',
  'seed',
);
