// What is known about a model's outputs when losses and metrics are matched with them.

import { isKerasObject } from '../config.js';
import type { Spec } from '../graph/tensor.js';
import type { Shape } from '../shape.js';
import { isDict } from '../structure.js';

/** One output with its targets. */
export interface Output {
  /** The name under which losses and metrics can be given for it; null where outputs have no names. */
  readonly name: string | null;
  readonly prediction: Spec;
  /** null where no targets were passed. */
  readonly target: Spec | null;
}

/** Whether targets and predictions are those of two classes, or of many with integer targets. */
export function classification(target: Shape, prediction: Shape): 'binary' | 'sparse' | 'categorical' {
  if (prediction.at(-1) === 1) return 'binary';
  return target.length < prediction.length || target.at(-1) === 1 ? 'sparse' : 'categorical';
}

/** The names of outputs for errors. */
export function namesOf(outputs: readonly Output[]): string {
  return outputs.map(({ name }, i) => name ?? `output ${i}`).join(', ');
}

/** Calls `fn` for each name in losses or metrics, so that unknown ones are found before anything changes. */
export function forEachName(spec: unknown, fn: (name: string) => unknown): void {
  if (typeof spec === 'string') fn(spec);
  else if (Array.isArray(spec)) for (const each of spec) forEachName(each, fn);
  else if (isDict(spec) && !isKerasObject(spec)) for (const each of Object.values(spec)) forEachName(each, fn);
}
