// Another shape for the same elements.

import { ShapeError } from '../../errors.js';
import type { Tensor } from '../../graph/tensor.js';
import { reshape } from '../../ops/movement.js';
import { formatShape } from '../../shape.js';
import { layer, layerWith } from '../define.js';
import { wholes } from '../fields.js';
import type { SymbolicShape } from '../kerasTensor.js';

const schema = {
  /** Shape of one sample; one -1 stands for what is left. */
  targetShape: wholes(-1),
};

class ReshapeLayer extends layerWith('Reshape', schema, ['targetShape']) {
  static override readonly builtAtInit = true;

  override call(x: Tensor): Tensor {
    return reshape(x, [x.shape[0]!, ...(this.#resolve(x.shape.slice(1)) as number[])]);
  }

  override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
    return [inputShape[0]!, ...this.#resolve(inputShape.slice(1))];
  }

  /** The target shape with -1 replaced, or null where the input leaves it open. */
  #resolve(from: SymbolicShape): SymbolicShape {
    const { targetShape: to } = this;
    const unknown = to.filter(dim => dim === -1).length;
    if (unknown > 1) {
      throw new ShapeError(
        `Reshape "${this.name}": there must be at most one -1 in \`targetShape\`. Received ${formatShape(to)}.`,
      );
    }
    if (from.includes(null)) return to.map(dim => (dim === -1 ? null : dim));
    const size = from.reduce<number>((product, dim) => product * dim!, 1);
    const known = to.reduce((product, dim) => (dim === -1 ? product : product * dim), 1);
    if (unknown === 1 ? known === 0 || size % known !== 0 : size !== known) {
      throw new ShapeError(
        `Reshape "${this.name}": the total size of the tensor must be unchanged. ` +
          `Received: inputShape=${formatShape(from)}, targetShape=${formatShape(to)}`,
      );
    }
    return to.map(dim => (dim === -1 ? size / known : dim));
  }
}

/** (batch, ...) → (batch, ...targetShape). @throws ShapeError if the number of elements differs. */
export const Reshape = layer(ReshapeLayer);
export type Reshape = ReshapeLayer;
