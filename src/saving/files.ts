// Saving to files and loading from them, by the extensions that Keras knows.

import { platform } from '#platform';
import { ValueError } from '../errors.js';
import type { Layer } from '../layers/layer.js';
import {
  decodeLegacyModel,
  decodeLegacyWeights,
  encodeLegacyModel,
  encodeLegacyWeights,
  type LegacyLoadOptions,
} from './legacyFile.js';
import { type DecodeModelOptions, decodeModel, encodeModel, weightsMember } from './modelFile.js';
import { decodeWeights, encodeWeights, type LoadWeightsOptions, requireBuilt } from './weights.js';

export interface SaveOptions {
  /** Whether a file that is there already is replaced. Default true. */
  overwrite?: boolean;
}

export interface SaveModelOptions extends SaveOptions {
  /** Whether an `.h5` file keeps the state of the optimizer; a `.keras` file always does. Default true. */
  includeOptimizer?: boolean;
}

/** A path, an address, or the content of a file. */
export type FileSource = string | Uint8Array | ArrayBuffer;

/**
 * Saves the weights, and the optimizer's state if it has any, as a `.weights.h5` file of Keras 3. Any other path that ends
 * in `.h5` or `.hdf5` becomes a file of Keras 2, which has no optimizer state.
 */
export async function saveWeights(model: Layer, path: string, options: SaveOptions = {}): Promise<void> {
  const kind = kindOf(path);
  if (kind !== 'weights' && kind !== 'legacy') {
    throw new ValueError(`The filename must end in \`.weights.h5\`. Received: filepath=${path}`);
  }
  await write(path, await (kind === 'weights' ? encodeWeights(model) : encodeLegacyWeights(model)), options);
}

/** Loads weights that Keras or `saveWeights` saved: a `.weights.h5` file, or the weights in a `.keras` or `.h5` file. */
export async function loadWeights(
  model: Layer,
  source: FileSource,
  options: LoadWeightsOptions & LegacyLoadOptions = {},
): Promise<void> {
  const kind = kindOf(source);
  if (kind === 'unknown') {
    throw new ValueError(
      `File format not supported: filepath=${nameOf(source)}. Weights are in files that end in \`.weights.h5\`, \`.keras\` or \`.h5\`.`,
    );
  }
  if (options.byName && kind !== 'legacy' && kind !== 'bytes') {
    throw new ValueError(`\`byName\` only supports loading legacy '.h5' or '.hdf5' files. Received: ${nameOf(source)}`);
  }
  requireBuilt(model);
  const bytes = await bytesOf(source);
  const name = nameOf(source);
  if (kind === 'keras' || (kind === 'bytes' && isZip(bytes))) {
    await decodeWeights(model, await weightsMember(bytes, name), name, options);
  } else if (kind === 'legacy' || options.byName) await decodeLegacyWeights(model, bytes, name, options);
  else await decodeWeights(model, bytes, name, options);
}

/**
 * Saves a whole model: architecture, weights, what `compile` was told, the optimizer's state. The path ends in `.keras`,
 * or in `.h5` or `.hdf5` for a file as Keras 2 has it.
 */
export async function saveModel(model: Layer, path: string, options: SaveModelOptions = {}): Promise<void> {
  const legacy = /\.(h5|hdf5)$/.test(path);
  if (!legacy && !path.endsWith('.keras')) {
    throw new ValueError(
      'Invalid filepath extension for saving. Please add either a `.keras` extension for the native Keras format ' +
        `(recommended) or a \`.h5\` extension. Received: filepath=${path}.`,
    );
  }
  await write(path, await (legacy ? encodeLegacyModel(model, options) : encodeModel(model)), options);
}

/** Loads a whole model that Keras or `saveModel` saved: a `.keras` file, or an `.h5` file of Keras 2 or 3. */
export async function loadModel<M extends Layer = Layer>(
  source: FileSource,
  options: DecodeModelOptions = {},
): Promise<M> {
  const kind = kindOf(source);
  if (kind === 'unknown' || kind === 'weights') {
    throw new ValueError(
      `File format not supported: filepath=${nameOf(source)}. Whole models are in files that end in \`.keras\` or \`.h5\`.`,
    );
  }
  const bytes = await bytesOf(source);
  const decode = kind === 'legacy' || (kind === 'bytes' && !isZip(bytes)) ? decodeLegacyModel : decodeModel;
  return (await decode(bytes, nameOf(source), options)) as M;
}

/** What the extension says; content alone says nothing yet. */
function kindOf(source: FileSource): 'weights' | 'keras' | 'legacy' | 'unknown' | 'bytes' {
  if (typeof source !== 'string') return 'bytes';
  const path = pathOf(source);
  if (path.endsWith('.weights.h5')) return 'weights';
  if (path.endsWith('.keras')) return 'keras';
  return /\.(h5|hdf5)$/.test(path) ? 'legacy' : 'unknown';
}

/** What errors call the file. */
function nameOf(source: FileSource): string {
  return typeof source === 'string' ? source : 'The given data';
}

/** The part of an address that tells the kind of file. */
function pathOf(source: string): string {
  return /^https?:/.test(source) ? new URL(source).pathname : source;
}

async function bytesOf(source: FileSource): Promise<Uint8Array> {
  if (typeof source === 'string') {
    return platform.readFile(source).catch((error: { readonly code?: string }) => {
      if (error.code !== 'ENOENT') throw error;
      throw new ValueError(
        `File not found: filepath=${source}. There is no such file: check the path and the folder that it starts from.`,
      );
    });
  }
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  throw new ValueError(`Expected the path, the address or the bytes of a file. Received: ${String(source)}.`);
}

function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b;
}

async function write(path: string, bytes: Uint8Array, { overwrite = true }: SaveOptions): Promise<void> {
  if (!overwrite && (await platform.fileExists(path))) {
    throw new ValueError(`${path} exists already. Pass { overwrite: true } to replace it, or save under another name.`);
  }
  await platform.writeFile(path, bytes);
}
