// The axes in another order.

import { ValueError } from '../../errors.js';
import type { Tensor } from '../../graph/tensor.js';
import { transpose } from '../../ops/movement.js';
import { layer, layerWith } from '../define.js';
import { wholes } from '../fields.js';
import type { SymbolicShape } from '../kerasTensor.js';

const schema = {
  /** Where each axis comes from, counted from 1: the batch stays in front. */
  dims: wholes(1),
};

const Options = layerWith('Permute', schema, ['dims']);

class PermuteLayer extends Options {
  override inputSpec = { ndim: this.dims.length + 1 };

  constructor(...args: ConstructorParameters<typeof Options>) {
    super(...args);
    if ([...this.dims].sort((a, b) => a - b).some((dim, i) => dim !== i + 1)) {
      throw new ValueError(
        `Invalid permutation argument \`dims\` for Permute Layer. The set of indices in \`dims\` must be consecutive and ` +
          `start from 1. Received dims=[${this.dims.join(', ')}]`,
      );
    }
  }

  override build(_inputShape: SymbolicShape): void {}

  override call(x: Tensor): Tensor {
    return transpose(x, [0, ...this.dims]);
  }

  override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
    return [inputShape[0]!, ...this.dims.map(dim => inputShape[dim]!)];
  }
}

/** Reorders the axes: `Permute([2, 1])` swaps the first two after the batch. */
export const Permute = layer(PermuteLayer);
export type Permute = PermuteLayer;
