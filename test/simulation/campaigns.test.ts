/**
 * Campaigns over sites: signed by an approver, carried by a control manager, carried out by each site,
 * also while it is cut off. The real programs of both tiers and of the agents between them.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Campaign } from '#domain/campaign/campaign.ts';
import { campaignOf, wave } from '#domain/campaign/campaign.testing.ts';
import { brand, type UpgradeId } from '#domain/names.ts';
import { simulatedCampaignText } from '#simulation/adapters/campaign-reader-simulated.ts';
import { Watch } from '#simulation/checkers/watch.ts';
import { Fleet } from '#simulation/fleet/fleet.ts';
import { simulatedOrganisation } from '#simulation/fleet/identities.ts';
import { drawOptions, type FleetOptions } from '#simulation/fleet/options.ts';
import { Chance } from '#simulation/world/chance.ts';
import { World } from '#simulation/world/world.ts';
import { plainFleet } from './plain-fleet.testing.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const startsAt = Date.UTC(2026, 10, 2);
const gate = {
  percentMin: 100,
  healthyMin: 1,
  sampleMin: 1,
  soakSeconds: 600,
  decideSeconds: 7 * 86_400,
};
const ungated = { gate: null };

class Organisation {
  readonly world = new World({ seed: 1, startsAt });
  readonly fleet: Fleet;
  readonly #watch: Watch;

  constructor(campaigns: FleetOptions['campaigns'] = 'start') {
    const { world } = this;
    const drawn = drawOptions(new Chance(1), 2);
    const shape = { sites: 3, serversEach: 2, hasControlManager: true, campaigns };
    this.fleet = new Fleet(world, { ...drawn, ...plainFleet, ...shape });
    // People upgrade nothing here by themselves.
    for (const { person } of this.fleet.sites) person.habits.minutesLate = 1e6;
    this.#watch = new Watch({ facts: this.fleet.facts, view: () => this.fleet.view() });
    world.watch(this.#watch.see);
    world.watch((seen) => {
      if (seen.type === 'error') throw new Error(seen.text);
    });
    this.fleet.signers.permitApprover('alice');
    this.fleet.start();
  }

  /** Each site has the release, the metadata and a plan for the campaign's name. */
  async ready(): Promise<void> {
    await this.pass(5);
    for (const site of this.fleet.sites) {
      void site.importTarget();
      site.writePlan(brand<UpgradeId>('autumn'));
    }
    await this.pass(5);
  }

  async pass(minutes: number): Promise<void> {
    const { schedule } = this.world;
    await schedule.run({ time: schedule.now + minutes * minuteMs });
    // Throws what any checker saw.
    this.#watch.recount(schedule.now);
  }

  campaign(change: Partial<Campaign> = {}): Campaign {
    const { manifest, digest } = this.fleet.newRelease;
    const { now: at } = this.world.schedule;
    return campaignOf({
      organisation: simulatedOrganisation,
      release: { component: manifest.component, version: manifest.version, digest },
      at,
      until: at + 30 * 24 * hourMs,
      waves: [wave('pilot', ['site-1'], { gate }), wave('rest', ['site-2', 'site-3'], { gate })],
      ...change,
    });
  }

  async send(campaign: Campaign, signers: readonly string[] = ['alice']): Promise<string | null> {
    const { controlManager } = this.fleet;
    const sending = controlManager?.sendCampaign(simulatedCampaignText(campaign, signers)) ?? null;
    let code: string | null = 'nobody answered';
    void sending?.then((sent) => {
      code = sent.ok ? null : sent.because.code;
    });
    await this.pass(2);
    return code;
  }

  site(name: string) {
    const found = this.fleet.sites.find((site) => site.name === name);
    assert.ok(found !== undefined);
    return found;
  }

  cut(name: string, isCut: boolean): void {
    this.site(name).above?.path.cut({ up: isCut, down: isCut });
  }

  /** Of the upgrade of that name at each site; null: there is none. */
  heads(): readonly (string | null)[] {
    return this.fleet.sites.map(({ journal }) => {
      const rows = journal.upgrades.upgrades.rows();
      return rows.find(({ head }) => head.upgrade === 'autumn')?.head.state ?? null;
    });
  }

  /** What the record of that site says of campaigns that it did not take. */
  refusals(name: string): readonly unknown[] {
    const { record } = this.site(name).journal;
    const lines = Array.from({ length: record.number }, (_, index) => record.line(index + 1));
    return lines
      .filter((line) => line?.kind === 'campaign-refused')
      .map((line) => line?.detail['because']);
  }

  /** As the control manager shows them: each wave, and each site's part. */
  async shown(): Promise<readonly string[]> {
    let lines: readonly string[] = [];
    void this.fleet.controlManager?.campaigns()?.then((answer) => {
      if (!answer.ok) return;
      lines = answer.value.campaigns.flatMap(({ waves }) =>
        waves.flatMap((one) => [
          `${one.wave} ${one.state ?? 'by time'}`,
          ...one.sites.map(({ site, state }) => `${site} ${state ?? 'silent'}`),
        ]),
      );
    });
    await this.pass(0);
    return lines;
  }
}

test('wave after wave, each site upgrades itself, and all stand in one table', async () => {
  const organisation = new Organisation();
  await organisation.ready();
  assert.equal(await organisation.send(organisation.campaign()), null);
  assert.deepEqual(organisation.heads().slice(1), [null, null]);
  await organisation.pass(40);
  assert.deepEqual(organisation.heads(), ['finished', 'finished', 'finished']);
  assert.deepEqual(await organisation.shown(), [
    'pilot passed',
    'site-1 finished',
    'rest passed',
    'site-2 finished',
    'site-3 finished',
  ]);
});

test('without gates each site begins by its day, though nobody above is there any more', async () => {
  const organisation = new Organisation();
  await organisation.ready();
  const from = organisation.world.schedule.now + 20 * minuteMs;
  const waves = [
    wave('pilot', ['site-1'], ungated),
    wave('rest', ['site-2', 'site-3'], { ...ungated, from }),
  ];
  assert.equal(await organisation.send(organisation.campaign({ waves })), null);
  organisation.fleet.controlManager?.powerCut(7 * 24 * hourMs);
  // What was taken stands in the journal: a power cut does not lose it.
  organisation.site('site-3').powerCut(5 * minuteMs);
  await organisation.pass(15);
  assert.deepEqual(organisation.heads(), ['finished', null, null]);
  await organisation.pass(30);
  assert.deepEqual(organisation.heads(), ['finished', 'finished', 'finished']);
});

test('a site that hears nothing of its wave does not begin, and begins when it hears', async () => {
  const organisation = new Organisation();
  await organisation.ready();
  assert.equal(await organisation.send(organisation.campaign()), null);
  organisation.cut('site-3', true);
  await organisation.pass(40);
  assert.deepEqual(organisation.heads(), ['finished', 'finished', null]);
  organisation.cut('site-3', false);
  await organisation.pass(20);
  assert.deepEqual(organisation.heads(), ['finished', 'finished', 'finished']);
});

test('forged, replayed, of another site, by who is no approver any more: none of it begins', async () => {
  const organisation = new Organisation();
  await organisation.ready();
  const genuine = organisation.campaign({ waves: [wave('pilot', ['site-1'], ungated)] });
  assert.equal(await organisation.send(genuine, ['mallory']), null, 'it is carried all the same');
  assert.deepEqual(await organisation.shown(), ['pilot by time', 'site-1 refused']);
  // Signed, but for others: a control manager that hands it to this site all the same.
  const text = simulatedCampaignText(genuine, ['alice']);
  const news = { campaign: genuine.campaign, number: 1, openUntil: Infinity, stopped: null };
  const hears = async (name: string, said: string): Promise<void> => {
    const { program } = organisation.site(name);
    void program?.parts.campaigns.heard({ type: 'campaigns', campaigns: [{ text: said, news }] });
    await organisation.pass(2);
  };
  await hears('site-2', text);
  await hears('site-2', text.replaceAll('site-1', 'site-2'));
  await hears('site-2', 'campaign');
  // A withdrawal that was signed later is known before the campaign itself comes.
  const withdrawn = { ...organisation.campaign({ number: 2 }), withdrawn: 'it burns' };
  await hears('site-3', simulatedCampaignText(withdrawn, ['alice']));
  const earlier = organisation.campaign({ waves: [wave('pilot', ['site-3'], ungated)] });
  await hears('site-3', simulatedCampaignText(earlier, ['alice']));
  organisation.fleet.signers.removeApprover('alice');
  void organisation.site('site-1').importTarget();
  await organisation.pass(2);
  await hears('site-1', text);
  await organisation.pass(10);
  assert.deepEqual(organisation.heads(), [null, null, null]);
  assert.deepEqual(organisation.refusals('site-1'), ['CAMPAIGN_SIGNATURES']);
  assert.deepEqual(organisation.refusals('site-2'), ['CAMPAIGN_ELSEWHERE', 'CAMPAIGN_SIGNATURES']);
  assert.deepEqual(organisation.refusals('site-3'), ['CAMPAIGN_OLDER']);
});

test('what was stopped above pauses, and a person of the site decides what becomes of it', async () => {
  const organisation = new Organisation();
  await organisation.ready();
  const from = organisation.world.schedule.now + 5 * minuteMs;
  const waves = [wave('pilot', ['site-1'], { gate, from }), wave('rest', ['site-2'], { gate })];
  const campaign = organisation.campaign({ waves });
  assert.equal(await organisation.send(campaign), null);
  const site = organisation.site('site-1');
  for (let tries = 0; organisation.heads()[0] === null && tries < 50; tries += 1) {
    await organisation.pass(0.1);
  }
  const params = { campaign: campaign.campaign, reason: 'calls from Osaka' };
  void organisation.fleet.controlManager?.stopCampaign(params);
  await organisation.pass(5);
  assert.deepEqual(organisation.heads(), ['paused', null, null]);
  site.person.resume(brand<UpgradeId>('autumn'));
  await organisation.pass(30);
  assert.deepEqual(organisation.heads(), ['finished', null, null]);
});

test('where the settings ask a person, the site waits for one, and carries out none where they refuse', async () => {
  const organisation = new Organisation('ask');
  await organisation.ready();
  const waves = [wave('pilot', ['site-1', 'site-2'], ungated)];
  assert.equal(await organisation.send(organisation.campaign({ waves })), null);
  await organisation.pass(10);
  assert.deepEqual(await organisation.shown(), ['pilot by time', 'site-1 ready', 'site-2 ready']);
  void organisation.site('site-1').program?.parts.campaigns.begin(brand('autumn'), 'mori');
  await organisation.pass(20);
  assert.deepEqual(organisation.heads(), ['finished', null, null]);

  const careful = new Organisation('refuse');
  await careful.ready();
  assert.equal(await careful.send(careful.campaign({ waves })), null);
  await careful.pass(10);
  assert.deepEqual(careful.heads(), [null, null, null]);
  assert.deepEqual(careful.refusals('site-1'), ['CAMPAIGN_REFUSED_HERE']);
});

test('who sends ever other campaigns fills neither the memory of a site nor its record', async () => {
  const organisation = new Organisation();
  await organisation.ready();
  const { program } = organisation.site('site-1');
  for (let message = 0; message < 60; message += 1) {
    const campaigns = Array.from({ length: 20 }, (_, index) => {
      const campaign = organisation.campaign({ campaign: brand(`c-${message}-${index}`) });
      const text = simulatedCampaignText(campaign, ['mallory']);
      const news = { campaign: campaign.campaign, number: 1, openUntil: null, stopped: null };
      return { text, news };
    });
    void program?.parts.campaigns.heard({ type: 'campaigns', campaigns });
    await organisation.pass(0.1);
  }
  assert.equal(organisation.refusals('site-1').length, 1_000);
});
