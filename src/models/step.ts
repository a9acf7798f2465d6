// A step on a batch, as a compiled program or op by op.

import type { AnyLogs } from '../callbacks/callback.js';
import { evaluate } from '../compiler/evaluate.js';
import { compileFunction } from '../compiler/function.js';
import type { Program } from '../compiler/program.js';
import type { BatchTarget, Feed, Signature } from '../data/batches.js';
import { newArray } from '../dtype.js';
import { fromTypedArray } from '../graph/apply.js';
import { parameter } from '../graph/leaves.js';
import { keepingGraphs, type Spec, settleAll, type Tensor } from '../graph/tensor.js';
import type { Structure } from '../structure.js';

/** Inputs, targets and weights of a batch: what `trainStep` and `testStep` get. */
export type StepData = readonly [
  x: Structure<Tensor | null>,
  y: Structure<Tensor | null> | null,
  sampleWeight: Structure<Tensor | null> | null,
];

/** What a step gives: tensors, and their names if they are values for the logs. */
export interface StepResult {
  readonly tensors: readonly Tensor[];
  readonly names: readonly string[] | null;
}

export interface Step {
  run(feed: Feed): void;
  /** The tensors of the last run. To be called before any other program runs. */
  outputs(): Tensor[];
  /** The named values of the last run; null if the step names none. */
  logs(): AnyLogs | null;
  dispose(): void;
  /** What runs; null where nothing is compiled. */
  readonly program: Program | null;
}

/** Traces `fn` on a batch of the signature and compiles it. Runs allocate nothing. */
export function compiledStep(signature: Signature, fn: (data: StepData) => StepResult): Step {
  let names: readonly string[] | null = null;
  const program = compileFunction(signature.specs, inputs => {
    const result = fn(dataOf(signature, inputs));
    names = result.names;
    return result.tensors;
  });
  return {
    run(feed) {
      feed.fill(program.inputs);
      program.run();
    },
    outputs: () => program.results(),
    logs: () =>
      names &&
      toLogs(
        names,
        program.outputs.map(slot => (slot.size === 1 ? [slot.item()] : slot.read())),
      ),
    dispose: () => program.dispose(),
    get program() {
      return program.program;
    },
  };
}

/**
 * Calls `fn` anew for each batch, on tensors with values, for looking at what each op gives: `console.log(x)`, `x.data()`
 * or a debugger work anywhere in `fn`, before gradients are taken as well as after.
 */
export function eagerStep(fn: (data: StepData) => StepResult): Step {
  let result: StepResult = { tensors: [], names: null };
  return {
    run(feed) {
      const arrays = feed.signature.specs.map(spec => new BatchArray(spec));
      feed.fill(arrays);
      const tensors = arrays.map(({ tensor }) => tensor);
      result = keepingGraphs(() => fn(dataOf(feed.signature, tensors)));
      settleAll(result.tensors);
    },
    outputs: () => [...result.tensors],
    logs: () => result.names && toLogs(result.names, evaluate(result.tensors)),
    dispose() {},
    program: null,
  };
}

/** What stands for a batch where nothing is trained yet: parameters of a trace, or zeros for code that looks at values. */
export function standIns(signature: Signature, withValues: boolean): StepData {
  return dataOf(
    signature,
    signature.specs.map(spec => (withValues ? new BatchArray(spec).tensor : parameter(spec))),
  );
}

/** Named results as numbers, or as lists where they have several. */
export function toLogs(names: readonly string[], values: readonly ArrayLike<number>[]): AnyLogs {
  return Object.fromEntries(
    names.map((name, i) => [name, values[i]!.length === 1 ? values[i]![0]! : Array.from(values[i]!)]),
  );
}

function dataOf(signature: Signature, tensors: readonly Tensor[]): StepData {
  const { x, y, sampleWeight } = signature.unflatten(tensors);
  return [x, y, sampleWeight];
}

/** An array of a batch outside of WebAssembly memory. */
class BatchArray implements BatchTarget {
  readonly tensor: Tensor;
  readonly #data;

  constructor({ shape, dtype }: Spec) {
    this.#data = newArray(
      dtype,
      shape.reduce((size, dim) => size * dim, 1),
    );
    this.tensor = fromTypedArray(this.#data, shape, dtype);
  }

  write(data: ArrayLike<number>): void {
    this.#data.set(data);
  }

  gather(source: ArrayLike<number>, rowSize: number, indices: ArrayLike<number>, from: number, count: number): void {
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < rowSize; j++) this.#data[i * rowSize + j] = source[indices[from + i]! * rowSize + j]!;
    }
  }
}
