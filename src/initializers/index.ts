// keras.initializers: the classes, and their names in lower case.

import { getObject, type KerasObject, serializeObject } from '../config.js';
import { ValueError } from '../errors.js';
import { Initializer } from './initializer.js';

export {
  Constant,
  Constant as constant,
  Identity,
  Identity as identity,
  Identity as IdentityInitializer,
  Ones,
  Ones as ones,
  Zeros,
  Zeros as zeros,
} from './constant.js';
export { Initializer } from './initializer.js';
export { Orthogonal, Orthogonal as OrthogonalInitializer, Orthogonal as orthogonal } from './orthogonal.js';
export {
  RandomNormal,
  RandomNormal as randomNormal,
  RandomUniform,
  RandomUniform as randomUniform,
  TruncatedNormal,
  TruncatedNormal as truncatedNormal,
} from './random.js';
export { STFT, STFT as STFTInitializer, STFT as stft } from './stft.js';
export {
  GlorotNormal,
  GlorotNormal as glorotNormal,
  GlorotUniform,
  GlorotUniform as glorotUniform,
  HeNormal,
  HeNormal as heNormal,
  HeUniform,
  HeUniform as heUniform,
  LecunNormal,
  LecunNormal as lecunNormal,
  LecunUniform,
  LecunUniform as lecunUniform,
  VarianceScaling,
  VarianceScaling as varianceScaling,
} from './varianceScaling.js';

/** Keras's JSON of an initializer. */
export function serialize(initializer: Initializer): KerasObject {
  return serializeObject(initializer);
}

/** The initializer that a name ('glorot_uniform', 'GlorotUniform') or Keras's JSON stands for. @throws ValueError */
export function get(identifier: string | KerasObject | Initializer): Initializer;
export function get(identifier: string | KerasObject | Initializer | null | undefined): Initializer | null;
export function get(identifier: string | KerasObject | Initializer | null | undefined): Initializer | null {
  const initializer = getObject<Initializer>('keras.initializers', 'initializer', identifier);
  if (initializer !== null && !(initializer instanceof Initializer)) {
    throw new ValueError(`Expected an initializer, its name or its config. Received: ${String(initializer)}.`);
  }
  return initializer;
}

/** The initializer that Keras's JSON or a name describes. @throws ValueError if it is unknown */
export function deserialize(config: string | KerasObject): Initializer {
  return get(config);
}
