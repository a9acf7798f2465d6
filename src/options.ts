// Declared options: one table per class says which options there are, their defaults, and how they are written in a
// config. Constructor arguments, `getConfig` and `fromConfig` all follow from it.

import { type Config, type Json, toCamelKey, toSnakeKey } from './config.js';
import { ValueError } from './errors.js';
import { isDict } from './structure.js';

/** One option: `In` is what users and configs give, `Out` what the object keeps. */
export interface Field<In, Out = In, Required extends boolean = boolean> {
  readonly required: Required;
  /** @throws ValueError naming `where` if the value cannot be. */
  parse(value: In | undefined, where: string): Out;
  toConfig(value: Out): Json;
}

export type Schema = { readonly [option: string]: Field<never, unknown> };

type InOf<F> = F extends Field<infer In, infer _Out> ? In : never;
type OutOf<F> = F extends Field<infer _In, infer Out> ? Out : never;
type RequiredKeys<S> = { [K in keyof S]: S[K] extends Field<infer _I, infer _O, true> ? K : never }[keyof S];

/** The options object of a schema. */
export type OptionsOf<S> = { [K in keyof S as K extends RequiredKeys<S> ? K : never]: InOf<S[K]> } & {
  [K in keyof S as K extends RequiredKeys<S> ? never : K]?: InOf<S[K]> | undefined;
};

/** The fields an object of a schema has. */
export type ValuesOf<S> = { -readonly [K in keyof S]: OutOf<S[K]> };

type Leading<S, P, More, Done extends unknown[] = []> = P extends readonly [infer K extends keyof S, ...infer Rest]
  ? [...Done, InOf<S[K]>, (Partial<OptionsOf<S>> & More)?] | Leading<S, Rest, More, [...Done, InOf<S[K]>]>
  : never;

/** Constructor arguments: one options object, or some of the positional options followed by the others in an object. */
export type ArgsOf<S, P extends readonly (keyof S)[], More> =
  | ([RequiredKeys<S>] extends [never] ? [options?: OptionsOf<S> & More] : [options: OptionsOf<S> & More])
  | Leading<S, P, More>;

/**
 * Arguments by position, in the order of `names`, and an options object after them, as one object without undefined
 * values. @throws ValueError if there are too many
 */
export function namedArguments(
  className: string,
  names: readonly string[],
  args: readonly unknown[],
): { [option: string]: unknown } {
  const last = args.at(-1);
  const hasOptions = isDict(last) && !('class_name' in last && 'config' in last);
  const leading = hasOptions ? args.slice(0, -1) : args;
  if (leading.length > names.length) {
    throw new ValueError(
      `${className} takes ${names.length} positional arguments (${names.join(', ')}), then an options object. ` +
        `Received ${leading.length}.`,
    );
  }
  const given = [
    ...(hasOptions ? Object.entries(last) : []),
    ...leading.map((value, i) => [names[i]!, value] as const),
  ];
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

/** Splits constructor arguments into the values of the schema's options and whatever else the options object had. */
export function parseOptions(
  className: string,
  schema: Schema,
  positional: readonly string[],
  args: readonly unknown[],
): { values: { [option: string]: unknown }; rest: { [option: string]: unknown } } {
  const given = namedArguments(className, positional, args);
  const values: { [option: string]: unknown } = {};
  for (const [key, field] of Object.entries(schema)) {
    const value = given[key];
    if (value === undefined && field.required) {
      throw new ValueError(
        `${className}: the option \`${key}\` is missing. Pass it, as in ${className}({ ${key}: ... }).`,
      );
    }
    values[key] = (field as Field<unknown, unknown>).parse(value, `${className}: \`${key}\``);
    delete given[key];
  }
  return { values, rest: given };
}

/** @throws ValueError if there is an option that `className` does not have */
export function checkNames(className: string, given: object, known: readonly string[]): void {
  const unknown = Object.keys(given).find(option => !known.includes(option));
  if (unknown === undefined) return;
  const camel = toCamelKey(unknown);
  throw new ValueError(
    `${className} has no option \`${unknown}\`. ` +
      (camel === unknown
        ? `All such classes have: ${known.join(', ')}.`
        : `Options are written in camelCase: ${camel}.`),
  );
}

/** The config entries of an object with a schema. */
export function configOf(schema: Schema, object: object): Config {
  return Object.fromEntries(
    Object.entries(schema).map(([key, field]) => [
      toSnakeKey(key),
      (field as Field<unknown, unknown>).toConfig((object as { [key: string]: unknown })[key]),
    ]),
  );
}

// ---- Kinds of options that need no other floor --------------------------------------------------------------------

/** An option that is kept as it is. Where the default is a boolean, number or text, it must be one, too (or several). */
export function value<T extends Json>(initial: T): Field<T, T, false> {
  const kind = initial === null ? null : typeof initial;
  const fits = (each: unknown) => typeof each === kind && !Number.isNaN(each);
  return {
    required: false,
    parse(given, where) {
      if (given === undefined) return initial;
      if (kind !== null && !(Array.isArray(given) ? kind === 'number' && given.every(fits) : fits(given))) {
        throw new ValueError(
          `${where} must be a ${kind}. Received: ${typeof given === 'number' ? given : JSON.stringify(given)}`,
        );
      }
      return given;
    },
    toConfig: kept => kept,
  };
}

/** A number of at least 0. */
export function amount(initial: number): Field<number, number, false> {
  return {
    required: false,
    parse(given, where) {
      const kept = given === undefined ? initial : given;
      if (!(Number.isFinite(kept) && kept >= 0)) {
        throw new ValueError(`${where} must be a finite number of at least 0. Received: ${String(kept)}`);
      }
      return kept;
    },
    toConfig: kept => kept,
  };
}

/** An option that must be given and is kept as it is. */
export function required<T extends Json>(): Field<T, T, true> {
  return { required: true, parse: given => given as T, toConfig: kept => kept };
}

/** A positive whole number that must be given. */
export const size: Field<number, number, true> = {
  required: true,
  parse(given, where) {
    if (typeof given !== 'number' || !Number.isInteger(given) || given <= 0) {
      throw new ValueError(`${where} must be a positive integer. Received: ${String(given)}`);
    }
    return given;
  },
  toConfig: kept => kept,
};

/** A positive whole number with a default. */
export function sizeOr(initial: number): Field<number, number, false> {
  return { ...size, required: false, parse: (given, where) => size.parse(given ?? initial, where) };
}

/** What the field takes, or null, the default. */
export function orNull<T extends Json>(field: Field<T, T>): Field<T | null, T | null, false> {
  return {
    required: false,
    parse: (given, where) => (given === undefined || given === null ? null : field.parse(given, where)),
    toConfig: kept => kept,
  };
}

/** A share between 0 and 1. */
export function rate(initial?: number): Field<number, number, boolean> {
  return {
    required: initial === undefined,
    parse(given, where) {
      const kept = given ?? initial;
      if (typeof kept !== 'number' || !(kept >= 0 && kept <= 1)) {
        throw new ValueError(`${where} must be a number between 0 and 1. Received: ${String(given)}`);
      }
      return kept;
    },
    toConfig: kept => kept,
  };
}

/** One of a few words. */
export function word<T extends string>(initial: T, ...others: readonly T[]): Field<T, T, false> {
  const known = [initial, ...others];
  return {
    required: false,
    parse(given, where) {
      if (given === undefined || given === null) return initial;
      const found = known.find(each => each === String(given).toLowerCase());
      if (found === undefined) {
        throw new ValueError(
          `${where} must be one of ${known.map(each => `'${each}'`).join(', ')}. Received: ${String(given)}`,
        );
      }
      return found;
    },
    toConfig: kept => kept,
  };
}

function tupleOf(count: number, given: unknown, where: string, least: number): readonly number[] {
  const list = typeof given === 'number' ? new Array<number>(count).fill(given) : given;
  if (!Array.isArray(list) || list.length !== count || list.some(each => !Number.isInteger(each) || each < least)) {
    throw new ValueError(
      `${where} must be an integer or a list of ${count} integers, each at least ${least}. Received: ${JSON.stringify(given)}`,
    );
  }
  return list as readonly number[];
}

/** One whole number per spatial axis; a single one stands for all. */
export function sizes(count: number): Field<number | readonly number[], readonly number[], true> {
  return { required: true, parse: (given, where) => tupleOf(count, given, where, 1), toConfig: kept => kept };
}

/** The same with a default. */
export function sizesOr(count: number, initial: number): Field<number | readonly number[], readonly number[], false> {
  return {
    required: false,
    parse: (given, where) => tupleOf(count, given ?? initial, where, 1),
    toConfig: kept => kept,
  };
}

/** The same of numbers of at least 0, or null, the default. */
export function countsOrNull(count: number): Field<number | readonly number[] | null, readonly number[] | null, false> {
  return {
    required: false,
    parse: (given, where) => (given === undefined || given === null ? null : tupleOf(count, given, where, 0)),
    toConfig: kept => kept,
  };
}

/** A list of whole numbers, each at least `least`. */
export function wholes(least: number): Field<readonly number[], readonly number[], true> {
  return {
    required: true,
    parse(given, where) {
      if (!Array.isArray(given) || given.some(each => !Number.isInteger(each) || each < least)) {
        throw new ValueError(
          `${where} must be a list of integers, each at least ${least}. Received: ${JSON.stringify(given)}`,
        );
      }
      return given as readonly number[];
    },
    toConfig: kept => kept,
  };
}
