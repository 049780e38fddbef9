/** The control manager as people see it: its level, its plans, its sites. */

import { agentActivity } from '#domain/delivery/activity.ts';
import {
  isOverSite,
  keepsOffers,
  type DeliveryHold,
  type DueOffers,
} from '#domain/delivery/due.ts';
import { keptBack } from '#domain/delivery/kept-back.ts';
import type { DeploymentPlan } from '#domain/delivery/plan.ts';
import { holdState } from '#domain/hold/hold.ts';
import type { Instant } from '#domain/names.ts';
import { covers } from '#domain/people/person.ts';
import { ok, type Result } from '#domain/result.ts';
import type { StoredSite } from '#ports/delivery-store.ts';
import type { ControlManagerTable, ResultOf } from '#protocol/console/contract.ts';
import type { By, Context } from './context.ts';

type View = ResultOf<ControlManagerTable, 'control-manager.show'>;

function planView(plan: DeploymentPlan): View['plans'][number] {
  const { name, builtIn } = plan;
  const schedules = plan.schedules.map((schedule) => ({
    folder: schedule.folder,
    delayMinutes: schedule.form === 'delay' ? schedule.delayMinutes : null,
    timeOfDay: schedule.form === 'time-of-day' ? schedule.timeOfDay : null,
  }));
  return { plan: name, builtIn, schedules };
}

/** Ours over this site, then its own; last those that stop no delivery to it. */
function holdsOver(
  { book }: Context,
  site: StoredSite,
  now: Instant,
): View['sites'][number]['holds'] {
  const ours = book.holds().filter((one) => isOverSite(one, site.site));
  const whole = [...ours.filter(keepsOffers), ...(site.status?.holds ?? [])];
  const part = [...ours.filter((one) => !keepsOffers(one)), ...(site.status?.partialHolds ?? [])];
  const seen = (holds: readonly DeliveryHold[], covers: 'whole' | 'part') =>
    holds
      .map((hold) => ({ hold, state: holdState(hold, now) }))
      .filter(({ state }) => state === 'active' || state === 'planned')
      .map(({ hold: { id, reason, from, until, owner }, state }) => {
        return { id, reason, from, until, owner, planned: state === 'planned', covers };
      });
  return [...seen(whole, 'whole'), ...seen(part, 'part')];
}

/** What stays here because of a hold, and what the site keeps back of what it was offered. */
function keptBackFrom(
  { book }: Context,
  site: StoredSite,
  due: DueOffers,
): View['sites'][number]['keptBack'] {
  const held = due.held.find((one) => one.site === site.site);
  const items = held ? (book.download(held.deployment.download)?.items ?? []) : [];
  const here = keptBack(items, site.status?.contents ?? []);
  const components = new Set(here.map((item) => item.component));
  const there = (site.status?.keptBack ?? []).filter((one) => !components.has(one.component));
  return [...here, ...there].map(({ component, version }) => ({ component, version }));
}

function siteView(context: Context, site: StoredSite, due: DueOffers): View['sites'][number] {
  const { book, loop, clock, settings } = context;
  const now = clock.now();
  const { lastSeen, agentVersion, status, offer } = site;
  const connected = loop.isThere(site.site);
  return {
    site: site.site,
    folder: book.folderOf(site.site),
    agent: agentActivity({ connected, lastSeen }, settings.heartbeat, now),
    agentVersion,
    programVersion: status?.programVersion ?? null,
    lastSeen,
    holds: holdsOver(context, site, now),
    contents: (status?.contents ?? []).map(({ component, version }) => ({ component, version })),
    keptBack: keptBackFrom(context, site, due),
    offeredAt: offer?.at ?? null,
  };
}

/** To whoever is responsible for some sites, these only. */
export async function show(context: Context, _: unknown, by: By): Promise<Result<View>> {
  const { book, clock, settings } = context;
  const now = clock.now();
  const due = book.due(now);
  const { version, components, afterDownload, activePlan } = settings;
  return ok({
    version,
    components: [...components],
    afterDownload,
    activePlan,
    folders: [...book.folders()],
    plans: settings.plansAt(now).map(planView),
    sites: book
      .sites()
      .filter(({ site }) => covers(by.scope, [site]))
      .map((site) => siteView(context, site, due)),
  });
}
