// The layer that changes nothing.

import type { Tensor } from '../../graph/tensor.js';
import type { Structure } from '../../structure.js';
import { layer, layerWith } from '../define.js';
import { PointwiseLayer } from '../pointwise.js';

class IdentityLayer extends layerWith('Identity', {}, [], PointwiseLayer) {
  override call(inputs: Structure<Tensor>): Structure<Tensor> {
    return inputs;
  }
}

/** Gives its inputs back. */
export const Identity = layer(IdentityLayer);
export type Identity = IdentityLayer;
