// The unit of compilation, and the two walks that all passes use.

import type { Node, Tensor } from '../graph/tensor.js';
import type { BaseVariable } from '../graph/variable.js';

/** What a program takes, gives and changes. Passes map graphs to graphs; tensors and nodes are never modified. */
export interface Graph {
  /** Leaves whose value is written before each run. */
  readonly parameters: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /** New values of variables, all taking effect when the program is done. */
  readonly updates: readonly (readonly [BaseVariable, Tensor])[];
}

/** The tensors that a graph must compute. */
export function rootsOf(graph: Graph): Tensor[] {
  return [...graph.outputs, ...graph.updates.map(([, tensor]) => tensor)];
}

/** The nodes that are needed for the roots (leaves excluded), inputs first. What is not here is dead code. */
export function nodesOf(graph: Graph): Node[] {
  const parameters = new Set(graph.parameters);
  const seen = new Set<Node>();
  const stack = rootsOf(graph);
  while (stack.length > 0) {
    const tensor = stack.pop()!;
    const node = tensor.node;
    if (!node || node.inputs.length === 0 || parameters.has(tensor) || seen.has(node)) continue;
    seen.add(node);
    stack.push(...node.inputs);
  }
  return [...seen].sort((a, b) => a.id - b.id);
}

/** The graph with every node replaced by what `visit` makes of it, given its replaced inputs; leaves stay. */
export function rebuild(graph: Graph, visit: (node: Node, inputs: readonly Tensor[]) => readonly Tensor[]): Graph {
  const replaced = new Map<Tensor, Tensor>();
  const current = (tensor: Tensor) => replaced.get(tensor) ?? tensor;
  for (const node of nodesOf(graph)) {
    const outputs = visit(node, node.inputs.map(current));
    node.outputs.forEach((output, i) => replaced.set(output, outputs[i]!));
  }
  return {
    parameters: graph.parameters,
    outputs: graph.outputs.map(current),
    updates: graph.updates.map(([variable, tensor]) => [variable, current(tensor)] as const),
  };
}
