// Variables: the values that outlive a program run (weights, optimizer slots, metric state, seeds). Each has its own
// place in WebAssembly memory, which programs read and update there.

import { type DType, newArray, type TypedArray } from '../dtype.js';
import { ShapeError, ValueError } from '../errors.js';
import { showInConsole } from '../inspect.js';
import { engine } from '../runtime/engine.js';
import type { Buffer } from '../runtime/pointer.js';
import { formatShape, type Shape, sameShape, sizeOf } from '../shape.js';
import { apply, asTensor, type TensorConvertible, type TensorLike } from './apply.js';
import { type Attrs, defineOp } from './op.js';
import { type NestedArray, type Spec, Tensor } from './tensor.js';
import { tracedUpdates } from './trace.js';

interface VariableAttrs extends Attrs {
  readonly variable: BaseVariable;
}

/** The value a variable has when a program starts. */
export const variableOp = defineOp<VariableAttrs>({
  name: 'variable',
  infer: (_, { variable }) => [{ shape: variable.shape, dtype: variable.dtype }],
  vjp: () => [],
  emit: () => {},
});

/** What a variable is to hold: elements, or a tensor that is computed when they are needed; zeros without. */
export interface VariableInit extends Spec {
  /** What Keras calls the dtype. Default: the dtype. */
  readonly dtypeName?: string;
  readonly data?: TypedArray | Tensor | undefined;
}

export interface VariableOptions {
  readonly name?: string;
  readonly trainable?: boolean;
}

const memory = new FinalizationRegistry<number>(address => engine().heap.free(address));
let nextId = 0;
let disposals = 0;

/** @internal How many variables have been disposed of so far: when it changes, programs look after theirs. */
export function disposalCount(): number {
  return disposals;
}

/** The memory of a tensor whose value can change, and how programs and traces reach it. `ops/variable.ts` adds arithmetic. */
export class BaseVariable implements Spec, TensorConvertible {
  readonly id = nextId++;
  readonly shape: Shape;
  readonly dtype: DType;
  /** What Keras calls the dtype. */
  readonly dtypeName: string;
  name: string;
  trainable: boolean;
  /** Where the variable lives: 'fixed' space. */
  readonly buffer: Buffer;
  /** The tensor that traces read. */
  readonly #leaf: Tensor;
  /** A tensor read outside of a trace since the last change: it must keep the value of then. */
  #exposed: WeakRef<Tensor> | null = null;
  /** What the first value will be: it is computed when somebody asks, as models are often made to be loaded or described. */
  #pending: Tensor | null = null;
  #disposed = false;
  #version = 0;

  constructor(init: VariableInit, { name = 'variable', trainable = true }: VariableOptions = {}) {
    this.shape = [...init.shape];
    this.dtype = init.dtype;
    this.dtypeName = init.dtypeName ?? init.dtype;
    this.name = name;
    this.trainable = trainable;
    const size = sizeOf(init.shape);
    const address = engine().heap.allocate(4 * size);
    this.buffer = { bytes: 4 * size, space: 'fixed', offset: address };
    memory.register(this, address, this);
    this.#leaf = apply(variableOp, [], { variable: this }, this.dtypeName);
    if (init.data instanceof Tensor) this.#begin(init.data);
    else if (init.data) this.write(init.data);
    else engine().i32.fill(0, address / 4, address / 4 + size);
  }

  get size(): number {
    return sizeOf(this.shape);
  }

  /** @internal Counts changes of the value. */
  get version(): number {
    return this.#version;
  }

  /** The current value as a tensor; inside a trace, what the trace assigned last. */
  get value(): Tensor {
    const updates = tracedUpdates();
    if (updates) return updates.get(this) ?? this.#leaf;
    let tensor = this.#exposed?.deref();
    if (!tensor) {
      tensor = apply(variableOp, [], { variable: this }, this.dtypeName);
      this.#exposed = new WeakRef(tensor);
    }
    return tensor;
  }

  asTensor(): Tensor {
    return this.value;
  }

  /** Sets a new value of the same shape. Inside a trace the change becomes part of the program. @throws ShapeError */
  assign(value: TensorLike): void {
    const tensor = asTensor(value, this.dtype);
    if (!sameShape(tensor.shape, this.shape)) {
      throw new ShapeError(
        `Variable "${this.name}": expected a value of shape ${formatShape(this.shape)}. Received shape ${formatShape(tensor.shape)}.`,
      );
    }
    if (tensor.dtype !== this.dtype) {
      throw new ValueError(
        `Variable "${this.name}": expected dtype ${this.dtype}. Received ${tensor.dtype}; cast it first.`,
      );
    }
    const updates = tracedUpdates();
    if (updates) updates.set(this, tensor);
    else this.write(tensor.data());
  }

  /** Keeps a first value for later; within a trace it is computed now, while what it reads has the values of now. */
  #begin(value: Tensor): void {
    if (value.size !== this.size || value.value || tracedUpdates()) this.write(value.data());
    else this.#pending = value;
  }

  /** @internal Makes sure that the memory holds the value: programs read it there. */
  fill(): void {
    const value = this.#pending;
    if (!value) return;
    this.#pending = null;
    // Not a change: whoever has read the variable before has read this value.
    this.#store(value.data());
  }

  /** A copy of the current elements. */
  read(): TypedArray {
    this.checkAlive();
    this.fill();
    const start = this.buffer.offset / 4;
    const data = newArray(this.dtype, this.size);
    const source = this.dtype === 'float32' ? engine().f32 : engine().i32;
    data.set(source.subarray(start, start + data.length));
    return data;
  }

  /** The same as a tensor has it: a copy of the elements. */
  data(): TypedArray {
    return this.value.data();
  }

  /** The value as nested arrays. */
  array(): NestedArray {
    return this.value.array();
  }

  /** The value of a variable of one element. @throws TypeError for others */
  item(): number {
    return this.value.item();
  }

  /** Sets the elements, converted to the variable's dtype. @throws ShapeError if the count differs. */
  write(data: ArrayLike<number>): void {
    this.checkAlive();
    if (data.length !== this.size) {
      throw new ShapeError(
        `Variable "${this.name}": expected ${this.size} elements for shape ${formatShape(this.shape)}. Received ${data.length}.`,
      );
    }
    this.changing();
    this.#pending = null;
    this.#store(data);
  }

  #store(data: ArrayLike<number>): void {
    (this.dtype === 'float32' ? engine().f32 : engine().i32).set(data, this.buffer.offset / 4);
  }

  /** @internal Called before the value changes: lets tensors read earlier keep their value. */
  changing(): void {
    this.#version++;
    if (this.#exposed === null) return;
    const tensor = this.#exposed.deref();
    this.#exposed = null;
    if (tensor?.node) tensor.settle(this.read());
  }

  /** Frees the memory now instead of when the variable is collected. Whatever needs the variable afterwards throws. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    disposals++;
    this.#pending = null;
    memory.unregister(this);
    engine().heap.free(this.buffer.offset);
  }

  toString(): string {
    return `<Variable ${this.name} shape=${formatShape(this.shape)}, dtype=${this.dtypeName}>`;
  }

  /** @internal @throws ValueError if the variable has been disposed of */
  checkAlive(): void {
    if (this.#disposed) throw new ValueError(`Variable "${this.name}" has been disposed of and has no value any more.`);
  }
}

showInConsole(BaseVariable, variable => {
  variable.checkAlive();
  return variable.value.array();
});
