// A vector as a sequence of equal steps.

import type { Tensor } from '../../graph/tensor.js';
import { broadcastTo, expandDims } from '../../ops/movement.js';
import { layer, layerWith } from '../define.js';
import { size } from '../fields.js';
import type { SymbolicShape } from '../kerasTensor.js';

class RepeatVectorLayer extends layerWith('RepeatVector', { n: size }, ['n']) {
  override inputSpec = { ndim: 2 };

  override build(_inputShape: SymbolicShape): void {}

  override call(x: Tensor): Tensor {
    return broadcastTo(expandDims(x, 1), [x.shape[0]!, this.n, x.shape[1]!]);
  }

  override computeOutputShape([batch, features]: SymbolicShape): SymbolicShape {
    return [batch!, this.n, features!];
  }
}

/** (batch, features) → (batch, n, features). */
export const RepeatVector = layer(RepeatVectorLayer);
export type RepeatVector = RepeatVectorLayer;
