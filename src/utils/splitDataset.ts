// A data set in two parts.

import { Dataset } from '../data/dataset.js';
import { ValueError } from '../errors.js';
import { pythonRandint, pythonShuffle } from '../random/mersenneTwister.js';
import { python } from '../random/seed.js';

export interface SplitDatasetOptions {
  /** Elements of the first part: a number of them, or a share below 1. Default: what the second part leaves. */
  readonly leftSize?: number | null;
  /** Elements of the second part: a number of them, or a share below 1. Default: what the first part leaves. */
  readonly rightSize?: number | null;
  /** Whether elements come into the parts at random. Default false. */
  readonly shuffle?: boolean;
  /** Makes the random order the same each time. */
  readonly seed?: number | null;
}

/**
 * The first and the last elements of a data set, or of arrays with equally many samples, as two data sets. All elements
 * are held in memory. Of a data set of batches, whole batches are divided. Keras: keras.utils.split_dataset.
 * @throws ValueError for sizes that are out of range or do not fit together
 */
export async function splitDataset<T = unknown>(
  dataset: unknown,
  { leftSize = null, rightSize = null, shuffle = false, seed = null }: SplitDatasetOptions,
): Promise<[left: Dataset<T>, right: Dataset<T>]> {
  const source = dataset instanceof Dataset ? (dataset as Dataset<T>) : Dataset.fromTensorSlices<T>(dataset);
  const elements = await source.toArray();
  if (shuffle) {
    python.seedWithArray([seed ?? pythonRandint(python, 0, 1_000_000)]);
    pythonShuffle(python, elements);
  }
  const [left, right] = splitSizes(leftSize, rightSize, elements.length);
  return [Dataset.from(elements.slice(0, left)), Dataset.from(elements.slice(elements.length - right))];
}

function splitSizes(leftSize: number | null, rightSize: number | null, total: number): [number, number] {
  if (leftSize === null && rightSize === null) {
    throw new ValueError('splitDataset: at least one of leftSize and rightSize must be given. Received neither.');
  }
  const left = countOf('leftSize', leftSize, total);
  const right = countOf('rightSize', rightSize, total);
  const sizes: [number, number] = [left ?? total - right!, right ?? total - left!];
  if (sizes[0] + sizes[1] > total) {
    throw new ValueError(
      `splitDataset: the sum of leftSize and rightSize must not be greater than the data set has elements, ${total}. ` +
        `Received: leftSize=${leftSize}, rightSize=${rightSize}.`,
    );
  }
  if (sizes.includes(0)) {
    throw new ValueError(
      `splitDataset: a part of ${total} elements would be empty with leftSize=${leftSize}, rightSize=${rightSize}.`,
    );
  }
  return sizes;
}

function countOf(option: string, size: number | null, total: number): number | null {
  if (size === null) return null;
  if (!(size > 0 && size < total) || (size > 1 && !Number.isInteger(size))) {
    throw new ValueError(
      `${option} should be either a positive integer smaller than ${total}, or a share between 0 and 1. Received: ${size}.`,
    );
  }
  return size < 1 ? roundHalfToEven(size * total) : size;
}

function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  return value - floor === 0.5 ? floor + (floor % 2) : Math.round(value);
}
