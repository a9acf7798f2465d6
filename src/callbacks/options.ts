// The options of callbacks: none may be misspelt.

import { ValueError } from '../errors.js';

/** @throws ValueError if there is something in `rest`, which is what a callback does not know */
export function noOtherOptions(title: string, rest: object, known: readonly string[]): void {
  const [unknown] = Object.keys(rest);
  if (unknown === undefined) return;
  throw new ValueError(`${title} has no option \`${unknown}\`. Expected some of: ${known.join(', ')}.`);
}

/** @throws ValueError unless each value is a whole number from 0 */
export function wholeNumbers(title: string, values: { readonly [option: string]: number }): void {
  for (const [option, value] of Object.entries(values)) {
    if (Number.isInteger(value) && value >= 0) continue;
    throw new ValueError(`${title}: expected ${option} to be a whole number from 0. Received: ${String(value)}.`);
  }
}
