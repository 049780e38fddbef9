/**
 * Bundles the sources into the few files that users run: `app/main.mjs` with its chunks,
 * `app/forecast.mjs`, which is started as a worker, `app/delta.mjs`, a process of its own, and `app/launcher.mjs`, which is one file
 * because it is copied away from the others; and `app/console.tar`, the web console's files.
 * Skipped when neither the sources nor the bundle changed since the last time.
 *
 * `node scripts/release/bundle.ts [FOLDER]` (default `build/bundle`)
 */

import { globSync } from 'node:fs';
import { copyFile, mkdir, open, readFile, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { OutputChunk } from 'rolldown';
import {
  errorCode,
  isAlive,
  makeFolder,
  partBeside,
  removeDeadParts,
  writeFileAtomically,
} from '#adapters/files/atomic-file.ts';
import { digestOfBytes, digestOfFile, openDigestMeter } from '#adapters/files/digest.ts';
import { digestOfTree } from '#adapters/release/package-archive.ts';
import { consoleFile } from '#adapters/listener/console-assets.ts';
import { buildConsole } from './console.ts';
import { licencesOf } from './licences.ts';

const checkout = dirname(dirname(import.meta.dirname));
export const defaultBundleFolder = join(checkout, 'build', 'bundle');
const lockMillisecondsMax = 60_000;
const entriesAwareMergeThreshold = 30_000; // bytes

/** Answers the folder: what a release holds of it, whatever runtime comes along. */
export async function bundle(outFolder: string = defaultBundleFolder): Promise<string> {
  const folder = resolve(outFolder);
  await makeFolder(dirname(folder));
  await oneAtATime(`${folder}.lock`, async () => {
    const inputs = await digestOfInputs();
    if ((await readStamp(folder)) === (await stampOf(folder, inputs))) return;
    await removeDeadParts(folder);
    const part = partBeside(folder);
    try {
      await makeBundle(part);
      await rm(folder, { recursive: true, force: true });
      await rename(part, folder);
    } finally {
      await rm(part, { recursive: true, force: true });
    }
    await writeFileAtomically(`${folder}.stamp`, await stampOf(folder, inputs));
  });
  return folder;
}

async function readStamp(folder: string): Promise<string> {
  return readFile(`${folder}.stamp`, 'utf8').catch(() => 'none');
}

/** Of the bundle too: what people changed by hand is made again. */
async function stampOf(folder: string, inputs: string): Promise<string> {
  const standing = await readdir(folder).catch(() => null);
  const tree = standing === null ? 'absent' : (await digestOfTree(folder)).treeDigest;
  return digestOfBytes(`${inputs} ${tree}`);
}

async function digestOfInputs(): Promise<string> {
  const meter = openDigestMeter();
  const ignored = /\.(test|testing)\.ts$/;
  const sources = globSync('src/**/*.{ts,tsx,css,html,svg,mjs,json}', { cwd: checkout }).filter(
    (path) => !ignored.test(path),
  );
  const scripts = ['bundle', 'console', 'licences'].map((name) => `scripts/release/${name}.ts`);
  const own = ['package.json', 'package-lock.json', ...scripts];
  for (const path of [...sources, ...own].toSorted()) {
    meter.add(Buffer.from(`${path} ${await digestOfFile(join(checkout, path))}\n`));
  }
  return meter.end();
}

async function makeBundle(folder: string): Promise<void> {
  const chunks = [
    ...(await build({ folder, name: 'main', entry: 'src/cli/main.ts' })),
    ...(await build({ folder, name: 'forecast', entry: 'src/forecast/main.ts' })),
    ...(await build({ folder, name: 'delta', entry: 'src/adapters/release/delta-process.ts' })),
    ...(await build({ folder, name: 'launcher', entry: 'src/launcher/main.ts' })),
  ];
  const modules = [
    ...chunks.flatMap((chunk) => Object.keys(chunk.modules)),
    ...(await buildConsole(join(folder, 'app', consoleFile))),
  ];
  const licences = await licencesOf(modules);
  await mkdir(folder, { recursive: true });
  await writeFileAtomically(join(folder, 'THIRD-PARTY-LICENSES.txt'), licences);
  // As it stands, for people to read: it is what they check Dankai with.
  await copyFile(join(checkout, 'src/verify-record/verify-record.mjs'), verifierIn(folder));
}

export const verifierIn = (folder: string): string => join(folder, 'verify-record.mjs');

async function build(what: {
  readonly folder: string;
  readonly name: string;
  readonly entry: string;
}): Promise<readonly OutputChunk[]> {
  const { folder, name, entry } = what;
  // Loaded where a bundle is made: most who ask for one find it made.
  const { rolldown } = await import('rolldown');
  const bundler = await rolldown({
    input: { [name]: join(checkout, entry) },
    cwd: checkout,
    platform: 'node',
    // Everything but Node itself goes in: what cannot be resolved is an error, not an import.
    external: [/^node:/],
    onLog(level, log, forward) {
      if (log.code === 'UNRESOLVED_IMPORT') throw new Error(log.message);
      if (log.code !== 'EVAL') forward(level, log);
    },
  });
  try {
    const { output } = await bundler.write({
      dir: join(folder, 'app'),
      format: 'esm',
      minify: true,
      comments: { legal: false }, // they stand in THIRD-PARTY-LICENSES.txt, whole
      entryFileNames: '[name].mjs',
      chunkFileNames: '[name]-[hash].mjs',
      // Left to itself each combination of commands would get a chunk, most of them of a few lines:
      // every chunk stands in the proof of what runs, which is said at each hello.
      // Merged chunks may need one another; their modules still run in the order of their imports.
      strictExecutionOrder: true,
      codeSplitting: {
        groups: [
          { name: 'shared', minShareCount: 2, entriesAware: true, entriesAwareMergeThreshold },
        ],
      },
    });
    return output.filter((one) => one.type === 'chunk');
  } finally {
    await bundler.close();
  }
}

/** Several tests may want the bundle at once; one makes it, the others find it made. */
async function oneAtATime(lock: string, act: () => Promise<void>): Promise<void> {
  const deadline = performance.now() + lockMillisecondsMax;
  while (!(await takeLock(lock))) {
    if (performance.now() > deadline) throw new Error(`${lock} is held for too long`);
    await sleep(50);
  }
  try {
    await act();
  } finally {
    await rm(lock, { force: true });
  }
}

async function takeLock(lock: string): Promise<boolean> {
  try {
    const handle = await open(lock, 'wx');
    await handle.writeFile(String(process.pid));
    await handle.close();
    return true;
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
    const holder = Number(await readFile(lock, 'utf8').catch(() => ''));
    if (!isAlive(holder) && holder > 0) await rm(lock, { force: true });
    return false;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const begin = performance.now();
  const folder = await bundle(process.argv[2]);
  console.log(`${folder} (${Math.round(performance.now() - begin)} ms)`);
}
