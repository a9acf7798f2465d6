// Layers by name and from Keras's JSON.

import { getObject, type KerasObject, serialization } from '../config.js';
import { ValueError } from '../errors.js';
import { Layer } from './layer.js';

/** The layer that a class name or Keras's JSON stands for; a layer as it is. @throws ValueError if it is unknown */
export function get(identifier: string | KerasObject | Layer): Layer {
  const layer = getObject<Layer>('keras.layers', 'layer', identifier);
  if (!(layer instanceof Layer)) {
    throw new ValueError(`Expected a layer, the name of its class or its config. Received: ${String(identifier)}.`);
  }
  return layer;
}

/** Keras's JSON of a layer, and back. */
export const { serialize, deserialize } = serialization(get);
