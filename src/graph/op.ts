// What an op is: its shape rule, its gradient and its lowering to kernels, together in one definition.

import type { DType } from '../dtype.js';
import type { KernelArgs } from '../runtime/kernels.generated.js';
import type { Location, Pointer } from '../runtime/pointer.js';
import type { Node, Spec, Tensor } from './tensor.js';

/** Plain data that distinguishes one use of an op from another: part of the key under which programs are cached. */
export type Attrs = { readonly [name: string]: unknown };

/** A tensor that has a place in memory: what `emit` gets. Can be passed as a kernel's pointer argument. */
export interface Place extends Spec, Location {
  /** Number of elements. */
  readonly size: number;
}

/** Collects the instructions of a program. */
export interface Emitter {
  /** Threads the program is compiled for: for splitting work and sizing workspaces. */
  readonly threads: number;
  /**
   * Appends one call of a kernel. `parallel` decides whether all threads take part: pass `true`/`false`, or the
   * approximate number of scalar operations and let the emitter decide. `tail`: words behind the fixed arguments.
   */
  call<K extends keyof KernelArgs>(
    kernel: K,
    args: KernelArgs[K],
    work: number | boolean,
    tail?: readonly Pointer[],
  ): void;
  /** Scratch memory that lives while this node's instructions run. Its content is undefined at first. */
  workspace(bytes: number): Location;
  /**
   * Memory whose content depends on `source` alone, such as packed weights: `fill` appends the instructions that
   * compute it. Where the source keeps its value from run to run, they run again only after it has changed.
   */
  derived(source: Place, bytes: number, fill: (k: Emitter, to: Location) => void): Location;
}

// biome-ignore lint/suspicious/noExplicitAny: a node does not know its op's attributes, and a rule takes exactly its own
export interface OpDef<A extends Attrs = any> {
  readonly name: string;
  /** Shapes and dtypes of the outputs. @throws ShapeError or ValueError, saying what was expected and what came. */
  infer(inputs: readonly Spec[], attrs: A): Spec[];
  /**
   * Vector-Jacobian product: the cotangents of the inputs, written with other ops so that it can be differentiated
   * again. `dy` has one cotangent per output (zeros where nobody asked). undefined: no gradient flows to that input.
   * The string 'none' marks an op that is deliberately not differentiable (integer results, comparisons, bits).
   */
  readonly vjp: 'none' | ((node: Node & { readonly attrs: A }, dy: readonly Tensor[]) => (Tensor | undefined)[]);
  /** Appends the instructions that compute `outputs` from `inputs`. */
  emit(k: Emitter, node: { inputs: readonly Place[]; outputs: readonly Place[]; attrs: A }): void;
  /**
   * Pairs [output, input] that may share memory: the kernels read every element of the input before, or at the moment
   * when, they write the same element of the output. The compiler uses it only where the input is not needed later.
   */
  readonly inPlace?: readonly (readonly [output: number, input: number])[];
  /** For element-wise ops: the micro-operation that the fused kernel runs, by the dtype of the last input. */
  readonly elementwise?: Readonly<Partial<Record<DType, number>>>;
  /**
   * For products of two inputs that can add a bias along the last axis (as a third input) and apply an activation (the
   * attribute `activation`: 'linear' or the name of its op) as they store. The compiler moves both into them.
   */
  readonly epilogue?: { readonly activations: readonly string[] };
  /** Only the output's shape differs: no instruction, the output is the input's memory. */
  readonly view?: true;
}

/** Type-checks a definition without widening it. */
export function defineOp<A extends Attrs>(def: OpDef<A>): OpDef<A> {
  return def;
}

/** Attrs as text, the same for equal ones only: JSON by itself writes NaN and both infinities as null, and -0 as 0. */
export function attrsKey(attrs: Attrs): string {
  const special = (value: unknown) => typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0));
  return JSON.stringify(attrs, (_, value) =>
    special(value) ? `number ${Object.is(value, -0) ? '-0' : value}` : value,
  );
}
