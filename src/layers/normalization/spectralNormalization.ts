// Keeps the largest singular value of a layer's kernel at 1.

import { ShapeError, ValueError } from '../../errors.js';
import type { Tensor } from '../../graph/tensor.js';
import { TruncatedNormal } from '../../initializers/index.js';
import { divide, equal, maximum, multiply, rsqrt, square, where } from '../../ops/elementwise.js';
import { matmul } from '../../ops/matmul.js';
import { reshape } from '../../ops/movement.js';
import { all, sum } from '../../ops/reduce.js';
import type { Field } from '../../options.js';
import { formatShape } from '../../shape.js';
import { layer, layerWith } from '../define.js';
import { innerLayer, size } from '../fields.js';
import type { SymbolicShape } from '../kerasTensor.js';
import type { CallOptions } from '../layer.js';
import type { Weight } from '../weight.js';

const schema = {
  layer: innerLayer,
  /** Steps of the power iteration at each call in training. Default 1. */
  powerIterations: {
    required: false,
    parse: (given, where) => size.parse(given ?? 1, where),
    toConfig: kept => kept,
  } as Field<number, number, false>,
};

/** x with a norm of 1. */
function unit(x: Tensor): Tensor {
  return multiply(x, rsqrt(maximum(sum(square(x)), 1e-24)));
}

class SpectralNormalizationLayer extends layerWith('SpectralNormalization', schema, ['layer', 'powerIterations']) {
  #kernel: Weight | null = null;
  #u: Weight | null = null;

  override build(inputShape: SymbolicShape): void {
    this.layer.ensureBuilt(inputShape);
    const kernel = this.layer.ownWeights.find(({ name }) => name === 'kernel' || name === 'embeddings');
    if (!kernel) throw new ValueError(`${this.layer.className} has no kernel and no embeddings to normalize.`);
    const last = inputShape.at(-1);
    if (last === undefined)
      throw new ShapeError(`expected inputs of rank 1 at least. Received shape ${formatShape(inputShape)}.`);
    this.#kernel = kernel;
    this.#u = this.addWeight({
      name: 'vector_u',
      shape: [1, kernel.shape.at(-1)!],
      initializer: TruncatedNormal({ stddev: 0.02 }),
      trainable: false,
    });
    this.inputSpec = { minNdim: 1, axes: { [-1]: last } };
  }

  /** As in Keras, the kernel counts as a weight of this layer, too. */
  override get ownWeights(): Weight[] {
    return this.#kernel && this.#u ? [this.#kernel, this.#u] : [];
  }

  override call(x: Tensor, { training }: CallOptions): Tensor {
    if (training) this.#normalize();
    return this.layer.invoke(x) as Tensor;
  }

  override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
    return this.layer.computeOutputShape(inputShape) as SymbolicShape;
  }

  /** u and v approach the singular vectors of the greatest singular value, by which the kernel is divided. */
  #normalize(): void {
    const [weight, vector] = [this.#kernel!, this.#u!];
    const kernel = weight.value;
    const matrix = reshape(kernel, [-1, kernel.shape.at(-1)!]);
    let u = vector.value;
    let v = u;
    for (let i = 0; i < this.powerIterations; i++) {
      v = unit(matmul(u, matrix, { transposeB: true }));
      u = unit(matmul(v, matrix));
    }
    const sigma = matmul(matmul(v, matrix), u, { transposeB: true });
    const empty = all(equal(kernel, 0));
    const next = divide(kernel, reshape(where(empty, 1, sigma), []));
    vector.assign(where(empty, vector.value, u));
    weight.assign(next);
  }
}

/** A layer whose kernel is divided by its largest singular value in training.  Miyato et al. (2018). */
export const SpectralNormalization = layer(SpectralNormalizationLayer);
export type SpectralNormalization = SpectralNormalizationLayer;
