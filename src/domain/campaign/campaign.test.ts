import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  againstCampaign,
  inFlightShare,
  isForgotten,
  mayBegin,
  pausesFor,
  planFileOf,
  type Campaign,
  type CampaignNews,
} from './campaign.ts';
import { campaignOf, dayMs, siteNamed, wave } from './campaign.testing.ts';

const news = (change: Partial<CampaignNews> = {}): CampaignNews => {
  return { campaign: campaignOf().campaign, number: 1, openUntil: null, stopped: null, ...change };
};

function takes(
  title: string,
  found: Partial<Campaign>,
  { known = null, now = dayMs }: { known?: Campaign | null; now?: number },
  code: string | null,
): void {
  test(title, () => {
    const facts = { known, organisation: 'acme', site: siteNamed('osaka'), now };
    assert.equal(againstCampaign(campaignOf(found), facts)?.code ?? null, code);
  });
}

takes('a campaign that names this site is taken', {}, {}, null);
takes('one of another organisation is not', { organisation: 'other' }, {}, 'CAMPAIGN_UNSIGNED');
takes('one that was seen before is not taken anew', {}, { known: campaignOf() }, 'CAMPAIGN_OLDER');
takes('an older one is not', {}, { known: campaignOf({ number: 2 }) }, 'CAMPAIGN_OLDER');
takes('a newer one is', { number: 2 }, { known: campaignOf() }, null);
takes(
  'one that names other sites is not',
  { waves: [wave('only', ['kobe'])] },
  {},
  'CAMPAIGN_ELSEWHERE',
);
takes('one whose time is over is not', {}, { now: 30 * dayMs }, 'CAMPAIGN_OVER');
takes('its withdrawal is heard all the same', { withdrawn: 'bad' }, { now: 31 * dayMs }, null);
takes(
  'what was withdrawn stays so, whatever number comes',
  { number: 3 },
  { known: campaignOf({ number: 2, withdrawn: 'bad' }) },
  'CAMPAIGN_WITHDRAWN',
);

function begins(
  title: string,
  at: { site?: string; now?: number; news?: CampaignNews | null; campaign?: Partial<Campaign> },
  code: string | null,
): void {
  test(title, () => {
    const { site = 'osaka', now = dayMs, news: heard = null, campaign = {} } = at;
    const asked = { site: siteNamed(site), now, news: heard };
    const verdict = mayBegin(campaignOf(campaign), asked);
    assert.equal(verdict.go ? null : verdict.because.code, code);
  });
}

const ungated = {
  waves: [
    wave('pilot', ['tokyo'], { gate: null }),
    wave('rest', ['osaka'], { gate: null, from: 3 * dayMs }),
  ],
};
begins('the first wave begins without a word from above', { site: 'tokyo' }, null);
begins('a later one does not, where nothing was heard', {}, 'CAMPAIGN_WAVE_CLOSED');
begins('it does once it was heard to be open', { news: news({ openUntil: 2 * dayMs }) }, null);
begins(
  'what was heard does not last longer than was said',
  { news: news({ openUntil: dayMs }) },
  'CAMPAIGN_WAVE_CLOSED',
);
begins(
  'what was said of another number says nothing of this one',
  { news: news({ number: 2, openUntil: 2 * dayMs }) },
  'CAMPAIGN_WAVE_CLOSED',
);
begins(
  'a campaign without gates begins by its time, cut off or not',
  { campaign: ungated, now: 3 * dayMs },
  null,
);
begins('and not before', { campaign: ungated }, 'CAMPAIGN_WAVE_NOT_YET');
begins(
  'nobody opens a wave before the day that was signed',
  {
    campaign: { waves: [wave('pilot', ['tokyo']), wave('rest', ['osaka'], { from: 5 * dayMs })] },
    news: news({ openUntil: 2 * dayMs }),
  },
  'CAMPAIGN_WAVE_NOT_YET',
);
begins(
  'what was stopped above does not begin, not even in the first wave',
  { site: 'tokyo', news: news({ stopped: 'odd' }) },
  'CAMPAIGN_STOPPED',
);
begins('a site that is not named does not begin', { site: 'nagoya' }, 'CAMPAIGN_ELSEWHERE');
begins(
  'what was withdrawn does not begin, whatever is said above',
  { campaign: { withdrawn: 'bad' }, news: news({ openUntil: 2 * dayMs }) },
  'CAMPAIGN_WITHDRAWN',
);
begins('nothing begins after the end', { site: 'tokyo', now: 30 * dayMs }, 'CAMPAIGN_OVER');

test('what runs pauses for a withdrawal and for a stop of its own number', () => {
  assert.equal(pausesFor(campaignOf({ withdrawn: 'bad' }), null)?.code, 'CAMPAIGN_WITHDRAWN');
  assert.equal(pausesFor(campaignOf(), news({ stopped: 'odd' }))?.code, 'CAMPAIGN_STOPPED');
  assert.equal(pausesFor(campaignOf(), news({ number: 0, stopped: 'odd' })), null);
  assert.equal(pausesFor(campaignOf(), news({ openUntil: null })), null);
});

test('the shares of all sites together are the limit of the campaign', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(200), (count, more) => {
      const sites = Array.from({ length: count }, (_, index) => `site-${index}`);
      const inFlightMax = count + more;
      const half = Math.ceil(count / 2);
      const rest = sites.slice(half);
      const waves = [wave('one', sites.slice(0, half)), ...(rest[0] ? [wave('two', rest)] : [])];
      const campaign = campaignOf({ inFlightMax, waves });
      const shares = sites.map((site) => inFlightShare(campaign, siteNamed(site)) ?? 0);
      assert.equal(
        shares.reduce((sum, one) => sum + one, 0),
        inFlightMax,
      );
      assert.ok(shares.every((share) => share >= 1));
    }),
  );
});

test("a site's plan is the campaign's, with its share of the limit, under the campaign's name", () => {
  const campaign = campaignOf({ inFlightMax: 7, plan: { inFlightMax: 20, groups: [] } });
  assert.deepEqual(planFileOf(campaign, siteNamed('kobe')), {
    upgrade: 'autumn',
    release: { component: 'program', version: '5.80.1179' },
    inFlightMax: 2,
    groups: [],
  });
  assert.equal(planFileOf(campaignOf(), siteNamed('kobe'))['inFlightMax'], undefined);
});

test('by any texts in any order the number only rises, and what was withdrawn stays so', () => {
  const text = fc.record({
    number: fc.nat(6),
    isWithdrawn: fc.boolean(),
    isHere: fc.boolean(),
    days: fc.nat(60),
  });
  fc.assert(
    fc.property(fc.array(text, { maxLength: 30 }), (texts) => {
      const taken: Campaign[] = [];
      for (const { number, isWithdrawn, isHere, days } of texts) {
        const found = campaignOf({
          number,
          withdrawn: isWithdrawn ? 'bad' : null,
          ...(isHere ? {} : { waves: [wave('only', ['kobe'])] }),
        });
        const before = taken.at(-1) ?? null;
        const asked = {
          known: before,
          organisation: 'acme',
          site: siteNamed('osaka'),
          now: days * dayMs,
        };
        if (againstCampaign(found, asked) !== null) continue;
        assert.ok(isHere);
        assert.ok(before === null || found.number > before.number);
        assert.ok(before === null || before.withdrawn === null);
        taken.push(found);
      }
    }),
  );
});

test('a name is forgotten only when nothing older of it could begin any more', () => {
  const longest = campaignOf({ at: 0, until: 366 * dayMs });
  const later = campaignOf({ number: 2, at: dayMs, withdrawn: 'bad', until: 2 * dayMs });
  assert.equal(isForgotten(later, 366 * dayMs), false);
  assert.equal(isForgotten(later, 367 * dayMs), true);
  const asked = { known: null, organisation: 'acme', site: siteNamed('osaka'), now: 367 * dayMs };
  assert.equal(againstCampaign(longest, asked)?.code, 'CAMPAIGN_OVER');
});
