/** A small file that a person named, such as a certificate: whole, or why it cannot be read. */

import { readFile } from 'node:fs/promises';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { errorCode } from './atomic-file.ts';

export async function readText(file: string): Promise<Result<string>> {
  try {
    return ok(await readFile(file, 'utf8'));
  } catch (error) {
    const detail = errorCode(error) ?? String(error);
    return refuse(problem('FILE_UNREADABLE', { file, detail }));
  }
}
