/**
 * The call `rollback`: one server back to the version before, by lease and proof as any switch. Which
 * versions one may go back to is signed: by the release that runs, or by a permission apart. The
 * server keeps the version that it ran last, so nothing need cross the link.
 */

import { oldestFirst } from '#domain/catalogue/oldest-first.ts';
import type { Release } from '#domain/catalogue/release.ts';
import { compareVersions, parseVersion } from '#domain/catalogue/version.ts';
import { installedOf } from '#domain/fleet/server.ts';
import { problem, type Problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { InformationServerTable, ParamsOf, ResultOf } from '#protocol/console/contract.ts';
import type { By, Parts } from '../parts.ts';
import { ownComponent } from '../seen.ts';
import { deploymentPlan } from './deploy.ts';
import { begin, examine, preflightView, refusedStart, takeInventory } from './upgrades.ts';

type Params = ParamsOf<InformationServerTable, 'rollback'>;
type Answer = Promise<Result<ResultOf<InformationServerTable, 'rollback'>>>;

export async function rollback(parts: Parts, params: Params, by: By): Answer {
  const { server, component, reason, acknowledged = false } = params;
  const found = await parts.site.journal.rows.fleet.server(server);
  if (found === null) return refuse(problem('SERVER_UNKNOWN', { server }));
  const running = installedOf(found, component, ownComponent);
  if (running === null) return refuse(problem('COMPONENT_UNKNOWN', { component }));
  const release = await releaseBefore(parts, { ...params, running: running.version });
  if (!release.ok) return release;
  await takeInventory(parts);
  const plan = deploymentPlan(parts, release.value, {
    name: 'rollback',
    servers: [server],
    acknowledged,
    goAhead: [{ code: 'RELEASE_OLDER', reason }],
  });
  const prepared = await examine(parts, plan, await parts.site.journal.rows.fleet.servers());
  if (!prepared.ok) return prepared;
  const preflight = preflightView(prepared.value);
  const answer = { from: running.version, to: release.value.manifest.version, preflight };
  if (params.preview === true) return ok({ upgrade: null, ...answer });
  if (!preflight.go) return refusedStart(parts, prepared.value, by.name);
  const refusal = await begin(parts, prepared.value, { who: by.name, made: null });
  return refusal ?? ok({ upgrade: plan.upgrade, ...answer });
}

type Asked = Params & { readonly running: string };

/** The version that was named, or the newest older one to which one may go back. */
async function releaseBefore(parts: Parts, asked: Asked): Promise<Result<Release>> {
  const { server, component, running, version } = asked;
  const known = (await parts.site.journal.rows.catalogue.releases()).filter(
    ({ manifest }) => manifest.component === component && manifest.lane === 'program',
  );
  const older = oldestFirst(
    known
      .filter((release) => isOlder(release, running))
      .map((release) => ({ release, ...release.manifest })),
  ).toReversed();
  if (version !== undefined) {
    const named = older.find((one) => one.version === version)?.release;
    return named === undefined
      ? refuse(problem('RELEASE_UNKNOWN', { component, version }))
      : ok(named);
  }
  const present = known.find(({ manifest }) => manifest.version === running);
  const returnTo = present?.manifest.returnTo ?? [];
  let because: Problem | null = null;
  for (const { release } of older) {
    const against = (await parts.site.trusted.returns(release))({ version: running, returnTo });
    if (against === null) return ok(release);
    because ??= against;
  }
  return refuse(because ?? problem('ROLLBACK_ABSENT', { server, component, running }));
}

function isOlder({ manifest: { ordering, version } }: Release, running: string): boolean {
  return parseVersion(ordering, running).ok && compareVersions(ordering, version, running) < 0;
}
