/**
 * A file elsewhere into which heads of the record are written: one line each, synced before it
 * counts. It is made by hand, once. Where it is not, nothing is made: a place that is not mounted
 * would otherwise be filled beside what was meant, unnoticed.
 */

import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { problem } from '#domain/problem.ts';
import type { ToldHead } from '#domain/record/line.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { headText } from '#protocol/record/export.ts';
import { errorCode, isDiskFull } from '../files/atomic-file.ts';

export async function appendHead(file: string, head: ToldHead): Promise<Result<null>> {
  try {
    const handle = await open(file, constants.O_RDWR | constants.O_APPEND);
    try {
      // What a full disk or a power cut left of a line stays a line of its own, which readers skip.
      const start = (await endsInLine(handle)) ? '\n' : '';
      await handle.writeFile(`${start}${headText(head)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    return ok(null);
  } catch (error) {
    const code = errorCode(error);
    if (code === null) throw error;
    // Whatever a place far away answers stops nothing here.
    if (isDiskFull(error)) return refuse(problem('DISK_FULL', { path: file }));
    return refuse(problem('FILE_UNREADABLE', { file, detail: code }));
  }
}

async function endsInLine(handle: FileHandle): Promise<boolean> {
  const { size } = await handle.stat();
  if (size === 0) return false;
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer.toString() !== '\n';
}
