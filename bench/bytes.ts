/**
 * What a server that has one release receives to get the next: our delta beside `bsdiff` and
 * `zstd -19 --patch-from` over the same trees as tar, and beside the package as it is published.
 * Pairs are real releases from npm (`bytes/pairs.json`); peers are what stands on this machine
 * (Debian: bsdiff, zstd, time), or in the folder `DANKAI_BENCH_TOOLS`; a missing one is said.
 *
 * `DANKAI_BENCH_PAIRS='esbuild,biome'` takes those whose names begin so: all of them take half an
 * hour, nearly all of it bsdiff's. Packages are kept in `build/pairs`.
 */

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { z } from 'zod';
import { digestOfTree } from '#adapters/release/package-archive.ts';

export const name = 'bytes';

type Figures = Record<string, number | string>;

const pairsSchema = z.array(
  z.object({ name: z.string(), package: z.string(), from: z.string(), to: z.string() }),
);
type Pair = z.infer<typeof pairsSchema>[number];

const root = new URL('..', import.meta.url).pathname;
const kept = join(root, 'build', 'pairs');
const maker = join(root, 'src', 'adapters', 'release', 'delta-process.ts');
const applier = join(root, 'bench', 'bytes', 'apply.ts');
const tools = process.env['DANKAI_BENCH_TOOLS'];
const path = [...(tools === undefined ? [] : [tools]), process.env['PATH']].join(delimiter);
const secondsMax = 1_800;

type Cost = { readonly cpuSeconds: number; readonly mebibytes: number };

/** Processor (its own and the kernel's for it) and peak memory; null: it is not here, or it failed. */
function costOf(command: string, words: readonly string[]): Cost | null {
  const format = '%U %S %M';
  const ended = spawnSync('/usr/bin/time', ['-f', format, command, ...words], {
    encoding: 'utf8',
    env: { ...process.env, PATH: path },
    timeout: secondsMax * 1_000,
  });
  if (ended.status !== 0) return null;
  const [user, system, kibibytes] = (ended.stderr.trim().split('\n').at(-1) ?? '')
    .split(' ')
    .map(Number);
  if (user === undefined || system === undefined || kibibytes === undefined) return null;
  return { cpuSeconds: user + system, mebibytes: kibibytes / 1_024 };
}

/** The published package, fetched once, and its tree. */
async function fetched(work: string, { package: of }: Pair, version: string) {
  await mkdir(kept, { recursive: true });
  const file = `${of.replace(/^@/, '').replace('/', '-')}-${version}.tgz`;
  if (!existsSync(join(kept, file))) {
    const words = ['pack', '--silent', `${of}@${version}`, '--pack-destination', work];
    execFileSync('npm', words, { stdio: ['ignore', 'ignore', 'inherit'] });
    await rename(join(work, file), join(kept, file));
  }
  const tree = join(work, version);
  const tar = `${tree}.tar`;
  await mkdir(tree);
  execFileSync('tar', ['xzf', join(kept, file), '-C', tree, '--strip-components=1']);
  // As a package has it: by name, without owners and times.
  const sorted = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];
  execFileSync('tar', [...sorted, '-cf', tar, '-C', tree, '.']);
  return { tree, tar, published: join(kept, file) };
}

type Side = Awaited<ReturnType<typeof fetched>>;

const bytesOf = async (file: string): Promise<number> => (await stat(file)).size;

async function peers(work: string, old: Side, next: Side): Promise<Figures> {
  const figures: Figures = {};
  const each: readonly [string, string, (out: string) => readonly string[]][] = [
    ['bsdiff', 'bsdiff', (out) => [old.tar, next.tar, out]],
    [
      'zstd -19 --patch-from',
      'zstd',
      (out) => ['-19', '--long=31', '-q', '-f', `--patch-from=${old.tar}`, next.tar, '-o', out],
    ],
  ];
  for (const [peer, command, words] of each) {
    const out = join(work, 'peer');
    const cost = costOf(command, words(out));
    if (cost === null) figures[peer] = 'not here, or not done in half an hour';
    else {
      figures[`${peer}, bytes`] = await bytesOf(out);
      figures[`${peer}, CPU s to make`] = cost.cpuSeconds;
      figures[`${peer}, MiB to make`] = cost.mebibytes;
    }
    await rm(out, { force: true });
  }
  return figures;
}

async function measure(pair: Pair): Promise<Figures> {
  const work = await mkdtemp(join(tmpdir(), 'dankai-bytes-'));
  try {
    const [old, next] = [await fetched(work, pair, pair.from), await fetched(work, pair, pair.to)];
    const delta = join(work, 'delta');
    const made = costOf(process.execPath, [maker, old.tree, next.tree, delta]);
    if (made === null) throw new Error(`${pair.name}: no delta was made`);
    const { treeDigest } = await digestOfTree(next.tree);
    const out = join(work, 'out');
    const applied = costOf(process.execPath, [applier, old.tree, delta, out, treeDigest]);
    const unpacked = costOf('tar', ['xzf', next.published, '-C', await folder(work, 'whole')]);
    if (applied === null || unpacked === null) throw new Error(`${pair.name}: not applied`);
    const bytes = await bytesOf(delta);
    const published = await bytesOf(next.published);
    const found = await peers(work, old, next);
    const best = Math.min(
      ...Object.entries(found).flatMap(([key, value]) =>
        key.endsWith(', bytes') && typeof value === 'number' ? [value] : [],
      ),
    );
    const figures: Figures = {
      'published, bytes': published,
      'delta, bytes': bytes,
      'published over delta': published / bytes,
      ...(Number.isFinite(best) && { 'delta over the best peer (budget 1.1)': bytes / best }),
      'delta, CPU s to make': made.cpuSeconds,
      'delta, MiB to make (budget 1024)': made.mebibytes,
      'delta, CPU s to apply': applied.cpuSeconds,
      'apply over unpacking (budget 3)': applied.cpuSeconds / unpacked.cpuSeconds,
      'delta, MiB to apply (budget 200)': applied.mebibytes,
      ...found,
    };
    return Object.fromEntries(
      Object.entries(figures).map(([key, value]) => [`${pair.name}: ${key}`, value]),
    );
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function folder(work: string, name: string): Promise<string> {
  await mkdir(join(work, name));
  return join(work, name);
}

export async function run(): Promise<Figures> {
  const text = await readFile(join(root, 'bench', 'bytes', 'pairs.json'), 'utf8');
  const wanted = process.env['DANKAI_BENCH_PAIRS']?.split(',') ?? [''];
  const pairs = pairsSchema
    .parse(JSON.parse(text))
    .filter(({ name }) => wanted.some((one) => name.startsWith(one)));
  const figures: Figures = {};
  const ratios: number[] = [];
  for (const pair of pairs) {
    const found = await measure(pair);
    Object.assign(figures, found);
    ratios.push(Number(found[`${pair.name}: published over delta`]));
  }
  const mean = Math.exp(ratios.reduce((sum, one) => sum + Math.log(one), 0) / ratios.length);
  return { ...figures, 'published over delta, geometric mean of these pairs': mean };
}
