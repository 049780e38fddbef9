/** A fleet in a few numbers: what there is to choose from in a filter, and how each domain stands. */

import type { DomainName } from '../names.ts';
import type { ListedServer, SessionState } from './listed-server.ts';

export type Counted = { readonly value: string; readonly servers: number };

export type DomainCount = {
  readonly domain: DomainName;
  readonly servers: number;
  /** Without a session. */
  readonly silent: number;
  /** In a state that wants a person. */
  readonly troubled: number;
};

export type FleetOverview = {
  readonly servers: number;
  /** In the order of their names. */
  readonly domains: readonly DomainCount[];
  readonly programs: readonly Counted[];
  readonly sessions: readonly Counted[];
  readonly states: readonly Counted[];
  readonly groups: readonly Counted[];
  readonly contents: readonly {
    readonly component: string;
    readonly versions: readonly Counted[];
  }[];
  readonly rebootRecommended: number;
};

const troubles = new Set(['returned', 'vanished', 'held', 'absent']);

/** Values that are counted of each kind: a fleet with more has a problem that no filter solves. */
export const valuesMax = 200;

export function overviewOf(servers: readonly ListedServer[]): FleetOverview {
  const domains = new Map<DomainName, { servers: number; silent: number; troubled: number }>();
  const programs = new Map<string, number>();
  const sessions = new Map<SessionState, number>();
  const states = new Map<string, number>();
  const groups = new Map<string, number>();
  const contents = new Map<string, Map<string, number>>();
  let rebootRecommended = 0;
  for (const one of servers) {
    const count = domains.get(one.domain) ?? { servers: 0, silent: 0, troubled: 0 };
    count.servers += 1;
    if (one.session.state === 'none') count.silent += 1;
    if (troubles.has(one.state)) count.troubled += 1;
    domains.set(one.domain, count);
    add(programs, one.program ?? '');
    add(sessions, one.session.state);
    add(states, one.state);
    if (one.group !== null) add(groups, one.group);
    for (const { component, version } of one.contents) {
      const versions = contents.get(component) ?? new Map<string, number>();
      contents.set(component, versions);
      add(versions, version);
    }
    if (one.rebootRecommended !== null) rebootRecommended += 1;
  }
  return {
    servers: servers.length,
    domains: [...domains]
      .map(([domain, counts]) => ({ domain, ...counts }))
      .toSorted((left, right) => (left.domain < right.domain ? -1 : 1)),
    programs: countedOf(programs),
    sessions: countedOf(sessions),
    states: countedOf(states),
    groups: countedOf(groups),
    contents: [...contents].map(([component, versions]) => ({
      component,
      versions: countedOf(versions),
    })),
    rebootRecommended,
  };
}

function add<Value>(counts: Map<Value, number>, value: Value): void {
  counts.set(value, (counts.get(value) ?? 0) + 1);
}

/** The most frequent first. */
function countedOf(counts: ReadonlyMap<string, number>): readonly Counted[] {
  return [...counts]
    .map(([value, servers]) => ({ value, servers }))
    .toSorted((left, right) => right.servers - left.servers || (left.value < right.value ? -1 : 1))
    .slice(0, valuesMax);
}
