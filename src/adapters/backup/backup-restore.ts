/**
 * Puts a backup into an installation that stands still. All of it is unpacked and compared first;
 * then the journal is exchanged, and says in a note that it was. The next start begins a higher
 * epoch and writes that note into the record. What stands here is never exchanged for something
 * older: neither metadata, nor the site's key, nor what is stored by digest.
 */

import { mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { restoredNote } from '#ports/journal.ts';
import type { Backups, RestoredFacts } from '#ports/backups.ts';
import { paths } from '#launcher/installation.ts';
import { takeLock } from '#launcher/lock.ts';
import { detailOf } from '#protocol/shared/mistake.ts';
import {
  revocationsBytesMax,
  revocationsSchema,
  type Revocations,
} from '#protocol/shared/revocations.ts';
import {
  isThere,
  makeFolder,
  refuseDiskError,
  renameDurably,
  syncFolder,
  writeFileAtomically,
} from '../files/atomic-file.ts';
import {
  dataFolder,
  journalEntry,
  secretsAbout,
  settingsEntry,
  unpackBackup,
  type BackupManifest,
} from './backup-archive.ts';
import { takeTrust } from './backup-trust.ts';
import { voidAccess, type Voided } from './backup-void.ts';
import { digestOfFile } from '../files/digest.ts';
import { openJournal } from '../database/journal-sqlite.ts';
import { unsealText } from '../secrets/sealed-text.ts';
import { readOwnSite } from '../daemon/settings-site.ts';
import { organisationFile, readSecret, writeSecret } from '../identity/trust-files.ts';

export type RestoreOptions = {
  readPassphrase(): Promise<Result<string>>;
  readonly now: () => number;
};

type Wanted = Parameters<Backups['restore']>[0];

export async function restoreBackup(
  options: RestoreOptions,
  wanted: Wanted,
): Promise<Result<RestoredFacts>> {
  const { root } = wanted;
  if (!(await isThere(join(root, 'launcher.json')))) {
    return refuse(problem('INSTALLATION_ABSENT', { folder: root }));
  }
  // Made by the first start; an installation that never ran has none yet.
  await makeFolder(dirname(paths.lock(root)));
  const lock = takeLock(root);
  if ('heldBy' in lock) {
    return refuse(problem('INSTALLATION_RUNS', { folder: root, pid: lock.heldBy }));
  }
  const staging = await mkdtemp(join(root, 'restore.part-'));
  try {
    return await restoreFrom(staging, options, wanted);
  } catch (error) {
    return refuseDiskError(error, wanted.file);
  } finally {
    await rm(staging, { recursive: true, force: true });
    lock.release();
  }
}

async function restoreFrom(
  staging: string,
  options: RestoreOptions,
  wanted: Wanted,
): Promise<Result<RestoredFacts>> {
  const { root, file } = wanted;
  const unpacked = await unpackBackup(file, staging);
  if (!unpacked.ok) return unpacked;
  const manifest = unpacked.value;
  const fit = await againstInstallation(staging, root, manifest);
  if (!fit.ok) return fit;
  const revocations = await readRevocations(wanted.revocations, manifest);
  if (!revocations.ok) return revocations;
  const secrets = await openSecrets(options, manifest, file);
  if (!secrets.ok) return secrets;
  const voided = await prepareJournal(join(staging, journalEntry), {
    who: wanted.who,
    manifest,
    revocations: revocations.value,
    now: options.now(),
  });
  if (!voided.ok) return voided;
  const metadata = await takeTrust(staging, root);
  if (!metadata.ok) return metadata;
  const laid = await laySecrets(root, secrets.value);
  if (!laid.ok) return laid;
  await moveInto(staging, root, options.now());
  const { site, version, madeAt, withStore } = manifest;
  return ok({
    site,
    version,
    madeAt,
    withStore,
    withSecrets: manifest.secrets !== null,
    voided: voided.value,
    revocationsAt: revocations.value?.at ?? null,
    metadata: metadata.value,
  });
}

async function readRevocations(
  file: string | null,
  { site, madeAt }: BackupManifest,
): Promise<Result<Revocations | null>> {
  if (file === null) return ok(null);
  const unreadable = (detail: string) => refuse(problem('FILE_UNREADABLE', { file, detail }));
  try {
    const { size } = await stat(file);
    if (size > revocationsBytesMax) return unreadable(`${size} bytes`);
    const parsed = revocationsSchema.safeParse(JSON.parse(await readFile(file, 'utf8')));
    if (!parsed.success) return unreadable(detailOf(parsed.error));
    const { site: of, at } = parsed.data;
    if (of !== site) return refuse(problem('BACKUP_OF_OTHER_SITE', { site: of, here: site }));
    // An older one knows nothing that the backup does not.
    if (at < madeAt) return refuse(problem('REVOCATIONS_OLD', { file, at, backup: madeAt }));
    return ok(parsed.data);
  } catch (error) {
    return error instanceof SyntaxError ? unreadable('no JSON') : refuseDiskError(error, file);
  }
}

/** Of the same site, and of the same organisation where there is one. */
async function againstInstallation(
  staging: string,
  root: string,
  manifest: BackupManifest,
): Promise<Result<null>> {
  const here = await readOwnSite(root);
  if (!here.ok) return here;
  const inside = await readOwnSite(staging);
  if (!inside.ok) return inside;
  if (here.value !== manifest.site || inside.value !== manifest.site) {
    return refuse(problem('BACKUP_OF_OTHER_SITE', { site: manifest.site, here: here.value }));
  }
  const [own, theirs] = [organisationFile(root), organisationFile(staging)];
  if (!(await isThere(own)) || !(await isThere(theirs))) return ok(null);
  const [expected, found] = [await digestOfFile(own), await digestOfFile(theirs)];
  return expected === found ? ok(null) : refuse(problem('ORGANISATION_OTHER', { expected, found }));
}

async function openSecrets(
  { readPassphrase }: RestoreOptions,
  { secrets, site }: BackupManifest,
  file: string,
): Promise<Result<Readonly<Record<string, string>>>> {
  if (secrets === null) return ok({});
  const passphrase = await readPassphrase();
  if (!passphrase.ok) return passphrase;
  const about = secretsAbout(site);
  const text = await unsealText(secrets, { about, passphrase: passphrase.value });
  if (text === null) return refuse(problem('PASSPHRASE_WRONG', { file }));
  const parsed = z
    .record(z.string().regex(/^[\w-]+\.(pem|key)$/), z.string())
    .safeParse(JSON.parse(text));
  return parsed.success
    ? ok(parsed.data)
    : refuse(problem('BACKUP_UNREADABLE', { file, detail: 'secrets' }));
}

type Preparing = {
  readonly who: string;
  readonly manifest: BackupManifest;
  readonly revocations: Revocations | null;
  readonly now: number;
};

/** Opened by this release: one that is older than the backup refuses it here. */
async function prepareJournal(
  file: string,
  { who, manifest, revocations, now }: Preparing,
): Promise<Result<Voided>> {
  const journal = await openJournal(file);
  if (!journal.ok) return journal;
  try {
    return await journal.value.transaction(async (rows) => {
      const voided = await voidAccess(rows, { now, revocations });
      const { madeAt: backup, version } = manifest;
      const revocationsAt = revocations?.at ?? null;
      const detail = { backup, version, restoredAt: now, revocationsAt, ...voided };
      await rows.log.putNote(restoredNote, JSON.stringify({ who, detail }));
      return ok(voided);
    });
  } finally {
    await journal.value.close();
  }
}

/** Whoever installed with a newer kit keeps its key. */
async function laySecrets(
  root: string,
  secrets: Readonly<Record<string, string>>,
): Promise<Result<null>> {
  for (const [name, text] of Object.entries(secrets)) {
    const standing = await readSecret(root, name);
    if (!standing.ok) return standing;
    const written = standing.value === null ? await writeSecret(root, name, text) : ok(null);
    if (!written.ok) return written;
  }
  return ok(null);
}

/** The journal comes last: until then the installation is what it was. */
async function moveInto(staging: string, root: string, now: number): Promise<void> {
  for (const part of ['store/manifests', 'store/archives']) {
    const from = join(staging, part);
    const entries = await readdir(from, { recursive: true, withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const source = join(entry.parentPath, entry.name);
      const target = join(root, source.slice(staging.length + 1));
      if (!entry.isFile() || (await isThere(target))) continue;
      await makeFolder(dirname(target));
      await renameDurably(source, target);
    }
  }
  await renameDurably(join(staging, settingsEntry), join(root, settingsEntry));
  const data = dataFolder(root);
  const journal = join(data, journalEntry);
  const aside = `${journal}.before-restore-${now}`;
  for (const end of ['-wal', '-shm', '']) {
    if (await isThere(`${journal}${end}`)) await rename(`${journal}${end}`, `${aside}${end}`);
  }
  await writeFileAtomically(`${journal}.begun`, '');
  await renameDurably(join(staging, journalEntry), journal);
  await syncFolder(data);
}
