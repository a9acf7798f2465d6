// What surrounds a layer's call: the training flag handed down to nested layers, and the scopes that form paths.

interface CallContext {
  /** The layer whose call came from outside; its losses are collected anew. */
  readonly entry: object;
  training: boolean | undefined;
}

let current: CallContext | null = null;
const scopes: { readonly name: string; readonly owner: object }[] = [];

/**
 * Runs `fn` as the call of `layer`. `training` counts from here inwards; undefined keeps what is in force.
 * `onEntry` runs if this is the outermost call.
 */
export function withCall<T>(
  layer: object,
  training: boolean | undefined,
  onEntry: () => void,
  fn: (training: boolean | undefined) => T,
): T {
  const outer = current;
  if (!outer) onEntry();
  const inForce = training ?? outer?.training ?? learningPhase;
  current = { entry: outer?.entry ?? layer, training: inForce };
  try {
    return fn(inForce);
  } finally {
    current = outer;
  }
}

/** Runs `fn` as if no layer were being called. */
export function outsideCalls<T>(fn: () => T): T {
  const outer = current;
  current = null;
  try {
    return fn();
  } finally {
    current = outer;
  }
}

let weightsMade = 0;

/** How many weights layers have made so far: as long as it stands still, no model has got new ones. */
export function weightCount(): number {
  return weightsMade;
}

export function noteNewWeight(): void {
  weightsMade++;
}

let learningPhase: boolean | undefined;

/** The value of `training` for calls that do not say it; undefined (inference) unless set. */
export function setDefaultTraining(training: boolean | undefined): void {
  learningPhase = training;
}

/** The value of `training` for calls that do not say it. */
export function defaultTraining(): boolean | undefined {
  return learningPhase;
}

/** Whether the layers around this call are being trained; the default outside of all calls. */
export function trainingInForce(): boolean {
  return current?.training ?? learningPhase ?? false;
}

/** Whether a layer is being called. */
export function insideCall(): boolean {
  return current !== null;
}

/** The path of the scopes in force, such as `sequential/dense`; empty outside of all layers. */
export function currentPath(): string {
  return scopes.map(scope => scope.name).join('/');
}

/** Runs `fn` within `owner`'s scope. Entering a scope from itself adds nothing. */
export function withScope<T>(owner: object, name: string, fn: () => T): T {
  if (scopes.at(-1)?.owner === owner) return fn();
  scopes.push({ name, owner });
  try {
    return fn();
  } finally {
    scopes.pop();
  }
}

/** Runs `fn` within the scope called `path` and no other. */
export function withRootScope<T>(owner: object, path: string, fn: () => T): T {
  const outer = scopes.splice(0, scopes.length, { name: path, owner });
  try {
    return fn();
  } finally {
    scopes.splice(0, scopes.length, ...outer);
  }
}
