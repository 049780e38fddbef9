/**
 * I5: what a hold keeps back does not arrive while it lasts; afterwards only the newest does.
 *
 * Into the share nothing is committed under a hold, and no list that leaves offers what a hold keeps
 * back. A list that left before is heard as soon as it can be: until then a server may still install
 * what that one named, and nothing else.
 *
 * What people admitted as an emergency passes the holds of people, never that of an upgrade. Back goes a
 * site from what was withdrawn there, and from nothing else.
 */

import { compareVersions } from '#domain/catalogue/version.ts';
import type { SiteContent } from '#domain/fleet/content.ts';
import type { Hold } from '#domain/hold/hold.ts';
import type { ComponentName, HoldId, Instant, ServerId } from '#domain/names.ts';
import type { RowChange, SiteName } from '../observation.ts';
import { on, Violation, type Checker, type Seen } from './checker.ts';
import type { Memory } from './memory.ts';

type Movement = {
  readonly component: ComponentName;
  readonly version: string;
  readonly to: ServerId | 'share';
};

export function heldContent(memory: Memory): Checker {
  /** When the commit was, in the time of the world: at that very moment a list may be leaving. */
  const placedAt = new Map<HoldId, number>();
  const newest = new Map<string, SiteContent>();
  /** Versions that the record of a site names so. */
  const said = { 'content-withdrawn': new Set<string>(), 'content-admitted': new Set<string>() };

  function holdOver(site: SiteName, movement: Movement, now: number): Hold | null {
    const wall = memory.facts.wallNow(site);
    const isAdmitted = said['content-admitted'].has(keyOf(site, movement));
    for (const hold of memory.site(site).holds.values()) {
      const isOlder = (placedAt.get(hold.id) ?? -1) < now;
      if (isAdmitted && hold.owner.kind !== 'upgrade') continue;
      if (isOlder && isActive(hold, wall) && covers(hold, movement)) return hold;
    }
    return null;
  }

  function takesContent(site: SiteName, after: SiteContent, now: number): void {
    const { component, version, ordering } = after;
    const hold = holdOver(site, { component, version, to: 'share' }, now);
    if (hold !== null) {
      throw new Violation(5, `${component} ${version} came into ${site} under ${hold.id}`);
    }
    const key = `${site} ${component}`;
    const before = newest.get(key);
    const isOlder = before !== undefined && compareVersions(ordering, version, before.version) < 0;
    if (isOlder && !said['content-withdrawn'].has(keyOf(site, before))) {
      throw new Violation(5, `${component} of ${site} went from ${before.version} to ${version}`);
    }
    newest.set(key, after);
  }

  function commits({ site, rows }: Seen<'committed'>, now: number): void {
    for (const change of rows) {
      if (isPlaced(change)) placedAt.set(change.after.id, now);
      if (change.of !== 'record') continue;
      const { kind, detail } = change.entry;
      if (kind !== 'content-withdrawn' && kind !== 'content-admitted') continue;
      const { component, version } = detail;
      said[kind].add([site, component, version].join(' '));
    }
    for (const change of rows) if (change.of === 'content') takesContent(site, change.after, now);
  }

  function sends({ site, server, message }: Seen<'sent'>, now: number): void {
    if (message.type !== 'wanted' || memory.site(site).holds.size === 0) return;
    for (const { component, lane, version } of message.items) {
      const hold =
        lane === 'content' ? holdOver(site, { component, version, to: server }, now) : null;
      if (hold !== null) {
        throw new Violation(5, `${server} was offered ${component} ${version} under ${hold.id}`);
      }
    }
  }

  function switches({ server, component, lane, to, isReturn }: Seen<'switched'>): void {
    if (lane !== 'content' || isReturn || to === null) return;
    if (!memory.wishes.of(server).digests.has(to)) {
      throw new Violation(5, `${server} installed ${component}, which its last list did not name`);
    }
  }

  return {
    invariant: 5,
    sees: [
      on('committed', commits),
      on('sent', sends),
      on('switched', switches),
      on('journal-replaced', ({ site }) => {
        for (const key of newest.keys()) if (key.startsWith(`${site} `)) newest.delete(key);
      }),
    ],
  };
}

function keyOf(
  site: SiteName,
  { component, version }: { readonly component: ComponentName; readonly version: string },
): string {
  return [site, component, version].join(' ');
}

function isPlaced(change: RowChange): change is Extract<RowChange, { of: 'hold' }> {
  return change.of === 'hold' && change.before === null;
}

/** In the checker's own words, not in those that decide. */
function isActive({ from, until, releasedAt, isPlanned }: Hold, wall: Instant): boolean {
  // From the moment at which it was made, whatever a clock said then; one to come from its own on.
  if (isPlanned === true && wall < from) return false;
  return releasedAt === null && wall < until;
}

function covers({ scope }: Hold, { component, to }: Movement): boolean {
  if (!scope.lanes.includes('content')) return false;
  if (scope.components.length > 0 && !scope.components.includes(component)) return false;
  if (scope.servers === 'site') return true;
  return to !== 'share' && scope.servers.includes(to);
}
