// The state that outlives single objects.

import { resetNames } from '../naming.js';
import { resetGlobalGenerator } from '../random/seed.js';

/** Starts automatic names and the global SeedGenerator anew. Seeds and settings stay. Keras: clear_session. */
export function clearSession(): void {
  resetNames();
  resetGlobalGenerator();
}
