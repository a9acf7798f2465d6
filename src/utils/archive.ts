// The files in archives: .zip, .tar and .tar.gz. Also tells and undoes gzip.

import { ValueError } from '../errors.js';

const BLOCK = 512;

/** The content as it was before gzip, or as it is if it was not packed. */
export async function gunzip(bytes: Uint8Array): Promise<Uint8Array> {
  return bytes[0] === 0x1f && bytes[1] === 0x8b ? (await import('fflate')).gunzipSync(bytes) : bytes;
}

/** The files of an archive by their paths; null if it is none. Paths that lead out of a folder are left out. */
export async function filesOf(
  bytes: Uint8Array,
  formats: readonly ('tar' | 'zip')[],
): Promise<Map<string, Uint8Array> | null> {
  if (formats.includes('zip') && bytes[0] === 0x50 && bytes[1] === 0x4b) {
    const { unzipSync } = await import('fflate');
    const files = Object.entries(unzipSync(bytes)).filter(([path]) => !path.endsWith('/'));
    return new Map(files.filter(([path]) => isSafe(path)));
  }
  if (!formats.includes('tar')) return null;
  const unpacked = await gunzip(bytes);
  return isTar(unpacked) ? filesOfTar(unpacked) : null;
}

/** A header is right if its bytes, with spaces for the sum, add up to the sum in it. */
function isTar(bytes: Uint8Array): boolean {
  if (bytes.length < BLOCK) return false;
  let sum = 0;
  for (let i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? 32 : bytes[i]!;
  return sum === octal(bytes.subarray(148, 156));
}

/** Source: POSIX.1 pax, ustar interchange format; GNU tar's records for long names. */
function filesOfTar(bytes: Uint8Array): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  let longPath: string | null = null;
  for (let at = 0; at + BLOCK <= bytes.length && bytes[at] !== 0; ) {
    const header = bytes.subarray(at, at + BLOCK);
    const size = octal(header.subarray(124, 136));
    const start = at + BLOCK;
    if (start + size > bytes.length) {
      throw new ValueError(`The archive is cut off: expected ${start + size} bytes. Received ${bytes.length}.`);
    }
    const content = bytes.subarray(start, start + size);
    const kind = String.fromCharCode(header[156]!);
    const prefix = text(header.subarray(345, 500));
    const path =
      longPath ??
      (prefix && text(header.subarray(257, 262)) === 'ustar' ? `${prefix}/` : '') + text(header.subarray(0, 100));
    longPath = null;
    if (kind === 'L') longPath = text(content);
    else if (kind === 'x') longPath = /\d+ path=(.*)\n/.exec(new TextDecoder().decode(content))?.[1] ?? null;
    else if ((kind === '0' || kind === '\0') && isSafe(path)) files.set(path, content);
    at = start + Math.ceil(size / BLOCK) * BLOCK;
  }
  return files;
}

function octal(field: Uint8Array): number {
  return Number.parseInt(text(field).trim(), 8) || 0;
}

function text(field: Uint8Array): string {
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}

function isSafe(path: string): boolean {
  return !/^([\\/]|[A-Za-z]:)/.test(path) && !path.split(/[\\/]/).includes('..');
}
