/**
 * The information server's own upgrade and its agent's (D2–D7, D4): stage beside the running
 * version, have the launcher switch, prove, and tell the upgrade how it ended.
 *
 * The launcher decides whether a new version stays. This only asks, proves and reports.
 */

import type { Release } from '#domain/catalogue/release.ts';
import type { Digest, UpgradeId } from '#domain/names.ts';
import { problem, type Problem } from '#domain/problem.ts';
import type { HeadEvent } from '#domain/upgrade/event.ts';
import type { UpgradeHead } from '#domain/upgrade/state.ts';
import type { Outcome, Track, TrackState } from '#protocol/launcher/messages.ts';
import type { Tracks } from '#ports/launcher.ts';
import { limits } from '../limits.ts';
import type { Site } from '../site.ts';
import { againstRulesOfOwn } from './own-rules.ts';

export type OwnUpgradeWorld = {
  tell(upgrade: UpgradeId, event: HeadEvent): void;
  /** How a switch ended that a person asked for; said again at every start. */
  ended(end: OwnSwitchEnd): void;
  /** Servers in flight over all upgrades: none while the own program is switched. */
  inFlight(): Promise<number>;
  agentDigest(): Digest | null;
  /** The upgrade stands where the own program is switched. */
  isSwitching(upgrade: UpgradeId): Promise<boolean>;
};

export type OwnSwitchEnd = {
  readonly tag: string;
  readonly kind: 'information-server-upgraded' | 'information-server-returned';
  readonly who: string;
  readonly detail: Readonly<Record<string, unknown>>;
};

/** Begins the tag of a switch that a person asked for; who that was comes after it. */
const alone = 'alone:';

/** A new try has a tag of its own, so that the end of an earlier one is not taken for its end. */
function tagOf({ upgrade, resumes }: UpgradeHead): string {
  return resumes === 0 ? upgrade : `${upgrade}/${resumes}`;
}

export class OwnUpgrade {
  readonly #site: Site;
  readonly #world: OwnUpgradeWorld;
  /** Upgrades that wait for the end of an agent's switch. */
  readonly #awaitingAgent = new Map<UpgradeId, { slot: string; tag: string }>();

  constructor(site: Site, world: OwnUpgradeWorld) {
    this.#site = site;
    this.#world = world;
    site.launcher?.onState((tracks) => this.#stateChanged(tracks));
  }

  async stage(upgrade: UpgradeId, release: Release): Promise<void> {
    if (this.#runs(release)) {
      if (!this.#isCommitted()) return;
      this.#world.tell(upgrade, { type: 'self-committed' });
      return;
    }
    const slot = (await this.#againstReturn(release)) ?? (await this.#stageSlot(release));
    this.#world.tell(
      upgrade,
      typeof slot === 'string' ? { type: 'self-staged' } : { type: 'effect-failed', because: slot },
    );
  }

  /** The slot's name, or why it could not be made. */
  async #stageSlot(release: Release): Promise<string | Problem> {
    if (this.#site.launcher === null) return problem('LAUNCHER_ABSENT', {});
    const against =
      (await this.#site.trusted.againstProgram(release)) ??
      (await againstRulesOfOwn(this.#site, release));
    if (against !== null) return against;
    const staged = await this.#site.store.stageSelf(release);
    return staged.ok ? staged.value.slot : staged.because;
  }

  /** Why this program may not go back to that release. */
  async #againstReturn(release: Release): Promise<Problem | null> {
    const { self, journal, trusted } = this.#site;
    const own = await journal.rows.catalogue.release(self.digest);
    const mayReturn = await trusted.returns(release);
    return mayReturn({ version: self.version, returnTo: own?.manifest.returnTo ?? [] });
  }

  async switch(head: UpgradeHead, release: Release): Promise<void> {
    const { upgrade } = head;
    if (this.#runs(release)) {
      if (this.#isCommitted()) this.#world.tell(upgrade, { type: 'self-committed' });
      return;
    }
    const tag = tagOf(head);
    const outcome = this.#site.launcher?.state()?.program?.outcome ?? null;
    const slot = await this.#stageSlot(release);
    if (typeof slot !== 'string') {
      this.#world.tell(upgrade, { type: 'effect-failed', because: slot });
      return;
    }
    // We are the old version, started again after the new one failed.
    const returned = returnOf(outcome, { slot, tag });
    if (returned !== null) {
      this.#world.tell(upgrade, { type: 'self-returned', cause: returned });
      return;
    }
    const busy = await this.#drainAndAsk({
      slot,
      tag,
      isStillWanted: () => this.#world.isSwitching(upgrade),
    });
    if (busy !== null) this.#world.tell(upgrade, { type: 'effect-failed', because: busy });
  }

  /**
   * Outside any upgrade (`information-server upgrade`): begun once the release is staged. It waits
   * for the leases in flight, and its end stands in the record.
   */
  async switchAlone(release: Release, who: string): Promise<Problem | null> {
    if (this.#runs(release)) return null;
    const slot = (await this.#againstReturn(release)) ?? (await this.#stageSlot(release));
    if (typeof slot !== 'string') return slot;
    const tag = `${alone}${this.#site.clock.now()}:${who}`;
    void this.#drainAndAsk({ slot, tag, isStillWanted: async () => true }).then((busy) => {
      if (busy === null) return;
      const detail = { to: slot, cause: busy.code, detail: JSON.stringify(busy.with) };
      this.#world.ended({ tag, kind: 'information-server-returned', who, detail });
    });
    return null;
  }

  /** No lease begins from here on; those in flight end, and the launcher is asked. */
  async #drainAndAsk(asked: {
    readonly slot: string;
    readonly tag: string;
    /** A person may pause or stop the upgrade while leases drain. */
    isStillWanted(): Promise<boolean>;
  }): Promise<Problem | null> {
    const { slot, tag } = asked;
    const { clock } = this.#site;
    const until = clock.monotonic() + limits.idleWaitMs;
    this.#site.isDraining = true;
    for (;;) {
      const leases = await this.#world.inFlight();
      if (leases === 0) break;
      if (clock.monotonic() > until) {
        this.#site.isDraining = false;
        return problem('INFORMATION_SERVER_BUSY', { leases });
      }
      await new Promise<void>((resolve) => void clock.after(limits.tickMs, resolve));
    }
    if (!(await asked.isStillWanted())) {
      this.#site.isDraining = false;
      return null;
    }
    this.#ask('program', slot, tag);
    // It ends this process; if it does not, leases are given again.
    clock.after(limits.launcherMs, () => {
      this.#site.isDraining = false;
    });
    return null;
  }

  #ask(track: Track, slot: string, tag: string): void {
    const { launcher, proveSeconds } = this.#site;
    launcher?.requestSwitch({ track, slot, proveSeconds, tag });
  }

  /** D4: the agent follows by its own switch; where none is installed there is nothing to do. */
  async upgradeAgent(head: UpgradeHead, release: Release): Promise<void> {
    const { upgrade } = head;
    const track = this.#site.launcher?.state()?.agent;
    const isLevel = this.#world.agentDigest() === release.digest && track?.phase === 'committed';
    if (track === undefined || track.wanted === 'stopped' || isLevel) {
      this.#world.tell(upgrade, { type: 'agent-ready' });
      return;
    }
    const slot = await this.#stageSlot(release);
    if (typeof slot !== 'string') {
      this.#world.tell(upgrade, { type: 'effect-failed', because: slot });
      return;
    }
    const awaited = { slot, tag: tagOf(head) };
    const end = agentEnd(this.#site.launcher?.state()?.agent, awaited);
    if (end !== null) {
      this.#world.tell(upgrade, end);
      return;
    }
    this.#awaitingAgent.set(upgrade, awaited);
    if (track.slot !== slot) this.#ask('agent', slot, awaited.tag);
  }

  /** Outside any upgrade, when a person was offered it. */
  async upgradeAgentAlone(release: Release): Promise<Problem | null> {
    const slot = await this.#stageSlot(release);
    if (typeof slot !== 'string') return slot;
    const { launcher, clock } = this.#site;
    if (launcher?.state()?.agent?.slot !== slot) this.#ask('agent', slot, `${alone}${clock.now()}`);
    return null;
  }

  wantAgent(wanted: 'running' | 'stopped'): void {
    this.#site.launcher?.want({ track: 'agent', wanted });
  }

  #stateChanged(tracks: Tracks): void {
    const end = aloneEnd(tracks.program);
    if (end !== null) this.#world.ended(end);
    for (const [upgrade, awaited] of this.#awaitingAgent) {
      const event = agentEnd(tracks.agent, awaited);
      if (event === null) continue;
      this.#awaitingAgent.delete(upgrade);
      this.#world.tell(upgrade, event);
    }
  }

  #runs(release: Release): boolean {
    return this.#site.self.digest === release.digest;
  }

  #isCommitted(): boolean {
    const phase = this.#site.launcher?.state()?.program?.phase;
    return phase === undefined || phase === 'committed';
  }
}

type Awaited = { readonly slot: string; readonly tag: string };

/** Why that very try came back; a launcher that was killed before the switch tried nothing. */
function returnOf(outcome: Outcome | null, { slot, tag }: Awaited): string | null {
  if (outcome?.ended !== 'returned' || outcome.tag !== tag || outcome.to !== slot) return null;
  if (outcome.cause === 'interrupted') return null;
  return `${outcome.cause ?? 'unknown'}: ${outcome.detail}`;
}

function agentEnd(track: TrackState | undefined, awaited: Awaited): HeadEvent | null {
  // A person stopped it meanwhile: it follows when it is started again.
  if (track?.wanted === 'stopped') return { type: 'agent-ready' };
  if (track === undefined || track.phase === 'proving') return null;
  if (track.slot === awaited.slot) return { type: 'agent-ready' };
  const cause = returnOf(track.outcome, awaited);
  return cause === null ? null : { type: 'agent-returned', cause };
}

function aloneEnd(track: TrackState | undefined): OwnSwitchEnd | null {
  const outcome = track?.outcome ?? null;
  if (track?.phase !== 'committed' || outcome?.tag.startsWith(alone) !== true) return null;
  const { tag, ended, from, to, cause, detail } = outcome;
  const who = tag.slice(alone.length).replace(/^\d+:/, '');
  const kind = `information-server-${ended === 'committed' ? 'upgraded' : 'returned'}` as const;
  return { tag, kind, who, detail: { from, to, cause, detail } };
}
