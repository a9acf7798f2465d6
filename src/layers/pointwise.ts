// What layers have in common that work on each element by itself and have no weights.

import type { SymbolicShape } from './kerasTensor.js';
import { Layer, type ShapeStructure } from './layer.js';

/** Base of layers whose output has the input's shape and mask. */
export class PointwiseLayer extends Layer {
  static override readonly builtAtInit: boolean = true;
  override supportsMasking = true;
  override built = true;

  override computeOutputShape(inputShape: ShapeStructure): ShapeStructure {
    return inputShape as SymbolicShape;
  }
}
