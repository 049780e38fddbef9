/**
 * The files of the web console, as the release brought them: found beside the program, listed once,
 * and never anything else of the disk.
 */

import { readFile, readdir } from 'node:fs/promises';
import { dirname, extname, join, sep } from 'node:path';

/** In the order in which they are preferred. */
const encodings = { br: '.br', zstd: '.zst', gzip: '.gz' } as const;
type Encoding = keyof typeof encodings;

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export type Asset = {
  readonly type: string;
  readonly encoding: Encoding | null;
  readonly bytes: Uint8Array;
};

export type ConsoleAssets = {
  /** Another one: the page that somebody has open is of an earlier console. null: it does not say. */
  readonly build: string | null;
  /** null: there is no such file. `accepted`: how the asker can read it. */
  find(path: string, accepted: ReadonlySet<string>): Promise<Asset | null>;
};

export const consolePage = '/index.html';

/** Beside the bundle; of a checkout, where `npm run console` puts it. null: there is none. */
export async function openConsoleAssets(program: string): Promise<ConsoleAssets | null> {
  const folder = dirname(program);
  const own = await assetsIn(join(folder, 'console'));
  return own ?? assetsIn(join(folder, '..', '..', 'build', 'console'));
}

export async function assetsIn(folder: string): Promise<ConsoleAssets | null> {
  const listed = await readdir(folder, { recursive: true }).catch(() => []);
  const names = new Set(listed.map((name) => `/${name.split(sep).join('/')}`));
  if (!names.has(consolePage)) return null;
  const page = await readFile(join(folder, consolePage), 'utf8');
  return {
    build: /<meta name="dankai-build" content="([0-9a-f]{1,64})"/.exec(page)?.[1] ?? null,
    async find(path, accepted) {
      const type = types[extname(path)];
      if (type === undefined || !names.has(path)) return null;
      const encoding = encodingFor(path, accepted, names);
      const ending = encoding === null ? '' : encodings[encoding];
      const bytes = await readFile(join(folder, `${path}${ending}`));
      return { type, encoding, bytes };
    },
  };
}

function encodingFor(
  path: string,
  accepted: ReadonlySet<string>,
  names: ReadonlySet<string>,
): Encoding | null {
  for (const encoding of ['br', 'zstd', 'gzip'] as const) {
    if (accepted.has(encoding) && names.has(`${path}${encodings[encoding]}`)) return encoding;
  }
  return null;
}

/** The encodings that a header names, without those that it refuses. */
export function acceptedEncodings(header: string | undefined): ReadonlySet<string> {
  const accepted = new Set<string>();
  for (const part of (header ?? '').toLowerCase().split(',')) {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim());
    const isRefused = parameters.some((text) => /^q=0(\.0*)?$/.test(text));
    if (name !== '' && !isRefused) accepted.add(name);
  }
  return accepted;
}
