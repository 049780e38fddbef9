/**
 * A database that was begun once is never silently begun anew: a marker beside it outlives it.
 *
 * The marker lies in the same folder, so it is copied with a generation's data. What the database
 * holds is not known here.
 */

import { stat } from 'node:fs/promises';
import { problem } from '#domain/problem.ts';
import { refuse, type Result } from '#domain/result.ts';
import { writeFileAtomically } from '../files/atomic-file.ts';

const bytesOf = async (file: string): Promise<number | null> =>
  stat(file).then(
    ({ size }) => size,
    () => null,
  );

/** Opens it, unless it was begun before and nothing is left of it. */
export async function openBegun<Opened extends { close(): Promise<void> }>(
  file: string,
  open: (file: string) => Promise<Result<Opened>>,
): Promise<Result<Opened>> {
  const marker = `${file}.begun`;
  const isBegun = (await bytesOf(marker)) !== null;
  if (isBegun && ((await bytesOf(file)) ?? 0) === 0) {
    return refuse(problem('JOURNAL_ABSENT', { file }));
  }
  const opened = await open(file);
  if (isBegun || !opened.ok) return opened;
  const written = await writeFileAtomically(marker, '');
  if (written.ok) return opened;
  await opened.value.close();
  return written;
}
