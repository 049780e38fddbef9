/**
 * What the world is asked to do after a commit. Each effect may be asked for again at any time:
 * one that is under way is not begun twice, one that is done answers as if it had just been.
 */

import type { Release } from '#domain/catalogue/release.ts';
import { compareVersions } from '#domain/catalogue/version.ts';
import type { UpgradeId } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import type { HeadEvent } from '#domain/upgrade/event.ts';
import { sayBroken } from './background.ts';
import { driftCount, type Catalogue } from './content/catalogue.ts';
import type { Loop } from './loop.ts';
import type { OwnUpgrade } from './upgrade/own-upgrade.ts';
import type { Publisher } from './fleet/publisher.ts';
import type { Sessions } from './fleet/sessions.ts';
import type { Site } from './site.ts';
import { toldHeadOf } from './record/witnesses.ts';
import type { Upgrades, WorldCommand } from './upgrade/upgrades.ts';

/** Commands that take time and end in an event of the upgrade. */
type LongCommand = Exclude<
  WorldCommand,
  { type: 'want' | 'grant' | 'refuse' | 'confirm' | 'nudge' | 'want-agent' }
>;

function lockOf(command: LongCommand): number {
  return 'lockedAt' in command ? command.lockedAt : 0;
}

export class Effects {
  readonly #site: Site;
  readonly #loop: Loop;
  readonly #catalogue: Catalogue;
  readonly #sessions: Sessions;
  readonly #publisher: Publisher;
  readonly #own: () => OwnUpgrade;
  readonly #upgrades: () => Upgrades;
  readonly #underWay = new Set<string>();

  constructor(parts: {
    readonly site: Site;
    readonly loop: Loop;
    readonly catalogue: Catalogue;
    readonly sessions: Sessions;
    readonly publisher: Publisher;
    own(): OwnUpgrade;
    upgrades(): Upgrades;
  }) {
    this.#site = parts.site;
    this.#loop = parts.loop;
    this.#catalogue = parts.catalogue;
    this.#sessions = parts.sessions;
    this.#publisher = parts.publisher;
    this.#own = parts.own;
    this.#upgrades = parts.upgrades;
  }

  tell(upgrade: UpgradeId, event: HeadEvent): void {
    this.#loop.post((rows) => this.#upgrades().tell(rows, upgrade, { to: 'head', event }));
  }

  perform(upgrade: UpgradeId, command: WorldCommand): void {
    switch (command.type) {
      case 'want':
        this.#publisher.now(command.server);
        break;
      case 'grant': {
        const { server, lease } = command;
        const left = Math.floor((lease.until - this.#site.clock.now()) / 1_000);
        this.#grant(upgrade, server, lease.id, Math.max(left, 1));
        break;
      }
      case 'refuse': {
        const { server, because } = command;
        const request = this.#sessions.requestOf(server);
        this.#sessions.send(server, { type: 'refused', request, because });
        break;
      }
      case 'confirm': {
        const { server, lease, because } = command;
        const answer = because === null ? { go: true } : { go: false, because };
        this.#sessions.send(server, { type: 'confirmed', lease, ...answer });
        break;
      }
      case 'nudge':
        this.#once(`nudge ${upgrade} ${command.group}`, () => this.#nudge(upgrade, command));
        break;
      case 'want-agent':
        this.#own().wantAgent(command.wanted);
        break;
      default:
        // Two locked steps never share an answer: the later one asks for its own.
        this.#once(`${command.type} ${upgrade} ${lockOf(command)}`, () =>
          this.#longOrPause(upgrade, command),
        );
    }
  }

  #once(key: string, act: () => Promise<void>): void {
    if (this.#underWay.has(key)) return;
    this.#underWay.add(key);
    act()
      .catch((error: unknown) => sayBroken(this.#site, { err: error, key }, 'an effect failed'))
      .finally(() => this.#underWay.delete(key));
  }

  #grant(
    upgrade: UpgradeId,
    server: Parameters<Sessions['send']>[0],
    lease: Extract<Parameters<Sessions['send']>[1], { type: 'lease' }>['lease'],
    seconds: number,
  ): void {
    this.#once(`grant ${lease}`, async () => {
      const release = await this.#releaseOf(upgrade);
      if (release === null) return;
      const head = await toldHeadOf(this.#site);
      const request = this.#sessions.requestOf(server);
      this.#sessions.send(server, {
        type: 'lease',
        head,
        request,
        lease,
        digest: release.digest,
        seconds,
      });
    });
  }

  async #nudge(
    upgrade: UpgradeId,
    command: Extract<WorldCommand, { type: 'nudge' }>,
  ): Promise<void> {
    const { rows } = this.#site.journal;
    const { group, count: limit } = command;
    const staged = await rows.upgrades.rowsIn({ upgrade, group, state: 'staged', limit });
    for (const { server } of staged) {
      if (this.#sessions.isConnected(server)) this.#publisher.now(server);
      else {
        const event = { type: 'disconnected' } as const;
        this.#loop.post((inner) =>
          this.#upgrades().tell(inner, upgrade, { to: 'server', server, event }),
        );
      }
    }
  }

  /** What breaks (a disk, a permission) pauses the upgrade with its reason, instead of a silence. */
  async #longOrPause(upgrade: UpgradeId, command: LongCommand): Promise<void> {
    try {
      await this.#long(upgrade, command);
    } catch (error) {
      sayBroken(this.#site, { err: error, effect: command.type }, 'an effect failed');
      const detail = (error instanceof Error ? error.message : String(error)).slice(0, 500);
      const because = problem('EFFECT_FAILED', { effect: command.type, detail });
      this.tell(upgrade, { type: 'effect-failed', because });
    }
  }

  async #long(upgrade: UpgradeId, command: LongCommand): Promise<void> {
    const head = await this.#site.journal.rows.upgrades.head(upgrade);
    const release = await this.#releaseOf(upgrade);
    if (head === null || release === null) throw new Error(`upgrade ${upgrade} lost its release`);
    switch (command.type) {
      case 'stage-self':
        return this.#own().stage(upgrade, release);
      case 'switch-self':
        return this.#own().switch(head, release);
      case 'upgrade-agent':
        return this.#own().upgradeAgent(head, release);
      case 'lay-baseline':
        return this.#layBaseline(upgrade, release);
      case 'check-catalogue': {
        const drift = await this.#catalogue.check({ thorough: true });
        const drifts = drift === null ? 0 : driftCount(drift);
        return this.tell(upgrade, { type: 'checked', drifts, lockedAt: command.lockedAt });
      }
      case 'restore-catalogue': {
        const restored = await this.#catalogue.restore(`upgrade:${upgrade}`);
        return this.tell(
          upgrade,
          restored.ok
            ? { type: 'restored', lockedAt: command.lockedAt }
            : { type: 'effect-failed', because: restored.because },
        );
      }
    }
  }

  /** D6, D7: not passed until 'program' reads the target, here and in the catalogue. */
  async #layBaseline(upgrade: UpgradeId, release: Release): Promise<void> {
    const { self } = this.#site;
    const { kind, ordering, version: target } = release.manifest;
    const head = await this.#site.journal.rows.upgrades.head(upgrade);
    // It may be further by now, when a person upgraded it by itself meanwhile.
    const isBehind =
      self.digest !== release.digest && compareVersions(ordering, self.version, target) <= 0;
    if (kind === 'self' && head?.form === 'upgrade' && isBehind) {
      const because = problem('INFORMATION_SERVER_BEHIND', { running: self.version, target });
      return this.tell(upgrade, { type: 'effect-failed', because });
    }
    const laid = await this.#catalogue.offer({ releases: [release], contents: [] });
    this.tell(
      upgrade,
      laid.ok ? { type: 'baseline-laid' } : { type: 'effect-failed', because: laid.because },
    );
  }

  async #releaseOf(upgrade: UpgradeId): Promise<Release | null> {
    const head = await this.#site.journal.rows.upgrades.head(upgrade);
    if (head === null) return null;
    return this.#site.journal.rows.catalogue.release(head.release.digest);
  }
}
