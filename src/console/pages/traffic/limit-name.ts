/** How a limit is called where people read it. */

import type { BudgetView } from '#protocol/console/budget-calls.ts';
import { useWords } from '../../app/language.tsx';

export type LimitView = BudgetView['limits'][number];

export function useLimitName(): (limit: LimitView) => string {
  const words = useWords();
  return ({ of, domains = [] }) => {
    if (of.kind === 'site') return words.text('traffic.of.site');
    if (of.kind === 'server') return words.text('traffic.of.server');
    if (of.kind === 'upgrade') return words.text('traffic.of.upgrade', { name: of.name });
    return words.text('traffic.of.link', { name: of.name, domains: domains.join(', ') });
  };
}
