// TFRecord framing: length, checksum of the length, data, checksum of the data.

import { concatenate } from './protobuf.js';

/** CRC-32C (Castagnoli, reflected polynomial 0x82f63b78) of each byte. */
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = table[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** Checksums of data that hold checksums are weak, so they are rotated by 15 bits and moved. */
function masked(bytes: Uint8Array): Uint8Array {
  const crc = crc32c(bytes);
  const result = new Uint8Array(4);
  new DataView(result.buffer).setUint32(0, (((crc >>> 15) | (crc << 17)) >>> 0) + 0xa282ead8, true);
  return result;
}

/** One record of a file. */
export function record(data: Uint8Array): Uint8Array {
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(data.length), true);
  return concatenate([length, masked(length), data, masked(data)]);
}
