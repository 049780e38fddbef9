/** Who stands in a ring, in a line: folders of sites, or domains and servers of one. */

import type { SetRingView } from '#protocol/console/ring-calls.ts';
import { useWords } from '../../app/language.tsx';

export function useMembers(): (ring: SetRingView) => string {
  const words = useWords();
  return ({ folders, domains, servers, takesOthers }) =>
    [
      ...folders,
      ...domains.map((domain) => words.text('content.domain', { domain })),
      ...(servers > 0 ? [words.text('upgrades.holdServers', { servers })] : []),
      ...(takesOthers ? [words.text('content.others')] : []),
    ].join(', ');
}
