// How objects look in Node's console: what they are and hold, not what they are made of.

/** What Node's console calls for an object's text, with its options and `util.inspect` itself. */
type Inspector = (depth: number, options: object, inspect: (value: unknown, options: object) => string) => string;

/** Lets instances of a class show as their `toString` says, followed by their value if they have one. */
export function showInConsole<T extends object>(cls: { readonly prototype: T }, value?: (object: T) => unknown): void {
  const show: Inspector = function (this: T, _depth, options, inspect) {
    if (!value) return String(this);
    try {
      return `${String(this)} ${inspect(value(this), options)}`;
    } catch {
      return String(this); // the value is still to come, or no longer there
    }
  };
  Object.defineProperty(cls.prototype, Symbol.for('nodejs.util.inspect.custom'), { value: show });
}
