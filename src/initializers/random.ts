// Initializers that draw from one distribution whatever the shape.

import { configured, known } from '../configured.js';
import type { DType } from '../dtype.js';
import type { Tensor } from '../graph/tensor.js';
import { normal, truncatedNormal, uniform } from '../ops/random.js';
import { value } from '../options.js';
import type { Shape } from '../shape.js';
import { Initializer, seed } from './initializer.js';

const uniformOptions = { seed, minval: value<number>(-0.05), maxval: value<number>(0.05) };
const normalOptions = { seed, mean: value<number>(0), stddev: value<number>(0.05) };

class RandomUniformClass extends configured(Initializer, 'RandomUniform', uniformOptions, [
  'minval',
  'maxval',
  'seed',
]) {
  override call(shape: Shape, dtype: DType = 'float32'): Tensor {
    return uniform(shape, this.minval, this.maxval, dtype, this.seed.used);
  }
}

/** Uniform in [minval, maxval). Defaults −0.05, 0.05. */
export const RandomUniform = known('keras.initializers', RandomUniformClass, 'uniform');
export type RandomUniform = RandomUniformClass;

class RandomNormalClass extends configured(Initializer, 'RandomNormal', normalOptions, ['mean', 'stddev', 'seed']) {
  override call(shape: Shape, dtype: DType = 'float32'): Tensor {
    return normal(shape, this.mean, this.stddev, dtype, this.seed.used);
  }
}

/** Normal. Defaults: mean 0, stddev 0.05. */
export const RandomNormal = known('keras.initializers', RandomNormalClass, 'normal');
export type RandomNormal = RandomNormalClass;

class TruncatedNormalClass extends configured(Initializer, 'TruncatedNormal', normalOptions, [
  'mean',
  'stddev',
  'seed',
]) {
  override call(shape: Shape, dtype: DType = 'float32'): Tensor {
    return truncatedNormal(shape, this.mean, this.stddev, dtype, this.seed.used);
  }
}

/** Normal within two standard deviations of the mean. Defaults: mean 0, stddev 0.05 (before the cut). */
export const TruncatedNormal = known('keras.initializers', TruncatedNormalClass);
export type TruncatedNormal = TruncatedNormalClass;
