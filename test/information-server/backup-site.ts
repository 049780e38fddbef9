/** An information server's folder as a backup finds it, without a process. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { makeBackup } from '#adapters/backup/backup.ts';
import { restoreBackup } from '#adapters/backup/backup-restore.ts';
import { openJournal } from '#adapters/database/journal-sqlite.ts';
import { testOrganisation } from '#adapters/organisation/organisation.testing.ts';
import { writeAuthority, writeOrganisation } from '#adapters/identity/trust-files.ts';
import { ok, type Result } from '#domain/result.ts';
import type { Rows } from '#ports/journal.ts';

export const folder = await mkdtemp(join(tmpdir(), 'dankai-backups-'));
after(() => rm(folder, { recursive: true }));
export const acme = await testOrganisation();

export const digest = 'a'.repeat(64);
export const dataOf = (root: string): string => join(root, 'tracks', 'program', 'current', 'data');
const passphrase = async (): Promise<Result<string>> => ok('correct horse battery');

export async function installation(name: string, site = 'tokyo'): Promise<string> {
  const root = join(folder, name);
  for (const made of [dataOf(root), join(root, 'run'), join(root, 'store', 'manifests')]) {
    await mkdir(made, { recursive: true });
  }
  await writeFile(join(root, 'launcher.json'), '{}');
  await writeFile(join(root, 'settings.yaml'), `informationServer:\n  site: ${site}\n`);
  return root;
}

export async function tokyo(name: string): Promise<string> {
  const root = await installation(name);
  await writeOrganisation(root, acme.text);
  await writeAuthority(root, acme.site.authority);
  await mkdir(join(root, 'store', 'archives'));
  await writeFile(join(root, 'store', 'manifests', `${digest}.json`), '{"of":"a release"}');
  await writeFile(join(root, 'store', 'archives', digest), Buffer.alloc(3_000_000, 7));
  return root;
}

export const now = (): number => 1_000;

export function backup(root: string, name: string, change: object = {}) {
  const wanted = { root, file: join(folder, name), withStore: true, withSecrets: false };
  return makeBackup({ choosePassphrase: passphrase, now }, { ...wanted, ...change });
}

export function restore(
  root: string,
  name: string,
  {
    readPassphrase = passphrase,
    revocations = null,
    at = now,
  }: {
    readonly readPassphrase?: () => Promise<Result<string>>;
    readonly revocations?: string | null;
    readonly at?: () => number;
  } = {},
) {
  const wanted = { root, file: join(folder, name), who: 'mori', revocations };
  return restoreBackup({ readPassphrase, now: at }, wanted);
}

/** In one transaction of the journal that stands there. */
export async function within<Value>(
  root: string,
  act: (rows: Rows) => Promise<Value>,
): Promise<Value> {
  const journal = await openJournal(join(dataOf(root), 'journal.sqlite'));
  if (!journal.ok) throw new Error(journal.because.code);
  try {
    return await journal.value.transaction(act);
  } finally {
    await journal.value.close();
  }
}

export const codeOf = (answer: Result<unknown>): string | null =>
  answer.ok ? null : answer.because.code;
