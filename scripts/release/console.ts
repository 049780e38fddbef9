/**
 * Builds the web console into the one file that a listener serves it from: a tar of files with
 * hashed names, one style sheet among them, each compressed. Nothing here is fetched from anywhere.
 *
 * `node scripts/release/console.ts [FILE]` (default `build/console.tar`)
 */

import { globSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { unpackTar } from 'modern-tar';
import type { OutputChunk, Plugin } from 'rolldown';
import { digestOfBytes } from '#adapters/files/digest.ts';
import { addFile, writeTar } from '#adapters/files/tar-file.ts';
import { consoleFile, storedEnding } from '#adapters/listener/console-assets.ts';

const checkout = dirname(dirname(import.meta.dirname));
const sources = join(checkout, 'src', 'console');

/** Answers the modules that went in, for their licences. */
export async function buildConsole(file: string): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'dankai-console-'));
  try {
    const modules = await buildInto(folder);
    await pack(folder, file);
    return modules;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function buildInto(folder: string): Promise<readonly string[]> {
  const assets = join(folder, 'assets');
  await mkdir(assets);
  // Loaded where a bundle is made: most who ask for one find it made.
  const { rolldown } = await import('rolldown');
  const bundler = await rolldown({
    input: { console: join(sources, 'main.tsx') },
    cwd: checkout,
    platform: 'browser',
    transform: { define: { 'process.env.NODE_ENV': '"production"' } },
    plugins: [withoutOtherLanguages, withoutCommandLine],
    onLog(level, log, forward) {
      if (log.code === 'UNRESOLVED_IMPORT') throw new Error(log.message);
      // Marks of a framework that renders on servers; here everything runs in the browser.
      if (log.code !== 'MODULE_LEVEL_DIRECTIVE') forward(level, log);
    },
  });
  const { output } = await bundler.write({
    dir: assets,
    format: 'esm',
    minify: true,
    comments: { legal: false },
    entryFileNames: '[name]-[hash].js',
    chunkFileNames: '[name]-[hash].js',
  });
  await bundler.close();
  const chunks = output.filter((one): one is OutputChunk => one.type === 'chunk');
  const script = chunks.find(({ isEntry }) => isEntry)?.fileName ?? '';
  const style = await writeStyle(assets);
  await writePage(folder, { script, style, preloaded: preloadedOf(chunks) });
  return chunks.flatMap((chunk) => Object.keys(chunk.modules));
}

/** The component library speaks thirty languages; the console two. */
const withoutOtherLanguages: Plugin = {
  name: 'languages',
  load(id) {
    const language = /\/intl\/.*\/([a-z]{2}-[A-Z]{2})\.mjs$/.exec(id)?.[1];
    const isOurs = language === undefined || language === 'en-US' || language === 'ja-JP';
    return isOurs ? null : 'export default {};';
  },
};

/** Sentences of the command line are most of the words, and shown nowhere here. */
const withoutCommandLine: Plugin = {
  name: 'words',
  async load(id) {
    if (!/\/src\/words\/(en|ja)\.json$/.test(id)) return null;
    const { cli: _, ...shared } = JSON.parse(await readFile(id, 'utf8'));
    return { code: JSON.stringify(shared), moduleType: 'json' };
  },
};

/** A style sheet stands beside its component; all of them go into one file, in layers. */
async function writeStyle(assets: string): Promise<string> {
  const files = globSync('**/*.css', { cwd: sources }).toSorted();
  const texts = await Promise.all(files.map((file) => readFile(join(sources, file), 'utf8')));
  const text = ['@layer base, parts, pages, print;', ...texts].join('\n');
  const name = `console-${digestOfBytes(text).slice(0, 8)}.css`;
  await writeFile(join(assets, name), text);
  return name;
}

type Named = {
  readonly script: string;
  readonly style: string;
  readonly preloaded: readonly string[];
};

/** What the page needs at once, so that it is fetched at once and not one after another. */
function preloadedOf(chunks: readonly OutputChunk[]): readonly string[] {
  const found = new Set<string>();
  const add = (name: string): void => {
    if (found.has(name)) return;
    found.add(name);
    chunks.find(({ fileName }) => fileName === name)?.imports.forEach(add);
  };
  const start = chunks.find(({ facadeModuleId }) => facadeModuleId?.endsWith('/start.tsx'));
  if (start !== undefined) add(start.fileName);
  return [...found];
}

async function writePage(folder: string, { script, style, preloaded }: Named): Promise<void> {
  const page = await readFile(join(sources, 'index.html'), 'utf8');
  const links = preloaded.map((name) => `<link rel="modulepreload" href="/assets/${name}" />`);
  const build = digestOfBytes([script, style].join()).slice(0, 16);
  await writeFile(
    join(folder, 'index.html'),
    page
      .replace('{{script}}', `/assets/${script}`)
      .replace('{{style}}', `/assets/${style}`)
      .replace('{{build}}', build)
      .replace('{{preloaded}}', links.join('\n    ')),
  );
  const icon = 'favicon.svg';
  await writeFile(join(folder, icon), await readFile(join(sources, icon)));
}

const brotli = promisify(brotliCompress);

async function pack(folder: string, file: string): Promise<void> {
  const names = (await readdir(folder, { recursive: true }))
    .filter((name) => /\.(js|css|html|svg)$/.test(name))
    .toSorted();
  await mkdir(dirname(file), { recursive: true });
  const written = await writeTar(file, async (tar) => {
    for (const name of names) {
      const bytes = await compressed(await readFile(join(folder, name)));
      await addFile(tar, `${name}${storedEnding}`, { bytes: bytes.length, pieces: [bytes] });
    }
  });
  if (!written.ok) throw new Error(`the console cannot be packed: ${written.because.code}`);
}

function compressed(bytes: Buffer): Promise<Buffer> {
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT } = constants;
  const params = { [BROTLI_PARAM_QUALITY]: 11, [BROTLI_PARAM_SIZE_HINT]: bytes.length };
  return brotli(bytes, { params });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = resolve(process.argv[2] ?? join(checkout, 'build', consoleFile));
  await buildConsole(file);
  for (const { header } of await unpackTar(await readFile(file))) {
    console.log(`${String(header.size).padStart(8)} ${header.name}`);
  }
}
