/**
 * What people and machines get wrong at a live site, each through the real command line: every
 * mistake is answered by its own code and exit status, and changes nothing.
 */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, open, readdir, stat, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { digestOfFile } from '#adapters/files/digest.ts';
import type { Problem, ProblemCode } from '#domain/problem.ts';
import { makeRelease, newVersion, oldVersion, serverId, SiteForTests } from './site-for-tests.ts';
import { compiled } from '../compiled.ts';

const main = new URL('../../src/cli/main.ts', import.meta.url).pathname;

type Run = { readonly status: number | null; readonly out: string; readonly err: string };

/** Words of a command, then what it must answer. */
type Case = readonly [
  words: readonly string[],
  status: 1 | 2 | 3,
  code: ProblemCode,
  values?: Readonly<Record<string, string | number>>,
];

describe('mistakes at a live site', () => {
  let site: SiteForTests;
  let root = '';
  let managerRoot = '';
  let folder = '';

  before(async () => {
    site = await SiteForTests.begin({
      servers: ['a1', { name: 'b1', domain: 'db' }],
      new: { precautions: ['Read me first.'] },
      // Nothing is signed, so that a mistake in a package is met by itself.
      isInsecure: true,
    });
    ({ folder } = site);
    root = site.site.informationServer.root;
    managerRoot = site.site.controlManager.root;
    await site.deliver({ version: '400' });
    await site.importNew();
    await site.waitFor('the pattern', async () =>
      (await site.contentOfAll('pattern')).every((version) => version === '400'),
    );
  });
  after(async () => {
    await site?.end();
  });

  async function dankai(words: readonly string[]): Promise<Run> {
    const child = spawn(process.execPath, [main, ...words, '--json'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'] ?? '',
        LANG: 'en_US.UTF-8',
        NODE_COMPILE_CACHE: compiled,
      },
    });
    const pieces = { out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (pieces.out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (pieces.err += text));
    await once(child, 'close');
    return { status: child.exitCode, ...pieces };
  }

  async function filesUnder(path: string): Promise<readonly string[]> {
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((one) => one.isFile())
      .map((one) => join(one.parentPath, one.name));
    const named = files.map(async (file) => `${file} ${(await stat(file)).size}`);
    return (await Promise.all(named)).toSorted((left, right) => left.localeCompare(right));
  }

  /** All that a mistake could have changed: record, catalogue, share, store, fleet, holds, plans. */
  async function everything(): Promise<object> {
    const manager = await site.askManager('control-manager.show', {});
    return {
      // What was asked for and refused stands there; nothing else does.
      record: (await site.record()).filter(
        ({ kind }) => !/^((release|upgrade)-refused|update-asked)$/.test(kind),
      ),
      catalogue: await site.ask('catalogue.show', {}),
      components: await site.ask('components.list', {}),
      fleet: (await site.tree()).map(({ lastSeen: _seen, ...server }) => server),
      holds: await site.ask('hold.list', {}),
      evidence: (await site.ask('evidence.list', {})).evidence.length,
      upgrade: await site.site.call('upgrade.status', {}),
      agent: (await site.ask('agent.status', {})).state,
      server_ini: await digestOfFile(join(root, 'share', 'server.ini')),
      files: [
        ...(await filesUnder(join(root, 'share'))),
        ...(await filesUnder(join(root, 'store'))),
      ],
      managerHolds: await site.askManager('hold.list', {}),
      sites: manager.sites.map(({ lastSeen: _seen, ...one }) => one),
    };
  }

  function problemOf({ out, err }: Run): Problem & { readonly sentence: string } {
    try {
      return (JSON.parse(out) as { problem: ReturnType<typeof problemOf> }).problem;
    } catch {
      return assert.fail(`one object is expected\n${out}\n${err}`);
    }
  }

  async function answeredAlone(cases: readonly Case[]): Promise<void> {
    const before = await everything();
    const waiting = [...cases];
    const worker = async (): Promise<void> => {
      for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) await check(one);
    };
    await Promise.all([worker(), worker()]);
    assert.deepEqual(await everything(), before, 'nothing changed');
  }

  async function check([words, status, code, values]: Case): Promise<void> {
    const run = await dankai(words);
    const typed = words.join(' ');
    const because = problemOf(run);
    assert.equal(because.code, code, `${typed}\n${run.out}\n${run.err}`);
    assert.equal(run.status, status, `${typed} ends with ${status}`);
    assert.ok(because.sentence.length > 0 && !because.sentence.includes('{{'), because.sentence);
    if (values !== undefined) assert.deepEqual(because.with, values, typed);
  }

  async function written(name: string, text: string): Promise<string> {
    const file = join(folder, name);
    await writeFile(file, text);
    return file;
  }

  const release = `release: {version: '${newVersion}'}\n`;
  const twoGroups = 'groups:\n  - {name: A, servers: [a1]}\n  - {name: B, servers: [b1]}\n';

  test('a wrong plan is answered with line and column, and what was expected', async () => {
    const plans: [name: string, text: string, line: number, column: number][] = [
      ['yaml', `${release}groups: [\n`, 3, 1],
      ['key', `${release}${twoGroups}gruops: []\n`, 5, 1],
      ['version', `release: {version: 5.80}\n${twoGroups}`, 1, 20],
      ['day', `${release}groups:\n  - {name: A, servers: [a1], from: soon}\n`, 3, 36],
      ['twice', `${release}${twoGroups}  - {name: A, servers: [b1]}\n`, 5, 12],
      ['nobody', `${release}groups:\n  - name: A\n`, 3, 5],
      ['lease', `lease: soon\n${release}${twoGroups}`, 1, 8],
    ];
    const cases: Case[] = [];
    for (const [name, text, line, column] of plans) {
      const file = await written(`${name}.yaml`, text);
      const verb = name === 'key' ? 'start' : 'plan';
      const run = await dankai(['upgrade', verb, file, '--root', root]);
      const because = problemOf(run);
      assert.equal(because.code, 'PLAN_UNREADABLE', `${name}: ${run.out}`);
      const { expected, ...place } = because.with;
      assert.deepEqual(place, { file, line, column }, name);
      assert.ok(String(expected).length > 0 && because.sentence.includes(`${line}`));
      cases.push([['upgrade', 'start', file, '--root', root], 2, 'PLAN_UNREADABLE']);
    }
    await answeredAlone(cases);
  });

  test('a plan that cannot be carried out is refused with its reason', async () => {
    const started = async (name: string, text: string): Promise<readonly string[]> => [
      'upgrade',
      'start',
      await written(`${name}.yaml`, text),
      '--root',
      root,
    ];
    const both = `${twoGroups}  - {name: C, servers: [a1]}\nprecautionsRead: true\n`;
    const one = 'groups:\n  - {name: A, servers: [a1, b1]}\nprecautionsRead: true\n';
    const stranger = `${release}groups:\n  - {name: A, servers: [a1, x9]}\n`;
    const version = `release: {version: '5.90'}\n${twoGroups}`;
    await answeredAlone([
      [await started('both', `${release}${both}`), 1, 'SERVER_IN_TWO_GROUPS'],
      [await started('one', `${release}${one}`), 1, 'ALL_IN_ONE_GROUP'],
      [await started('unread', `${release}${twoGroups}`), 1, 'PRECAUTIONS_UNREAD'],
      [await started('stranger', stranger), 2, 'PLAN_UNKNOWN_SERVER', { server: 'x9', group: 'A' }],
      [
        await started('version', version),
        1,
        'RELEASE_UNKNOWN',
        { component: 'program', version: '5.90' },
      ],
      [['upgrade', 'start', join(folder, 'nowhere.yaml'), '--root', root], 2, 'FILE_UNREADABLE'],
    ]);
  });

  test('a wrong package is refused whole: garbage, truncated, a flipped byte, another of that number', async () => {
    const copyOf = async (name: string): Promise<string> => {
      const file = join(folder, name);
      await makeRelease({ version: '5.80.1240', outFile: join(folder, 'next.release') });
      await copyFile(join(folder, 'next.release'), file);
      return file;
    };
    // Larger than what fits between the two: the answer comes long before the end of the bytes.
    const garbage = await written('garbage.release', 'not a release '.repeat(4_000_000));
    const empty = await written('empty.release', '');
    const torn = await copyOf('torn.release');
    const { size } = await stat(torn);
    await truncate(torn, Math.floor(size / 2));
    const flipped = await copyOf('flipped.release');
    const handle = await open(flipped, 'r+');
    const place = Math.floor(size / 2);
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, place);
    await handle.write(Buffer.from([(buffer[0] ?? 0) ^ 1]), 0, 1, place);
    await handle.close();
    const another = join(folder, 'another.release');
    await makeRelease({ version: newVersion, outFile: another, precautions: ['Other words.'] });
    const imported = (file: string): readonly string[] => ['share', 'import', file, '--root', root];
    await answeredAlone([
      [imported(garbage), 2, 'PACKAGE_UNREADABLE'],
      [imported(empty), 2, 'PACKAGE_UNREADABLE'],
      [imported(torn), 2, 'PACKAGE_UNREADABLE'],
      [imported(flipped), 1, 'PACKAGE_DIGEST_WRONG'],
      [imported(join(folder, 'nowhere.release')), 2, 'FILE_UNREADABLE'],
      [
        imported(another),
        1,
        'RELEASE_VERSION_TAKEN',
        { component: 'program', version: newVersion },
      ],
      [['release', 'show', garbage], 2, 'PACKAGE_UNREADABLE'],
      [['release', 'show', flipped], 1, 'PACKAGE_DIGEST_WRONG'],
    ]);
  });

  test('a wrong address is told apart: nobody there, no address, not Dankai, nothing installed', async (t) => {
    const stranger = createServer((_request, response) => response.end('welcome'));
    stranger.listen(0, '127.0.0.1');
    await once(stranger, 'listening');
    t.after(() => stranger.close());
    const address = stranger.address();
    assert.ok(address !== null && typeof address === 'object');
    const token = ['--token-file', join(root, 'secrets', 'console.token')];
    const empty = join(folder, 'empty');
    await mkdir(empty);
    const stop = ['agent', 'stop'];
    await answeredAlone([
      [[...stop, '--address', 'http://127.0.0.1:1', ...token], 3, 'ADDRESS_UNREACHABLE'],
      [[...stop, '--address', 'tokyo', ...token], 2, 'ADDRESS_WRONG', { address: 'tokyo' }],
      [[...stop, '--address', `http://127.0.0.1:${address.port}`, ...token], 3, 'NOT_DANKAI'],
      [stop, 2, 'ADDRESS_ABSENT'],
      [[...stop, '--root', empty], 1, 'INSTALLATION_ABSENT', { folder: empty }],
      [['sites', '--root', root], 2, 'OTHER_TIER'],
      [
        [...stop, '--address', site.site.address('control-manager').address, ...token],
        1,
        'CALL_UNKNOWN',
      ],
      [
        ['update', 'now', '--source', join(folder, 'nowhere'), '--root', root],
        1,
        'FEED_UNREADABLE',
      ],
    ]);
  });

  test('a wrong token opens neither console', async () => {
    const wrong = ['--token-file', await written('wrong.token', 'not-the-token\n')];
    const absent = ['--token-file', join(folder, 'no.token')];
    const at = (which: 'information-server' | 'control-manager'): readonly string[] => [
      '--address',
      site.site.address(which).address,
    ];
    const here = at('information-server');
    const plan = await written('good.yaml', `${release}${twoGroups}precautionsRead: true\n`);
    await answeredAlone([
      [['upgrade', 'start', plan, ...here, ...wrong], 3, 'TOKEN_WRONG'],
      [['share', 'import', join(folder, 'garbage.release'), ...here, ...wrong], 3, 'TOKEN_WRONG'],
      [['hold', 'add', '--reason', 'mine', ...here, ...wrong], 3, 'TOKEN_WRONG'],
      [['fleet', 'tree', ...here, ...wrong], 3, 'TOKEN_WRONG'],
      [['fleet', 'tree', ...here, ...absent], 3, 'TOKEN_ABSENT'],
      [['deliver', ...at('control-manager'), ...wrong], 3, 'TOKEN_WRONG'],
      [['feed', 'poll', ...at('control-manager'), ...wrong], 3, 'TOKEN_WRONG'],
    ]);
  });

  test('an unknown server, group, version, hold or site is named as such', async () => {
    const here = ['--root', root];
    const at = ['--root', managerRoot];
    const nobody = { server: 'x9' };
    const cases: Case[] = [
      [['upgrade', 'why', 'x9', ...here], 1, 'SERVER_UNKNOWN', nobody],
      [['identify', 'x9', ...here], 1, 'SERVER_UNKNOWN', nobody],
      [['fleet', 'move', 'x9', '--domain', 'web', ...here], 1, 'SERVER_UNKNOWN', nobody],
      [
        ['deploy', '--component', 'pattern', '--servers', 'x9', ...here],
        1,
        'SERVER_UNKNOWN',
        nobody,
      ],
      [
        ['hold', 'add', '--reason', 'mine', '--servers', 'x9', ...here],
        1,
        'SERVER_UNKNOWN',
        nobody,
      ],
      [['deploy', '--component', 'engine', '--servers', 'a1', ...here], 1, 'COMPONENT_UNKNOWN'],
      [
        ['deploy', '--component', 'pattern', '--version', '999', '--servers', 'a1', ...here],
        1,
        'RELEASE_UNKNOWN',
        { component: 'pattern', version: '999' },
      ],
      [
        ['deploy', '--acknowledge', '--component', 'program', '--servers', 'a1', ...here],
        1,
        'INFORMATION_SERVER_BEHIND',
        { running: oldVersion, target: newVersion },
      ],
      [['information-server', 'upgrade', '5.90', ...here], 1, 'RELEASE_UNKNOWN'],
      [['hold', 'release', 'hold-9', '--yes', ...here], 1, 'HOLD_UNKNOWN', { hold: 'hold-9' }],
      [['upgrade', 'approve', 'A', ...here], 1, 'NO_UPGRADE_YET'],
      [['upgrade', 'stop', '--yes', ...here], 1, 'NO_UPGRADE_YET'],
      [['upgrade', 'status', '--upgrade', 'x9', ...here], 1, 'UPGRADE_UNKNOWN', { upgrade: 'x9' }],
      [['site', 'move', 'osaka', '--folder', 'japan', ...at], 1, 'INFORMATION_SERVER_UNKNOWN'],
      [['site', 'move', 'tokyo', '--folder', 'mars', ...at], 1, 'FOLDER_UNKNOWN'],
      [['deliver', '--plan', 'mine', ...at], 1, 'DEPLOYMENT_PLAN_UNKNOWN', { plan: 'mine' }],
      [['hold', 'release', 'hold-9', '--yes', ...at], 1, 'HOLD_UNKNOWN', { hold: 'hold-9' }],
    ];
    await answeredAlone(cases);
  });

  test('beside a running upgrade: an unknown group, a second start, a group that waits for nobody', async () => {
    const text = `${release}precautionsRead: true
groups:
  - {name: A, servers: [a1], approve: true, gate: {soak: 0s}}
  - {name: B, servers: [b1], approve: true, gate: {soak: 0s}}
`;
    const plan = await written('waits.yaml', text);
    const here = ['--root', root];
    const started = await dankai(['upgrade', 'start', plan, ...here]);
    assert.equal(started.status, 0, started.err);
    await site.waitFor('group A waits', async () => {
      const { state, groups } = await site.status();
      return state === 'groups' && groups[0]?.because?.code === 'GROUP_NOT_OPEN';
    });
    await site.waitFor('everybody is connected', async () =>
      (await site.tree()).every(({ session }) => session.state !== 'none'),
    );
    // What the tier above hears arrives by itself; only then is 'nothing changed' a question.
    await site.waitFor('the control manager has heard of the end of the hold', async () => {
      const { sites } = await site.askManager('control-manager.show', {});
      const [one] = sites;
      return one?.agent === 'active' && one.agentVersion === newVersion && one.holds.length === 0;
    });
    const garbage = join(folder, 'garbage.release');
    await answeredAlone([
      [['upgrade', 'approve', 'X', ...here], 1, 'GROUP_UNKNOWN', { group: 'X' }],
      [['upgrade', 'start', plan, ...here], 1, 'UPGRADE_RUNNING'],
      [['upgrade', 'resume', ...here], 1, 'UPGRADE_NOT_IN_STATE'],
      [['share', 'import', garbage, ...here], 2, 'PACKAGE_UNREADABLE'],
      [
        ['deploy', '--acknowledge', '--component', 'program', '--servers', 'a1', ...here],
        1,
        'UPGRADE_RUNNING',
      ],
      [['upgrade', 'why', 'x9', ...here], 1, 'SERVER_UNKNOWN'],
    ]);
    assert.equal(await site.versionRunning('a1'), oldVersion);
    assert.equal((await dankai(['upgrade', 'stop', '--yes', ...here])).status, 0);
    assert.equal((await site.ask('upgrade.why', { server: serverId('a1') })).state, 'waiting');
  });
});
