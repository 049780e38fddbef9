/** `scan-engine=9.8`, or `scan-engine=semver:9.8.0`: what a release needs on the server itself. */

import { z } from 'zod';
import type { Prerequisite } from '#domain/catalogue/release.ts';
import { orderings, parseVersion } from '#domain/catalogue/version.ts';
import { ok, type Result } from '#domain/result.ts';
import { componentName, version } from '#protocol/shared/primitives.ts';
import { parsedAll } from '../../given.ts';

const form = /^(?<component>[^=]+)=(?:(?<ordering>[^:]+):)?(?<min>[^:]+)$/;

const prerequisite = z.preprocess(
  (typed) => (typeof typed === 'string' ? { ...form.exec(typed)?.groups } : typed),
  z.object({
    component: componentName,
    ordering: z.enum(orderings).default('decimal'),
    min: version,
  }),
);

export function parsePrerequisites(typed: readonly string[]): Result<readonly Prerequisite[]> {
  const names = { option: '--prerequisite', expected: 'prerequisite' };
  const all = parsedAll(prerequisite, typed, names);
  if (!all.ok) return all;
  for (const { ordering, min } of all.value) {
    const readable = parseVersion(ordering, min);
    if (!readable.ok) return readable;
  }
  return ok(all.value);
}
