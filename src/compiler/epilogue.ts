// Epilogues: a bias and an activation behind a product or a convolution become part of it, applied while its results
// are still in registers or cache.

import { apply, applyAll } from '../graph/apply.js';
import type { Node, Tensor } from '../graph/tensor.js';
import { reshape } from '../ops/movement.js';
import { sameShape } from '../shape.js';
import { type Graph, nodesOf, rebuild, rootsOf } from './graph.js';

export function fuseEpilogues(graph: Graph): Graph {
  const uses = countUses(graph);
  return rebuild(graph, (node, inputs) => {
    const fused = withBias(node, inputs, uses) ?? withActivation(node, inputs, uses);
    if (fused) return [fused];
    return inputs.every((input, i) => input === node.inputs[i]) ? node.outputs : applyAll(node.op, inputs, node.attrs);
  });
}

/** add(product, bias), either way round, as the product with a bias. */
function withBias(node: Node, inputs: readonly Tensor[], uses: ReadonlyMap<Tensor, number>): Tensor | undefined {
  if (node.op.name !== 'add') return undefined;
  const shape = node.outputs[0]!.shape;
  for (const i of [0, 1]) {
    const product = productBehind(inputs[i]!, node.inputs[i]!, uses);
    const bias = inputs[1 - i]!;
    const columns = shape.at(-1);
    const alongLast = bias.shape.at(-1) === columns && bias.size === columns;
    if (product?.inputs.length !== 2 || !isLinear(product) || !alongLast) continue;
    if (!sameShape(inputs[i]!.shape, shape)) continue;
    return reshape(apply(product.op, [...product.inputs, reshape(bias, [columns!])], product.attrs), shape);
  }
  return undefined;
}

/** activation(product) as the product with an activation. */
function withActivation(node: Node, inputs: readonly Tensor[], uses: ReadonlyMap<Tensor, number>): Tensor | undefined {
  if (inputs.length !== 1) return undefined;
  const product = productBehind(inputs[0]!, node.inputs[0]!, uses);
  if (!product || !isLinear(product) || !product.op.epilogue?.activations.includes(node.op.name)) return undefined;
  const { op, inputs: operands, attrs } = product;
  return reshape(apply(op, operands, { ...attrs, activation: node.op.name }), node.outputs[0]!.shape);
}

/**
 * The product whose result, at most reshaped with its last axis kept, a tensor is, if nothing else needs it.
 * `original`: the tensor as it stands in the graph whose uses were counted.
 */
function productBehind(tensor: Tensor, original: Tensor, uses: ReadonlyMap<Tensor, number>): Node | undefined {
  let before = original;
  let now = tensor;
  while (before.node?.op.name === 'reshape' && before.shape.at(-1) === before.node.inputs[0]!.shape.at(-1)) {
    if (uses.get(before) !== 1) return undefined;
    before = before.node.inputs[0]!;
  }
  if (uses.get(before) !== 1) return undefined;
  while (now.node?.op.name === 'reshape' && now.shape.at(-1) === now.node.inputs[0]!.shape.at(-1))
    now = now.node.inputs[0]!;
  return now.node?.op.epilogue ? now.node : undefined;
}

function isLinear(product: Node): boolean {
  return (product.attrs['activation'] ?? 'linear') === 'linear';
}

function countUses(graph: Graph): Map<Tensor, number> {
  const uses = new Map<Tensor, number>();
  const count = (tensor: Tensor) => uses.set(tensor, (uses.get(tensor) ?? 0) + 1);
  for (const node of nodesOf(graph)) node.inputs.forEach(count);
  rootsOf(graph).forEach(count);
  return uses;
}
