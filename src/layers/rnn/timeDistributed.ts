// The same layer at every step of a sequence.

import { ShapeError } from '../../errors.js';
import type { Tensor } from '../../graph/tensor.js';
import { reshape } from '../../ops/movement.js';
import { formatShape } from '../../shape.js';
import { layer, layerWith } from '../define.js';
import { innerLayer } from '../fields.js';
import type { SymbolicShape } from '../kerasTensor.js';
import type { CallOptions } from '../layer.js';

class TimeDistributedLayer extends layerWith('TimeDistributed', { layer: innerLayer }, ['layer']) {
  override supportsMasking = true;

  override build(inputShape: SymbolicShape): void {
    if (inputShape.length < 3) {
      throw new ShapeError(
        '`TimeDistributed` Layer should be passed an `input_shape` with at least 3 dimensions, received: ' +
          formatShape(inputShape),
      );
    }
    this.layer.ensureBuilt([inputShape[0]!, ...inputShape.slice(2)]);
  }

  override call(x: Tensor, { training, mask }: CallOptions): Tensor {
    // Steps of all samples become one batch.
    const [batch, time, ...rest] = x.shape as [number, number, ...number[]];
    const stepMask = mask as Tensor | null;
    const inner =
      stepMask && stepMask.rank > 2 ? reshape(stepMask, [batch * time, ...stepMask.shape.slice(2)]) : null;
    const y = this.layer.invoke(reshape(x, [batch * time, ...rest]), {
      training,
      ...(inner ? { mask: inner } : {}),
    }) as Tensor;
    return reshape(y, [batch, time, ...y.shape.slice(1)]);
  }

  override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
    const [batch, time, ...rest] = inputShape;
    const [, ...output] = this.layer.computeOutputShape([batch!, ...rest]) as SymbolicShape;
    return [batch!, time!, ...output];
  }
}

/** Applies a layer to every step of (batch, time, ...), with the same weights. */
export const TimeDistributed = layer(TimeDistributedLayer);
export type TimeDistributed = TimeDistributedLayer;
