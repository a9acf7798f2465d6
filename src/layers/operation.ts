// Ops as nodes of the layer graph: an op that is called on a symbolic tensor becomes a layer without weights, as in Keras 3.

import {
  type Config,
  type ConfigurableClass,
  register,
  toCamelKey,
  toSnakeKey,
  type Json,
} from '../config.js';
import type { Tensor } from '../graph/tensor.js';
import { isDict, type Structure } from '../structure.js';
import { withScope } from './context.js';
import { type KerasTensor, Node, symbolicTensorsIn } from './kerasTensor.js';
import { Layer } from './layer.js';

type AnyOp = (...args: never[]) => unknown;

/** An op that takes symbolic tensors, too. */
export type Lifted<F> = F extends (...args: infer Args) => unknown
  ? F & ((...args: { [I in keyof Args]: Args[I] | KerasTensor | readonly KerasTensor[] }) => KerasTensor)
  : F;

/** Base of the layers that stand for ops: nodes of the graph, but none of a model's `layers`. */
export abstract class OperationLayer extends Layer {
  /** Values of the arguments behind the tensors, by name, as a config has them. */
  readonly #attributes: { readonly [name: string]: unknown };
  protected abstract readonly fn: AnyOp;
  /** Names of the arguments behind the tensors. */
  protected abstract readonly names: readonly string[];

  constructor({
    name,
    ...attributes
  }: { readonly name?: string | null; readonly [attribute: string]: unknown } = {}) {
    super({ name: name ?? null });
    this.#attributes = attributes;
    this.built = true;
    this.supportsMasking = true;
  }

  override invoke(...args: unknown[]): unknown {
    const last = args.at(-1);
    const given = args.length > 1 && isDict(last) ? args.slice(0, -1) : args;
    if (symbolicTensorsIn(given).length === 0) return this.call(given as Structure<Tensor>);
    const outputs = withScope(this, this.name, () => this.computeOutputSpec(given as Structure<KerasTensor>));
    new Node(this, given, {}, outputs);
    return outputs;
  }

  override call(args: Structure<Tensor>): Structure<Tensor> {
    const further = this.names.map(name => this.#attributes[name]);
    while (further.length > 0 && further.at(-1) === undefined) further.pop();
    return this.fn(...(args as never[]), ...(further as never[])) as Structure<Tensor>;
  }

  /** Ops know nothing of masks. */
  override computeMask(): null {
    return null;
  }

  override getConfig(): Config {
    const attributes = Object.entries(this.#attributes).filter(([, value]) => value !== undefined);
    return {
      name: this.name,
      ...Object.fromEntries(attributes.map(([key, value]) => [toSnakeKey(key), value as Json])),
    };
  }
}

/**
 * Lets an op be called on symbolic tensors. `className` and `module` are Keras's, `names` those of the arguments behind the
 * tensors, which Keras keeps in the config.
 */
export function lift<F extends AnyOp>(
  className: string,
  module: string,
  fn: F,
  names: readonly string[] = [],
): Lifted<F> {
  class Operation extends OperationLayer {
    static override readonly className = className;
    static readonly registeredName = className;
    protected override readonly fn = fn;
    protected override readonly names = names;

    static override fromConfig<T>(this: new (...args: never) => T, config: Config): T {
      const options = Object.fromEntries(
        Object.entries(config).map(([key, value]) => [toCamelKey(key), value]),
      );
      // biome-ignore lint/complexity/noThisInStatic: `this` is the class that is asked, which may be derived
      return new (this as unknown as new (options: object) => T)(options);
    }
  }
  register(module, Operation as unknown as ConfigurableClass);
  const called = (...args: unknown[]): unknown => {
    if (symbolicTensorsIn(args).length === 0) return fn(...(args as never[]));
    const tensors = names.length > 0 ? tensorCount(args) : args.length;
    const attributes = Object.fromEntries(names.map((name, i) => [name, args[tensors + i]]));
    return new Operation(attributes).invoke(...args.slice(0, tensors));
  };
  return called as unknown as Lifted<F>;
}

/** How many of the leading arguments are tensors. */
function tensorCount(args: readonly unknown[]): number {
  const first = args.findIndex(arg => symbolicTensorsIn([arg]).length === 0);
  return first < 0 ? args.length : first;
}
