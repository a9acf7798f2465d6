// Fusion: neighbouring element-wise nodes of one shape become one node that passes over memory once (ops/chain.ts).
//
// Every node gets a level so that along each edge of the graph the level never falls, and rises unless the edge joins
// two element-wise nodes of one shape. A path between two nodes of one level then runs through such edges only, so the
// connected parts of a level can be made one node each without closing a circle.

import { applyAll } from '../graph/apply.js';
import type { Node, Tensor } from '../graph/tensor.js';
import { type ChainProgram, type ChainStep, chainOp } from '../ops/chain.js';
import { MicroOp } from '../runtime/kernels.generated.js';
import { sameShape } from '../shape.js';
import { type Graph, nodesOf, rootsOf } from './graph.js';

/** Registers of intermediate results and constants must fit the L1 cache beside the streams of inputs and outputs. */
const MOST_STEPS = 24;
const MOST_INPUTS = 12;
const MOST_OUTPUTS = 6;

/** The same graph with chains in place of groups of element-wise nodes. For graphs of which no gradients are taken. */
export function fuse(graph: Graph): Graph {
  const nodes = nodesOf(graph);
  const uses = usesOf(graph, nodes);
  const groups = groupsOf(graph, nodes, uses);
  const replaced = new Map<Tensor, Tensor>();
  const current = (tensor: Tensor): Tensor => {
    const { node } = tensor;
    if (!node || !uses.has(node)) return tensor; // a leaf
    if (!replaced.has(tensor)) build(node);
    return replaced.get(tensor)!;
  };
  const replace = (from: readonly Tensor[], to: readonly Tensor[]) => {
    from.forEach((tensor, i) => {
      replaced.set(tensor, to[i]!);
    });
  };
  const build = (node: Node) => {
    const group = groups.get(node);
    if (!group) {
      replace(node.outputs, applyAll(node.op, node.inputs.map(current), node.attrs));
      return;
    }
    const { inputs, outputs, program } = programOf(group, graph, uses);
    replace(outputs, applyAll(chainOp(inputs.length, outputs.length), inputs.map(current), program));
  };
  // All nodes are made anew, so that their age stays the order of execution. A chain takes the place of its last node,
  // or of the first one that somebody needs earlier.
  for (const node of nodes) {
    const group = groups.get(node);
    if ((!group || group.at(-1) === node) && !isReplaced(node, group, replaced)) build(node);
  }
  return {
    parameters: graph.parameters,
    outputs: graph.outputs.map(current),
    updates: graph.updates.map(([variable, tensor]) => [variable, current(tensor)] as const),
  };
}

function isReplaced(node: Node, group: readonly Node[] | undefined, replaced: ReadonlyMap<Tensor, Tensor>): boolean {
  return (group ?? [node]).some(({ outputs }) => outputs.some(output => replaced.has(output)));
}

/** The nodes that use each node's outputs; null stands for the graph itself. */
type Uses = ReadonlyMap<Node, readonly (Node | null)[]>;

function usesOf(graph: Graph, nodes: readonly Node[]): Uses {
  const uses = new Map<Node, (Node | null)[]>(nodes.map(node => [node, []]));
  for (const node of nodes) for (const { node: from } of node.inputs) if (from) uses.get(from)?.push(node);
  for (const { node } of rootsOf(graph)) if (node) uses.get(node)?.push(null);
  return uses;
}

function isElementwise(node: Node): boolean {
  return node.op.elementwise?.[node.inputs.at(-1)!.dtype] !== undefined && node.outputs[0]!.size > 0;
}

/** Whether an edge may lie inside a chain. */
function canJoin(from: Node, to: Node): boolean {
  return isElementwise(from) && isElementwise(to) && sameShape(from.outputs[0]!.shape, to.outputs[0]!.shape);
}

/** The nodes that become one, by each of their members, inputs first. */
function groupsOf(graph: Graph, nodes: readonly Node[], uses: Uses): Map<Node, readonly Node[]> {
  const levels = levelsOf(nodes, uses);
  const parts = new Map<Node, Node[]>();
  for (const node of nodes) {
    if (!isElementwise(node)) continue;
    let part = [node];
    for (const { node: from } of node.inputs) {
      if (!from || levels.get(from) !== levels.get(node) || !canJoin(from, node)) continue;
      const other = parts.get(from)!;
      if (other === part) continue;
      part = [...other, ...part];
      for (const member of part) parts.set(member, part);
    }
    parts.set(node, part);
  }
  const groups = new Map<Node, readonly Node[]>();
  for (const part of new Set(parts.values())) {
    for (const group of withinLimits(
      part.sort((a, b) => a.id - b.id),
      graph,
      uses,
    )) {
      if (group.length > 1) for (const member of group) groups.set(member, group);
    }
  }
  return groups;
}

/**
 * As early as the inputs allow; but a node that only joins a later level's chain goes there, as long as nobody else
 * needs it before.
 */
function levelsOf(nodes: readonly Node[], uses: Uses): Map<Node, number> {
  const levels = new Map<Node, number>();
  for (const node of nodes) {
    let level = 0;
    for (const { node: from } of node.inputs) {
      if (from && levels.has(from)) level = Math.max(level, levels.get(from)! + (canJoin(from, node) ? 0 : 1));
    }
    levels.set(node, level);
  }
  for (const node of [...nodes].reverse()) {
    let chains = Infinity;
    let others = Infinity;
    for (const use of uses.get(node)!) {
      if (!use) continue;
      if (canJoin(node, use)) chains = Math.min(chains, levels.get(use)!);
      else others = Math.min(others, levels.get(use)!);
    }
    if (chains < others && chains < Infinity) levels.set(node, chains);
  }
  return levels;
}

/** A connected part cut into consecutive pieces that the kernel can hold. Edges between them lead forward only. */
function withinLimits(part: readonly Node[], graph: Graph, uses: Uses): Node[][] {
  const groups: Node[][] = [];
  let group: Node[] = [];
  for (const node of part) {
    const larger = [...group, node];
    if (group.length > 0 && !fits(larger, graph, uses)) {
      groups.push(group);
      group = [node];
    } else {
      group = larger;
    }
  }
  groups.push(group);
  return groups;
}

function fits(group: readonly Node[], graph: Graph, uses: Uses): boolean {
  if (group.length > MOST_STEPS) return false;
  const { inputs, outputs, program } = programOf(group, graph, uses);
  return inputs.length + program.constants!.length <= MOST_INPUTS && outputs.length <= MOST_OUTPUTS;
}

/** The program of a group, the tensors it reads and those that it must give. */
function programOf(group: readonly Node[], graph: Graph, uses: Uses): ChainParts {
  const members = new Set(group);
  const inputs = new Set<Tensor>();
  const bits = new Map<Tensor, number>();
  for (const node of group) {
    for (const input of node.inputs) {
      if (input.node && members.has(input.node)) continue;
      const word = constantBits(input, graph);
      if (word === undefined) inputs.add(input);
      else bits.set(input, word);
    }
  }
  if (inputs.size === 0) {
    // A node without inputs would be taken for a leaf.
    for (const tensor of bits.keys()) inputs.add(tensor);
    bits.clear();
  }
  const constants = [...new Set(bits.values())];
  const products = productsOf(group, members, uses);
  const absorbed = new Set(products.values());
  const kept = group.filter(node => !absorbed.has(node));
  const values = new Map<Tensor, number>([...inputs].map((tensor, i) => [tensor, i]));
  for (const [tensor, word] of bits) values.set(tensor, inputs.size + constants.indexOf(word));
  kept.forEach((node, i) => {
    values.set(node.outputs[0]!, inputs.size + constants.length + i);
  });
  const valuesOf = (tensors: readonly Tensor[]) => tensors.map(tensor => values.get(tensor)!);
  const steps = kept.map((node): ChainStep => {
    const product = products.get(node);
    if (!product) return { code: codeOf(node), operands: valuesOf(node.inputs) };
    const other = node.inputs.find(input => input.node !== product)!;
    return { code: MicroOp.mulAddF, operands: valuesOf([...product.inputs, other]) };
  });
  const outputs = kept
    .filter(node => uses.get(node)!.some(use => use === null || !members.has(use)))
    .map(node => node.outputs[0]!);
  const specs = outputs.map(({ shape, dtype }) => ({ shape, dtype }));
  return { inputs: [...inputs], outputs, program: { constants, steps, results: valuesOf(outputs), specs } };
}

interface ChainParts {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly program: ChainProgram;
}

/** Products that nothing needs but one sum of the group, by that sum: they become one step. */
function productsOf(group: readonly Node[], members: ReadonlySet<Node>, uses: Uses): Map<Node, Node> {
  const products = new Map<Node, Node>();
  for (const sum of group) {
    if (codeOf(sum) !== MicroOp.addF) continue;
    const product = sum.inputs
      .map(({ node }) => node)
      .find(node => node && members.has(node) && codeOf(node) === MicroOp.mulF && uses.get(node)!.length === 1);
    if (product) products.set(sum, product);
  }
  return products;
}

function codeOf(node: Node): MicroOp {
  return node.op.elementwise![node.inputs.at(-1)!.dtype]!;
}

const floatWord = new Float32Array(1);
const intWord = new Int32Array(floatWord.buffer);

/** The word of a one-element constant; undefined for any other tensor. */
function constantBits(tensor: Tensor, graph: Graph): number | undefined {
  if (tensor.value?.length !== 1 || graph.parameters.includes(tensor)) return undefined;
  if (tensor.dtype === 'float32') floatWord[0] = tensor.value[0]!;
  else intWord[0] = tensor.value[0]!;
  return intWord[0]!;
}
