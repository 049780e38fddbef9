/**
 * A real browser for tests: the one that `CHROMIUM_PATH` names, an installed one, or that of the npm
 * package, which brings the few libraries that a bare machine lacks.
 */

import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import packed from '@sparticuz/chromium';
import { chromium, type Browser } from 'playwright-core';

const installed = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export async function openBrowser(): Promise<Browser> {
  const named = process.env['CHROMIUM_PATH'] ?? installed.find((path) => existsSync(path));
  const args = ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'];
  if (named !== undefined) return chromium.launch({ executablePath: named, args });
  // Not with the arguments that it recommends: those switch the web's own security off.
  const executablePath = await packed.executablePath();
  return chromium.launch({ executablePath, args });
}

const output = join(import.meta.dirname, '..', '..', 'test-output', 'screenshots');

/** Where a person looks at what the tests saw. */
export async function screenshotFile(name: string): Promise<string> {
  await mkdir(output, { recursive: true });
  return join(output, `${name}.png`);
}
