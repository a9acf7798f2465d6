// How a built-in layer's class comes about: a table of options makes its constructor, config and types.

import type { CallableClass } from '../callable.js';
import type { Config } from '../config.js';
import { known } from '../configured.js';
import { type ArgsOf, configOf, parseOptions, type Schema, type ValuesOf } from '../options.js';
import { Layer, type LayerOptions } from './layer.js';

/** What all layer classes have besides their constructor. */
type Statics = Pick<typeof Layer, keyof typeof Layer>;

/** A base class whose instances have a field for each option. */
export type LayerWith<S extends Schema, P extends readonly (keyof S & string)[], B extends Layer> = Statics &
  (new (
    ...args: ArgsOf<S, P, LayerOptions>
  ) => B & ValuesOf<S>);

/**
 * The base class of the layer that Keras calls `className`. `positional` names the options that may be given before
 * the options object, in Keras's order. Each option becomes a field of the layer and an entry of its config.
 */
export function layerWith<S extends Schema, const P extends readonly (keyof S & string)[], B extends Layer = Layer>(
  className: string,
  schema: S,
  positional: P,
  base: new (options: LayerOptions) => B = Layer as unknown as new (
    options: LayerOptions,
  ) => B,
): LayerWith<S, P, B> {
  class Declared extends (base as unknown as new (options: LayerOptions) => Layer) {
    static readonly className: string = className;

    constructor(...args: unknown[]) {
      const { values, rest } = parseOptions(className, schema, positional, args);
      super(rest as LayerOptions);
      for (const [option, kept] of Object.entries(values)) {
        // An option may be named as one of Layer's getters, such as outputShape: for that layer it means the option.
        if (!Reflect.set(this, option, kept))
          Object.defineProperty(this, option, { value: kept, writable: true, enumerable: true });
      }
    }

    override getConfig(): Config {
      return { ...super.getConfig(), ...configOf(schema, this) };
    }
  }
  return Declared as unknown as LayerWith<S, P, B>;
}

/**
 * The type of a layer's class that a function made: that of its options, `O`, with further fields `F`. Declarations
 * cannot name a class that is local to a function.
 */
export type MadeLayer<O extends abstract new (...args: never) => Layer, F = unknown> = CallableClass<
  Pick<O, keyof O> & (new (...args: ConstructorParameters<O>) => InstanceType<O> & F)
>;

/** Finishes a layer's class: registered under Keras's name, and callable without `new`. */
export function layer<C extends Statics & (abstract new (...args: never) => Layer)>(
  cls: C,
  ...aliases: readonly string[]
): CallableClass<C> {
  return known('keras.layers', cls, ...aliases);
}
