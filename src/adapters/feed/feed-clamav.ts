/**
 * A mirror of ClamAV as a feed: its databases are offered as an update site offers patterns, by a
 * `[PATTERN]` line each that is made here out of their headers. How files are fetched, by whom they
 * are vouched for, and what follows from it, is that of every feed behind HTTP.
 */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContentFile } from '#domain/delivery/content-files.ts';
import type { Digest } from '#domain/names.ts';
import type { Problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { clamavHeaderBytes, readClamavHeader, type ClamavHeader } from './clamav-header.ts';
import { fetchBeginning, unreadableAt, type Site } from './feed-http-file.ts';

/** In the share, beside whatever else there is. */
const folder = 'clamav/';

const fileOf = (database: string): string => `${database}.cvd`;

/** As the mirror has it. */
export const pathAtMirror = ({ path }: Pick<ContentFile, 'path'>): string =>
  path.slice(folder.length);

/** The text of a `server.ini` with a line for each database. */
export async function catalogueOfDatabases(
  site: Site,
  databases: readonly string[],
): Promise<Result<Uint8Array>> {
  const lines = ['[PATTERN]'];
  for (const database of databases) {
    const path = fileOf(database);
    const begun = await fetchBeginning(site, path, clamavHeaderBytes);
    if (!begun.ok) return begun;
    const header = readClamavHeader(begun.value.beginning);
    if (header === null) return refuse(noDatabase(site, path));
    lines.push(`P.${database}=${folder}${path},${header.version},${begun.value.bytes}`);
  }
  return ok(Buffer.from(`${lines.join('\r\n')}\r\n`));
}

/** Why a file that was fetched is not the database that its line promises; null: it is. */
export async function againstHeader(
  site: Site,
  { path, version }: ContentFile,
  { digest, proved }: { readonly digest: Digest; readonly proved: Set<Digest> },
): Promise<Problem | null> {
  const file = join(site.contents, digest);
  const header = await headerIn(file);
  if (header === null) return noDatabase(site, path);
  if (header.version !== version) {
    return unreadableAt(site, `${path}: its header says ${header.version}, not ${version}`);
  }
  if (proved.has(digest)) return null;
  const meter = createHash('md5');
  for await (const piece of createReadStream(file, { start: clamavHeaderBytes })) {
    meter.update(piece as Buffer);
  }
  const md5 = meter.digest('hex');
  if (md5 === header.md5) {
    proved.add(digest);
    return null;
  }
  return unreadableAt(site, `${path}: its MD5 is ${md5}; its header says ${header.md5}`);
}

async function headerIn(file: string): Promise<ClamavHeader | null> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(clamavHeaderBytes), {
      position: 0,
    });
    return readClamavHeader(buffer.subarray(0, bytesRead));
  } finally {
    await handle.close();
  }
}

function noDatabase(site: Site, path: string): Problem {
  return unreadableAt(site, `${path}: it does not begin as a database of ClamAV does`);
}
