// Normalization of each sample by itself.

import { ShapeError } from '../../errors.js';
import type { Tensor } from '../../graph/tensor.js';
import { add, cast, maximum, multiply, rsqrt, square } from '../../ops/elementwise.js';
import { reshape } from '../../ops/movement.js';
import { layerNormalization, rmsNormalization } from '../../ops/normalization.js';
import { mean, sum, variance } from '../../ops/reduce.js';
import type { Field } from '../../options.js';
import { formatShape, normalizeAxes, normalizeAxis } from '../../shape.js';
import { layer, layerWith } from '../define.js';
import { amount, constraint, initializer, regularizer, sizeOr, value } from '../fields.js';
import type { SymbolicShape } from '../kerasTensor.js';
import { PointwiseLayer } from '../pointwise.js';
import type { Weight } from '../weight.js';

/** Axes as Keras keeps them once the layer is built: a list. */
const axes: Field<number | readonly number[], readonly number[], false> = {
  required: false,
  parse: given => [given ?? -1].flat(),
  toConfig: kept => kept,
};

/** The sizes of the axes. @throws ShapeError for an axis of unknown size or none, ValueError for one named twice. */
function sizesAlong(axes: readonly number[], inputShape: SymbolicShape): number[] {
  const sizes = axes.map(axis => {
    const dim = inputShape.at(axis);
    if (typeof dim === 'number') return dim;
    throw new ShapeError(
      `\`axis\` ${axis} must be an axis of known size. Received an input of shape ${formatShape(inputShape)}.`,
    );
  });
  // No axis twice.
  normalizeAxes(axes, inputShape.length);
  return sizes;
}

const affine = {
  /** Added to the variance. Default 0.001. */
  epsilon: amount(1e-3),
  /** Whether there is a trained offset, beta. Default true. */
  center: value<boolean>(true),
  /** Whether there is a trained factor, gamma. Default true. */
  scale: value<boolean>(true),
  betaInitializer: initializer('zeros'),
  gammaInitializer: initializer('ones'),
  betaRegularizer: regularizer,
  gammaRegularizer: regularizer,
  betaConstraint: constraint,
  gammaConstraint: constraint,
};

const layerSchema = {
  /** The axis or axes normalized together. Default the last. */
  axis: axes,
  ...affine,
  /** Keras's old switch for another kind of scaling: gamma / sqrt(variance + epsilon), without mean and offset. */
  rmsScaling: value<boolean>(false),
};

class LayerNormalizationLayer extends layerWith('LayerNormalization', layerSchema, ['axis', 'epsilon']) {
  override supportsMasking = true;
  #gamma: Weight | null = null;
  #beta: Weight | null = null;

  override build(inputShape: SymbolicShape): void {
    const shape = this.scale || this.center || this.rmsScaling ? sizesAlong(this.axis, inputShape) : [];
    if (this.scale || this.rmsScaling) {
      this.#gamma = this.addWeight({
        name: 'gamma',
        shape,
        initializer: this.gammaInitializer,
        regularizer: this.gammaRegularizer,
        constraint: this.gammaConstraint,
      });
    }
    if (this.center && !this.rmsScaling) {
      this.#beta = this.addWeight({
        name: 'beta',
        shape,
        initializer: this.betaInitializer,
        regularizer: this.betaRegularizer,
        constraint: this.betaConstraint,
      });
    }
  }

  override call(x: Tensor): Tensor {
    if (!this.rmsScaling) return layerNormalization(x, this.#gamma, this.#beta, this.axis, this.epsilon);
    const own = this.axis.map(axis => normalizeAxis(axis, x.rank));
    const factor = reshape(
      this.#gamma!,
      x.shape.map((dim, axis) => (own.includes(axis) ? dim : 1)),
    );
    return multiply(x, multiply(rsqrt(add(variance(x, own, true), this.epsilon)), factor));
  }

  override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
    return inputShape;
  }
}

/** y = gamma · (x - mean) / sqrt(variance + epsilon) + beta over the axes of each sample. Ba et al. (2016). */
export const LayerNormalization = layer(LayerNormalizationLayer);
export type LayerNormalization = LayerNormalizationLayer;

/** How many groups; -1 stands for the number of channels. */
const groups: Field<number, number, false> = {
  ...sizeOr(32),
  parse: (given, where) => (given === -1 ? given : sizeOr(32).parse(given, where)),
};

const groupSchema = {
  /** Number of groups that the channels are divided into; -1 for one channel each. Default 32. */
  groups,
  /** The axis of the channels. Default the last. */
  axis: value<number>(-1),
  ...affine,
};

class GroupNormalizationLayer extends layerWith('GroupNormalization', groupSchema, ['groups', 'axis', 'epsilon']) {
  override supportsMasking = true;
  #gamma: Weight | null = null;
  #beta: Weight | null = null;

  override build(inputShape: SymbolicShape): void {
    const channels = inputShape.at(this.axis);
    if (typeof channels !== 'number') {
      throw new ShapeError(
        `Axis ${this.axis} of input tensor should have a defined dimension but the layer received an input with shape ` +
          `${formatShape(inputShape)}.`,
      );
    }
    if (this.groups === -1) this.groups = channels;
    if (channels < this.groups) {
      throw new ShapeError(
        `Number of groups (${this.groups}) cannot be more than the number of channels (${channels}).`,
      );
    }
    if (channels % this.groups !== 0) {
      throw new ShapeError(
        `Number of groups (${this.groups}) must be a divisor of the number of channels (${channels}).`,
      );
    }
    this.inputSpec = { ndim: inputShape.length, axes: { [this.axis]: channels } };
    if (this.scale) {
      this.#gamma = this.addWeight({
        name: 'gamma',
        shape: [channels],
        initializer: this.gammaInitializer,
        regularizer: this.gammaRegularizer,
        constraint: this.gammaConstraint,
      });
    }
    if (this.center) {
      this.#beta = this.addWeight({
        name: 'beta',
        shape: [channels],
        initializer: this.betaInitializer,
        regularizer: this.betaRegularizer,
        constraint: this.betaConstraint,
      });
    }
  }

  override call(x: Tensor): Tensor {
    const channelAxis = normalizeAxis(this.axis, x.rank);
    const { groups } = this;
    const split = (shape: readonly number[]) =>
      shape.flatMap((dim, axis) => (axis !== channelAxis ? [dim] : dim === 1 ? [1, 1] : [groups, dim / groups]));
    const grouped = reshape(x, split(x.shape));
    const reduced = grouped.shape.map((_, axis) => axis).filter(axis => axis !== 0 && axis !== channelAxis);
    const along = x.shape.map((dim, axis) => (axis === channelAxis ? dim : 1));
    const perChannel = (weight: Weight) =>
      reshape(
        weight,
        split(along).map((dim, axis) =>
          axis === channelAxis ? groups : axis === channelAxis + 1 ? along[channelAxis]! / groups : dim,
        ),
      );
    const m = mean(grouped, reduced, true);
    const inverse = rsqrt(add(variance(grouped, reduced, true), this.epsilon));
    const factor = this.#gamma ? multiply(inverse, perChannel(this.#gamma)) : inverse;
    const shift = multiply(multiply(m, factor), -1);
    const offset = this.#beta ? add(shift, perChannel(this.#beta)) : shift;
    return reshape(add(multiply(grouped, factor), offset), x.shape);
  }

  override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
    return inputShape;
  }
}

/** Normalizes groups of channels of each sample. Wu & He (2018). */
export const GroupNormalization = layer(GroupNormalizationLayer);
export type GroupNormalization = GroupNormalizationLayer;

const rmsSchema = { axis: axes, epsilon: amount(1e-6) };

class RMSNormalizationLayer extends layerWith('RMSNormalization', rmsSchema, ['axis', 'epsilon']) {
  #scale!: Weight;

  override build(inputShape: SymbolicShape): void {
    this.#scale = this.addWeight({
      name: 'scale',
      shape: sizesAlong(this.axis, inputShape),
      initializer: 'ones',
    });
  }

  override call(x: Tensor): Tensor {
    return rmsNormalization(x, this.#scale, this.axis, this.epsilon);
  }

  override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
    return inputShape;
  }
}

/** y = scale · x / sqrt(mean of x² + epsilon). Zhang & Sennrich (2019). */
export const RMSNormalization = layer(RMSNormalizationLayer);
export type RMSNormalization = RMSNormalizationLayer;

class UnitNormalizationLayer extends layerWith(
  'UnitNormalization',
  { axis: value<number | readonly number[]>(-1) },
  ['axis'],
  PointwiseLayer,
) {
  override call(x: Tensor): Tensor {
    const input = cast(x, 'float32');
    return multiply(input, rsqrt(maximum(sum(square(input), this.axis, true), 1e-24)));
  }
}

/** Scales each sample to length 1 along the axes. */
export const UnitNormalization = layer(UnitNormalizationLayer);
export type UnitNormalization = UnitNormalizationLayer;
