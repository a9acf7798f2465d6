// The same layer at every step of a sequence.

import { ShapeError } from '../../errors.js';
import type { Tensor } from '../../graph/tensor.js';
import { reshape, sliceAxis, squeeze, stack } from '../../ops/movement.js';
import { drawnKeys } from '../../random/seed.js';
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
    const [batch, time, ...rest] = x.shape as [number, number, ...number[]];
    const stepMask = mask as Tensor | null;
    // A layer that takes statistics of its batch takes those of each step by itself, one after the other; one that draws
    // random numbers draws others for each step, and penalties of layers inside add up over the steps.
    const traces = () => drawnKeys() + this.layer.losses.length;
    const before = traces();
    const first = this.#step(x, 0, stepMask, training);
    if (traces() > before || (training && this.layer.weights.some(({ trainable }) => !trainable))) {
      const others = Array.from({ length: time - 1 }, (_, i) => this.#step(x, i + 1, stepMask, training));
      return stack([first, ...others], 1);
    }
    // Otherwise the steps of all samples become one batch. `first` is never computed then.
    const inner = stepMask && stepMask.rank > 2 ? reshape(stepMask, [batch * time, ...stepMask.shape.slice(2)]) : null;
    const y = this.layer.call(reshape(x, [batch * time, ...rest]), { training, mask: inner }) as Tensor;
    return reshape(y, [batch, time, ...y.shape.slice(1)]);
  }

  #step(x: Tensor, step: number, mask: Tensor | null, training: boolean): Tensor {
    const at = (tensor: Tensor) => squeeze(sliceAxis(tensor, 1, step, step + 1), 1);
    // As in Keras, `call` alone: the layer's own activity regularizer does not count.
    return this.layer.call(at(x), { training, mask: mask && mask.rank > 2 ? at(mask) : null }) as Tensor;
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
