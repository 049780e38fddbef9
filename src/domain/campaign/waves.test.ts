import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ServerId } from '../names.ts';
import type { RingState } from '../ring/rollout.ts';
import { mayBegin, type Campaign, type CampaignNews } from './campaign.ts';
import { campaignOf, dayMs, siteNamed, wave } from './campaign.testing.ts';
import { partOf, partSuccessors, type CampaignPartState } from './part.ts';
import {
  newsFor,
  nextWaveLook,
  openMs,
  stepWaves,
  waveCounts,
  wavesOf,
  type CarriedCampaign,
  type PartSeen,
} from './waves.ts';

const minute = 60_000;

function carried(campaign: Campaign = campaignOf()): CarriedCampaign {
  const waves = wavesOf(campaign);
  return { campaign, text: '', who: 'carol', sentAt: 0, waves, stopped: null };
}

const states = ({ waves }: CarriedCampaign): RingState[] =>
  waves.map(({ progress }) => progress.state);

const reported =
  (of: Readonly<Record<string, CampaignPartState>>): PartSeen =>
  (site) =>
    of[site] ?? null;

/** Looks again whenever a look could bring something. */
function settled(from: CarriedCampaign, seen: PartSeen, until: number): CarriedCampaign {
  let now = 0;
  let at = from;
  for (let looks = 0; looks < 50; looks += 1) {
    at = stepWaves(at, seen, now).carried;
    const next = nextWaveLook(at, now);
    if (next === null || next > until) return at;
    now = Math.max(next, now);
  }
  return at;
}

test('the next wave opens when the gate of the one before has passed and soaked', () => {
  const seen = reported({ tokyo: 'finished' });
  assert.deepEqual(states(stepWaves(carried(), seen, 0).carried), ['soaking', 'waiting']);
  assert.deepEqual(states(settled(carried(), seen, minute)), ['passed', 'open']);
});

test('a site that reports nothing opens nothing, and in the end proves nothing', () => {
  const silent = reported({});
  assert.deepEqual(states(settled(carried(), silent, 60 * minute)), ['inconclusive', 'waiting']);
});

test('a site whose part was stopped fails the gate, and the campaign stops', () => {
  const failed = settled(carried(), reported({ tokyo: 'stopped' }), minute);
  assert.deepEqual(states(failed), ['failed', 'waiting']);
  assert.equal(failed.stopped?.reason, 'the wave pilot failed');
  for (const site of ['tokyo', 'osaka']) {
    const news = newsFor(failed, siteNamed(site), minute);
    assert.equal(news.openUntil, null);
    assert.equal(news.stopped, 'the wave pilot failed');
  }
});

test('a wave does not open before its day', () => {
  const late = { from: 5 * dayMs };
  const campaign = campaignOf({ waves: [wave('pilot', ['tokyo']), wave('rest', ['osaka'], late)] });
  const seen = reported({ tokyo: 'finished' });
  assert.deepEqual(states(settled(carried(campaign), seen, dayMs)), ['passed', 'waiting']);
  assert.deepEqual(states(settled(carried(campaign), seen, 5 * dayMs)), ['passed', 'open']);
});

test('where no wave has a gate nothing is decided above', () => {
  const open = { gate: null };
  const campaign = campaignOf({
    waves: [wave('a', ['tokyo'], open), wave('b', ['osaka'], open)],
  });
  assert.deepEqual(wavesOf(campaign), []);
  assert.deepEqual(stepWaves(carried(campaign), reported({}), dayMs).moves, []);
});

test('all sites of a wave are counted, whatever they say', () => {
  const anything = fc.constantFrom(
    null,
    ...(Object.keys(partSuccessors) as readonly CampaignPartState[]),
  );
  fc.assert(
    fc.property(fc.array(anything, { minLength: 1, maxLength: 12 }), (said) => {
      const sites = said.map((_, index) => siteNamed(`site-${index}`));
      const counts = waveCounts({ sites }, (site) => said[sites.indexOf(site)] ?? null);
      const { given, healthy, pending, trying, vanished, failedBy } = counts;
      assert.equal(given, sites.length);
      assert.equal(healthy + pending + trying + vanished + (failedBy.unknown ?? 0), given);
    }),
  );
});

test('what is said of an open wave stays the same for half a day, and reaches further', () => {
  const open = stepWaves(carried(), reported({}), 0).carried;
  fc.assert(
    fc.property(fc.nat(100 * dayMs), (now) => {
      const { openUntil } = newsFor(open, siteNamed('tokyo'), now);
      assert.ok(openUntil !== null && openUntil - now > openMs / 2 && openUntil - now <= openMs);
    }),
  );
});

/**
 * A control manager and three sites for some days: reports and news are lost or come late, in any
 * order; sites begin as soon as they may. What is asked is asked of the whole history.
 */
type Step = {
  readonly minutes: number;
  readonly says: ServerId | null;
  readonly hears: ServerId | null;
  /** How many pieces of news the site hears late; 0: the newest. */
  readonly stale: number;
  readonly ends: ServerId | null;
  readonly stops: boolean;
};

const anySite = fc.option(fc.constantFrom('tokyo', 'osaka', 'kobe').map(siteNamed), {
  nil: null,
});
const step: fc.Arbitrary<Step> = fc.record({
  minutes: fc.integer({ min: 0, max: 600 }),
  says: anySite,
  hears: anySite,
  stale: fc.nat(5),
  ends: anySite,
  stops: fc.nat(20).map((drawn) => drawn === 0),
});

test('a site begins a wave only while it was open above within the time that was said', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const campaign = campaignOf();
      const sites = campaign.waves.flatMap((one) => one.sites);
      let above = carried(campaign);
      let now = 0;
      const parts = new Map<ServerId, CampaignPartState>();
      const saidAbove = new Map<ServerId, CampaignPartState>();
      const told = new Map<ServerId, CampaignNews[]>();
      const heard = new Map<ServerId, CampaignNews>();
      /** Instants at which each site's wave was open above. */
      const openAt = new Map<ServerId, number[]>();
      for (const { minutes, says, hears, stale, ends, stops } of steps) {
        now += minutes * minute;
        if (stops && above.stopped === null) {
          above = { ...above, stopped: { reason: 'by hand', who: 'carol', at: now } };
        }
        const said = says === null ? undefined : parts.get(says);
        if (says !== null && said !== undefined) saidAbove.set(says, said);
        above = stepWaves(above, (site) => saidAbove.get(site) ?? null, now).carried;
        for (const site of sites) {
          const news = newsFor(above, site, now);
          told.set(site, [...(told.get(site) ?? []), news]);
          if (news.openUntil !== null) openAt.set(site, [...(openAt.get(site) ?? []), now]);
        }
        const late = hears === null ? undefined : told.get(hears)?.at(-1 - stale);
        if (hears !== null && late !== undefined) heard.set(hears, late);
        for (const site of sites) {
          const before = parts.get(site) ?? 'waiting';
          if (before === 'running' && ends === site) parts.set(site, 'finished');
          if (before === 'running' || before === 'finished') continue;
          const verdict = mayBegin(campaign, { site, now, news: heard.get(site) ?? null });
          if (!verdict.go) continue;
          parts.set(site, 'running');
          if (site === 'tokyo') continue;
          const opened = openAt.get(site) ?? [];
          assert.ok(opened.some((at) => at <= now && now - at <= openMs));
        }
      }
    }),
  );
});

test('a part goes from state to state as its table says', () => {
  const heads = [null, 'groups', 'paused', 'groups', 'finished'] as const;
  const moment = fc.record({
    hours: fc.nat(200),
    openHours: fc.option(fc.nat(48), { nil: null }),
    stops: fc.boolean(),
    withdraws: fc.nat(9),
    advances: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(moment, { maxLength: 25 }), fc.boolean(), (moments, isEnded) => {
      let campaign = campaignOf();
      let [now, at] = [0, 0];
      let before: CampaignPartState = 'waiting';
      const site = siteNamed('osaka');
      for (const { hours, openHours, stops, withdraws, advances } of moments) {
        now += hours * 3_600_000;
        if (withdraws === 0) campaign = { ...campaign, number: 2, withdrawn: 'bad' };
        const { campaign: name, number } = campaign;
        const openUntil = openHours === null ? null : now + openHours * 3_600_000;
        const news = { campaign: name, number, openUntil, stopped: stops ? 'odd' : null };
        // Only what may begin does; then it goes on to its end by itself.
        if (advances && (at > 0 || before === 'ready')) at = Math.min(at + 1, heads.length - 1);
        const named = heads[at] ?? null;
        const state = named === 'finished' && isEnded ? ('stopped' as const) : named;
        const head = state === null ? null : { state, because: null };
        const { state: after } = partOf(campaign, { site, now, news, head, tried: null });
        const allowed: readonly CampaignPartState[] = [before, ...partSuccessors[before]];
        assert.ok(allowed.includes(after), `${before} -> ${after}`);
        before = after;
      }
    }),
  );
});
