/**
 * A backup of an information server, running or not: its journal as of one moment, its settings,
 * what it trusts, and the verified store, as one tar (docs/operating/backup.md). Keys are left
 * out, or sealed; what lets people in is never in it. Absent here: proof of who made it; whoever
 * may write the file may change it.
 */

import { createReadStream } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { backup as copyDatabase, DatabaseSync } from 'node:sqlite';
import type { TarPackController } from 'modern-tar';
import type { Digest, Instant } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { BackupFacts, Backups } from '#ports/backups.ts';
import { isThere, refuseDiskError } from '../files/atomic-file.ts';
import {
  dataFolder,
  digestsEntry,
  journalEntry,
  manifestEntry,
  secretsAbout,
  settingsEntry,
  storeEntry,
  trustEntry,
  type BackupManifest,
} from './backup-archive.ts';
import { takeOutSecrets } from './backup-bare.ts';
import { readOwnRelease } from '../daemon/daemon-files.ts';
import { digestOfBytes, openDigestMeter } from '../files/digest.ts';
import { sealText } from '../secrets/sealed-text.ts';
import { readOwnSite } from '../daemon/settings-site.ts';
import { addFile, addText, writeTar } from '../files/tar-file.ts';

const pieceBytes = 1024 * 1024;
const fileMode = 0o600;
const pagesMax = 2 ** 31 - 1;

export type BackupOptions = {
  choosePassphrase(): Promise<Result<string>>;
  readonly now: () => Instant;
};

export async function makeBackup(
  options: BackupOptions,
  { root, file, withStore, withSecrets }: Parameters<Backups['make']>[0],
): Promise<Result<BackupFacts>> {
  if (await isThere(file)) return refuse(problem('FILE_EXISTS', { file }));
  const site = await readOwnSite(root);
  if (!site.ok) return site;
  const journal = join(dataFolder(root), journalEntry);
  if (!(await isThere(journal))) return refuse(problem('JOURNAL_ABSENT', { file: journal }));
  const slot = join(root, 'tracks', 'program', 'current', 'slot');
  const release = await readOwnRelease(join(slot, 'tree', 'app', 'main.mjs'));
  if (!release.ok) return release;
  const secrets = withSecrets ? await sealSecrets(options, { root, site: site.value }) : ok(null);
  if (!secrets.ok) return secrets;
  const manifest: BackupManifest = {
    format: 1,
    site: site.value,
    version: release.value.version,
    madeAt: options.now(),
    withStore,
    secrets: secrets.value,
  };
  const folder = await mkdtemp(join(tmpdir(), 'dankai-backup-'));
  try {
    const copy = join(folder, journalEntry);
    await copyJournal(journal, copy);
    takeOutSecrets(copy);
    const written = await writeTar(file, (tar) => fill(tar, { root, copy, manifest }), fileMode);
    const { secrets: _, format: _format, ...facts } = manifest;
    return written.ok ? ok({ ...facts, withSecrets }) : written;
  } catch (error) {
    return refuseDiskError(error, file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * SQLite's own: as of one moment, whoever writes meanwhile. In one step, for it begins again
 * whenever somebody has written between two.
 */
async function copyJournal(from: string, to: string): Promise<void> {
  const database = new DatabaseSync(from, { readOnly: true, timeout: 10_000 });
  try {
    await copyDatabase(database, to, { rate: pagesMax });
  } finally {
    database.close();
  }
}

async function fill(
  tar: TarPackController,
  { root, copy, manifest }: { root: string; copy: string; manifest: BackupManifest },
): Promise<void> {
  const head = JSON.stringify(manifest);
  await addText(tar, manifestEntry, head);
  const digests: Record<string, Digest> = { [manifestEntry]: digestOfBytes(head) };
  const add = async (name: string, file: string): Promise<void> => {
    digests[name] = await addWhole(tar, name, file);
  };
  await add(journalEntry, copy);
  await add(settingsEntry, join(root, settingsEntry));
  for (const name of await filesIn(join(root, 'trust'))) {
    if (trustEntry.test(name)) await add(`trust/${name}`, join(root, 'trust', name));
  }
  for (const part of manifest.withStore ? ['manifests', 'archives'] : ['manifests']) {
    for (const name of await filesIn(join(root, 'store', part))) {
      const entry = `${part}/${name}`;
      if (storeEntry.test(entry)) await add(`store/${entry}`, join(root, 'store', entry));
    }
  }
  await addText(tar, digestsEntry, JSON.stringify(digests));
}

/** What it was when it was read is what its digest says. */
async function addWhole(tar: TarPackController, name: string, file: string): Promise<Digest> {
  const { size: bytes } = await stat(file);
  const meter = openDigestMeter();
  const input = createReadStream(file, { highWaterMark: pieceBytes, end: Math.max(0, bytes - 1) });
  async function* pieces(): AsyncGenerator<Uint8Array> {
    const read: AsyncIterable<Buffer> = input;
    for await (const piece of read) {
      meter.add(piece);
      yield piece;
    }
  }
  await addFile(tar, name, { bytes, pieces: bytes === 0 ? [] : pieces() });
  return meter.end();
}

/** With their folders; none where there is no such folder. Parts of writers are no files yet. */
async function filesIn(folder: string): Promise<readonly string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return found
    .filter((entry) => entry.isFile() && !entry.name.includes('.part-'))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .toSorted((left, right) => (left < right ? -1 : 1));
}

async function sealSecrets(
  { choosePassphrase }: BackupOptions,
  { root, site }: { readonly root: string; readonly site: string },
) {
  const passphrase = await choosePassphrase();
  if (!passphrase.ok) return passphrase;
  const texts: Record<string, string> = {};
  for (const name of await filesIn(join(root, 'secrets'))) {
    // The installation's own token, or one by which it enrols: another computer has its own.
    if (name.endsWith('.token')) continue;
    texts[name] = await readFile(join(root, 'secrets', name), 'utf8');
  }
  const about = secretsAbout(site);
  return ok(await sealText(JSON.stringify(texts), { about, passphrase: passphrase.value }));
}
