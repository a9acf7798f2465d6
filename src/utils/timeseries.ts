// Windows of a time series as a data set.

import { type ArrayData, type Column, column } from '../data/column.js';
import { Dataset } from '../data/dataset.js';
import { newArray } from '../dtype.js';
import { ValueError } from '../errors.js';
import { fromTypedArray } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { MersenneTwister, numpyPermutation } from '../random/mersenneTwister.js';
import { permutation } from '../random/seed.js';

export interface TimeseriesOptions {
  /** Steps from the start of a window to that of the next. Default 1. */
  readonly sequenceStride?: number;
  /** Steps from an element of a window to its next. Default 1. */
  readonly samplingRate?: number;
  /** Windows per batch; null gives single windows. Default 128. */
  readonly batchSize?: number | null;
  /** Whether the windows come in random order. Default false. */
  readonly shuffle?: boolean;
  /** Makes the random order the same each time. */
  readonly seed?: number | null;
  /** First element of the series to use. Default 0. */
  readonly startIndex?: number | null;
  /** Where to stop: this element is not used. Default: the length of the series. */
  readonly endIndex?: number | null;
}

/** The length of the windows alone or among the options. */
type WindowArguments =
  | [sequenceLength: number, options?: TimeseriesOptions]
  | [options: TimeseriesOptions & { readonly sequenceLength: number }];

/**
 * Batches of windows of `sequenceLength` elements: (batch, sequenceLength, ...), and with targets pairs of them and the
 * targets of the windows, which are those at the same positions as the windows' first elements.
 * Keras: keras.utils.timeseries_dataset_from_array. @throws ValueError for indices and strides outside of the series
 */
export function timeseriesDatasetFromArray(data: ArrayData, targets: null, ...length: WindowArguments): Dataset<Tensor>;
export function timeseriesDatasetFromArray(
  data: ArrayData,
  targets: ArrayData,
  ...length: WindowArguments
): Dataset<[windows: Tensor, targets: Tensor]>;
export function timeseriesDatasetFromArray(
  data: ArrayData,
  targets: ArrayData | null,
  ...[length, more]: WindowArguments
): Dataset<Tensor> | Dataset<[Tensor, Tensor]> {
  const { sequenceLength, ...options } = typeof length === 'number' ? { ...more, sequenceLength: length } : length;
  if (!(Number.isInteger(sequenceLength) && sequenceLength > 0))
    throw new ValueError(`sequenceLength must be a whole number above 0. Received: ${String(sequenceLength)}.`);
  const { sequenceStride = 1, samplingRate = 1, batchSize = 128, shuffle = false, seed = null } = options;
  const series = column(data, undefined, 'data');
  checkRange(series.length, options);
  checkStep('samplingRate', samplingRate, series.length);
  checkStep('sequenceStride', sequenceStride, series.length);
  const start = options.startIndex ?? 0;
  const end = options.endIndex || series.length;
  const wanted = targets === null ? null : column(targets, undefined, 'targets');
  const possible = Math.min(end - start - (sequenceLength - 1) * samplingRate, wanted?.length ?? Infinity);
  const count = Math.max(0, Math.ceil(possible / sequenceStride));
  const order = shuffle ? orderOf(count, seed) : null;
  const perBatch = batchSize ?? 1;
  const batches = Dataset.range(Math.ceil(count / perBatch)).map(batch => {
    const size = Math.min(perBatch, count - batch * perBatch);
    const positions = Array.from({ length: size }, (_, i) => {
      const window = batch * perBatch + i;
      return start + (order ? order[window]! : window) * sequenceStride;
    });
    const elements = positions.flatMap(position =>
      Array.from({ length: sequenceLength }, (_, i) => position + i * samplingRate),
    );
    const lead = batchSize === null ? [] : [size];
    const windows = rowsAt(series, elements, [...lead, sequenceLength]);
    return wanted ? ([windows, rowsAt(wanted, positions, lead)] as [Tensor, Tensor]) : windows;
  });
  return batches as Dataset<Tensor> | Dataset<[Tensor, Tensor]>;
}

/** NumPy's shuffle, by its global generator or by one of that seed. */
function orderOf(count: number, seed: number | null): Int32Array {
  if (seed === null) return permutation(count);
  const generator = new MersenneTwister();
  generator.seedWithWord(seed);
  return numpyPermutation(generator, count);
}

function rowsAt(
  { data, rowSize, shape, dtype }: Column,
  positions: readonly number[],
  lead: readonly number[],
): Tensor {
  const rows = newArray(dtype, positions.length * rowSize);
  positions.forEach((position, i) => {
    rows.set(data.subarray(position * rowSize, (position + 1) * rowSize), i * rowSize);
  });
  return fromTypedArray(rows, [...lead, ...shape.slice(1)], dtype);
}

function checkRange(length: number, { startIndex, endIndex }: TimeseriesOptions): void {
  if (startIndex && (startIndex < 0 || startIndex >= length)) {
    throw new ValueError(
      `startIndex must be from 0 to below the length of the data, ${length}. Received: startIndex=${startIndex}.`,
    );
  }
  if (endIndex && (endIndex <= (startIndex ?? 0) || endIndex >= length)) {
    throw new ValueError(
      `endIndex must be higher than startIndex and lower than the length of the data, ${length}. ` +
        `Received: startIndex=${startIndex ?? 0}, endIndex=${endIndex}.`,
    );
  }
}

function checkStep(option: string, value: number, length: number): void {
  if (!(value > 0 && value < length)) {
    throw new ValueError(
      `${option} must be higher than 0 and lower than the length of the data, ${length}. Received: ${option}=${value}.`,
    );
  }
}
