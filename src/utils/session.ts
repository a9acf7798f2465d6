// The state that outlives single objects.

import { setDefaultTraining } from '../layers/context.js';
import { resetNames } from '../naming.js';
import { resetGlobalGenerator } from '../random/seed.js';

/**
 * Starts automatic names and the global SeedGenerator anew, and forgets a learning phase that was set. Seeds and settings
 * stay. Memory needs no clearing: what nobody holds any more is collected. Keras: clear_session.
 */
export function clearSession(): void {
  resetNames();
  setDefaultTraining(undefined);
  resetGlobalGenerator();
}
