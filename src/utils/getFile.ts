// Files from the internet, kept in a folder of their own: ~/.keras, as Keras does, or in browsers the files of the page.

import { platform } from '#platform';
import { ValueError } from '../errors.js';
import { filesOf } from './archive.js';
import { md5, toHex } from './md5.js';

export interface GetFileOptions {
  /** Name of the file in the cache, or of the folder an archive is unpacked to. Default: the last part of `origin`. */
  readonly fname?: string | null;
  /** Address of the file: https, http or file. */
  readonly origin: string;
  /** SHA-256 or MD5 of the file in hexadecimal digits. */
  readonly fileHash?: string | null;
  /** The same for MD5 only. */
  readonly md5Hash?: string | null;
  /** Default 'auto': told by the length of the hash. */
  readonly hashAlgorithm?: 'auto' | 'sha256' | 'md5';
  /** Folder in the cache. Default 'datasets'. */
  readonly cacheSubdir?: string;
  /** The cache. Default: the folder in the environment variable KERAS_HOME, or ~/.keras. */
  readonly cacheDir?: string | null;
  /** Whether to unpack an archive. Default false. */
  readonly extract?: boolean;
  readonly untar?: boolean;
  /** Archives to expect: 'tar' includes tar.gz. Default 'auto', both. */
  readonly archiveFormat?: 'auto' | 'tar' | 'zip' | readonly ('tar' | 'zip')[] | null;
  /** Whether to download even if the file is there. Default false. */
  readonly forceDownload?: boolean;
}

/**
 * Downloads a file unless it is in the cache already, and resolves to its path, or to that of the folder it was unpacked
 * to. `getFile({ origin })` or Keras's `getFile(fname, origin, options)`. Keras: keras.utils.get_file.
 * @throws ValueError if the hash is another than the given one, Error if the file cannot be downloaded or written
 */
export async function getFile(
  first: GetFileOptions | string | null,
  origin?: string,
  others: Omit<GetFileOptions, 'fname' | 'origin'> = {},
): Promise<string> {
  const options: GetFileOptions =
    typeof first === 'object' && first !== null ? first : { ...others, fname: first, origin: origin! };
  const place = placeOf(options);
  const bytes = await cachedBytes(options, place.file, true);
  if (place.folder === null) return place.file;
  const { archiveFormat = 'auto', untar } = options;
  const formats = untar
    ? ['tar' as const]
    : archiveFormat === 'auto'
      ? (['tar', 'zip'] as const)
      : [archiveFormat ?? []].flat();
  const files = await filesOf(bytes, formats as ('tar' | 'zip')[]);
  if (!files)
    console.warn(`Could not extract archive ${place.file}: it is none of ${formats.join(', ') || 'no formats'}.`);
  for (const [path, content] of files ?? []) await platform.writeFile(`${place.folder}/${path}`, content);
  return place.folder;
}

/** The bytes of a file in the cache; downloads it first if need be, and keeps it there if files can be written. */
export function cachedFile(options: GetFileOptions): Promise<Uint8Array> {
  return cachedBytes(options, placeOf(options).file, false);
}

function placeOf({ fname, origin, cacheDir, cacheSubdir = 'datasets', extract, untar }: GetFileOptions): {
  readonly file: string;
  readonly folder: string | null;
} {
  if (!origin) throw new ValueError('getFile: expected `origin`, the address of the file. Received none.');
  const name = fname || decodeURIComponent(new URL(origin).pathname.split('/').at(-1)!);
  if (!name) throw new ValueError(`getFile: the address ${origin} ends with no name of a file. Pass \`fname\`.`);
  if (/[\\/]/.test(name)) {
    throw new ValueError(`getFile: expected \`fname\` without folders; \`cacheDir\` is for those. Received: ${name}.`);
  }
  const isAbsolute = /^([\\/]|[A-Za-z]:)/.test(cacheSubdir);
  const base = isAbsolute ? cacheSubdir : `${cacheDir ?? kerasHome()}/${cacheSubdir}`;
  if (!extract && !untar) return { file: `${base}/${name}`, folder: null };
  if (fname?.includes('.')) {
    return { file: `${base}/${name}`, folder: `${base}/${name.slice(0, name.indexOf('.'))}_extracted` };
  }
  return { file: `${base}/${name}_archive`, folder: `${base}/${name}` };
}

function kerasHome(): string {
  const own = platform.environment('KERAS_HOME');
  if (own) return own;
  const home = platform.environment('HOME') ?? platform.environment('USERPROFILE');
  return home ? `${home}/.keras` : '.keras';
}

async function cachedBytes(options: GetFileOptions, path: string, mustKeep: boolean): Promise<Uint8Array> {
  const { origin, hashAlgorithm = 'auto', forceDownload = false } = options;
  const hash = options.fileHash ?? options.md5Hash ?? null;
  const algorithm = options.fileHash ? hashAlgorithm : options.md5Hash ? 'md5' : hashAlgorithm;
  if (!forceDownload && (await platform.fileExists(path))) {
    const bytes = await platform.readFile(path);
    if (hash === null || (await hashOf(bytes, hash, algorithm)) === hash) return bytes;
    console.warn(
      `A local file was found, but it seems to be incomplete or outdated because its hash is not ${hash}, so it is ` +
        `downloaded again: ${path}`,
    );
  }
  console.log(`Downloading data from ${origin}`);
  let bytes: Uint8Array;
  try {
    bytes = await platform.readFile(origin.startsWith('file:') ? pathOf(origin) : origin);
  } catch (error) {
    throw new Error(
      `URL fetch failure on ${origin}: ${reasonOf(error)}. Without a connection, put the file at ${path}.`,
    );
  }
  const received = hash === null ? null : await hashOf(bytes, hash, algorithm);
  if (received !== hash) {
    throw new ValueError(
      `Incomplete or corrupted file detected: ${origin}. Expected the hash ${hash}. Received ${received} (${bytes.length} bytes).`,
    );
  }
  try {
    await platform.writeFile(path, bytes);
  } catch (error) {
    if (mustKeep) throw error;
  }
  return bytes;
}

/** What an error says, and what it says about its cause: "fetch failed" alone tells nothing. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const message = error.message.replace(/\.$/, '');
  return error.cause instanceof Error ? `${message} (${reasonOf(error.cause)})` : message;
}

async function hashOf(bytes: Uint8Array, like: string, algorithm: 'auto' | 'sha256' | 'md5'): Promise<string> {
  if (algorithm === 'md5' || (algorithm === 'auto' && like.length !== 64)) return md5(bytes);
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)));
}

/** The path in a file address; on Windows such a path has a slash before its drive. */
function pathOf(origin: string): string {
  return decodeURIComponent(new URL(origin).pathname).replace(/^\/(?=[A-Za-z]:)/, '');
}
