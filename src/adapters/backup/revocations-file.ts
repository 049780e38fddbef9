/**
 * A file elsewhere that says what must not come back with an old journal: replaced as a whole, so
 * that no kill leaves half of one. It is made by hand, once (empty will do): where it is not, a place
 * may not be mounted, and nothing is made beside what was meant. Read by `backup-restore.ts`.
 */

import { problem } from '#domain/problem.ts';
import { refuse, type Result } from '#domain/result.ts';
import type { Revocations } from '#protocol/shared/revocations.ts';
import { isThere, writeFileAtomically } from '../files/atomic-file.ts';

export async function keepRevocations(
  file: string,
  revocations: Revocations,
): Promise<Result<null>> {
  if (!(await isThere(file))) {
    return refuse(problem('FILE_UNREADABLE', { file, detail: 'ENOENT' }));
  }
  const written = await writeFileAtomically(file, `${JSON.stringify(revocations)}\n`, 0o600);
  if (written.ok || written.because.code === 'DISK_FULL') return written;
  return refuse(problem('FILE_UNREADABLE', { file, detail: written.because.code }));
}
