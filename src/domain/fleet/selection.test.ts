import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  brand,
  type ComponentName,
  type DomainName,
  type GroupName,
  type ServerId,
} from '../names.ts';
import type { ListedServer } from './listed-server.ts';
import { overviewOf } from './overview.ts';
import { filterOf, ordered, type FleetFilter, type FleetSort } from './selection.ts';

function listed(name: string, of: Partial<ListedServer> = {}): ListedServer {
  return {
    server: brand<ServerId>(name),
    domain: brand<DomainName>('web'),
    program: '5.80',
    programs: [],
    contents: [],
    session: { state: 'new', since: 1 },
    lastSeen: 1,
    platform: 'linux-x64',
    os: 'Debian 12',
    state: 'idle',
    group: null,
    rebootRecommended: null,
    ...of,
  };
}

const pattern = brand<ComponentName>('pattern');
const fleet: readonly ListedServer[] = [
  listed('a1', { program: '5.58', domain: brand<DomainName>('database'), lastSeen: 7 }),
  listed('a2', { session: { state: 'none', since: null }, lastSeen: 5, state: 'vanished' }),
  listed('b1', { program: '5.7', group: brand<GroupName>('B'), rebootRecommended: 'scan engine' }),
  listed('b2', { contents: [{ component: pattern, version: '1.200' }], os: 'Windows 2019' }),
  listed('c1', { program: null, session: { state: 'old', since: 3 } }),
];

const namesOf = (servers: readonly ListedServer[]): string =>
  servers.map(({ server }) => server).join(' ');

const filters: readonly (readonly [FleetFilter, string])[] = [
  [{}, 'a1 a2 b1 b2 c1'],
  [{ search: 'WINDOWS' }, 'b2'],
  [{ search: ' b ' }, 'a1 a2 b1 b2 c1'],
  [{ search: 'b1' }, 'b1'],
  [{ search: '5.5' }, 'a1'],
  [{ domains: ['database', 'absent'] }, 'a1'],
  [{ programs: ['5.7', '5.58'] }, 'a1 b1'],
  [{ programs: [''] }, 'c1'],
  [{ sessions: ['none', 'old'] }, 'a2 c1'],
  [{ states: ['vanished'] }, 'a2'],
  [{ groups: ['B'] }, 'b1'],
  [{ groups: [''] }, 'a1 a2 b2 c1'],
  [{ contents: ['pattern 1.200'] }, 'b2'],
  [{ contents: ['pattern -'] }, 'a1 a2 b1 c1'],
  [{ rebootRecommended: true }, 'b1'],
  [{ rebootRecommended: false, sessions: ['new'] }, 'a1 b2'],
  [{ domains: [] }, 'a1 a2 b1 b2 c1'],
];

test('a filter lets through what every part of it names', () => {
  for (const [filter, names] of filters) {
    const found = fleet.filter(filterOf(filter, 'whole'));
    assert.equal(namesOf(found), names, JSON.stringify(filter));
  }
});

test('nobody sees what is not within his scope', () => {
  assert.equal(namesOf(fleet.filter(filterOf({}, ['database']))), 'a1');
  assert.equal(namesOf(fleet.filter(filterOf({ domains: ['web'] }, ['database']))), '');
});

const orders: readonly (readonly [FleetSort, string])[] = [
  [{ by: 'server', descending: false }, 'a1 a2 b1 b2 c1'],
  [{ by: 'server', descending: true }, 'c1 b2 b1 a2 a1'],
  // As decimals, which is what these versions are: 5.7 is newer than 5.58.
  [{ by: 'program', descending: false }, 'c1 a1 b1 a2 b2'],
  [{ by: 'program', descending: true }, 'a2 b2 b1 a1 c1'],
  [{ by: 'session', descending: false }, 'a2 c1 a1 b1 b2'],
  [{ by: 'lastSeen', descending: false }, 'a2 a1 b1 b2 c1'],
  [{ by: 'os', descending: true }, 'b2 a1 a2 b1 c1'],
  [{ by: 'state', descending: false }, 'a1 b1 b2 c1 a2'],
  [{ by: 'domain', descending: false }, 'a1 a2 b1 b2 c1'],
  [{ by: 'group', descending: true }, 'b1 a1 a2 b2 c1'],
  [{ by: 'rebootRecommended', descending: true }, 'b1 a1 a2 b2 c1'],
];

test('those alike keep the order of their names', () => {
  for (const [sort, names] of orders) {
    assert.equal(namesOf(ordered(fleet, sort)), names, JSON.stringify(sort));
  }
});

test('versions that are no decimals are ordered as text', () => {
  const servers = [listed('a', { program: '2.0-rc' }), listed('b', { program: '10.0' })];
  assert.equal(namesOf(ordered(servers, { by: 'program', descending: false })), 'b a');
});

test('an overview counts every server once, the most frequent value first', () => {
  const { servers, domains, programs, sessions, states, groups, contents, rebootRecommended } =
    overviewOf(fleet);
  assert.equal(servers, 5);
  assert.deepEqual(domains, [
    { domain: 'database', servers: 1, silent: 0, troubled: 0 },
    { domain: 'web', servers: 4, silent: 1, troubled: 1 },
  ]);
  assert.deepEqual(programs[0], { value: '5.80', servers: 2 });
  assert.deepEqual(sessions, [
    { value: 'new', servers: 3 },
    { value: 'none', servers: 1 },
    { value: 'old', servers: 1 },
  ]);
  assert.deepEqual(states[0], { value: 'idle', servers: 4 });
  assert.deepEqual(groups, [{ value: 'B', servers: 1 }]);
  assert.deepEqual(contents, [
    { component: 'pattern', versions: [{ value: '1.200', servers: 1 }] },
  ]);
  assert.equal(rebootRecommended, 1);
});
