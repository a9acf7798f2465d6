// Node's side of the platform.

import { access, appendFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism, hostname } from 'node:os';
import { dirname, join } from 'node:path';
import type { Platform } from './platform.js';

const require = createRequire(import.meta.url);

/** Counts temporary files, so that no two have the same name. */
let writes = 0;

export const platform: Platform = {
  name: 'node',
  cpuCount: availableParallelism,
  columns: () => process.stdout.columns ?? 80,
  environment: name => process.env[name],
  maySleep: () => true,
  startWorker(source, task) {
    // Loaded when needed, as it takes its time and small models run on one thread.
    const { Worker } = require('node:worker_threads') as typeof import('node:worker_threads');
    const worker = new Worker(`${source}(require('node:worker_threads').workerData)`, {
      eval: true,
      workerData: task,
      execArgv: [],
      stdin: false,
    });
    worker.unref();
    return { terminate: () => void worker.terminate() };
  },
  write: text => void process.stdout.write(text),
  get isTerminal() {
    return process.stdout?.isTTY === true;
  },
  fromBase64: text => Buffer.from(text, 'base64'),
  breathe: () => new Promise(resolve => setImmediate(resolve)),
  writeText: (path, text, append) => writeFile(path, text, { flag: append ? 'a' : 'w' }),
  async writeFile(path, bytes) {
    await mkdir(dirname(path), { recursive: true });
    const temporary = `${path}.${process.pid}-${writes++}.tmp`;
    try {
      await writeFile(temporary, bytes);
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  },
  async appendFile(path, bytes) {
    await mkdir(dirname(path), { recursive: true });
    await appendFile(path, bytes);
  },
  fileExists: path =>
    access(path).then(
      () => true,
      () => false,
    ),
  remove: path => rm(path, { recursive: true, force: true }),
  hostName: hostname,
  readFile: path => (/^https?:/.test(path) ? download(path) : readFile(path)),
  packageFolder(name, subfolder) {
    // Looked for from the user's program, not from here: that is where it was installed.
    for (const from of [join(process.cwd(), 'index.js'), import.meta.url]) {
      try {
        return join(dirname(createRequire(from).resolve(`${name}/package.json`)), subfolder);
      } catch {
        // not installed there
      }
    }
    return undefined;
  },
};

async function download(address: string): Promise<Uint8Array> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`Could not read ${address}: ${response.status} ${response.statusText}.`);
  return new Uint8Array(await response.arrayBuffer());
}
