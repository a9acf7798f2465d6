// Dropout and its relatives that drop whole channels.

import type { Config } from '../../config.js';
import type { Tensor } from '../../graph/tensor.js';
import { dropout } from '../../ops/random.js';
import { SeedGenerator } from '../../random/seed.js';
import { layer, layerWith, type MadeLayer } from '../define.js';
import { dataFormat, rate, value } from '../fields.js';
import type { CallOptions } from '../layer.js';
import { PointwiseLayer } from '../pointwise.js';

const schema = {
  /** Share of the elements to drop. */
  rate: { ...rate(), required: true as const },
  /** Shape of the mask, with 1 where a whole axis drops together. */
  noiseShape: value<readonly (number | null)[] | null>(null),
  /** Makes the masks repeatable. Default random. */
  seed: value<number | null>(null),
};

class DropoutLayer extends layerWith('Dropout', schema, ['rate', 'noiseShape', 'seed'], PointwiseLayer) {
  readonly #seeds = this.rate > 0 ? new SeedGenerator(this.seed) : null;

  override call(x: Tensor, { training }: CallOptions): Tensor {
    return training && this.#seeds ? dropout(x, this.rate, this.noiseShape, this.#seeds) : x;
  }
}

/** In training, sets a share of the elements to 0 and scales up the others so that the expected sum stays. */
export const Dropout = layer(DropoutLayer);
export type Dropout = DropoutLayer;

const spatialSchema = { rate: schema.rate, seed: schema.seed };

/** Keras writes the configs of these layers by hand, with the plain name of the dtype. */
class SpatialDropoutBase extends PointwiseLayer {
  override getConfig(): Config {
    return { name: this.name, dtype: this.dtype };
  }
}

class SpatialDropout1DLayer extends layerWith('SpatialDropout1D', spatialSchema, ['rate', 'seed'], SpatialDropoutBase) {
  override inputSpec = { ndim: 3 };
  readonly #seeds = this.rate > 0 ? new SeedGenerator(this.seed) : null;

  override call(x: Tensor, { training }: CallOptions): Tensor {
    return training && this.#seeds ? dropout(x, this.rate, [null, 1, null], this.#seeds) : x;
  }
}

/** Dropout of whole channels of sequences, (batch, time, channels). */
export const SpatialDropout1D = layer(SpatialDropout1DLayer);
export type SpatialDropout1D = SpatialDropout1DLayer;

const imageSchema = { ...spatialSchema, dataFormat };

function spatialDropout(className: string, dims: number) {
  const Options = layerWith(className, imageSchema, ['rate', 'dataFormat', 'seed'], SpatialDropoutBase);
  class SpatialDropoutLayer extends Options {
    override inputSpec = { ndim: dims + 2 };
    readonly seeds = this.rate > 0 ? new SeedGenerator(this.seed) : null;

    override call(x: Tensor, { training }: CallOptions): Tensor {
      if (!training || !this.seeds) return x;
      const ones = new Array<number>(dims).fill(1);
      const shape = this.dataFormat === 'channels_last' ? [null, ...ones, null] : [null, null, ...ones];
      return dropout(x, this.rate, shape, this.seeds);
    }
  }
  return layer(SpatialDropoutLayer) as MadeLayer<typeof Options>;
}

/** Dropout of whole feature maps of images. */
export const SpatialDropout2D = spatialDropout('SpatialDropout2D', 2);
export type SpatialDropout2D = InstanceType<typeof SpatialDropout2D>;

/** Dropout of whole feature volumes. */
export const SpatialDropout3D = spatialDropout('SpatialDropout3D', 3);
export type SpatialDropout3D = InstanceType<typeof SpatialDropout3D>;
