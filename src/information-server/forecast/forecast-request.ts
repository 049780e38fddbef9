/** What a forecast has to know of this site: the plan, its servers, and how past upgrades went. */

import { noBudget } from '#domain/budget/budget.ts';
import { packageFor, type Release } from '#domain/catalogue/release.ts';
import { installedOf, type FleetServer } from '#domain/fleet/server.ts';
import type { Digest, ServerId } from '#domain/names.ts';
import type { UpgradePlan } from '#domain/upgrade/plan.ts';
import type { UpgradeHead } from '#domain/upgrade/state.ts';
import type { ForecastRequest, ForecastServer, PastInput, PastUpgrade } from '#ports/forecast.ts';
import type { KeptInput, Rows } from '#ports/journal.ts';
import type { DeltaBytes } from '../content/deltas-here.ts';
import { limits } from '../limits.ts';
import type { Site } from '../site.ts';
import { ownComponent } from '../seen.ts';

type Journalled = Pick<Site, 'journal' | 'clock'>;
type Planned = { readonly plan: UpgradePlan; readonly release: Release };

/** All but the habits, which are computed from the past beside this program. */
export function requestOf(
  { plan, release }: Planned,
  facts: {
    readonly fleet: readonly FleetServer[];
    readonly now: number;
    /** What this information server runs itself. */
    readonly self: { readonly digest: Digest };
    readonly runs: number;
    readonly seed: number;
    readonly linkBitsPerSecond?: number | undefined;
    readonly deltaBytes?: DeltaBytes;
    /** Absent: nothing is limited. */
    readonly budget?: ForecastRequest['budget'];
  },
): Omit<ForecastRequest, 'habits'> {
  const known = new Map(facts.fleet.map((one) => [one.server, one]));
  const { runs, seed } = facts;
  return {
    plan,
    servers: plan.groups.flatMap(({ servers }) =>
      servers.flatMap((name) => {
        const server = known.get(name);
        return server === undefined ? [] : [forecastServer(server, release, facts.deltaBytes)];
      }),
    ),
    startsAt: facts.now,
    linkBitsPerSecond: facts.linkBitsPerSecond ?? plan.linkBitsPerSecond,
    budget: facts.budget ?? ownBudget(plan),
    serverBitsPerSecond: null,
    withInformationServer: release.manifest.kind === 'self',
    isInformationServerDone: facts.self.digest === release.digest,
    releaseDigest: release.digest,
    runs,
    seed,
  };
}

/** A plan that limits its own downloads does so wherever it is forecast. */
function ownBudget({ budgetBitsPerSecond }: UpgradePlan): ForecastRequest['budget'] {
  return budgetBitsPerSecond === undefined ? undefined : { set: noBudget, changes: [] };
}

function forecastServer(
  server: FleetServer,
  release: Release,
  deltaBytes?: DeltaBytes,
): ForecastServer {
  const runs = installedOf(server, release.manifest.component, ownComponent);
  const archiveBytes = packageFor(release.manifest, server.platform)?.archive.bytes ?? 0;
  const isDone = runs?.digest === release.digest || server.withInformationServer;
  return {
    server: server.server,
    fetchBytes: Math.min(deltaBytes?.(server) ?? Infinity, archiveBytes),
    state: isDone ? 'done' : 'to-do',
  };
}

/** Every server of the plan runs the release already: a forecast would be of nothing. */
export function isLevel(request: Omit<ForecastRequest, 'habits'> | undefined): boolean {
  if (request === undefined || request.servers.length === 0) return false;
  const { servers, withInformationServer, isInformationServerDone = false } = request;
  const isOwnLevel = !withInformationServer || isInformationServerDone;
  return isOwnLevel && servers.every(({ state }) => state === 'done');
}

/** The newest upgrades that began here, one that still runs included. */
export async function pastUpgrades(site: Journalled): Promise<PastUpgrade[]> {
  const { rows } = site.journal;
  const past: PastUpgrade[] = [];
  let left: number = limits.forecastInputsMax;
  for (const head of await rows.upgrades.heads(limits.forecastPastMax)) {
    const one = await pastUpgrade(site, head, left);
    if (one === null) continue;
    left -= one.inputs.length;
    past.push(one);
    if (left <= 0) break;
  }
  return past;
}

async function pastUpgrade(
  site: Journalled,
  { upgrade, startedAt }: UpgradeHead,
  inputsMax: number,
): Promise<PastUpgrade | null> {
  const { rows } = site.journal;
  const plan = await rows.upgrades.plan(upgrade);
  if (plan === null) return null;
  const inputs: PastInput[] = [];
  for await (const { at, input } of inputsOf(site, upgrade)) {
    inputs.push({ at, server: input.server ?? null, event: input.event });
    if (inputs.length >= inputsMax) break;
  }
  return { plan, startedAt, inputs, bytes: await bytesOf(rows, plan) };
}

/** In the order of the journal. Those of a large fleet are many: between pages others have their turn. */
export async function* inputsOf(
  { journal, clock }: Journalled,
  upgrade: UpgradeHead['upgrade'],
): AsyncGenerator<KeptInput> {
  const limit = limits.inputsPageMax;
  for (let after = 0; ;) {
    const page = await journal.rows.log.inputs({ upgrade, after, limit });
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < limit) return;
    after = last.number;
    await new Promise<void>((done) => clock.after(0, done));
  }
}

async function bytesOf(rows: Rows, plan: UpgradePlan): Promise<PastUpgrade['bytes']> {
  const release = await rows.catalogue.release(plan.release.digest);
  if (release === null) return [];
  const planned = new Set<ServerId>(plan.groups.flatMap(({ servers }) => servers));
  return (await rows.fleet.servers()).flatMap((one) => {
    const received = one.bytesReceived[release.digest] ?? 0;
    if (received === 0 || !planned.has(one.server)) return [];
    const archive = packageFor(release.manifest, one.platform)?.archive.bytes ?? 0;
    // Who received less took a delta: that says nothing of what the link adds to an archive.
    return archive === 0 || received < archive ? [] : [{ server: one.server, archive, received }];
  });
}
