// Files in a real Chromium: models saved in a page come back there, also on the next visit, and are the same in Node.

import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as kerasm from '../../src/index.js';
import { type PageServer, servePages } from './server.js';

interface Saved {
  readonly bytes: number[];
  readonly predictions: number[];
  readonly again: number[];
  readonly log: string;
}

/** Trains a little with callbacks that write files, and loads what they wrote. Self-contained: its source is sent to the page. */
async function save(k: typeof kerasm): Promise<Saved> {
  await k.ready();
  const { CSVLogger, ModelCheckpoint, TensorBoard } = k.callbacks;
  const model = k.Sequential([k.layers.Dense(3, { inputShape: [2], activation: 'relu' }), k.layers.Dense(1)]);
  model.compile({ optimizer: 'adam', loss: 'mse' });
  const x = [
    [0, 1],
    [1, 0],
    [1, 1],
    [0, 0],
  ];
  await model.fit(x, [[1], [1], [2], [0]], {
    epochs: 2,
    verbose: 0,
    callbacks: [ModelCheckpoint('models/{epoch}.keras'), CSVLogger('log.csv'), TensorBoard('logs')],
  });
  const predict = async (each: kerasm.Model) => [...(await each.predict(x, { verbose: 0 })).data()];
  const copy = await k.models.loadModel<kerasm.Model>('models/2.keras');
  const folder = await navigator.storage.getDirectory();
  const log = await (await folder.getFileHandle('log.csv')).getFile();
  return {
    bytes: [...(await k.saving.encodeModel(model))],
    predictions: await predict(model),
    again: await predict(copy),
    log: await log.text(),
  };
}

/** Loads what an earlier visit saved. */
async function visitAgain(k: typeof kerasm): Promise<number[]> {
  const model = await k.models.loadModel<kerasm.Model>('models/2.keras');
  return [
    ...(
      await model.predict(
        [
          [0, 1],
          [1, 0],
          [1, 1],
          [0, 0],
        ],
        { verbose: 0 },
      )
    ).data(),
  ];
}

describe('in Chromium', () => {
  let browser: Browser;
  let server: PageServer;

  beforeAll(async () => {
    server = await servePages({
      '/plain.html': '<!doctype html><title>plain</title><script src="kerasm.min.js"></script>',
      '/module.html':
        '<!doctype html><title>module</title><script type="module">window.kerasm = await import("./browser/index.js")</script>',
    });
    browser = await chromium.launch({
      executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
    });
  });

  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  test.each(['/plain.html', '/module.html'])('models are kept in the files of the origin: %s', async path => {
    const context = await browser.newContext();
    const open = async <R>(run: (k: typeof kerasm) => Promise<R>): Promise<R> => {
      const page = await context.newPage();
      await page.goto(server.url + path);
      await page.waitForFunction(() => 'kerasm' in globalThis);
      const result = (await page.evaluate(`(${run.toString()})(window.kerasm)`)) as R;
      await page.close();
      return result;
    };
    const { bytes, predictions, again, log } = await open(save);
    expect(again).toEqual(predictions);
    expect(log).toMatch(/^epoch,loss,val_loss\r\n0,[\d.e-]+,NA\r\n1,[\d.e-]+,NA\r\n$/);
    expect(await open(visitAgain)).toEqual(predictions);
    const inNode = await kerasm.models.loadModel<kerasm.Model>(Uint8Array.from(bytes));
    const values = (
      await inNode.predict(
        [
          [0, 1],
          [1, 0],
          [1, 1],
          [0, 0],
        ],
        { verbose: 0 },
      )
    ).data();
    predictions.forEach((value, i) => {
      expect(values[i]).toBeCloseTo(value, 5);
    });
    await context.close();
  });
});
