// Lowering of reductions: brings any set of axes into the form [outer, reduced, inner] that the kernels work on.

import type { DType } from '../dtype.js';
import type { Emitter, Place } from '../graph/op.js';
import type { Location } from '../runtime/pointer.js';
import { type Shape, sizeOf } from '../shape.js';

export type Reduction = 'sum' | 'prod' | 'max' | 'min';

/** Fewer outputs than this do not occupy all threads, so that the reduced axis is split instead. */
const FEW_OUTPUTS = 1024;
/** Splitting the reduced axis pays from this many elements on. */
const MANY_ELEMENTS = 32768;

/** Appends y = reduction of x over `axes`; y has x's shape with these axes 1 or left out. */
export function emitReduction(k: Emitter, op: Reduction, x: Place, y: Place, axes: readonly number[]): void {
  const groups = groupAxes(x.shape, axes);
  let from: Location = x;
  // Axis groups are reduced one after the other, the fastest first: it shrinks the array at contiguous speed.
  for (let last = groups.length - 1; last >= 0; last--) {
    if (!groups[last]!.reduced) continue;
    const isLast = !groups.slice(0, last).some(group => group.reduced);
    const outer = sizeOf(groups.slice(0, last).map(group => group.size));
    const inner = sizeOf(groups.slice(last + 1).map(group => (group.reduced ? 1 : group.size)));
    const to = isLast ? y : k.workspace(4 * outer * inner);
    emitCanonical(k, op, x.dtype, from, to, outer, groups[last]!.size, inner);
    if (isLast) return;
    from = to;
  }
}

function emitCanonical(
  k: Emitter,
  op: Reduction,
  dtype: DType,
  x: Location,
  y: Location,
  outer: number,
  reduced: number,
  inner: number,
): void {
  const size = outer * inner;
  if (size === 0) return;
  const split = k.threads > 1 && size < FEW_OUTPUTS && reduced > 16 * k.threads && size * reduced >= MANY_ELEMENTS;
  const partials = split ? k.workspace(4 * k.threads * size) : 0;
  const kernel = dtype === 'float32' ? op : (`${op}Int` as const);
  k.call(kernel, { x, y, partials, outer, reduced, inner }, size * reduced);
}

/** Neighbouring axes that are all reduced, or all kept, as one; axes of 1 left out. At least one is reduced. */
export function groupAxes(shape: Shape, axes: readonly number[]): { size: number; reduced: boolean }[] {
  const groups: { size: number; reduced: boolean }[] = [];
  shape.forEach((size, axis) => {
    if (size === 1) return;
    const reduced = axes.includes(axis);
    const last = groups.at(-1);
    if (last && last.reduced === reduced) last.size *= size;
    else groups.push({ size, reduced });
  });
  if (!groups.some(group => group.reduced)) groups.push({ size: 1, reduced: true });
  return groups;
}
