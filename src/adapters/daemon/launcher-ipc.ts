/**
 * A daemon's side of the channel to its launcher (docs/protocol/launcher.md). Without a launcher
 * there is no link. A daemon that has one does not outlive it: two of one kind must never run.
 */

import type { LauncherLink, Tracks } from '#ports/launcher.ts';
import type {
  FromLauncher,
  LauncherSelf,
  SessionStanding,
  ToLauncher,
} from '#protocol/launcher/messages.ts';

/** A daemon whose own SIGTERM handling hangs ends all the same. */
const goodbyeMillisecondsMax = 3_000;
/** A fourth of the silence that a launcher bears. */
const aliveMilliseconds = 30_000;

export type LauncherChannel = LauncherLink & {
  /** null: it has said nothing yet, or cannot be renewed. */
  self(): LauncherSelf | null;
  /** Another one lies in `launcher/next`. */
  renew(): void;
};

export function connectLauncher(): LauncherChannel | null {
  if (process.send === undefined) return null;
  // The launcher was killed right after it started this process: a successor starts another one.
  if (!process.connected) process.exit(143);
  const listeners: ((tracks: Tracks) => void)[] = [];
  let tracks: Tracks | null = null;
  let self: LauncherSelf | null = null;

  process.on('message', (input) => {
    const message = parseFromLauncher(input);
    if (message === null) return;
    tracks = message.tracks;
    self = message.launcher ?? null;
    for (const act of listeners) act(message.tracks);
  });
  process.on('disconnect', () => {
    setTimeout(() => process.exit(143), goodbyeMillisecondsMax).unref();
    process.kill(process.pid, 'SIGTERM');
  });

  // The channel alone must not keep a daemon alive that has closed everything else.
  process.channel?.unref();

  const said = new Set<ToLauncher['type']>();
  /** Daemons may say it at every session; the launcher needs to hear it once per process. */
  function sayOnce(type: 'proven' | 'healthy'): void {
    if (said.has(type)) return;
    said.add(type);
    send({ v: 1, type });
  }

  let session: SessionStanding = 'away';
  function sayAlive(): void {
    send({ v: 1, type: 'alive', session });
    // An answer counts for the time in which it came; a session lasts until its end is told.
    if (session === 'answered') session = 'away';
  }
  let aliveness: NodeJS.Timeout | null = null;
  function beginAliveness(): void {
    aliveness ??= setInterval(sayAlive, aliveMilliseconds).unref();
  }

  return {
    proven: () => {
      sayOnce('proven');
      beginAliveness();
    },
    healthy: () => {
      sayOnce('healthy');
      beginAliveness();
    },
    session(standing) {
      // Told after the fact that the other side answers, it is accepted all the same.
      if (standing === 'answered' && session === 'accepted') return;
      session = standing;
    },
    requestSwitch: (request) => send({ v: 1, type: 'switch', ...request }),
    want: (request) => send({ v: 1, type: 'want', ...request }),
    onState(act) {
      listeners.push(act);
      if (tracks !== null) act(tracks);
    },
    state: () => tracks,
    self: () => self,
    renew: () => send({ v: 1, type: 'renew' }),
  };
}

function send(message: ToLauncher): void {
  // A closed channel means that the launcher is gone; 'disconnect' ends this process then.
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

/**
 * The launcher is trusted (it started this process) and version 1 stays; only the outline is
 * looked at, so that messages of later versions are passed over.
 */
function parseFromLauncher(input: unknown): FromLauncher | null {
  if (typeof input !== 'object' || input === null) return null;
  if (!('v' in input) || input.v !== 1 || !('type' in input) || input.type !== 'state') return null;
  if (!('tracks' in input) || typeof input.tracks !== 'object' || input.tracks === null)
    return null;
  return input as FromLauncher;
}
