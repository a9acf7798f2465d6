// Rearranging axes by a pattern of names, as einops does: 'b (h w) c -> b h w c'.

import { ShapeError, ValueError } from '../errors.js';
import { asTensor, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { formatShape, sizeOf } from '../shape.js';
import { reshape, transpose } from './movement.js';

/** 'b (h w) c' → [['b'], ['h', 'w'], ['c']]; '1' stands for an axis of one element. */
function groupsOf(side: string): string[][] {
  const parts = side.trim().match(/\([^()]*\)|\S+/g) ?? [];
  return parts.map(part =>
    part
      .replace(/[()]/g, ' ')
      .trim()
      .split(/\s+/)
      .filter(name => name !== '' && name !== '1'),
  );
}

/**
 * x with axes split, merged and reordered. Sizes that the shape does not tell come by name: at most one of a group may be
 * missing. @throws ValueError for a pattern whose sides differ; ShapeError if the shape does not fit.
 */
export function rearrange(x: TensorLike, pattern: string, axesLengths: Readonly<Record<string, number>> = {}): Tensor {
  const tensor = asTensor(x);
  const [left, right, ...more] = pattern.split('->').map(groupsOf);
  const names = left?.flat() ?? [];
  const wanted = right?.flat() ?? [];
  if (!left || !right || more.length > 0 || [...names].sort().join() !== [...wanted].sort().join()) {
    throw new ValueError(`rearrange: expected the same names on both sides of '->'. Received '${pattern}'.`);
  }
  const misfit = () =>
    new ShapeError(`rearrange: shape ${formatShape(tensor.shape)} does not fit the pattern '${pattern}'.`);
  if (left.length !== tensor.rank) throw misfit();
  const sizes = new Map<string, number>(Object.entries(axesLengths));
  left.forEach((group, axis) => {
    const known = sizeOf(group.flatMap(name => sizes.get(name) ?? []));
    const open = group.filter(name => !sizes.has(name));
    if (open.length > 1)
      throw new ValueError(`rearrange: give the sizes of ${open.slice(1).join(', ')} in '${pattern}'.`);
    if (open.length === 1) sizes.set(open[0]!, tensor.shape[axis]! / known);
    if (sizeOf(group.map(name => sizes.get(name)!)) !== tensor.shape[axis]) throw misfit();
  });
  if (names.some(name => !Number.isInteger(sizes.get(name)))) throw misfit();
  const split = reshape(
    tensor,
    names.map(name => sizes.get(name)!),
  );
  const ordered = transpose(
    split,
    wanted.map(name => names.indexOf(name)),
  );
  return reshape(
    ordered,
    right.map(group => sizeOf(group.map(name => sizes.get(name)!))),
  );
}
