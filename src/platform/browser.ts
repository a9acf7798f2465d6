// The browser's side of the platform; also right for web workers.

import { appendOwnFile, readOwnFile, removeOwnFile, writeOwnFile } from './originFiles.js';
import type { Platform } from './platform.js';

export const platform: Platform = {
  name: 'browser',
  cpuCount: () => globalThis.navigator?.hardwareConcurrency ?? 1,
  columns: () => 80,
  environment: () => undefined,
  maySleep: () => typeof document === 'undefined',
  startWorker(source, task, onRefusal) {
    // Only a cross-origin isolated page may post shared memory to another thread.
    if (!globalThis.crossOriginIsolated || typeof Worker === 'undefined') return null;
    const url = URL.createObjectURL(
      new Blob([`onmessage = event => ${source}(event.data)`], { type: 'text/javascript' }),
    );
    try {
      const worker = new Worker(url);
      // How a content security policy without `worker-src blob:` is found out; older engines throw.
      worker.onerror = onRefusal;
      worker.postMessage(task);
      return worker;
    } catch {
      return null;
    }
  },
  // The console ends lines by itself.
  write: text => console.log(text.replace(/\n$/, '')),
  isTerminal: false,
  fromBase64: text => Uint8Array.from(atob(text), character => character.charCodeAt(0)),
  // A message and not a timer: timers that follow each other are held back by several milliseconds.
  breathe: () =>
    new Promise(resolve => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(null);
    }),
  writeText: (path, text, append) => (append ? appendOwnFile : writeOwnFile)(path, new TextEncoder().encode(text)),
  writeFile: writeOwnFile,
  appendFile: appendOwnFile,
  fileExists: async path => (await readOwnFile(path)) !== null,
  remove: removeOwnFile,
  hostName: () => globalThis.location?.hostname || 'browser',
  async readFile(path) {
    const own = await readOwnFile(path);
    if (own) return own;
    const response = await fetch(path);
    if (!response.ok) throw new Error(`Could not read ${path}: ${response.status} ${response.statusText}.`);
    return new Uint8Array(await response.arrayBuffer());
  },
  packageFolder: () => undefined,
};
