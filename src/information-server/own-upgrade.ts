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
import type { TrackState } from '#protocol/launcher/messages.ts';
import type { Tracks } from '#ports/launcher.ts';
import { limits } from './limits.ts';
import type { Site } from './site.ts';

export type OwnUpgradeWorld = {
  tell(upgrade: UpgradeId, event: HeadEvent): void;
  /** Servers in flight over all upgrades: none while the own program is switched. */
  inFlight(): Promise<number>;
  agentDigest(): Digest | null;
};

export class OwnUpgrade {
  readonly #site: Site;
  readonly #world: OwnUpgradeWorld;
  /** Upgrades that wait for the end of an agent's switch. */
  readonly #awaitingAgent = new Map<UpgradeId, { slot: string; version: string }>();

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
    const slot = await this.#stageSlot(release);
    this.#world.tell(
      upgrade,
      typeof slot === 'string' ? { type: 'self-staged' } : { type: 'effect-failed', because: slot },
    );
  }

  /** The slot's name, or why it could not be made. */
  async #stageSlot(release: Release): Promise<string | Problem> {
    if (this.#site.launcher === null) return problem('LAUNCHER_ABSENT', {});
    const staged = await this.#site.store.stageSelf(release);
    return staged.ok ? staged.value.slot : staged.because;
  }

  async switch(upgrade: UpgradeId, release: Release): Promise<void> {
    const { launcher } = this.#site;
    if (this.#runs(release)) {
      if (this.#isCommitted()) this.#world.tell(upgrade, { type: 'self-committed' });
      return;
    }
    const outcome = launcher?.state()?.program?.outcome ?? null;
    const slot = await this.#stageSlot(release);
    if (typeof slot !== 'string') {
      this.#world.tell(upgrade, { type: 'effect-failed', because: slot });
      return;
    }
    // We are the old version, started again after the new one failed.
    if (outcome?.ended === 'returned' && outcome.tag === upgrade && outcome.to === slot) {
      const cause = `${outcome.cause ?? 'unknown'}: ${outcome.detail}`;
      this.#world.tell(upgrade, { type: 'self-returned', cause });
      return;
    }
    const busy = await this.#untilIdle();
    if (busy !== null) this.#world.tell(upgrade, { type: 'effect-failed', because: busy });
    else {
      const proveSeconds = limits.proveSeconds;
      launcher?.requestSwitch({ track: 'program', slot, proveSeconds, tag: upgrade });
    }
  }

  /** Outside any upgrade (`information-server upgrade`): the same way, ended by the launcher. */
  async switchAlone(release: Release): Promise<Problem | null> {
    if (this.#runs(release)) return null;
    const slot = await this.#stageSlot(release);
    if (typeof slot !== 'string') return slot;
    const busy = await this.#untilIdle();
    if (busy !== null) return busy;
    const proveSeconds = limits.proveSeconds;
    this.#site.launcher?.requestSwitch({ track: 'program', slot, proveSeconds, tag: 'alone' });
    return null;
  }

  async #untilIdle(): Promise<Problem | null> {
    const until = this.#site.clock.monotonic() + limits.idleWaitMs;
    for (;;) {
      const leases = await this.#world.inFlight();
      if (leases === 0) return null;
      if (this.#site.clock.monotonic() > until) {
        return problem('INFORMATION_SERVER_BUSY', { leases });
      }
      await new Promise<void>((resolve) => void this.#site.clock.after(limits.tickMs, resolve));
    }
  }

  /** D4: the agent follows by its own switch; where none is installed there is nothing to do. */
  async upgradeAgent(upgrade: UpgradeId, release: Release): Promise<void> {
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
    if (track.slot === slot && track.phase === 'committed') {
      this.#world.tell(upgrade, { type: 'agent-ready' });
      return;
    }
    this.#awaitingAgent.set(upgrade, { slot, version: release.manifest.version });
    if (track.slot === slot) return;
    const proveSeconds = limits.proveSeconds;
    this.#site.launcher?.requestSwitch({ track: 'agent', slot, proveSeconds, tag: upgrade });
  }

  wantAgent(wanted: 'running' | 'stopped'): void {
    this.#site.launcher?.want({ track: 'agent', wanted });
  }

  #stateChanged(tracks: Tracks): void {
    for (const [upgrade, { slot }] of this.#awaitingAgent) {
      const end = agentEnd(tracks.agent, slot, upgrade);
      if (end === null) continue;
      this.#awaitingAgent.delete(upgrade);
      this.#world.tell(upgrade, end);
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

function agentEnd(
  track: TrackState | undefined,
  slot: string,
  upgrade: UpgradeId,
): HeadEvent | null {
  if (track === undefined || track.phase === 'proving') return null;
  if (track.slot === slot) return { type: 'agent-ready' };
  const { outcome } = track;
  if (outcome === null || outcome.tag !== upgrade || outcome.to !== slot) return null;
  return { type: 'agent-returned', cause: `${outcome.cause ?? 'unknown'}: ${outcome.detail}` };
}
