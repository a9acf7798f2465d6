// Keras's automatic names: snake case of the class name, and one global counter per name.

const counters = new Map<string, number>();

/** Keras's own snake case: `Conv2DTranspose` → `conv2d_transpose`, `PReLU` → `p_re_lu`, `RMSprop` → `rm_sprop`. */
export function toSnakeCase(name: string): string {
  return name
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

/** `dense`, then `dense_1`, `dense_2`, ... */
export function uniqueName(prefix: string): string {
  const used = counters.get(prefix) ?? 0;
  counters.set(prefix, used + 1);
  return used === 0 ? prefix : `${prefix}_${used}`;
}

/** The automatic name of an object of the class called `className`. */
export function autoName(className: string): string {
  return uniqueName(toSnakeCase(className));
}

/** The next number of `prefix`, counted from 1: Keras's `K.get_uid`. */
export function getUid(prefix = ''): number {
  const uid = (counters.get(prefix) ?? 0) + 1;
  counters.set(prefix, uid);
  return uid;
}

/** Starts all counters anew. */
export function resetNames(): void {
  counters.clear();
}
