// Keras's masks travel with tensors (`_keras_mask` there): which steps of a sequence count.

import type { Tensor } from './tensor.js';

const masks = new WeakMap<Tensor, Tensor>();

/** The mask that travels on a tensor. */
export function getMask(tensor: Tensor): Tensor | null {
  return masks.get(tensor) ?? null;
}

/** Lets a mask travel on a tensor. */
export function setMask(tensor: Tensor, mask: Tensor): void {
  masks.set(tensor, mask);
}
