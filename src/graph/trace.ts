// Tracing: while a function is traced, assignments to variables are recorded instead of carried out, and reading a
// variable gives what was assigned last. A training step is one such trace.

import type { Tensor } from './tensor.js';
import type { BaseVariable } from './variable.js';

export type Updates = Map<BaseVariable, Tensor>;

let current: Updates | null = null;

/** The updates recorded so far by the trace going on; null outside of one. */
export function tracedUpdates(): Updates | null {
  return current;
}

/** Runs `fn`, which builds graph and computes nothing, and returns its result with the assignments it made. */
export function trace<T>(fn: () => T): { result: T; updates: Updates } {
  const outer = current;
  const updates: Updates = new Map();
  current = updates;
  try {
    return { result: fn(), updates };
  } finally {
    current = outer;
  }
}
