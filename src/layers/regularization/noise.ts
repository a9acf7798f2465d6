// Noise for training: added, multiplied, or the kind of dropout that keeps mean and variance.

import type { Tensor } from '../../graph/tensor.js';
import { add, cast, greaterEqual, multiply, subtract } from '../../ops/elementwise.js';
import { normal, uniform } from '../../ops/random.js';
import { SeedGenerator } from '../../random/seed.js';
import { layer, layerWith } from '../define.js';
import { rate, value } from '../fields.js';
import type { CallOptions } from '../layer.js';
import { PointwiseLayer } from '../pointwise.js';

const share = { ...rate(), required: true as const };
const seed = value<number | null>(null);

class GaussianNoiseLayer extends layerWith(
  'GaussianNoise',
  { stddev: share, seed },
  ['stddev', 'seed'],
  PointwiseLayer,
) {
  readonly #seeds = this.stddev > 0 ? new SeedGenerator(this.seed) : null;

  override call(x: Tensor, { training }: CallOptions): Tensor {
    return training && this.#seeds ? add(x, normal(x.shape, 0, this.stddev, 'float32', this.#seeds)) : x;
  }
}

/** In training, adds normal noise of mean 0. */
export const GaussianNoise = layer(GaussianNoiseLayer);
export type GaussianNoise = GaussianNoiseLayer;

class GaussianDropoutLayer extends layerWith(
  'GaussianDropout',
  { rate: share, seed },
  ['rate', 'seed'],
  PointwiseLayer,
) {
  readonly #seeds = this.rate > 0 ? new SeedGenerator(this.seed) : null;

  override call(x: Tensor, { training }: CallOptions): Tensor {
    if (!training || !this.#seeds) return x;
    return multiply(x, normal(x.shape, 1, Math.sqrt(this.rate / (1 - this.rate)), 'float32', this.#seeds));
  }
}

/** In training, multiplies with normal noise of mean 1 and variance rate / (1 - rate). */
export const GaussianDropout = layer(GaussianDropoutLayer);
export type GaussianDropout = GaussianDropoutLayer;

const alphaSchema = { rate: share, noiseShape: value<readonly (number | null)[] | null>(null), seed };

class AlphaDropoutLayer extends layerWith('AlphaDropout', alphaSchema, ['rate', 'noiseShape', 'seed'], PointwiseLayer) {
  readonly #seeds = this.rate > 0 ? new SeedGenerator(this.seed) : null;

  override call(x: Tensor, { training }: CallOptions): Tensor {
    if (!training || !this.#seeds) return x;
    // The value that SELU goes to for large negative inputs.
    const dropped = -1.6732632423543772 * 1.0507009873554805;
    const shape = x.shape.map((dim, axis) => this.noiseShape?.[axis] ?? dim);
    const keep = cast(greaterEqual(uniform(shape, 0, 1, 'float32', this.#seeds), this.rate), 'float32');
    // Affine map that brings mean and variance back to those of x.
    const a = ((1 - this.rate) * (1 + this.rate * dropped ** 2)) ** -0.5;
    const b = -a * dropped * this.rate;
    return add(multiply(a, add(multiply(x, keep), multiply(dropped, subtract(1, keep)))), b);
  }
}

/** Dropout that keeps mean 0 and variance 1 behind SELU. Source: Klambauer et al. (2017). */
export const AlphaDropout = layer(AlphaDropoutLayer);
export type AlphaDropout = AlphaDropoutLayer;
