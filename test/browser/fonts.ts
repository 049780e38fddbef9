/** Japanese in pictures, on machines that have no font for it: out of a package, not the network. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

const folder = join(
  import.meta.dirname,
  '..',
  '..',
  'node_modules',
  '@fontsource-variable',
  'noto-sans-jp',
);
const place = 'https://fonts.invalid/';

/** The page's policy must be passed over for it (`bypassCSP`), so only for pictures. */
export async function showJapanese(page: Page): Promise<void> {
  await page.route(`${place}**`, async (route) => {
    const name = new URL(route.request().url()).pathname.slice(1);
    const body = await readFile(join(folder, 'files', name));
    const headers = { 'access-control-allow-origin': '*' };
    await route.fulfill({ body, headers, contentType: 'font/woff2' });
  });
  const faces = await readFile(join(folder, 'index.css'), 'utf8');
  const content = `${faces.replaceAll('./files/', place)}
    :root { --font: system-ui, 'DejaVu Sans', 'Noto Sans JP Variable', sans-serif !important; }`;
  await page.addStyleTag({ content });
  await page.evaluate('document.fonts.ready');
}
