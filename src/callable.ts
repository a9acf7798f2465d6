// Keras's calling style in JavaScript: classes that work with and without `new`, and instances that can be called.

import { showInConsole } from './inspect.js';

type AnyClass = abstract new (...args: never) => object;

/** A class that can be called as a function, too. */
export type CallableClass<C extends AnyClass> = C & ((...args: ConstructorParameters<C>) => InstanceType<C>);

/** Makes `Dense(32)` mean `new Dense(32)`. The result can still be extended and tested with `instanceof`. */
export function callable<C extends AnyClass>(cls: C): CallableClass<C> {
  const proxy = new Proxy(cls, {
    apply: (target, _self, args) => Reflect.construct(target, args) as object,
  }) as CallableClass<C>;
  Object.defineProperty(cls.prototype, 'constructor', { value: proxy, configurable: true, writable: true });
  return proxy;
}

/** An instance that can be called, for types in which functions of other arguments stand beside it. */
export type Uncalled<T> = Pick<T, keyof T>;

/**
 * Root of classes whose instances are functions: calling one calls its method `invoke`. It sits below the class that
 * declares fields, because those must land on the function and not on the object that `new` first made.
 */
class CallableInstance {
  constructor() {
    const self: CallableInstance = ((...args: unknown[]) => self.invoke(...args)) as never;
    Object.setPrototypeOf(self, new.target.prototype as object);
    // A function's own `name` and `length` are read-only and would shadow the fields.
    delete (self as { name?: unknown }).name;
    delete (self as { length?: unknown }).length;
    // biome-ignore lint/correctness/noConstructorReturn: the function is the instance
    return self;
  }

  invoke(..._args: unknown[]): unknown {
    throw new TypeError('This object cannot be called.');
  }

  toString(): string {
    const { className, name } = this.constructor as { readonly className?: string; readonly name: string };
    const own = (this as { readonly name?: unknown }).name;
    return `<${className ?? name}${typeof own === 'string' ? ` name=${own}` : ''}>`;
  }
}

showInConsole(CallableInstance);

/** The root class, typed so that instances have the call signature `Call`. */
export function callableRoot<Call>(): abstract new () => Call & CallableInstance {
  return CallableInstance as never;
}
