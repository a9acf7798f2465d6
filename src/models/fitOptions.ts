// The options of fit, evaluate and the steps on single batches.

import type { Callback, CallbackHooks } from '../callbacks/callback.js';
import { ValueError } from '../errors.js';
import { isDict } from '../structure.js';
import { type ClassWeight, givesBatches } from './trainingData.js';

export interface EvaluateOptions {
  /** Samples per batch. Default 32. Not for data that give batches themselves. */
  batchSize?: number | null;
  /** 0 silent, 1 a progress bar, 2 one line per epoch. Default 'auto': 1, or 2 without interactive logging. */
  verbose?: number | boolean | 'auto';
  callbacks?: Callback | CallbackHooks | readonly (Callback | CallbackHooks)[] | null;
  /** Weights of the samples in the loss: shape (samples,) or, for sequences, (samples, steps). */
  sampleWeight?: unknown;
  /** Batches to use. Default: all. */
  steps?: number | null;
  /** Gives a dict instead of a list. Default false. */
  returnDict?: boolean;
}

export interface FitOptions extends Omit<EvaluateOptions, 'steps' | 'returnDict'> {
  /** Default 1. */
  epochs?: number;
  /** The share of the samples, the last ones, that is kept for validation. Default 0. */
  validationSplit?: number;
  /** [x, y] or [x, y, sampleWeight], or something that gives batches. */
  validationData?: unknown;
  /** Draws the samples in a new order each epoch; 'batch' only within batches. Default true. */
  shuffle?: boolean | 'batch';
  /** Weights of classes in the loss. */
  classWeight?: ClassWeight | null;
  /** Where to go on. Default 0. */
  initialEpoch?: number;
  /** Batches per epoch. Default: all. */
  stepsPerEpoch?: number | null;
  validationSteps?: number | null;
  validationBatchSize?: number | null;
  /** Validates every so many epochs, or after the listed ones (counted from 1). Default 1. */
  validationFreq?: number | readonly number[];
}

export interface OnBatchOptions {
  sampleWeight?: unknown;
  classWeight?: ClassWeight | null;
  returnDict?: boolean;
}

const evaluateOptions = ['batchSize', 'verbose', 'callbacks', 'sampleWeight', 'steps', 'returnDict'];
const fitOptions = [
  ...['batchSize', 'epochs', 'verbose', 'callbacks', 'validationSplit', 'validationData', 'shuffle', 'classWeight'],
  ...['sampleWeight', 'initialEpoch', 'stepsPerEpoch', 'validationSteps', 'validationBatchSize', 'validationFreq'],
];

/** Options may come in the place of targets, where x gives these itself or there are none. */
export function withTargets<O extends object>(x: unknown, y: unknown, options: O): { targets: unknown; options: O } {
  const areOptions =
    isDict(y) &&
    (givesBatches(x) || Object.keys(y).every(key => fitOptions.includes(key) || evaluateOptions.includes(key)));
  return areOptions ? { targets: null, options: y as O } : { targets: y ?? null, options };
}

/** Whether an epoch, counted from 0, is one to validate after. */
export function validates(epoch: number, frequency: number | readonly number[]): boolean {
  return typeof frequency === 'number' ? (epoch + 1) % frequency === 0 : frequency.includes(epoch + 1);
}

/** Options of Keras that have no meaning here. */
const withoutEffect = ['maxQueueSize', 'workers', 'useMultiprocessing'];

/** @throws ValueError for options that there are not, such as a misspelt one. */
export function checkOptionNames(method: 'fit' | 'evaluate' | 'predict', options: object): void {
  const known = method === 'fit' ? fitOptions : evaluateOptions;
  const unknown = Object.keys(options).filter(name => !known.includes(name) && !withoutEffect.includes(name));
  if (unknown.length > 0) {
    throw new ValueError(`${method}: unknown option ${unknown.join(', ')}. Expected some of ${known.join(', ')}.`);
  }
}

/** @throws ValueError for numbers that cannot be. */
export function checkFitOptions(options: FitOptions): void {
  checkOptionNames('fit', options);
  const { epochs = 1, initialEpoch = 0, validationSplit = 0, validationFreq = 1 } = options;
  for (const [name, value] of Object.entries({ epochs, initialEpoch })) {
    if (!(Number.isInteger(value) && value >= 0))
      throw new ValueError(`fit: expected ${name} to be a whole number from 0. Received: ${String(value)}.`);
  }
  if (!(validationSplit >= 0 && validationSplit < 1)) {
    throw new ValueError(
      `fit: expected validationSplit in [0, 1): the share of the samples kept for validation. Received: ${String(validationSplit)}.`,
    );
  }
  if (
    typeof validationFreq === 'number'
      ? !(Number.isInteger(validationFreq) && validationFreq > 0)
      : !Array.isArray(validationFreq)
  ) {
    throw new ValueError(
      `fit: expected validationFreq to be a positive whole number or a list of epochs. Received: ${String(validationFreq)}.`,
    );
  }
}
