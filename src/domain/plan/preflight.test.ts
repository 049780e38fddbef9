import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Release, ReleaseManifest } from '../catalogue/release.ts';
import type { Site } from '../compatibility/order.ts';
import type { PreflightServer } from '../compatibility/requirements.ts';
import { brand } from '../names.ts';
import type { ComponentName, Digest, GroupName, Platform, ServerId, UpgradeId } from '../names.ts';
import type { ProblemCode } from '../problem.ts';
import type { PlannedGroup, UpgradePlan } from '../upgrade/plan.ts';
import { preflight, type Preflight, type PreflightInput } from './preflight.ts';

const program = brand<ComponentName>('program');
const cleanup64 = brand<ComponentName>('virus-clean-up-engine-64');
const digest = brand<Digest>('0'.repeat(64));
const linux = brand<Platform>('linux-x64');
const mebibyte = 1024 * 1024;

const manifest: ReleaseManifest = {
  format: 1,
  component: program,
  lane: 'program',
  kind: 'self',
  version: '5.80.1179',
  ordering: 'decimal',
  appliesTo: { min: '5.0', max: '5.80.1179' },
  needsComponents: [cleanup64],
  needs: { diskBytes: 200 * mebibyte, memoryBytes: 512 * mebibyte },
  precautions: [],
  returnTo: ['5.70.1000'],
  rebootRecommended: true,
  packages: [
    {
      platform: linux,
      treeDigest: digest,
      treeBytes: 150 * mebibyte,
      fileCount: 10,
      archive: { digest, bytes: 50 * mebibyte },
      proof: [],
    },
  ],
  catalogue: { version: '5.80', sections: [] },
};

function releaseWith(change: Partial<ReleaseManifest> = {}): Release {
  return { digest, manifest: { ...manifest, ...change } };
}

function server(name: string, change: Partial<PreflightServer> = {}): PreflightServer {
  return {
    server: brand<ServerId>(name),
    platform: linux,
    memoryBytes: 1_024 * mebibyte,
    diskBytesFree: 1_024 * mebibyte,
    versions: new Map([[program, '5.70.1000']]),
    connected: true,
    ...change,
  };
}

function group(name: string, servers: readonly string[], sampleMin = 1): PlannedGroup {
  return {
    name: brand<GroupName>(name),
    servers: servers.map((one) => brand<ServerId>(one)),
    from: 0,
    windows: [],
    hold: 'site',
    approve: false,
    gate: { percentMin: 95, sampleMin, soakSeconds: 60 },
  };
}

const plan: UpgradePlan = {
  upgrade: brand<UpgradeId>('to-5.80'),
  release: { component: program, version: '5.80.1179', digest },
  form: 'upgrade',
  groups: [group('A', ['a1', 'a2']), group('B', ['b1'])],
  agent: { upgrade: true, stop: true },
  leaseSeconds: 600,
  proveSeconds: 600,
  inFlightMax: 10,
  holdMinutesMax: 120,
  stageMinutesMax: 240,
  linkBitsPerSecond: 10_000_000,
  groupMinutesMax: null,
  mixedDaysMax: 90,
  precautionsRead: false,
  goAhead: [],
};

const site: Site = {
  programVersion: '5.70.1000',
  programOrdering: 'decimal',
  controlManager: { version: '5.0.4', components: [cleanup64] },
  holdsPossible: true,
};

const servers = [server('a1'), server('a2'), server('b1')];

type Change = {
  readonly plan?: Partial<UpgradePlan>;
  readonly release?: Partial<ReleaseManifest>;
  readonly site?: Partial<Site>;
  readonly servers?: readonly PreflightServer[];
};

function run(change: Change): Preflight {
  const input: PreflightInput = {
    plan: { ...plan, ...change.plan },
    release: releaseWith(change.release),
    site: { ...site, ...change.site },
    servers: change.servers ?? servers,
  };
  return preflight(input);
}

/** The reasons against, in order; with a go-ahead for each, whether it goes. */
function check(
  name: string,
  change: Change,
  expected: readonly ProblemCode[],
  goesWithGoAhead = false,
): void {
  test(name, () => {
    const plain = run(change);
    assert.deepEqual(
      plain.reasons.map((reason) => reason.because.code),
      expected,
    );
    assert.equal(plain.go, expected.length === 0);
    const goAhead = expected.map((code) => ({ code, reason: 'we know' }));
    const taken = run({ ...change, plan: { ...change.plan, goAhead } });
    assert.equal(taken.go, expected.length === 0 || goesWithGoAhead);
  });
}

check('nothing stands against it', {}, []);
check(
  'S2: a control manager below the level',
  { site: { controlManager: { version: '5.0.3', components: [] } } },
  ['CONTROL_MANAGER_LEVEL_LOW'],
);
check('S2: a control manager never seen', { site: { controlManager: null } }, [
  'CONTROL_MANAGER_UNSEEN',
]);
check(
  'S2: a release that needs no component needs no control manager',
  { site: { controlManager: null }, release: { needsComponents: [] } },
  [],
);
check(
  'N2: servers before their information server',
  { plan: { form: 'deployment' } },
  ['INFORMATION_SERVER_BEHIND'],
  true,
);
check(
  'N2: an information server that stands at the release',
  { plan: { form: 'deployment' }, site: { programVersion: '5.80.1179' } },
  [],
);
check(
  'N2: a program of its own has no tier order',
  { plan: { form: 'deployment' }, release: { kind: 'tree' } },
  [],
);
check(
  'an older release than what runs goes back, which is a decision',
  {
    release: { appliesTo: { min: '5.0', max: '6.0' } },
    servers: [
      server('a1', { versions: new Map([[program, '5.81.1200']]) }),
      server('a2'),
      server('b1', { versions: new Map([[program, '5.80.1179']]) }),
    ],
  },
  ['RELEASE_OLDER'],
  true,
);
check(
  "R2: the information server's own computer, though it stands in no group",
  {
    servers: [...servers, server('tokyo', { withInformationServer: true, diskBytesFree: 1 })],
  },
  ['DISK_TOO_SMALL'],
);
const ownComputer = server('tokyo', { withInformationServer: true, diskBytesFree: 1 });
check(
  "R2: the information server's own computer, of a program that does not run there",
  { release: { kind: 'tree' }, servers: [...servers, ownComputer] },
  [],
);
check(
  "R2: the information server's own computer, by a deployment that does not name it",
  {
    plan: { form: 'deployment' },
    site: { programVersion: '5.80.1179' },
    servers: [...servers, ownComputer],
  },
  [],
);
check(
  'S3: a server in two groups',
  { plan: { groups: [group('A', ['a1', 'a2']), group('B', ['b1', 'a1'])] } },
  ['SERVER_IN_TWO_GROUPS'],
);
check(
  'S3: a server that is not there',
  { plan: { groups: [group('A', ['a1', 'ghost']), group('B', ['a2', 'b1'])] } },
  ['PLAN_UNKNOWN_SERVER'],
);
check(
  'R2: too old to follow',
  {
    servers: [server('a1', { versions: new Map([[program, '4.99']]) }), server('a2'), server('b1')],
  },
  ['VERSION_OUT_OF_RANGE'],
);
check(
  'R2: the maximum itself is outside',
  {
    release: { version: '5.81', appliesTo: { min: '5.0', max: '5.70.1000' } },
    servers: [
      server('a1'),
      server('a2', { versions: new Map([[program, '5.58']]) }),
      server('b1', { versions: new Map([[program, '5.0']]) }),
    ],
  },
  ['VERSION_OUT_OF_RANGE'],
);
check(
  'R2: a version that cannot be one',
  {
    servers: [
      server('a1', { versions: new Map([[program, 'newest']]) }),
      server('a2'),
      server('b1'),
    ],
  },
  ['VERSION_OUT_OF_RANGE'],
);
check(
  'R2: a platform without a package',
  {
    servers: [
      server('a1', { platform: brand<Platform>('windows-x64') }),
      server('a2'),
      server('b1'),
    ],
  },
  ['PLATFORM_UNSUPPORTED'],
);
check(
  'R2: too little disk for archive and tree together',
  {
    servers: [
      server('a1', { diskBytesFree: 199 * mebibyte }),
      server('a2', { diskBytesFree: 200 * mebibyte }),
      server('b1'),
    ],
  },
  ['DISK_TOO_SMALL'],
);
check(
  'R2: too little memory',
  { servers: [server('a1', { memoryBytes: 1 }), server('a2'), server('b1')] },
  ['MEMORY_TOO_SMALL'],
);
check(
  'R2: a server that runs the release already is asked nothing',
  {
    servers: [
      server('a1', {
        memoryBytes: 1,
        diskBytesFree: 1,
        versions: new Map([[program, '5.80.1179']]),
      }),
      server('a2'),
      server('b1'),
    ],
  },
  [],
);
check(
  'R2: exactly as much disk and memory as is needed',
  {
    servers: [
      server('a1', { memoryBytes: 512 * mebibyte, diskBytesFree: 200 * mebibyte }),
      server('a2'),
      server('b1'),
    ],
  },
  [],
);
check(
  'R2: a byte less of each',
  {
    servers: [
      server('a1', { memoryBytes: 512 * mebibyte - 1, diskBytesFree: 200 * mebibyte - 1 }),
      server('a2'),
      server('b1'),
    ],
  },
  ['DISK_TOO_SMALL', 'MEMORY_TOO_SMALL'],
);
check(
  'R2: a server that has nothing of it yet must be able to run it too',
  { servers: [server('a1', { versions: new Map(), memoryBytes: 1 }), server('a2'), server('b1')] },
  ['MEMORY_TOO_SMALL'],
);
check(
  'what stands in no group is asked nothing',
  {
    release: { appliesTo: { min: '5.0', max: '6.0' } },
    servers: [
      ...servers,
      server('c1', { memoryBytes: 1, versions: new Map([[program, '5.81.1200']]) }),
    ],
  },
  [],
);
// 50 MiB a server at this speed: a minute, and then a second more.
const minuteForOne = { linkBitsPerSecond: (50 * mebibyte * 8) / 60, groupMinutesMax: 1 };
check(
  'S4: a group that just fits its time',
  { plan: { ...minuteForOne, groups: [group('A', ['a1']), group('B', ['b1'])] } },
  [],
);
check(
  'S4: a group that takes a second longer',
  {
    plan: {
      ...minuteForOne,
      linkBitsPerSecond: (50 * mebibyte * 8) / 61,
      groups: [group('A', ['a1']), group('B', ['b1'])],
    },
  },
  ['GROUP_TRAFFIC_TOO_MUCH', 'GROUP_TRAFFIC_TOO_MUCH'],
  true,
);
check(
  'S4: a group that does not fit its time',
  { plan: { groupMinutesMax: 1 } },
  ['GROUP_TRAFFIC_TOO_MUCH'],
  true,
);
check(
  'D1: a switch longer than the longest hold',
  { plan: { holdMinutesMax: 15 } },
  ['HOLD_NOT_COVERING'],
  true,
);
check('D1: a switch as long as the longest hold', { plan: { holdMinutesMax: 20 } }, []);
check(
  'D1: a switch a second longer than the longest hold',
  { plan: { holdMinutesMax: 20, leaseSeconds: 601 } },
  ['HOLD_NOT_COVERING'],
  true,
);
check(
  'S5: nothing can hold deliveries here',
  { site: { holdsPossible: false } },
  ['DELIVERIES_CANNOT_BE_HELD'],
  true,
);
check(
  'S4: everything in one group',
  { plan: { groups: [group('all', ['a1', 'a2', 'b1'])] } },
  ['ALL_IN_ONE_GROUP'],
  true,
);
check(
  'S4: the own computer of the information server is no second group',
  {
    plan: { groups: [group('all', ['a1', 'a2', 'b1'])] },
    servers: [...servers, server('is', { withInformationServer: true })],
  },
  ['ALL_IN_ONE_GROUP'],
  true,
);
check(
  'S4: a group without servers is no second group',
  { plan: { groups: [group('all', ['a1', 'a2', 'b1']), group('none', [], 0)] } },
  ['ALL_IN_ONE_GROUP'],
  true,
);
check(
  'S4: two servers in one group, and no other',
  { plan: { groups: [group('all', ['a1', 'a2'])] }, servers: [server('a1'), server('a2')] },
  ['ALL_IN_ONE_GROUP'],
  true,
);
check(
  'S4: one server is no stage to divide',
  { plan: { groups: [group('all', ['a1'])] }, servers: [server('a1')] },
  [],
);
check(
  'S4: a group of one and a group of more are two',
  { plan: { groups: [group('first', ['a1']), group('rest', ['a2', 'b1'])] } },
  [],
);
check(
  'S4: a deployment goes to whom it was sent, without stages',
  {
    plan: { form: 'deployment', groups: [group('all', ['a1', 'a2', 'b1'])] },
    site: { programVersion: '5.80.1179' },
  },
  [],
);
check(
  'S4: nor are they one when the first has a server that is not there',
  { plan: { groups: [group('first', ['ghost']), group('rest', ['a1', 'a2', 'b1'])] } },
  ['PLAN_UNKNOWN_SERVER'],
);
check(
  'S4: nor when the second has such a server',
  { plan: { groups: [group('all', ['a1', 'a2', 'b1']), group('more', ['ghost'])] } },
  ['PLAN_UNKNOWN_SERVER'],
);
check('a plan without groups has nothing against it', { plan: { groups: [] } }, []);
check(
  'S4: one group while others are held back',
  { plan: { groups: [group('A', ['a1', 'a2'])] } },
  [],
);
check('R1: precautions that nobody acknowledged', { release: { precautions: ['Reboot later.'] } }, [
  'PRECAUTIONS_UNREAD',
]);
check(
  'R1: acknowledged',
  { release: { precautions: ['Reboot later.'] }, plan: { precautionsRead: true } },
  [],
);
test("that a vendor's installer switches is said, and stands against nothing", () => {
  assert.equal(run({ release: { kind: 'command' } }).notAtomic, true);
  assert.equal(run({ release: { kind: 'tree' } }).notAtomic, undefined);
});
check(
  'a sample that its group cannot give',
  { plan: { groups: [group('A', ['a1', 'a2'], 3), group('B', ['b1'])] } },
  ['SAMPLE_LARGER_THAN_GROUP'],
);
check(
  'a sample of two from a group of one',
  { plan: { groups: [group('A', ['a1', 'a2']), group('B', ['b1'], 2)] } },
  ['SAMPLE_LARGER_THAN_GROUP'],
);
check(
  'a group without servers is asked for no sample',
  { plan: { groups: [group('A', ['a1', 'a2']), group('B', ['b1']), group('C', [], 1)] } },
  [],
);
check(
  'every reason is told at once',
  { site: { controlManager: null, holdsPossible: false }, plan: { groupMinutesMax: 1 } },
  ['CONTROL_MANAGER_UNSEEN', 'GROUP_TRAFFIC_TOO_MUCH', 'DELIVERIES_CANNOT_BE_HELD'],
);

test('R6: bytes and link time of each group, counted for servers that need it', () => {
  const answer = run({
    servers: [...servers, server('c1'), server('is', { withInformationServer: true })].map((one) =>
      one.server === 'a2' ? { ...one, versions: new Map([[program, '5.80.1179']]) } : one,
    ),
  });
  assert.deepEqual(answer.groups, [
    { name: 'A', servers: 2, bytes: 50 * mebibyte, linkSeconds: (50 * mebibyte * 8) / 10_000_000 },
    { name: 'B', servers: 1, bytes: 50 * mebibyte, linkSeconds: (50 * mebibyte * 8) / 10_000_000 },
  ]);
  assert.deepEqual(answer.unassigned, ['c1']);
});

test('a server to which a delta leads is counted with its bytes', () => {
  const answer = run({
    servers: servers.map((one) => (one.server === 'a2' ? { ...one, deltaBytes: 1_000 } : one)),
  });
  const [first] = answer.groups;
  assert.equal(first?.bytes, 50 * mebibyte + 1_000);
});

test("in no group: the information server's own computer only where it does not go first", () => {
  const all = [...servers, server('tokyo', { withInformationServer: true })];
  assert.deepEqual(run({ servers: all }).unassigned, []);
  assert.deepEqual(run({ servers: all, plan: { form: 'deployment' } }).unassigned, ['tokyo']);
});

test('a plan that names no link speed forecasts no time', () => {
  const answer = run({ plan: { linkBitsPerSecond: null, groupMinutesMax: 1 } });
  assert.deepEqual(
    answer.groups.map((one) => one.linkSeconds),
    [null, null],
  );
  assert.equal(answer.go, true);
});
