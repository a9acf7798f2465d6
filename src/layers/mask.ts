// Keras's masks travel with tensors (`_keras_mask` there): which steps of a sequence count.

import { getMask } from '../graph/mask.js';
import type { Tensor } from '../graph/tensor.js';
import { mapStructure, type Structure } from '../structure.js';
import type { KerasTensor, SymbolicShape } from './kerasTensor.js';

const symbolicMasks = new WeakMap<KerasTensor, SymbolicShape>();

export { getMask, setMask } from '../graph/mask.js';

/** The shape of the mask that will travel on a symbolic tensor; null if none will. */
export function getMaskShape(tensor: KerasTensor): SymbolicShape | null {
  return symbolicMasks.get(tensor) ?? null;
}

export function setMaskShape(tensor: KerasTensor, shape: SymbolicShape): void {
  symbolicMasks.set(tensor, shape);
}

/** The masks on a structure of tensors, in the same structure. */
export function masksOf(tensors: Structure<Tensor | null>): Structure<Tensor | null> {
  return mapStructure(tensors, tensor => (tensor === null ? null : getMask(tensor)));
}
