// The kinds of options that layers have.

import {
  type ActivationFunction,
  type ActivationIdentifier,
  getActivation,
  serializeActivation,
} from '../activations.js';
import {
  type Configurable,
  deserializeObject,
  isKerasObject,
  type Json,
  type KerasObject,
  serializeObject,
} from '../config.js';
import { type Constraint, type ConstraintFunction, get as getConstraint } from '../constraints.js';
import { type DataFormat, imageDataFormat } from '../defaults.js';
import { ValueError } from '../errors.js';
import { get as getInitializer, type Initializer } from '../initializers/index.js';
import type { Field } from '../options.js';
import { get as getRegularizer, type Regularizer, type RegularizerFunction } from '../regularizers.js';
import { Layer } from './layer.js';

/** An object, its name, or Keras's JSON of it. */
type Identifier<T> = T | string | KerasObject | null;

export {
  amount,
  countsOrNull,
  orNull,
  rate,
  required,
  size,
  sizeOr,
  sizes,
  sizesOr,
  value,
  wholes,
  word,
} from '../options.js';

const write = (object: Configurable | null): Json => (object === null ? null : (serializeObject(object) as Json));

/** An activation by name or as a function. */
export function activation(initial: string | null = null): Field<ActivationIdentifier, ActivationFunction, false> {
  return { required: false, parse: given => getActivation(given ?? initial), toConfig: serializeActivation };
}

/** What makes a weight's first values. */
export function initializer(initial: string): Field<Identifier<Initializer>, Initializer, false> {
  return { required: false, parse: given => getInitializer(given ?? initial), toConfig: write };
}

/** A penalty on a weight, or on the output. Default none. */
export const regularizer: Field<Identifier<Regularizer | RegularizerFunction>, Regularizer | null, false> = {
  required: false,
  parse: given => getRegularizer(given),
  toConfig: write,
};

/** A rule that a weight keeps after each update. Default none. */
export const constraint: Field<Identifier<Constraint | ConstraintFunction>, Constraint | null, false> = {
  required: false,
  parse: given => getConstraint(given),
  toConfig: write,
};

/** 'valid' fits windows inside; 'same' pads with zeros so that ceil(size / stride) of them fit. */
export function padding<T extends string = never>(
  ...more: readonly T[]
): Field<'valid' | 'same' | T, 'valid' | 'same' | T, false> {
  return {
    required: false,
    parse(given, where) {
      const known: readonly string[] = ['valid', 'same', ...more];
      const name = String(given ?? 'valid').toLowerCase();
      if (!known.includes(name)) {
        throw new ValueError(
          `${where} must be one of ${known.map(each => `'${each}'`).join(', ')}. Received: ${String(given)}`,
        );
      }
      return name as 'valid' | 'same' | T;
    },
    toConfig: kept => kept,
  };
}

/** Whether the channels are the last axis or the one after the batch. */
export const dataFormat: Field<DataFormat | null, DataFormat, false> = {
  required: false,
  parse(given, where) {
    const kept = given ?? imageDataFormat();
    if (kept !== 'channels_last' && kept !== 'channels_first') {
      throw new ValueError(`${where} must be 'channels_first' or 'channels_last'. Received: ${String(given)}`);
    }
    return kept;
  },
  toConfig: kept => kept,
};

/** A layer inside of a layer. */
export const innerLayer: Field<Layer | KerasObject, Layer, true> = {
  required: true,
  parse(given, where) {
    const layer = isKerasObject(given) ? deserializeObject<Layer>(given, 'keras.layers') : given;
    if (!(layer instanceof Layer)) throw new ValueError(`${where} must be a layer. Received: ${String(given)}`);
    return layer;
  },
  toConfig: write,
};

/** An option of Keras that only its default makes sense for here: kept so that files travel. */
export function fixed<T extends Json>(initial: T): Field<T, T, false> {
  return { required: false, parse: given => given ?? initial, toConfig: kept => kept };
}

/** An option of Keras that has one value here. @throws ValueError for others. */
export function only<T extends Json>(known: T): Field<T, T, false> {
  return {
    required: false,
    parse(given, where) {
      if (given !== undefined && given !== null && given !== known) {
        throw new ValueError(`${where} can only be ${JSON.stringify(known)} here. Received: ${JSON.stringify(given)}`);
      }
      return known;
    },
    toConfig: kept => kept,
  };
}
