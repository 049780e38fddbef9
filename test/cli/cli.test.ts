/**
 * The CLI as its users run it: real processes against a real listener that answers by the
 * contract. What the programs behind the calls do is tested elsewhere.
 */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pino } from 'pino';
import { bearer } from '#adapters/listener-asking.ts';
import { openListener, type Listener } from '#adapters/listener-fastify.ts';
import {
  brand,
  type ComponentName,
  type Digest,
  type DomainName,
  type GroupName,
  type Platform,
  type ServerId,
  type UpgradeId,
} from '#domain/names.ts';
import { readPlan } from '#adapters/plan-file.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import {
  controlManagerCalls,
  informationServerCalls,
  type InformationServerTable,
  type ParamsOf,
  type TreeServer,
  type UpgradeView,
} from '#protocol/console/contract.ts';
import { importPath } from '#protocol/console/share-import.ts';
import { compiled } from '../compiled.ts';

const main = new URL('../../src/cli/main.ts', import.meta.url).pathname;
const fixtures = new URL('../fixtures/server-ini/', import.meta.url).pathname;
const digest = brand<Digest>('a'.repeat(64));
const log = pino({ level: 'silent' });
const token = 'a-token';
const controlManagerOnly = new Set(['feed.poll', 'control-manager.show']);

type Run = { readonly status: number | null; readonly out: string; readonly err: string };

let folder = '';
let root = '';
let managerRoot = '';
let site: Listener;
let manager: Listener;
const asked: { call: string; params: unknown }[] = [];
let statusLooks = 0;
let statusAtEnd = 'finished';
let imported = 0;

async function dankai(
  words: readonly string[],
  surroundings: Readonly<Record<string, string>> = {},
): Promise<Run> {
  const child = spawn(process.execPath, [main, ...words], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'] ?? '',
      LANG: 'en_US.UTF-8',
      // Fifty starts of the same program: what one has compiled serves the others.
      NODE_COMPILE_CACHE: compiled,
      ...surroundings,
    },
  });
  const pieces = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (pieces.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (pieces.err += text));
  await once(child, 'close');
  return { status: child.exitCode, ...pieces };
}

const atSite = (...words: string[]): Promise<Run> => dankai([...words, '--root', root]);

const server = {
  server: brand<ServerId>('ファイルサーバ-01'),
  program: '5.70.1000',
  programs: [{ component: brand<ComponentName>('program'), version: '5.70.1000' }],
  contents: [{ component: brand<ComponentName>('pattern'), version: '1234' }],
  session: { state: 'old' as const, since: null },
  lastSeen: 1_795_000_000_000,
  platform: brand<Platform>('linux-x64'),
  os: 'Linux',
  state: 'waiting',
  group: brand<GroupName>('A'),
  rebootRecommended: null,
  bytesReceived: 0,
  bytesTotal: 0,
};

function upgrade(state: string): UpgradeView {
  return {
    upgrade: brand<UpgradeId>('to-5.80'),
    form: 'upgrade',
    component: brand<ComponentName>('program'),
    version: '5.80.1179',
    state,
    because: null,
    startedAt: 1_795_000_000_000,
    finishedAt: state === 'finished' ? 1_795_000_100_000 : null,
    mixedUntil: null,
    inFlight: 0,
    inFlightMax: 20,
    leaseSeconds: 600,
    bytesReceived: 53_166_776,
    groups: [],
  };
}

const drift = {
  clean: false,
  fields: [
    { section: 'Info_2_50000_4_1', field: 'Version', expected: '5.80', found: '5.58' },
    { section: 'Info_2_50000_4_1', field: 'Path', expected: 'a.zip,1', found: null },
  ],
  packages: [],
};
const clean = { clean: true, fields: [], packages: [] };

/** A plan is read as the information server reads it, then refused or let go by one rule. */
function planned(params: { file: string; text: string; acknowledged?: boolean }): Result<unknown> {
  const read = readPlan(params.text, params.file, {
    now: 1_795_000_000_000,
    fleet: [{ server: brand<ServerId>('a1'), domain: brand<DomainName>('tokyo') }],
    release: (component, version) =>
      version === '5.80.1179'
        ? ({ digest, manifest: { component, version } } as ReturnType<
            Parameters<typeof readPlan>[2]['release']
          >)
        : null,
    acknowledged: params.acknowledged,
  });
  if (!read.ok) return read;
  const because = problem('PRECAUTIONS_UNREAD', { version: '5.80.1179' });
  const reasons = read.value.precautionsRead
    ? []
    : [{ because, goAheadPossible: false, accepted: false }];
  return ok({
    go: reasons.length === 0,
    reasons,
    precautions: ['Reboot at the next maintenance.'],
    groups: [{ name: 'A', servers: 1, bytes: 53_166_776, linkSeconds: 42.5 }],
    unassigned: [],
  });
}

const offersProgram = problem('DELIVERY_OFFERS_PROGRAM', {
  section: 'Info_2_50000_4_1',
  version: '5.58',
});

type Deployed = ParamsOf<InformationServerTable, 'deploy'>;

let treeOf: (() => Result<unknown>) | null = null;

const answers: Readonly<Record<string, (params: never) => Result<unknown>>> = {
  'fleet.tree': () =>
    treeOf?.() ?? ok({ site: 'tokyo', domains: [{ domain: '東京', servers: [server] }] }),
  'fleet.move': () => ok({ done: true }),
  'catalogue.diff': () => ok(drift),
  'catalogue.restore': ({ preview }: { preview: boolean }) =>
    ok({ before: drift, restored: !preview, after: preview ? drift : clean }),
  deploy: (params: Deployed) => {
    const precautions = ['Reboot at the next maintenance.'];
    const because = problem('PRECAUTIONS_UNREAD', { version: '5.80.1179' });
    const go = params.acknowledged === true;
    const reasons = go ? [] : [{ because, goAheadPossible: false, accepted: false }];
    const preflight = { go, reasons, precautions, groups: [], unassigned: [] };
    const upgrade = params.preview === true ? null : 'deploy-1';
    return ok({ upgrade, servers: 2, bytes: 53_166_776, preflight });
  },
  'update.now': ({ source }: { source: string }) => {
    const [standing = '', refused = ''] = source.split('/').slice(1);
    return ok({
      taken: [],
      keptBack: [],
      standing: standing === '' ? [] : [{ component: standing, version: '100' }],
      refused: refused === '' ? [] : [offersProgram],
    });
  },
  'upgrade.plan': planned,
  'upgrade.start': () => ok(upgrade('groups')),
  'upgrade.status': () => ok(upgrade(++statusLooks < 3 ? 'groups' : statusAtEnd)),
  'upgrade.approve': () => ok(upgrade('groups')),
  'upgrade.pause': () => ok(upgrade('paused')),
  'upgrade.resume': () => ok(upgrade('groups')),
  'upgrade.stop': () => ok(upgrade('stopped')),
  'upgrade.why': () =>
    ok({
      server: 'a1',
      state: 'held',
      because: problem('DISK_TOO_SMALL', { server: 'a1', bytesFree: 1024, bytesNeeded: 2 ** 30 }),
    }),
  'hold.list': () => ok({ holds: [] }),
  'agent.status': () =>
    ok({
      state: 'stopped',
      because: 'by hand',
      version: '5.0',
      consequence: null,
      controlManager: null,
    }),
  'feed.poll': () =>
    ok({
      downloaded: [],
      problems: [problem('FEED_UNREADABLE', { feed: '/f', detail: 'ENOENT' })],
    }),
};

async function answer(call: string, params: unknown): Promise<Result<unknown>> {
  asked.push({ call, params });
  const found = answers[call];
  return found === undefined ? refuse(problem('CALL_UNKNOWN', { call })) : found(params as never);
}

async function layRoot(name: string, service: string, console: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(join(path, 'run'), { recursive: true });
  await mkdir(join(path, 'secrets'));
  await writeFile(join(path, 'settings.yaml'), '{}\n');
  await writeFile(join(path, 'secrets/console.token'), `${token}\n`);
  const run = { pid: 1, startedAt: 1, addresses: { console } };
  await writeFile(join(path, `run/${service}.json`), JSON.stringify(run));
  return path;
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dankai-cli-'));
  const security = { kind: 'insecure-loopback' } as const;
  const common = { host: '127.0.0.1', port: 0, security, log };
  site = await openListener({
    ...common,
    calls: { table: informationServerCalls, authenticate: bearer(token), answer },
    uploads: [
      {
        path: importPath,
        authenticate: bearer(token),
        bytesMax: 2 ** 30,
        receive: async (stream) => {
          for await (const piece of stream) imported += (piece as Buffer).length;
          return ok({ component: 'program', version: '5.80.1179', digest });
        },
      },
    ],
  });
  manager = await openListener({
    ...common,
    calls: { table: controlManagerCalls, authenticate: bearer(token), answer },
  });
  root = await layRoot('site', 'information-server', site.address);
  managerRoot = await layRoot('manager', 'control-manager', manager.address);
});

after(async () => {
  await site.close();
  await manager.close();
  await rm(folder, { recursive: true, force: true });
});

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
  treeOf = () => ok({ site: 'tokyo', domains: [{ domain: 'web', servers }] });
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
  treeOf = null;
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
    const { status, out, err } = await dankai(['fleet', 'tree', '--root', root, '--json'], broken);
    assert.equal(status, 70, err);
    assert.equal(out, '');
    assert.match(err, /RangeError: broken/);
  });
}

test('colour stands where it was forced, and NO_COLOR forbids it', async () => {
  const words = ['catalogue', 'diff', '--root', root];
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
  const file = join(folder, 'wrong.yaml');
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
  const file = join(folder, 'good.yaml');
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
  const file = join(folder, 'good.yaml');
  await writeFile(file, "release: {version: '5.80.1179'}\ngroups: [{name: A, servers: [a1]}]\n");
  statusLooks = 0;
  const { status, out, err } = await atSite('upgrade', 'start', file, '--acknowledge', '--watch');
  assert.equal(status, 0, err);
  assert.match(err, /Network load: 50\.7 MiB in all/);
  assert.match(out, /to-5\.80: program 5\.80\.1179: finished/);
  assert.equal(statusLooks, 3);
});

for (const state of ['paused', 'stopped']) {
  test(`--watch ends with 1 where the upgrade is ${state}`, async (t) => {
    const file = join(folder, 'good.yaml');
    await writeFile(file, "release: {version: '5.80.1179'}\ngroups: [{name: A, servers: [a1]}]\n");
    statusAtEnd = state;
    t.after(() => (statusAtEnd = 'finished'));
    for (const words of [['start', file, '--acknowledge'], ['status']]) {
      statusLooks = 0;
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
  const file = join(folder, 'release.dankai');
  await writeFile(file, Buffer.alloc(3_000_001, 7));
  imported = 0;
  const { status, out } = await atSite('share', 'import', file);
  assert.equal(status, 0);
  assert.equal(imported, 3_000_001);
  assert.match(out, /program 5\.80\.1179 stands in the share/);
  const absent = await atSite('share', 'import', join(folder, 'nothing'));
  assert.equal(absent.status, 2);
  assert.match(absent.err, /FILE_UNREADABLE/);
});

test('the hold commands find out which tier they speak to', async () => {
  const file = join(folder, 'token');
  await writeFile(file, token);
  const there = ['--address', manager.address, '--token-file', file];
  const runs = await Promise.all([
    atSite('hold', 'list'),
    dankai(['hold', 'list', '--root', managerRoot]),
    dankai(['hold', 'list', ...there]),
  ]);
  for (const { status, out, err } of runs) {
    assert.equal(status, 0, err);
    assert.equal(out, 'There is no hold.\n');
  }
});

test('a control manager is asked through its own folder; problems of a feed exit with 1', async () => {
  const { status, out } = await dankai(['feed', 'poll', '--root', managerRoot]);
  assert.equal(status, 1);
  assert.match(out, /The feed \/f cannot be read: ENOENT/);
  assert.ok(asked.some(({ call }) => controlManagerOnly.has(call)));
});

/** Each way of not reaching a server has its own code and status. */
const wrongWays: readonly (readonly [string, () => Promise<readonly string[]>, number])[] = [
  ['ADDRESS_ABSENT', async () => [], 2],
  ['ADDRESS_WRONG', async () => ['--address', 'tokyo:80', '--token-file', await tokenFile()], 2],
  ['INSTALLATION_ABSENT', async () => ['--root', join(folder, 'nowhere')], 1],
  ['TOKEN_ABSENT', async () => ['--address', site.address, '--token-file', '/nowhere'], 3],
  ['TOKEN_WRONG', async () => ['--address', site.address, '--token-file', await tokenFile('x')], 3],
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
    async () => ['--address', manager.address, '--token-file', await tokenFile()],
    1,
  ],
];
const others: Server[] = [];
after(() => others.forEach((one) => one.close()));

async function tokenFile(text = token): Promise<string> {
  const file = join(folder, `token-${text}`);
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
    const { status, out, err } = await dankai(words.map((word) => (word === 'ROOT' ? root : word)));
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
  const empty = join(folder, 'empty');
  const [daemon, started, command, other] = await Promise.all([
    dankai(['agent', '--root', empty]),
    dankai(['agent', '--root', root, '--data', folder]),
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
