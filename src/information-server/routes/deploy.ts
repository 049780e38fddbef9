/** The call `deploy`: chosen components to ticked servers, outside any upgrade (D9, D12). */

import { oldestFirst } from '#domain/catalogue/oldest-first.ts';
import type { Release } from '#domain/catalogue/release.ts';
import { bytesToFetch } from '#domain/compatibility/requirements.ts';
import type { FleetServer } from '#domain/fleet/server.ts';
import { brand, type GroupName, type UpgradeId } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { UpgradePlan } from '#domain/upgrade/plan.ts';
import type { InformationServerTable, ParamsOf, ResultOf } from '#protocol/console/contract.ts';
import { deltaBytesTo } from '../content/deltas-here.ts';
import type { By, Parts } from '../parts.ts';
import {
  begin,
  examine,
  preflightServer,
  preflightView,
  refusedStart,
  takeInventory,
} from './upgrades.ts';

type Params = ParamsOf<InformationServerTable, 'deploy'>;
type Answer = Promise<Result<ResultOf<InformationServerTable, 'deploy'>>>;
type Servers = Params['servers'];

export async function deploy(parts: Parts, params: Params, by: By): Answer {
  const servers = [...new Set(params.servers)];
  const fleet = new Map(
    (await parts.site.journal.rows.fleet.servers()).map((row) => [row.server, row]),
  );
  const unknown = servers.find((server) => !fleet.has(server));
  if (unknown !== undefined) return refuse(problem('SERVER_UNKNOWN', { server: unknown }));
  const release = await releaseOf(parts, params);
  if (!release.ok) return release;
  if (release.value.manifest.lane === 'content') {
    const withdrawn = await parts.rings.withdrawnVersion(release.value.manifest);
    if (withdrawn !== null) return refuse(withdrawn);
    if (params.preview !== true)
      await deployContent(parts, release.value, { servers, who: by.name });
    const chosen = servers.flatMap((server) => fleet.get(server) ?? []);
    const bytes = await bytesOf(parts, release.value, chosen);
    return ok({ upgrade: null, servers: servers.length, bytes, preflight: null });
  }
  const { acknowledged = false, aheadOfInformationServer: reason } = params;
  const goAhead =
    reason === undefined ? [] : [{ code: 'INFORMATION_SERVER_BEHIND', reason } as const];
  const plan = deploymentPlan(parts, release.value, {
    name: 'deploy',
    servers,
    acknowledged,
    goAhead,
  });
  await takeInventory(parts);
  const known = await parts.site.journal.rows.fleet.servers();
  const prepared = await examine(parts, plan, known);
  if (!prepared.ok) return prepared;
  const preflight = preflightView(prepared.value);
  const bytes = preflight.groups.reduce((sum, group) => sum + group.bytes, 0);
  const answer = { servers: servers.length, bytes, preflight };
  if (params.preview === true) return ok({ upgrade: null, ...answer });
  if (!preflight.go) return refusedStart(parts, prepared.value, by.name);
  const refusal = await begin(parts, prepared.value, { who: by.name, made: null });
  return refusal ?? ok({ upgrade: plan.upgrade, ...answer });
}

/** That version, or the newest that stands here. */
async function releaseOf(parts: Parts, params: Params): Promise<Result<Release>> {
  const { component, version } = params;
  const releases = (await parts.site.journal.rows.catalogue.releases())
    .filter(({ manifest }) => manifest.component === component)
    .map((release) => ({ release, ...release.manifest }));
  const known = oldestFirst(releases).map(({ release }) => release);
  if (known.length === 0) return refuse(problem('COMPONENT_UNKNOWN', { component }));
  const release =
    version === undefined
      ? known.at(-1)
      : known.find(({ manifest }) => manifest.version === version);
  if (release !== undefined) return ok(release);
  return refuse(problem('RELEASE_UNKNOWN', { component, version: version ?? '-' }));
}

/** Before anything moves (R6): deltas, where there are some, and whole packages. */
async function bytesOf(
  parts: Parts,
  release: Release,
  servers: readonly FleetServer[],
): Promise<number> {
  const deltaBytes = await deltaBytesTo(parts.site, release);
  return servers
    .map((one) => bytesToFetch(preflightServer(parts, one, deltaBytes), release))
    .reduce((sum, one) => sum + one, 0);
}

async function deployContent(
  parts: Parts,
  { digest, manifest }: Release,
  { servers, who }: { readonly servers: Servers; readonly who: string },
): Promise<void> {
  const { component, version } = manifest;
  await parts.loop.submit(async (rows) => {
    for (const server of servers) {
      await rows.fleet.putDesired({ server, component, digest, version, owner: 'manual' });
    }
    const detail = { component, version, servers };
    const at = parts.site.clock.now();
    await rows.log.appendRecord({ at, kind: 'content-deployed', who, server: null, detail });
    return servers.map((server) => () => parts.publisher.now(server));
  });
}

export type Deployment = {
  /** How its upgrade is called, before the component. */
  readonly name: string;
  readonly servers: Servers;
  readonly acknowledged: boolean;
  readonly goAhead: UpgradePlan['goAhead'];
};

/** A deployment is an upgrade of one group: same lease, same gate, same proof. */
export function deploymentPlan(
  parts: Parts,
  { digest, manifest }: Release,
  { name, servers, acknowledged, goAhead }: Deployment,
): UpgradePlan {
  const now = parts.site.clock.now();
  const { component, version } = manifest;
  return {
    upgrade: brand<UpgradeId>(`${name}-${component}-${version}-${now.toString(36)}`.slice(0, 64)),
    release: { component, version, digest },
    form: 'deployment',
    groups: [
      {
        name: brand<GroupName>('deployment'),
        servers,
        from: now,
        windows: [],
        hold: 'servers',
        approve: false,
        gate: { percentMin: 95, sampleMin: 1, soakSeconds: 0 },
      },
    ],
    agent: { upgrade: false, stop: false },
    leaseSeconds: 60,
    proveSeconds: 120,
    inFlightMax: parts.site.inFlightMax,
    holdMinutesMax: 120,
    stageMinutesMax: 60,
    linkBitsPerSecond: null,
    groupMinutesMax: null,
    mixedDaysMax: 90,
    precautionsRead: acknowledged,
    goAhead,
  };
}
