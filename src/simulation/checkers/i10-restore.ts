/**
 * I10: a restore brings back what drifted and nothing else; newer content and other people's lines
 * stay. A catalogue that was gone or could not be read is laid down whole: nothing was left to stay.
 */

import { parseServerIni } from '#domain/catalogue/server-ini.ts';
import type { CatalogueRevision } from '#domain/catalogue/revision.ts';
import type { SiteName } from '../observation.ts';
import { keyOf, linesOf } from './catalogue-lines.ts';
import { on, Violation, type Checker, type Seen } from './checker.ts';

export function restoreIsExact(): Checker {
  const texts = new Map<SiteName, string | null>();
  const revisions = new Map<SiteName, CatalogueRevision>();

  function changes({ site, by, text }: Seen<'share-changed'>): void {
    const before = texts.get(site) ?? null;
    const revision = revisions.get(site);
    texts.set(site, text);
    if (by !== 'restore' || before === null || text === null || revision === undefined) return;
    if (!parseServerIni(before).ok || before === text) return;
    const left = leftOut(before, text, revision);
    if (left !== null) {
      throw new Violation(
        10,
        `a restore at ${site} took the line '${left}', which had not drifted`,
      );
    }
  }

  return {
    invariant: 10,
    sees: [
      on('share-changed', changes),
      on('committed', ({ site, rows }) => {
        for (const change of rows) if (change.of === 'revision') revisions.set(site, change.after);
      }),
      // An older journal has an older revision, which no commit tells.
      on('journal-replaced', ({ site }) => void revisions.delete(site)),
    ],
  };
}

/** A line that was there before, is not ours or says what the revision says, and is gone. */
function leftOut(before: string, after: string, revision: CatalogueRevision): string | null {
  const watched = new Set(revision.watched.map(({ section }) => section.toLowerCase()));
  const ours = new Set<string>();
  for (const line of linesOf(revision.text)) {
    const key = keyOf(line);
    if (key !== null) ours.add(`${line.section} ${key}`);
  }
  const left = new Set(linesOf(after).map(({ section, text }) => `${section}\n${text.trim()}`));
  const said = new Set(
    linesOf(revision.text).map(({ section, text }) => `${section}\n${text.trim()}`),
  );
  for (const line of linesOf(before)) {
    const key = keyOf(line);
    if (key === null) continue;
    const whole = `${line.section}\n${line.text.trim()}`;
    const mayChange = watched.has(line.section) || ours.has(`${line.section} ${key}`);
    if (!left.has(whole) && (!mayChange || said.has(whole))) return line.text;
  }
  return null;
}
