// A layer's place in the layer graph: its calls on symbolic tensors, and what they took and gave.

import { callableRoot } from '../callable.js';
import { ValueError } from '../errors.js';
import type { TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import type { Structure } from '../structure.js';
import { type ShapeStructure, unwrap, unwrapShapes } from './arguments.js';
import type { KerasTensor, Node } from './kerasTensor.js';

/** Inputs that make a layer call symbolic, or concrete. */
export type SymbolicInputs = Structure<KerasTensor>;
export type ConcreteInputs = Structure<TensorLike | string>; // strings for the layers that make numbers of texts

/**
 * Calling a layer: symbolic in, symbolic out; tensors or arrays in, tensors out. Where there are several outputs, say so:
 * `lstm<KerasTensor[]>(x)`.
 */
export interface LayerCall {
  <R = KerasTensor>(inputs: SymbolicInputs, ...rest: unknown[]): NoInfer<R>;
  <R = Tensor>(inputs: ConcreteInputs, ...rest: unknown[]): NoInfer<R>;
}

/** The part of a layer that knows its nodes. With several of them, `input` and `output` are ill-defined, as in Keras 2. */
export abstract class ConnectedLayer extends callableRoot<LayerCall>() {
  abstract override name: string;
  readonly #inboundNodes: Node[] = [];
  readonly #outboundNodes: Node[] = [];

  /** The layer's calls on symbolic tensors. */
  get inboundNodes(): Node[] {
    return this.#inboundNodes;
  }

  /** The calls that read this layer's outputs. */
  get outboundNodes(): Node[] {
    return this.#outboundNodes;
  }

  /** The symbolic input. @throws ValueError if there is none, or if the layer was called several times. */
  get input(): Structure<KerasTensor> {
    this.#checkNodes('input', `Layer ${this.name} is not connected, no input to return.`);
    return unwrap(this.#inboundNodes[0]!.inputTensors);
  }

  /** The symbolic output. @throws ValueError if there is none, or if the layer was called several times. */
  get output(): Structure<KerasTensor> {
    this.#checkNodes('output', `The layer ${this.name} has never been called and thus has no defined output.`);
    return this.#inboundNodes[0]!.outputs;
  }

  get inputShape(): ShapeStructure {
    return this.#commonShape('input', node => node.inputTensors);
  }

  get outputShape(): ShapeStructure {
    return this.#commonShape('output', node => node.outputTensors);
  }

  getInputAt(nodeIndex: number): Structure<KerasTensor> {
    return unwrap(this.#nodeAt(nodeIndex, 'input').inputTensors);
  }

  getOutputAt(nodeIndex: number): Structure<KerasTensor> {
    return this.#nodeAt(nodeIndex, 'output').outputs;
  }

  getInputShapeAt(nodeIndex: number): ShapeStructure {
    return unwrapShapes(this.#nodeAt(nodeIndex, 'input shape').inputTensors);
  }

  getOutputShapeAt(nodeIndex: number): ShapeStructure {
    return unwrapShapes(this.#nodeAt(nodeIndex, 'output shape').outputTensors);
  }

  #checkNodes(what: 'input' | 'output', disconnected: string): void {
    if (this.#inboundNodes.length === 0) throw new ValueError(disconnected);
    if (this.#inboundNodes.length > 1) {
      throw new ValueError(
        `Layer ${this.name} has multiple inbound nodes, hence the notion of "layer ${what}" is ill-defined. ` +
          `Use \`get${what === 'input' ? 'Input' : 'Output'}At(nodeIndex)\` instead.`,
      );
    }
  }

  #nodeAt(nodeIndex: number, what: string): Node {
    const nodes = this.#inboundNodes;
    if (nodes.length === 0)
      throw new ValueError(`The layer ${this.name} has never been called and thus has no defined ${what}.`);
    const node = nodes.at(nodeIndex);
    if (!node) {
      throw new ValueError(
        `Asked to get ${what} at node ${nodeIndex}, but the layer has only ${nodes.length} inbound nodes.`,
      );
    }
    return node;
  }

  #commonShape(what: 'input' | 'output', tensorsOf: (node: Node) => readonly KerasTensor[]): ShapeStructure {
    const nodes = this.#inboundNodes;
    if (nodes.length === 0) {
      throw new ValueError(`The layer ${this.name} has never been called and thus has no defined ${what} shape.`);
    }
    const shapes = nodes.map(node => unwrapShapes(tensorsOf(node)));
    if (new Set(shapes.map(shape => JSON.stringify(shape))).size > 1) {
      throw new ValueError(
        `The layer "${this.name}" has multiple inbound nodes, with different ${what} shapes. Hence the notion of ` +
          `"${what} shape" is ill-defined for the layer. Use \`get${what === 'input' ? 'Input' : 'Output'}ShapeAt(nodeIndex)\` instead.`,
      );
    }
    return shapes[0]!;
  }
}
