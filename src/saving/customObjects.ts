// Your own classes and functions by the names under which configs and files mention them.

import {
  type CustomObjects,
  customObject,
  deserializeObject,
  type KerasObject,
  registerCustomObject,
} from '../config.js';
import { ValueError } from '../errors.js';

type Registrable = (abstract new (...args: never) => object) | ((...args: never) => unknown);

const registeredNames = new WeakMap<object, string>();

/**
 * Makes a class or function known to loading under `package>name`: `registerKerasSerializable('shop')(Gate)`, or as a
 * decorator of a class. `name` is the class's own by default. Returns what it was given.
 * @throws ValueError for a class without getConfig
 */
export function registerKerasSerializable(
  packageName = 'Custom',
  name?: string,
): <T extends Registrable>(object: T) => T {
  return object => {
    const isClass = 'fromConfig' in object || /^class\b/.test(Function.prototype.toString.call(object));
    if (isClass && !('getConfig' in (object.prototype as object))) {
      throw new ValueError('Cannot register a class that does not have a getConfig() method.');
    }
    const own = name ?? nameOf(object);
    const registered = `${packageName}>${own}`;
    registerCustomObject(registered, object);
    // Configs of functions have no package.
    if (!isClass) registerCustomObject(own, object);
    registeredNames.set(object, registered);
    if (isClass) Object.defineProperty(object, 'registeredName', { value: registered, configurable: true });
    return object;
  };
}

/** The name under which configs mention an object: `package>name` if it was registered, its own name otherwise. */
export function getRegisteredName(object: Registrable): string {
  return registeredNames.get(object) ?? nameOf(object);
}

/** The custom object of that name; null if there is none. */
export function getRegisteredObject(
  name: string,
  customObjects: CustomObjects = {},
  moduleObjects: CustomObjects = {},
): unknown {
  return customObject(name) ?? customObjects[name] ?? moduleObjects[name] ?? null;
}

function nameOf(object: Registrable): string {
  return Object.hasOwn(object, 'className') ? (object as { className?: string }).className! : object.name;
}

/** The object that Keras's JSON describes; `customObjects` are your own classes by name. */
export function deserializeKerasObject<T = unknown>(config: KerasObject, customObjects?: CustomObjects): T {
  return deserializeObject<T>(config, 'keras.layers', customObjects);
}
