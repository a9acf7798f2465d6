// Lowering of every op that only moves elements: a copy between two arrays that walk the same axes at their own strides.

import type { Emitter } from '../graph/op.js';
import { type Location, offsetBy } from '../runtime/pointer.js';

/** One axis of a strided copy: its size and the distance between its elements in x and in y. */
export type StridedAxis = readonly [size: number, x: number, y: number];

/** Planes smaller than this on a side are not worth transposing in blocks. */
const SMALLEST_PLANE = 4;

/**
 * Appends y[Σ i·strideY] = x[Σ i·strideX] over all axes; x and y do not overlap. Axes of one element vanish, axes that
 * are one run in both arrays are merged, and what is left decides between copying runs and transposing planes.
 */
export function emitStridedCopy(k: Emitter, x: Location, y: Location, axes: readonly StridedAxis[]): void {
  const size = axes.reduce((product, [n]) => product * n, 1);
  if (size === 0) return;
  // y is written upwards: where it runs backwards, both arrays are walked from the other end.
  const backwards = axes.filter(([, , stepY]) => stepY < 0);
  if (backwards.length > 0) {
    const endX = backwards.reduce((offset, [n, stepX]) => offset + (n - 1) * stepX, 0);
    const endY = backwards.reduce((offset, [n, , stepY]) => offset + (n - 1) * stepY, 0);
    const upwards = axes.map((axis): StridedAxis => (axis[2] < 0 ? [axis[0], -axis[1], -axis[2]] : axis));
    emitStridedCopy(k, offsetBy(x, endX), offsetBy(y, endY), upwards);
    return;
  }
  const merged = mergeAxes(axes);
  const [inner, innerX, innerY] = merged.pop() ?? [1, 1, 1];
  const unit = merged.findIndex(([n, stepX]) => stepX === 1 && n >= SMALLEST_PLANE);
  if (innerY === 1 && innerX > 1 && inner >= SMALLEST_PLANE && unit >= 0) {
    const [[columns, , columnStrideY]] = merged.splice(unit, 1) as [StridedAxis];
    const outer = merged.reduce((product, [n]) => product * n, 1);
    const plane = { rows: inner, columns, rowStrideX: innerX, columnStrideY };
    k.call('stridedTranspose', { x, y, axes: merged.length, outer, ...plane }, size, merged.flat());
    return;
  }
  const [middle, middleX, middleY] = merged.pop() ?? [1, 0, 0];
  const outer = merged.reduce((product, [n]) => product * n, 1);
  const runs = { middle, middleX, middleY, inner, innerX, innerY };
  k.call('stridedCopy', { x, y, axes: merged.length, outer, ...runs }, size, merged.flat());
}

/** The same walk with as few axes as possible, the fastest of y last. */
function mergeAxes(axes: readonly StridedAxis[]): StridedAxis[] {
  const merged: StridedAxis[] = [];
  const sorted = axes.filter(([n]) => n > 1).sort((a, b) => b[2] - a[2]);
  for (const [n, stepX, stepY] of sorted) {
    const slower = merged.at(-1);
    if (slower && slower[1] === n * stepX && slower[2] === n * stepY) {
      merged[merged.length - 1] = [slower[0] * n, stepX, stepY];
    } else merged.push([n, stepX, stepY]);
  }
  return merged;
}
