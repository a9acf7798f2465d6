// Sequences of different lengths as one array.

import { type ArrayData, type Column, column } from '../data/column.js';
import { ShapeError, ValueError } from '../errors.js';
import { NDArray, type NumberArray } from '../ndarray.js';
import { formatShape, sameShape } from '../shape.js';
import { isDict } from '../structure.js';

/** What keeps elements of each dtype: int64 loses its upper half, float16 keeps more than its precision. */
const arrays = {
  bool: Uint8Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  int64: Int32Array,
  uint32: Uint32Array,
  float16: Float32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

export interface PadSequencesOptions {
  /** Length of all sequences afterwards. Default: that of the longest. */
  readonly maxlen?: number | null;
  /** Type of the elements. Default 'int32'. */
  readonly dtype?: keyof typeof arrays;
  /** Where `value` is added to short sequences. Default 'pre'. */
  readonly padding?: 'pre' | 'post';
  /** Where elements are taken from long sequences. Default 'pre'. */
  readonly truncating?: 'pre' | 'post';
  /** What short sequences are filled with. Default 0. */
  readonly value?: number;
}

/**
 * An array of shape (sequences, maxlen, ...) with a sequence per row: too short ones are filled up, too long ones cut, both
 * at the beginning by default. Elements may be arrays of one shape. A number instead of options is `maxlen`.
 * Keras: keras.utils.pad_sequences.
 * @throws ShapeError if the elements' shapes differ
 */
export function padSequences(
  sequences: readonly ArrayData[],
  options: PadSequencesOptions | number | null = {},
): NDArray {
  const given: PadSequencesOptions = isDict(options) ? options : { maxlen: options };
  const { dtype = 'int32', padding = 'pre', truncating = 'pre', value = 0 } = given;
  checkSide('padding', padding);
  checkSide('truncating', truncating);
  const Elements = arrays[dtype];
  if (!Elements) {
    throw new ValueError(`padSequences: unknown dtype "${dtype}". Expected one of ${Object.keys(arrays).join(', ')}.`);
  }
  const columns = sequences.map((sequence, i) =>
    isEmpty(sequence) ? null : column(sequence, undefined, `sequences[${i}]`),
  );
  const rows = columns.map((each, i) => {
    const shape = each?.shape.slice(1);
    const first = columns.find(other => other !== null)?.shape.slice(1);
    if (shape && !sameShape(shape, first!)) {
      throw new ShapeError(
        `padSequences: expected elements of shape ${formatShape(first!)}, as in the first sequence. ` +
          `Received shape ${formatShape(shape)} in the sequence at position ${i}.`,
      );
    }
    return each;
  });
  const sample = rows.find(each => each !== null);
  const rowSize = sample?.rowSize ?? 1;
  const maxlen = given.maxlen ?? Math.max(0, ...rows.map(each => each?.length ?? 0));
  const element = (x: number) => (dtype === 'bool' ? Number(x !== 0) : x);
  const data: NumberArray = new Elements(rows.length * maxlen * rowSize);
  data.fill(element(value));
  rows.forEach((row, i) => {
    const kept = row && cut(row, maxlen, truncating);
    if (!kept) return;
    const start = padding === 'pre' ? maxlen - kept.length : 0;
    data.set(dtype === 'bool' ? kept.data.map(element) : kept.data, (i * maxlen + start) * rowSize);
  });
  return new NDArray(data, [rows.length, maxlen, ...(sample?.shape.slice(1) ?? [])]);
}

function cut(row: Column, maxlen: number, side: 'pre' | 'post'): Column {
  if (row.length <= maxlen) return row;
  return side === 'pre' ? row.slice(row.length - maxlen, row.length) : row.slice(0, maxlen);
}

function isEmpty(sequence: ArrayData): boolean {
  return (Array.isArray(sequence) || ArrayBuffer.isView(sequence)) && (sequence as ArrayLike<unknown>).length === 0;
}

function checkSide(option: string, value: string): void {
  if (value !== 'pre' && value !== 'post')
    throw new ValueError(`padSequences: ${option} is 'pre' or 'post'. Received: ${value}.`);
}
