// Pictures of models and files kept between visits in a real Chromium, with both bundles.

import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type * as kerasm from '../../src/index.js';
import { type PageServer, servePages } from './server.js';

/** Self-contained: its source is sent to the page. */
async function use(k: typeof kerasm) {
  const model = k.Sequential([k.Input({ shape: [2] }), k.layers.Dense(3), k.layers.Dense(1)]);
  const svg = await k.utils.plotModel(model);
  const first = await k.utils.getFile({ origin: `${location.origin}/words.json`, fname: 'words.json' });
  // The second time there is nothing to download.
  const second = await k.utils.getFile({ origin: `${location.origin}/missing.json`, fname: 'words.json' });
  return { svg, first, second, words: await k.datasets.imdb.getWordIndex({ path: `./${first}` }) };
}

describe('in Chromium', () => {
  let browser: Browser;
  let server: PageServer;

  beforeAll(async () => {
    server = await servePages({
      '/script.html': '<!doctype html><script src="kerasm.min.js"></script>',
      '/module.html':
        '<!doctype html><script type="module">window.kerasm = await import("./browser/index.js")</script>',
      '/words.json': '{ "the": 1 }',
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

  test.each(['script', 'module'])('draws a model and keeps a download, from a %s', async page => {
    // A context of its own has no files of other pages.
    const tab = await (await browser.newContext()).newPage();
    await tab.goto(`${server.url}/${page}.html`);
    await tab.waitForFunction(() => 'kerasm' in globalThis);
    const { svg, first, second, words } = (await tab.evaluate(`(${use.toString()})(window.kerasm)`)) as Awaited<
      ReturnType<typeof use>
    >;
    expect(svg.match(/class="node"/g)).toHaveLength(2);
    expect(svg.match(/class="edge"/g)).toHaveLength(1);
    expect([first, second]).toEqual(['.keras/datasets/words.json', '.keras/datasets/words.json']);
    expect(words).toEqual({ the: 1 });
    await tab.close();
  });
});
