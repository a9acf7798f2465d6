// Rewrite rules: what an op can be replaced by, given its inputs. Each holds for all values, rounding included.

import { apply } from '../graph/apply.js';
import type { Attrs } from '../graph/op.js';
import type { Node, Tensor } from '../graph/tensor.js';
import { reluGrad } from '../ops/activations.js';
import { broadcastTo, reshape } from '../ops/movement.js';
import { broadcastShapes, sameShape, sizeOf } from '../shape.js';

/** The replacement of a node's only output, or undefined to leave it. `inputs` are replaced already. */
type Rule = (inputs: readonly Tensor[], attrs: Attrs, node: Node) => Tensor | undefined;

const first: Rule = ([x]) => x;

/** The input `which`, in the shape of the result, if the other one is the constant `neutral` and the dtype stays. */
function withoutNeutral(neutral: number, ...which: readonly number[]): Rule {
  return (inputs, _, { outputs: [y] }) => {
    for (const i of which) {
      const x = inputs[i]!;
      if (scalarValue(inputs[1 - i]!) === neutral && x.dtype === y!.dtype) return broadcastTo(x, y!.shape);
    }
    return undefined;
  };
}

const rules: Readonly<Record<string, Rule>> = {
  // Only differentiation looks at these two.
  identity: first,
  stopGradient: first,
  reshape: ([x], _, { outputs: [y] }) => {
    if (sameShape(x!.shape, y!.shape)) return x;
    return x!.node?.op.name === 'reshape' ? reshape(x!.node.inputs[0]!, y!.shape) : undefined;
  },
  broadcastTo: ([x], _, { outputs: [y] }) => (sameShape(x!.shape, y!.shape) ? x : undefined),
  transpose: ([x], attrs) => {
    const axes = attrs['axes'] as readonly number[];
    if (axes.every((axis, i) => axis === i)) return x;
    const inner = x!.node;
    if (inner?.op.name !== 'transpose') return undefined;
    const innerAxes = inner.attrs['axes'] as readonly number[];
    const composed = axes.map(axis => innerAxes[axis]!);
    return composed.every((axis, i) => axis === i)
      ? inner.inputs[0]
      : apply(inner.op, inner.inputs, { axes: composed });
  },
  sum: ([x], _, { outputs: [y] }) =>
    sizeOf(x!.shape) === sizeOf(y!.shape) && x!.dtype === y!.dtype ? reshape(x!, y!.shape) : undefined,
  add: withoutNeutral(0, 0, 1),
  subtract: withoutNeutral(0, 0),
  multiply: withoutNeutral(1, 0, 1),
  divide: withoutNeutral(1, 0),
  power: withoutNeutral(1, 0),
  // A cell of x is passed on to where it is the largest of its window, so whether it is positive can be seen at the
  // window's output, of which there are fewer.
  reluGrad: ([dy, x]) => {
    const pool = dy!.node;
    if (pool?.op.name !== 'maxPoolGrad' || pool.inputs[0] !== x) return undefined;
    const [, y, dyPooled] = pool.inputs;
    return apply(pool.op, [x!, y!, reluGrad(dyPooled!, y!)], pool.attrs);
  },
};

/** What a node with one output simplifies to; undefined if it stays. */
export function rewrite(node: Node, inputs: readonly Tensor[]): Tensor | undefined {
  const replacement = rules[node.op.name]?.(inputs, node.attrs, node);
  if (replacement || !node.op.elementwise) return replacement;
  const sources = withoutBroadcasts(inputs, node.outputs[0]!.shape);
  return sources && apply(node.op, sources, node.attrs);
}

/** Element-wise kernels broadcast by themselves: inputs as they were before, if any was broadcast and the result keeps its shape. */
function withoutBroadcasts(inputs: readonly Tensor[], shape: readonly number[]): Tensor[] | undefined {
  const sources = [...inputs];
  inputs.forEach((input, i) => {
    if (input.node?.op.name !== 'broadcastTo') return;
    const source = input.node.inputs[0]!;
    const others = sources.map((other, j) => (j === i ? source : other).shape);
    if (sameShape(broadcastShapes(...others), shape)) sources[i] = source;
  });
  return sources.some((source, i) => source !== inputs[i]) ? sources : undefined;
}

/** The value of a tensor whose elements are all one known number. */
function scalarValue(tensor: Tensor): number | undefined {
  let source = tensor;
  while (source.node?.op.name === 'broadcastTo' || source.node?.op.name === 'reshape') source = source.node.inputs[0]!;
  return source.value?.length === 1 ? source.value[0] : undefined;
}
