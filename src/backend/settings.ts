// The K backend: settings of the whole library, names, and what classic Keras knew of sessions.

import { floatx, imageDataFormat, setImageDataFormat } from '../defaults.js';
import { ValueError } from '../errors.js';
import type { TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { getUid, resetNames } from '../naming.js';
import { castTo } from '../ops/convert.js';

export { epsilon, floatx, imageDataFormat, setEpsilon, setFloatx, setImageDataFormat } from '../defaults.js';
export { clearSession } from '../utils/session.js';
export { getUid, resetNames as resetUids };

/** The name of what computes: there is one backend, "webassembly". */
export function backend(): string {
  return 'webassembly';
}

/** x in the default float type. */
export function castToFloatx(x: TensorLike): Tensor {
  return castTo(x, floatx());
}

/** The data format that null stands for. @throws ValueError for a word that is none. */
export function normalizeDataFormat(value: string | null = null): 'channels_last' | 'channels_first' {
  const format = value?.toLowerCase() ?? imageDataFormat();
  if (format !== 'channels_last' && format !== 'channels_first') {
    throw new ValueError(
      `The \`dataFormat\` argument must be one of "channels_first", "channels_last". Received: ${value}`,
    );
  }
  return format;
}

/** Keras 1's names of the data formats: 'tf' and 'th'. */
export function imageDimOrdering(): 'tf' | 'th' {
  return imageDataFormat() === 'channels_first' ? 'th' : 'tf';
}

export function setImageDimOrdering(dimOrdering: string): void {
  if (dimOrdering !== 'tf' && dimOrdering !== 'th')
    throw new ValueError(`Unknown dimOrdering: ${dimOrdering}. Expected 'tf' or 'th'.`);
  setImageDataFormat(dimOrdering === 'th' ? 'channels_first' : 'channels_last');
}

/** @throws ValueError: there are no sessions. */
export function getSession(): never {
  throw new ValueError('There are no sessions: evaluate tensors with `K.eval`, compile functions with `K.function`.');
}

/** @throws ValueError: there are no sessions. */
export function setSession(_session: unknown): never {
  return getSession();
}

/** Variables have their value from the beginning: there is nothing to switch. */
export function manualVariableInitialization(_value: boolean): void {}
