/**
 * Switches the daemons' own program: the release is put into a slot, and the launcher is asked.
 * The launcher stops this process, so the end of a switch is seen by another one, of the new
 * version or again of the old one. Absent: starting and stopping, which are the launcher's.
 */

import type { Cause, ComponentName, Digest, Instant, LeaseId } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import type { Result } from '#domain/result.ts';
import type { Clock } from '#ports/clock.ts';
import type { StagedReleases } from '#ports/installer.ts';
import type { LauncherLink } from '#ports/launcher.ts';
import type { Outcome, TrackState } from '#protocol/launcher/messages.ts';
import type { Installer, SwitchEnd } from './kind.ts';
import { limits } from './limits.ts';

/** A switch that was asked of the launcher, kept where every later process finds it. */
export type AskedSwitch = {
  readonly component: ComponentName;
  readonly digest: Digest;
  readonly slot: string;
  readonly tag: LeaseId;
  /** Wall time: what the launcher said earlier is not the answer; from `until` on, ask no more. */
  readonly at: Instant;
  readonly until: Instant;
};

export type SelfWorld = {
  readonly slots: StagedReleases;
  readonly launcher: LauncherLink | null;
  readonly clock: Clock;
  /** Kept before the launcher is asked; null: no longer open. */
  keep(asked: AskedSwitch | null): Promise<Result<null>>;
};

export function selfInstaller(world: SelfWorld): Installer {
  const { slots, launcher, clock } = world;
  return {
    refusal: () => (launcher === null ? problem('LAUNCHER_ABSENT', {}) : null),
    standing: () => slots.standing(),
    add: (release, file, from) => slots.add(release, file, from),
    isIntact: (release) => slots.isIntact(release),
    async switchTo(release, lease, proving) {
      if (launcher === null || lease === null) {
        return { end: 'failed', because: problem('LAUNCHER_ABSENT', {}) };
      }
      const { component } = release.manifest;
      const slot = slots.nameOf(release);
      const { id: tag, until } = lease;
      const asked = { component, digest: release.digest, slot, tag, at: clock.now(), until };
      const kept = await ask({ ...world, launcher }, asked);
      if (!kept.ok) {
        // Nor is it to be found later, when the disk takes what is remembered then.
        await world.keep(null);
        return { end: 'failed', because: kept.because };
      }
      return followSwitch({ ...world, launcher }, { asked, isNew: true, proving });
    },
  };
}

type WithLauncher = SelfWorld & { readonly launcher: LauncherLink };

/** What could not be kept is not asked: no later process would know what the launcher's word means. */
async function ask(world: WithLauncher, asked: AskedSwitch): Promise<Result<null>> {
  const kept = await world.keep(asked);
  if (!kept.ok) return kept;
  const { slot, tag } = asked;
  const { proveSeconds } = limits;
  world.launcher.requestSwitch({ track: 'program', slot, proveSeconds, tag });
  return kept;
}

export type Following = {
  readonly asked: AskedSwitch;
  /** False: an earlier process asked, and the launcher may never have heard of it. */
  readonly isNew: boolean;
  readonly proving: () => void;
};

/**
 * Waits for the launcher's word; the process may well end before it comes. As long as the lease
 * lasts, a launcher that never heard of it, or was itself ended before it began, is asked again.
 */
export async function followSwitch(world: WithLauncher, first: Following): Promise<SwitchEnd> {
  let following = first;
  let end: SwitchEnd | null = null;
  for (let attempt = 1; end === null; attempt++) {
    const word = await launcherWord(world, following);
    const now = world.clock.now();
    const { asked } = following;
    if (typeof word !== 'string') end = word;
    else if (attempt > limits.launcherAttemptsMax || now < asked.at || now >= asked.until) {
      end = unswitched;
    } else {
      following = { ...following, asked: { ...asked, at: now }, isNew: true };
      const kept = await ask(world, following.asked);
      if (!kept.ok) end = { end: 'failed', because: kept.because };
    }
  }
  await world.keep(null);
  return end;
}

function launcherWord(
  { clock, launcher }: WithLauncher,
  { asked, isNew, proving }: Following,
): Promise<SwitchEnd | 'unheard' | 'interrupted'> {
  return new Promise((resolve) => {
    const cancel = clock.after(limits.launcherMilliseconds, () => resolve(unswitched));
    launcher.onState(({ program }) => {
      if (program === undefined) return;
      const standing = standingOf(program, asked);
      if (standing === 'elsewhere' && (isNew || program.phase === 'proving')) return;
      cancel();
      if (standing === 'proving') proving();
      else resolve(standing === 'elsewhere' ? 'unheard' : standing);
    });
  });
}

const unswitched: SwitchEnd = {
  end: 'returned',
  cause: 'unknown',
  detail: 'the launcher did not switch while the lease lasted',
};

/** What the launcher's word means for a switch; `elsewhere`: it is not about that one. */
function standingOf(
  track: TrackState,
  { tag, slot, at }: AskedSwitch,
): SwitchEnd | 'proving' | 'interrupted' | 'elsewhere' {
  const { outcome } = track;
  if (outcome?.tag === tag && outcome.at >= at) {
    // The launcher itself was ended before anything was switched: that was no trial.
    return outcome.cause === 'interrupted' ? 'interrupted' : endOf(outcome);
  }
  const isOpen = track.phase === 'proving' && [track.slot, track.previous].includes(slot);
  return isOpen ? 'proving' : 'elsewhere';
}

const causes: Readonly<Record<string, Cause | undefined>> = {
  crash: 'health',
  memory: 'health',
  hang: 'health',
  start: 'health',
  health: 'health',
  disk: 'disk',
  timeout: 'timeout',
  network: 'network',
};

function endOf({ ended, cause, detail }: Outcome): SwitchEnd {
  if (ended === 'committed') return { end: 'installed' };
  const known = causes[cause ?? ''] ?? 'unknown';
  const text = `${cause ?? 'unknown'}: ${detail}`.slice(0, limits.detailCharactersMax);
  return { end: 'returned', cause: known, detail: text };
}

/** A switch that others asked for, in which this process is the new version. */
export function followProving(
  { launcher }: { readonly launcher: LauncherLink },
  slot: string,
): Promise<SwitchEnd> {
  return new Promise((resolve) => {
    launcher.onState(({ program }) => {
      if (program?.phase === 'committed' && program.slot === slot) resolve({ end: 'installed' });
    });
  });
}
