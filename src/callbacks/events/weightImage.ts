// Weights as grey or coloured pictures, laid out as Keras's TensorBoard callback does.

import type { Shape } from '../../shape.js';
import { concatenate } from './protobuf.js';

/** Pictures of one size, elements by rows, columns and channels. */
export interface Pictures {
  readonly width: number;
  readonly height: number;
  readonly pngs: readonly Uint8Array[];
}

/** As many pictures as TensorBoard takes of one weight. */
const MOST = 3;

/**
 * Pictures of a weight without its axes of size 1: one row for a vector, a landscape for a matrix, one picture per last
 * index for three axes, and four axes as they are. null if that gives no 1, 3 or 4 channels.
 */
export async function picturesOf(data: ArrayLike<number>, shape: Shape): Promise<Pictures | null> {
  const dims = shape.filter(size => size !== 1);
  let count = 1;
  let [height, width, channels] = [1, dims[0] ?? 1, 1];
  let at = (_picture: number, _row: number, column: number, _channel: number): number => column;
  if (dims.length === 2) {
    const [rows, columns] = dims as [number, number];
    const upright = rows > columns;
    [height, width] = upright ? [columns, rows] : [rows, columns];
    at = (_, row, column) => (upright ? column * columns + row : row * columns + column);
  } else if (dims.length === 3) {
    [height, width, count] = dims as [number, number, number];
    const pictures = count;
    at = (picture, row, column) => (row * width + column) * pictures + picture;
  } else if (dims.length === 4) {
    [count, height, width, channels] = dims as [number, number, number, number];
    at = (picture, row, column, channel) => ((picture * height + row) * width + column) * channels + channel;
  }
  if (dims.length > 4 || ![1, 3, 4].includes(channels)) return null;
  const pngs = await Promise.all(
    Array.from({ length: Math.min(count, MOST) }, (_, picture) =>
      png(width, height, channels, (row, column, channel) => data[at(picture, row, column, channel)]!),
    ),
  );
  return { width, height, pngs };
}

/** A PNG file of 8 bits per channel. `at` gives numbers between 0 and 1; what is outside becomes black or white. */
export async function png(
  width: number,
  height: number,
  channels: number,
  at: (row: number, column: number, channel: number) => number,
): Promise<Uint8Array> {
  const { zlibSync } = await import('fflate');
  const line = 1 + width * channels;
  const pixels = new Uint8Array(height * line); // each line begins with its filter: 0, none
  for (let row = 0; row < height; row++) {
    for (let i = 0; i < width * channels; i++) {
      const value = at(row, Math.floor(i / channels), i % channels);
      pixels[row * line + 1 + i] = Math.min(Math.max(Math.floor(value * 255.5), 0), 255);
    }
  }
  const header = new Uint8Array(13);
  new DataView(header.buffer).setUint32(0, width);
  new DataView(header.buffer).setUint32(4, height);
  header.set([8, { 1: 0, 3: 2, 4: 6 }[channels]!], 8);
  const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  return concatenate([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', zlibSync(pixels)),
    chunk('IEND', new Uint8Array()),
  ]);
}

function chunk(name: string, data: Uint8Array): Uint8Array {
  const body = concatenate([new TextEncoder().encode(name), data]);
  const [length, sum] = [new Uint8Array(4), new Uint8Array(4)];
  new DataView(length.buffer).setUint32(0, data.length);
  new DataView(sum.buffer).setUint32(0, crc32(body));
  return concatenate([length, body, sum]);
}

/** CRC-32 of PNG and zip files (reflected polynomial 0xedb88320). */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
