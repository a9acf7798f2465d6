// Normalization by the statistics of the batch, and by their moving averages outside of training.

import { epsilon as fuzz } from '../../defaults.js';
import { ShapeError, ValueError } from '../../errors.js';
import type { Tensor } from '../../graph/tensor.js';
import { add, cast, divide, multiply, square, subtract } from '../../ops/elementwise.js';
import { expandDims } from '../../ops/movement.js';
import { batchNormalization, batchNormalizationTraining } from '../../ops/normalization.js';
import { sum } from '../../ops/reduce.js';
import type { Field } from '../../options.js';
import { formatShape, normalizeAxis } from '../../shape.js';
import { layer, layerWith } from '../define.js';
import { amount, constraint, fixed, initializer, rate, regularizer, value } from '../fields.js';
import type { SymbolicShape } from '../kerasTensor.js';
import type { CallOptions } from '../layer.js';
import type { Weight } from '../weight.js';

/** Keras's batch renormalization, which is not here: a model that asks for it is not silently made another. */
const renorm: Field<boolean, boolean, false> = {
  required: false,
  parse(given, where) {
    if (given) throw new ValueError(`${where} must be false: batch renormalization is not supported.`);
    return false;
  },
  toConfig: kept => kept,
};

/** Keras 2 wrote the axis as a list of one. */
const axis: Field<number | readonly [number], number, false> = {
  required: false,
  parse: (given = -1) => (typeof given === 'number' ? given : given[0]),
  toConfig: kept => kept,
};

const schema = {
  /** The axis of the channels, each normalized by itself. Default the last. */
  axis,
  /** Share of the old value in the moving averages. Default 0.99. */
  momentum: rate(0.99) as Field<number, number, false>,
  /** Added to the variance. Default 0.001. */
  epsilon: amount(1e-3),
  /** Whether there is a trained offset, beta. Default true. */
  center: value<boolean>(true),
  /** Whether there is a trained factor, gamma. Default true. */
  scale: value<boolean>(true),
  betaInitializer: initializer('zeros'),
  gammaInitializer: initializer('ones'),
  movingMeanInitializer: initializer('zeros'),
  movingVarianceInitializer: initializer('ones'),
  betaRegularizer: regularizer,
  gammaRegularizer: regularizer,
  betaConstraint: constraint,
  gammaConstraint: constraint,
  synchronized: fixed(false),
  renorm,
  renormClipping: fixed(null),
  renormMomentum: fixed(0.99),
};

class BatchNormalizationLayer extends layerWith('BatchNormalization', schema, ['axis', 'momentum', 'epsilon']) {
  override supportsMasking = true;
  #gamma: Weight | null = null;
  #beta: Weight | null = null;
  #movingMean!: Weight;
  #movingVariance!: Weight;

  override build(inputShape: SymbolicShape): void {
    const channels = inputShape.at(this.axis);
    if (typeof channels !== 'number') {
      throw new ShapeError(
        `BatchNormalization "${this.name}": axis ${this.axis} must have a known size. Received shape ${formatShape(inputShape)}.`,
      );
    }
    const shape = [channels];
    if (this.scale) {
      this.#gamma = this.addWeight({
        name: 'gamma',
        shape,
        initializer: this.gammaInitializer,
        regularizer: this.gammaRegularizer,
        constraint: this.gammaConstraint,
      });
    }
    if (this.center) {
      this.#beta = this.addWeight({
        name: 'beta',
        shape,
        initializer: this.betaInitializer,
        regularizer: this.betaRegularizer,
        constraint: this.betaConstraint,
      });
    }
    this.#movingMean = this.addWeight({
      name: 'moving_mean',
      shape,
      initializer: this.movingMeanInitializer,
      trainable: false,
    });
    this.#movingVariance = this.addWeight({
      name: 'moving_variance',
      shape,
      initializer: this.movingVarianceInitializer,
      trainable: false,
    });
    this.inputSpec = { ndim: inputShape.length, axes: { [this.axis]: channels } };
  }

  override call(x: Tensor, { training, mask }: CallOptions): Tensor {
    // A frozen layer keeps its statistics and normalizes by them.
    if (!training || !this.trainable) {
      return batchNormalization(
        x,
        this.#movingMean.value,
        this.#movingVariance.value,
        this.axis,
        this.#beta,
        this.#gamma,
        this.epsilon,
      );
    }
    if (!mask) {
      const [y, mean, variance] = batchNormalizationTraining(x, this.#gamma, this.#beta, {
        axis: this.axis,
        epsilon: this.epsilon,
      });
      this.#updateMoving(mean, variance);
      return y;
    }
    const [mean, variance] = this.#maskedMoments(x, mask as Tensor);
    this.#updateMoving(mean, variance);
    return batchNormalization(x, mean, variance, this.axis, this.#beta, this.#gamma, this.epsilon);
  }

  override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
    return inputShape;
  }

  #updateMoving(mean: Tensor, variance: Tensor): void {
    const follow = (moving: Weight, batch: Tensor) =>
      moving.assign(add(multiply(moving.value, this.momentum), multiply(batch, 1 - this.momentum)));
    follow(this.#movingMean, mean);
    follow(this.#movingVariance, variance);
  }

  /** Mean and variance over the elements whose mask is true. */
  #maskedMoments(x: Tensor, mask: Tensor): [mean: Tensor, variance: Tensor] {
    if (mask.rank !== x.rank - 1) {
      throw new ShapeError(
        `The mask provided should be one dimension less than the inputs. Received: mask.shape=${formatShape(mask.shape)}, ` +
          `inputs.shape=${formatShape(x.shape)}`,
      );
    }
    const channelAxis = normalizeAxis(this.axis, x.rank);
    const axes = x.shape.map((_, axis) => axis).filter(axis => axis !== channelAxis);
    const weights = expandDims(cast(mask, 'float32'), -1);
    const others = x.size / x.shape[channelAxis]! / mask.size;
    const count = add(multiply(sum(weights), others), fuzz());
    const mean = divide(sum(multiply(x, weights), axes, true), count);
    const variance = divide(sum(multiply(square(subtract(x, mean)), weights), axes), count);
    return [sum(mean, axes), variance];
  }
}

/**
 * y = gamma · (x - mean) / sqrt(variance + epsilon) + beta. In training mean and variance are those of the batch, which
 * also move the averages used otherwise.  Ioffe & Szegedy (2015).
 */
export const BatchNormalization = layer(BatchNormalizationLayer);
export type BatchNormalization = BatchNormalizationLayer;
