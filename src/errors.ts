// The errors that users meet. Each message names what was wrong, what was expected, what came, and what to do.

/** An argument has the right type but a value that cannot work. The counterpart of Python's ValueError. */
export class ValueError extends Error {
  override readonly name: string = 'ValueError';
}

/** Tensor shapes that do not fit together, or do not fit a layer. */
export class ShapeError extends ValueError {
  override readonly name: string = 'ShapeError';
}

/** Runs `fn`; a mistake found in it is said to be one of what `where` names. */
export function inContext<T>(where: () => string, fn: () => T): T {
  try {
    return fn();
  } catch (error) {
    if (error instanceof ValueError) error.message = `${where()} ${error.message}`;
    throw error;
  }
}

/** More WebAssembly memory than the engine allows. */
export class OutOfMemoryError extends Error {
  override readonly name: string = 'OutOfMemoryError';
}
