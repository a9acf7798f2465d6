// Loops and branches over tensors. A graph has neither: loops are unrolled as it is built, a branch computes both sides
// and selects. So the number of rounds must be known, and what decides about it must have a value.

import { ValueError } from '../errors.js';
import { asTensor, type TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { flatten, mapStructure, pack, type Structure } from '../structure.js';
import { cast, equal, lessEqual, where } from './elementwise.js';
import { concatenate, sliceAxis, squeeze, stack } from './movement.js';

type Tensors = Structure<TensorLike>;

const leaves = (value: Structure<unknown>): Tensor[] => flatten(value).map(leaf => asTensor(leaf as TensorLike));

/** trueFn() where `pred` is true, else falseFn(). A plain boolean calls only one of them. */
export function cond<R extends Structure<unknown>>(pred: TensorLike, trueFn: () => R, falseFn: () => R): R {
  if (typeof pred === 'boolean') return pred ? trueFn() : falseFn();
  const condition = cast(asTensor(pred), 'bool');
  if (condition.value?.length === 1) return condition.value[0] ? trueFn() : falseFn();
  const yes = trueFn();
  const no = leaves(falseFn());
  return pack(
    yes,
    leaves(yes).map((tensor, i) => where(condition, tensor, no[i]!)),
  ) as R;
}

/** branches[index](...operands), the index clamped to those there are. */
export function switchBranches<R extends Structure<unknown>>(
  index: TensorLike,
  branches: readonly ((...operands: never[]) => R)[],
  ...operands: readonly unknown[]
): R {
  const last = branches.length - 1;
  const call = (i: number) => branches[i]!(...(operands as never[]));
  if (typeof index === 'number') return call(Math.min(Math.max(index, 0), last));
  const position = asTensor(index);
  if (position.value?.length === 1) return call(Math.min(Math.max(position.value[0]!, 0), last));
  const results = branches.map((_, i) => leaves(call(i)));
  const first = call(0);
  // Below the first the first counts, above the last the last.
  const chosen = results[0]!.map((_, k) =>
    results
      .slice(0, -1)
      .reduceRight<Tensor>(
        (rest, result, i) => where(i === 0 ? lessEqual(position, 0) : equal(position, i), result[k]!, rest),
        results[last]![k]!,
      ),
  );
  return pack(first, chosen) as R;
}

/** body(i, value) for i from lower to upper - 1, each getting the last one's result. */
export function foriLoop<V>(lower: number, upper: number, bodyFun: (i: number, value: V) => V, initVal: V): V {
  let value = initVal;
  for (let i = lower; i < upper; i++) value = bodyFun(i, value);
  return value;
}

/** loopVars = body(...loopVars) while condition(...loopVars), whose values must be known: it is computed each time. */
export function whileLoop<V extends readonly unknown[]>(
  condition: (...loopVars: V) => TensorLike,
  body: (...loopVars: V) => V,
  loopVars: V,
  maximumIterations: number | null = null,
): V {
  let vars = loopVars;
  for (let i = 0; maximumIterations === null || i < maximumIterations; i++) {
    if (!asTensor(condition(...vars)).item()) break;
    const next = body(...vars);
    vars = Array.isArray(next) ? next : ([next] as unknown as V);
  }
  return vars;
}

/** Element i of the first axis of every tensor. */
function elementAt(xs: Tensors, i: number): Structure<Tensor> {
  return mapStructure(xs as Structure<unknown>, leaf =>
    squeeze(sliceAxis(asTensor(leaf as TensorLike), 0, i, i + 1), 0),
  );
}

function stacked(results: readonly Structure<unknown>[]): Structure<Tensor> {
  const parts = results.map(leaves);
  return pack(
    results[0]!,
    parts[0]!.map((_, k) => stack(parts.map(part => part[k]!))),
  );
}

function lengthOf(name: string, xs: Tensors): number {
  const lengths = leaves(xs as Structure<unknown>).map(x => x.shape[0] ?? 0);
  if (new Set(lengths).size !== 1)
    throw new ValueError(`${name}: expected tensors with first axes of one length. Received ${lengths.join(', ')}.`);
  return lengths[0]!;
}

/** f(x) for each element x of the first axis, stacked. */
export function map(f: (x: never) => Structure<Tensor>, xs: Tensors): Structure<Tensor> {
  const n = lengthOf('map', xs);
  if (n === 0) throw new ValueError('map: expected at least one element on the first axis.');
  return stacked(Array.from({ length: n }, (_, i) => f(elementAt(xs, i) as never)));
}

/** [carry, y] = f(carry, x) along the first axis of xs: the last carry, and all y stacked. */
export function scan(
  f: (carry: never, x: never) => readonly [Structure<Tensor>, Structure<Tensor> | null],
  init: Tensors,
  xs: Tensors | null = null,
  length: number | null = null,
  reverse = false,
): [Structure<Tensor>, Structure<Tensor> | null] {
  const n = xs === null ? length : lengthOf('scan', xs);
  if (n === null) throw new ValueError('scan: expected `xs` or `length`.');
  let carry: unknown = init;
  const results: (Structure<Tensor> | null)[] = [];
  for (let step = 0; step < n; step++) {
    const [next, y] = f(carry as never, (xs === null ? null : elementAt(xs, reverse ? n - 1 - step : step)) as never);
    carry = next;
    results.push(y);
  }
  if (reverse) results.reverse();
  return [
    carry as Structure<Tensor>,
    results.length > 0 && results[0] !== null ? stacked(results as Structure<Tensor>[]) : null,
  ];
}

/** All partial results of an associative f along an axis: log2(n) applications of f to whole slices. */
export function associativeScan(
  f: (a: never, b: never) => Structure<Tensor>,
  elems: Tensors,
  reverse = false,
  axis = 0,
): Structure<Tensor> {
  const n = leaves(elems as Structure<unknown>)[0]!.shape.at(axis)!;
  const part = (xs: Structure<Tensor>, from: number, to: number) =>
    mapStructure(xs, x => sliceAxis(x, axis < 0 ? axis + x.rank : axis, from, to));
  let current = mapStructure(elems as Structure<unknown>, x => asTensor(x as TensorLike));
  for (let distance = 1; distance < n; distance *= 2) {
    const [early, late] = [part(current, 0, n - distance), part(current, distance, n)];
    const combined = leaves(reverse ? f(late as never, early as never) : f(early as never, late as never));
    const rest = leaves(reverse ? part(current, n - distance, n) : part(current, 0, distance));
    current = pack(
      current,
      combined.map((tensor, i) => concatenate(reverse ? [tensor, rest[i]!] : [rest[i]!, tensor], axis)),
    );
  }
  return current;
}
