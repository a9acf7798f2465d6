// Fully connected layer.

import type { Tensor } from '../../graph/tensor.js';
import { add } from '../../ops/elementwise.js';
import { matmul } from '../../ops/matmul.js';
import { layer, layerWith } from '../define.js';
import { activation, constraint, fixed, initializer, regularizer, size, value } from '../fields.js';
import type { InputSpec } from '../inputSpec.js';
import type { SymbolicShape } from '../kerasTensor.js';
import type { Weight } from '../weight.js';

const schema = {
  /** Number of outputs. */
  units: size,
  /** Default linear. */
  activation: activation(),
  /** Default true. */
  useBias: value<boolean>(true),
  /** Default 'glorot_uniform'. */
  kernelInitializer: initializer('glorot_uniform'),
  /** Default 'zeros'. */
  biasInitializer: initializer('zeros'),
  kernelRegularizer: regularizer,
  biasRegularizer: regularizer,
  kernelConstraint: constraint,
  biasConstraint: constraint,
  quantizationConfig: fixed(null),
};

class DenseLayer extends layerWith('Dense', schema, ['units', 'activation', 'useBias']) {
  override supportsMasking = true;
  override inputSpec: InputSpec = { minNdim: 2 };
  #kernel!: Weight;
  #bias: Weight | null = null;

  override build(inputShape: SymbolicShape): void {
    const features = inputShape.at(-1)!;
    this.#kernel = this.addWeight({
      name: 'kernel',
      shape: [features, this.units],
      initializer: this.kernelInitializer,
      regularizer: this.kernelRegularizer,
      constraint: this.kernelConstraint,
    });
    if (this.useBias) {
      this.#bias = this.addWeight({
        name: 'bias',
        shape: [this.units],
        initializer: this.biasInitializer,
        regularizer: this.biasRegularizer,
        constraint: this.biasConstraint,
      });
    }
    this.inputSpec = { minNdim: 2, axes: { [-1]: features } };
  }

  override call(x: Tensor): Tensor {
    const product = matmul(x, this.#kernel);
    return this.activation(this.#bias ? add(product, this.#bias) : product);
  }

  override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
    return [...inputShape.slice(0, -1), this.units];
  }

  get kernel(): Weight {
    return this.#kernel;
  }

  get bias(): Weight | null {
    return this.#bias;
  }
}

/**
 * y = activation(x · kernel + bias), along the last axis.  (..., features) → (..., units).
 * @throws ShapeError if the input has less than two axes, or at a later call another number of features.
 */
export const Dense = layer(DenseLayer);
export type Dense = DenseLayer;
