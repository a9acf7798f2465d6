// The compiled steps of a model: one for each way of running it (train, test, predict) and signature of batches.

import type { AnyLogs } from '../callbacks/callback.js';
import { type CompiledFunction, compileFunction } from '../compiler/function.js';
import type { Program } from '../compiler/program.js';
import type { Signature } from '../data/batches.js';
import type { Tensor } from '../graph/tensor.js';
import { type Step, toLogs } from './step.js';

export type Mode = 'train' | 'test' | 'predict';

export class StepCache {
  readonly #steps = new Map<string, { readonly title: string; readonly step: Step }>();
  /** Reads the metrics: a program of its own, since most batches are run without anybody looking. */
  #results: { readonly names: readonly string[]; readonly program: CompiledFunction } | null = null;
  #last: { readonly mode: Mode; readonly signature: Signature; readonly step: Step } | null = null;
  #dependencies = '';

  /** The step for batches of a signature; `make` compiles it when it is first needed. */
  step(mode: Mode, signature: Signature, make: () => Step): Step {
    const last = this.#last;
    if (last && last.signature === signature && last.mode === mode) return last.step;
    const key = `${mode} ${signature.key}`;
    let entry = this.#steps.get(key);
    if (!entry) {
      const shapes = signature.specs.map(({ shape, dtype }) => `${dtype}[${shape}]`).join(' ');
      entry = { title: `${mode} ${shapes}`, step: make() };
      this.#steps.set(key, entry);
    }
    this.#last = { mode, signature, step: entry.step };
    return entry.step;
  }

  /** The values of results by name. `results` is traced when the program is first needed. */
  read(results: () => { readonly [name: string]: Tensor }): AnyLogs {
    if (!this.#results) {
      let names: string[] = [];
      const program = compileFunction([], () => {
        const tensors = results();
        names = Object.keys(tensors);
        return Object.values(tensors);
      });
      this.#results = { names, program };
    }
    const { names, program } = this.#results;
    program.run();
    return toLogs(
      names,
      program.outputs.map(slot => slot.read()),
    );
  }

  /** The compiled programs by the way of running and the arrays of a batch, such as `train float32[32,784] int32[32]`. */
  programs(): Map<string, Program> {
    const found = new Map<string, Program>();
    for (const { title, step } of this.#steps.values()) if (step.program) found.set(title, step.program);
    if (this.#results) found.set('metrics', this.#results.program.program);
    return found;
  }

  /** Drops all steps if what they depend on is not what it was. */
  dependOn(dependencies: string): void {
    if (dependencies !== this.#dependencies) this.clear();
    this.#dependencies = dependencies;
  }

  clear(): void {
    for (const { step } of this.#steps.values()) step.dispose();
    this.#results?.program.dispose();
    this.#steps.clear();
    this.#results = null;
    this.#last = null;
  }
}
