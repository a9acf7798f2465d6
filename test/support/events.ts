// Reads TensorBoard's event files: an independent decoder of their records and protocol buffers.

import { expect } from 'vitest';

/** The fields of a message: numbers (varint, fixed) and bytes (strings, messages) by field number, in order. */
type Fields = Map<number, (number | Uint8Array)[]>;

export interface Value {
  readonly tag: string;
  readonly step: number;
  readonly plugin: string;
  readonly content: string;
  readonly dtype: number;
  readonly shape: readonly number[];
  readonly numbers: readonly number[];
  readonly strings: readonly Uint8Array[];
}

const text = (bytes: number | Uint8Array | undefined) =>
  new TextDecoder().decode((bytes as Uint8Array | undefined) ?? new Uint8Array());

function fieldsOf(bytes: Uint8Array): Fields {
  const fields: Fields = new Map();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const varint = (): number => {
    let [result, factor] = [0, 1];
    for (;;) {
      const byte = bytes[at++]!;
      result += (byte & 127) * factor;
      factor *= 128;
      if (byte < 128) return result;
    }
  };
  while (at < bytes.length) {
    const key = varint();
    const [field, kind] = [key >> 3, key & 7];
    let value: number | Uint8Array;
    if (kind === 0) value = varint();
    else if (kind === 1) value = view.getFloat64((at += 8) - 8, true);
    else if (kind === 2) {
      const length = varint();
      value = bytes.subarray(at, (at += length));
    } else throw new Error(`unexpected wire type ${kind}`);
    fields.set(field, [...(fields.get(field) ?? []), value]);
  }
  return fields;
}

/** CRC-32C, bit by bit. */
function crc32c(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let i = 0; i < 8; i++) crc = (crc >>> 1) ^ (0x82f63b78 & -(crc & 1));
  }
  return ~crc >>> 0;
}

function expectChecksum(bytes: Uint8Array, stored: number): void {
  const crc = crc32c(bytes);
  expect(stored).toBe((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0);
}

/** All values of an event file, its checksums checked. */
export function readEvents(bytes: Uint8Array): Value[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values: Value[] = [];
  let first = true;
  for (let at = 0; at < bytes.length; ) {
    const length = Number(view.getBigUint64(at, true));
    expectChecksum(bytes.subarray(at, at + 8), view.getUint32(at + 8, true));
    const data = bytes.subarray(at + 12, at + 12 + length);
    expectChecksum(data, view.getUint32(at + 12 + length, true));
    at += 16 + length;
    const event = fieldsOf(data);
    if (first) expect(text(event.get(3)?.[0])).toBe('brain.Event:2');
    first = false;
    const step = (event.get(2)?.[0] as number | undefined) ?? 0;
    for (const summary of event.get(5) ?? []) {
      for (const value of fieldsOf(summary as Uint8Array).get(1) ?? [])
        values.push(toValue(fieldsOf(value as Uint8Array), step));
    }
  }
  return values;
}

function toValue(fields: Fields, step: number): Value {
  const plugin = fieldsOf(fieldsOf(fields.get(9)![0] as Uint8Array).get(1)![0] as Uint8Array);
  const tensor = fieldsOf(fields.get(8)![0] as Uint8Array);
  const dtype = tensor.get(1)![0] as number;
  const shape = (fieldsOf(tensor.get(2)![0] as Uint8Array).get(2) ?? []).map(
    dim => fieldsOf(dim as Uint8Array).get(1)![0] as number,
  );
  const content = new Uint8Array((tensor.get(4)?.[0] as Uint8Array | undefined) ?? []).buffer;
  return {
    tag: text(fields.get(1)![0]),
    step,
    plugin: text(plugin.get(1)![0]),
    content: text(plugin.get(2)?.[0]),
    dtype,
    shape,
    numbers: dtype === 1 ? [...new Float32Array(content)] : dtype === 2 ? [...new Float64Array(content)] : [],
    strings: (tensor.get(8) ?? []) as Uint8Array[],
  };
}
