// What Keras calls its config: defaults that hold wherever a layer, a loss or a function is not told otherwise.

import { ValueError } from './errors.js';

export type DataFormat = 'channels_last' | 'channels_first';

const floatTypes = ['bfloat16', 'float16', 'float32', 'float64'];

let fuzz = 1e-7;
let floatType = 'float32';
let dataFormat: DataFormat = 'channels_last';
let interactive = true;

/** The small number that keeps divisions and logarithms finite: 1e-7 unless set. */
export function epsilon(): number {
  return fuzz;
}

export function setEpsilon(value: number): void {
  if (typeof value !== 'number' || Number.isNaN(value)) {
    throw new ValueError(`setEpsilon: expected a number. Received: ${String(value)}`);
  }
  fuzz = value;
}

/** The name of the default float type. Whatever it is, floats are computed in 32 bits. */
export function floatx(): string {
  return floatType;
}

/** @throws ValueError for a name that is no float type. */
export function setFloatx(value: string): void {
  if (!floatTypes.includes(value)) {
    throw new ValueError(`Unknown \`floatx\` value: ${value}. Expected one of ${floatTypes.join(', ')}.`);
  }
  floatType = value;
}

/** Where the channels of images are. */
export function imageDataFormat(): DataFormat {
  return dataFormat;
}

/** @throws ValueError for a word that is none. */
export function setImageDataFormat(value: DataFormat): void {
  if (value !== 'channels_last' && value !== 'channels_first') {
    throw new ValueError(`The \`dataFormat\` must be 'channels_first' or 'channels_last'. Received: ${String(value)}`);
  }
  dataFormat = value;
}

/** Whether `verbose: 'auto'` shows a progress bar (true unless switched off) or one line per epoch. */
export function isInteractiveLoggingEnabled(): boolean {
  return interactive;
}

export function enableInteractiveLogging(): void {
  interactive = true;
}

export function disableInteractiveLogging(): void {
  interactive = false;
}
