/**
 * What a server that has one release receives to get the next: our delta beside its peers over the
 * same trees, and beside the package as it is published. Pairs are real releases from npm
 * (`bytes/pairs.json`); peers come from Debian where this machine lacks them (`bytes/tools.ts`).
 *
 * `DANKAI_BENCH_PAIRS='esbuild,biome'` takes those whose names begin so, `DANKAI_BENCH_PEERS=` runs
 * those peers and no others: all of it takes an hour, nearly all of it bsdiff's. `DANKAI_BENCH_SECONDS` ends a peer that
 * takes longer (half an hour). Packages are kept in `build/pairs`, what peers did in
 * `build/bench-peers.json`: `DANKAI_BENCH_FRESH=1` lets them do it again.
 */

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { digestOfTree } from '#adapters/release/package-archive.ts';
import { keptOf, keptOr } from './bytes/kept-peers.ts';
import { means, type Figures } from './bytes/means.ts';
import { bytesOf, peers, type Measured, type Side } from './bytes/peers.ts';
import { costOf, fetchTools, secondsMax, type Cost } from './bytes/tools.ts';

export const name = 'bytes';

export const pairsSchema = z.array(
  z.object({
    name: z.string(),
    package: z.string(),
    from: z.string(),
    to: z.string(),
    /** Means are given without it too: nearly nothing of such a tree changes from one to the next. */
    smallFiles: z.boolean().default(false),
  }),
);
type Pair = z.infer<typeof pairsSchema>[number];

const root = new URL('..', import.meta.url).pathname;
const kept = join(root, 'build', 'pairs');
const maker = join(root, 'src', 'adapters', 'release', 'delta-process.ts');
const applier = join(root, 'bench', 'bytes', 'apply.ts');
/** The two whose smaller one a delta is held against. */
const closest = ['bsdiff', 'zstd -19 --patch-from'];

/** The published package, fetched once, and its tree. */
export async function fetched(work: string, { package: of }: Pair, version: string): Promise<Side> {
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

const appliedSchema = z.object({
  cpuSeconds: z.number(),
  mebibytes: z.number(),
  mebibytesBefore: z.number(),
});

async function measure(pair: Pair): Promise<Figures> {
  const work = await mkdtemp(join(tmpdir(), 'dankai-bytes-'));
  try {
    const [old, next] = [await fetched(work, pair, pair.from), await fetched(work, pair, pair.to)];
    const delta = join(work, 'delta');
    const made = costOf(process.execPath, [maker, old.tree, next.tree, delta]);
    if (made === null) throw new Error(`${pair.name}: no delta was made`);
    const { treeDigest } = await digestOfTree(next.tree);
    const { applied, ran, unpacked } = await taken({ work, old, next, delta, treeDigest });
    const published = bytesOf(next.published);
    const bytes = bytesOf(delta);
    const found: Record<string, Measured | null> = {};
    const wanted = process.env['DANKAI_BENCH_PEERS']?.split(';') ?? Object.keys(peers);
    for (const [peer, run] of Object.entries(peers)) {
      const key = `${pair.package} ${pair.from} ${pair.to}, ${peer}`;
      const isWanted = wanted.includes(peer);
      found[peer] = isWanted ? await keptOr(key, () => run({ work, old, next })) : keptOf(key);
    }
    const best = Math.min(...closest.map((one) => found[one]?.bytes ?? Infinity));
    return {
      'published, bytes': published,
      'delta, bytes': bytes,
      ...(Number.isFinite(best) && {
        'delta over the smaller of bsdiff and patch-from (budget 1.1)': bytes / best,
      }),
      'delta, CPU s to make': made.cpuSeconds,
      'delta, MiB to make (budget 1024)': made.mebibytes,
      'published, CPU s to unpack': unpacked.cpuSeconds,
      'delta, CPU s to apply': applied.cpuSeconds,
      'delta, CPU s to apply in a process of its own': ran.cpuSeconds,
      'apply over unpacking (budget 3)': applied.cpuSeconds / unpacked.cpuSeconds,
      'delta, MiB to apply (budget 200)': applied.mebibytes,
      'delta, MiB before applying': applied.mebibytesBefore,
      ...peerFigures(found),
    };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Each is the least of three: what other work of the machine adds is nobody's cost. */
async function taken(given: {
  readonly work: string;
  readonly old: Side;
  readonly next: Side;
  readonly delta: string;
  readonly treeDigest: string;
}) {
  const { work, old, next, delta, treeDigest } = given;
  const runs: { applied: z.infer<typeof appliedSchema>; ran: Cost; unpacked: Cost }[] = [];
  for (let time = 0; time < 3; time += 1) {
    const [out, whole] = [join(work, 'out'), join(work, 'whole')];
    for (const folder of [out, whole]) await rm(folder, { recursive: true, force: true });
    await mkdir(whole);
    const ran = costOf(process.execPath, [applier, old.tree, delta, out, treeDigest]);
    const unpacked = costOf('tar', ['xzf', next.published, '-C', whole]);
    if (ran === null || unpacked === null) throw new Error(`${delta} could not be applied`);
    const applied = appliedSchema.parse(JSON.parse(ran.text.split('\n')[0] ?? ''));
    runs.push({ applied, ran, unpacked });
  }
  return {
    applied: leastOf(runs.map((run) => run.applied)),
    ran: leastOf(runs.map((run) => run.ran)),
    unpacked: leastOf(runs.map((run) => run.unpacked)),
  };
}

function leastOf<One extends { readonly cpuSeconds: number }>(runs: readonly One[]): One {
  return runs.reduce((least, one) => (one.cpuSeconds < least.cpuSeconds ? one : least));
}

function peerFigures(found: Readonly<Record<string, Measured | null>>): Figures {
  const figures: Record<string, number | string> = {};
  for (const [peer, measured] of Object.entries(found)) {
    if (measured === null)
      figures[peer] = `not here, not asked for, or not done in ${secondsMax} s`;
    else {
      figures[`${peer}, bytes`] = measured.bytes;
      figures[`${peer}, CPU s to make`] = measured.cpuSeconds;
      figures[`${peer}, MiB to make`] = measured.mebibytes;
    }
  }
  return figures;
}

export async function run(): Promise<Figures> {
  fetchTools();
  const text = await readFile(join(root, 'bench', 'bytes', 'pairs.json'), 'utf8');
  const wanted = process.env['DANKAI_BENCH_PAIRS']?.split(',') ?? [''];
  const pairs = pairsSchema
    .parse(JSON.parse(text))
    .filter(({ name: of }) => wanted.some((one) => of.startsWith(one)));
  const figures: Record<string, number | string> = {};
  for (const pair of pairs) {
    for (const [key, value] of Object.entries(await measure(pair))) {
      figures[`${pair.name}: ${key}`] = value;
    }
  }
  return { ...figures, ...means(figures, Object.keys(peers)) };
}
