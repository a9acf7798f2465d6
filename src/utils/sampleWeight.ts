// The forms in which `fit` and `trainStep` get inputs, targets and weights.

import { ValueError } from '../errors.js';

/** x, y and weights as `fit` takes them: x alone, [x, y] or [x, y, sampleWeight]. A list x alone becomes [x]. */
export function packXYSampleWeight<X, Y, W>(
  x: X,
  y: Y | null = null,
  sampleWeight: W | null = null,
): X | [x: X] | [x: X, y: Y] | [x: X, y: Y, sampleWeight: W] {
  if (y === null) return Array.isArray(x) ? [x] : x;
  return sampleWeight === null ? [x, y] : [x, y, sampleWeight];
}

/** [x, y, sampleWeight] of what a data set gave, null for what it did not. @throws ValueError for more than three. */
export function unpackXYSampleWeight(data: unknown): [x: unknown, y: unknown, sampleWeight: unknown] {
  if (!Array.isArray(data)) return [data, null, null];
  if (data.length < 1 || data.length > 3) {
    throw new ValueError(
      `Data is expected to be in format x, [x], [x, y], or [x, y, sampleWeight]. Received a list of ${data.length}.`,
    );
  }
  const [x, y = null, sampleWeight = null] = data as unknown[];
  return [x, y, sampleWeight];
}
