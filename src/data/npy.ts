// NumPy's files: `.npy` with one array, and `.npz`, a zip of them.
// Source: numpy/lib/format.py describes the header.

import { platform } from '#platform';
import { ValueError } from '../errors.js';
import type { NDArray, NumberArray } from '../ndarray.js';
import { arrayFromBytes } from './numpyElements.js';
import { PickledArray, parsePickle } from './pickle.js';

const MAGIC = '\x93NUMPY';

interface Header {
  readonly type: string;
  readonly columnsFirst: boolean;
  readonly shape: readonly number[];
  /** Where the elements begin. */
  readonly end: number;
}

/**
 * The array in the bytes of a `.npy` file. Integers of 64 bits become int32 where all of them fit, and float64 otherwise.
 * `name` is what errors call it. @throws ValueError if it is no such file, or its elements are not numbers
 */
export function parseNpy(bytes: Uint8Array, name = 'The given data'): NDArray {
  const { type, shape, columnsFirst, end } = headerOf(bytes, name);
  return arrayFromBytes(type, shape, bytes.subarray(end), columnsFirst, name);
}

/** The lists of whole numbers in a `.npy` file of Python objects, such as sequences of different lengths. */
export function parseNpyLists(bytes: Uint8Array, name: string): number[][] {
  const { type, end } = headerOf(bytes, name);
  if (type !== '|O') throw new ValueError(`${name}: expected an array of lists. Received elements of type '${type}'.`);
  const array = parsePickle(bytes.subarray(end), name);
  const lists = array instanceof PickledArray ? array.data : null;
  if (!Array.isArray(lists) || !lists.every(Array.isArray))
    throw new ValueError(`${name}: expected an array of lists.`);
  return lists as number[][];
}

/** The bytes of the `.npy` files in a `.npz` file, without their extension. @throws ValueError if it is no zip file */
export async function npzMembers(bytes: Uint8Array, name: string): Promise<{ [member: string]: Uint8Array }> {
  const { unzipSync } = await import('fflate');
  try {
    const files = Object.entries(unzipSync(bytes, { filter: file => file.name.endsWith('.npy') }));
    return Object.fromEntries(files.map(([file, content]) => [file.slice(0, -4), content]));
  } catch (error) {
    throw new ValueError(`${name} (${bytes.length} bytes) is not a whole .npz file: ${String(error)}`);
  }
}

/** The arrays in the bytes of a `.npz` file by name. */
export async function parseNpz(bytes: Uint8Array, name = 'The given data'): Promise<{ [array: string]: NDArray }> {
  const members = Object.entries(await npzMembers(bytes, name));
  return Object.fromEntries(members.map(([member, content]) => [member, parseNpy(content, `${name}: ${member}`)]));
}

/** Reads a `.npy` file from a path or an address. */
export async function loadNpy(path: string): Promise<NDArray> {
  return parseNpy(await platform.readFile(path), path);
}

/** Reads the arrays of a `.npz` file from a path or an address. */
export async function loadNpz(path: string): Promise<{ [array: string]: NDArray }> {
  return parseNpz(await platform.readFile(path), path);
}

/** The bytes of a `.npy` file with an array, for NumPy's `np.load`. */
export function encodeNpy({ data, shape }: NDArray): Uint8Array {
  const dims = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const header = `{'descr': '${typeOf(data)}', 'fortran_order': False, 'shape': (${dims}), }`;
  // The elements begin at a multiple of 64.
  const padded = `${header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11)}\n`;
  const prefix = latin1(`${MAGIC}\x01\x00${String.fromCharCode(padded.length & 255, padded.length >> 8)}`);
  const bytes = new Uint8Array(prefix.length + padded.length + data.byteLength);
  bytes.set(prefix);
  bytes.set(latin1(padded), prefix.length);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), prefix.length + padded.length);
  return bytes;
}

/** One byte for each character. */
function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, character => character.charCodeAt(0));
}

/** The bytes of a `.npz` file with arrays by name. */
export async function encodeNpz(arrays: { readonly [array: string]: NDArray }): Promise<Uint8Array> {
  const { zipSync } = await import('fflate');
  const files = Object.entries(arrays).map(([name, array]) => [`${name}.npy`, encodeNpy(array)] as const);
  return zipSync(Object.fromEntries(files), { level: 0 });
}

function headerOf(bytes: Uint8Array, name: string): Header {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const latin1 = (from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to));
  if (bytes.length < 12 || latin1(0, 6) !== MAGIC) {
    throw new ValueError(
      `${name}: expected a .npy file, which begins with the bytes 93 4e 55 4d 50 59. Received ${bytes.length} bytes of something else.`,
    );
  }
  const start = bytes[6] === 1 ? 10 : 12;
  const end = start + (bytes[6] === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  const text = latin1(start, Math.min(end, bytes.length));
  const type = /'descr': *'([^']*)'/.exec(text)?.[1];
  const shape = /'shape': *\(([^)]*)\)/.exec(text)?.[1];
  if (end > bytes.length || type === undefined || shape === undefined) {
    throw new ValueError(`${name}: the header of the .npy file is damaged, or describes a structured array.`);
  }
  const columnsFirst = /'fortran_order': *True/.test(text);
  return { type, columnsFirst, shape: (shape.match(/\d+/g) ?? []).map(Number), end };
}

function typeOf(data: NumberArray): string {
  const kind =
    data instanceof Float32Array || data instanceof Float64Array ? 'f' : /^Int/.test(data.constructor.name) ? 'i' : 'u';
  return `${data.BYTES_PER_ELEMENT === 1 ? '|' : '<'}${kind}${data.BYTES_PER_ELEMENT}`;
}
