/**
 * The files of the web console, out of the one file that the release brought: found beside the
 * program, read once, and never anything else of the disk. One file, because each of a hundred would
 * be written, synced and looked at again on every server that takes the release.
 */

import { readFile } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliDecompress, gzip } from 'node:zlib';
import { unpackTar } from 'modern-tar';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

type Encoding = 'br' | 'gzip';

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
/** In the bundle, and under `build/` of a checkout. */
export const consoleFile = 'console.tar';
/** Of the names in it; each file is stored compressed, as most browsers want it. */
export const storedEnding = '.br';

const plainOf = promisify(brotliDecompress);
const zip = promisify(gzip);

/** Beside the bundle; of a checkout, where `npm run console` puts it. null: there is none. */
export async function openConsoleAssets(program: string): Promise<ConsoleAssets | null> {
  const folder = dirname(program);
  const own = await assetsIn(join(folder, consoleFile));
  return own ?? assetsIn(join(folder, '..', '..', 'build', consoleFile));
}

export async function assetsIn(file: string): Promise<ConsoleAssets | null> {
  const archive = await readFile(file).catch(() => null);
  if (archive === null) return null;
  const stored = new Map<string, Uint8Array>();
  for (const { header, data } of await unpackTar(archive)) {
    const path = `/${header.name.slice(0, -storedEnding.length)}`;
    if (data !== undefined && types[extname(path)] !== undefined) stored.set(path, data);
  }
  const page = stored.get(consolePage);
  if (page === undefined) return null;
  /** Only who speaks plain HTTP to another computer asks for it: made once, when he does. */
  const zipped = new Map<string, Promise<Uint8Array>>();
  const zippedOf = (path: string, bytes: Uint8Array): Promise<Uint8Array> => {
    const made = zipped.get(path) ?? plainOf(bytes).then((plain) => zip(plain));
    zipped.set(path, made);
    return made;
  };
  const text = (await plainOf(page)).toString('utf8');
  return {
    build: /<meta name="dankai-build" content="([0-9a-f]{1,64})"/.exec(text)?.[1] ?? null,
    async find(path, accepted) {
      const type = types[extname(path)];
      const bytes = stored.get(path);
      if (type === undefined || bytes === undefined) return null;
      if (accepted.has('br')) return { type, encoding: 'br', bytes };
      if (accepted.has('gzip')) {
        return { type, encoding: 'gzip', bytes: await zippedOf(path, bytes) };
      }
      return { type, encoding: null, bytes: await plainOf(bytes) };
    },
  };
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
