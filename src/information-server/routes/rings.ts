/** Calls about content on its way through the rings of this site. */

import { brand, type ComponentName } from '#domain/names.ts';
import { covers } from '#domain/people/person.ts';
import { problem, type Problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { RingCounts } from '#domain/ring/evidence.ts';
import { rolloutState } from '#domain/ring/rollout.ts';
import { wholeSite, withdrawnOf, type SiteRing, type SiteRollout } from '#domain/ring/site-ring.ts';
import type { Rows } from '#ports/journal.ts';
import type { InformationServerTable, ParamsOf, ResultOf } from '#protocol/console/contract.ts';
import { progressView, type RolloutView, type SetRingView } from '#protocol/console/ring-calls.ts';
import type { Effect } from '../loop.ts';
import { limits } from '../limits.ts';
import type { By, Parts } from '../parts.ts';

type Table = InformationServerTable;
type Done = Promise<Result<{ done: true }>>;
type RingView = RolloutView['rings'][number];

export async function listRings(
  parts: Parts,
  _: unknown,
  by: By,
): Promise<Result<ResultOf<Table, 'content.rings'>>> {
  const { rows } = parts.site.journal;
  const withdrawn = await rows.rings.withdrawn();
  const rollouts: RolloutView[] = [];
  for (const { rollout, counts } of await parts.rings.standing(rows)) {
    const { component, content, before, rings, beganAt } = rollout;
    const file = content.file.digest;
    const isWithdrawn = withdrawnOf(withdrawn, { component, file }) !== null;
    const state = rings.length === 0 ? 'open' : rolloutState(rings);
    rollouts.push({
      rollout: component,
      contents: [{ component, version: content.version }],
      before: before === null ? [] : [{ component, version: before.version }],
      plan: null,
      state: isWithdrawn && state !== 'failed' ? 'withdrawn' : state,
      emergency: rollout.isEmergency === true,
      beganAt,
      rings: ringViews(rollout, counts),
      failed: await failedOf(rows, component, by),
    });
  }
  return ok({
    rollouts,
    settings: settingsOf(parts.site.rings ?? []),
    withdrawn: withdrawn.map(({ file: _file, ...one }) => one),
  });
}

function settingsOf(rings: readonly SiteRing[]): SetRingView[] {
  return rings.map(({ name: ring, gate, domains, servers }, place) => ({
    plan: null,
    ring,
    gate,
    folders: [],
    domains: [...domains],
    servers: servers.length,
    takesOthers: place === rings.length - 1,
  }));
}

function ringViews({ rings, beganAt }: SiteRollout, counts: readonly RingCounts[]): RingView[] {
  if (rings.length === 0) {
    const whole = { ring: wholeSite, state: 'open', since: beganAt, because: null } as const;
    return counts.map((of) => ({ ...whole, who: null, gate: null, counts: counted(of) }));
  }
  return rings.flatMap(({ name: ring, gate, progress }, place) => {
    const of = counts[place];
    if (of === undefined) return [];
    return [{ ring, ...progressView(progress), gate, counts: counted(of) }];
  });
}

const counted = ({ failedBy, ...counts }: RingCounts) => ({ ...counts, failedBy: { ...failedBy } });

/** To whoever looks after some domains, the servers of these only. */
async function failedOf(
  rows: Rows,
  component: ComponentName,
  { scope }: By,
): Promise<RolloutView['failed']> {
  const found: RolloutView['failed'] = [];
  for (const { server, state, cause, detail } of await rows.rings.outcomes(component)) {
    if (found.length === limits.failedOfRingMax) break;
    if (state !== 'failed') continue;
    const known = scope === 'whole' ? null : await rows.fleet.server(server);
    if (scope !== 'whole' && (known === null || !covers(scope, [known.domain]))) continue;
    found.push({ server, cause: cause ?? 'unknown', detail });
  }
  return found;
}

export function passRing(
  parts: Parts,
  { rollout, ring }: ParamsOf<Table, 'content.pass'>,
  { name: who }: By,
): Done {
  const component = brand<ComponentName>(rollout);
  return changed(parts, (rows) => parts.rings.pass(rows, { component, ring, who }));
}

/** Content that stands here, that stood here before, or that is being offered. */
export async function withdrawContent(
  parts: Parts,
  { component, version, reason }: ParamsOf<Table, 'content.withdraw'>,
  { name: who }: By,
): Done {
  const file = await parts.rings.fileOf(component, version);
  if (file === null) return refuse(problem('RELEASE_UNKNOWN', { component, version }));
  const at = parts.site.clock.now();
  const content = { component, version, file, reason, who, at };
  return changed(parts, (rows) => parts.rings.withdraw(rows, content));
}

export function admitContent(
  parts: Parts,
  { component, version, reason }: ParamsOf<Table, 'content.admit'>,
  { name: who }: By,
): Done {
  return changed(parts, (rows) => parts.rings.admit(rows, { component, version }, { who, reason }));
}

async function changed(
  { loop }: Parts,
  act: (rows: Rows) => Promise<Problem | readonly Effect[]>,
): Done {
  let refusal: Problem | null = null;
  await loop.submit(async (rows) => {
    const answer = await act(rows);
    refusal = 'code' in answer ? answer : null;
    return 'code' in answer ? [] : answer;
  });
  return refusal === null ? ok({ done: true }) : refuse(refusal);
}
