// Keras's JSON for objects: { module, class_name, config, registered_name }, and the table from names to classes.
// Options are camelCase in TypeScript and snake_case in configs; the two functions below are the only bridge.

import { ValueError } from './errors.js';
import { toSnakeCase } from './naming.js';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type Config = { [key: string]: Json };

/** A serialized object, as Keras 3 writes it. */
export type KerasObject = {
  readonly module: string | null;
  readonly class_name: string;
  readonly config: Json;
  readonly registered_name: string | null;
  readonly build_config?: Json;
  readonly compile_config?: Json;
};

/** An object that can be written as a config. Layers and models remember more than their options. */
export interface Configurable {
  /** The name of the plain function that the object stands for, if it does: it is written by that name. */
  readonly functionName?: string;
  getConfig(): Config;
  getBuildConfig?(): Json;
  buildFromConfig?(config: Json): void;
  getCompileConfig?(): Json;
  compileFromConfig?(config: Json): void;
}

/** A class whose objects can be made from a config. `className` survives minification, unlike `name`. */
export interface ConfigurableClass<T = unknown> {
  readonly className?: string;
  readonly name: string;
  /** The name under which Keras registers the class, where it does. */
  readonly registeredName?: string;
  /** What configs call the class, where that is not its own name. */
  readonly exportedName?: string;
  fromConfig(config: Config): T;
}

/** Custom classes and functions by the name under which a config mentions them. */
export type CustomObjects = { readonly [name: string]: unknown };

// Keys whose snake case does not follow from their camelCase.
const snakeOddities: { readonly [camel: string]: string } = { beta1: 'beta_1', beta2: 'beta_2' };

/** `kernelInitializer` → `kernel_initializer`, `beta1` → `beta_1`. */
export function toSnakeKey(key: string): string {
  return snakeOddities[key] ?? key.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);
}

/** `kernel_initializer` → `kernelInitializer`, `beta_1` → `beta1`. */
export function toCamelKey(key: string): string {
  return key.replace(/(?<=.)_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** A config's entries as an options object; values are left as they are. */
export function toOptions(config: Config): { [option: string]: Json } {
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [toCamelKey(key), value]));
}

interface Registration {
  readonly module: string;
  readonly className: string;
  /** The class. Some are made when they are first asked for. */
  readonly cls: () => ConfigurableClass;
}

/** By module and class name or alias. */
const classes = new Map<string, Registration>();
/** By module and class name in lower case, which also is what snake case leaves without its underscores. */
const lowerCase = new Map<string, Registration>();
const moduleOf = new WeakMap<object, string>();
const customObjects = Object.create(null) as { [name: string]: unknown };

function classNameOf(cls: ConfigurableClass): string {
  // A class derived from one of Keras's goes by its own name.
  return Object.hasOwn(cls, 'className') ? cls.className! : cls.name;
}

/**
 * Makes a class known under its class name, the snake case of it, and further `aliases`, within a Keras module such
 * as 'keras.layers'. Returns the class.
 */
export function register<C extends ConfigurableClass>(module: string, cls: C, ...aliases: readonly string[]): C {
  enter({ module, className: classNameOf(cls), cls: () => cls }, aliases);
  noteModule(module, cls);
  return cls;
}

/** `register` for a class that is made when somebody first needs it. Returns what gives it. */
export function registerLazily<C extends ConfigurableClass>(module: string, className: string, make: () => C): () => C {
  let made: C | undefined;
  const cls = () => {
    if (!made) {
      made = make();
      noteModule(module, made);
    }
    return made;
  };
  enter({ module, className, cls }, []);
  return cls;
}

function enter(registration: Registration, aliases: readonly string[]): void {
  const { module, className } = registration;
  classes.set(`${module}>${className}`, registration);
  lowerCase.set(`${module}>${className.toLowerCase()}`, registration);
  for (const alias of aliases) {
    const key = `${module}>${alias}`;
    if (!classes.has(key)) classes.set(key, registration);
  }
}

/** A class registered again under an old module keeps its own. */
function noteModule(module: string, cls: ConfigurableClass): void {
  if (!moduleOf.has(cls)) moduleOf.set(cls, module);
}

/** The Keras module that a class is registered in; undefined for a user's class. */
export function moduleNameOf(cls: object): string | undefined {
  return moduleOf.get(cls);
}

/** Makes a custom class or function known to deserialization: Keras's `register_keras_serializable`. */
export function registerCustomObject(name: string, object: unknown): void {
  customObjects[name] = object;
}

/** The custom objects by name. What is put into this dict is known to deserialization. Keras: get_custom_objects. */
export function getCustomObjects(): { [name: string]: unknown } {
  return customObjects;
}

/** Runs `fn` with further custom objects known, as Keras's `custom_object_scope`. */
export function withCustomObjects<T>(objects: CustomObjects | undefined, fn: () => T): T {
  const before = { ...customObjects };
  Object.assign(customObjects, objects);
  try {
    return fn();
  } finally {
    for (const name of Object.keys(customObjects)) delete customObjects[name];
    Object.assign(customObjects, before);
  }
}

/** The custom object of that name, plain or as `Package>Name`. */
export function customObject(name: string): unknown {
  return customObjects[name] ?? customObjects[name.slice(name.indexOf('>') + 1)];
}

/** The class registered in `module` under a name or alias; undefined if there is none. */
export function findClass(module: string, name: string): ConfigurableClass | undefined {
  const exact = classes.get(`${module}>${name}`);
  if (exact) return exact.cls();
  const similar = lowerCase.get(`${module}>${name.replaceAll('_', '').toLowerCase()}`);
  if (!similar) return undefined;
  const { className, cls } = similar;
  return name === className.toLowerCase() || name === toSnakeCase(className) ? cls() : undefined;
}

/** Keras's JSON of an object. Classes that nobody registered are written as custom objects. */
export function serializeObject(object: Configurable): KerasObject {
  if (object.functionName !== undefined) {
    return {
      module: 'builtins',
      class_name: 'function',
      config: object.functionName,
      registered_name: 'function',
    };
  }
  const cls = object.constructor as unknown as ConfigurableClass;
  const className = classNameOf(cls);
  const module = moduleOf.get(cls) ?? null;
  const buildConfig = object.getBuildConfig?.() ?? null;
  const compileConfig = object.getCompileConfig?.() ?? null;
  return {
    module,
    class_name: (Object.hasOwn(cls, 'exportedName') ? cls.exportedName : undefined) ?? className,
    config: object.getConfig(),
    registered_name: cls.registeredName ?? (module === null ? className : null),
    ...(buildConfig === null ? {} : { build_config: buildConfig }),
    ...(compileConfig === null ? {} : { compile_config: compileConfig }),
  };
}

/** Arguments that Keras refuses as whole numbers, such as a momentum of 0. */
const floats: ReadonlySet<string> = new Set(['beta', 'learning_rate', 'momentum', 'threshold']);

/** JSON text for files. Python tells 0.0 from 0, and so does the text where Keras insists on floats. */
export function jsonText(value: unknown, indent?: number): string {
  const mark = (key: string, item: unknown) => (floats.has(key) && Number.isInteger(item) ? `\0${String(item)}` : item);
  return JSON.stringify(value, mark, indent).replace(/"\\u0000(-?\d+)"/g, '$1.0');
}

/** Whether a value looks like Keras's JSON of an object. */
export function isKerasObject(value: unknown): value is KerasObject {
  return typeof value === 'object' && value !== null && 'class_name' in value && 'config' in value;
}

/**
 * The object that Keras's JSON describes. `module` is where a class is looked for that names no known module, as in
 * Keras 2's files. @throws ValueError for a class that is not known: pass it in `customObjects`.
 */
export function deserializeObject<T>(json: KerasObject, module: string, custom?: CustomObjects): T {
  return withCustomObjects(custom, () => {
    const name = json.registered_name ?? json.class_name;
    const own = customObject(name) ?? customObject(json.class_name);
    if (json.class_name === 'function') return functionNamed<T>(String(json.config));
    // Keras 2 names no module, and some classes have moved since: the class name decides then.
    const cls = (own ??
      [json.module, module, 'keras', 'keras.layers']
        .map(each => (each ? findClass(each, json.class_name) : undefined))
        .find(found => found !== undefined)) as ConfigurableClass<T> | undefined;
    if (!cls) {
      throw new ValueError(
        `Unknown class "${json.class_name}" in module ${module}. If it is your own, pass it as ` +
          `{ customObjects: { ${json.class_name} } } or call registerCustomObject("${json.class_name}", ${json.class_name}).`,
      );
    }
    const object = cls.fromConfig((json.config ?? {}) as Config);
    const configurable = object as Configurable;
    if (json.build_config !== undefined) configurable.buildFromConfig?.(json.build_config);
    if (json.compile_config !== undefined) configurable.compileFromConfig?.(json.compile_config);
    return object;
  });
}

function functionNamed<T>(name: string): T {
  const found = customObject(name);
  if (found === undefined) {
    throw new ValueError(`Unknown function "${name}". Pass it as { customObjects: { ${name} } }.`);
  }
  return found as T;
}

/**
 * What an identifier stands for: an object of that module as it is, a name ('glorot_uniform', 'GlorotUniform') as an
 * object with default options, Keras's JSON as the object it describes. null stays null.
 * `kind` names the thing in errors, such as 'initializer'.
 */
export function getObject<T extends object>(
  module: string,
  kind: string,
  identifier: T | string | KerasObject | null | undefined,
): T | null {
  if (identifier === null || identifier === undefined) return null;
  if (typeof identifier === 'string') {
    const own = customObject(identifier);
    if (own !== undefined && !(typeof own === 'function' && 'fromConfig' in own)) return own as T;
    const cls = (own ?? findClass(module, identifier)) as ConfigurableClass<T> | undefined;
    if (!cls) {
      const known = [...classes.values()]
        .filter(entry => entry.module === module)
        .map(({ className }) => toSnakeCase(className));
      throw new ValueError(`Unknown ${kind} "${identifier}". Known ones: ${[...new Set(known)].sort().join(', ')}.`);
    }
    return cls.fromConfig({});
  }
  // A class stands for an object with default options.
  if (typeof identifier === 'function' && 'fromConfig' in identifier)
    return (identifier as unknown as ConfigurableClass<T>).fromConfig({});
  return isKerasObject(identifier) ? deserializeObject<T>(identifier, module) : identifier;
}

/**
 * `serialize` and `deserialize` of a Keras module whose `get` is given. Objects are written as Keras's JSON, plain
 * functions by their name; reading takes names, too. `customObjects` holds classes and functions of the user's own.
 */
export function serialization<T extends object>(get: (identifier: string | KerasObject) => T | null) {
  return {
    serialize: (object: T): KerasObject | string =>
      'getConfig' in object
        ? serializeObject(object as T & Configurable)
        : (object as { name?: string }).name || 'function',
    deserialize: (
      config: string | KerasObject,
      { customObjects }: { readonly customObjects?: CustomObjects | undefined } = {},
    ): T => withCustomObjects(customObjects, () => get(config)) as T,
  };
}
