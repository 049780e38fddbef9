/** What time alone brings about: groups and deadlines, holds that end, servers that nobody heard go. */

import { holdsBegun, holdState, holdWarning, type Hold } from '#domain/hold/hold.ts';
import type { UpgradeHead } from '#domain/upgrade/state.ts';
import type { Rows } from '#ports/journal.ts';
import { limits } from './limits.ts';
import type { Parts } from './parts.ts';

/**
 * Time passed: groups and deadlines. A program that is young has
 * itself been away: it blames nobody for silence yet, and opens no group half of which still dials.
 */
export async function tickChange(
  parts: Parts,
  rows: Rows,
  isYoung: boolean,
): Promise<(() => void)[]> {
  const { site, upgrades, sessions } = parts;
  const now = site.clock.now();
  const effects: (() => void)[] = [];
  for (const head of await rows.upgrades.openHeads()) {
    if (isYoung && (await mayStillDial(parts, rows, head))) continue;
    effects.push(
      ...(await upgrades.tell(rows, head.upgrade, { to: 'head', event: { type: 'tick' } })),
    );
  }
  const due = isYoung ? [] : await rows.upgrades.rowsDue(now, limits.dueMax);
  for (const { upgrade, row } of due) {
    const connected = sessions.isConnected(row.server);
    const event = { type: 'deadline', connected } as const;
    effects.push(
      ...(await upgrades.tell(rows, upgrade, { to: 'server', server: row.server, event })),
    );
  }
  return effects;
}

/** Holds begin and end by themselves; what applies now is compared with what applied before. */
export class ActiveHolds {
  readonly #site: Parts['site'];
  /** null: this program is new and has nothing to compare with. */
  #active: string | null = null;
  readonly #warned = new Set<string>();

  constructor(site: Parts['site']) {
    this.#site = site;
  }

  /** Whether other holds stand than at the last look. */
  async look(rows: Rows): Promise<boolean> {
    const now = this.#site.clock.now();
    const holds = await rows.holds.holds(now);
    for (const hold of holdsBegun(holds, now)) {
      await rows.holds.putHold(hold);
      const { id, until, reason } = hold;
      const detail = { hold: id, until, reason };
      const who = 'information-server';
      await rows.log.appendRecord({ at: now, kind: 'hold-began', who, server: null, detail });
    }
    const standing = holds.filter((hold) => holdState(hold, now) === 'active');
    for (const hold of standing) this.#warn(hold, now);
    const active = standing.map(({ id }) => id).join(' ');
    const isChanged = this.#active !== null && this.#active !== active;
    this.#active = active;
    return isChanged;
  }

  /** Once of each: nobody looks at a list of holds all day. An upgrade sees to its own. */
  #warn(hold: Hold, now: number): void {
    const warning = hold.owner.kind === 'upgrade' ? null : holdWarning(hold, now);
    const key = `${hold.id} ${warning}`;
    if (warning === null || this.#warned.has(key)) return;
    this.#warned.add(key);
    const { id, until, reason } = hold;
    this.#site.log.warn({ event: 'hold-warning', warning, hold: id, until, reason }, 'a hold');
  }
}

/** Servers that left while this program was away itself: nobody heard them go. */
export async function missAbsent(
  { upgrades, sessions, rings }: Parts,
  rows: Rows,
): Promise<(() => void)[]> {
  const effects: (() => void)[] = [];
  await rings.outcomes.missSilent(rows, (server) => sessions.isConnected(server));
  for (const { upgrade, finishedAt, turn } of await rows.upgrades.openHeads()) {
    const group = (await upgrades.plan(rows, upgrade)).groups[turn]?.name;
    if (finishedAt !== null || group === undefined) continue;
    for (const { server } of await rows.upgrades.rowsIn({ upgrade, group, limit: 1e6 })) {
      if (sessions.isConnected(server)) continue;
      const event = { type: 'disconnected' } as const;
      effects.push(...(await upgrades.tell(rows, upgrade, { to: 'server', server, event })));
    }
  }
  return effects;
}

/** Servers of a group that would open now, and would be written down as absent. */
async function mayStillDial(
  { upgrades, sessions }: Parts,
  rows: Rows,
  { upgrade, turn, state }: UpgradeHead,
): Promise<boolean> {
  const planned = (await upgrades.plan(rows, upgrade)).groups[turn];
  if (state !== 'groups' || planned === undefined) return false;
  const group = await rows.upgrades.group(upgrade, planned.name);
  if (group?.state !== 'waiting') return false;
  return planned.servers.some((server) => !sessions.isConnected(server));
}
