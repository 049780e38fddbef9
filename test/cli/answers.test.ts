/** What commands show of an answer, ask before they act, and end with. */

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { brand, type ComponentName } from '#domain/names.ts';
import { ok } from '#domain/result.ts';
import { informationServerCalls, type TreeServer } from '#protocol/console/contract.ts';
import {
  answerCommands,
  asked,
  atSite,
  dankai,
  here,
  server,
  type Deployed,
} from './commands-for-tests.ts';

answerCommands();

test('fleet tree: a session is encrypted or said not to be, with which version and since when', async () => {
  const since = 1_795_000_000_000;
  const sessions: readonly TreeServer['session'][] = [
    { state: 'new', since, encrypted: true },
    { state: 'old', since, encrypted: true },
    { state: 'old', since, encrypted: false },
    { state: 'none', since: null, encrypted: false },
    // As an information server of an earlier version says it.
    { state: 'old', since },
  ];
  const servers = sessions.map((session, index) => ({ ...server, server: `s${index}`, session }));
  here.treeOf = () => ok({ site: 'tokyo', domains: [{ domain: 'web', servers }] });
  for (const [language, expected] of [
    [
      'en',
      [
        'encrypted, new version, since 2',
        'encrypted, old version, since 2',
        'not encrypted, old version, since 2',
        'none',
        'old version, since 2',
      ],
    ],
    [
      'ja',
      [
        '暗号化、新バージョン、2',
        '暗号化、旧バージョン、2',
        '暗号化なし、旧バージョン、2',
        'なし',
        '旧バージョン、2',
      ],
    ],
  ] as const) {
    const { out } = await atSite('fleet', 'tree', '--language', language);
    const shown = expected.map((_, index) => new RegExp(`s${index} .*`).exec(out)?.[0] ?? '');
    for (const [index, words] of expected.entries()) {
      assert.ok(shown[index]?.includes(`  ${words}`), `${words} in ${shown[index]}`);
    }
  }
  here.treeOf = null;
});

test('fleet tree: a tree with right columns for Japanese names, and no colour in a pipe', async () => {
  const { status, out, err } = await atSite('fleet', 'tree');
  assert.equal(status, 0, err);
  const [head = '', top, domain, row = ''] = out.split('\n');
  assert.deepEqual([top, domain], ['tokyo', '└─ 東京']);
  assert.match(row, /^ {3}└─ ファイルサーバ-01 {2}5\.70\.1000 {2}pattern 1234 {2}old version/);
  // Each wide character takes two columns.
  assert.equal(head.indexOf('Program'), row.indexOf('5.70') + 'ファイルサーバ'.length);
  assert.equal(out.includes('\u001b['), false);
});

test("fleet tree: what a vendor's installer laid down is said not to be atomic", async () => {
  const programs = [
    { component: brand<ComponentName>('vendor'), version: '2.1', notAtomic: true as const },
    { component: brand<ComponentName>('watcher'), version: '3' },
  ];
  const servers = [{ ...server, programs, contents: [] }];
  here.treeOf = () => ok({ site: 'tokyo', domains: [{ domain: 'web', servers }] });
  assert.match((await atSite('fleet', 'tree')).out, /vendor 2\.1 \(not atomic\), watcher 3 /);
  here.treeOf = null;
});

test('--json prints one object that the contract can read, and nothing else', async () => {
  const { status, out } = await atSite('fleet', 'tree', '--json');
  assert.equal(status, 0);
  assert.equal(informationServerCalls['fleet.tree'].result.parse(JSON.parse(out)).site, 'tokyo');
});

/** Something that every command needs breaks: in the command itself, or where nobody waits. */
const breaks = {
  'thrown by the command': "throw new RangeError('broken')",
  'thrown at an event': "process.nextTick(() => { throw new RangeError('broken') })",
};

for (const [where, statement] of Object.entries(breaks)) {
  test(`a bug of ours, ${where}, is told with exit status 70 and says nothing on standard output`, async () => {
    const code =
      'const Whole = globalThis.AbortController;' +
      `globalThis.AbortController = class extends Whole { constructor() { super(); ${statement} } }`;
    const broken = { NODE_OPTIONS: `--import "data:text/javascript,${encodeURIComponent(code)}"` };
    const { status, out, err } = await dankai(
      ['fleet', 'tree', '--root', here.root, '--json'],
      broken,
    );
    assert.equal(status, 70, err);
    assert.equal(out, '');
    assert.match(err, /RangeError: broken/);
  });
}

test('colour stands where it was forced, and NO_COLOR forbids it', async () => {
  const words = ['catalogue', 'diff', '--root', here.root];
  const [coloured, plain] = await Promise.all([
    dankai(words, { FORCE_COLOR: '1' }),
    dankai(words, { NO_COLOR: '1' }),
  ]);
  assert.ok(coloured.out.includes('\u001b['));
  assert.equal(plain.out.includes('\u001b['), false);
});

test('catalogue diff: drift in the form of server.ini, exit status 1', async () => {
  const { status, out } = await atSite('catalogue', 'diff');
  assert.equal(status, 1);
  assert.equal(
    out,
    '[Info_2_50000_4_1]\n' +
      'Version=5.80    ; expected\nVersion=5.58    ; found\n' +
      'Path=a.zip,1    ; expected\n; Path: absent    ; found\n',
  );
});

test('what destroys something needs a person or --yes', async () => {
  const before = asked.length;
  const runs = await Promise.all([
    atSite('upgrade', 'stop'),
    atSite('catalogue', 'restore'),
    atSite('hold', 'release', 'hold-1'),
  ]);
  for (const { status, err } of runs) {
    assert.equal(status, 2);
    assert.match(err, /CONFIRMATION_NEEDED/);
  }
  const acted = asked
    .slice(before)
    .filter(
      ({ call, params }) =>
        call !== 'catalogue.restore' || !(params as { preview: boolean }).preview,
    );
  assert.deepEqual(acted, []);
  const stopped = await atSite('upgrade', 'stop', '--yes');
  assert.equal(stopped.status, 0, stopped.err);
  const restored = await atSite('catalogue', 'restore', '--yes');
  assert.equal(restored.status, 0, restored.err);
});

test('a wrong plan: file, line, column and what was expected; exit status 2, in both languages', async () => {
  const file = join(here.folder, 'wrong.yaml');
  await writeFile(
    file,
    "release: {version: '5.80.1179'}\ngroups:\n  - name: A\n    server: [a1]\n",
  );
  const [english, japanese, json] = await Promise.all([
    atSite('upgrade', 'plan', file),
    atSite('upgrade', 'plan', file, '--language', 'ja'),
    atSite('upgrade', 'start', file, '--json'),
  ]);
  assert.equal(english.status, 2);
  assert.ok(
    english.err.includes(
      `${file}, line 4, column 5: no such key; here one of these is expected: name, servers,`,
    ),
    english.err,
  );
  assert.ok(japanese.err.includes(`${file} の4行5桁: このキーは使えません。`), japanese.err);
  const because = JSON.parse(json.out).problem;
  assert.equal(because.code, 'PLAN_UNREADABLE');
  assert.deepEqual([because.with.line, because.with.column], [4, 5]);
});

test('upgrade plan shows traffic and precautions, and exits with 1 while something stands against it', async () => {
  const file = join(here.folder, 'good.yaml');
  await writeFile(file, "release: {version: '5.80.1179'}\ngroups: [{name: A, servers: [a1]}]\n");
  const refused = await atSite('upgrade', 'plan', file);
  assert.equal(refused.status, 1);
  assert.match(refused.out, /A +1 +50\.7 MiB +0\.7/);
  assert.match(refused.out, /PRECAUTIONS_UNREAD/);
  assert.match(refused.err, /Reboot at the next maintenance/);
  const before = asked.length;
  const notRead = await atSite('upgrade', 'start', file);
  assert.equal(notRead.status, 1);
  assert.equal(
    asked.slice(before).some(({ call }) => call === 'upgrade.start'),
    false,
  );
});

test('upgrade start --acknowledge --watch ends with the upgrade, 0 when it finished', async () => {
  const file = join(here.folder, 'good.yaml');
  await writeFile(file, "release: {version: '5.80.1179'}\ngroups: [{name: A, servers: [a1]}]\n");
  here.statusLooks = 0;
  const { status, out, err } = await atSite('upgrade', 'start', file, '--acknowledge', '--watch');
  assert.equal(status, 0, err);
  assert.match(err, /Network load: 50\.7 MiB in all/);
  assert.match(out, /to-5\.80: program 5\.80\.1179: finished/);
  assert.equal(here.statusLooks, 3);
});

for (const state of ['paused', 'stopped']) {
  test(`--watch ends with 1 where the upgrade is ${state}`, async (t) => {
    const file = join(here.folder, 'good.yaml');
    await writeFile(file, "release: {version: '5.80.1179'}\ngroups: [{name: A, servers: [a1]}]\n");
    here.statusAtEnd = state;
    t.after(() => (here.statusAtEnd = 'finished'));
    for (const words of [['start', file, '--acknowledge'], ['status']]) {
      here.statusLooks = 0;
      const { status, out, err } = await atSite('upgrade', ...words, '--watch', '--json');
      assert.equal(status, 1, err);
      assert.equal(
        informationServerCalls['upgrade.status'].result.parse(JSON.parse(out)).state,
        state,
      );
    }
  });
}

test('update now ends with 1 only where all that was offered was refused', async () => {
  const from = (source: string) => atSite('update', 'now', '--source', source);
  const [refused, partly, nothing] = await Promise.all([
    from('//program'),
    from('/pattern/program'),
    from('//'),
  ]);
  assert.deepEqual([refused.status, partly.status, nothing.status], [1, 0, 0]);
  assert.match(refused.out, /Refused: .*Info_2_50000_4_1/);
  assert.match(partly.out, /Here already: pattern 100\n/);
});

test('deploy shows precautions and bytes before it begins, and does not begin while they are unread', async () => {
  const words = ['deploy', '--servers', 'a1,a2'];
  const before = asked.length;
  const unread = await atSite(...words);
  assert.equal(unread.status, 1);
  assert.match(unread.err, /Reboot at the next maintenance/);
  assert.match(unread.err, /moves 50\.7 MiB to 2 server/);
  assert.match(unread.err, /PRECAUTIONS_UNREAD/);
  const read = await atSite(...words, '--acknowledge', '--ahead-of-information-server', 'a trial');
  assert.equal(read.status, 0, read.err);
  assert.match(read.err, /Reboot at the next maintenance[^]*50\.7 MiB/);
  assert.equal(read.out, 'Begun: deploy-1\n');
  const sent = asked.slice(before).map(({ params }) => params as Deployed);
  assert.deepEqual(
    sent.map(({ preview = false }) => preview),
    [true, true, false],
  );
  const { acknowledged, aheadOfInformationServer } = sent[2] ?? {};
  assert.deepEqual([acknowledged, aheadOfInformationServer], [true, 'a trial']);
});

for (const words of [['approve', 'B'], ['pause'], ['resume'], ['stop', '--yes'], ['why', 'a1']]) {
  test(`upgrade ${words[0]} --upgrade: what is asked names the upgrade`, async () => {
    const before = asked.length;
    await atSite('upgrade', ...words, '--upgrade', 'to-5.80');
    await atSite('upgrade', ...words);
    const named = asked.slice(before).map(({ params }) => Object(params).upgrade);
    assert.deepEqual(named, ['to-5.80', undefined]);
    const { status, err } = await atSite('upgrade', ...words, '--upgrade', 'not a name');
    assert.equal(status, 2);
    assert.match(err, /--upgrade/);
  });
}

test('upgrade why: one line', async () => {
  const { status, out } = await atSite('upgrade', 'why', 'a1');
  assert.equal(status, 0);
  assert.equal(out, 'a1: held: a1 has 1.0 KiB of disk free and needs 1.0 GiB.\n');
});

test('share import sends every byte of the file', async () => {
  const file = join(here.folder, 'release.dankai');
  await writeFile(file, Buffer.alloc(3_000_001, 7));
  here.imported = 0;
  const { status, out } = await atSite('share', 'import', file);
  assert.equal(status, 0);
  assert.equal(here.imported, 3_000_001);
  assert.match(out, /program 5\.80\.1179 stands in the share/);
  const absent = await atSite('share', 'import', join(here.folder, 'nothing'));
  assert.equal(absent.status, 2);
  assert.match(absent.err, /FILE_UNREADABLE/);
});
