/**
 * What a backup's archive holds, and reading one: every entry is named once in the list of digests
 * at its end, and nothing else is in it. Absent here: what becomes of what was read.
 */

import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ReadableStream } from 'node:stream/web';
import { createTarDecoder, type ParsedTarEntry } from 'modern-tar';
import { z } from 'zod';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { digest, instant, version } from '#protocol/shared/primitives.ts';
import { digestOfFile } from '../files/digest.ts';
import { sealedText } from '../secrets/sealed-text.ts';

export const backupManifest = z.strictObject({
  format: z.literal(1),
  site: z.string().min(1).max(64),
  version,
  madeAt: instant,
  withStore: z.boolean(),
  /** A JSON object of texts by the name of their file. */
  secrets: sealedText.nullable(),
});
export type BackupManifest = z.infer<typeof backupManifest>;

/** First and last entry. */
export const manifestEntry = 'backup.json';
export const digestsEntry = 'digests.json';
export const journalEntry = 'journal.sqlite';
export const settingsEntry = 'settings.yaml';
export const secretsAbout = (site: string): string => `secrets of ${site}`;
/** Where the journal stands while the installation runs. */
export const dataFolder = (root: string): string =>
  join(root, 'tracks', 'program', 'current', 'data');

/** Of ROOT/trust: what all may know of the organisation, and what was verified of each lane. */
export const trustEntry =
  /^(organisation\.json|refused-authorities\.crl|(program|content)\/(verified\.json|roots\/[1-9]\d{0,8}\.root\.json))$/;
/** Of ROOT/store/manifests and ROOT/store/archives. */
export const storeEntry = /^(manifests\/[0-9a-f]{64}\.json|archives\/[0-9a-f]{64})$/;

/** What the list of digests has to name, and names. */
function isListed(name: string): boolean {
  if (name.startsWith('trust/')) return trustEntry.test(name.slice('trust/'.length));
  if (name.startsWith('store/')) return storeEntry.test(name.slice('store/'.length));
  return [manifestEntry, journalEntry, settingsEntry].includes(name);
}

const textBytesMax = 16 * 1024 * 1024;
const listSchema = z.record(z.string(), digest);

export async function unpackBackup(file: string, to: string): Promise<Result<BackupManifest>> {
  const unreadable = (detail: string) => refuse(problem('BACKUP_UNREADABLE', { file, detail }));
  const input = createReadStream(file, { highWaterMark: 1024 * 1024 });
  const found = new Set<string>();
  try {
    const entries = ReadableStream.from(input).pipeThrough(createTarDecoder({ strict: true }));
    for await (const entry of entries) {
      const { name, type } = entry.header;
      const isKnown = isListed(name) || name === digestsEntry;
      if (!isKnown || (type !== undefined && type !== 'file')) return unreadable(name);
      if (found.has(name) || found.has(digestsEntry)) return unreadable(name);
      found.add(name);
      await unpackEntry(entry, join(to, name));
    }
  } catch (error) {
    return unreadable(error instanceof Error ? error.message.slice(0, 200) : 'no tar');
  } finally {
    input.destroy();
  }
  const digests = await readJson(join(to, digestsEntry), listSchema);
  if (digests === null) return unreadable('it is not whole');
  found.delete(digestsEntry);
  for (const name of new Set([...found, ...Object.keys(digests)])) {
    // Both ways: nothing that is listed is missing, and nothing came that is not listed.
    const listed = Object.hasOwn(digests, name) ? digests[name] : undefined;
    if (!found.has(name) || listed === undefined) return unreadable(name.slice(0, 200));
    if ((await digestOfFile(join(to, name))) !== listed) return unreadable(name);
  }
  for (const name of [manifestEntry, journalEntry, settingsEntry]) {
    if (!found.has(name)) return unreadable(name);
  }
  const manifest = await readJson(join(to, manifestEntry), backupManifest);
  return manifest === null ? unreadable(manifestEntry) : ok(manifest);
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
