// Tensors and nodes of the op graph. A tensor is one output of a node; its shape is always fully known, its data
// exists only once somebody asks for it. Nothing is computed here.

import type { DType, TypedArray } from '../dtype.js';
import { showInConsole } from '../inspect.js';
import { type NestedArray, nested } from '../ndarray.js';
import { formatShape, type Shape, sizeOf } from '../shape.js';
import type { Attrs, OpDef } from './op.js';

/** Shape and dtype: all that op rules look at. */
export interface Spec {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** One application of an op. Immutable. */
export interface Node {
  /** Counts up as nodes are made, so inputs always have smaller ids than the nodes that read them. */
  readonly id: number;
  readonly op: OpDef;
  readonly inputs: readonly Tensor[];
  readonly attrs: Attrs;
  readonly outputs: readonly Tensor[];
}

/** Computes the data of tensors: the compiler's `evaluate`. */
export type Evaluator = (tensors: readonly Tensor[]) => TypedArray[];
let evaluate: Evaluator | undefined;

/** The one place where a lower floor calls upward: tensors are lazy, and only the compiler can compute them. */
export function setEvaluator(evaluator: Evaluator): void {
  evaluate = evaluator;
}

let keeping = false;

/** Runs `fn`; tensors whose data somebody asks for meanwhile keep the graph behind them, so that gradients still reach it. */
export function keepingGraphs<T>(fn: () => T): T {
  const outer = keeping;
  keeping = true;
  try {
    return fn();
  } finally {
    keeping = outer;
  }
}

/** Computes the tensors that have no value yet, all in one program. */
export function settleAll(tensors: readonly Tensor[]): void {
  const pending = tensors.filter(tensor => !tensor.value);
  if (pending.length === 0) return;
  const values = evaluate!(pending);
  pending.forEach((tensor, i) => {
    if (keeping) tensor.know(values[i]!);
    else tensor.settle(values[i]!);
  });
}

/** A multi-dimensional array, as a value known already or as the output of a node that is computed when asked for. */
export class Tensor implements Spec {
  readonly shape: Shape;
  /** What the elements are stored and computed as. */
  readonly dtype: DType;
  /** What Keras calls the dtype: the same as `dtype`, or a name that it stands for, such as uint8 or float16. */
  readonly dtypeName: string;
  #node: Node | null;
  #data: TypedArray | null;
  #computed = false;

  /** @internal Use `constant` or an op. */
  constructor(spec: Spec, node: Node | null, data: TypedArray | null, dtypeName: string = spec.dtype) {
    this.shape = spec.shape;
    this.dtype = spec.dtype;
    this.dtypeName = dtypeName;
    this.#node = node;
    this.#data = data;
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** Number of axes. */
  get rank(): number {
    return this.shape.length;
  }

  /** @internal What computes this tensor; null once its data is known. */
  get node(): Node | null {
    return this.#node;
  }

  /** @internal The data, if known already. */
  get value(): TypedArray | null {
    return this.#data;
  }

  /** @internal Fixes the data: the tensor becomes a constant and lets go of the graph behind it. */
  settle(data: TypedArray): void {
    this.#data = data;
    this.#computed = true;
    this.#node = null;
  }

  /** @internal Notes the data; the graph behind the tensor stays. */
  know(data: TypedArray): void {
    this.#data = data;
  }

  /** @internal Whether the data came out of a computation that the tensor has let go of. */
  get computed(): boolean {
    return this.#computed;
  }

  /** The elements in row-major order, computed now if need be. bool comes as a Uint8Array of 0 and 1. */
  data(): TypedArray {
    settleAll([this]);
    return this.#data!;
  }

  /** The elements as nested arrays of numbers (booleans for bool); a plain number for a scalar. */
  array(): NestedArray {
    const data = this.data();
    return this.dtype === 'bool' ? nested(this.shape, i => data[i] !== 0) : nested(this.shape, i => data[i]!);
  }

  /** The only element. */
  item(): number {
    const data = this.data();
    if (data.length !== 1)
      throw new TypeError(`item() needs a tensor of one element. Received shape ${formatShape(this.shape)}.`);
    return data[0]!;
  }

  toString(): string {
    return `<Tensor shape=${formatShape(this.shape)}, dtype=${this.dtypeName}>`;
  }
}

export type { NestedArray };

showInConsole(Tensor, tensor => keepingGraphs(() => tensor.array()));
