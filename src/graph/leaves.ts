// The ops without inputs: where values come into a graph. They have no gradient and no instructions of their own; the
// compiler gives each a place in memory.

import { apply } from './apply.js';
import type { Attrs } from './op.js';
import { defineOp } from './op.js';
import type { Spec, Tensor } from './tensor.js';

interface ParameterAttrs extends Attrs, Spec {}

/** An input of a compiled function: written before each run. */
export const parameterOp = defineOp<ParameterAttrs>({
  name: 'parameter',
  infer: (_, { shape, dtype }) => [{ shape, dtype }],
  vjp: () => [],
  emit: () => {},
});

/** A tensor whose value comes later; with the name of a tensor's dtype, if `spec` is one. */
export function parameter({ shape, dtype, dtypeName }: Spec & { readonly dtypeName?: string }): Tensor {
  return apply(parameterOp, [], { shape, dtype }, dtypeName);
}

/** Whether a tensor comes from outside of the graph: a known value, a parameter or a variable. */
export function isLeaf(tensor: Tensor): boolean {
  return tensor.node === null || tensor.node.inputs.length === 0;
}
