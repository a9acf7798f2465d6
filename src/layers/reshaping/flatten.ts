// All axes but the batch in one.

import type { Tensor } from '../../graph/tensor.js';
import { moveaxis, reshape } from '../../ops/movement.js';
import { layer, layerWith } from '../define.js';
import { dataFormat } from '../fields.js';
import type { SymbolicShape } from '../kerasTensor.js';

class FlattenLayer extends layerWith('Flatten', { dataFormat }, ['dataFormat']) {
  override inputSpec = { minNdim: 1 };

  override build(_inputShape: SymbolicShape): void {}

  override call(x: Tensor): Tensor {
    // Channels come last, whatever the format, so that weights behind the layer mean the same.
    const last = this.dataFormat === 'channels_first' && x.rank > 2 ? moveaxis(x, 1, -1) : x;
    return reshape(last, [x.shape[0]!, x.size / Math.max(1, x.shape[0]!)]);
  }

  override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
    const others = inputShape.slice(1);
    return [inputShape[0]!, others.includes(null) ? null : others.reduce<number>((size, dim) => size * dim!, 1)];
  }
}

/** (batch, ...) → (batch, product of the others). */
export const Flatten = layer(FlattenLayer);
export type Flatten = FlattenLayer;
