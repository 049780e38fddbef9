/** `install` without a settings file: what it writes is what the daemons read. */

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readKit } from '#adapters/organisation/kit-file.ts';
import {
  testOrganisation,
  type TestOrganisation,
} from '#adapters/organisation/organisation.testing.ts';
import { brand, type Digest } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { refuse, type Result } from '#domain/result.ts';
import type { InstallRequest, Packages } from '#ports/packages.ts';
import { enrolmentTokenText, type Kit } from '#protocol/shared/organisation.ts';
import { install, type InstallOptions } from '#cli/commands/installation/install.ts';
import { readConfig as readAgent } from '#control-manager-agent/config.ts';
import { readConfig as readControlManager } from '#control-manager/config.ts';
import { readOwnSettings as readInformationServer } from '#information-server/config.ts';
import { readConfig as readNormalServer } from '#normal-server/config.ts';

let folder: string;
let acme: TestOrganisation;
let tokenFile: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dankai-settings-'));
  acme = await testOrganisation();
  tokenFile = join(folder, 'files-01.token');
  const token = {
    v: 1,
    site: 'tokyo',
    address: 'https://10.0.0.1:4481',
    organisation: brand<Digest>(acme.fingerprint),
    id: '0'.repeat(16),
    secret: 'A'.repeat(43),
  } as const;
  await writeFile(tokenFile, `${enrolmentTokenText(token)}\n`);
});

async function kitFile(name: string, kit: Kit): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, JSON.stringify(kit));
  return file;
}

after(() => rm(folder, { recursive: true }));

/** The last place before the disk: keeps what it was asked, and says no. */
function listening(): { readonly packages: Packages; readonly asked: InstallRequest[] } {
  const asked: InstallRequest[] = [];
  const no = async (): Promise<Result<never>> => refuse(problem('PACKAGE_ABSENT', { digest: '' }));
  const packages: Packages = {
    build: no,
    check: no,
    readTreeCommands: no,
    readVendorCommands: no,
    install: (request) => {
      asked.push(request);
      return no();
    },
    installer: async () => ({ ok: true, value: null }),
    standing: async () => null,
    upgrade: no,
    makeInstaller: no,
    readKit: (file) => readKit(file, no),
    layToken: no,
    layKit: no,
    layOrder: no,
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
  const everything = await requestOf({
    roles: ['control-manager', 'information-server'],
    insecureLoopback: true,
  });
  assert.deepEqual(await readableSections(everything), Object.keys(readers));
  const site = await requestOf({
    roles: ['information-server'],
    name: 'tokyo-01',
    kit: await kitFile('tokyo.kit', acme.site.kit),
    host: '10.0.0.1',
    controlManager: 'https://10.0.0.9:4471/',
  });
  const sections = ['informationServer', 'controlManagerAgent', 'normalServer'];
  assert.deepEqual(await readableSections(site), sections);
  const server = await requestOf({
    roles: ['normal-server'],
    name: 'サーバ1',
    domain: 'east',
    tokenFile,
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
  const top = await requestOf({ roles: ['information-server'], insecureLoopback: true });
  assert.match(top.tokens.console ?? '', /^[\w-]{43}$/);
  const below = await requestOf({ roles: ['normal-server'], tokenFile });
  assert.deepEqual(below.tokens, { console: undefined });
});

test('what was typed wrongly is refused before the disk is asked', async () => {
  const remote = 'http://10.0.0.1:4481';
  const local = 'http://127.0.0.1:4481';
  const [insecureLoopback, server] = [true, ['normal-server']];
  const siteKit = await kitFile('osaka.kit', acme.site.kit);
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
    ['KIT_ABSENT', { roles: ['information-server'] }],
    ['KIT_ABSENT', { roles: server, informationServer: 'https://a:1' }],
    ['KIT_ABSENT', { roles: ['information-server'], tokenFile }],
    ['KIT_OF_OTHER_ROLE', { roles: ['control-manager'], kit: siteKit }],
    ['KIT_OF_OTHER_ROLE', { roles: server, kit: siteKit }],
    ['KIT_OF_OTHER_ROLE', { roles: ['control-manager', 'information-server'], kit: siteKit }],
    ['KIT_UNREADABLE', { roles: ['information-server'], kit: tokenFile }],
    ['KIT_UNREADABLE', { roles: ['information-server'], kit: join(folder, 'absent') }],
    ['ENROLMENT_TOKEN_UNREADABLE', { roles: server, tokenFile: siteKit }],
  ];
  for (const [code, options] of wrong) {
    const { packages, asked } = listening();
    const answer = await install(packages, { root: join(folder, 'never'), ...options });
    assert.equal(!answer.ok && answer.because.code, code, JSON.stringify(options));
    assert.deepEqual(asked, []);
  }
});

test('a kit says of which site a computer is, and brings the key of its authority', async () => {
  const kit = await kitFile('tokyo-again.kit', acme.site.kit);
  const request = await requestOf({ roles: ['information-server'], name: 'tokyo-01', kit });
  assert.match(request.settings, /^ {2}site: "tokyo"$/m);
  assert.match(request.settings, /^ {2}server: "tokyo-01"$/m);
  const { key, certificate } = acme.site.authority;
  assert.deepEqual(request.trust, {
    organisation: acme.text,
    secrets: { 'authority.pem': `${key}${certificate}` },
  });
  assert.equal(await readFile(kit, 'utf8'), JSON.stringify(acme.site.kit), 'a refusal keeps it');
});

test('a token is laid down as it is, and says where to dial', async () => {
  const request = await requestOf({ roles: ['normal-server'], tokenFile });
  assert.match(request.settings, /^ {2}informationServer: enrolled$/m);
  const token = await readFile(tokenFile, 'utf8');
  assert.deepEqual(request.trust, { organisation: null, secrets: { 'enrolment.token': token } });
});
