// Simplification: common subexpressions are computed once.

import type { Node, Tensor } from '../graph/tensor.js';
import { applyAll } from '../graph/apply.js';
import { type Graph, rebuild } from './graph.js';

/** The graph without repeated nodes. Ops are pure functions of inputs and attrs, so equal nodes have equal outputs. */
export function simplify(graph: Graph): Graph {
  const keys = new TensorKeys();
  const known = new Map<string, readonly Tensor[]>();
  return rebuild(graph, (node, inputs) => {
    const key = `${node.op.name}${JSON.stringify(node.attrs)}|${inputs.map(input => keys.of(input)).join()}`;
    let outputs = known.get(key);
    if (!outputs) {
      outputs = sameInputs(node, inputs) ? node.outputs : applyAll(node.op, inputs, node.attrs);
      known.set(key, outputs);
    }
    return outputs;
  });
}

function sameInputs(node: Node, inputs: readonly Tensor[]): boolean {
  return inputs.every((input, i) => input === node.inputs[i]);
}

/** Names tensors so that equal leaves have equal names: one-element constants by value, all others by identity. */
class TensorKeys {
  readonly #ids = new Map<Tensor, string>();

  of(tensor: Tensor): string {
    let key = this.#ids.get(tensor);
    if (key === undefined) {
      const { value, shape, dtype } = tensor;
      key = value?.length === 1 ? `${dtype}[${shape}]${value[0]}` : `t${this.#ids.size}`;
      this.#ids.set(tensor, key);
    }
    return key;
  }
}
