/**
 * Who looks, and at what: everything below it is only shown to somebody who is signed in. Knows of
 * each call whether this viewer may ask for it, by the same table as the server.
 */

import { createContext, use, type ReactNode } from 'react';
import { useQuery } from '@tanstack/react-query';
import type { z } from 'zod';
import { mayCall, controlManagerRights, informationServerRights } from '#domain/people/rights.ts';
import type { Person, Target } from '#domain/people/person.ts';
import type { Verdict } from '#domain/result.ts';
import type { peopleCalls } from '#protocol/console/people-calls.ts';
import { callPeople } from '../data/call.ts';
import { becauseOf, isNotSignedIn, sessionKey, valueOf } from '../data/query-client.ts';
import { Loaded } from '../parts/state/loaded.tsx';

export type Place = z.infer<(typeof peopleCalls)['console.show']['result']>;

type Session = { readonly viewer: Person; readonly place: Place };

const Context = createContext<Session | null>(null);
/** The site's time zone; null: not known yet. */
export const SiteZone = createContext<string | null>(null);

export function SignedIn(props: {
  /** Shown to whoever is not. */
  readonly otherwise: ReactNode;
  readonly children: ReactNode;
}) {
  const session = useQuery({
    queryKey: sessionKey,
    queryFn: async (): Promise<Session> => {
      const { person: name, role, scope } = valueOf(await callPeople('whoami', {}));
      const place = valueOf(await callPeople('console.show', {}));
      return { viewer: { name, role, scope }, place };
    },
  });
  if (isNotSignedIn(becauseOf(session.error))) return props.otherwise;
  return (
    <Loaded query={session}>
      {(value) => (
        <Context value={value}>
          <SiteZone value={value.place.timeZone}>{props.children}</SiteZone>
        </Context>
      )}
    </Loaded>
  );
}

export function useSession(): Session {
  const session = use(Context);
  if (session === null) throw new Error('a session is asked for outside of SignedIn');
  return session;
}

/** May this viewer ask for that call at all? `target`: what of the site it would touch. */
export function useMayCall(): (call: string, target?: Target) => Verdict {
  const { viewer, place } = useSession();
  const rights = place.tier === 'control-manager' ? controlManagerRights : informationServerRights;
  return (call, target = 'nothing') => mayCall(rights, { person: viewer, call, target });
}
