// The order of execution: the order in which nodes were made (forward, then backward), except that a variable's new
// value is computed as soon as possible, but after everything that reads the old one, so that it can take its place.

import type { Node, Tensor } from '../graph/tensor.js';
import { type BaseVariable, variableOp } from '../graph/variable.js';
import { type Graph, nodesOf } from './graph.js';

/** The variable whose old value a tensor is, if it is one. */
export function variableOf(tensor: Tensor): BaseVariable | undefined {
  return tensor.node?.op === variableOp ? (tensor.node.attrs['variable'] as BaseVariable) : undefined;
}

/** The tensor whose memory a tensor is: itself, unless it is a view. */
export function storageOf(tensor: Tensor): Tensor {
  let root = tensor;
  while (root.node?.op.view) root = root.node.inputs[0]!;
  return root;
}

export function schedule(graph: Graph): Node[] {
  const nodes = nodesOf(graph);
  const updates = updatersBehindReaders(graph, nodes);
  // A cycle among these wishes is possible (two variables computed from each other): then no wish is granted.
  return order(nodes, updates) ?? order(nodes, new Map()) ?? nodes;
}

/** For each node that makes a variable's new value: the nodes that read its old value and can run before. */
function updatersBehindReaders(graph: Graph, nodes: readonly Node[]): Map<Node, Node[]> {
  const updaters = new Map<BaseVariable, Node>();
  for (const [variable, tensor] of graph.updates) {
    const node = storageOf(tensor).node;
    if (node && node.inputs.length > 0) updaters.set(variable, node);
  }
  const result = new Map<Node, Node[]>();
  for (const node of updaters.values()) result.set(node, []);
  const descendants = new Map<Node, Set<Node>>();
  const consumers = consumersOf(nodes);
  for (const node of nodes) {
    for (const input of node.inputs) {
      const variable = variableOf(storageOf(input));
      const updater = variable && updaters.get(variable);
      if (!updater || updater === node) continue;
      let below = descendants.get(updater);
      if (!below) descendants.set(updater, (below = descendantsOf(updater, consumers)));
      if (!below.has(node)) result.get(updater)!.push(node);
    }
  }
  return result;
}

function consumersOf(nodes: readonly Node[]): Map<Node, Node[]> {
  const consumers = new Map<Node, Node[]>(nodes.map(node => [node, []]));
  for (const node of nodes) for (const input of node.inputs) if (input.node) consumers.get(input.node)?.push(node);
  return consumers;
}

function descendantsOf(start: Node, consumers: ReadonlyMap<Node, readonly Node[]>): Set<Node> {
  const found = new Set<Node>();
  const stack = [start];
  while (stack.length > 0) {
    for (const next of consumers.get(stack.pop()!) ?? []) {
      if (found.has(next)) continue;
      found.add(next);
      stack.push(next);
    }
  }
  return found;
}

/** Topological order with updaters first, else by age; null if the wishes cannot be met. */
function order(nodes: readonly Node[], updaters: ReadonlyMap<Node, readonly Node[]>): Node[] | null {
  const waiting = new Map<Node, number>(nodes.map(node => [node, 0]));
  const unlocks = new Map<Node, Node[]>(nodes.map(node => [node, []]));
  const await_ = (node: Node, before: Node) => {
    if (!waiting.has(before)) return;
    waiting.set(node, waiting.get(node)! + 1);
    unlocks.get(before)!.push(node);
  };
  for (const node of nodes) for (const input of node.inputs) if (input.node) await_(node, input.node);
  for (const [node, readers] of updaters) for (const reader of readers) await_(node, reader);
  const ready = new ReadyQueue(node => (updaters.has(node) ? node.id - Number.MAX_SAFE_INTEGER : node.id));
  for (const node of nodes) if (waiting.get(node) === 0) ready.push(node);
  const result: Node[] = [];
  for (let node = ready.pop(); node; node = ready.pop()) {
    result.push(node);
    for (const next of unlocks.get(node)!) {
      const left = waiting.get(next)! - 1;
      waiting.set(next, left);
      if (left === 0) ready.push(next);
    }
  }
  return result.length === nodes.length ? result : null;
}

/** Binary heap: pops the node with the smallest key. */
class ReadyQueue {
  readonly #key: (node: Node) => number;
  readonly #heap: { key: number; node: Node }[] = [];

  constructor(key: (node: Node) => number) {
    this.#key = key;
  }

  push(node: Node): void {
    const heap = this.#heap;
    const entry = { key: this.#key(node), node };
    let i = heap.length;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (heap[parent]!.key <= entry.key) break;
      heap[i] = heap[parent]!;
      i = parent;
    }
    heap[i] = entry;
  }

  pop(): Node | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (!top || !last || heap.length === 0) return top?.node;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]!.key < heap[child]!.key) child++;
      if (heap[child]!.key >= last.key) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = last;
    return top.node;
  }
}
