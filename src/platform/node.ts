// Node's side of the platform.

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Platform } from './platform.js';

export const platform: Platform = {
  name: 'node',
  cpuCount: availableParallelism,
  environment: name => process.env[name],
  startWorker(source, task) {
    const worker = new Worker(`${source}(require('node:worker_threads').workerData)`, {
      eval: true,
      workerData: task,
      execArgv: [],
      stdin: false,
    });
    worker.unref();
    return { terminate: () => void worker.terminate() };
  },
};
