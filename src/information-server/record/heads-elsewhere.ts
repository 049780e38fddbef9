/**
 * What an information server keeps elsewhere: heads of its record, and what must not come back when
 * an old journal is put back one day.
 */

import { Keeper, type Keeping } from '#elsewhere/keeper.ts';
import type { ToldHead } from '#domain/record/line.ts';
import { ok, type Result } from '#domain/result.ts';
import type { Revocations } from '#protocol/shared/revocations.ts';
import { limits } from '../limits.ts';
import type { Loop } from '../loop.ts';
import type { Refused } from '../enrolment/refused.ts';
import type { Site } from '../site.ts';
import { toldHeadOf } from './witnesses.ts';

/** Where to; it answers once the head is safe there. */
export type HeadsPlace = { readonly name: string; keep(head: ToldHead): Promise<Result<null>> };
export type RevocationsPlace = {
  readonly name: string;
  keep(revocations: Revocations): Promise<Result<null>>;
};

type Submit = Pick<Loop, 'submit'>;
type KeptOf = {
  readonly site: Site;
  readonly loop: Submit;
  readonly refused: Pick<Refused, 'all'>;
};
type Places = {
  readonly headsPlace?: HeadsPlace | null | undefined;
  readonly revocationsPlace?: RevocationsPlace | null | undefined;
};

export function keepersOf(
  { site, loop, refused }: KeptOf,
  { headsPlace = null, revocationsPlace = null }: Places,
): readonly Keeper[] {
  return [
    ...(headsPlace === null ? [] : [keptHeads(site, loop, headsPlace)]),
    ...(revocationsPlace === null
      ? []
      : [keptRevocations({ site, loop, refused }, revocationsPlace)]),
  ];
}

export function keptHeads(site: Site, loop: Submit, place: HeadsPlace): Keeper {
  return new Keeper({
    ...keeping(site, loop),
    file: place.name,
    kinds: { wrong: 'heads-not-kept', again: 'heads-kept-again' },
    everyMs: limits.headsElsewhereMs,
    linesMax: limits.headsElsewhereLines,
    isAlways: false,
    async keep() {
      const head = await toldHeadOf(site);
      const kept = await place.keep(head);
      return kept.ok ? ok(head.number) : kept;
    },
  });
}

/** Kept anew though nothing changed: when it was kept last says until when it is whole. */
export function keptRevocations({ site, loop, refused }: KeptOf, place: RevocationsPlace): Keeper {
  return new Keeper({
    ...keeping(site, loop),
    file: place.name,
    kinds: { wrong: 'revocations-not-kept', again: 'revocations-kept-again' },
    everyMs: limits.revocationsElsewhereMs,
    linesMax: Infinity,
    isAlways: true,
    async keep() {
      const at = site.clock.now();
      const { number } = await site.journal.rows.log.recordHead();
      const people = (await site.journal.rows.people.people()).map(({ name, role, scope }) => ({
        name,
        role,
        scope: scope === 'whole' ? scope : [...scope],
      }));
      const servers = refused.all();
      const kept = await place.keep({ format: 1, site: site.name, at, servers, people });
      return kept.ok ? ok(number) : kept;
    },
  });
}

function keeping(site: Site, loop: Submit) {
  return {
    clock: site.clock,
    log: site.log,
    lastLine: async () => (await site.journal.rows.log.recordHead()).number,
    say: (kind, detail) => {
      const at = site.clock.now();
      return loop.submit(async ({ log }) => {
        await log.appendRecord({ at, kind, who: 'information-server', server: null, detail });
        return [];
      });
    },
    isEnded: () => site.isEnded,
  } satisfies Partial<Keeping>;
}
