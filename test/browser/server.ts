// A static server for the browser tests: the built bundles, and pages with and without cross-origin isolation.

import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface PageServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves `pages` (path -> HTML) and the files of dist/. Paths under /isolated/ get the COOP and COEP headers. */
export async function servePages(pages: Readonly<Record<string, string>>): Promise<PageServer> {
  const server: Server = createServer(async (request, response) => {
    const path = new URL(request.url!, 'http://localhost').pathname;
    const isolated: Record<string, string> = path.startsWith('/isolated/')
      ? { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }
      : {};
    const page = pages[path];
    if (page !== undefined) {
      response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', ...isolated }).end(page);
      return;
    }
    try {
      const file = await readFile(new URL(`../../dist${path.replace(/^\/isolated/, '')}`, import.meta.url));
      response.writeHead(200, { 'Content-Type': 'text/javascript; charset=utf-8', ...isolated }).end(file);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve, reject) => server.close(error => (error ? reject(error) : resolve()))),
  };
}
