// Where the files of data sets come from: a path or an address that the user gives, or Keras's own cache and servers.

import { platform } from '#platform';
import { cachedFile } from '../utils/getFile.js';

/** Keras's server for data sets. */
const KERAS = 'https://storage.googleapis.com/tensorflow/tf-keras-datasets';

/** A file that Keras offers. */
export interface KerasFile {
  readonly name: string;
  readonly hash?: string;
  /** Folder in the cache. Default 'datasets'. */
  readonly folder?: string;
  /** Address, if it is not on Keras's server. */
  readonly origin?: string;
}

/**
 * The bytes of a file: those at `path`, if it names a folder (then nothing is downloaded or checked), otherwise Keras's
 * own, from the cache (where `path` may be its name) or downloaded.
 */
export function datasetFile(file: KerasFile, path?: string): Promise<Uint8Array> {
  if (path !== undefined && /[\\/]/.test(path)) return platform.readFile(path);
  return cachedFile({
    fname: path ?? file.name,
    origin: file.origin ?? `${KERAS}/${file.name}`,
    fileHash: file.hash ?? null,
    cacheSubdir: file.folder ?? 'datasets',
  });
}
