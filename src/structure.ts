// Nested structures of values: a single one, a list or a dict (plain object), as Keras allows for inputs and outputs.

export type Structure<T> = T | readonly Structure<T>[] | { readonly [key: string]: Structure<T> };

/** A plain object, as opposed to an instance of some class. */
export function isDict(value: unknown): value is { readonly [key: string]: unknown } {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value) as unknown;
  return prototype === Object.prototype || prototype === null;
}

/** The leaves in order; a dict's in the order of its sorted keys, as Keras flattens them. */
export function flatten<T>(structure: Structure<T>): T[] {
  if (Array.isArray(structure)) return structure.flatMap(item => flatten<T>(item as Structure<T>));
  if (isDict(structure))
    return Object.keys(structure)
      .sort()
      .flatMap(key => flatten<T>(structure[key] as Structure<T>));
  return [structure as T];
}

/** Where each leaf stands, in the order of `flatten`: the keys and indices that lead to it. */
export function placesOf(structure: Structure<unknown>): (readonly (string | number)[])[] {
  const within = (key: string | number, part: Structure<unknown>) => placesOf(part).map(place => [key, ...place]);
  if (Array.isArray(structure)) return structure.flatMap((part, i) => within(i, part as Structure<unknown>));
  if (isDict(structure)) {
    return Object.keys(structure)
      .sort()
      .flatMap(key => within(key, structure[key]));
  }
  return [[]];
}

/** The same structure with every leaf replaced. */
export function mapStructure<T, U>(structure: Structure<T>, fn: (leaf: T) => U): Structure<U> {
  if (Array.isArray(structure)) return structure.map(item => mapStructure(item as Structure<T>, fn));
  if (isDict(structure)) {
    return Object.fromEntries(
      Object.entries(structure).map(([key, item]) => [key, mapStructure(item as Structure<T>, fn)]),
    );
  }
  return fn(structure as T);
}

/** The structure of `like` with the given leaves. */
export function pack<T>(like: Structure<unknown>, leaves: readonly T[]): Structure<T> {
  let next = 0;
  const visit = (item: Structure<unknown>): Structure<T> => {
    if (Array.isArray(item)) return item.map(each => visit(each as Structure<unknown>));
    if (isDict(item)) {
      const values = new Map(
        Object.keys(item)
          .sort()
          .map(key => [key, visit(item[key] as Structure<unknown>)]),
      );
      return Object.fromEntries(Object.keys(item).map(key => [key, values.get(key)!]));
    }
    return leaves[next++]!;
  };
  return visit(like);
}
