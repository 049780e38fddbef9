/** Upgrades that an older journal brings back: none of them goes on before a person looked at it. */

import type { Parts } from '../parts.ts';
import { isUnsettled, settle } from '../record/restores.ts';

/** Somebody may have stopped an upgrade after the backup was made; only a person knows. */
export async function pauseRestored({
  loop,
  upgrades,
  site,
}: Pick<Parts, 'loop' | 'upgrades' | 'site'>): Promise<void> {
  if (!(await isUnsettled(site.journal.rows))) return;
  await loop.submit(async (rows) => {
    const effects: (() => void)[] = [];
    for (const { upgrade, finishedAt } of await rows.upgrades.openHeads()) {
      if (finishedAt !== null) continue;
      effects.push(...(await upgrades.pauseRestored(rows, upgrade)));
    }
    await settle(rows);
    return effects;
  });
}
