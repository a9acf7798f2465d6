// The IDX format of the original MNIST files: big-endian magic number 0x0000 <type> <rank>, the sizes, the elements.
// http://yann.lecun.com/exdb/mnist describes it.

import { ValueError } from '../errors.js';
import { NDArray } from '../ndarray.js';
import { sizeOf } from '../shape.js';

const UNSIGNED_BYTE = 0x08;

/** The array of unsigned bytes in an IDX file. `name` is for error messages. @throws ValueError if it is none. */
export function parseIdx(bytes: Uint8Array, name: string): NDArray<Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4 || view.getUint16(0) !== 0 || view.getUint8(2) !== UNSIGNED_BYTE) {
    throw new ValueError(
      `${name}: expected an IDX file of unsigned bytes (first bytes 00 00 08). Received ${bytes.length} bytes of something else.`,
    );
  }
  const rank = view.getUint8(3);
  const header = 4 + 4 * rank;
  const shape = bytes.length < header ? [] : Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  if (bytes.length !== header + sizeOf(shape)) {
    throw new ValueError(
      `${name}: expected ${header + sizeOf(shape)} bytes for shape (${shape}). Received ${bytes.length}: the file is damaged or incomplete.`,
    );
  }
  return new NDArray(bytes.subarray(header), shape);
}
