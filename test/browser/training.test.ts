// A few training steps in a real Chromium: on a plain page (one thread) and on a cross-origin isolated one (all cores),
// with the script-tag bundle and with the browser module. The losses must be those of Node.

import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as kerasm from '../../src/index.js';
import { type PageServer, servePages } from './server.js';

/** Trains a small convnet on images that depend on their index only. Self-contained: its source is sent to the page. */
async function train(k: typeof kerasm): Promise<{ losses: number[]; predictions: number[]; threads: number }> {
  await k.ready();
  k.utils.setRandomSeed(3);
  const model = k.Sequential([
    k.Input({ shape: [12, 12, 1] }),
    k.layers.Conv2D(8, 3, { activation: 'relu' }),
    k.layers.MaxPooling2D(2),
    k.layers.Flatten(),
    k.layers.Dropout(0.25),
    k.layers.Dense(3, { activation: 'softmax' }),
  ]);
  model.compile({ optimizer: 'adam', loss: 'sparse_categorical_crossentropy', metrics: ['accuracy'] });
  const n = 96;
  const images = new Float32Array(n * 144);
  const labels = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    labels[i] = i % 3;
    for (let j = 0; j < 144; j++) images[i * 144 + j] = Math.sin(i * 7 + j * (1 + (i % 3))) * 0.5 + 0.5;
  }
  const x = k.tensor(images, [n, 12, 12, 1]);
  const y = k.tensor(labels, [n]);
  const history = await model.fit(x, y, { batchSize: 32, epochs: 3, verbose: 0 });
  const predictions = await model.predict(x, { verbose: 0 });
  return {
    losses: [...history.history['loss']!],
    predictions: [...(predictions as kerasm.Tensor).data()].slice(0, 30),
    threads: k.getThreads(),
  };
}

const scriptPage = '<!doctype html><title>plain</title><script src="kerasm.min.js"></script>';
const modulePage =
  '<!doctype html><title>module</title><script type="module">window.kerasm = await import("./browser/index.js")</script>';
const strictPage = `<!doctype html><title>strict</title>
<meta http-equiv="Content-Security-Policy" content="script-src 'self' 'wasm-unsafe-eval'">
<script src="kerasm.min.js"></script>`;

describe('in Chromium', () => {
  let browser: Browser;
  let server: PageServer;
  let inNode: Awaited<ReturnType<typeof train>>;

  beforeAll(async () => {
    server = await servePages({
      '/plain.html': scriptPage,
      '/isolated/page.html': scriptPage,
      '/module.html': modulePage,
      '/strict.html': strictPage,
      '/isolated/strict.html': strictPage,
    });
    browser = await chromium.launch({
      executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
    });
    inNode = await train(kerasm);
  });

  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  test.each([
    ['a plain page, script tag', '/plain.html', false],
    ['a cross-origin isolated page', '/isolated/page.html', true],
    ['a module', '/module.html', false],
    ['a page whose content security policy forbids eval', '/strict.html', false],
    ['an isolated page whose content security policy forbids workers', '/isolated/strict.html', true],
  ])('trains on %s with the losses of Node', async (_, path, isolated) => {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on('pageerror', error => errors.push(String(error)));
    await page.goto(server.url + path);
    await page.waitForFunction(() => 'kerasm' in globalThis);
    expect(await page.evaluate(() => globalThis.crossOriginIsolated)).toBe(isolated);
    // Sent as an expression through the debugger, which no content security policy concerns.
    const result = (await page.evaluate(`(${train.toString()})(window.kerasm)`)) as typeof inNode;
    expect(errors).toEqual([]);
    expect(result.losses).toHaveLength(3);
    result.losses.forEach((loss, i) => expect(loss).toBeCloseTo(inNode.losses[i]!, 4));
    result.predictions.forEach((value, i) => expect(value).toBeCloseTo(inNode.predictions[i]!, 4));
    const cores = (await page.evaluate(() => navigator.hardwareConcurrency)) as number;
    expect(result.threads).toBe(isolated && !path.includes('strict') ? cores : 1);
    await page.close();
  });

  test('the bundle weighs less than the smallest of TensorFlow.js (398 KB compressed)', async () => {
    const { gzipSync } = await import('node:zlib');
    const { readFileSync } = await import('node:fs');
    const bundle = readFileSync(new URL('../../dist/kerasm.min.js', import.meta.url));
    expect(gzipSync(bundle).length).toBeLessThan(398 * 1024);
  });
});
