// What TensorBoard shows, as the messages of its event files (tensorboard/compat/proto): each value is a tensor, and its
// metadata name the plugin that draws it.

import { Message } from './protobuf.js';

const dtypes = { float: 1, double: 2, string: 7 } as const;
/** The DataClass of SummaryMetadata. */
const dataClasses = { scalar: 1, tensor: 2, blobs: 3 } as const;

function tensor(dtype: keyof typeof dtypes, shape: readonly number[]): Message {
  const dims = new Message();
  for (const size of shape) dims.message(2, new Message().integer(1, size));
  return new Message().integer(1, dtypes[dtype]).message(2, dims);
}

function value(tag: string, plugin: string, dataClass: keyof typeof dataClasses, data: Message, content = ''): Message {
  const pluginData = new Message().string(1, plugin);
  if (content) pluginData.string(2, content);
  const metadata = new Message().message(1, pluginData).integer(4, dataClasses[dataClass]);
  return new Message().string(1, tag).message(9, metadata).message(8, data);
}

const content = (array: Float32Array | Float64Array) =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** One number. */
export function scalar(tag: string, number: number): Message {
  return value(tag, 'scalars', 'scalar', tensor('float', []).bytes(4, content(Float32Array.of(number))));
}

/** How the elements are spread: 30 rows of left edge, right edge, count. */
export function histogram(tag: string, elements: ArrayLike<number>): Message {
  return value(tag, 'histograms', 'tensor', tensor('double', [buckets, 3]).bytes(4, content(bucketsOf(elements))));
}

const buckets = 30;

/** 30 buckets of equal width. If all elements are equal, all of them count in the last one. */
export function bucketsOf(elements: ArrayLike<number>): Float64Array {
  const rows = new Float64Array(buckets * 3);
  if (elements.length === 0) return rows;
  let [min, max] = [Infinity, -Infinity];
  for (let i = 0; i < elements.length; i++) {
    min = Math.min(min, elements[i]!);
    max = Math.max(max, elements[i]!);
  }
  const width = (max - min) / buckets;
  for (let i = 0; i < buckets; i++) {
    rows[3 * i] = min + i * width;
    rows[3 * i + 1] = i === buckets - 1 ? max : min + (i + 1) * width;
  }
  for (let i = 0; i < elements.length; i++) {
    const bucket = width > 0 ? Math.min(Math.floor((elements[i]! - min) / width), buckets - 1) : buckets - 1;
    rows[3 * bucket + 2]!++;
  }
  return rows;
}

/** Pictures of one size, as PNG files. */
export function images(tag: string, width: number, height: number, pictures: readonly Uint8Array[]): Message {
  const data = tensor('string', [2 + pictures.length])
    .string(8, String(width))
    .string(8, String(height));
  for (const picture of pictures) data.bytes(8, picture);
  return value(tag, 'images', 'blobs', data);
}

/** Keras's JSON of a model, which TensorBoard's graph page draws. */
export function kerasModel(tag: string, json: string): Message {
  return value(tag, 'graph_keras_model', 'blobs', tensor('string', []).string(8, json), '1');
}

/** An event: some values at a step, `time` in seconds since 1970. */
export function event(time: number, step: number, values: readonly Message[]): Message {
  const summary = new Message();
  for (const each of values) summary.message(1, each);
  return new Message().double(1, time).integer(2, step).message(5, summary);
}

/** What an event file begins with. */
export function fileVersion(time: number): Message {
  const source = new Message().string(1, 'kerasm');
  return new Message().double(1, time).string(3, 'brain.Event:2').message(10, source);
}
