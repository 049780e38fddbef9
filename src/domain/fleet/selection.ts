/**
 * Which servers of a fleet a person looks at, and in which order: one filter, one order, and the
 * part of it that is in sight. Knows nothing of where the servers come from.
 */

import { compareVersions, parseVersion } from '../catalogue/version.ts';
import { covers, type Scope } from '../people/person.ts';
import type { ListedServer, SessionState } from './listed-server.ts';

/** Every part narrows; an absent one lets all through. Within a list one is enough. */
export type FleetFilter = {
  /** Part of the name, of the operating system, or of a version; case does not count. */
  readonly search?: string | undefined;
  readonly domains?: readonly string[] | undefined;
  readonly programs?: readonly string[] | undefined;
  readonly sessions?: readonly SessionState[] | undefined;
  readonly states?: readonly string[] | undefined;
  readonly groups?: readonly string[] | undefined;
  /** With that version of that content, as `component version`; `component -` is without any. */
  readonly contents?: readonly string[] | undefined;
  readonly rebootRecommended?: boolean | undefined;
};

export const fleetOrders = [
  'server',
  'domain',
  'program',
  'session',
  'lastSeen',
  'os',
  'state',
  'group',
  'rebootRecommended',
] as const;
export type FleetOrder = (typeof fleetOrders)[number];

export type FleetSort = { readonly by: FleetOrder; readonly descending: boolean };

type Test = (server: ListedServer) => boolean;

/** One function out of the parts that are there, so that each server is looked at once. */
export function filterOf(filter: FleetFilter, scope: Scope): Test {
  const tests: Test[] = [];
  const oneOf = (
    list: readonly string[] | undefined,
    of: (server: ListedServer) => string,
  ): void => {
    if (list === undefined || list.length === 0) return;
    const wanted = new Set(list);
    tests.push((server) => wanted.has(of(server)));
  };
  if (scope !== 'whole') tests.push(({ domain }) => covers(scope, [domain]));
  oneOf(filter.domains, ({ domain }) => domain);
  oneOf(filter.programs, ({ program }) => program ?? '');
  oneOf(filter.sessions, ({ session }) => session.state);
  oneOf(filter.states, ({ state }) => state);
  oneOf(filter.groups, ({ group }) => group ?? '');
  const { contents, rebootRecommended, search } = filter;
  if (contents !== undefined && contents.length > 0) tests.push(contentTest(contents));
  if (rebootRecommended !== undefined) {
    tests.push((server) => (server.rebootRecommended !== null) === rebootRecommended);
  }
  if (search !== undefined && search.trim() !== '') tests.push(searchTest(search));
  const [only] = tests;
  return tests.length === 1 && only !== undefined
    ? only
    : (server) => tests.every((test) => test(server));
}

function contentTest(wanted: readonly string[]): Test {
  const pairs = wanted.map((text) => {
    const [component = '', version = ''] = text.split(' ');
    return { component, version };
  });
  return ({ contents }) =>
    pairs.some(({ component, version }) => {
      const found = contents.find((one) => one.component === component);
      return (found?.version ?? '-') === version;
    });
}

/** Few systems and versions run on many servers: each text is looked through once. */
function searchTest(search: string): Test {
  const wanted = search.trim().toLowerCase();
  const known = new Map<string, boolean>();
  const has = (text: string): boolean => {
    let found = known.get(text);
    if (found === undefined) known.set(text, (found = text.toLowerCase().includes(wanted)));
    return found;
  };
  return ({ server, os, program }) =>
    server.toLowerCase().includes(wanted) || has(os) || (program !== null && has(program));
}

const sessionRank: Readonly<Record<SessionState, number>> = { none: 0, old: 1, new: 2 };

/**
 * The servers in that order, those alike in the order of their names. `servers` is in the order of
 * names already.
 */
export function ordered(
  servers: readonly ListedServer[],
  { by, descending }: FleetSort,
): readonly ListedServer[] {
  if (by === 'server') return descending ? servers.toReversed() : servers;
  const key = keyOf(by, servers);
  const keyed = servers.map((server) => ({ server, key: key(server) }));
  const sign = descending ? -1 : 1;
  keyed.sort((left, right) => (left.key < right.key ? -sign : left.key > right.key ? sign : 0));
  return keyed.map(({ server }) => server);
}

function keyOf(
  by: Exclude<FleetOrder, 'server'>,
  servers: readonly ListedServer[],
): (server: ListedServer) => string | number {
  switch (by) {
    case 'program': {
      const ranks = rankVersions(servers);
      return ({ program }) => ranks.get(program ?? '') ?? -1;
    }
    case 'session':
      return ({ session }) => sessionRank[session.state];
    case 'lastSeen':
      // Who is here is seen now.
      return ({ session, lastSeen }) => (session.state === 'none' ? (lastSeen ?? 0) : Infinity);
    case 'group':
      return ({ group }) => group ?? '';
    case 'rebootRecommended':
      return ({ rebootRecommended }) => rebootRecommended ?? '';
    default:
      return (server) => server[by];
  }
}

/** Few versions run on many servers: each pair is compared once, not with every server. */
function rankVersions(servers: readonly ListedServer[]): ReadonlyMap<string, number> {
  const versions = new Set<string>();
  for (const { program } of servers) if (program !== null) versions.add(program);
  const sorted = [...versions].toSorted(compareOwn);
  return new Map(sorted.map((version, rank) => [version, rank]));
}

function compareOwn(left: string, right: string): number {
  const areDecimal = parseVersion('decimal', left).ok && parseVersion('decimal', right).ok;
  if (areDecimal) return compareVersions('decimal', left, right);
  return left < right ? -1 : left > right ? 1 : 0;
}
