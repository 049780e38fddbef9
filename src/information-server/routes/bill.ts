/** Calls about the bill: bytes over each link, by upgrade, group, server and lane, and every entry. */

import { packageFor, type Release } from '#domain/catalogue/release.ts';
import type { BillForm, BillRow } from '#domain/budget/bill.ts';
import type { FleetServer } from '#domain/fleet/server.ts';
import type { Lane, ServerId } from '#domain/names.ts';
import { ok, type Result } from '#domain/result.ts';
import { isLocal } from '#domain/upgrade/method.ts';
import type { PlannedGroup } from '#domain/upgrade/plan.ts';
import type { UpgradeHead } from '#domain/upgrade/state.ts';
import type { BillLine, BillView } from '#protocol/console/budget-calls.ts';
import type { InformationServerTable, ParamsOf } from '#protocol/console/contract.ts';
import { limits } from '../limits.ts';
import type { Parts } from '../parts.ts';
import { headOf } from './upgrade-view.ts';

type Params<Call extends keyof InformationServerTable> = ParamsOf<InformationServerTable, Call>;
type Sums = BillView['total'];
type OfUpgrade = BillView['upgrades'][number];

const none: Readonly<Sums> = { whole: 0, delta: 0, other: 0, received: 0 };
const daysShown = 31;
const dayMs = 86_400_000;

/** Sums of what has a name, in the order in which the names came. */
class SumsBy<Name> {
  readonly #sums = new Map<Name, Sums>();

  add(name: Name, { form, bytes }: { readonly form: BillForm; readonly bytes: number }): void {
    const sums = this.#sums.get(name) ?? { ...none };
    this.#sums.set(name, sums);
    sums[form] += bytes;
  }

  entries(): readonly (readonly [Name, Sums])[] {
    return [...this.#sums];
  }
}

const sent = ({ whole, delta, other }: Sums): number => whole + delta + other;

export async function showBill(
  parts: Parts,
  { upgrade, serversMax = 20 }: Params<'bill.show'>,
): Promise<Result<BillView>> {
  const one = upgrade === undefined ? null : await headOf(parts, upgrade);
  if (one !== null && !one.ok) return one;
  // What was counted and not written down yet belongs to it.
  await parts.traffic.bill('all');
  const { rows } = parts.site.journal;
  const entries = await rows.bill.rows(one?.value.release.digest);
  const links = new SumsBy<string | null>();
  const lanes = new SumsBy<Lane | null>();
  const servers = new SumsBy<ServerId>();
  const total = new SumsBy<'total'>();
  for (const entry of entries) {
    links.add(entry.link, entry);
    lanes.add(entry.lane, entry);
    servers.add(entry.server, entry);
    total.add('total', entry);
  }
  const heads = one === null ? await rows.upgrades.heads(limits.billUpgradesShown) : [one.value];
  const fleet = new Map((await rows.fleet.servers()).map((row) => [row.server, row]));
  const upgrades: OfUpgrade[] = [];
  for (const head of heads) upgrades.push(await ofUpgrade(parts, head, fleet));
  const most = servers.entries().toSorted(([, left], [, right]) => sent(right) - sent(left));
  return ok({
    since: entries.length === 0 ? null : Math.min(...entries.map(({ since }) => since)),
    until: entries.length === 0 ? null : Math.max(...entries.map(({ until }) => until)),
    total: total.entries()[0]?.[1] ?? { ...none },
    links: links.entries().map(([link, sums]) => ({ link, ...sums })),
    lanes: lanes.entries().map(([lane, sums]) => ({ lane, ...sums })),
    upgrades,
    servers: most.slice(0, serversMax).map(([server, sums]) => ({ server, ...sums })),
    serverCount: most.length,
    days: one === null ? await daysOf(parts) : [],
  });
}

async function daysOf({ site }: Parts): Promise<BillView['days']> {
  const since = site.clock.now() - daysShown * dayMs;
  const days = new SumsBy<number>();
  for (const one of await site.journal.rows.bill.days(since)) days.add(one.day, one);
  return days.entries().map(([day, sums]) => ({ day, ...sums }));
}

async function ofUpgrade(
  { site, upgrades }: Parts,
  { upgrade, release: { digest, component, version } }: UpgradeHead,
  fleet: ReadonlyMap<ServerId, FleetServer>,
): Promise<OfUpgrade> {
  const { rows } = site.journal;
  const plan = await upgrades.plan(rows, upgrade);
  const release = await rows.catalogue.release(digest);
  const byServer = new Map<ServerId, Sums>();
  for (const { server, form, bytes } of await rows.bill.rows(digest)) {
    const sums = byServer.get(server) ?? { ...none };
    byServer.set(server, sums);
    sums[form] += bytes;
  }
  const groups = plan.groups.map((group) => ({
    group: group.name,
    servers: group.servers.length,
    planned: plannedOf(group, release, fleet),
    whole: sumOf(group, (server) => byServer.get(server)?.whole ?? 0),
    delta: sumOf(group, (server) => byServer.get(server)?.delta ?? 0),
  }));
  const all = (name: 'planned' | 'whole' | 'delta'): number =>
    groups.reduce((sum, group) => sum + group[name], 0);
  const sums = { planned: all('planned'), whole: all('whole'), delta: all('delta') };
  return { upgrade, component, version, ...sums, groups };
}

/** The whole package of each that is sent one, as the plan counts them (R6). */
function plannedOf(
  group: PlannedGroup,
  release: Release | null,
  fleet: ReadonlyMap<ServerId, FleetServer>,
): number {
  return sumOf(group, (server) => {
    const row = fleet.get(server);
    if (row === undefined || release === null || isLocal(group, server)) return 0;
    return packageFor(release.manifest, row.platform)?.archive.bytes ?? 0;
  });
}

function sumOf({ servers }: PlannedGroup, bytesOf: (server: ServerId) => number): number {
  return servers.reduce((sum, server) => sum + bytesOf(server), 0);
}

export async function exportBill(
  parts: Parts,
  { after, limit }: Params<'bill.export'>,
): Promise<Result<{ entries: BillLine[]; isLast: boolean }>> {
  if (after === 0) await parts.traffic.bill('all');
  const { rows } = parts.site.journal;
  const all = await rows.bill.rows();
  const page = all.slice(after, after + limit);
  const { catalogue } = rows;
  const known = [...(await catalogue.releases()), ...(await catalogue.releasesGone())];
  const versions = new Map(known.map(({ digest, manifest }) => [digest, manifest.version]));
  const lineOf = (row: BillRow): BillLine => ({
    ...row,
    version: row.release === null ? null : (versions.get(row.release) ?? null),
  });
  return ok({ entries: page.map(lineOf), isLast: after + page.length >= all.length });
}
