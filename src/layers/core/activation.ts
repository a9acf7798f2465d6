// An activation as a layer of its own.

import type { Tensor } from '../../graph/tensor.js';
import { layer, layerWith } from '../define.js';
import { activation } from '../fields.js';
import { PointwiseLayer } from '../pointwise.js';

const schema = {
  /** A name such as 'relu', or a function of a tensor. */
  activation: { ...activation(), required: true as const },
};

class ActivationLayer extends layerWith('Activation', schema, ['activation'], PointwiseLayer) {
  override call(x: Tensor): Tensor {
    return this.activation(x);
  }
}

/** Applies an activation function. The shape stays. */
export const Activation = layer(ActivationLayer);
export type Activation = ActivationLayer;
