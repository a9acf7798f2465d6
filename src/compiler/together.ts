// Assignments in one go, for code that may run inside of a trace or outside.

import { trace, tracedUpdates } from '../graph/trace.js';
import { evaluate } from './evaluate.js';

/**
 * Runs `fn` and carries out all its assignments at the end, computed by one program: they share what they have in
 * common. Inside of a trace it just runs `fn`. `fn` must not ask for the data of tensors that depend on its assignments.
 */
export function together<T>(fn: () => T): T {
  if (tracedUpdates()) return fn();
  const { result, updates } = trace(fn);
  const values = evaluate([...updates.values()]);
  for (const [i, variable] of [...updates.keys()].entries()) variable.write(values[i]!);
  return result;
}
