/** `install` without a settings file: what it writes is what the daemons read. */

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { problem } from '#domain/problem.ts';
import { refuse, type Result } from '#domain/result.ts';
import type { InstallRequest, Packages } from '#ports/packages.ts';
import { install, type InstallOptions } from '../src/cli/commands/install.ts';
import { readConfig as readAgent } from '../src/control-manager-agent/config.ts';
import { readConfig as readControlManager } from '../src/control-manager/config.ts';
import { readOwnSettings as readInformationServer } from '../src/information-server/config.ts';
import { readConfig as readNormalServer } from '../src/normal-server/config.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dankai-settings-'));
});
after(() => rm(folder, { recursive: true }));

/** The last place before the disk: keeps what it was asked, and says no. */
function listening(): { readonly packages: Packages; readonly asked: InstallRequest[] } {
  const asked: InstallRequest[] = [];
  const no = async (): Promise<Result<never>> => refuse(problem('PACKAGE_ABSENT', { digest: '' }));
  const packages: Packages = {
    build: no,
    check: no,
    readTreeCommands: no,
    install: (request) => {
      asked.push(request);
      return no();
    },
  };
  return { packages, asked };
}

let count = 0;

async function requestOf(options: Omit<InstallOptions, 'root'>): Promise<InstallRequest> {
  const root = join(folder, `root-${(count += 1)}`);
  const { packages, asked } = listening();
  await install(packages, { root, ...options });
  const [request] = asked;
  assert.ok(request !== undefined, 'the disk was asked');
  await mkdir(root);
  await writeFile(join(root, 'settings.yaml'), request.settings);
  return request;
}

const readers = {
  controlManager: (root: string) => readControlManager(root, '5.80'),
  informationServer: readInformationServer,
  controlManagerAgent: readAgent,
  normalServer: readNormalServer,
} as const;

async function readableSections(request: InstallRequest): Promise<readonly string[]> {
  const text = await readFile(join(request.root, 'settings.yaml'), 'utf8');
  const sections = [...text.matchAll(/^(\w+):/gm)].map(([, name]) => name ?? '');
  for (const [name, read] of Object.entries(readers)) {
    const answer = await read(request.root);
    assert.equal(answer.ok, sections.includes(name), `${name}: ${JSON.stringify(answer)}`);
  }
  return sections;
}

test('each role gets its sections, and its daemons can read them', async () => {
  const everything = await requestOf({ roles: ['control-manager', 'information-server'] });
  assert.deepEqual(await readableSections(everything), Object.keys(readers));
  const site = await requestOf({
    roles: ['information-server'],
    name: 'tokyo',
    host: '10.0.0.1',
    controlManager: 'https://10.0.0.9:4471/',
  });
  const sections = ['informationServer', 'controlManagerAgent', 'normalServer'];
  assert.deepEqual(await readableSections(site), sections);
  const server = await requestOf({
    roles: ['normal-server'],
    name: 'サーバ1',
    domain: 'east',
    informationServer: 'https://10.0.0.1:4481',
  });
  assert.deepEqual(await readableSections(server), ['normalServer']);
  const read = await readNormalServer(server.root);
  assert.deepEqual(read.ok && [read.value.server, read.value.domain], ['サーバ1', 'east']);
});

test('for a trial on one computer every section says so', async () => {
  const trial = await requestOf({
    roles: ['control-manager', 'information-server'],
    insecureLoopback: true,
  });
  assert.deepEqual(await readableSections(trial), Object.keys(readers));
  assert.equal(trial.settings.match(/^ {2}insecureLoopback: accepted$/gm)?.length, 4);
  const server = await requestOf({
    roles: ['normal-server'],
    insecureLoopback: true,
    informationServer: 'http://127.0.0.1:4481',
  });
  assert.deepEqual(await readableSections(server), ['normalServer']);
});

test('only tiers that people ask have a token for them', async () => {
  const top = await requestOf({ roles: ['information-server'] });
  assert.match(top.tokens.console ?? '', /^[\w-]{43}$/);
  const informationServer = 'https://127.0.0.1:4481';
  const below = await requestOf({ roles: ['normal-server'], informationServer });
  assert.deepEqual(below.tokens, { console: undefined });
});

test('what was typed wrongly is refused before the disk is asked', async () => {
  const remote = 'http://10.0.0.1:4481';
  const local = 'http://127.0.0.1:4481';
  const [insecureLoopback, server] = [true, ['normal-server']];
  const wrong: readonly (readonly [string, Omit<InstallOptions, 'root'>])[] = [
    ['OPTION_WRONG', { roles: [] }],
    ['OPTION_WRONG', { roles: ['agent'] }],
    ['OPTION_WRONG', { roles: ['information-server'], name: '../x' }],
    ['OPTION_WRONG', { roles: ['information-server'], domain: 'a b' }],
    ['LINK_INSECURE', { roles: ['information-server'], insecureLoopback, host: '0.0.0.0' }],
    ['LINK_INSECURE', { roles: server, informationServer: remote }],
    ['LINK_INSECURE', { roles: server, informationServer: local }],
    ['LINK_INSECURE', { roles: server, insecureLoopback, informationServer: remote }],
    ['LINK_INSECURE', { roles: server, insecureLoopback, informationServer: 'https://a:1' }],
    ['ADDRESS_WRONG', { roles: server }],
    ['ADDRESS_WRONG', { roles: ['information-server'], controlManager: 'ftp://a:1' }],
    ['ADDRESS_WRONG', { roles: ['information-server'], controlManager: 'https://a:1/x' }],
    ['FILE_UNREADABLE', { roles: ['information-server'], settings: join(folder, 'absent') }],
  ];
  for (const [code, options] of wrong) {
    const { packages, asked } = listening();
    const answer = await install(packages, { root: join(folder, 'never'), ...options });
    assert.equal(!answer.ok && answer.because.code, code, JSON.stringify(options));
    assert.deepEqual(asked, []);
  }
});
