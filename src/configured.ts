// Small functions with options: initializers, regularizers, constraints. Each is an object with Keras's config that can
// be called like a function; its class follows from a table of options, as a layer's does.

import { type CallableClass, callable } from './callable.js';
import { type Config, type ConfigurableClass, register } from './config.js';
import { ValueError } from './errors.js';
import { type ArgsOf, configOf, parseOptions, type Schema, type ValuesOf } from './options.js';

/** A base class: what the objects can do, and `fromConfig`. */
type Base = abstract new () => { getConfig(): Config };

/** A base class whose instances have a field for each option. */
export type Configured<B extends Base, S extends Schema, P extends readonly (keyof S & string)[]> = Pick<B, keyof B> &
  (new (
    ...args: ArgsOf<S, P, object>
  ) => InstanceType<B> & ValuesOf<S>);

/**
 * The base class of the object that Keras calls `className`. `positional` names the options that may be given before
 * the options object, in Keras's order; the schema has the order of the config.
 */
export function configured<B extends Base, S extends Schema, const P extends readonly (keyof S & string)[]>(
  base: B,
  className: string,
  schema: S,
  positional: P,
): Configured<B, S, P> {
  class Declared extends (base as unknown as new () => { getConfig(): Config }) {
    static readonly className: string = className;

    constructor(...args: unknown[]) {
      const { values, rest } = parseOptions(className, schema, positional, args);
      const [unknown] = Object.keys(rest);
      if (unknown !== undefined) {
        throw new ValueError(
          `${className} has no option \`${unknown}\`. Expected some of: ${Object.keys(schema).join(', ') || 'none'}.`,
        );
      }
      super();
      Object.assign(this, values);
    }

    override getConfig(): Config {
      return configOf(schema, this);
    }
  }
  return Declared as unknown as Configured<B, S, P>;
}

/** Finishes a class: registered in a Keras module under its name and further aliases, and callable without `new`. */
export function known<C extends abstract new (...args: never) => object>(
  module: string,
  cls: C & { readonly className?: string },
  ...aliases: readonly string[]
): CallableClass<C> {
  // The class is Keras's own; classes that users derive from it go by their own names.
  Object.defineProperty(cls, 'className', { value: cls.className });
  const result = callable(cls);
  register(module, result as unknown as ConfigurableClass, ...aliases);
  return result;
}
