/** Which servers stand in which domain, of those that a plan may name. */

import { useQueries } from '@tanstack/react-query';
import { useSession } from '../../app/session.tsx';
import { siteQuery } from '../../data/use-call.ts';
import type { DomainNames } from './membership.ts';

/** The information server's own normal server goes with it, in no group (D3). */
export function useDomainNames(domains: readonly string[]): DomainNames {
  const { place } = useSession();
  const answers = useQueries({
    queries: domains.map((domain) => siteQuery('fleet.names', { filter: { domains: [domain] } })),
  });
  return new Map(
    domains.map((domain, index) => {
      const servers: readonly string[] = answers[index]?.data?.servers ?? [];
      return [domain, servers.filter((server) => server !== place.name)];
    }),
  );
}
