// Arguments by name, as Keras's functions take them: `f(a, b)`, `f(a, { b })`, `f({ a, b })`.

import { ValueError } from './errors.js';
import { isDict } from './structure.js';

export type AnyFunction = (...args: never[]) => unknown;

/** The options object of parameters with these names and types. */
export type ByName<Names extends readonly string[], Args extends readonly unknown[]> = Names extends readonly [
  infer Name extends string,
  ...infer MoreNames extends readonly string[],
]
  ? Args extends readonly [infer Value, ...infer Values]
    ? { readonly [K in Name]: Value } & ByName<MoreNames, Values>
    : Required<Args> extends readonly [infer Value, ...infer Values]
      ? { readonly [K in Name]?: Value | undefined } & ByName<MoreNames, Partial<Values>>
      : unknown
  : unknown;

/** Some arguments by position, the rest in an options object. */
type Mixed<
  Names extends readonly string[],
  Args extends readonly unknown[],
  Done extends unknown[] = [],
> = Names extends readonly [string, ...infer MoreNames extends readonly string[]]
  ?
      | [...Done, ByName<Names, Args>]
      | (Args extends readonly [infer Value, ...infer Values]
          ? Mixed<MoreNames, Values, [...Done, Value]>
          : Required<Args> extends readonly [infer Value, ...infer Values]
            ? Mixed<MoreNames, Partial<Values>, [...Done, Value]>
            : never)
  : never;

/** A function that takes its arguments by position, the last ones by name, or all by name. */
export type Named<F extends AnyFunction, Names extends readonly string[]> = F &
  ((...args: Mixed<Names, Parameters<F>>) => ReturnType<F>);

/** `fn` with arguments by position, the last ones by name, or all by name. `parameters` are the names in order. */
export function named<F extends AnyFunction, const Names extends readonly string[]>(
  name: string,
  fn: F,
  ...parameters: Names
): Named<F, Names> {
  const call = (...args: unknown[]): unknown => {
    const bound = bindArguments(name, parameters, args);
    return fn(...(parameters.map(each => bound[each]) as never[]));
  };
  Object.defineProperty(call, 'name', { value: name });
  return call as AnyFunction as Named<F, Names>;
}

/**
 * The arguments of a call by the names of the parameters. A plain object at the end holds arguments by name; one that is
 * the only argument does so if it has nothing but names of parameters.
 * @throws ValueError for a name that is no parameter's, and for too many arguments.
 */
export function bindArguments(
  name: string,
  parameters: readonly string[],
  args: readonly unknown[],
): { [parameter: string]: unknown } {
  const last = args.at(-1);
  const isOptions = isDict(last) && (args.length > 1 || Object.keys(last).every(key => parameters.includes(key)));
  const positional = isOptions ? args.slice(0, -1) : args;
  if (positional.length > parameters.length) {
    throw new ValueError(
      `${name}: expected at most ${parameters.length} arguments (${parameters.join(', ')}). Received ${positional.length}.`,
    );
  }
  const bound: { [parameter: string]: unknown } = Object.fromEntries(
    positional.map((value, i) => [parameters[i]!, value]),
  );
  for (const [key, value] of Object.entries(isOptions ? last : {})) {
    if (!parameters.includes(key))
      throw new ValueError(`${name}: unknown argument "${key}". Expected some of ${parameters.join(', ')}.`);
    bound[key] = value;
  }
  return bound;
}
