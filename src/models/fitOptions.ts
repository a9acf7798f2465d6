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

const known = {
  fit: [
    ...['batchSize', 'epochs', 'verbose', 'callbacks', 'validationSplit', 'validationData', 'shuffle', 'classWeight'],
    ...['sampleWeight', 'initialEpoch', 'stepsPerEpoch', 'validationSteps', 'validationBatchSize', 'validationFreq'],
  ],
  evaluate: ['batchSize', 'verbose', 'callbacks', 'sampleWeight', 'steps', 'returnDict'],
  predict: ['batchSize', 'verbose', 'callbacks', 'steps'],
  trainOnBatch: ['sampleWeight', 'classWeight', 'returnDict'],
  testOnBatch: ['sampleWeight', 'returnDict'],
} as const;

/** Options may come in the place of targets, where x gives these itself or there are none. */
export function withTargets<O extends object>(x: unknown, y: unknown, options: O): { targets: unknown; options: O } {
  const names: readonly string[] = [...known.fit, ...known.evaluate];
  const areOptions = isDict(y) && (givesBatches(x) || Object.keys(y).every(key => names.includes(key)));
  return areOptions ? { targets: null, options: y as O } : { targets: y ?? null, options };
}

/** Whether an epoch, counted from 0, is one to validate after. */
export function validates(epoch: number, frequency: number | readonly number[]): boolean {
  return typeof frequency === 'number' ? (epoch + 1) % frequency === 0 : frequency.includes(epoch + 1);
}

/** Options of Keras that have no meaning here. */
const withoutEffect = ['maxQueueSize', 'workers', 'useMultiprocessing'];

/** @throws ValueError for options that there are not, such as a misspelt one, and for values that they cannot have */
export function checkOptions(method: keyof typeof known, options: unknown): void {
  if (!isDict(options)) {
    throw new ValueError(
      `${method}: expected an object of options as the last argument, such as { ${known[method][0]}: ... }. Received: ${String(options)}.`,
    );
  }
  const names: readonly string[] = known[method];
  const unknown = Object.keys(options).filter(name => !names.includes(name) && !withoutEffect.includes(name));
  if (unknown.length > 0) {
    throw new ValueError(`${method}: unknown option ${unknown.join(', ')}. Expected some of ${names.join(', ')}.`);
  }
  for (const [name, value] of Object.entries(options)) {
    const rule = rules[name];
    if (value === undefined || !rule || rule.allows(value)) continue;
    throw new ValueError(`${method}: expected ${name} to be ${rule.expected}. Received: ${String(value)}.`);
  }
}

interface Rule {
  readonly expected: string;
  allows(value: unknown): boolean;
}

const oneOf = (...values: readonly unknown[]): Rule => ({
  expected: `one of ${values.map(value => JSON.stringify(value)).join(', ')}`,
  allows: value => values.includes(value),
});
const isWhole = (value: unknown, least: number) => Number.isInteger(value) && (value as number) >= least;
const epochs: Rule = { expected: 'a whole number from 0', allows: value => isWhole(value, 0) };
const count: Rule = {
  expected: 'a positive whole number or null',
  allows: value => value === null || isWhole(value, 1),
};

/** What values options may have, where that can be said without looking at the data. */
const rules: { readonly [option: string]: Rule | undefined } = {
  epochs,
  initialEpoch: epochs,
  batchSize: count,
  steps: count,
  stepsPerEpoch: count,
  validationSteps: count,
  validationBatchSize: count,
  verbose: oneOf('auto', 0, 1, 2, true, false),
  shuffle: oneOf(true, false, 'batch'),
  validationSplit: {
    expected: 'a number in [0, 1), the share of the samples kept for validation',
    allows: value => typeof value === 'number' && value >= 0 && value < 1,
  },
  validationFreq: {
    expected: 'a positive whole number or a list of epochs',
    allows: value => isWhole(value, 1) || (Array.isArray(value) && value.every(epoch => isWhole(epoch, 1))),
  },
};
