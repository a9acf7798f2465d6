// Saving to files and loading from them, by the extensions that Keras knows.

import { platform } from '#platform';
import { ValueError } from '../errors.js';
import type { Layer } from '../layers/layer.js';
import { type DecodeModelOptions, decodeModel, encodeModel, weightsMember } from './modelFile.js';
import { decodeWeights, encodeWeights, type LoadWeightsOptions, requireBuilt } from './weights.js';

export interface SaveOptions {
  /** Whether a file that is there already is replaced. Default true. */
  overwrite?: boolean;
}

/** A path, an address, or the content of a file. */
export type FileSource = string | Uint8Array | ArrayBuffer;

/** Saves the weights, and the optimizer's state if it has any, as a `.weights.h5` file of Keras 3. */
export async function saveWeights(model: Layer, path: string, options: SaveOptions = {}): Promise<void> {
  if (!path.endsWith('.weights.h5')) {
    throw new ValueError(`The filename must end in \`.weights.h5\`. Received: filepath=${path}`);
  }
  await write(path, await encodeWeights(model), options);
}

/** Loads weights saved by `saveWeights` or by Keras 3: a `.weights.h5` file, or the weights in a `.keras` file. */
export async function loadWeights(
  model: Layer,
  source: FileSource,
  options: LoadWeightsOptions = {},
): Promise<void> {
  const path = typeof source === 'string' ? pathOf(source) : null;
  const isModel = path?.endsWith('.keras') === true;
  if (path !== null && !isModel && !path.endsWith('.weights.h5')) {
    throw new ValueError(
      `File format not supported: filepath=${path}. Weights are in files that end in \`.weights.h5\` or \`.keras\`.`,
    );
  }
  requireBuilt(model);
  const bytes = await bytesOf(source);
  const name = path ?? 'The given data';
  await decodeWeights(model, isModel || isZip(bytes) ? weightsMember(bytes, name) : bytes, name, options);
}

/** Saves a whole model as a `.keras` file: architecture, weights, what `compile` was told, optimizer state. */
export async function saveModel(model: Layer, path: string, options: SaveOptions = {}): Promise<void> {
  if (!path.endsWith('.keras')) {
    throw new ValueError(
      `Invalid filepath extension for saving. Please add a \`.keras\` extension for the native Keras format. Received: filepath=${path}.`,
    );
  }
  await write(path, await encodeModel(model), options);
}

/** Loads a whole model saved by `saveModel` or by Keras 3. */
export async function loadModel<M extends Layer = Layer>(
  source: FileSource,
  options: DecodeModelOptions = {},
): Promise<M> {
  const path = typeof source === 'string' ? pathOf(source) : null;
  if (path !== null && !path.endsWith('.keras')) {
    throw new ValueError(
      `File format not supported: filepath=${path}. Whole models are in files that end in \`.keras\`.`,
    );
  }
  return (await decodeModel(await bytesOf(source), path ?? 'The given data', options)) as M;
}

/** The part of an address that tells the kind of file. */
function pathOf(source: string): string {
  return /^https?:/.test(source) ? new URL(source).pathname : source;
}

async function bytesOf(source: FileSource): Promise<Uint8Array> {
  if (typeof source === 'string') return platform.readFile(source);
  return source instanceof Uint8Array ? source : new Uint8Array(source);
}

function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b;
}

async function write(path: string, bytes: Uint8Array, { overwrite = true }: SaveOptions): Promise<void> {
  if (!overwrite && (await platform.fileExists(path))) {
    throw new ValueError(
      `${path} exists already. Pass { overwrite: true } to replace it, or save under another name.`,
    );
  }
  await platform.writeFile(path, bytes);
}
