// What every initializer is: a function from a shape to a tensor of first values.

import { callableRoot } from '../callable.js';
import { type Config, isKerasObject, type KerasObject, toOptions } from '../config.js';
import type { DType } from '../dtype.js';
import { ValueError } from '../errors.js';
import type { Tensor } from '../graph/tensor.js';
import type { Field } from '../options.js';
import { randomSeed, SeedGenerator } from '../random/seed.js';
import type { Shape } from '../shape.js';

/** First values of a weight of the given shape. Own initializers extend this class and implement `call`. */
export class Initializer extends callableRoot<(shape: Shape, dtype?: DType) => Tensor>() {
  static readonly className: string = 'Initializer';

  /** The initializer described by a config. Old files may name a dtype there, which the weight knows better. */
  static fromConfig<T>(this: new (...args: never[]) => T, { dtype: _, ...config }: Config): T {
    return new (this as unknown as new (options: unknown) => T)(toOptions(config));
  }

  /** The values. Default dtype float32. */
  override call(_shape: Shape, _dtype?: DType): Tensor {
    throw new ValueError(`${(this.constructor as typeof Initializer).className} has no method \`call\`: implement it.`);
  }

  getConfig(): Config {
    return {};
  }

  /** @internal What `initializer(shape, dtype)` does. */
  override invoke(shape: Shape, dtype?: DType): Tensor {
    return this.call(shape, dtype);
  }
}

/** A seed as an initializer or a recurrent cell keeps it: what the user gave, and what it draws with. */
export class InitializerSeed {
  readonly given: number | SeedGenerator | null;
  /** An integer gives the same values at every call; a SeedGenerator others each time. */
  readonly used: number | SeedGenerator;

  constructor(given: number | SeedGenerator | null) {
    this.given = given;
    this.used = given ?? randomSeed();
  }

  /** A generator of the keys of successive draws. */
  generator(): SeedGenerator {
    return this.used instanceof SeedGenerator ? this.used : new SeedGenerator(this.used);
  }
}

/**
 * The option `seed`: an integer or a SeedGenerator. Without one the initializer takes Python's next random number when
 * it is made, so its values follow from `setRandomSeed` and the order of construction.
 */
export const seed: Field<number | SeedGenerator | KerasObject | InitializerSeed | null, InitializerSeed, false> = {
  required: false,
  parse(given, where) {
    if (given === undefined || given === null) return new InitializerSeed(null);
    if (given instanceof InitializerSeed) return given;
    if (given instanceof SeedGenerator) return new InitializerSeed(given);
    if (isKerasObject(given)) {
      return new InitializerSeed(SeedGenerator.fromConfig(given.config as { seed?: number | null }));
    }
    if (typeof given !== 'number' || !Number.isInteger(given)) {
      throw new ValueError(`${where} must be an integer or a SeedGenerator. Received: ${String(given)}`);
    }
    return new InitializerSeed(given);
  },
  toConfig({ given }) {
    if (!(given instanceof SeedGenerator)) return given;
    return { module: 'keras.random', class_name: 'SeedGenerator', config: given.getConfig(), registered_name: null };
  },
};
