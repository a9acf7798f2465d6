// Tables of numbers with a target per row, shuffled and split as Keras does: what the two housing data sets share.

import { parseNpz } from '../data/npy.js';
import { ValueError } from '../errors.js';
import { NDArray, type NumberArray } from '../ndarray.js';
import { numpyPermutation } from '../random/mersenneTwister.js';
import { randomState } from './sequences.js';
import { datasetFile, type KerasFile } from './source.js';

export interface HousingOptions {
  /** Local path or address of the file (with a slash in it), or its name in the cache. Default: Keras's own file. */
  readonly path?: string;
  /** Share of the rows for testing. Default 0.2. */
  readonly testSplit?: number;
  /** Of the order of the rows. Default 113. */
  readonly seed?: number;
}

export type TablePart = [features: NDArray, targets: NDArray];

/** The first `limit` rows of the arrays x and y in a file, in random order and in two parts. */
export async function loadTable(
  file: KerasFile,
  { path, testSplit = 0.2, seed = 113 }: HousingOptions,
  limit = Infinity,
): Promise<[train: TablePart, test: TablePart]> {
  if (!(testSplit >= 0 && testSplit < 1)) {
    throw new ValueError(`Invalid testSplit: ${testSplit}. It must be between 0 and 1 (exclusive of 1).`);
  }
  const name = path ?? file.name;
  const { x, y } = await parseNpz(await datasetFile(file, path), name);
  if (!x || !y) throw new ValueError(`${name}: expected the arrays x and y.`);
  const order = numpyPermutation(randomState(seed), Math.min(limit, x.length));
  const split = Math.trunc(order.length * (1 - testSplit));
  const part = (rows: Int32Array): TablePart => [rowsOf(x, rows), rowsOf(y, rows)];
  return [part(order.subarray(0, split)), part(order.subarray(split))];
}

function rowsOf({ data, shape }: NDArray, rows: Int32Array): NDArray {
  const width = data.length / (shape[0] || 1);
  const result = new (data.constructor as new (length: number) => NumberArray)(rows.length * width);
  rows.forEach((row, i) => {
    result.set(data.subarray(row * width, (row + 1) * width), i * width);
  });
  return new NDArray(result, [rows.length, ...shape.slice(1)]);
}
