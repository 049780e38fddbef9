/**
 * Reasons against an upgrade, at a real information server: each is said by its own code and
 * changes nothing; what a person takes upon himself stands in the record with his reason.
 */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { brand, type ComponentName } from '#domain/names.ts';
import type { ProblemCode } from '#domain/problem.ts';
import type { SelfRelease } from '../../scripts/release/release.ts';
import {
  becauseOf,
  makeRelease,
  newVersion,
  oldVersion,
  serverId,
  SiteForTests,
} from './site-for-tests.ts';

const servers = ['a1', 'a2', 'b1'];

/** One release for each thing that may be wrong with one; all run the same program. */
const others = {
  unknownComponent: { version: '5.81.1000', needsComponents: ['pattern', 'mail-scan-engine'] },
  absurdDisk: { version: '5.82.1000', needs: { diskBytes: 2 ** 50 } },
  absurdMemory: { version: '5.83.1000', needs: { memoryBytes: 2 ** 50 } },
  tooYoung: { version: '5.84.1000', min: '5.75' },
  byWayOf: {
    version: '5.86.1000',
    floors: ['5.75'],
    prerequisites: [
      { component: brand<ComponentName>('scan-engine'), ordering: 'dotted', min: '9.8' },
    ],
  },
  next: { version: '5.85.1000' },
} as const satisfies Record<string, Partial<SelfRelease>>;

type Plan = {
  readonly version?: string;
  readonly groups?: readonly string[];
  readonly more?: readonly string[];
};

const twoGroups = ['{name: A, servers: [a1, a2]', '{name: B, servers: [b1]'];
const oneGroup = ['{name: A, servers: [a1, a2, b1]'];

function planFile({ version = newVersion, groups = twoGroups, more = [] }: Plan): string {
  const lines = groups.map((group) => `  - ${group}, gate: {soak: 0s}}`);
  return [`release: {version: '${version}'}`, 'groups:', ...lines, 'lease: 30s', 'prove: 30s']
    .concat(more)
    .join('\n');
}

/** Read by the person, so that only the reason of the case stands against it. */
const read = 'precautionsRead: true';

type Reason = { readonly code: ProblemCode; readonly values?: object };

describe('preflight at a running information server', () => {
  let site: SiteForTests;

  before(async () => {
    site = await SiteForTests.begin({
      servers,
      new: { precautions: ['Stop the backup first.'], rebootRecommended: true },
    });
    await site.importNew();
    for (const release of Object.values(others)) {
      const outFile = join(site.folder, `${release.version}.release`);
      const needsComponents = 'needsComponents' in release ? [...release.needsComponents] : [];
      await makeRelease({ ...release, needsComponents, outFile });
      await site.importNew(outFile);
    }
  });
  after(async () => {
    await site?.end();
  });

  /** All of the journal that an upgrade would change, read from the file itself. */
  function journal(): unknown {
    const data = join(site.site.informationServer.root, 'tracks/program/current/data');
    const database = new DatabaseSync(join(data, 'journal.sqlite'), { readOnly: true });
    try {
      const tables = [
        'upgrades',
        'upgrade_groups',
        'upgrade_servers',
        'desired',
        'holds',
        'record',
      ];
      // That the start was refused stands in the record; nothing else does.
      const rows = (table: string) =>
        database.prepare(`select * from ${table} order by rowid`).all();
      return tables.map((table) => [
        table,
        rows(table).filter(({ kind }) => kind !== 'upgrade-refused'),
      ]);
    } finally {
      database.close();
    }
  }

  const isSaid = (because: { readonly code: string; readonly with: object }, reason: Reason) => {
    assert.equal(because.code, reason.code);
    assert.deepEqual({ ...because.with, ...reason.values }, because.with);
  };

  /** Shown by `upgrade plan`, refused by `upgrade start`, and nothing is different afterwards. */
  async function isRefused(plan: Plan, reasons: readonly Reason[]): Promise<void> {
    const before = journal();
    const text = planFile(plan);
    const found = await site.ask('upgrade.plan', { file: 'plan.yaml', text });
    assert.equal(found.go, false);
    const open = found.reasons.filter(({ accepted }) => !accepted);
    assert.deepEqual(
      open.map(({ because }) => because.code),
      reasons.map(({ code }) => code),
    );
    for (const [index, reason] of reasons.entries()) {
      const said = open[index]?.because;
      assert.ok(said !== undefined);
      isSaid(said, reason);
    }
    const params = { file: 'plan.yaml', text };
    const because = becauseOf('upgrade.start', await site.site.call('upgrade.start', params));
    const [only] = reasons;
    if (reasons.length === 1 && only !== undefined) isSaid(because, only);
    else isSaid(because, { code: 'PREFLIGHT_FAILED', values: { count: reasons.length } });
    assert.deepEqual(journal(), before, 'nothing changed');
  }

  test('the control manager knows not every component of the release; no go-ahead helps (S2)', async () => {
    await isRefused({ version: others.unknownComponent.version }, [
      { code: 'CONTROL_MANAGER_LEVEL_LOW', values: { components: 'mail-scan-engine' } },
    ]);
    const goAhead = "goAhead: [{code: CONTROL_MANAGER_LEVEL_LOW, reason: 'we dare'}]";
    const text = planFile({ version: others.unknownComponent.version, more: [goAhead] });
    const params = { file: 'plan.yaml', text };
    const because = becauseOf('upgrade.start', await site.site.call('upgrade.start', params));
    assert.equal(because.code, 'PLAN_UNREADABLE', 'it may not even be named');
  });

  test('a disk or a memory too small is said of every server, its own computer included (R2, D3)', async () => {
    const everybody = ['a1', 'a2', 'b1', 'tokyo'];
    for (const [release, code] of [
      [others.absurdDisk, 'DISK_TOO_SMALL'],
      [others.absurdMemory, 'MEMORY_TOO_SMALL'],
    ] as const) {
      const values = { bytesNeeded: 2 ** 50 };
      await isRefused(
        { version: release.version },
        everybody.map((server) => ({ code, values: { ...values, server } })),
      );
    }
  });

  test('a running version out of the range of the release is said with both (R2)', async () => {
    const { version, min } = others.tooYoung;
    await isRefused(
      { version },
      ['a1', 'a2', 'b1', 'tokyo'].map((server) => ({
        code: 'VERSION_OUT_OF_RANGE',
        values: { server, running: oldVersion, min },
      })),
    );
  });

  test('what must be there beforehand, and where the way leads first, is signed with the release', async () => {
    const { version } = others.byWayOf;
    await isRefused(
      { version },
      ['a1', 'a2', 'b1', 'tokyo'].flatMap((server) => [
        { code: 'FLOOR_NOT_REACHED', values: { server, running: oldVersion, floor: '5.75' } },
        { code: 'PREREQUISITE_ABSENT', values: { server, component: 'scan-engine', min: '9.8' } },
      ]),
    );
    for (const code of ['FLOOR_NOT_REACHED', 'PREREQUISITE_ABSENT']) {
      const goAhead = `goAhead: [{code: ${code}, reason: 'we dare'}]`;
      const params = { file: 'plan.yaml', text: planFile({ version, more: [goAhead] }) };
      const because = becauseOf('upgrade.start', await site.site.call('upgrade.start', params));
      assert.equal(because.code, 'PLAN_UNREADABLE', `${code} may not even be named`);
    }
  });

  test('a server in two groups, and a gate that asks for more servers than there are (S3)', async () => {
    await isRefused(
      { groups: ['{name: A, servers: [a1, a2]', '{name: B, servers: [a2, b1]'], more: [read] },
      [{ code: 'SERVER_IN_TWO_GROUPS', values: { server: 'a2', groups: 'A, B' } }],
    );
    const before = journal();
    const text = planFile({ more: [read] }).replace('[b1], gate: {', '[b1], gate: {sampleMin: 2, ');
    const params = { file: 'plan.yaml', text };
    const because = becauseOf('upgrade.start', await site.site.call('upgrade.start', params));
    isSaid(because, {
      code: 'SAMPLE_LARGER_THAN_GROUP',
      values: { group: 'B', sampleMin: 2, servers: 1 },
    });
    assert.deepEqual(journal(), before, 'nothing changed');
  });

  test('a hold that cannot cover one switch (D1)', async () => {
    await isRefused({ more: [read, 'holdMax: 20s'] }, [{ code: 'HOLD_NOT_COVERING' }]);
  });

  test('precautions that nobody has read, and everybody in one group (R1, S4)', async () => {
    await isRefused({}, [{ code: 'PRECAUTIONS_UNREAD', values: { version: newVersion } }]);
    await isRefused({ groups: oneGroup, more: [read] }, [
      { code: 'ALL_IN_ONE_GROUP', values: { group: 'A', servers: 3 } },
    ]);
    await isRefused({ groups: oneGroup }, [
      { code: 'ALL_IN_ONE_GROUP' },
      { code: 'PRECAUTIONS_UNREAD' },
    ]);
  });

  test('a row that the disk changed is told by name, to whoever asks, and changes nothing', async () => {
    const hold = await site.ask('hold.add', {
      reason: 'before the disk',
      minutes: 60,
      servers: [serverId('a1')],
      lanes: ['content'],
      components: [],
    });
    const data = join(site.site.informationServer.root, 'tracks/program/current/data');
    const database = new DatabaseSync(join(data, 'journal.sqlite'));
    const change = (from: string, to: string): void => {
      database.prepare('update holds set row = replace(row, ?, ?)').run(from, to);
    };
    change('before the disk', 'behind the disk');
    const before = journal();
    const damaged = { code: 'JOURNAL_ROW_DAMAGED', values: { table: 'holds' } } as const;
    isSaid(becauseOf('hold.list', await site.site.call('hold.list', {})), damaged);
    const release = await site.site.call('hold.release', { hold: hold.id });
    isSaid(becauseOf('hold.release', release), damaged);
    assert.deepEqual(journal(), before, 'nothing changed');
    change('behind the disk', 'before the disk');
    database.close();
    const { holds } = await site.ask('hold.list', {});
    assert.deepEqual(
      holds.map(({ reason }) => reason),
      ['before the disk'],
    );
    await site.ask('hold.release', { hold: hold.id });
  });

  test('acknowledged, and with a go-ahead for one group, it starts; the reason stands in the record', async () => {
    const reason = 'three test machines';
    const goAhead = `goAhead: [{code: ALL_IN_ONE_GROUP, reason: '${reason}'}]`;
    const text = planFile({ groups: oneGroup, more: [goAhead] });
    const params = { file: 'plan.yaml', text, acknowledged: true };
    const found = await site.ask('upgrade.plan', params);
    assert.equal(found.go, true);
    assert.deepEqual(found.precautions, ['Stop the backup first.']);
    assert.deepEqual(
      found.reasons.map(({ because, accepted }) => [because.code, accepted]),
      [['ALL_IN_ONE_GROUP', true]],
    );
    await site.ask('upgrade.start', { ...params });
    const [started] = await site.record('upgrade-started');
    assert.equal(started?.who, 'administrator');
    assert.deepEqual(started?.detail['goAhead'], [{ code: 'ALL_IN_ONE_GROUP', reason }]);
    assert.deepEqual(started?.detail['accepted'], ['ALL_IN_ONE_GROUP']);
    await isFinished();
  });

  async function isFinished(): Promise<void> {
    await site.waitFor(
      'the upgrade is finished',
      async () => (await site.status()).state === 'finished',
      60,
    );
  }

  const withReboot = async (): Promise<readonly string[]> =>
    (await site.tree()).filter((one) => one.rebootRecommended).map(({ server }) => server);

  test('a reboot is recommended from then on, and keeps no server from its next lease (D9)', async () => {
    const everybody = ['a1', 'a2', 'b1', 'tokyo'];
    await site.waitFor('a reboot is recommended everywhere', async () => {
      return (await withReboot()).toSorted().join() === everybody.join();
    });
    const { version } = others.next;
    const text = planFile({ version });
    await site.ask('upgrade.start', { file: 'plan.yaml', text });
    await isFinished();
    for (const name of everybody) assert.equal(await site.versionRunning(name), version);
    assert.equal((await site.record('server-upgraded')).length, 2 * servers.length);
    assert.deepEqual((await withReboot()).toSorted(), everybody, 'only a boot ends it');
  });
});
