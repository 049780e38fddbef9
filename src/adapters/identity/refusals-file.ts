/**
 * The list of refused authorities, read once: for a command, which ends before there could be another.
 * A list that cannot be believed is no list; a daemon goes on looking (notices-disk.ts).
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ok, type Result } from '#domain/result.ts';
import { errorCode, refuseDiskError } from '../files/atomic-file.ts';
import { noRefusals, type Refusals } from './certificate-chain.ts';
import type { OrganisationAuthority } from './link-trust.ts';
import { noticeFiles } from './notice-files.ts';

/** Of all lists in these folders. Without a list nobody is refused. */
export async function readRefusals(
  folders: readonly string[],
  { authority }: Pick<OrganisationAuthority, 'authority'>,
): Promise<Result<Refusals>> {
  const refused = new Set<string>();
  for (const folder of folders) {
    const read = await readList(join(folder, noticeFiles['refused-authorities']), authority);
    if (!read.ok) return read;
    for (const one of read.value) refused.add(one);
  }
  return ok({ ...noRefusals, isRefused: (one) => refused.has(one) });
}

async function readList(file: string, authority: string): Promise<Result<readonly string[]>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    return errorCode(error) === 'ENOENT' ? ok([]) : refuseDiskError(error, file);
  }
  // The library that reads them is loaded when there is one.
  const { readRefusedAuthorities } = await import('./refused-authorities.ts');
  const read = await readRefusedAuthorities(text, authority);
  return read.ok ? ok(read.value.authorities) : read;
}
