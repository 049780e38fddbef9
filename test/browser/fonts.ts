/**
 * Japanese in pictures, on machines that have no font for it: out of a package, not the network.
 * Handed out by a listener of our own, since what is answered in a page's stead is never kept: a
 * picture would fetch a hundred pieces of the font anew.
 */

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { basename, join } from 'node:path';
import type { Page } from 'playwright-core';

const folder = join(
  import.meta.dirname,
  '..',
  '..',
  'node_modules',
  '@fontsource-variable',
  'noto-sans-jp',
);

let place: Promise<string> | null = null;

async function serveFonts(): Promise<string> {
  const server = createServer((request, response) => {
    const name = basename(request.url ?? '');
    const headers = {
      'access-control-allow-origin': '*',
      'cache-control': 'public, max-age=3600, immutable',
      'content-type': 'font/woff2',
    };
    readFile(join(folder, 'files', name)).then(
      (body) => response.writeHead(200, headers).end(body),
      () => response.writeHead(404).end(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // Nobody waits for it at the end.
  server.unref();
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}/`;
}

/** The page's policy must be passed over for it (`bypassCSP`), so only for pictures. */
export async function showJapanese(page: Page): Promise<void> {
  if (await page.evaluate('window.hasJapanese === true')) return;
  place ??= serveFonts();
  const faces = await readFile(join(folder, 'index.css'), 'utf8');
  const content = `${faces.replaceAll('./files/', await place)}
    :root { --font: system-ui, 'DejaVu Sans', 'Noto Sans JP Variable', sans-serif !important; }`;
  await page.addStyleTag({ content });
  await page.evaluate('window.hasJapanese = true');
}

/** Until every piece that what is shown needs has come. */
export async function fontsThere(page: Page): Promise<void> {
  await page.evaluate('document.body.offsetWidth, document.fonts.ready.then(() => true)');
}
