/** The first root of a lane as organisation.json has it: what every later root leads back to. */

import { readFile } from 'node:fs/promises';
import type { Lane } from '#domain/names.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { parseOrganisation } from '#protocol/shared/organisation.ts';
import { errorCode, refuseDiskError } from '../files/atomic-file.ts';
import { parseRoot, type RootMetadata } from './tuf-metadata.ts';
import type { Staged } from './tuf-repository-files.ts';
import { foreignProblem } from './tuf-signing.ts';

/** null: there is no such file. */
export async function firstRootIn(file: string, lane: Lane): Promise<Result<RootMetadata | null>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    return errorCode(error) === 'ENOENT' ? ok(null) : refuseDiskError(error, file);
  }
  const organisation = parseOrganisation(text, file);
  if (!organisation.ok) return organisation;
  const { programRoot, contentRoot } = organisation.value;
  return parseRoot(lane === 'program' ? programRoot : contentRoot, file);
}

export function comparedWith(staged: Staged, firstRoot: RootMetadata): Result<true> {
  const foreign = foreignProblem(staged, firstRoot);
  return foreign === null ? ok(true) : refuse(foreign);
}
