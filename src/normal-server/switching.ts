/** Carries out switches: looks whether what is staged is whole, has it switched, tells the end. */

import type { Release } from '#domain/catalogue/release.ts';
import type { ComponentName, Digest } from '#domain/names.ts';
import { problem, type Problem } from '#domain/problem.ts';
import type { Result } from '#domain/result.ts';
import type { Clock } from '#ports/clock.ts';
import type { WantedItem } from '#protocol/normal-server/messages.ts';
import { causeOf } from './cause.ts';
import type { Installer, SwitchEnd } from './kind.ts';
import type { HeldLease } from './progress.ts';
import type { StagingWorld } from './staging.ts';
import type { Event } from './state.ts';

/** A switch that an earlier process began. */
export type OpenSwitch = {
  readonly component: ComponentName;
  readonly release: Release | null;
  readonly digest: Digest;
  /** What is installed until it has ended. */
  readonly before: Digest | null;
  finish(proving: () => void): Promise<SwitchEnd>;
};

export type Switching = {
  prepare(item: WantedItem): Promise<void>;
  switchTo(item: WantedItem, held: HeldLease | null): Promise<void>;
  /** Finishes them one after the other. */
  resume(switches: readonly OpenSwitch[]): Promise<void>;
};

export function openSwitching(world: {
  readonly clock: Clock;
  readonly staging: Pick<StagingWorld, 'find' | 'against'>;
  installerOf(release: Release): Result<Installer>;
  /** After a switch to this release, before it is told. */
  installed(release: Release): Promise<void>;
  /** What was decided up to now stands on the disk, or cannot. */
  remembered(): Promise<Problem | null>;
  happen(event: Event): void;
  /** It may have been withdrawn while it was tried, or whoever could say so is not heard. */
  isWanted(item: WantedItem): boolean;
  /** The next hello says that something is not there any more. */
  greetAnew(): void;
}): Switching {
  const { clock, staging, happen } = world;

  async function installerFor(
    item: WantedItem,
  ): Promise<{ readonly installer: Installer; readonly release: Release } | null> {
    const release = await staging.find(item);
    const installer = release === null ? null : world.installerOf(release);
    return release !== null && installer?.ok === true
      ? { installer: installer.value, release }
      : null;
  }

  function wallTime(monotonic: number): number {
    return Math.round(clock.now() + monotonic - clock.monotonic());
  }

  async function ended(
    { component, digest, release }: Pick<OpenSwitch, 'component' | 'digest' | 'release'>,
    end: SwitchEnd,
  ): Promise<void> {
    switch (end.end) {
      case 'installed':
        if (release !== null) await world.installed(release);
        return happen({ type: 'installed', component, digest });
      case 'returned': {
        const { cause, detail, isNoneLeft = false } = end;
        happen({ type: 'returned', component, digest, cause, detail, isNoneLeft });
        if (isNoneLeft) world.greetAnew();
        return;
      }
      case 'failed': {
        const { because } = end;
        const cause = causeOf(because);
        return happen({ type: 'switch-failed', component, digest, because, cause });
      }
    }
  }

  return {
    async prepare(item) {
      const { component, digest } = item;
      const found = await installerFor(item);
      // A release may have been withdrawn since it was staged; staging it again says why.
      const intact =
        found !== null &&
        (await found.installer.isIntact(found.release)) &&
        (await staging.against(found.release)) === null;
      happen({ type: 'prepared', component, digest, intact });
    },
    async switchTo(item, held) {
      const { component, digest } = item;
      const found = await installerFor(item);
      if (found === null) {
        const because = problem('PACKAGE_ABSENT', { digest });
        return happen({ type: 'switch-failed', component, digest, because, cause: 'disk' });
      }
      const lease = held === null ? null : { id: held.id, until: wallTime(held.until) };
      const { installer, release } = found;
      await world.remembered();
      const proving = (): void => happen({ type: 'proving', component, digest });
      const end = await installer.switchTo(release, lease, proving, () => world.isWanted(item));
      await ended({ component, digest, release }, end);
    },
    async resume(switches) {
      for (const { component, digest, before, release, finish } of switches) {
        happen({ type: 'underway', component, digest, before });
        const end = await finish(() => happen({ type: 'proving', component, digest }));
        await ended({ component, digest, release }, end);
      }
    },
  };
}
