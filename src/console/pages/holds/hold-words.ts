/** What a hold covers and keeps back, in a line. */

import type { HoldView } from '#protocol/console/hold-calls.ts';
import type { ConsoleWords } from '#words/words-console.ts';

const namedMax = 3;

export function coverOf(
  words: ConsoleWords,
  { servers, domains, lanes, components }: HoldView,
): string {
  const named = [...domains, ...(servers === 'site' ? [] : servers)];
  const where =
    servers === 'site'
      ? words.text('holds.site')
      : [
          ...named.slice(0, namedMax),
          ...(named.length > namedMax
            ? [words.text('fleet.andMore', { servers: named.length - namedMax })]
            : []),
        ].join(', ');
  const what = lanes.map((lane) => words.text(`deployPage.lanes.${lane}`)).join(' + ');
  return [where, what, components.join(', ')].filter(Boolean).join(' · ');
}

export function keepsBackOf({ keepsBack }: HoldView): string | null {
  const named = keepsBack.map(({ component, version }) => `${component} ${version}`);
  return named.length === 0 ? null : named.join(', ');
}
