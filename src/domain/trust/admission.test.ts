import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problem } from '../problem.ts';
import {
  againstRule,
  agentIn,
  agentOf,
  controlManagerOf,
  informationServerOf,
  neighbourIn,
  normalServerOf,
  readerOf,
} from './admission.ts';
import { parseIdentity, type Identity } from './identity.ts';

const here = { site: 'tokyo', organisation: 'acme' };
const peers = [
  'tokyo.acme.dankai/normal-server/a1',
  'tokyo.acme.dankai/agent',
  'tokyo.acme.dankai/information-server',
  'osaka.acme.dankai/normal-server/a1',
  'osaka.acme.dankai/agent',
  'osaka.acme.dankai/information-server',
  'head-office.acme.dankai/control-manager',
  'tokyo.other.dankai/normal-server/a1',
  'tokyo.other.dankai/agent',
  'tokyo.other.dankai/information-server',
  'head-office.other.dankai/control-manager',
];

function identity(text: string): Identity {
  const parsed = parseIdentity(`spiffe://${text}`);
  assert.ok(parsed !== null, text);
  return parsed;
}

for (const [name, rule, admitted] of [
  ['a normal server of this site', normalServerOf(here), [0]],
  ['the agent of this site', agentOf(here), [1]],
  ['information servers of the organisation', neighbourIn('acme'), [2, 5]],
  ['readers of packages', readerOf(here), [0, 2, 5]],
  ['agents of the organisation', agentIn('acme'), [1, 4]],
  ['the information server of this site', informationServerOf(here), [2]],
  ['the control manager of the organisation', controlManagerOf('acme'), [6]],
] as const) {
  test(`${name}, and nobody else`, () => {
    const found = peers.flatMap((text, index) => (rule(identity(text)) ? [index] : []));
    assert.deepEqual(found, [...admitted]);
  });
}

test('who is refused is named; where nobody proves anything, nobody is refused', () => {
  const because = againstRule(agentOf(here), identity(peers[4] ?? ''));
  const peer = 'spiffe://osaka.acme.dankai/agent';
  assert.deepEqual(because, problem('PEER_NOT_ADMITTED', { peer }));
  assert.equal(againstRule(agentOf(here), null), null);
});
