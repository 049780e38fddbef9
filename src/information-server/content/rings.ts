/**
 * Content on its way through the rings of this site: begins it, reads the gates by what servers make
 * of it (`ring-outcomes.ts`), and takes it back where one fails or somebody withdraws it.
 *
 * Level-triggered: what is to be done follows from the rows, so a kill anywhere repeats it. Absent:
 * the arithmetic and the states (`domain/ring`), and how servers are told (`publisher.ts`).
 */

import { z } from 'zod';
import type { SiteContent } from '#domain/fleet/content.ts';
import type { ComponentName, Digest, RingName } from '#domain/names.ts';
import { problem, type Problem } from '#domain/problem.ts';
import type { RecordKind } from '#domain/record/kinds.ts';
import { sumOfCounts, type RingCounts } from '#domain/ring/evidence.ts';
import { countsOfTally, vanishedAfterMs } from '#domain/ring/outcome.ts';
import {
  newRollout,
  passByPerson,
  rolloutState,
  stepRollout,
  waitsFor,
  ringKinds,
  type RingMove,
} from '#domain/ring/rollout.ts';
import {
  isUnderWay,
  admissionOf,
  wayBackOf,
  wholeSite,
  withdrawnOf,
  type AdmittedContent,
  type SiteRollout,
  type WithdrawnContent,
} from '#domain/ring/site-ring.ts';
import type { Rows } from '#ports/journal.ts';
import { componentName, instant, version } from '#protocol/shared/primitives.ts';
import type { ContentItem, Holds, SiteStatus } from '#protocol/control-manager/messages.ts';
import { background } from '../background.ts';
import type { Effect, Loop } from '../loop.ts';
import type { Site } from '../site.ts';
import type { Catalogue } from './catalogue.ts';
import { RingOutcomes } from './ring-outcomes.ts';

export type RingsParts = {
  readonly site: Site;
  readonly loop: Loop;
  readonly catalogue: Pick<Catalogue, 'offer'>;
  /** Tells all servers what they should have, at no pace. */
  tellAtOnce(): void;
  /** Everybody, at a pace. */
  tellEveryone(): void;
  /** Tells the control manager how the servers are with what it watches. */
  report(): void;
  /** Content may be taken that had to wait, and there is news for the control manager. */
  wentOn(): void;
};

export class Rings {
  readonly outcomes: RingOutcomes;
  readonly #parts: RingsParts;
  /** An outcome came since the gates were read last. */
  #isNews = true;
  #readAt = -Infinity;
  /** The same, for the control manager. */
  #isUntold = false;
  #toldAt = -Infinity;

  constructor(parts: RingsParts) {
    this.#parts = parts;
    this.outcomes = new RingOutcomes(parts.site, parts.loop, () => {
      this.#isNews = true;
      this.#isUntold = true;
    });
  }

  /** Why this may not enter the site now: withdrawn, or other content of its kind is under way. */
  async against(rows: Rows, item: Offered): Promise<Problem | null> {
    const { component, version, digest: file } = item;
    const withdrawn = withdrawnOf(await rows.rings.withdrawn(), { component, file });
    if (withdrawn !== null) {
      const { reason } = withdrawn;
      return problem('CONTENT_WITHDRAWN', { component, version, reason });
    }
    const rollout = await rows.rings.rollout(component);
    if (rollout === null || !this.#isBusy(rollout)) return null;
    if ((await this.admission(rows, item)) !== null) return null;
    if (rollout.content.file.digest === file) return null;
    const ring = waitsFor(rollout.rings)?.name ?? '-';
    return problem('CONTENT_IN_RINGS', { component, version: rollout.content.version, ring });
  }

  /** What proves nothing gives way to what is newer; everything else comes to its end first. */
  #isBusy({ rings }: SiteRollout): boolean {
    return this.#ringsHere().length > 0 && rolloutState(rings) === 'running';
  }

  #ringsHere() {
    return this.#parts.site.rings ?? [];
  }

  /** It enters the site with this very change. */
  async begin(rows: Rows, content: SiteContent, isWatched = false): Promise<void> {
    const { component } = content;
    const known = await rows.rings.rollout(component);
    if (known?.content.release === content.release && !isOver(known)) {
      if (isWatched && !known.isWatched) await rows.rings.putRollout({ ...known, isWatched });
      return;
    }
    const standing = (await rows.catalogue.contents()).find((one) => one.component === component);
    // What was never proved is nothing to go back to.
    const isUnproved =
      known !== null && isUnderWay(known) && known.content.release === standing?.release;
    const before = isUnproved ? known.before : (standing ?? null);
    const admission = await this.admission(rows, content);
    const rollout: SiteRollout = {
      component,
      content,
      before: before?.release === content.release ? null : before,
      rings: this.#ringsHere().length === 0 ? [] : newRollout(this.#ringsHere().map(ringAlone)),
      isWatched,
      isEmergency: admission !== null,
      isOfAbove: admission?.isOfAbove,
      beganAt: this.#now(),
    };
    await rows.rings.forgetOutcomes(component);
    await rows.rings.putRollout(rollout);
    if (rollout.rings.length > 0) await this.#step(rows, rollout);
  }

  /** What stands here already is watched from now on: all are asked how they are with it. */
  async watch(items: readonly Offered[]): Promise<void> {
    const { site, loop, tellEveryone } = this.#parts;
    const files = new Set(items.map(({ digest }) => digest));
    const isNews = ({ content, isWatched }: SiteRollout): boolean =>
      !isWatched && files.has(content.file.digest);
    if (!(await site.journal.rows.rings.rollouts()).some(isNews)) return;
    await loop.submit(async (rows) => {
      for (const rollout of await rows.rings.rollouts()) {
        if (isNews(rollout)) await rows.rings.putRollout({ ...rollout, isWatched: true });
      }
      return [() => tellEveryone()];
    });
  }

  /** What the servers make of what is watched, for the control manager. */
  async evidence(): Promise<NonNullable<SiteStatus['evidence']>> {
    const { rows } = this.#parts.site.journal;
    const found: NonNullable<SiteStatus['evidence']> = [];
    for (const { rollout, counts } of await this.standing(rows)) {
      if (!rollout.isWatched) continue;
      const { component, content } = rollout;
      const { failedBy, ...sum } = sumOfCounts(counts);
      const digest = content.file.digest;
      found.push({ component, digest, counts: { ...sum, failedBy: { ...failedBy } } });
    }
    return found;
  }

  /** What the control manager took back; it is never said to be good again. */
  async heardWithdrawn(withdrawn: Holds['withdrawn']): Promise<void> {
    const { site, loop } = this.#parts;
    const known = await site.journal.rows.rings.withdrawn();
    const news = withdrawn.filter((one) => withdrawnOf(known, one) === null);
    if (news.length === 0) return;
    await loop.submit(async (rows) => {
      const effects: Effect[] = [];
      for (const one of news) {
        effects.push(...(await this.withdraw(rows, { ...one, who: 'control-manager' })));
      }
      return effects;
    });
  }

  /** Reads the gates where something may have come of it. */
  async tick(rows: Rows): Promise<readonly Effect[]> {
    const { clock } = this.#parts.site;
    const told = this.#toldNews(clock.monotonic());
    // Soaks and silences end by themselves.
    if (!this.#isNews && clock.monotonic() - this.#readAt < readAgainMs) return told;
    this.#readAt = clock.monotonic();
    this.#isNews = false;
    const effects: Effect[] = [...told];
    for (const rollout of await rows.rings.rollouts()) {
      if (isUnderWay(rollout)) effects.push(...(await this.#step(rows, rollout)));
    }
    return effects;
  }

  /** Evidence goes upward as it comes, but not more often than a control manager can use. */
  #toldNews(now: number): readonly Effect[] {
    if (!this.#isUntold || now - this.#toldAt < tellAgainMs) return [];
    this.#isUntold = false;
    this.#toldAt = now;
    return [() => this.#parts.report()];
  }

  async #step(rows: Rows, rollout: SiteRollout): Promise<readonly Effect[]> {
    const { component, rings } = rollout;
    const now = this.#now();
    const counts = await this.#countsOf(rows, rollout);
    const step = stepRollout(rings, (place) => counts[place] ?? sumOfCounts([]), now);
    if (step.moves.length === 0) return [];
    await rows.rings.putRollout({ ...rollout, rings: step.rings });
    for (const move of step.moves) await this.#record(rows, rollout, move);
    const failed = step.moves.find(({ to }) => to.state === 'failed')?.to;
    if (failed?.state === 'failed') {
      const { version, file } = rollout.content;
      const said = { reason: ringReason(step.moves), who: 'information-server', at: now };
      return this.#withdraw(rows, { component, version, file: file.digest, ...said });
    }
    const isOpened = step.moves.some(({ to }) => to.state === 'open');
    const isOver = rolloutState(step.rings) !== 'running';
    return [
      ...(isOpened ? [() => this.#parts.tellEveryone()] : []),
      ...(isOver ? [() => this.#parts.wentOn()] : []),
    ];
  }

  async #countsOf(rows: Rows, { component, rings }: SiteRollout): Promise<readonly RingCounts[]> {
    const tallies = await rows.rings.tally(component, this.#now() - vanishedAfterMs);
    return rings.map(({ name }) => countsOfTally(tallies, name));
  }

  /** Of each component that entered last: how its rings stand, and what they are judged by. */
  async standing(rows: Rows) {
    const found: { readonly rollout: SiteRollout; readonly counts: readonly RingCounts[] }[] = [];
    for (const rollout of await rows.rings.rollouts()) {
      const { rings, component } = rollout;
      const names = rings.length === 0 ? [wholeSite] : rings.map(({ name }) => name);
      const tallies = await rows.rings.tally(component, this.#now() - vanishedAfterMs);
      found.push({ rollout, counts: names.map((name) => countsOfTally(tallies, name)) });
    }
    return found;
  }

  /** What somebody should see to. */
  async problems(): Promise<readonly Problem[]> {
    const { rows } = this.#parts.site.journal;
    const found: Problem[] = [];
    for (const { rings } of await rows.rings.rollouts()) {
      for (const { progress } of rings) if ('because' in progress) found.push(progress.because);
    }
    return found;
  }

  /** Why a version may not be deployed by hand either; null: it may. */
  async withdrawnVersion(of: {
    readonly component: ComponentName;
    readonly version: string;
  }): Promise<Problem | null> {
    const { component, version } = of;
    const found = (await this.#parts.site.journal.rows.rings.withdrawn()).find(
      (one) => one.component === component && one.version === version,
    );
    if (found === undefined) return null;
    return problem('CONTENT_WITHDRAWN', { component, version, reason: found.reason });
  }

  /** The file of a version that stands here or stood here before; null: it is not known. */
  async fileOf(component: ComponentName, version: string): Promise<Digest | null> {
    const { rows } = this.#parts.site.journal;
    const rollout = await rows.rings.rollout(component);
    const contents = (await rows.catalogue.contents()).filter((one) => one.component === component);
    const known = [rollout?.content, ...contents, rollout?.before].find(
      (one) => one?.version === version,
    );
    return known?.file.digest ?? null;
  }

  /** A person takes it upon himself. */
  async pass(
    rows: Rows,
    { component, ring, who }: { component: ComponentName; ring: RingName; who: string },
  ): Promise<Problem | readonly Effect[]> {
    const rollout = await rows.rings.rollout(component);
    const known = rollout?.rings.find(({ name }) => name === ring);
    if (rollout === null || known === undefined)
      return problem('RING_UNKNOWN', { ring, component });
    const rings = passByPerson(rollout.rings, ring, { who, now: this.#now() });
    if ('code' in rings) return rings;
    const passed = { ...rollout, rings };
    await rows.rings.putRollout(passed);
    const { version } = rollout.content;
    await this.#write(rows, 'ring-passed', who, { component, version, ring });
    const effects = await this.#step(rows, passed);
    return [...effects, () => this.#parts.wentOn()];
  }

  /** Whether people let that version in, whatever hold there is; null: nobody did. */
  async admission(
    rows: Rows,
    content: { readonly component: ComponentName; readonly version: string },
  ): Promise<AdmittedContent | null> {
    return admissionOf(await admittedIn(rows), content, this.#now());
  }

  /** What people let past the holds of the control manager, over rings of whole sites. */
  async heardAdmitted(admitted: Holds['admitted']): Promise<void> {
    const { site, loop } = this.#parts;
    const known = await admittedIn(site.journal.rows);
    const news = admitted.filter(
      (one) =>
        this.#now() < one.until &&
        !known.some(
          ({ component, version, isOfAbove }) =>
            isOfAbove === true && component === one.component && version === one.version,
        ),
    );
    if (news.length === 0) return;
    await loop.submit(async (rows) => {
      for (const { reason, ...content } of news) {
        await this.#admit(rows, { ...content, isOfAbove: true });
        const { component, version } = content;
        const detail = { component, version, reason };
        await this.#write(rows, 'content-admitted', 'control-manager', detail);
      }
      return [];
    });
  }

  async #admit(rows: Rows, content: AdmittedContent): Promise<void> {
    const standing = (await admittedIn(rows)).filter(({ until }) => this.#now() < until);
    const admitted = [...standing, content];
    await rows.log.putNote(admittedNote, JSON.stringify(admitted.slice(-admittedMax)));
  }

  /**
   * It passes the holds of people and goes before what is under way, through the first ring all the
   * same; so a site without rings admits nothing.
   */
  async admit(
    rows: Rows,
    content: Pick<AdmittedContent, 'component' | 'version'>,
    { who, reason }: { readonly who: string; readonly reason: string },
  ): Promise<Problem | readonly Effect[]> {
    if (this.#ringsHere().length === 0) return problem('RINGS_ABSENT', {});
    await this.#admit(rows, { ...content, until: this.#now() + admittedMs });
    await this.#write(rows, 'content-admitted', who, { ...content, reason });
    return [() => this.#parts.wentOn()];
  }

  /** Nobody takes it any more, and who has it goes back to what there was before. */
  async withdraw(rows: Rows, content: WithdrawnContent): Promise<readonly Effect[]> {
    const { component, file } = content;
    if (withdrawnOf(await rows.rings.withdrawn(), { component, file }) !== null) return [];
    return this.#withdraw(rows, content);
  }

  async #withdraw(rows: Rows, content: WithdrawnContent): Promise<readonly Effect[]> {
    const { component, version, file, reason, who } = content;
    await rows.rings.putWithdrawn(content);
    await rows.fleet.forgetManual(component);
    const rollout = await rows.rings.rollout(component);
    const isHere = rollout?.content.file.digest === file;
    const back = isHere ? wayBackOf(rollout, await rows.rings.withdrawn()) : null;
    const detail = { component, version, file, reason, backTo: back?.version ?? null };
    await this.#write(rows, 'content-withdrawn', who, detail);
    return [
      () => this.#parts.tellAtOnce(),
      () => background(this.#parts.site, this.takeBack(), 'content was not taken back'),
    ];
  }

  /** The share goes back as well; asked again at every start. */
  async takeBack(): Promise<void> {
    const { site, catalogue } = this.#parts;
    const { rows } = site.journal;
    const withdrawn = await rows.rings.withdrawn();
    if (withdrawn.length > 0) {
      for (const content of await rows.catalogue.contents()) {
        const { component } = content;
        const isBad = withdrawnOf(withdrawn, { component, file: content.file.digest }) !== null;
        const rollout = isBad ? await rows.rings.rollout(component) : null;
        if (rollout === null || rollout.content.release !== content.release) continue;
        const back = wayBackOf(rollout, withdrawn);
        if (back === null) continue;
        const laid = await catalogue.offer({ releases: [], contents: [back] });
        if (!laid.ok) site.log.warn({ because: laid.because, component }, 'not taken back');
      }
    }
    this.#parts.wentOn();
  }

  #now(): number {
    return this.#parts.site.clock.now();
  }

  async #record(rows: Rows, rollout: SiteRollout, { ring, to, counts }: RingMove): Promise<void> {
    const kind = ringKinds[to.state];
    if (kind === null) return;
    const { component, content } = rollout;
    const because = 'because' in to ? { because: to.because.code } : {};
    const detail = { component, version: content.version, ring, ...counted(counts), ...because };
    await this.#write(rows, kind, 'information-server', detail);
    // Nobody looks at a record all day.
    if ('because' in to) this.#parts.site.log.warn({ event: kind, ...detail }, kind);
  }

  async #write(rows: Rows, kind: RecordKind, who: string, detail: Record<string, unknown>) {
    await rows.log.appendRecord({ at: this.#now(), kind, who, server: null, detail });
  }
}

const admittedNote = 'admitted-contents';
/** What people wanted at once is no emergency a day later. */
const admittedMs = 24 * 3_600_000;
const admittedMax = 100;
const admittedSchema = z.array(
  z.object({
    component: componentName,
    version,
    until: instant,
    isOfAbove: z.boolean().optional(),
  }),
);

async function admittedIn(rows: Rows): Promise<readonly AdmittedContent[]> {
  const note = await rows.log.note(admittedNote);
  return note === null ? [] : admittedSchema.parse(JSON.parse(note));
}

type Offered = Pick<ContentItem, 'component' | 'version' | 'digest'>;

/** Gates are read again after so long, news or not. */
const readAgainMs = 5_000;
const tellAgainMs = 5_000;

function counted({ given, healthy, vanished, failedBy }: RingCounts) {
  return { given, healthy, vanished, failedBy };
}

function ringReason(moves: readonly RingMove[]): string {
  const failed = moves.find(({ to }) => to.state === 'failed');
  return failed === undefined ? 'its ring failed' : `ring ${failed.ring} failed`;
}

function isOver({ rings }: SiteRollout): boolean {
  return rolloutState(rings) === 'failed';
}

/** Who stands in it is asked of the settings each time. */
function ringAlone({ name, gate }: NonNullable<Site['rings']>[number]) {
  return { name, gate };
}
