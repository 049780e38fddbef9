/**
 * I17: an edit of a catalogue changes its own line and no other byte. Seen from outside: what is laid
 * down keeps every line of sections that stand for no release and no content. That the changed line
 * itself keeps its other bytes is shown over samples of real catalogues, by the test of that number.
 */

import { parseServerIni } from '#domain/catalogue/server-ini.ts';
import type { CatalogueRevision } from '#domain/catalogue/revision.ts';
import type { SiteName } from '../observation.ts';
import { othersIn } from './catalogue-lines.ts';
import { on, Violation, type Checker, type Seen } from './checker.ts';

export function ownLinesOnly(): Checker {
  const texts = new Map<SiteName, string | null>();
  const revisions = new Map<SiteName, CatalogueRevision>();

  function lays({ site, by, text }: Seen<'share-changed'>): void {
    const before = texts.get(site) ?? null;
    texts.set(site, text);
    const revision = revisions.get(site);
    if (by !== 'lay' || text === null || before === null || revision === undefined) return;
    if (!parseServerIni(before).ok) return;
    const ours = new Set(['pattern', ...revision.watched.map((one) => one.section.toLowerCase())]);
    if (othersIn(before, ours) !== othersIn(text, ours)) {
      throw new Violation(17, `laying down the catalogue of ${site} changed lines of others`);
    }
  }

  return {
    invariant: 17,
    sees: [
      on('share-changed', lays),
      on('committed', ({ site, rows }) => {
        for (const change of rows) if (change.of === 'revision') revisions.set(site, change.after);
      }),
      // An older journal has an older revision, which no commit tells.
      on('journal-replaced', ({ site }) => void revisions.delete(site)),
    ],
  };
}
