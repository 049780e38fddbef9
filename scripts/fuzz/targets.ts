/** All that is fuzzed. Whoever writes a parser of bytes from outside adds a row to one of these. */

import type { Target } from './target.ts';
import { fileTargets } from './targets-files.ts';
import { httpTarget } from './targets-http.ts';
import { jsonTargets } from './targets-json.ts';
import { restoreTargets } from './targets-restore.ts';
import { signingTargets } from './targets-signing.ts';
import { textTargets } from './targets-text.ts';
import { trustTargets } from './targets-trust.ts';

export async function allTargets(): Promise<readonly Target[]> {
  const [texts, jsons, files] = [await textTargets(), await jsonTargets(), await fileTargets()];
  const trust = [
    ...(await trustTargets()),
    ...(await signingTargets()),
    ...(await restoreTargets()),
  ];
  return [...texts, ...jsons, ...trust, ...files, await httpTarget()];
}
