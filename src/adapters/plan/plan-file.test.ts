import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brand, type Digest, type DomainName, type ServerId } from '#domain/names.ts';
import { goAheadCodes } from '#domain/compatibility/go-ahead.ts';
import type { Release } from '#domain/catalogue/release.ts';
import { plainManifest } from '#domain/catalogue/release.testing.ts';
import type { Problem } from '#domain/problem.ts';
import type { UpgradePlan } from '#domain/upgrade/plan.ts';
import { readDescribedPlan, readPlan, type PlanContext } from './plan-file.ts';

const now = Date.parse('2026-11-22T03:00:00Z');
const digest = brand<Digest>('a'.repeat(64));

const release: Release = { digest, manifest: plainManifest };

const context: PlanContext = {
  now,
  fleet: ['a1:tokyo', 'a2:tokyo', 'b1:osaka', 'is:tokyo'].map((pair) => {
    const [server = '', domain = ''] = pair.split(':');
    return {
      server: brand<ServerId>(server),
      domain: brand<DomainName>(domain),
      withInformationServer: server === 'is',
    };
  }),
  release: (component, version) =>
    component === 'program' && version === '5.80.1179' ? release : null,
};

function planOf(text: string, change: Partial<PlanContext> = {}): UpgradePlan {
  const answer = readPlan(text, 'plan.yaml', { ...context, ...change });
  if (!answer.ok) assert.fail(JSON.stringify(answer.because));
  return answer.value;
}

const head = "release: {version: '5.80.1179'}\n";

/** The exact place and what was expected there. */
function check(name: string, text: string, expected: Problem | [number, number, string]): void {
  test(name, () => {
    const answer = readPlan(text, 'plan.yaml', context);
    assert.ok(!answer.ok);
    if (!Array.isArray(expected)) return assert.deepEqual(answer.because, expected);
    const [line, column, what] = expected;
    assert.deepEqual(answer.because, {
      code: 'PLAN_UNREADABLE',
      with: { file: 'plan.yaml', line, column, expected: what },
    });
  });
}

test('the shortest plan gets sensible defaults', () => {
  const plan = planOf(`${head}groups: [{name: A, servers: [a1]}]\n`);
  assert.deepEqual(plan, {
    upgrade: 'program-5.80.1179-20261122T030000Z',
    release: { component: 'program', version: '5.80.1179', digest },
    form: 'upgrade',
    groups: [
      {
        name: 'A',
        servers: ['a1'],
        from: now,
        windows: [],
        hold: 'servers',
        approve: false,
        gate: { percentMin: 95, sampleMin: 1, soakSeconds: 1_800 },
      },
    ],
    agent: { upgrade: true, stop: true },
    inFlightMax: 20,
    leaseSeconds: 600,
    proveSeconds: 600,
    holdMinutesMax: 120,
    stageMinutesMax: 1_440,
    localMinutesMax: 10_080,
    groupMinutesMax: null,
    mixedDaysMax: 90,
    linkBitsPerSecond: null,
    precautionsRead: false,
    goAhead: [],
  });
});

test('a domain means its servers that no group names one by one, not the own computer', () => {
  const plan = planOf(`${head}groups:
  - {name: pilot, servers: [a2]}
  - {name: rest, domain: tokyo}
  - {name: mixed, domain: osaka}
`);
  assert.deepEqual(
    plan.groups.map((group) => group.servers),
    [['a2'], ['a1'], ['b1']],
  );
});

test('a plan says how long before its day a group downloads', () => {
  const groups = 'groups: [{name: A, servers: [a1]}]\n';
  assert.equal(planOf(`${head}stageAhead: 3d\n${groups}`).stageAheadMinutes, 3 * 24 * 60);
  assert.equal(planOf(`${head}${groups}`).stageAheadMinutes, undefined);
});

test('servers are upgraded by installers where the plan says so, of a group or single ones', () => {
  const plan = planOf(`${head}localMax: 30d
groups:
  - {name: A, servers: [a1], method: local}
  - {name: B, servers: [a2, b1], local: [b1]}
`);
  assert.deepEqual(
    plan.groups.map((group) => group.local),
    ['all', ['b1']],
  );
  assert.equal(plan.localMinutesMax, 43_200);
});

check(
  'an installer for a server that stands in another group',
  `${head}groups:\n  - {name: A, servers: [a1], local: [b1]}\n`,
  [3, 38, 'server-of-group'],
);

test('a day is an instant with its zone, now, or a while from now', () => {
  const plan = planOf(`${head}link: 10Mbit/s
groups:
  - {name: A, servers: [a1], from: '2026-11-25T20:00:00+09:00'}
  - {name: B, servers: [a2], from: '2026-11-25T20:00[Asia/Tokyo]'}
  - {name: C, servers: [b1], from: now+90s}
`);
  const tokyo = Date.parse('2026-11-25T11:00:00Z');
  assert.deepEqual(
    plan.groups.map((group) => group.from),
    [tokyo, tokyo, now + 90_000],
  );
  assert.equal(plan.linkBitsPerSecond, 10_000_000);
});

function windowsOf(window: string, from: string): readonly string[] {
  const plan = planOf(
    `${head}groups: [{name: A, servers: [a1], from: ${from}, windows: [${window}]}]\n`,
  );
  return (plan.groups[0]?.windows ?? []).map(
    (one) => `${new Date(one.from).toISOString()}/${new Date(one.until).toISOString()}`,
  );
}

test('a window over midnight is open already when the day begins inside it', () => {
  const windows = windowsOf(
    "{from: '20:00', until: '06:00', zone: Asia/Tokyo}",
    "'2026-11-25T01:00:00+09:00'",
  );
  assert.equal(windows[0], '2026-11-24T11:00:00.000Z/2026-11-24T21:00:00.000Z');
  assert.equal(windows[1], '2026-11-25T11:00:00.000Z/2026-11-25T21:00:00.000Z');
  assert.equal(windows.length, 93);
});

test('a window keeps its local hours when the clock is put forward and back', () => {
  const windows = windowsOf(
    "{from: '02:30', until: '04:00', zone: Europe/Berlin, days: [sun]}",
    "'2027-03-21T00:00:00+01:00'",
  );
  assert.deepEqual(windows.slice(0, 3), [
    '2027-03-21T01:30:00.000Z/2027-03-21T03:00:00.000Z',
    '2027-03-28T01:30:00.000Z/2027-03-28T02:00:00.000Z', // 02:30 does not exist: 03:30
    '2027-04-04T00:30:00.000Z/2027-04-04T02:00:00.000Z',
  ]);
});

test('windows that touch are one', () => {
  const windows = windowsOf(
    "{from: '20:00', until: '00:00'}, {from: '00:00', until: '06:00'}",
    "'2026-11-25T12:00:00Z'",
  );
  assert.equal(windows[0], '2026-11-25T20:00:00.000Z/2026-11-26T06:00:00.000Z');
});

test('precautions acknowledged at the start count as read', () => {
  const text = `${head}groups: [{name: A, servers: [a1]}]\n`;
  assert.equal(planOf(text, { acknowledged: true }).precautionsRead, true);
});

const groupA = 'groups: [{name: A, servers: [a1]}]\n';
check('a text that is no YAML', 'groups: [\n  {name: A\n', [
  3,
  1,
  'yaml: Flow map in block collection must be sufficiently indented and end with a }',
]);
check('a text that is no mapping', '- a\n', [
  1,
  1,
  'mapping: upgrade, release, zone, link, budget, groups, agent, inFlightMax, lease, prove, stageAhead, stageMax, localMax, holdMax, groupMax, mixedMax, precautionsRead, goAhead',
]);
check('a key twice', `${head}${groupA}${groupA}`, [3, 1, 'yaml: Map keys must be unique']);
check('a version without quotes', `release:\n  version: 5.80\n${groupA}`, [
  2,
  12,
  'quoted-version',
]);
check(
  'a key that is absent',
  'release:\n  component: program\ngroups: [{name: A, servers: [a1]}]\n',
  [2, 3, 'key-absent: version'],
);
check('a mistyped key, before the key that it was meant to be', `${head}zone: UTC\ngroup: []\n`, [
  3,
  1,
  'key-of: upgrade, release, zone, link, budget, groups, agent, inFlightMax, lease, prove, stageAhead, stageMax, localMax, holdMax, groupMax, mixedMax, precautionsRead, goAhead',
]);
check('a duration without its unit', `${head}lease: 10\n${groupA}`, [2, 8, 'duration']);
check('a duration too short to work', `${head}lease: 10ms\n${groupA}`, [2, 8, 'duration-min: 1s']);
for (const [key, longest] of [
  ['lease', '24h'],
  ['prove', '24h'],
  ['stageMax', '30d'],
  ['holdMax', '24h'],
  ['groupMax', '30d'],
  ['mixedMax', '366d'],
] as const) {
  const text = `${head}${key}: 9999999999999d\n${groupA}`;
  check(`${key} beyond its limit`, text, [2, key.length + 3, `duration-max: ${longest}`]);
}
check('a soak beyond its limit', `${head}groups: [{name: A, servers: [a1], gate: {soak: 31d}}]\n`, [
  2,
  48,
  'duration-max: 30d',
]);
for (const from of ['+275760-09-13T00:00:00Z', '-271821-04-20T00:00:00Z', 'now+99999999d']) {
  const window = "windows: [{from: '20:00', until: '06:00'}]";
  const text = `${head}groups: [{name: A, servers: [a1], from: '${from}', ${window}}]\n`;
  check(`a day beyond all plans: ${from}`, text, [2, 41, 'instant-near']);
}
check('a speed in bytes', `${head}link: 10MB/s\n${groupA}`, [2, 7, 'speed']);
check(
  'a gate inside a group',
  `${head}groups:\n  - name: A\n    servers: [a1]\n    gate:\n      percentMin: 950\n`,
  [6, 19, 'percent'],
);
check(
  'a time without a zone',
  `${head}groups:\n  - name: A\n    servers: [a1]\n    from: 2026-11-25T20:00:00\n`,
  [5, 11, 'instant'],
);
check(
  'a zone that does not exist',
  `${head}groups:\n  - name: A\n    servers: [a1]\n    windows:\n      - {from: '20:00', until: '06:00', zone: Asia/Tokio}\n`,
  [6, 47, 'zone'],
);
check(
  'a window of no length',
  `${head}groups:\n  - name: A\n    servers: [a1]\n    windows: [{from: '20:00', until: '20:00'}]\n`,
  [5, 38, 'window-length'],
);
check('a group of nobody', `${head}groups:\n  - name: A\n`, [3, 5, 'servers-or-domain']);
check(
  'a group name twice',
  `${head}groups:\n  - {name: A, servers: [a1]}\n  - {name: A, servers: [a2]}\n`,
  [4, 12, 'name-unique'],
);
check('a server twice in one group', `${head}groups: [{name: A, servers: [a1, a1]}]\n`, [
  2,
  34,
  'server-once',
]);
check('a domain that does not exist', `${head}groups: [{name: A, domain: kyoto}]\n`, [
  2,
  28,
  'domain-of: tokyo, osaka',
]);
check(
  'a go-ahead for what is never overridden',
  `${head}${groupA}goAhead: [{code: CONTROL_MANAGER_LEVEL_LOW, reason: because}]\n`,
  [3, 18, `one-of: ${goAheadCodes.join(', ')}`],
);
check('a server that does not exist', `${head}groups: [{name: A, servers: [ghost]}]\n`, {
  code: 'PLAN_UNKNOWN_SERVER',
  with: { server: 'ghost', group: 'A' },
});
check('a release that is not in the share', `release: {version: '5.90'}\n${groupA}`, {
  code: 'RELEASE_UNKNOWN',
  with: { component: 'program', version: '5.90' },
});

test('aliases that multiply without end are refused', () => {
  const bomb = Array.from({ length: 9 }, (_, level) =>
    level === 0
      ? 'a0: &a0 [x, x, x, x, x, x, x, x, x]'
      : `a${level}: &a${level} [${Array.from({ length: 9 }, () => `*a${level - 1}`).join(', ')}]`,
  ).join('\n');
  const answer = readPlan(bomb, 'plan.yaml', context);
  assert.ok(!answer.ok);
  assert.equal(answer.because.code, 'PLAN_UNREADABLE');
});

const many = (count: number, each: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => each(index)).join('');

/** How the reader's time grows, not how fast this computer is, so the bound is generous. */
function checkQuickly(name: string, text: string, place: [number, number], expected: RegExp): void {
  test(name, () => {
    const begun = performance.now();
    const answer = readPlan(text, 'plan.yaml', context);
    const milliseconds = performance.now() - begun;
    assert.ok(!answer.ok);
    assert.equal(answer.because.code, 'PLAN_UNREADABLE');
    const { line, column, expected: found } = answer.because.with;
    assert.deepEqual([line, column], place);
    assert.match(String(found), expected);
    assert.ok(milliseconds < 5_000, `${milliseconds} ms`);
  });
}

const keys = many(40_000, (index) => `key${index}: 1\n`);
checkQuickly('forty thousand keys', keys, [1, 1], /^key-of: /);
checkQuickly('and one of them twice', `${keys}key7: 1\n`, [40_001, 1], /^yaml: .*unique/);
checkQuickly('a text of five million characters', 'x'.repeat(5_000_000), [1, 1], /^text-max: 4 MB/);
checkQuickly('comments alone', '#\n'.repeat(1_500_000), [150_001, 2], /^text-max: 150000/);

test('lists in lists without end are refused, wherever the stack ends', () => {
  const answer = readPlan('['.repeat(100_000), 'plan.yaml', context);
  assert.ok(!answer.ok);
  assert.equal(answer.because.code, 'PLAN_UNREADABLE');
});

test('a hundred thousand servers fit', () => {
  const names = Array.from({ length: 100_000 }, (_, index) => `server-${index}`);
  const fleet = names.map((name) => ({
    server: brand<ServerId>(name),
    domain: brand<DomainName>('tokyo'),
  }));
  const listed = names.map((name) => `\n      - ${name}`).join('');
  const plan = planOf(`${head}groups:\n  - name: A\n    servers:${listed}\n`, { fleet });
  assert.equal(plan.groups[0]?.servers.length, 100_000);
});

const described = `
release: {version: '5.80.1179'}
link: 10Mbit/s
groups:
  - {name: A, servers: [files-01], hold: site}
  - {name: B, domain: nowhere, from: 'now+24h'}
  - {name: C}
`;

test('a plan without a site: its groups share the servers, whatever it lists', () => {
  const plan = readDescribedPlan(described, 'plan.yaml', { now: 1_000, servers: 8, sizes: null });
  assert.ok(plan.ok);
  const { groups, linkBitsPerSecond } = plan.value;
  assert.deepEqual(
    groups.map(({ name, servers, from, hold }) => [name, servers.length, from, hold]),
    [
      ['A', 3, 1_000, 'site'],
      ['B', 3, 86_401_000, 'servers'],
      ['C', 2, 1_000, 'servers'],
    ],
  );
  assert.equal(new Set(groups.flatMap(({ servers }) => servers)).size, 8);
  assert.equal(linkBitsPerSecond, 10_000_000);
});

test('a plan without a site is read as strictly as any other, and has no empty group', () => {
  const few = readDescribedPlan(described, 'plan.yaml', { now: 0, servers: 2, sizes: null });
  const wrong = readDescribedPlan('groups: []', 'plan.yaml', { now: 0, servers: 2, sizes: null });
  const codes = [few, wrong].map((plan) => (plan.ok ? 'read' : plan.because.code));
  assert.deepEqual(codes, ['SERVERS_FEWER_THAN_GROUPS', 'PLAN_UNREADABLE']);
});
