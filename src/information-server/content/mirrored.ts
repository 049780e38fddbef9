/**
 * What a server of the fleet is offered where programs fetch content themselves: what it should have
 * now. What a ring, a hold or a withdrawal keeps from it is not offered to it here either, for
 * `fleet/desired.ts` alone decides. Absent: who asks. Nobody proves that here, so nothing is given
 * that would be a secret.
 */

import { fileNameOf } from '#domain/delivery/content-release.ts';
import { brand, type Digest, type ServerId } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse } from '#domain/result.ts';
import type { Mirror } from '#ports/mirror.ts';
import { wantedBy, wantedByAll } from '../fleet/desired.ts';
import type { Parts } from '../parts.ts';

export function mirrorOf(
  { site, rings }: Pick<Parts, 'site' | 'rings'>,
  located: (digest: Digest) => string,
): Mirror {
  return {
    async find(name, file) {
      const { rows } = site.journal;
      const server = brand<ServerId>(name);
      if ((await rows.fleet.server(server)) === null) {
        return refuse(problem('SERVER_UNKNOWN', { server }));
      }
      const now = site.clock.now();
      const all = await wantedByAll(rows, now);
      const before = [...all.rollouts.values()].flatMap((one) => one.before ?? []);
      const named = [...all.contents, ...before].filter(({ path }) => fileNameOf(path) === file);
      if (named.length === 0) return refuse(problem('MIRROR_FILE_ABSENT', { file }));
      const ring = await rings.outcomes.ringOf(rows, server);
      const wanted = await wantedBy(rows, { server, ring, now, all });
      const found = named.find((one) => wanted.some(({ digest }) => digest === one.release));
      if (found === undefined) return ok({ answer: 'keep' });
      const { digest } = found.file;
      const { release } = found;
      return ok({ answer: 'file', server, release, digest, file: located(digest) });
    },
  };
}
