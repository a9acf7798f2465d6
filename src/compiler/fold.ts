// Constant folding: what depends on constants alone is computed now, in one program.

import { type Node, settleAll, type Tensor } from '../graph/tensor.js';
import { type Graph, nodesOf } from './graph.js';

/** Larger results than this stay computations: they would only take memory. */
const MOST_ELEMENTS = 4096;

/** The same graph; its constant parts have become values. */
export function foldConstants(graph: Graph): Graph {
  const parameters = new Set(graph.parameters);
  const foldable = new Set<Node>();
  const known = (tensor: Tensor) =>
    !parameters.has(tensor) && (tensor.value !== null || (tensor.node !== null && foldable.has(tensor.node)));
  const wanted = new Set<Tensor>();
  for (const node of nodesOf(graph)) {
    const small = node.outputs.every(({ size }) => size <= MOST_ELEMENTS);
    // A broadcast of a constant is better left to the kernels that read it.
    if (small && node.op.name !== 'broadcastTo' && node.inputs.every(known)) foldable.add(node);
    else for (const input of node.inputs) if (!input.value && known(input)) wanted.add(input);
  }
  for (const output of [...graph.outputs, ...graph.updates.map(([, tensor]) => tensor)]) {
    if (!output.value && known(output)) wanted.add(output);
  }
  settleAll([...wanted]);
  return graph;
}
