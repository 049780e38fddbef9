/**
 * Builds the web console into files that a listener serves as they are: hashed names, one style
 * sheet, and each text also compressed in three ways. Nothing here is fetched from anywhere.
 *
 * `node scripts/release/console.ts [FOLDER]` (default `build/console`)
 */

import { globSync } from 'node:fs';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip, zstdCompress } from 'node:zlib';
import type { OutputChunk, Plugin } from 'rolldown';
import { digestOfBytes } from '#adapters/files/digest.ts';

const checkout = dirname(dirname(import.meta.dirname));
const sources = join(checkout, 'src', 'console');

/** Answers the modules that went in, for their licences. */
export async function buildConsole(folder: string): Promise<readonly string[]> {
  const assets = join(folder, 'assets');
  await rm(folder, { recursive: true, force: true });
  await mkdir(assets, { recursive: true });
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
  for (const file of await readdir(folder, { recursive: true })) {
    if (/\.(js|css|html|svg)$/.test(file)) await compress(join(folder, file));
  }
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
const zip = promisify(gzip);
const zstd = promisify(zstdCompress);

async function compress(file: string): Promise<void> {
  const bytes = await readFile(file);
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT, ZSTD_c_compressionLevel } = constants;
  const params = { [BROTLI_PARAM_QUALITY]: 11, [BROTLI_PARAM_SIZE_HINT]: bytes.length };
  await writeFile(`${file}.br`, await brotli(bytes, { params }));
  await writeFile(`${file}.gz`, await zip(bytes, { level: 9 }));
  const levels = { params: { [ZSTD_c_compressionLevel]: 19 } };
  await writeFile(`${file}.zst`, await zstd(bytes, levels));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = resolve(process.argv[2] ?? join(checkout, 'build', 'console'));
  await buildConsole(folder);
  for (const file of (await readdir(folder, { recursive: true })).toSorted()) {
    if (file.endsWith('.br')) {
      const { length } = await readFile(join(folder, file));
      console.log(`${String(length).padStart(8)} ${file}`);
    }
  }
}
