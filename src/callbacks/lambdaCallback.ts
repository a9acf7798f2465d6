// A callback made of functions.

import { callable } from '../callable.js';
import { ValueError } from '../errors.js';
import { Callback, type CallbackHooks } from './callback.js';

class LambdaCallbackBase extends Callback {
  constructor(hooks: CallbackHooks = {}) {
    super();
    checkHooks(hooks);
    Object.assign(this, hooks);
  }
}

/** @throws ValueError for what has no hooks, or one that there is not; other fields may be what they like */
function checkHooks(hooks: unknown): void {
  if (typeof hooks !== 'object' || hooks === null) {
    throw new ValueError(
      'Expected callbacks to be objects, such as EarlyStopping({ patience: 2 }) or { onEpochEnd: (epoch, logs) => ... }. ' +
        `Received: ${typeof hooks === 'function' ? `the class or function ${hooks.name}` : JSON.stringify(hooks)}.`,
    );
  }
  const known = Object.getOwnPropertyNames(Callback.prototype).filter(name => /^on[A-Z]/.test(name));
  const unknown = Object.keys(hooks).filter(name => /^on[A-Z]/.test(name) && !known.includes(name));
  if (unknown.length > 0)
    throw new ValueError(`Callbacks have no hook \`${unknown[0]}\`. Expected some of: ${known.join(', ')}.`);
}

/** `LambdaCallback({ onEpochEnd: (epoch, logs) => console.log(epoch, logs.loss) })`. */
export const LambdaCallback = callable(LambdaCallbackBase);
