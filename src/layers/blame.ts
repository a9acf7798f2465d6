// Errors that come up inside of a layer say which one it was.

import { ValueError } from '../errors.js';

const named = new WeakSet<Error>();

/** Runs `fn` on behalf of a layer. The innermost layer puts its name in front of an error's message. */
export function onBehalfOf<T>(layer: { readonly name: string; readonly className: string }, fn: () => T): T {
  try {
    return fn();
  } catch (error) {
    if (error instanceof ValueError && !named.has(error)) {
      named.add(error);
      if (!new RegExp(`['"/]${escaped(layer.name)}['"/]`).test(error.message)) {
        const { message } = error;
        error.message = `${layer.className} "${layer.name}": ${message}`;
        // What is printed of an error that nobody caught.
        if (error.stack) error.stack = error.stack.replace(message, () => error.message);
      }
    }
    throw error;
  }
}

function escaped(name: string): string {
  return name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
