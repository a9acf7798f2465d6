// The part of the layer graph between some inputs and some outputs: which layers, in which order, and how to run it.

import { ValueError } from '../errors.js';
import { KerasTensor, type Node } from '../layers/kerasTensor.js';
import type { Layer } from '../layers/layer.js';
import type { Range } from '../range.js';
import { flatten, isDict, pack, type Structure } from '../structure.js';

/** Applies a layer to what stands for its arguments; the outputs in their structure. */
export type ApplyLayer<T> = (
  layer: Layer,
  args: readonly unknown[],
  kwargs: { readonly [name: string]: unknown },
) => Structure<T>;

export class LayerGraph {
  readonly inputStructure: Structure<KerasTensor>;
  readonly outputStructure: Structure<KerasTensor>;
  readonly inputs: readonly KerasTensor[];
  readonly outputs: readonly KerasTensor[];
  /** Nodes from the inputs to the outputs, by descending depth as Keras orders them. */
  readonly nodes: readonly Node[];
  readonly nodesByDepth: ReadonlyMap<number, readonly Node[]>;
  /** The layers by depth, those of the inputs first. */
  readonly layers: readonly Layer[];

  /** @throws ValueError if an output does not come from the inputs alone, or if two layers share a name. */
  constructor(inputs: Structure<KerasTensor>, outputs: Structure<KerasTensor>) {
    this.inputStructure = inputs;
    this.outputStructure = outputs;
    this.inputs = flatten(inputs);
    this.outputs = flatten(outputs);
    for (const [what, tensors] of [
      ['inputs', this.inputs],
      ['outputs', this.outputs],
    ] as const) {
      if (tensors.length === 0) throw new ValueError(`Model: \`${what}\` cannot be empty.`);
      for (const tensor of tensors) {
        if (!(tensor instanceof KerasTensor)) {
          throw new ValueError(
            `All \`${what}\` values must be KerasTensors. Received: ${String(tensor)}. Make inputs with Input().`,
          );
        }
      }
    }
    const { nodes, firstSeen } = this.#collect();
    const nodeDepth = new Map<Node, number>();
    const layerDepth = new Map<Layer, number>();
    for (const node of [...nodes].reverse()) {
      // A shared layer counts at its greatest depth.
      const depth = Math.max(nodeDepth.get(node) ?? 0, layerDepth.get(node.layer) ?? 0);
      layerDepth.set(node.layer, depth);
      nodeDepth.set(node, depth);
      for (const parent of node.parents) {
        if (nodes.has(parent)) nodeDepth.set(parent, Math.max(depth + 1, nodeDepth.get(parent) ?? 0));
      }
    }
    for (const { history } of this.inputs) {
      const node = history?.layer.inboundNodes[history.nodeIndex];
      if (node?.isInput && !layerDepth.has(node.layer)) {
        layerDepth.set(node.layer, 0);
        firstSeen.set(node.layer, -1);
        nodeDepth.set(node, 0);
      }
    }
    this.layers = [...layerDepth.keys()].sort(
      (a, b) => layerDepth.get(b)! - layerDepth.get(a)! || firstSeen.get(a)! - firstSeen.get(b)!,
    );
    const byDepth = new Map<number, Node[]>();
    for (const depth of [...new Set(nodeDepth.values())].sort((a, b) => b - a)) byDepth.set(depth, []);
    for (const [node, depth] of nodeDepth) byDepth.get(depth)!.push(node);
    this.nodesByDepth = byDepth;
    this.nodes = [...byDepth.values()].flat();
    this.#checkConnected();
    this.#checkNames();
  }

  /** Depth-first from the outputs, stopping at the inputs. */
  #collect(): { nodes: Set<Node>; firstSeen: Map<Layer, number> } {
    const nodes = new Set<Node>();
    const firstSeen = new Map<Layer, number>();
    const given = new Set(this.inputs);
    // An explicit stack: deep models would overflow the engine's.
    type Step = { readonly node: Node; readonly inputs: readonly KerasTensor[]; next: number };
    const started = new Set<Node>();
    const enter = (tensor: KerasTensor): Step | null => {
      const { history } = tensor;
      const node = history?.layer.inboundNodes[history.nodeIndex];
      if (!node || started.has(node) || (given.has(tensor) && !node.isInput)) return null;
      started.add(node);
      if (!firstSeen.has(node.layer)) firstSeen.set(node.layer, firstSeen.size);
      return { node, inputs: node.inputTensors, next: 0 };
    };
    for (const output of this.outputs) {
      const stack: Step[] = [];
      const first = enter(output);
      if (first) stack.push(first);
      for (let step = stack.at(-1); step; step = stack.at(-1)) {
        const tensor = step.inputs[step.next++];
        if (tensor) {
          const inner = enter(tensor);
          if (inner) stack.push(inner);
        } else {
          nodes.add(step.node);
          stack.pop();
        }
      }
    }
    return { nodes, firstSeen };
  }

  #checkConnected(): void {
    const known = new Set<KerasTensor>(this.inputs);
    const fine: string[] = [];
    for (const node of this.nodes) {
      for (const tensor of node.inputTensors) {
        if (!known.has(tensor)) {
          throw new ValueError(
            `Graph disconnected: cannot find parent for tensor ${String(tensor)} at layer '${node.layer.name}'. ` +
              `The following previous layers were accessed without issue: [${fine.join(', ')}]`,
          );
        }
      }
      fine.push(node.layer.name);
      if (!node.isInput) for (const tensor of node.outputTensors) known.add(tensor);
    }
    this.outputs.forEach((tensor, i) => {
      if (!known.has(tensor)) throw new ValueError(`Output ${i} (${String(tensor)}) is not connected to \`inputs\`.`);
    });
  }

  #checkNames(): void {
    const count = new Map<string, number>();
    for (const { name } of this.layers) count.set(name, (count.get(name) ?? 0) + 1);
    for (const [name, times] of count) {
      if (times > 1) {
        throw new ValueError(
          `The name "${name}" is used ${times} times in the model. All layer names should be unique.`,
        );
      }
    }
  }

  /** The whole numbers that a layer reading an input can look up; undefined if none looks anything up. */
  rangeOf(input: KerasTensor): Range | undefined {
    for (const { layer, inputTensors } of this.nodes) {
      const { inputSpec } = layer;
      if (inputTensors.includes(input) && inputSpec && 'range' in inputSpec) return inputSpec.range;
    }
    return undefined;
  }

  /** Walks the graph with values for the inputs (in order) and returns what comes for the outputs. */
  run<T>(inputs: readonly T[], apply: ApplyLayer<T>): Structure<T> {
    const values = new Map<KerasTensor, T>(this.inputs.map((tensor, i) => [tensor, inputs[i]!]));
    const fill = (value: unknown): unknown => {
      if (value instanceof KerasTensor) return values.get(value);
      if (Array.isArray(value)) return typeof value[0] === 'number' ? value : value.map(fill);
      return isDict(value) ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item)])) : value;
    };
    for (const node of this.nodes) {
      if (node.isInput || node.outputTensors.every(tensor => values.has(tensor))) continue;
      const outputs = flatten(apply(node.layer, node.args.map(fill), fill(node.kwargs) as { [name: string]: unknown }));
      node.outputTensors.forEach((tensor, i) => {
        if (!values.has(tensor)) values.set(tensor, outputs[i]!);
      });
    }
    return pack(
      this.outputStructure,
      this.outputs.map(tensor => values.get(tensor)!),
    );
  }
}
