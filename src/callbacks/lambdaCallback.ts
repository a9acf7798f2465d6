// A callback made of functions.

import { callable } from '../callable.js';
import { Callback, type CallbackHooks } from './callback.js';

class LambdaCallbackBase extends Callback {
  constructor(hooks: CallbackHooks = {}) {
    super();
    Object.assign(this, hooks);
  }
}

/** `LambdaCallback({ onEpochEnd: (epoch, logs) => console.log(epoch, logs.loss) })`. */
export const LambdaCallback = callable(LambdaCallbackBase);
