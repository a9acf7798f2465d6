// Simplification: rewrite rules, and common subexpressions computed once.

import { applyAll } from '../graph/apply.js';
import { attrsKey } from '../graph/op.js';
import type { Node, Tensor } from '../graph/tensor.js';
import { type Graph, rebuild } from './graph.js';
import { rewrite } from './rules.js';

/**
 * The graph with all rules applied and without repeated nodes. Ops are pure functions of inputs and attrs, so equal
 * nodes have equal outputs.
 */
export function simplify(graph: Graph): Graph {
  const keys = new TensorKeys(new Set(graph.parameters));
  const known = new Map<string, readonly Tensor[]>();
  /** The node as it stands in the new graph; a replacement made by a rule is simplified in turn. */
  const settle = (node: Node, inputs: readonly Tensor[]): readonly Tensor[] => {
    const key = `${node.op.name}${attrsKey(node.attrs)}|${inputs.map(input => keys.of(input)).join()}`;
    let outputs = known.get(key);
    if (!outputs) {
      const replacement = node.outputs.length === 1 ? rewrite(node, inputs) : undefined;
      if (replacement) outputs = [finish(replacement)];
      else outputs = sameInputs(node, inputs) ? node.outputs : applyAll(node.op, inputs, node.attrs);
      known.set(key, outputs);
    }
    return outputs;
  };
  const finish = (tensor: Tensor): Tensor => {
    const { node } = tensor;
    if (!node || node.inputs.length === 0 || keys.has(tensor)) return tensor;
    return settle(node, node.inputs)[node.outputs.indexOf(tensor)]!;
  };
  return rebuild(graph, (node, inputs) => {
    const outputs = settle(node, inputs);
    outputs.forEach(output => keys.of(output));
    return outputs;
  });
}

function sameInputs(node: Node, inputs: readonly Tensor[]): boolean {
  return inputs.every((input, i) => input === node.inputs[i]);
}

/** Names tensors so that equal leaves have equal names: one-element constants by value, all others by identity. */
class TensorKeys {
  readonly #ids = new Map<Tensor, string>();
  /** Leaves whose value changes from run to run, even where one is known now. */
  readonly #parameters: ReadonlySet<Tensor>;

  constructor(parameters: ReadonlySet<Tensor>) {
    this.#parameters = parameters;
  }

  has(tensor: Tensor): boolean {
    return this.#ids.has(tensor);
  }

  of(tensor: Tensor): string {
    let key = this.#ids.get(tensor);
    if (key === undefined) {
      const { value, shape, dtype } = tensor;
      const scalar = value?.length === 1 && !this.#parameters.has(tensor);
      key = scalar ? `${dtype}[${shape}]${Object.is(value[0], -0) ? '-0' : value[0]}` : `t${this.#ids.size}`;
      this.#ids.set(tensor, key);
    }
    return key;
  }
}
