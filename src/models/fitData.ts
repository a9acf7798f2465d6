// The data of a training: batches to train on, and batches to validate on.

import { ArrayBatches, type Batches, type Parts } from '../data/batches.js';
import type { Column } from '../data/column.js';
import { ValueError } from '../errors.js';
import type { NDArray } from '../ndarray.js';
import { isDict } from '../structure.js';
import type { FitOptions } from './fitOptions.js';
import {
  arraysOf,
  batchesOf,
  givesBatches,
  type Ports,
  parseParts,
  type Source,
  splitParts,
  withClassWeight,
} from './trainingData.js';

export interface FitData {
  readonly batches: Batches;
  readonly validation: Batches | null;
  /** The arrays to validate on, for callbacks; null where there are none, or batches are given. */
  readonly validationArrays: (() => readonly NDArray[]) | null;
}

/** What `fit` was given as batches. `inspect` sees all columns before they are used. */
export function fitData(
  x: Source,
  y: unknown,
  options: FitOptions,
  ports: Ports,
  inspect: (parts: Parts<Column>) => void,
): FitData {
  const {
    batchSize = null,
    validationSplit = 0,
    validationData = null,
    shuffle = true,
    classWeight = null,
    sampleWeight = null,
    stepsPerEpoch: steps = null,
    validationSteps = null,
    validationBatchSize = null,
  } = options;
  const validating = { batchSize: validationBatchSize ?? batchSize, steps: validationSteps };
  if (validationSplit > 0 && validationData === null) {
    if (givesBatches(x))
      throw new ValueError('validationSplit needs arrays. For data that give batches, pass validationData.');
    const [training, held] = splitParts(parseParts(x, y, sampleWeight, ports), validationSplit);
    return {
      batches: new ArrayBatches(withClassWeight(training, classWeight), { batchSize, steps, shuffle }),
      validation: new ArrayBatches(held, validating),
      validationArrays: () => arraysOf(held),
    };
  }
  const batches = batchesOf(x, y, sampleWeight, ports, { batchSize, steps, shuffle, classWeight }, inspect);
  if (validationData === null) return { batches, validation: null, validationArrays: null };
  if (givesBatches(validationData)) {
    const validation = batchesOf(validationData, null, null, ports, validating, inspect);
    return { batches, validation, validationArrays: null };
  }
  if (!Array.isArray(validationData) || validationData.length > 3) {
    throw new ValueError(
      'fit: expected validationData to be [x, y] or [x, y, sampleWeight], or something that gives batches. ' +
        `Received ${
          Array.isArray(validationData)
            ? `a list of ${validationData.length}`
            : isDict(validationData)
              ? `an object with ${Object.keys(validationData).join(', ')}`
              : String(validationData)
        }.`,
    );
  }
  const [valX, valY, valWeight] = validationData as unknown as readonly [Source, unknown?, unknown?];
  return {
    batches,
    validation: batchesOf(valX, valY, valWeight, ports, validating, inspect),
    validationArrays: () => arraysOf(parseParts(valX, valY, valWeight, ports)),
  };
}
