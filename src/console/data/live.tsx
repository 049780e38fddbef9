/**
 * Hears what changed and has it asked again. Connects anew by itself; a page that nobody looks at
 * hears nothing, and asks for everything when it is looked at again.
 */

import { useQueryClient, type QueryClient } from '@tanstack/react-query';
import { createContext, use, useEffect, useState, type ReactNode } from 'react';
import type { Problem } from '#domain/problem.ts';
import type { ChangedEvent } from '#protocol/console/events.ts';
import { readEvents } from './event-stream.ts';
import { Asking } from './asking.ts';
import { isNotSignedIn, sessionKey } from './query-client.ts';

export type Liveness =
  | { readonly state: 'live' }
  /** What is shown is of now; the page that shows it is of an earlier version of the server. */
  | { readonly state: 'outdated' }
  /** What is shown is as old as that. */
  | { readonly state: 'lost'; readonly since: number };

const Context = createContext<Liveness>({ state: 'live' });

/** Silence for so long is a lost connection: the server says something every few seconds. */
const silenceMs = 16_000;
/** An information server that upgrades itself is back within seconds, and is looked for as long. */
const pausesMs = [500, 1_000, 1_000, 2_000, 2_000, 2_000, 5_000, 10_000] as const;

export function Live({ children }: { readonly children: ReactNode }) {
  const queries = useQueryClient();
  const [liveness, setLiveness] = useState<Liveness>({ state: 'live' });
  useEffect(() => {
    const ended = new AbortController();
    void stayConnected(queries, setLiveness, ended.signal);
    return () => ended.abort();
  }, [queries]);
  return <Context value={liveness}>{children}</Context>;
}

export function useLiveness(): Liveness {
  return use(Context);
}

async function stayConnected(
  queries: QueryClient,
  say: (liveness: Liveness) => void,
  ended: AbortSignal,
): Promise<void> {
  const asking = new Asking(queries);
  let heardAt = Date.now();
  let failures = 0;
  while (!ended.aborted) {
    await untilVisible(ended);
    const because = await connectOnce(ended, (event) => {
      failures = 0;
      heardAt = Date.now();
      say({ state: isOutdated(event) ? 'outdated' : 'live' });
      asking.heard(event);
    });
    if (ended.aborted) return;
    asking.missed();
    // Nobody is waited for in vain: whoever asks who looks now comes to the page where one signs in.
    if (isNotSignedIn(because)) void queries.invalidateQueries({ queryKey: sessionKey });
    if (document.visibilityState === 'visible' && failures > 0) {
      say({ state: 'lost', since: heardAt });
    }
    await pause(pausesMs[Math.min(failures, pausesMs.length - 1)] ?? 0, ended);
    failures += 1;
  }
}

function isOutdated({ build = null }: ChangedEvent): boolean {
  const own = document.querySelector<HTMLMetaElement>('meta[name=dankai-build]')?.content;
  return own !== undefined && build !== null && build !== own;
}

/** Until the stream ends, falls silent, or nobody looks any more; why there was none, or null. */
async function connectOnce(
  ended: AbortSignal,
  hear: Parameters<typeof readEvents>[1],
): Promise<Problem | null> {
  const over = new AbortController();
  const end = (): void => over.abort();
  const look = (): void => {
    if (document.visibilityState === 'hidden') end();
  };
  let silence = window.setTimeout(end, silenceMs);
  ended.addEventListener('abort', end);
  document.addEventListener('visibilitychange', look);
  const because = await readEvents(over.signal, (event) => {
    window.clearTimeout(silence);
    silence = window.setTimeout(end, silenceMs);
    hear(event);
  }).catch(() => null);
  window.clearTimeout(silence);
  ended.removeEventListener('abort', end);
  document.removeEventListener('visibilitychange', look);
  return because;
}

function untilVisible(ended: AbortSignal): Promise<void> {
  if (document.visibilityState === 'visible') return Promise.resolve();
  return new Promise((done) => {
    const look = (): void => {
      if (document.visibilityState === 'hidden' && !ended.aborted) return;
      document.removeEventListener('visibilitychange', look);
      done();
    };
    document.addEventListener('visibilitychange', look);
    ended.addEventListener('abort', look, { once: true });
  });
}

function pause(milliseconds: number, ended: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const timer = window.setTimeout(done, milliseconds);
    ended.addEventListener(
      'abort',
      () => {
        window.clearTimeout(timer);
        done();
      },
      { once: true },
    );
  });
}
