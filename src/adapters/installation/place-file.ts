/** A file under a second name, or its copy, that a power cut leaves whole or not there. */

import { constants } from 'node:fs';
import { copyFile, link, open } from 'node:fs/promises';
import { errorCode, partBeside, removePart, renameDurably } from '../files/atomic-file.ts';

/** `link`: the same file under a second name, where the disk knows such; else a copy. */
export async function placeFile(from: string, to: string, how: 'link' | 'copy'): Promise<void> {
  const part = partBeside(to);
  try {
    if (how === 'copy' || !(await linked(from, part))) await copySynced(from, part);
    await renameDurably(part, to);
  } finally {
    await removePart(part); // a rename onto the same file leaves the second name
  }
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP'].includes(errorCode(error) ?? '')) return false;
    throw error;
  }
}

async function copySynced(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  const handle = await open(to, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
