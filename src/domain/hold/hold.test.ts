import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brand, type ComponentName, type HoldId, type ServerId, type UpgradeId } from '../names.ts';
import { holdOver, holdState, mayReleaseByHand, type Hold, type Movement } from './hold.ts';

const pattern = brand<ComponentName>('pattern');
const engine = brand<ComponentName>('engine');
const a1 = brand<ServerId>('a1');
const b1 = brand<ServerId>('b1');
const upgrade = brand<UpgradeId>('to-5.80');

function hold(change: Partial<Hold['scope']> & Partial<Omit<Hold, 'scope'>> = {}): Hold {
  const { servers = 'site', lanes = ['content'], components = [], ...rest } = change;
  return {
    id: brand<HoldId>('h1'),
    scope: { servers, lanes, components },
    reason: 'upgrade',
    owner: { kind: 'person', name: 'mori' },
    from: 100,
    until: 200,
    releasedAt: null,
    ...rest,
  };
}

function check(name: string, one: Hold, movement: Partial<Movement>, now: number, held: boolean) {
  test(`hold: ${name}`, () => {
    const whole = { lane: 'content', component: pattern, to: a1, ...movement } as const;
    assert.equal(holdOver([one], whole, now) !== null, held);
  });
}

check('a site hold keeps content from a server', hold(), {}, 150, true);
check('and from the share', hold(), { to: 'share' }, 150, true);
check('its first instant counts', hold(), {}, 100, true);
check('one that stands is not undone by a clock that was set back since', hold(), {}, 99, true);
check('its end does not', hold(), {}, 200, false);
check('not after its release', hold({ releasedAt: 120 }), {}, 150, false);
check('not the other lane', hold(), { lane: 'program' }, 150, false);
check(
  'both lanes when it says so',
  hold({ lanes: ['program', 'content'] }),
  { lane: 'program' },
  150,
  true,
);
check('only its servers', hold({ servers: [b1] }), {}, 150, false);
check('its servers', hold({ servers: [a1] }), {}, 150, true);
check(
  'a hold of servers lets content into the share',
  hold({ servers: [a1] }),
  { to: 'share' },
  150,
  false,
);
check('its components', hold({ components: [engine, pattern] }), {}, 150, true);
check(
  'a server may be named share, and is not the share',
  hold({ servers: [brand<ServerId>('share')] }),
  { to: 'share' },
  150,
  false,
);
check('only its components', hold({ components: [engine] }), {}, 150, false);
check(
  'an upgrade is not kept back by its own hold',
  hold({ lanes: ['program'], owner: { kind: 'upgrade', upgrade, key: 'A' } }),
  { lane: 'program', upgrade },
  150,
  false,
);

for (const other of [undefined, brand<UpgradeId>('to-5.90')]) {
  check(
    `an upgrade's hold keeps back what ${other ?? 'no upgrade'} moves`,
    hold({ owner: { kind: 'upgrade', upgrade, key: 'A' } }),
    { upgrade: other },
    150,
    true,
  );
}

test('hold: states follow the instants', () => {
  assert.equal(holdState(hold(), 99), 'active');
  assert.equal(holdState(hold(), 100), 'active');
  assert.equal(holdState(hold(), 199), 'active');
  assert.equal(holdState(hold(), 200), 'over');
  assert.equal(holdState(hold({ releasedAt: 150 }), 120), 'released');
});

test('hold: who may release', () => {
  assert.equal(mayReleaseByHand(hold(), 150), null);
  assert.equal(mayReleaseByHand(hold(), 250)?.code, 'HOLD_OVER');
  assert.equal(mayReleaseByHand(hold({ releasedAt: 150 }), 150)?.code, 'HOLD_OVER');
  const own = hold({ owner: { kind: 'upgrade', upgrade, key: 'A' } });
  assert.equal(mayReleaseByHand(own, 150)?.code, 'HOLD_OF_UPGRADE');
});
