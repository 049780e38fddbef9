/**
 * Clears what is only kept to be quicker: versions of patterns or engines that neither run nor are
 * gone back to, and content on its way into a share. The next update fetches what it needs anew.
 * Never touched: what is current, the one before it, anything of a program, the share and its store.
 */

import { lstat, readdir, readlink, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { ClearedCache } from '#ports/care.ts';
import { readServices } from '#launcher/installation.ts';
import { refuseDiskError, removeByRename } from '../files/atomic-file.ts';
import { againstUnread } from '../installation/installation-marks.ts';

type Kind = 'patterns' | 'engines';

const kinds: Readonly<Record<Kind, RegExp>> = { patterns: /pattern/, engines: /engine/ };

export async function clearCaches(
  root: string,
  wanted: readonly Kind[],
): Promise<Result<ClearedCache>> {
  const services = readServices(root);
  if (typeof services === 'string') {
    return refuse(await againstUnread(root, services));
  }
  const removed: { path: string; bytes: number }[] = [];
  const kept: string[] = [];
  try {
    for (const component of await namesIn(join(root, 'contents'))) {
      if (!wanted.some((kind) => kinds[kind].test(component))) continue;
      const found = await versionsIn(join(root, 'contents', component));
      kept.push(...found.kept);
      for (const path of found.removable) removed.push(await remove(path));
    }
    for (const name of await namesIn(join(root, 'inbox'))) {
      removed.push(await remove(join(root, 'inbox', name)));
    }
    return ok({ removed, kept });
  } catch (error) {
    return refuseDiskError(error, root);
  }
}

const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);

/** Without a current version nothing of it runs, and nothing is gone back to. */
async function versionsIn(
  folder: string,
): Promise<{ readonly kept: readonly string[]; readonly removable: readonly string[] }> {
  const facts = await stat(folder);
  if (!facts.isDirectory()) return { kept: [], removable: [] };
  const current = await readlink(join(folder, 'current')).then(basename, () => null);
  const names = (await namesIn(folder)).filter((name) => name !== 'current');
  const since = current === null ? null : await madeAt(folder, current);
  const before: { name: string; at: number }[] = [];
  for (const name of names) {
    const at = name === current ? null : await madeAt(folder, name);
    if (at !== null && since !== null && at <= since) before.push({ name, at });
  }
  const previous = before.toSorted((left, right) => right.at - left.at)[0]?.name;
  const isKept = (name: string): boolean => name === current || name === previous;
  return {
    kept: names.filter(isKept).map((name) => join(folder, name)),
    removable: names.filter((name) => !isKept(name)).map((name) => join(folder, name)),
  };
}

/** By the file that is written last; null: it is not whole. */
async function madeAt(folder: string, name: string): Promise<number | null> {
  const facts = await stat(join(folder, name, 'release.json')).catch(() => null);
  return facts?.mtimeMs ?? null;
}

async function remove(path: string): Promise<{ path: string; bytes: number }> {
  const bytes = await bytesIn(path);
  await removeByRename(path);
  return { path, bytes };
}

async function bytesIn(path: string): Promise<number> {
  const facts = await lstat(path);
  if (!facts.isDirectory()) return facts.size;
  let sum = 0;
  for (const name of await readdir(path)) sum += await bytesIn(join(path, name));
  return sum;
}
