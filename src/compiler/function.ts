// Functions of tensors, compiled to programs.

import { asTensor, fromTypedArray, type TensorLike } from '../graph/apply.js';
import { parameter } from '../graph/leaves.js';
import type { Spec, Tensor } from '../graph/tensor.js';
import { trace } from '../graph/trace.js';
import { engine } from '../runtime/engine.js';
import { compile } from './compile.js';
import type { Graph } from './graph.js';
import type { Program, Slot } from './program.js';
import './evaluate.js';

/** A function of tensors with fixed shapes, as one program. Variables assigned inside are updated by each run. */
export class CompiledFunction {
  readonly #graph: Graph;
  #program: Program;

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#program = compile(graph);
  }

  /** The program, compiled anew if the number of threads has grown since. */
  get program(): Program {
    if (this.#program.threads < engine().threads) {
      this.#program.dispose();
      this.#program = compile(this.#graph);
    }
    return this.#program;
  }

  /** Where to write the inputs before each run. */
  get inputs(): readonly Slot[] {
    return this.program.parameters;
  }

  /** Where to read the outputs after a run, before any other program runs. */
  get outputs(): readonly Slot[] {
    return this.#program.outputs;
  }

  run(): void {
    this.#program.run();
  }

  /** The outputs of the last run as tensors, before any other program runs. */
  results(): Tensor[] {
    return this.outputs.map((slot, i) => fromTypedArray(slot.read(), slot.shape, this.#graph.outputs[i]!.dtypeName));
  }

  dispose(): void {
    this.#program.dispose();
  }
}

/**
 * Traces `fn` on parameters of the given shapes and dtypes and compiles what it returns and the variables it assigns.
 * `fn` runs once, now.
 */
export function compileFunction(specs: readonly Spec[], fn: (inputs: Tensor[]) => readonly Tensor[]): CompiledFunction {
  const parameters = specs.map(parameter);
  const { result, updates } = trace(() => fn(parameters));
  return new CompiledFunction({ parameters, outputs: [...result], updates: [...updates] });
}

/**
 * A compiled version of `fn`: traced and compiled once per combination of argument shapes and dtypes, then run at each
 * call. Variables that `fn` assigns are updated. `fn` must not depend on anything else that changes.
 */
export function jit<R extends Tensor | readonly Tensor[]>(fn: (...args: Tensor[]) => R): (...args: TensorLike[]) => R {
  const cache = new Map<string, { compiled: CompiledFunction; single: boolean }>();
  return (...args) => {
    const tensors = args.map(arg => asTensor(arg));
    const key = tensors.map(({ shape, dtypeName }) => `${dtypeName}[${shape}]`).join();
    let entry = cache.get(key);
    if (!entry) {
      let single = false;
      const compiled = compileFunction(tensors, inputs => {
        const result = fn(...inputs);
        single = !Array.isArray(result);
        return (single ? [result] : result) as readonly Tensor[];
      });
      entry = { compiled, single };
      cache.set(key, entry);
    }
    const { compiled, single } = entry;
    const data = tensors.map(tensor => tensor.data());
    compiled.inputs.forEach((slot, i) => slot.write(data[i]!));
    compiled.run();
    const results = compiled.results();
    return (single ? results[0] : results) as R;
  };
}
