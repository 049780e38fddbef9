/** The lines of a text file of any size, some at a time: no more of it is ever in memory. */

import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';

const limits = {
  pieceBytes: 1024 * 1024,
  /** A longer line is no line of ours; it is handed on cut into pieces. */
  lineCharactersMax: 8 * 1024 * 1024,
} as const;

export async function readLines(file: string): Promise<Result<AsyncIterable<readonly string[]>>> {
  try {
    await (await open(file, 'r')).close();
  } catch (error) {
    const detail = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return refuse(problem('FILE_UNREADABLE', { file, detail }));
  }
  return ok(piecesOf(file));
}

async function* piecesOf(file: string): AsyncIterable<readonly string[]> {
  const stream = createReadStream(file, {
    encoding: 'utf8',
    highWaterMark: limits.pieceBytes,
  });
  let rest = '';
  for await (const piece of stream) {
    const lines = (rest + String(piece)).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > limits.lineCharactersMax) {
      lines.push(rest);
      rest = '';
    }
    if (lines.length > 0) yield lines;
  }
  // A file that was cut off in the middle of a line has no end of that line.
  if (rest !== '') yield [rest];
}
