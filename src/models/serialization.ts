// Models from Keras's JSON.

import { getObject, type KerasObject, serialization } from '../config.js';
import { ValueError } from '../errors.js';
import { BaseModel } from './model.js';

/** The model that Keras's JSON describes; a model as it is. @throws ValueError if it is none */
export function get(identifier: string | KerasObject | BaseModel): BaseModel {
  const model = getObject<BaseModel>('keras', 'model', identifier);
  if (!(model instanceof BaseModel)) {
    throw new ValueError(`Expected a model or its config. Received: ${String(identifier)}.`);
  }
  return model;
}

/** Keras's JSON of a model, and back. */
export const { serialize, deserialize } = serialization(get);
