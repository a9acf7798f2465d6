// The one rule by which Keras mends a missing last axis between two tensors.

import type { Tensor } from '../graph/tensor.js';
import { expandDims, squeeze } from '../ops/movement.js';

/**
 * Where the ranks differ by one and the longer tensor's last axis has size 1, drops that axis, or gives the shorter
 * one such an axis if it has only one axis itself (and `expandRank1`).
 */
export function squeezeOrExpandToSameRank(a: Tensor, b: Tensor, expandRank1 = true): [Tensor, Tensor] {
  if (a.rank === b.rank + 1 && a.shape[a.rank - 1] === 1) {
    return b.rank === 1 && expandRank1 ? [a, expandDims(b, -1)] : [squeeze(a, -1), b];
  }
  if (b.rank === a.rank + 1 && b.shape[b.rank - 1] === 1) {
    return a.rank === 1 && expandRank1 ? [expandDims(a, -1), b] : [a, squeeze(b, -1)];
  }
  return [a, b];
}
