// How functions that load data sets take their options.

import { type AnyFunction, bindArguments, type Named } from '../named.js';
import { isDict } from '../structure.js';

/** Values for the options of these names. */
type Values<O, Names extends readonly (keyof O)[]> = Partial<{ [I in keyof Names]: O[Names[I]] }>;

/**
 * `load` with its options by name, or by position in the order of `options`, as in Keras: `loadData({ numWords: 1000 })`,
 * `loadData(undefined, 1000)`. @throws ValueError for an option that does not exist.
 */
export function loader<O extends object, R, const Names extends readonly (keyof O & string)[]>(
  name: string,
  load: (options: O) => Promise<R>,
  ...options: Names
): Named<(...values: Values<O, Names>) => Promise<R>, Names> {
  const call = async (...args: unknown[]): Promise<R> => {
    const bound = bindArguments(name, options, args.length === 1 && isDict(args[0]) ? [undefined, ...args] : args);
    const given = Object.entries(bound).filter(([option, value]) => option !== 'path' || value !== null);
    return load(Object.fromEntries(given) as O);
  };
  return call as AnyFunction as Named<(...values: Values<O, Names>) => Promise<R>, Names>;
}
