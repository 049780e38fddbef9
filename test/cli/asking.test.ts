/**
 * Whom commands ask and what they need for it: addresses, tokens, words, languages; and those that
 * ask nobody.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  answerCommands,
  asked,
  atSite,
  dankai,
  here,
  token,
  type Run,
} from './commands-for-tests.ts';

const controlManagerOnly = new Set(['feed.poll', 'control-manager.show']);
const fixtures = new URL('../fixtures/server-ini/', import.meta.url).pathname;

answerCommands();

test('the hold commands find out which tier they speak to', async () => {
  const file = join(here.folder, 'token');
  await writeFile(file, token);
  const there = ['--address', here.managerAddress, '--token-file', file];
  const runs = await Promise.all([
    atSite('hold', 'list'),
    dankai(['hold', 'list', '--root', here.managerRoot]),
    dankai(['hold', 'list', ...there]),
  ]);
  for (const { status, out, err } of runs) {
    assert.equal(status, 0, err);
    assert.equal(out, 'There is no hold.\n');
  }
});

test('an inconclusive ring and a version are let past, at either tier', async () => {
  const admit = ['content', 'admit', 'pattern', '1.103', '--reason', 'outbreak in Osaka'];
  const runs = [
    { call: 'content.pass', words: ['content', 'pass', '7', 'first'], says: /Ring first counts/ },
    { call: 'content.admit', words: admit, says: /Admitted for a day: pattern 1\.103/ },
  ];
  for (const { call, words, says } of runs) {
    for (const root of [here.root, here.managerRoot]) {
      const before = asked.length;
      const { status, err } = await dankai([...words, '--root', root]);
      assert.equal(status, 0, err);
      assert.match(err, says);
      assert.ok(asked.slice(before).some((one) => one.call === call));
    }
  }
});

test('holds are written as a calendar, and a series says how it repeats', async () => {
  const { status, out, err } = await dankai(['hold', 'calendar', '--root', here.managerRoot]);
  assert.equal(status, 0, err);
  assert.match(out, /^BEGIN:VCALENDAR\r\nVERSION:2\.0\r\n[^]*END:VCALENDAR\n$/);
  const add = ['hold', 'add', '--reason', 'freeze', '--json', '--root', here.managerRoot];
  for (const wrong of [
    ['--times', '3'],
    ['--every', 'century'],
    ['--from', '2026-12-25'],
  ]) {
    const run = await dankai([...add, ...wrong]);
    assert.equal(run.status, 2, wrong.join(' '));
    assert.match(run.out + run.err, /OPTION_WRONG/);
  }
});

test('a control manager is asked through its own folder; problems of a feed exit with 1', async () => {
  const { status, out } = await dankai(['feed', 'poll', '--root', here.managerRoot]);
  assert.equal(status, 1);
  assert.match(out, /The feed \/f cannot be read: ENOENT/);
  assert.ok(asked.some(({ call }) => controlManagerOnly.has(call)));
});

/** Each way of not reaching a server has its own code and status. */
const wrongWays: readonly (readonly [string, () => Promise<readonly string[]>, number])[] = [
  ['ADDRESS_ABSENT', async () => [], 2],
  ['ADDRESS_WRONG', async () => ['--address', 'tokyo:80', '--token-file', await tokenFile()], 2],
  ['INSTALLATION_ABSENT', async () => ['--root', join(here.folder, 'nowhere')], 1],
  ['TOKEN_ABSENT', async () => ['--address', here.siteAddress, '--token-file', '/nowhere'], 3],
  [
    'TOKEN_WRONG',
    async () => ['--address', here.siteAddress, '--token-file', await tokenFile('x')],
    3,
  ],
  [
    'ADDRESS_UNREACHABLE',
    async () => ['--address', await deadAddress(), '--token-file', await tokenFile()],
    3,
  ],
  [
    'NOT_DANKAI',
    async () => ['--address', await otherAddress(), '--token-file', await tokenFile()],
    3,
  ],
  [
    'CALL_UNKNOWN',
    async () => ['--address', here.managerAddress, '--token-file', await tokenFile()],
    1,
  ],
];
const others: Server[] = [];
after(() => others.forEach((one) => one.close()));

async function tokenFile(text = token): Promise<string> {
  const file = join(here.folder, `token-${text}`);
  await writeFile(file, text);
  return file;
}

async function deadAddress(): Promise<string> {
  const listener = createTcpServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  listener.close();
  await once(listener, 'close');
  return `http://127.0.0.1:${port}`;
}

async function otherAddress(): Promise<string> {
  const other = createServer((_request, response) => response.end('<html>It works!</html>'));
  other.listen(0, '127.0.0.1');
  await once(other, 'listening');
  others.push(other);
  return `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
}

for (const [code, words, expected] of wrongWays) {
  test(`not reached: ${code} is told apart, with exit status ${expected}`, async () => {
    const { status, out, err } = await dankai(['fleet', 'tree', '--json', ...(await words())]);
    assert.equal(status, expected, err);
    const { problem: because } = JSON.parse(out);
    assert.equal(because.code, code);
    assert.ok(because.sentence.length > 0 && because.remedy.length > 0);
  });
}

/** What was typed, the exit status, and what stands on standard error. */
const wrongUsage: readonly (readonly [readonly string[], RegExp])[] = [
  [['upgrade', 'strat'], /no command 'strat'\. Did you mean start\?/],
  [['fleeet'], /no command 'fleeet'\. Did you mean fleet\?/],
  [['fleet', 'tree', '--jsno'], /no option '--jsno' here\. Did you mean --json\?/],
  [['fleet', 'move', 'a1'], /--domain <domain> is needed/],
  [['upgrade', 'why'], /server is missing/],
  [['upgrade', 'why', 'a', 'b'], /More words follow 'why'/],
  [['fleet', 'move', '../a', '--domain', 'x'], /SERVER cannot be '\.\.\/a': a name is expected/],
  [
    ['hold', 'add', '--reason', 'r', '--for', '2', '--root', 'ROOT'],
    /--for cannot be '2': a duration/,
  ],
];

for (const [words, expected] of wrongUsage) {
  test(`wrong usage: dankai ${words.join(' ')}`, async () => {
    const { status, out, err } = await dankai(
      words.map((word) => (word === 'ROOT' ? here.root : word)),
    );
    assert.equal(status, 2, err);
    assert.match(err, expected);
    assert.equal(out, '');
  });
}

test('help has an example, in the language asked for, before or after the command', async () => {
  const [english, japanese, nothing] = await Promise.all([
    dankai(['upgrade', 'start', '--help']),
    dankai(['--language', 'ja', 'upgrade', 'start', '--help']),
    dankai([]),
  ]);
  assert.equal(english.status, 0);
  assert.match(
    english.out,
    /Example:\n {2}dankai upgrade start to-5\.80\.yaml --acknowledge --watch/,
  );
  assert.equal(japanese.status, 0);
  assert.match(japanese.out, /例:\n {2}dankai upgrade start/);
  assert.equal(nothing.status, 2);
  assert.match(nothing.err, /Usage: dankai/);
});

test('catalogue check: 0 clean, 1 drift, 2 wrong; no server, and the words without the library', async () => {
  const check = (file: string, ...more: string[]): Promise<Run> =>
    dankai(['catalogue', 'check', join(fixtures, file), ...more]);
  const [fine, drifted, japanese, json, absent] = await Promise.all([
    check('clean.ini', '--expect', '5.80'),
    check('drifted.ini', '--expect', '5.80'),
    check('drifted.ini', '--expect', '5.80', '--language', 'ja'),
    check('drifted.ini', '--expect', '5.80', '--json'),
    check('nothing.ini'),
  ]);
  assert.equal(fine.status, 0, fine.err);
  assert.equal(drifted.status, 1);
  assert.match(
    drifted.out,
    /\[Info_2_50000_4_1\]\nVersion=5\.80 {4}; expected\nVersion=5\.58 {4}; found/,
  );
  assert.match(japanese.err, /置き換える必要があります/);
  assert.equal(json.status, 1);
  assert.equal(JSON.parse(json.out).clean, false);
  assert.equal(absent.status, 2);
  assert.match(absent.err, /FILE_UNREADABLE/);
});

test('a name that is a daemon and a command: only --root and --data mean the daemon', async () => {
  const empty = join(here.folder, 'empty');
  const [daemon, started, command, other] = await Promise.all([
    dankai(['agent', '--root', empty]),
    dankai(['agent', '--root', here.root, '--data', here.folder]),
    atSite('agent', 'status'),
    atSite('information-server', 'upgrade'),
  ]);
  assert.equal(daemon.status, 1);
  assert.match(daemon.err, /INSTALLATION_ABSENT/);
  assert.match(started.out, /"service":"agent".*SETTINGS_UNREADABLE/);
  assert.equal(command.status, 0, command.err);
  assert.match(command.out, /Agent: stopped \(by hand\), version 5\.0/);
  assert.equal(other.status, 2);
  assert.match(other.err, /version is missing/);
});
