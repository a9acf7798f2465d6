// What is known about a model's outputs when losses and metrics are matched with them.

import { isKerasObject } from '../config.js';
import type { Spec } from '../graph/tensor.js';
import { formatShape, type Shape } from '../shape.js';
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

/** Calls `fn` for each loss or metric that was named, or is no object at all, so that mistakes are found before anything changes. */
export function forEachIdentifier(spec: unknown, fn: (identifier: never) => unknown): void {
  if (Array.isArray(spec)) for (const each of spec) forEachIdentifier(each, fn);
  else if (isDict(spec) && !isKerasObject(spec)) for (const each of Object.values(spec)) forEachIdentifier(each, fn);
  else if (spec !== null && spec !== undefined && !['function', 'object'].includes(typeof spec)) fn(spec as never);
}

/** Shapes of one output for errors. */
export function describeShapes(
  { name }: Output,
  target: Spec | null | undefined,
  prediction: Spec,
  weight: Spec | null | undefined,
): string {
  const parts = [
    ...(target ? [`targets of shape ${formatShape(target.shape)}`] : []),
    `outputs of shape ${formatShape(prediction.shape)}`,
    ...(weight ? [`sampleWeight of shape ${formatShape(weight.shape)}`] : []),
  ];
  return `${name === null ? '' : `for output "${name}" `}with ${parts.join(', ')}:`;
}
