/**
 * This site's parts of campaigns: taken when approvers have signed them, whoever brought them; begun
 * when their wave is open; paused when they are withdrawn. Once taken, a campaign needs nobody above:
 * it stands in the journal, and what was heard of it last counts for as long as was said.
 *
 * Where a part stands is found anew with each look (`domain/campaign/part.ts`). Absent: how a plan
 * becomes an upgrade (`campaign-start.ts`).
 */

import { againstSignatures, signaturesRequired } from '#domain/campaign/approvers.ts';
import {
  againstCampaign,
  isForgotten,
  mayBegin,
  pausesFor,
  type Campaign,
  type CampaignNews,
} from '#domain/campaign/campaign.ts';
import { partOf, type CampaignPart, type PartReport } from '#domain/campaign/part.ts';
import { brand, type CampaignName, type UpgradeId } from '#domain/names.ts';
import type { ApproverRule } from '#domain/people/approval.ts';
import { problem, type Problem } from '#domain/problem.ts';
import type { RecordKind } from '#domain/record/kinds.ts';
import type { UpgradeHead } from '#domain/upgrade/state.ts';
import type { CampaignReader, ReadCampaign } from '#ports/campaigns.ts';
import type { Rows } from '#ports/journal.ts';
import {
  campaignsMax,
  keptCampaigns,
  type CampaignsMessage,
} from '#protocol/control-manager/messages.ts';
import { limits } from '../limits.ts';
import type { Loop } from '../loop.ts';
import type { Site } from '../site.ts';

/** What the site's settings say of them. `ask`: a person here begins each. */
export const campaignPolicies = ['start', 'ask', 'refuse'] as const;
export type CampaignPolicy = (typeof campaignPolicies)[number];

export type CampaignWorld = {
  readonly reader: CampaignReader;
  /** Whose campaigns count; empty: of no organisation, where none does. */
  readonly organisation: string;
  readonly policy: CampaignPolicy;
  /** How many must have signed: the rule for whatever people approve. */
  readonly approvers: ApproverRule;
};

type Known = {
  readonly campaign: Campaign;
  readonly text: string;
  readonly news: CampaignNews | null;
  /** Why its upgrade was paused already: a person may have resumed it since. */
  readonly pausedFor: string | null;
};

/** Why the last attempt to begin it came to nothing, and when, on the monotonic clock. */
type Tried = { readonly because: Problem; readonly at: number };

type Parts = {
  readonly site: Site;
  readonly loop: Loop;
  readonly world: CampaignWorld;
  /** Why it could not begin, or null. `stillMay` is asked at the last moment. */
  begin(
    campaign: Campaign,
    by: { readonly who: string; stillMay(): Problem | null },
  ): Promise<Problem | null>;
  pause(rows: Rows, upgrade: UpgradeId, who: string): Promise<(() => void)[]>;
  /** The tier above is to be told. */
  changed(): void;
};

const indexNote = 'campaigns';
const textNote = (name: CampaignName): string => `campaign ${name}`;
const keptMax = 2 * campaignsMax;
/** Of one life of the program. */
const refusalsMax = 1_000;

export class Campaigns {
  readonly #parts: Parts;
  readonly #known = new Map<CampaignName, Known>();
  readonly #refused = new Map<CampaignName, { number: number; because: Problem }>();
  readonly #tried = new Map<CampaignName, Tried>();
  #refusals = 0;
  /** Said last by the tier above: what was refused of it may be believed later. */
  #said: CampaignsMessage['campaigns'] = [];
  #reported = '[]';
  /** One look after the other: each may begin something. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async load({ log }: Rows): Promise<void> {
    const index = await log.note(indexNote);
    if (index === null) return;
    for (const { name, news, pausedFor } of keptCampaigns.parse(JSON.parse(index))) {
      const text = await log.note(textNote(name));
      const read = text === null ? null : this.#parts.world.reader.read(text, []);
      if (text === null || read?.ok !== true) continue;
      this.#known.set(name, { campaign: read.value.campaign, text, news, pausedFor });
    }
  }

  heard({ campaigns }: CampaignsMessage): Promise<void> {
    this.#said = campaigns;
    return this.#inTurn(() => this.#look());
  }

  look(): Promise<void> {
    return this.#inTurn(() => this.#look());
  }

  /** A person here begins a part that may begin. */
  begin(name: CampaignName, who: string): Promise<Problem | null> {
    return this.#inTurn(async () => {
      const known = this.#known.get(name);
      if (known === undefined) return problem('CAMPAIGN_UNKNOWN', { campaign: name });
      const against = (await this.#against(known.text)) ?? this.#mayNot(known.campaign);
      return against ?? this.#begin(known.campaign, who);
    });
  }

  /** The newest first. */
  async reports(): Promise<PartReport[]> {
    const reports: PartReport[] = [];
    for (const { campaign } of this.#known.values()) {
      const { campaign: name, number } = campaign;
      const part = await this.#part(campaign);
      const because = 'because' in part ? part.because : null;
      const servers = await this.#servers(campaign);
      reports.push({ campaign: name, number, state: part.state, because, servers });
    }
    const said = new Set(this.#said.map(({ news }) => news.campaign));
    for (const [campaign, { number, because }] of this.#refused) {
      // What it knows of that name counts on; the newer one is none of its own.
      if (this.#known.has(campaign) || !said.has(campaign)) continue;
      reports.push({ campaign, number, state: 'refused', because, servers: null });
    }
    return reports.toSorted((one, other) => other.number - one.number).slice(0, keptMax);
  }

  #inTurn<Value>(act: () => Promise<Value>): Promise<Value> {
    const done = this.#turn.then(act);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async #look(): Promise<void> {
    const { site, world, changed } = this.#parts;
    if (site.isEnded) return;
    for (const { text, news } of this.#said) await this.#hear(text, news);
    await this.#forget();
    for (const known of this.#known.values()) {
      await this.#pauseIfToldTo(known);
      const { campaign, text } = known;
      if ((await this.#part(campaign)).state !== 'ready' || !this.#isTimeToTry(campaign)) continue;
      const against = await this.#against(text);
      const waits = problem('CAMPAIGN_WAITS_FOR_PERSON', { campaign: campaign.campaign });
      const because =
        against ??
        (world.policy === 'ask' ? waits : await this.#begin(campaign, await this.#who(text)));
      if (because === null) this.#tried.delete(campaign.campaign);
      else this.#tried.set(campaign.campaign, { because, at: site.clock.monotonic() });
    }
    const reported = JSON.stringify(await this.reports());
    if (reported === this.#reported) return;
    this.#reported = reported;
    changed();
  }

  async #hear(text: string, news: CampaignNews): Promise<void> {
    const known = [...this.#known.values()].find((one) => one.text === text);
    if (known !== undefined) {
      if (JSON.stringify(known.news) !== JSON.stringify(news)) await this.#keep({ ...known, news });
      return;
    }
    const { site, world } = this.#parts;
    const read = world.reader.read(text, []);
    if (!read.ok) {
      site.log.warn({ because: read.because }, 'a campaign could not be read');
      return;
    }
    const { campaign } = read.value;
    const before = this.#known.get(campaign.campaign) ?? null;
    const because = this.#againstNews(campaign, before) ?? (await this.#against(text));
    if (because !== null) return this.#refuse(campaign, because);
    this.#refused.delete(campaign.campaign);
    this.#tried.delete(campaign.campaign);
    const kept = { campaign, text, news, pausedFor: before?.pausedFor ?? null };
    const { withdrawn } = campaign;
    await this.#keep(kept, withdrawn === null ? 'campaign-taken' : 'campaign-withdrawn');
  }

  #againstNews(campaign: Campaign, before: Known | null): Problem | null {
    const { site, world } = this.#parts;
    const against = againstCampaign(campaign, {
      known: before?.campaign ?? null,
      organisation: world.organisation,
      site: site.name,
      now: site.clock.now(),
    });
    const isFull = before === null && this.#known.size >= keptMax;
    return against ?? (isFull ? problem('CAMPAIGN_LIMIT', { campaignsMax: keptMax }) : null);
  }

  /** Why this text is not to be carried out here, by the approvers that are known now. */
  async #against(text: string): Promise<Problem | null> {
    const { world } = this.#parts;
    const read = await this.#read(text);
    if (read === null) return problem('CAMPAIGN_UNREADABLE', { detail: 'changed' });
    const { campaign } = read.campaign;
    if (world.policy === 'refuse') return problem('CAMPAIGN_REFUSED_HERE', { campaign });
    return againstSignatures(campaign, read.signedBy, read.required);
  }

  async #read(text: string): Promise<(ReadCampaign & { readonly required: 1 | 2 }) | null> {
    const { site, world } = this.#parts;
    const approvers = await site.trusted.approvers();
    const read = world.reader.read(text, approvers);
    if (!read.ok) return null;
    return { ...read.value, required: signaturesRequired(world.approvers, approvers) };
  }

  async #who(text: string): Promise<string> {
    const read = await this.#read(text);
    const names = (read?.signedBy ?? []).map(({ name }) => name).join(', ');
    return `campaign (${names})`;
  }

  /** Once for each reason: it is said again with every look. */
  async #refuse({ campaign: name, number }: Campaign, because: Problem): Promise<void> {
    const before = this.#refused.get(name);
    if (before?.number === number && before.because.code === because.code) return;
    // Whoever sends ever other names fills neither the memory nor the record.
    if (this.#refusals >= refusalsMax) return;
    this.#refusals += 1;
    this.#refused.set(name, { number, because });
    const { site, loop } = this.#parts;
    site.log.warn({ event: 'campaign-refused', campaign: name, number, because }, because.code);
    await loop.submit(async ({ log }) => {
      const detail = { campaign: name, number, because: because.code };
      const line = { at: site.clock.now(), who: 'control-manager', server: null, detail };
      await log.appendRecord({ ...line, kind: 'campaign-refused' });
      return [];
    });
  }

  async #keep(known: Known, kind?: RecordKind): Promise<void> {
    const { campaign, text } = known;
    const { campaign: name, number } = campaign;
    const who = kind === undefined ? '' : await this.#who(text);
    this.#known.set(name, known);
    await this.#parts.loop.submit(async (rows) => {
      await rows.log.putNote(textNote(name), text);
      await this.#putIndex(rows);
      if (kind === undefined) return [];
      const at = this.#parts.site.clock.now();
      const { version } = campaign.release;
      const detail = { campaign: name, number, version };
      await rows.log.appendRecord({ at, kind, who, server: null, detail });
      return [];
    });
  }

  async #putIndex({ log }: Rows): Promise<void> {
    const index = [...this.#known].map(([name, { news, pausedFor }]) => ({
      name,
      news,
      pausedFor,
    }));
    await log.putNote(indexNote, JSON.stringify(index));
  }

  async #forget(): Promise<void> {
    const now = this.#parts.site.clock.now();
    const names = [...this.#known.values()]
      .filter(({ campaign }) => isForgotten(campaign, now))
      .map(({ campaign }) => campaign.campaign);
    if (names.length === 0) return;
    for (const name of names) this.#known.delete(name);
    await this.#parts.loop.submit(async (rows) => {
      for (const name of names) await rows.log.putNote(textNote(name), '');
      await this.#putIndex(rows);
      return [];
    });
  }

  async #pauseIfToldTo({ campaign, news, pausedFor, ...known }: Known): Promise<void> {
    const because = pausesFor(campaign, news);
    const { campaign: name, number } = campaign;
    if (because === null || pausedFor === `${because.code} ${number}`) return;
    const { site, loop, pause } = this.#parts;
    const head = await this.#head(campaign);
    if (head === null || head.finishedAt !== null || head.state === 'stopped') return;
    const { upgrade } = head;
    await loop.submit(async (rows) => {
      const who = `campaign ${name}`;
      const detail = { upgrade, number, because: because.code };
      const line = { at: site.clock.now(), kind: 'campaign-paused', who, server: null } as const;
      await rows.log.appendRecord({ ...line, detail });
      return pause(rows, upgrade, who);
    });
    await this.#keep({ ...known, campaign, news, pausedFor: `${because.code} ${number}` });
  }

  #isTimeToTry({ campaign }: Campaign): boolean {
    const tried = this.#tried.get(campaign);
    const { clock } = this.#parts.site;
    return tried === undefined || clock.monotonic() - tried.at >= limits.campaignTryMs;
  }

  #begin(campaign: Campaign, who: string): Promise<Problem | null> {
    return this.#parts.begin(campaign, { who, stillMay: () => this.#mayNot(campaign) });
  }

  #mayNot(campaign: Campaign): Problem | null {
    const { site } = this.#parts;
    const news = this.#known.get(campaign.campaign)?.news ?? null;
    const verdict = mayBegin(campaign, { site: site.name, now: site.clock.now(), news });
    return verdict.go ? null : verdict.because;
  }

  async #part(campaign: Campaign): Promise<CampaignPart> {
    const { site } = this.#parts;
    const { campaign: name } = campaign;
    return partOf(campaign, {
      site: site.name,
      now: site.clock.now(),
      news: this.#known.get(name)?.news ?? null,
      head: await this.#head(campaign),
      tried: this.#tried.get(name)?.because ?? null,
    });
  }

  /** What the part has become; another upgrade that is called so is none of it. */
  async #head({ campaign, release }: Campaign): Promise<UpgradeHead | null> {
    const { upgrades } = this.#parts.site.journal.rows;
    const head = await upgrades.head(brand<UpgradeId>(campaign));
    return head?.release.digest === release.digest ? head : null;
  }

  async #servers(campaign: Campaign): Promise<PartReport['servers']> {
    const head = await this.#head(campaign);
    if (head === null) return null;
    const { upgrades } = this.#parts.site.journal.rows;
    const counts = (await upgrades.groups(head.upgrade)).map((group) => group.counts);
    const all = counts.flatMap((of) => Object.values(of)).reduce((sum, one) => sum + one, 0);
    return { all, upgraded: counts.reduce((sum, { upgraded }) => sum + upgraded, 0) };
  }
}
