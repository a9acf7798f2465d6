// Einstein summation: any equation over any number of operands, through diagonals, sums, transposes and one
// batched matrix product per pair of operands.

import { ShapeError, ValueError } from '../errors.js';
import { asTensor, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { formatShape, sizeOf } from '../shape.js';
import { multiply } from './elementwise.js';
import { matmul } from './matmul.js';
import { moveaxis, reshape, stridedSlice, transpose } from './movement.js';
import { sum } from './reduce.js';

/** A tensor with a name for each axis. */
type Labelled = { readonly x: Tensor; readonly labels: readonly string[] };

/**
 * Sum of products over named axes: einsum('bij,bjk->bik', a, b). Repeated names within an operand take a
 * diagonal; names that are missing behind '->' are summed over; without '->' the result has the names that
 * occur once, sorted. '...' stands for any further axes, which broadcast.
 * @throws ValueError for an equation that does not parse, ShapeError if axes of one name differ in size.
 */
export function einsum(subscripts: string, ...operands: readonly TensorLike[]): Tensor {
  const tensors = operands.map(operand => asTensor(operand));
  const { inputs, output } = parse(subscripts, tensors);
  const sizes = new Map<string, number>();
  const terms = tensors.map((x, i) => {
    const term = diagonals({ x, labels: inputs[i]! });
    term.labels.forEach((label, axis) => {
      const size = term.x.shape[axis]!;
      const known = sizes.get(label) ?? 1;
      if (known !== 1 && size !== 1 && known !== size) {
        throw new ShapeError(
          `einsum "${subscripts}": axis "${label}" has sizes ${known} and ${size}. ` +
            `Received shapes ${tensors.map(({ shape }) => formatShape(shape)).join(', ')}.`,
        );
      }
      sizes.set(label, known === 1 ? size : known);
    });
    return term;
  });
  let result = terms[0]!;
  terms.slice(1).forEach((term, i) => {
    const wanted = new Set([...output, ...terms.slice(i + 2).flatMap(({ labels }) => labels)]);
    result = contract(result, term, wanted);
  });
  return arranged(summed(result, new Set(output)), output);
}

/** The product of two operands, summed over the axes that nobody else wants. */
function contract(first: Labelled, second: Labelled, wanted: ReadonlySet<string>): Labelled {
  const a = summed(first, new Set([...wanted, ...second.labels]));
  const b = summed(second, new Set([...wanted, ...first.labels]));
  const sizeIn = ({ x, labels }: Labelled, label: string) => x.shape[labels.indexOf(label)]!;
  const shared = a.labels.filter(label => b.labels.includes(label));
  const summedOver = shared.filter(label => !wanted.has(label));
  const batch = shared.filter(label => wanted.has(label));
  const freeA = a.labels.filter(label => !shared.includes(label));
  const freeB = b.labels.filter(label => !shared.includes(label));
  const broadcasts = shared.some(label => sizeIn(a, label) !== sizeIn(b, label));
  if (broadcasts || summedOver.length === 0 || (freeA.length === 0 && freeB.length === 0)) {
    const labels = [...batch, ...freeA, ...freeB, ...summedOver];
    return summed({ x: multiply(spread(a, labels), spread(b, labels)), labels }, wanted);
  }
  const dims = (term: Labelled, labels: readonly string[]) => labels.map(label => sizeIn(term, label));
  const outerDims = dims(a, batch);
  const k = sizeOf(dims(a, summedOver));
  const rows = reshape(arranged(a, [...batch, ...freeA, ...summedOver]), [...outerDims, sizeOf(dims(a, freeA)), k]);
  const columns = reshape(arranged(b, [...batch, ...freeB, ...summedOver]), [...outerDims, sizeOf(dims(b, freeB)), k]);
  const x = matmul(rows, columns, { transposeB: true });
  return {
    x: reshape(x, [...outerDims, ...dims(a, freeA), ...dims(b, freeB)]),
    labels: [...batch, ...freeA, ...freeB],
  };
}

/** Sums over all axes that are not wanted. */
function summed({ x, labels }: Labelled, wanted: ReadonlySet<string>): Labelled {
  const axes = labels.flatMap((label, axis) => (wanted.has(label) ? [] : [axis]));
  return axes.length === 0 ? { x, labels } : { x: sum(x, axes), labels: labels.filter(label => wanted.has(label)) };
}

/** The axes in the order of `order`, which has the same names. */
function arranged({ x, labels }: Labelled, order: readonly string[]): Tensor {
  return transpose(
    x,
    order.map(label => labels.indexOf(label)),
  );
}

/** The axes in the order of `order`; those that x does not have get size 1. */
function spread(term: Labelled, order: readonly string[]): Tensor {
  const x = arranged(
    term,
    order.filter(label => term.labels.includes(label)),
  );
  return reshape(
    x,
    order.map(label => (term.labels.includes(label) ? term.x.shape[term.labels.indexOf(label)]! : 1)),
  );
}

/**
 * Replaces pairs of axes of one name by their diagonal: in the flattened pair it takes every (n + 1)th
 * element.
 */
function diagonals({ x, labels }: Labelled): Labelled {
  const second = labels.findIndex((label, axis) => labels.indexOf(label) !== axis);
  if (second < 0) return { x, labels };
  const label = labels[second]!;
  const first = labels.indexOf(label);
  const n = x.shape[first]!;
  if (x.shape[second] !== n) {
    throw new ShapeError(
      `einsum: a diagonal needs axes of equal size. Received shape ${formatShape(x.shape)}, axes ${first} and ${second}.`,
    );
  }
  const moved = moveaxis(x, [first, second], [-2, -1]);
  const rest = moved.shape.slice(0, -2);
  const flat = reshape(moved, [...rest, n * n]);
  const start = [...rest.map(() => 0), 0];
  const diagonal = stridedSlice(flat, start, [...rest, n * n], [...rest.map(() => 1), n + 1]);
  return diagonals({
    x: diagonal,
    labels: [...labels.filter((_, axis) => axis !== first && axis !== second), label],
  });
}

function parse(subscripts: string, tensors: readonly Tensor[]): { inputs: string[][]; output: string[] } {
  const [left, right, ...more] = subscripts.replaceAll(' ', '').split('->');
  const terms = left!.split(',');
  const bad = (why: string) =>
    new ValueError(`einsum: ${why}. Received equation "${subscripts}" and ${tensors.length} operands.`);
  if (more.length > 0) throw bad("expected one '->'");
  if (terms.length !== tensors.length) throw bad(`expected one term per operand, found ${terms.length}`);
  const names = (term: string) => {
    if (!/^[a-zA-Z]*(\.\.\.)?[a-zA-Z]*$/.test(term)) throw bad(`expected letters and at most one '...' in "${term}"`);
    return [...term.matchAll(/\.\.\.|[a-zA-Z]/g)].map(([name]) => name);
  };
  // The axes behind '...' are numbered from the last one backwards, so that they broadcast as NumPy's do.
  let most = 0;
  const ellipsis = (count: number) => Array.from({ length: count }, (_, i) => `.${count - 1 - i}`);
  const inputs = terms.map((term, i) => {
    const labels = names(term);
    const rank = tensors[i]!.rank;
    const extra = labels.includes('...') ? rank - labels.length + 1 : 0;
    if (extra < 0 || (extra === 0 && !labels.includes('...') && labels.length !== rank)) {
      throw bad(`expected ${labels.length} axes for "${term}", found shape ${formatShape(tensors[i]!.shape)}`);
    }
    most = Math.max(most, extra);
    return labels.flatMap(label => (label === '...' ? ellipsis(extra) : [label]));
  });
  const all = inputs.flat();
  const once = [...new Set(all)]
    .filter(label => label[0] !== '.' && all.indexOf(label) === all.lastIndexOf(label))
    .sort();
  const output =
    right === undefined
      ? [...ellipsis(most), ...once]
      : names(right).flatMap(label => (label === '...' ? ellipsis(most) : [label]));
  const stranger = output.find((label, i) => !all.includes(label) || output.indexOf(label) !== i);
  if (stranger !== undefined) throw bad(`"${stranger}" behind '->' must be a name of the operands, used once`);
  return { inputs, output };
}
