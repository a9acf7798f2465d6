// Whose turn it is: a model has one set of metrics, so one fit or evaluate at a time may count into it.

import type { CallbackList } from '../callbacks/callbackList.js';
import { ValueError } from '../errors.js';

/** A fit or an evaluation going on. */
export interface Run {
  readonly method: string;
  /** The run in whose callback it was started. */
  readonly outer: Run | null;
  callbacks: CallbackList | null;
  over: boolean;
}

export class Runs {
  readonly #model: { readonly name: string };
  #current: Run | null = null;

  constructor(model: { readonly name: string }) {
    this.#model = model;
  }

  /** Runs `fn` as a run of its own. @throws ValueError if it is not its turn */
  async during<T>(method: 'fit' | 'evaluate', fn: (run: Run) => Promise<T>): Promise<T> {
    this.check(method);
    const run: Run = { method, outer: this.#current, callbacks: null, over: false };
    this.#current = run;
    try {
      return await fn(run);
    } finally {
      run.over = true;
      while (this.#current?.over) this.#current = this.#current.outer;
    }
  }

  /** Callbacks may evaluate while their run waits for them; nobody may train a model that is being trained. @throws ValueError */
  check(method: string): void {
    const run = this.#current;
    if (!run || (method !== 'fit' && run.callbacks?.running)) return;
    throw new ValueError(
      `${method}: ${run.method}() is still running on model "${this.#model.name}", and both would count into the same metrics. ` +
        `Await ${run.method}() first, or use another model.`,
    );
  }

  /** Whether a run waits for what goes on now. */
  get nested(): boolean {
    return this.#current !== null;
  }

  /** @throws ValueError if something started in a callback of the run goes on after it */
  checkTurn(run: Run): void {
    if (this.#current === run) return;
    throw new ValueError(
      `${run.method}: a callback of model "${this.#model.name}" started ${this.#current?.method}() and did not wait for it. ` +
        'Make the hook async and await it.',
    );
  }
}
