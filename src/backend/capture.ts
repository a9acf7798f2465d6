// Concrete tensors are computed once. In classic Keras they were symbolic instead: a function of variables was computed
// anew from the variables' current values at each call. `capture` gives back that view.

import { nodesOf } from '../compiler/graph.js';
import { applyAll } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { trace } from '../graph/trace.js';
import { type BaseVariable, variableOp } from '../graph/variable.js';

/** The same computations, which read the variables when they run and not now. Tensors that have a value stay as they are. */
export function capture(tensors: readonly Tensor[]): Tensor[] {
  const copies = new Map<Tensor, Tensor>();
  const copyOf = (tensor: Tensor): Tensor => {
    const copy = copies.get(tensor);
    if (copy) return copy;
    if (tensor.node?.op !== variableOp) return tensor;
    const { variable } = tensor.node.attrs as { readonly variable: BaseVariable };
    return trace(() => variable.value).result;
  };
  for (const node of nodesOf({ parameters: [], outputs: tensors, updates: [] })) {
    const outputs = applyAll(node.op, node.inputs.map(copyOf), node.attrs, node.outputs[0]!.dtypeName);
    node.outputs.forEach((output, i) => copies.set(output, outputs[i]!));
  }
  return tensors.map(copyOf);
}
