/** Calls about campaigns: carried for those who signed them, shown, and stopped for good. */

import { againstSuccessor, isGated } from '#domain/campaign/campaign.ts';
import { waveCounts, wavesOf, type CarriedCampaign } from '#domain/campaign/waves.ts';
import { covers } from '#domain/people/person.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { passByPerson } from '#domain/ring/rollout.ts';
import type { CampaignView } from '#protocol/console/campaign-calls.ts';
import type { ControlManagerTable, ParamsOf, ResultOf } from '#protocol/console/contract.ts';
import { progressView } from '#protocol/console/ring-calls.ts';
import { campaignsMax } from '#protocol/control-manager/messages.ts';
import { isCarried, partsSeen, stoppedLine } from '../campaigns.ts';
import type { By, Context } from './context.ts';

type Table = ControlManagerTable;
type Done = Promise<Result<{ done: true }>>;

/** Whoever sends it need not be believed, and this one believes nothing of it either. */
export function sendCampaign(
  { book, loop, clock, campaigns: reader }: Context,
  { text }: ParamsOf<Table, 'campaign.send'>,
  { name: who }: By,
): Promise<Result<ResultOf<Table, 'campaign.send'>>> {
  return loop.serial(async () => {
    const read = reader.read(text, []);
    if (!read.ok) return read;
    const { campaign } = read.value;
    const { campaign: name, number, withdrawn } = campaign;
    const now = clock.now();
    const known = book.campaign(name);
    const against = againstSuccessor(campaign, known?.campaign ?? null, now);
    if (against !== null) return refuse(against);
    const others = book.campaigns().filter((one) => one !== known && isCarried(one, now));
    if (others.length >= campaignsMax) return refuse(problem('CAMPAIGN_LIMIT', { campaignsMax }));
    const waves = wavesOf(campaign);
    const detail = { campaign: name, number, ...(withdrawn === null ? {} : { withdrawn }) };
    await book.commit({
      campaigns: [{ campaign, text, who, sentAt: now, waves, stopped: null }],
      record: [{ at: now, kind: 'campaign-sent', who, server: null, detail }],
    });
    await loop.reconcile();
    return ok({ campaign: name, number, sites: campaign.waves.flatMap(({ sites }) => sites) });
  });
}

export function stopCampaign(
  { book, loop, clock }: Context,
  { campaign: name, reason }: ParamsOf<Table, 'campaign.stop'>,
  { name: who }: By,
): Done {
  return loop.serial(async () => {
    const known = book.campaign(name);
    if (known === undefined) return refuse(problem('CAMPAIGN_UNKNOWN', { campaign: name }));
    if (known.stopped !== null) {
      return refuse(problem('CAMPAIGN_STOPPED', { campaign: name, reason: known.stopped.reason }));
    }
    const stopped = { reason, who, at: clock.now() };
    await book.commit({
      campaigns: [{ ...known, stopped }],
      record: [stoppedLine(known.campaign, stopped)],
    });
    await loop.reconcile();
    return ok({ done: true as const });
  });
}

export function passWave(
  { book, loop, clock }: Context,
  { campaign: name, wave }: ParamsOf<Table, 'campaign.pass'>,
  { name: who }: By,
): Done {
  return loop.serial(async () => {
    const known = book.campaign(name);
    if (known === undefined) return refuse(problem('CAMPAIGN_UNKNOWN', { campaign: name }));
    const now = clock.now();
    const waves = passByPerson(known.waves, wave, { who, now });
    if ('code' in waves) return refuse(waves);
    const detail = { campaign: name, number: known.campaign.number, wave };
    await book.commit({
      campaigns: [{ ...known, waves }],
      record: [{ at: now, kind: 'wave-passed', who, server: null, detail }],
    });
    await loop.reconcile();
    return ok({ done: true as const });
  });
}

/** To whoever is responsible for some sites, these only. */
export async function listCampaigns(
  context: Context,
  _: unknown,
  by: By,
): Promise<Result<ResultOf<Table, 'campaign.list'>>> {
  const newest = context.book
    .campaigns()
    .toSorted((one, other) => other.campaign.number - one.campaign.number);
  return ok({ campaigns: newest.map((one) => viewOf(context, one, by)) });
}

function viewOf({ book }: Context, carried: CarriedCampaign, by: By): CampaignView {
  const { campaign, who, sentAt, stopped } = carried;
  const { campaign: name, number, release, reason, at, until, withdrawn } = campaign;
  const seen = partsSeen(book, campaign);
  return {
    campaign: name,
    number,
    component: release.component,
    version: release.version,
    reason,
    at,
    until,
    who,
    sentAt,
    withdrawn,
    stopped: stopped?.reason ?? null,
    isGated: isGated(campaign),
    waves: campaign.waves.map((wave, place) => {
      const progress = carried.waves[place]?.progress ?? null;
      return {
        wave: wave.name,
        from: wave.from,
        ...(progress === null ? byTime : progressView(progress)),
        gate: wave.gate,
        counts: counted(waveCounts(wave, seen)),
        sites: wave.sites
          .filter((site) => covers(by.scope, [site]))
          .map((site) => {
            const known = book.site(site);
            const report = known?.status?.campaigns.find(
              (one) => one.campaign === name && one.number === number,
            );
            return {
              site,
              state: report?.state ?? null,
              because: report?.because ?? null,
              servers: report?.servers ?? null,
              lastSeen: known?.lastSeen ?? null,
            };
          }),
      };
    }),
  };
}

/** Nothing is decided here: each site goes by the time that was signed. */
const byTime = { state: null, since: null, because: null, who: null } as const;

function counted({ failedBy, ...counts }: ReturnType<typeof waveCounts>) {
  return { ...counts, failedBy: { ...failedBy } };
}
