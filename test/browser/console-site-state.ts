/**
 * What stands at a site that has been at work for a while: a release, patterns, a catalogue that
 * drifted, refused deliveries, holds, people, tokens. All by the site's own calls, but for the
 * journal's rows that only an installation would write.
 */

import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildRelease } from '#adapters/release/release-file-build.ts';
import type { Release } from '#domain/catalogue/release.ts';
import { makeRevision } from '#domain/catalogue/revision.ts';
import {
  brand,
  type ComponentName,
  type Digest,
  type Platform,
  type ServerId,
} from '#domain/names.ts';
import type { Rows } from '#ports/journal.ts';
import type { FleetServer } from '#domain/fleet/server.ts';
import { ConsoleSite } from './console-site.ts';
import { contentRings, putRollouts } from './console-site-rings.ts';

export async function openAtWork(servers: readonly FleetServer[]): Promise<ConsoleSite> {
  const folder = await mkdtemp(join(tmpdir(), 'dankai-console-release-'));
  const { file, release } = await releaseFile(folder);
  const site = await ConsoleSite.open(
    servers,
    async (rows) => {
      await putBaseline(rows, release);
      await putEnrolled(rows);
      await putRollouts(rows);
    },
    { contentRings },
  );
  await fillSite(site, file);
  await rm(folder, { recursive: true, force: true });
  return site;
}

/** A program that says what must be known before (R1). */
async function releaseFile(folder: string): Promise<{ file: string; release: Release }> {
  const tree = join(folder, 'tree');
  await mkdir(join(tree, 'app'), { recursive: true });
  await mkdir(join(tree, 'runtime'), { recursive: true });
  await writeFile(join(tree, 'app', 'main.mjs'), 'export {};\n');
  await writeFile(join(tree, 'runtime', 'node'), randomBytes(3_000_000));
  const file = join(folder, 'program.release');
  const built = await buildRelease({
    trees: [{ platform: brand<Platform>('linux-x64'), folder: tree }],
    file,
    component: brand<ComponentName>('program'),
    kind: 'self',
    version: '5.80.1423',
    ordering: 'decimal',
    appliesTo: { min: '5.0', max: '6.0' },
    precautions: [
      'Scan engine files are replaced: restart each server at its next maintenance.',
      'Version 5.58 must not be older than build 1064.',
    ],
  });
  if (!built.ok) throw new Error(JSON.stringify(built.because));
  return { file, release: built.value };
}

/** As an installation lays it down: its release is what the catalogue offers. */
async function putBaseline(rows: Rows, release: Release): Promise<void> {
  await rows.catalogue.putRelease(release, 1_794_000_000_000);
  const fence = { epoch: 1, number: 1 };
  const made = makeRevision(fence, { releases: [release], contents: [], previousText: null });
  if (!made.ok) throw new Error(JSON.stringify(made.because));
  await rows.catalogue.putRevision(made.value, 1_794_000_000_000);
}

/** Servers that came by tokens, and one that waits for a word. */
async function putEnrolled(rows: Rows): Promise<void> {
  const since = Date.now() - 3_600_000;
  await rows.enrolment.putToken({
    id: '0a1b2c3d4e5f6071',
    secretDigest: brand<Digest>('0'.repeat(64)),
    madeAt: since,
    until: since + 7 * 86_400_000,
    who: 'administrator',
    usesMax: 200,
    uses: 3,
    server: null,
    revokedAt: null,
  });
  for (const [server, state] of [
    ['srv-000001', 'enrolled'],
    ['srv-000002', 'enrolled'],
    ['branch-77', 'waiting'],
  ] as const) {
    await rows.enrolment.putEnrolled({
      server: brand<ServerId>(server),
      state,
      since,
      token: '0a1b2c3d4e5f6071',
      keyDigest: null,
      installId: `install-${server}`,
      machineId: `machine-${server}`,
      remote: '192.0.2.17',
      until: state === 'enrolled' ? since + 30 * 86_400_000 : null,
      approvedBy: state === 'enrolled' ? 'administrator' : null,
      refusedBefore: null,
    });
  }
}

/** What people and deliveries did there since. */
async function fillSite(site: ConsoleSite, file: string): Promise<void> {
  await site.importRelease(file);
  await site.call('catalogue.restore', { preview: false });
  const source = await updateFolder(site.folder);
  await site.call('update.now', { source });
  const lanes = ['content' as const];
  await site.call('hold.add', {
    reason: 'Migration of the Tokyo site',
    minutes: 60 * 26,
    servers: 'site',
    lanes,
    components: [],
  });
  await drift(site.folder);
}

/** Patterns, and the programs that legacy sites carry along: those are refused. */
async function updateFolder(folder: string): Promise<string> {
  const source = join(folder, 'updates');
  await mkdir(join(source, 'pattern'), { recursive: true });
  await writeFile(join(source, 'pattern', 'lpt.ptn'), randomBytes(41_000));
  const programs = ['Info_2_50000_4_1', 'Info_186_50000_4_5121'].flatMap((section) => [
    `[${section}]`,
    'Version=5.58',
    'Min=5.0',
    'Max=6.0',
    '',
  ]);
  const pattern = ['[PATTERN]', 'P.2=pattern/lpt.ptn,419,41000', ''];
  await writeFile(join(source, 'server.ini'), [...pattern, ...programs].join('\r\n'));
  return source;
}

/** Other hands rolled two sections back (D8). */
export async function drift(folder: string): Promise<void> {
  const file = join(folder, 'share', 'server.ini');
  const text = await readFile(file, 'latin1');
  await writeFile(
    file,
    text.replaceAll(/Version=5\.80(?=[^[]*\nPath=)/g, 'Version=5.58'),
    'latin1',
  );
}
