import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  brand,
  type ComponentName,
  type DomainName,
  type HoldId,
  type ServerId,
  type UpgradeId,
} from '../names.ts';
import {
  holdOver,
  holdsBegun,
  holdState,
  holdWarning,
  mayReleaseByHand,
  type Hold,
  type Movement,
} from './hold.ts';

const pattern = brand<ComponentName>('pattern');
const engine = brand<ComponentName>('engine');
const [tokyo, osaka] = [brand<DomainName>('tokyo'), brand<DomainName>('osaka')];
const a1 = brand<ServerId>('a1');
const b1 = brand<ServerId>('b1');
const upgrade = brand<UpgradeId>('to-5.80');

function hold(change: Partial<Hold['scope']> & Partial<Omit<Hold, 'scope'>> = {}): Hold {
  const { servers = 'site', domains, lanes = ['content'], components = [], ...rest } = change;
  return {
    id: brand<HoldId>('h1'),
    scope: { servers, ...(domains === undefined ? {} : { domains }), lanes, components },
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
check('one that was planned begins at its beginning', hold({ isPlanned: true }), {}, 100, true);
check('and not before', hold({ isPlanned: true }), {}, 99, false);
check('once it began no clock that is set back ends it', hold({ isPlanned: false }), {}, 99, true);
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
check(
  'whoever stands in its domain',
  hold({ servers: [], domains: [tokyo] }),
  { domain: tokyo },
  150,
  true,
);
check(
  'nobody of another domain',
  hold({ servers: [], domains: [tokyo] }),
  { domain: osaka },
  150,
  false,
);
check(
  'a hold of a domain lets content into the share',
  hold({ servers: [], domains: [tokyo] }),
  { to: 'share', domain: tokyo },
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

test('hold: one that was planned has begun when its beginning was seen, and only then', () => {
  const planned = hold({ isPlanned: true });
  assert.equal(holdState(planned, 99), 'planned');
  assert.equal(holdState({ ...planned, releasedAt: 50 }, 99), 'released');
  assert.equal(holdState(planned, 200), 'over');
  assert.deepEqual(holdsBegun([planned, hold()], 99), []);
  const [begun] = holdsBegun([planned, hold()], 100);
  assert.ok(begun);
  assert.deepEqual(begun, { ...planned, isPlanned: false });
  assert.deepEqual(holdsBegun([begun], 150), []);
});

const hour = 3_600_000;
const day = 24 * hour;
function warns(name: string, lastsMs: number, elapsedMs: number, expected: string | null): void {
  test(`hold: ${name}: ${expected}`, () => {
    assert.equal(holdWarning(hold({ from: 0, until: lastsMs }), elapsedMs), expected);
  });
}
warns('two hours, twelve minutes before the end', 2 * hour, 2 * hour - 0.2 * hour, 'ends-soon');
warns('two hours, a quarter of an hour before the end', 2 * hour, 1.75 * hour, null);
warns('two hours, just before its last twelve minutes', 2 * hour, 1.8 * hour - 1, null);
warns('a quarter of an hour, at its beginning', 0.25 * hour, 0, null);
warns('a quarter of an hour, at its last minute', 0.25 * hour, 0.25 * hour - 60_000, null);
warns('twenty minutes, at its last one', 20 * 60_000, 19 * 60_000, null);
warns('a moment longer, at its last minute', 20 * 60_000 + 1, 19 * 60_000 + 1, 'ends-soon');
warns('a month, on its last day', 30 * day, 29 * day, 'ends-soon');
warns('a month, after six days', 30 * day, 6 * day, null);
warns('a month, just before a week', 30 * day, 7 * day - 1, null);
warns('a month, after a week', 30 * day, 7 * day, 'old');
warns('over', hour, hour, null);

test('hold: who may release', () => {
  assert.equal(mayReleaseByHand(hold({ isPlanned: true }), 50), null);
  assert.equal(mayReleaseByHand(hold(), 150), null);
  assert.equal(mayReleaseByHand(hold(), 250)?.code, 'HOLD_OVER');
  assert.equal(mayReleaseByHand(hold({ releasedAt: 150 }), 150)?.code, 'HOLD_OVER');
  const own = hold({ owner: { kind: 'upgrade', upgrade, key: 'A' } });
  assert.equal(mayReleaseByHand(own, 150)?.code, 'HOLD_OF_UPGRADE');
});
