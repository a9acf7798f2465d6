import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync, zipSync } from 'fflate';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { filesOf } from '../../src/utils/archive.js';
import { getFile } from '../../src/utils/getFile.js';
import { md5 } from '../../src/utils/md5.js';
import { tarOf } from '../support/tar.js';

let folder: string;
let server: Server;
let address: string;
let requests: number;
const served = new Map<string, Uint8Array>();
const content = new TextEncoder().encode('some data');

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kerasm-files-'));
  requests = 0;
  served.clear();
  served.set('/data.txt', content);
  server = createServer((request, response) => {
    requests++;
    const bytes = served.get(request.url!);
    response.writeHead(bytes ? 200 : 404).end(bytes);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  vi.spyOn(console, 'log').mockReturnValue();
  vi.spyOn(console, 'warn').mockReturnValue();
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  server.close();
  rmSync(folder, { recursive: true });
});

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

test('a file is downloaded once and stays in the cache', async () => {
  const options = { origin: `${address}/data.txt`, cacheDir: folder, fileHash: sha256(content) };
  const path = await getFile(options);
  expect(path).toBe(`${folder}/datasets/data.txt`);
  expect(readFileSync(path, 'utf8')).toBe('some data');
  expect(await getFile(options)).toBe(path);
  expect(requests).toBe(1);
  await getFile({ ...options, forceDownload: true });
  expect(requests).toBe(2);
});

test("Keras's order of arguments, KERAS_HOME, and addresses of files", async () => {
  vi.stubEnv('KERAS_HOME', folder);
  writeFileSync(join(folder, 'with space.txt'), 'x');
  const path = await getFile('own.txt', pathToFileURL(join(folder, 'with space.txt')).href, { cacheSubdir: 'texts' });
  expect(path).toBe(`${folder}/texts/own.txt`);
  expect(readFileSync(path, 'utf8')).toBe('x');
});

test('a damaged file in the cache is downloaded again', async () => {
  mkdirSync(join(folder, 'datasets'));
  writeFileSync(join(folder, 'datasets/data.txt'), 'some da');
  const md5Hash = createHash('md5').update(content).digest('hex');
  const path = await getFile({ origin: `${address}/data.txt`, cacheDir: folder, md5Hash });
  expect(readFileSync(path, 'utf8')).toBe('some data');
  expect(console.warn).toHaveBeenCalledWith(expect.stringContaining('incomplete or outdated'));
});

test('a download with another hash is refused and not kept', async () => {
  const options = { origin: `${address}/data.txt`, cacheDir: folder, fileHash: sha256(Uint8Array.of(1)) };
  await expect(getFile(options)).rejects.toThrow(/Incomplete or corrupted.*data\.txt.*9 bytes/);
  expect(existsSync(join(folder, 'datasets/data.txt'))).toBe(false);
});

test('what cannot be fetched says from where, and where the file could be put', async () => {
  const origin = `${address}/none.txt`;
  await expect(getFile({ origin, cacheDir: folder })).rejects.toThrow(
    /none\.txt.*404.*put the file at .*datasets\/none\.txt/,
  );
  await expect(getFile({ origin: `${address}/`, cacheDir: folder })).rejects.toThrow(/no name/);
  await expect(getFile({ origin, fname: 'a/b' })).rejects.toThrow(/without folders.*a\/b/);
});

test.each(['photos.zip', 'photos.tar', 'photos.tar.gz'])(
  '%s is unpacked, but not to outside of its folder',
  async name => {
    const files = {
      'in/a.txt': Uint8Array.of(97),
      '../outside.txt': Uint8Array.of(98),
      '/absolute.txt': Uint8Array.of(99),
    };
    const tar = tarOf(files);
    served.set(`/${name}`, name.endsWith('zip') ? zipSync(files) : name.endsWith('gz') ? gzipSync(tar) : tar);
    const path = await getFile({ origin: `${address}/${name}`, cacheDir: folder, extract: true });
    expect(path).toBe(`${folder}/datasets/${name}`);
    expect(readFileSync(`${path}/in/a.txt`, 'utf8')).toBe('a');
    expect(existsSync(join(folder, 'datasets/outside.txt'))).toBe(false);
    expect(existsSync(`${path}/absolute.txt`)).toBe(false);
    expect(existsSync(`${path}_archive`)).toBe(true);
    const named = { fname: name, origin: `${address}/${name}`, cacheDir: folder, cacheSubdir: 'named', extract: true };
    expect(await getFile(named)).toBe(`${folder}/named/photos_extracted`);
    expect(existsSync(join(folder, 'named', name))).toBe(true);
  },
);

test('what is no archive is kept, with a warning', async () => {
  await getFile({ origin: `${address}/data.txt`, cacheDir: folder, extract: true });
  expect(console.warn).toHaveBeenCalledWith(expect.stringContaining('Could not extract'));
});

test.runIf(process.platform !== 'win32')('archives of the system come out whole, also with long paths', async () => {
  const long = `${'deep/'.repeat(30)}file.txt`;
  mkdirSync(join(folder, 'tree', long, '..'), { recursive: true });
  writeFileSync(join(folder, 'tree', long), 'long');
  writeFileSync(join(folder, 'tree/big.bin'), Buffer.alloc(70000, 7));
  for (const format of ['gnu', 'pax', 'ustar']) {
    const tar = execFileSync('tar', [`--format=${format}`, '-C', join(folder, 'tree'), '-c', 'deep', 'big.bin'], {
      maxBuffer: 1e7,
    });
    const files = (await filesOf(new Uint8Array(tar), ['tar']))!;
    expect(new TextDecoder().decode(files.get(long))).toBe('long');
    expect(files.get('big.bin')).toEqual(new Uint8Array(70000).fill(7));
    expect(files.size).toBe(2);
    await expect(filesOf(new Uint8Array(tar.subarray(0, tar.length - 60000)), ['tar'])).rejects.toThrow(/cut off/);
  }
});

test('MD5 digests of all lengths around its blocks are those of OpenSSL', () => {
  for (const length of [0, 1, 54, 55, 56, 57, 63, 64, 65, 119, 120, 128, 1000]) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 37) & 255);
    expect(md5(bytes)).toBe(createHash('md5').update(bytes).digest('hex'));
  }
});
