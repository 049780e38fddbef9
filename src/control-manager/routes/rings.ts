/** Calls about downloads on their way through rings of sites, and about content taken back. */

import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import {
  isOver,
  newDownloadRollout,
  ringCountsOf,
  type DownloadRollout,
} from '#domain/ring/download-rollout.ts';
import { passByPerson, rolloutState } from '#domain/ring/rollout.ts';
import { withdrawnOf, type WithdrawnContent } from '#domain/ring/site-ring.ts';
import type { ControlManagerTable, ParamsOf, ResultOf } from '#protocol/console/contract.ts';
import { progressView, type RolloutView } from '#protocol/console/ring-calls.ts';
import { admittedMs, emergenciesOf, emergencyPlan } from '../emergencies.ts';
import { watchedSites, withdrawnLine } from '../rings.ts';
import type { By, Context } from './context.ts';

type Table = ControlManagerTable;
type Done = Promise<Result<{ done: true }>>;

export async function listRings(
  context: Context,
): Promise<Result<ResultOf<Table, 'content.rings'>>> {
  const { book, settings, clock } = context;
  return ok({
    settings: settings.plansAt(clock.now()).flatMap(({ name: plan, rings }) =>
      rings.map(({ name: ring, gate, folders }) => {
        const nobody = { domains: [], servers: 0, takesOthers: false };
        return { plan, ring, gate, folders: [...folders], ...nobody };
      }),
    ),
    rollouts: book
      .rollouts()
      .toReversed()
      .map((one) => viewOf(context, one)),
    withdrawn: book.withdrawn().map(({ file: _file, ...one }) => one),
  });
}

/** As people name it. */
function nameOf({ download, contents, emergency }: DownloadRollout): string {
  if (emergency === undefined) return String(download);
  return `${download}-${contents[0]?.component ?? ''}`.slice(0, 64);
}

function viewOf({ book, loop, clock }: Context, rollout: DownloadRollout): RolloutView {
  const { download, plan, contents, rings, beganAt, isPassedOver } = rollout;
  const now = clock.now();
  const sites = watchedSites(book, rollout, { isThere: loop.isThere, now });
  const isQueued = beganAt === null;
  return {
    rollout: nameOf(rollout),
    contents: contents.map(({ component, version }) => ({ component, version })),
    before: [],
    plan: rollout.emergency === undefined ? plan : null,
    state: isPassedOver ? 'withdrawn' : isQueued ? 'queued' : rolloutState(rings),
    emergency: rollout.emergency !== undefined,
    beganAt: beganAt ?? book.download(download)?.finishedAt ?? 0,
    rings: rings.map((ring) => ({
      ring: ring.name,
      ...progressView(ring.progress),
      gate: ring.gate,
      counts: counted(ringCountsOf(rollout, ring, sites)),
    })),
    failed: [],
  };
}

function counted({ failedBy, ...counts }: ReturnType<typeof ringCountsOf>) {
  return { ...counts, failedBy: { ...failedBy } };
}

export function passRing(
  { book, loop, clock }: Context,
  { rollout: name, ring }: ParamsOf<Table, 'content.pass'>,
  { name: who }: By,
): Done {
  return loop.serial(async () => {
    const now = clock.now();
    const rollout = book.rollouts().find((one) => nameOf(one) === name && !isOver(one));
    const known = rollout?.rings.find((one) => one.name === ring);
    if (rollout === undefined || known === undefined) {
      return refuse(problem('RING_UNKNOWN', { ring, component: name }));
    }
    const rings = passByPerson(rollout.rings, ring, { who, now });
    if ('code' in rings) return refuse(rings);
    const { plan, download } = rollout;
    const detail = { plan, download, ring };
    await book.commit({
      rollouts: [{ ...rollout, rings }],
      record: [{ at: now, kind: 'ring-passed', who, server: null, detail }],
    });
    await loop.reconcile();
    return ok({ done: true as const });
  });
}

/**
 * Past the holds of this control manager, ring by ring all the same. Of the newest download alone:
 * what came before it was superseded.
 */
export function admitContent(
  { book, loop, clock, settings }: Context,
  { component, version, reason }: ParamsOf<Table, 'content.admit'>,
  { name: who }: By,
): Done {
  return loop.serial(async () => {
    const now = clock.now();
    const newest = book.newestDownload();
    const item = newest?.items.find(
      (one) => one.component === component && one.version === version,
    );
    if (newest === undefined || item === undefined) {
      return refuse(problem('RELEASE_UNKNOWN', { component, version }));
    }
    const withdrawn = withdrawnOf(book.withdrawn(), { component, file: item.digest });
    if (withdrawn !== null) {
      const because = withdrawn.reason;
      return refuse(problem('CONTENT_WITHDRAWN', { component, version, reason: because }));
    }
    const plan = settings.plansAt(now).find((one) => one.name === settings.activePlan);
    if (plan === undefined || plan.rings.length === 0) return refuse(problem('RINGS_ABSENT', {}));
    const { digest } = item;
    const contents = [{ component, version, digest }];
    const of = { download: newest.number, plan: emergencyPlan(component), contents };
    const isKnown = emergenciesOf(book).some(
      (one) => one.download === of.download && one.plan === of.plan,
    );
    if (isKnown) return ok({ done: true as const });
    const emergency = { who, reason, until: now + admittedMs, sites: [] };
    await book.commit({
      rollouts: [{ ...newDownloadRollout(of, plan.rings), emergency }],
      record: [
        {
          at: now,
          kind: 'content-admitted',
          who,
          server: null,
          detail: { component, version, reason },
        },
      ],
    });
    await loop.reconcile();
    return ok({ done: true as const });
  });
}

/** Whatever download it came with; all sites are told. */
export function withdrawContent(
  { book, loop, clock }: Context,
  { component, version, reason }: ParamsOf<Table, 'content.withdraw'>,
  { name: who }: By,
): Done {
  return loop.serial(async () => {
    const at = clock.now();
    const items = book.downloads().flatMap((download) => download.items);
    const files = new Set(
      items
        .filter((item) => item.component === component && item.version === version)
        .map(({ digest }) => digest),
    );
    if (files.size === 0) return refuse(problem('RELEASE_UNKNOWN', { component, version }));
    const withdrawn = [...files].map((file): WithdrawnContent => {
      return { component, version, file, reason, who, at };
    });
    const concerned = book
      .rollouts()
      .filter((one) => !isOver(one) && one.contents.some(({ digest }) => files.has(digest)));
    await book.commit({
      withdrawn,
      rollouts: concerned.map((one) => ({ ...one, isPassedOver: true })),
      record: withdrawn.map((one) => withdrawnLine(one, at)),
    });
    await loop.reconcile();
    return ok({ done: true as const });
  });
}
