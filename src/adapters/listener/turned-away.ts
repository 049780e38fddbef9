/**
 * What a tier does about peers that it turned away: each is logged, and the record is told as
 * `domain/trust/refusals.ts` says. Knows nothing of why somebody may not come in.
 */

import type { Logger } from 'pino';
import type { ServerId } from '#domain/names.ts';
import type { RecordEntry } from '#domain/record/line.ts';
import { identityText } from '#domain/trust/identity.ts';
import {
  noRefusals,
  refusalLimits,
  refusalsDue,
  refusedOnce,
  type RefusalLine,
} from '#domain/trust/refusals.ts';
import type { Clock } from '#ports/clock.ts';
import type { RefusedPeer } from '#ports/link.ts';
import { TokenBucket } from '../link/token-bucket.ts';

type Options = {
  readonly clock: Clock;
  readonly log: Logger;
  readonly append: (line: RecordEntry) => Promise<void>;
  /** Tests look more often. */
  readonly lookMs?: number;
};

export type TurnedAway = {
  readonly say: (peer: RefusedPeer) => void;
  /** Writes what was counted and not told yet. */
  close(): Promise<void>;
};

/** Beyond it the log has only their number: its disk is not theirs to fill. */
const logged = { perSecond: 5, burst: 100 } as const;
const lookMsDefault = 60_000;

export function openTurnedAway({ clock, log, append, lookMs }: Options): TurnedAway {
  const bucket = new TokenBucket(logged, clock.monotonic());
  const servers = new Map<string, ServerId>();
  let refusals = noRefusals;
  let unlogged = 0;
  const write = (line: RefusalLine): Promise<void> =>
    append(entryOf(line, servers.get(line.name) ?? null, clock.now())).catch((error: unknown) =>
      log.error({ err: error }, 'the record does not say who was turned away'),
    );
  const due = async (now: number): Promise<void> => {
    const next = refusalsDue(refusals, now);
    refusals = next.refusals;
    for (const name of servers.keys()) if (!refusals.has(name)) servers.delete(name);
    await Promise.all(next.lines.map(write));
  };
  let cancel = (): void => undefined;
  const look = (): void => {
    void due(clock.now());
    cancel = clock.after(lookMs ?? lookMsDefault, look);
  };
  look();
  return {
    say({ remote, identity, because }) {
      const name = identity === null ? remote : identityText(identity);
      if (bucket.take(clock.monotonic()) > 0) unlogged += 1;
      else {
        const peer = identity === null ? null : name;
        log.warn({ event: 'peer-refused', remote, peer, because, unlogged }, 'peer-refused');
        unlogged = 0;
      }
      const { code } = because;
      const next = refusedOnce(refusals, { name, remote, code }, clock.now());
      refusals = next.refusals;
      if (identity?.role === 'normal-server' && refusals.has(name)) {
        servers.set(name, identity.server);
      }
      if (next.line !== null) void write(next.line);
    },
    async close() {
      cancel();
      await due(clock.now() + refusalLimits.quietMs);
    },
  };
}

function entryOf(
  { name: who, count, codes, remotes }: RefusalLine,
  server: ServerId | null,
  at: number,
): RecordEntry {
  const detail = { count, codes, remotes };
  return { at, kind: 'peer-refused', who, server, detail };
}
