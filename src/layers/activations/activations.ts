// Activations with parameters, as layers.

import { ShapeError, ValueError } from '../../errors.js';
import type { Tensor } from '../../graph/tensor.js';
import { elu, leakyRelu, relu } from '../../ops/activations.js';
import { greater, multiply, negative, subtract, where } from '../../ops/elementwise.js';
import { softmax } from '../../ops/softmax.js';
import { formatShape } from '../../shape.js';
import { isDict } from '../../structure.js';
import { layer, layerWith } from '../define.js';
import { amount, constraint, initializer, orNull, regularizer, value } from '../fields.js';
import type { SymbolicShape } from '../kerasTensor.js';
import type { CallOptions } from '../layer.js';
import { PointwiseLayer } from '../pointwise.js';
import type { Weight } from '../weight.js';

const reluSchema = {
  /** Cut-off above. Default none. */
  maxValue: orNull(amount(0)),
  /** Slope below the threshold. Default 0. */
  negativeSlope: amount(0),
  /** Default 0. */
  threshold: amount(0),
};

class ReLULayer extends layerWith('ReLU', reluSchema, ['maxValue', 'negativeSlope', 'threshold'], PointwiseLayer) {
  override call(x: Tensor): Tensor {
    return relu(x, { maxValue: this.maxValue, negativeSlope: this.negativeSlope, threshold: this.threshold });
  }
}

/** max(x, 0), with a ceiling, a threshold and a slope below it. */
export const ReLU = layer(ReLULayer);
export type ReLU = ReLULayer;

const LeakyOptions = layerWith('LeakyReLU', { negativeSlope: amount(0.3) }, ['negativeSlope'], PointwiseLayer);

class LeakyReLULayer extends LeakyOptions {
  constructor(...args: ConstructorParameters<typeof LeakyOptions>) {
    const options: object | number | undefined = args[0];
    if (isDict(options) && 'alpha' in options) {
      // Keras 2's name.
      const { alpha, ...rest } = options;
      super({ ...rest, negativeSlope: alpha as number });
    } else super(...args);
  }

  override call(x: Tensor): Tensor {
    return leakyRelu(x, this.negativeSlope);
  }
}

/** x where it is positive, negativeSlope · x elsewhere. Default slope 0.3. */
export const LeakyReLU = layer(LeakyReLULayer);
export type LeakyReLU = LeakyReLULayer;

class ELULayer extends layerWith('ELU', { alpha: value<number>(1) }, ['alpha'], PointwiseLayer) {
  override call(x: Tensor): Tensor {
    return elu(x, this.alpha);
  }
}

/** x where it is positive, alpha · (exp(x) - 1) elsewhere. */
export const ELU = layer(ELULayer);
export type ELU = ELULayer;

const preluSchema = {
  alphaInitializer: initializer('zeros'),
  alphaRegularizer: regularizer,
  alphaConstraint: constraint,
  /** Axes along which the slope is the same, counted with the batch as 0. */
  sharedAxes: value<number | readonly number[] | null>(null),
};

class PReLULayer extends layerWith('PReLU', preluSchema, ['alphaInitializer']) {
  override supportsMasking = true;
  #alpha!: Weight;

  override build(inputShape: SymbolicShape): void {
    const shared = this.sharedAxes === null ? [] : [this.sharedAxes].flat();
    const shape = inputShape.slice(1).map((dim, i) => (shared.includes(i + 1) ? 1 : dim));
    if (shape.includes(null)) {
      throw new ValueError(
        `PReLU "${this.name}": every axis that is not in sharedAxes needs a known size. Received shape [${inputShape.join(', ')}].`,
      );
    }
    this.#alpha = this.addWeight({
      name: 'alpha',
      shape: shape as number[],
      initializer: this.alphaInitializer,
      regularizer: this.alphaRegularizer,
      constraint: this.alphaConstraint,
    });
  }

  override call(x: Tensor): Tensor {
    return subtract(relu(x), multiply(this.#alpha, relu(negative(x))));
  }

  override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
    return inputShape;
  }
}

/** x where it is positive, alpha · x elsewhere, with a trained alpha per element. */
export const PReLU = layer(PReLULayer);
export type PReLU = PReLULayer;

class SoftmaxLayer extends layerWith(
  'Softmax',
  { axis: value<number | readonly number[]>(-1) },
  ['axis'],
  PointwiseLayer,
) {
  override call(x: Tensor, { mask }: CallOptions): Tensor {
    if (!mask) return softmax(x, this.axis);
    const given = mask as Tensor;
    const offset = x.rank - given.rank;
    if (offset < 0 || given.shape.some((dim, axis) => dim !== 1 && dim !== x.shape[axis + offset])) {
      throw new ShapeError(
        `The mask of Softmax "${this.name}" must be broadcastable to its inputs. ` +
          `Received: inputs.shape=${formatShape(x.shape)}, mask.shape=${formatShape(given.shape)}`,
      );
    }
    const kept = given.dtype === 'bool' ? given : greater(given, 0.5);
    return where(kept, softmax(where(kept, x, -1e9), this.axis), 0);
  }
}

/** exp(x) / Σ exp(x) along an axis or several, the last by default. Masked elements get no share, even if all are masked. */
export const Softmax = layer(SoftmaxLayer);
export type Softmax = SoftmaxLayer;
