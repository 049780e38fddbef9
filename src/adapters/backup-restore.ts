/**
 * Puts a backup into an installation that stands still. All of it is unpacked and compared first;
 * then the journal is exchanged, and says in a note that it was. The next start begins a higher
 * epoch and writes that note into the record.
 */

import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ReadableStream } from 'node:stream/web';
import { createTarDecoder, type ParsedTarEntry } from 'modern-tar';
import { z } from 'zod';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { restoredNote } from '#ports/journal.ts';
import type { BackupFacts, Backups } from '#ports/backups.ts';
import { paths } from '#launcher/installation.ts';
import { takeLock } from '#launcher/lock.ts';
import {
  isThere,
  makeFolder,
  refuseDiskError,
  renameDurably,
  syncFolder,
  writeFileAtomically,
} from './atomic-file.ts';
import {
  backupManifest,
  dataFolder,
  digestsEntry,
  journalEntry,
  manifestEntry,
  secretsAbout,
  settingsEntry,
  type BackupManifest,
} from './backup.ts';
import { digestOfFile } from './digest.ts';
import { openJournal } from './journal-sqlite.ts';
import { unsealText } from './sealed-text.ts';
import { readOwnSite } from './settings-site.ts';
import { organisationFile, writeSecret } from './trust-files.ts';

export type RestoreOptions = {
  readPassphrase(): Promise<Result<string>>;
  readonly now: () => number;
};

type Wanted = Parameters<Backups['restore']>[0];

/** Nothing else is unpacked, wherever it would go. */
const allowed =
  /^(backup\.json|digests\.json|journal\.sqlite|settings\.yaml|trust\/(?!.*\.\.)[\w./-]+|store\/manifests\/[0-9a-f]{64}\.json|store\/archives\/[0-9a-f]{64})$/;
const textBytesMax = 16 * 1024 * 1024;

export async function restoreBackup(
  options: RestoreOptions,
  wanted: Wanted,
): Promise<Result<BackupFacts>> {
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
  { root, file, who }: Wanted,
): Promise<Result<BackupFacts>> {
  const unpacked = await unpack(file, staging);
  if (!unpacked.ok) return unpacked;
  const manifest = unpacked.value;
  const fit = await againstInstallation(staging, root, manifest);
  if (!fit.ok) return fit;
  const secrets = await openSecrets(options, manifest, file);
  if (!secrets.ok) return secrets;
  const { site, version, madeAt, withStore } = manifest;
  const detail = { backup: madeAt, version, restoredAt: options.now() };
  const noted = await noteRestore(join(staging, journalEntry), { who, detail });
  if (!noted.ok) return noted;
  await moveInto(staging, root, options.now());
  for (const [name, text] of Object.entries(secrets.value)) {
    const written = await writeSecret(root, name, text);
    if (!written.ok) return written;
  }
  return ok({ site, version, madeAt, withStore, withSecrets: manifest.secrets !== null });
}

async function unpack(file: string, staging: string): Promise<Result<BackupManifest>> {
  const unreadable = (detail: string) => refuse(problem('BACKUP_UNREADABLE', { file, detail }));
  const input = createReadStream(file, { highWaterMark: 1024 * 1024 });
  try {
    const entries = ReadableStream.from(input).pipeThrough(createTarDecoder({ strict: true }));
    for await (const entry of entries) {
      const { name, type } = entry.header;
      if (!allowed.test(name) || (type !== undefined && type !== 'file')) return unreadable(name);
      await unpackEntry(entry, join(staging, name));
    }
  } catch (error) {
    return unreadable(error instanceof Error ? error.message.slice(0, 200) : 'no tar');
  } finally {
    input.destroy();
  }
  const manifest = await readJson(join(staging, manifestEntry), backupManifest);
  if (manifest === null) return unreadable(manifestEntry);
  const digests = await readJson(join(staging, digestsEntry), z.record(z.string(), z.string()));
  if (digests === null) return unreadable('it is not whole');
  for (const [name, digest] of Object.entries(digests)) {
    if (!allowed.test(name)) return unreadable(name);
    const found = await digestOfFile(join(staging, name)).catch(() => null);
    if (found !== digest) return unreadable(name);
  }
  return ok(manifest);
}

async function unpackEntry({ body }: ParsedTarEntry, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await pipeline(Readable.fromWeb(body), createWriteStream(to, { flags: 'wx', flush: true }));
}

/** null: it is absent, or of another form. */
async function readJson<Value>(file: string, schema: z.ZodType<Value>): Promise<Value | null> {
  try {
    const text = await readFile(file, 'utf8');
    if (text.length > textBytesMax) return null;
    const parsed = schema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
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
    .record(z.string().regex(/^[\w-]+\.(pem|key|token)$/), z.string())
    .safeParse(JSON.parse(text));
  return parsed.success
    ? ok(parsed.data)
    : refuse(problem('BACKUP_UNREADABLE', { file, detail: 'secrets' }));
}

/** Opened by this release: one that is older than the backup refuses it here. */
async function noteRestore(
  file: string,
  note: { readonly who: string; readonly detail: object },
): Promise<Result<null>> {
  const journal = await openJournal(file);
  if (!journal.ok) return journal;
  try {
    await journal.value.transaction(({ log }) => log.putNote(restoredNote, JSON.stringify(note)));
    return ok(null);
  } finally {
    await journal.value.close();
  }
}

/** The journal comes last: until then the installation is what it was. */
async function moveInto(staging: string, root: string, now: number): Promise<void> {
  for (const part of ['trust', 'store/manifests', 'store/archives']) {
    const from = join(staging, part);
    const entries = await readdir(from, { recursive: true, withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      if (!entry.isFile()) continue;
      const source = join(entry.parentPath, entry.name);
      const target = join(root, source.slice(staging.length + 1));
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
