// HDF5 files as bytes in memory, read and written by h5wasm: HDF5's own C library as WebAssembly. It has 4 MB, so it is
// loaded when the first such file is met, and neither the bundles nor the start of a program pay for it.

import type { Dataset, File, Group } from 'h5wasm';
import { ValueError } from '../errors.js';
import { NDArray, type NumberArray } from '../ndarray.js';

/** The value of an attribute: a string or a list of strings as they are, anything else as the library gives it. */
export type AttributeValue = string | readonly string[];

/** A file being read. Paths are like `layers/dense/vars/0`. */
export interface Hdf5Reader {
  has(path: string): boolean;
  /** The names in a group; none if there is no such group. */
  keys(path: string): string[];
  /** The elements of a dataset. @throws ValueError if there is none, or its type has no counterpart here. */
  array(path: string): NDArray;
  /** An attribute of a group or, with the path '', of the file. */
  attribute(path: string, name: string): unknown;
}

/** A file being written. Groups on the way are made as needed. */
export interface Hdf5Writer {
  group(path: string, attributes?: { readonly [name: string]: AttributeValue }): void;
  array(path: string, value: NDArray): void;
}

type Library = Pick<typeof import('h5wasm'), 'File' | 'ready'>;

let library: Promise<Library> | undefined;

async function load(): Promise<Library> {
  const loaded = await import('h5wasm');
  // By default the library prints its errors and goes on.
  (await loaded.ready).activate_throwing_error_handler();
  return loaded;
}

/** Loads the library, once. */
function loadLibrary(): Promise<Library> {
  library ??= load().catch((error: unknown) => {
    library = undefined;
    throw new Error(
      `The HDF5 library could not be loaded (${String(error)}). It is the file hdf5.js of the package's dist folder and ` +
        'must be served next to the bundle.',
    );
  });
  return library;
}

let files = 0;

/** Runs `use` on a file in the library's own file system, which knows nothing of the disk. */
async function withFile<T>(
  use: (
    h5: Library,
    fs: { writeFile: (path: string, data: Uint8Array) => void; readFile: (path: string) => Uint8Array },
    path: string,
  ) => T,
): Promise<T> {
  const h5 = await loadLibrary();
  const { FS } = await h5.ready;
  const path = `/kerasm-${files++}.h5`;
  try {
    return use(h5, FS as never, path);
  } finally {
    if (FS.analyzePath(path, false).exists) FS.unlink(path);
  }
}

/** Reads a file; `name` is what errors call it. @throws ValueError if it is no HDF5 file, or only a part of one. */
export function readHdf5<T>(bytes: Uint8Array, name: string, use: (file: Hdf5Reader) => T): Promise<T> {
  return withFile((h5, fs, path) => {
    fs.writeFile(path, bytes);
    let file: File;
    try {
      file = new h5.File(path, 'r');
    } catch (error) {
      throw unreadable(name, bytes.length, String(error));
    }
    try {
      return use(reader(file, name));
    } catch (error) {
      // The library's own errors tell of its insides.
      if (!(error instanceof Error && error.message.startsWith('HDF5-DIAG'))) throw error;
      throw new ValueError(`${name} is damaged: parts of it cannot be read. Copy or save it again.`);
    } finally {
      file.close();
    }
  });
}

/** Writes a file and gives its bytes. */
export function writeHdf5(fill: (file: Hdf5Writer) => void): Promise<Uint8Array> {
  return withFile((h5, fs, path) => {
    const file = new h5.File(path, 'w');
    try {
      fill(writer(file));
    } finally {
      file.close();
    }
    return fs.readFile(path);
  });
}

function unreadable(name: string, length: number, message: string): ValueError {
  const truncated = /truncated file: eof = (\d+).*stored_eof = (\d+)/.exec(message);
  if (truncated)
    return new ValueError(
      `${name} is cut off: it has ${truncated[1]} bytes of ${truncated[2]}. Copy or save it again.`,
    );
  return new ValueError(`${name} (${length} bytes) is not an HDF5 file.`);
}

function reader(file: File, name: string): Hdf5Reader {
  const kinds = new Map<string, ReadonlySet<string>>();
  /** The names in the group at a path: asked for once, since asking for what is not there is an error. */
  const namesIn = (path: string): ReadonlySet<string> => {
    let names = kinds.get(path);
    if (!names) kinds.set(path, (names = new Set(has(path) ? ((entity(path) as Partial<Group>).keys?.() ?? []) : [])));
    return names;
  };
  const has = (path: string): boolean => {
    if (path === '') return true;
    const slash = path.lastIndexOf('/');
    return namesIn(path.slice(0, Math.max(slash, 0))).has(path.slice(slash + 1));
  };
  const entity = (path: string) => (path === '' ? file : file.get(path));
  return {
    has,
    keys: path => [...namesIn(path)],
    attribute: (path, attribute) => (has(path) ? (entity(path) as Group).attrs[attribute]?.value : undefined),
    array(path) {
      if (!has(path)) throw new ValueError(`${name} has no dataset "${path}".`);
      const dataset = entity(path) as Dataset;
      return new NDArray(elements(dataset, `${name}: dataset "${path}"`), dataset.shape ?? []);
    },
  };
}

function elements(dataset: Dataset, what: string): NumberArray {
  let value: unknown;
  try {
    value = dataset.value;
  } catch (error) {
    throw new ValueError(`${what} cannot be read: ${String(error)}`);
  }
  if (dataset.attrs['dtype']?.value === 'bfloat16' && value instanceof Uint8Array) return fromBfloat16(value);
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean')
    return scalar(Number(value), dataset.dtype === '<f');
  if (value instanceof BigInt64Array || value instanceof BigUint64Array) return Int32Array.from(value, Number);
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return value as NumberArray;
  throw new ValueError(`${what} holds no numbers.`);
}

function scalar(value: number, isFloat: boolean): NumberArray {
  return isFloat ? Float32Array.of(value) : Float64Array.of(value);
}

/** The upper halves of float32 numbers. */
function fromBfloat16(bytes: Uint8Array): Float32Array {
  const halves = new Uint16Array(bytes.slice().buffer);
  return new Float32Array(Uint32Array.from(halves, half => half << 16).buffer);
}

function writer(file: File): Hdf5Writer {
  const made = new Set(['']);
  const make = (path: string): void => {
    if (made.has(path)) return;
    make(path.slice(0, Math.max(path.lastIndexOf('/'), 0)));
    file.create_group(path);
    made.add(path);
  };
  return {
    group(path, attributes = {}) {
      make(path);
      const group = path === '' ? file : (file.get(path) as Group);
      for (const [name, value] of Object.entries(attributes)) {
        if (Array.isArray(value) && value.length === 0) group.create_attribute(name, new Float64Array(0), [0]);
        else group.create_attribute(name, value as string | string[]);
      }
    },
    array(path, { data, shape }) {
      make(path.slice(0, Math.max(path.lastIndexOf('/'), 0)));
      file.create_dataset({
        name: path,
        data: data as Exclude<NumberArray, Uint8ClampedArray>,
        shape: [...shape],
      });
    },
  };
}
