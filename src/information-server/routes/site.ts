/** Calls about the information server itself: what it is, its agent, components, record. */

import { oldestFirst } from '#domain/catalogue/oldest-first.ts';
import { problem, type Problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type {
  AgentView,
  InformationServerTable,
  ParamsOf,
  ResultOf,
} from '#protocol/console/contract.ts';
import type { By, Parts } from '../parts.ts';
import { lastRestoreOf } from '../record/restores.ts';
import { isProving } from '../site.ts';
import { ownComponent } from '../seen.ts';
import { holdViews } from './holds.ts';
import { recordView } from './record.ts';

type Params<Call extends keyof InformationServerTable> = ParamsOf<InformationServerTable, Call>;
type Answer<Call extends keyof InformationServerTable> = Promise<
  Result<ResultOf<InformationServerTable, Call>>
>;

export async function agentView(parts: Parts): Promise<AgentView> {
  const { site, agent } = parts;
  const track = site.launcher?.state()?.agent;
  const connected = agent.connected();
  const manager = await agent.controlManager();
  const isStopped = track?.wanted === 'stopped';
  const isBehind = connected !== null && connected.version !== site.self.version;
  return {
    state: connected !== null ? 'running' : isStopped ? 'stopped' : 'absent',
    because: isStopped ? 'stopped on purpose' : connected === null ? 'not connected' : null,
    version: connected?.version ?? null,
    // D4: an agent that lags cannot pass on what its version does not know.
    consequence: isBehind ? `agent ${connected.version} beside program ${site.self.version}` : null,
    controlManager:
      manager === null
        ? null
        : { ...manager.level, components: [...manager.level.components], seen: manager.seen },
  };
}

export async function showSite(parts: Parts): Answer<'site.show'> {
  const { site } = parts;
  const revision = await parts.catalogue.revision();
  return ok({
    site: site.name,
    program: site.self,
    epoch: site.epoch,
    proving: isProving(site),
    insecure: site.authority === undefined,
    serversAddress: parts.serversAddress(),
    catalogueRevision: revision?.fence.number ?? null,
    agent: await agentView(parts),
    holds: await holdViews(parts),
    record: await recordView(parts),
    restored: await lastRestoreOf(site.journal.rows),
    wrong: [
      ...(await wrongSelf(parts)),
      ...wrongElsewhere(parts),
      ...(await parts.behind.problems()),
      ...(await parts.rings.problems()),
    ],
  });
}

/** What runs here and is not signed, or was withdrawn. */
async function wrongSelf({ site }: Parts): Promise<readonly Problem[]> {
  const release = await site.journal.rows.catalogue.release(site.self.digest);
  if (release === null) return [];
  const { digest, manifest } = release;
  const { component, version } = manifest;
  const because = await site.trusted.againstSwitch({ digest, component, version });
  return because === null ? [] : [because];
}

function wrongElsewhere({ elsewhere }: Parts): readonly Problem[] {
  return elsewhere.flatMap((keeper) => keeper.wrong() ?? []);
}

export async function wantAgent(
  parts: Parts,
  wanted: 'running' | 'stopped',
  by: By,
): Promise<Result<AgentView>> {
  const { site } = parts;
  if (site.launcher === null) return refuse(problem('LAUNCHER_ABSENT', {}));
  if (site.launcher.state()?.agent === undefined) return refuse(problem('AGENT_NOT_MANAGED', {}));
  site.launcher.want({ track: 'agent', wanted });
  await parts.loop.submit(async (rows) => {
    await rows.log.appendRecord({
      at: site.clock.now(),
      kind: wanted === 'running' ? 'agent-started' : 'agent-stopped',
      who: by.name,
      server: null,
      detail: {},
    });
    return [];
  });
  return ok(await agentView(parts));
}

/** D4, by itself: to what this information server runs. Its end is seen in its version. */
export async function upgradeAgent(parts: Parts, by: By): Promise<Result<AgentView>> {
  const { site, loop, own } = parts;
  const { digest, version } = site.self;
  if (site.launcher?.state()?.agent === undefined) return refuse(problem('AGENT_NOT_MANAGED', {}));
  const release = await site.journal.rows.catalogue.release(digest);
  if (release === null) {
    return refuse(problem('RELEASE_UNKNOWN', { component: ownComponent, version }));
  }
  const refusal = await own.upgradeAgentAlone(release);
  if (refusal !== null) return refuse(refusal);
  await loop.submit(async (rows) => {
    const line = {
      kind: 'upgrade-agent',
      who: by.name,
      server: null,
      detail: { version },
    } as const;
    await rows.log.appendRecord({ at: site.clock.now(), ...line });
    return [];
  });
  return ok(await agentView(parts));
}

/** D6, D7: the list in which 'program' must read the target. */
export async function listComponents(parts: Parts): Answer<'components.list'> {
  const { rows } = parts.site.journal;
  const revision = await parts.catalogue.revision();
  const offered = new Set(revision?.manifests ?? []);
  const components = new Map<
    string,
    ResultOf<InformationServerTable, 'components.list'>['components'][number]
  >();
  for (const { digest, manifest } of await rows.catalogue.releases()) {
    const { component, lane, version, ordering } = manifest;
    const known = components.get(component) ?? { component, lane, versions: [], inCatalogue: '-' };
    const versions = [...known.versions, version].map((one) => ({ version: one, ordering }));
    known.versions = oldestFirst(versions).map((one) => one.version);
    if (offered.has(digest)) known.inCatalogue = version;
    const reason = await parts.site.trusted.withdrawnBecause({ component, version });
    if (reason !== null) known.withdrawn = [...(known.withdrawn ?? []), { version, reason }];
    components.set(component, known);
  }
  for (const { component, version } of await rows.catalogue.contents()) {
    const known = components.get(component);
    if (known !== undefined) known.inCatalogue = version;
  }
  if (!components.has(ownComponent)) {
    const { version } = parts.site.self;
    components.set(ownComponent, {
      component: ownComponent,
      lane: 'program',
      versions: [version],
      inCatalogue: '-',
    });
  }
  return ok({ components: [...components.values()] });
}

export async function listEvidence(parts: Parts): Answer<'evidence.list'> {
  return ok({ evidence: [...(await parts.site.journal.rows.log.evidence())] });
}

export async function upgradeSelf(
  parts: Parts,
  { version }: Params<'information-server.upgrade'>,
  { name: who }: By,
): Answer<'information-server.upgrade'> {
  const { site, loop, own } = parts;
  const releases = await site.journal.rows.catalogue.releases();
  const release = releases.find(
    ({ manifest }) => manifest.component === ownComponent && manifest.version === version,
  );
  if (release === undefined) {
    return refuse(problem('RELEASE_UNKNOWN', { component: ownComponent, version }));
  }
  await loop.submit(async (rows) => {
    const detail = { version };
    const at = site.clock.now();
    await rows.log.appendRecord({
      at,
      kind: 'information-server-upgrade',
      who,
      server: null,
      detail,
    });
    return [];
  });
  const refusal = await own.switchAlone(release, who);
  return refusal === null ? ok({ done: true }) : refuse(refusal);
}
