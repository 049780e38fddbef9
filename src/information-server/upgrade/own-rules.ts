/**
 * The rules of a release, held against this information server itself, also where no plan and no
 * preflight asked: a person may upgrade it where it stands.
 */

import type { Release } from '#domain/catalogue/release.ts';
import { againstComponentRules } from '#domain/compatibility/component-rules.ts';
import { versionsOf } from '#domain/fleet/server.ts';
import type { Problem } from '#domain/problem.ts';
import { ownComponent } from '../seen.ts';
import type { Site } from '../site.ts';

/** What else is there is known by what the normal server of the same computer last said. */
export async function againstRulesOfOwn(
  { journal, ownServer, self, name }: Pick<Site, 'journal' | 'ownServer' | 'self' | 'name'>,
  release: Release,
): Promise<Problem | null> {
  const beside = ownServer === null ? null : await journal.rows.fleet.server(ownServer);
  const versions = new Map(beside === null ? [] : versionsOf(beside, ownComponent));
  versions.set(ownComponent, self.version);
  const server = ownServer ?? name;
  const [first] = againstComponentRules({ server, versions }, release);
  return first ?? null;
}
