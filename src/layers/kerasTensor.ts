// The layer graph: symbolic tensors with unknown dimensions, and the nodes that layers make of them.

import { type DType, nearestDType } from '../dtype.js';
import { ValueError } from '../errors.js';
import { showInConsole } from '../inspect.js';
import { uniqueName } from '../naming.js';
import { flatten, isDict, type Structure } from '../structure.js';
import type { Layer } from './layer.js';

/** A shape in which null stands for a dimension that is not known yet. */
export type SymbolicShape = readonly (number | null)[];

/** Where a symbolic tensor comes from: which output of which call of which layer. */
export interface History {
  readonly layer: Layer;
  readonly nodeIndex: number;
  readonly tensorIndex: number;
}

/** A tensor of the layer graph: shape and dtype, no values. Made by `Input` and by calling layers. */
export class KerasTensor {
  readonly shape: SymbolicShape;
  /** What the elements will be stored and computed as. */
  readonly dtype: DType;
  /** What Keras calls the dtype. */
  readonly dtypeName: string;
  readonly name: string;
  /** @internal null until the call that makes the tensor is recorded. */
  history: History | null = null;

  constructor(shape: SymbolicShape, dtypeName = 'float32', name?: string) {
    this.shape = [...shape];
    this.dtype = nearestDType(dtypeName);
    this.dtypeName = dtypeName;
    this.name = name ?? uniqueName('keras_tensor');
  }

  get rank(): number {
    return this.shape.length;
  }

  /** @throws ValueError: there is no value. Ops get here when one is applied to a symbolic tensor directly. */
  asTensor(): KerasTensor {
    throw new ValueError(
      `KerasTensor "${this.name}" is symbolic: it has a shape and a dtype, but no values. ` +
        'Use it as the input of layers, models and the functions of `ops`; wrap other computations in a Lambda layer.',
    );
  }

  /** @throws TypeError where a number is wanted, as in `x > 0`: a symbolic tensor has none. */
  [Symbol.toPrimitive](hint: 'default' | 'number' | 'string'): string {
    if (hint === 'number') {
      throw new TypeError(
        `${this.toString()} is a symbolic KerasTensor without values: it cannot be compared or calculated with in ` +
          'JavaScript. Use the functions of `ops`, such as ops.greater(x, 0) and ops.where.',
      );
    }
    return this.toString();
  }

  toString(): string {
    const dims = this.shape.map(dim => (dim === null ? 'None' : String(dim))).join(', ');
    return `<KerasTensor shape=(${dims}), dtype=${this.dtypeName}, name=${this.name}>`;
  }
}

showInConsole(KerasTensor);

/** The symbolic tensors anywhere inside of a value. */
export function symbolicTensorsIn(value: unknown): KerasTensor[] {
  if (value instanceof KerasTensor) return [value];
  if (Array.isArray(value)) {
    // Long arrays of numbers are data, not structures.
    if (typeof value[0] === 'number') return [];
    return value.flatMap(symbolicTensorsIn);
  }
  return isDict(value)
    ? Object.keys(value)
        .sort()
        .flatMap(key => symbolicTensorsIn(value[key]))
    : [];
}

/** One call of a layer on symbolic tensors. */
export class Node {
  readonly layer: Layer;
  /** What the layer was called with, positional arguments first. */
  readonly args: readonly unknown[];
  readonly kwargs: { readonly [name: string]: unknown };
  readonly outputs: Structure<KerasTensor>;
  readonly inputTensors: readonly KerasTensor[];
  readonly outputTensors: readonly KerasTensor[];

  constructor(
    layer: Layer,
    args: readonly unknown[],
    kwargs: { readonly [name: string]: unknown },
    outputs: Structure<KerasTensor>,
  ) {
    this.layer = layer;
    this.args = args;
    this.kwargs = kwargs;
    this.outputs = outputs;
    this.inputTensors = [...args.flatMap(symbolicTensorsIn), ...symbolicTensorsIn(kwargs)];
    this.outputTensors = flatten(outputs);
    const nodeIndex = layer.inboundNodes.length;
    this.outputTensors.forEach((tensor, tensorIndex) => {
      tensor.history = { layer, nodeIndex, tensorIndex };
    });
    layer.inboundNodes.push(this);
    for (const parent of this.parents) parent.layer.outboundNodes.push(this);
  }

  /** Whether this node is an Input's. */
  get isInput(): boolean {
    return this.inputTensors.length === 0;
  }

  /** The nodes whose outputs this one reads, without repetition. */
  get parents(): Node[] {
    return [
      ...new Set(
        this.inputTensors.flatMap(({ history }) => (history ? [history.layer.inboundNodes[history.nodeIndex]!] : [])),
      ),
    ];
  }
}
