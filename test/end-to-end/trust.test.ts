/**
 * A year in the life of an organisation, in one site of real processes: strangers come, a server is
 * let in and shut out, keys are stolen, a certificate expires while its server is off, and the
 * information server's computer is lost and comes back from its backup.
 */

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { z } from 'zod';
import { decode, encode } from '#adapters/database/rows-json.ts';
import { issueLeaf } from '#adapters/identity/authority-x509.ts';
import { certificateRequest } from '#adapters/identity/certificate-request.ts';
import type { TestSite } from '#adapters/organisation/organisation.testing.ts';
import { readCredentials, writeCredentials } from '#adapters/identity/trust-files.ts';
import { edgeLimits, limits } from '#adapters/link/limits.ts';
import { identityText } from '#domain/trust/identity.ts';
import { exportedLine } from '#protocol/record/export.ts';
import { Computer } from '../../scripts/site/computer.ts';
import { forgedBy } from '../../scripts/site/lanes.ts';
import { CommandLine } from './command-line-for-tests.ts';
import { verySlowSenders } from './floods-for-tests.ts';
import { becauseOf, newVersion, serverId, SiteForTests, valueOf } from './site-for-tests.ts';
import { fetched, impostor, refusalOf, spoken } from './strangers-for-tests.ts';

const dayMs = 86_400_000;
const minuteMs = 60_000;

describe('an organisation whose members are real processes', () => {
  let site: SiteForTests;
  let line: CommandLine;
  let elsewhere = '';
  let heads = '';
  let headsAbove = '';
  let osaka: TestSite;
  let slow: Promise<Record<string, number>>;

  before(async () => {
    elsewhere = await mkdtemp(join(tmpdir(), 'dankai-elsewhere-'));
    heads = join(elsewhere, 'tokyo.heads');
    headsAbove = join(elsewhere, 'control-manager.heads');
    for (const file of [heads, headsAbove]) await writeFile(file, '');
    await writeFile(join(elsewhere, 'passphrase'), 'correct horse battery staple\n', {
      mode: 0o600,
    });
    site = await SiteForTests.begin({
      servers: ['a1', 'b1'],
      settings: `  recordHeads: ${heads}\n`,
      managerSettings: `  recordHeads: ${headsAbove}\n`,
    });
    const { servers, console: people } = addresses('control-manager');
    slow = verySlowSenders({ servers, people, token: site.site.address().token ?? '' });
    line = await CommandLine.in(elsewhere, {
      DANKAI_PASSPHRASE_FILE: join(elsewhere, 'passphrase'),
      DANKAI_ROOT: root(),
    });
    osaka = await organisation().addSite('osaka');
  });
  after(async () => {
    await site?.end();
    await rm(elsewhere, { recursive: true, force: true });
  });

  const root = (): string => site.site.informationServer.root;

  function organisation() {
    assert.ok(site.site.trusted !== null);
    return site.site.trusted;
  }

  /** Of the information server, or of the control manager. */
  function addresses(of: 'information-server' | 'control-manager' = 'information-server') {
    const computer =
      of === 'control-manager' ? site.site.controlManager : site.site.informationServer;
    const run = computer.run(of);
    assert.ok(run !== null);
    return { servers: run.addresses.servers ?? '', console: run.addresses.console ?? '' };
  }

  const somePackage = (): string => {
    const { digest } = site.site.oldRelease.manifest.packages[0]?.archive ?? {};
    return `${addresses().servers}/v1/archives/${digest}`;
  };

  const isConnected = async (name: string): Promise<boolean> =>
    (await site.tree()).some(({ server, session }) => server === name && session.state !== 'none');

  async function certificateOf(name: string) {
    const { servers } = await site.ask('fleet.certificates', {});
    return servers.find(({ server }) => server === name);
  }

  async function credentialsOf(name: string) {
    return valueOf(name, await readCredentials(site.site.server(name).root, 'normal-server'));
  }

  test('TLS 1.2, and who shows no certificate, are refused by every listener', async () => {
    const manager = addresses('control-manager');
    for (const address of [...Object.values(addresses()), ...Object.values(manager)]) {
      assert.match(String(await refusalOf(address, 'TLSv1.2')), /PROTOCOL_VERSION/, address);
      assert.equal(await refusalOf(address, 'TLSv1.3'), null, address);
    }
    assert.deepEqual(await fetched(somePackage(), null), [403, 'CERTIFICATE_UNTRUSTED']);
    const content = `${manager.servers}/v1/content/${'0'.repeat(64)}`;
    assert.deepEqual(await fetched(content, null), [403, 'CERTIFICATE_UNTRUSTED']);
  });

  test('the stolen keys of another site speak for nobody here, and not for this site above', async () => {
    const a1 = { role: 'normal-server', site: 'tokyo', organisation: 'acme' } as const;
    const forged = await osaka.leaf({ ...a1, server: serverId('a1') });
    // Its authority may sign for its own site alone, so this never becomes a connection.
    await assert.rejects(
      spoken(`${addresses().servers}/v1/session`, { shown: forged, message: {} }),
    );
    const theirs = await osaka.normalServer('a1');
    assert.deepEqual(await fetched(somePackage(), theirs), [403, 'PEER_NOT_ADMITTED']);
    const hello = { type: 'hello', protocol: 1, site: 'tokyo', agentVersion: '5.70' };
    const [only] = await spoken(`${addresses('control-manager').servers}/v1/agent`, {
      shown: osaka.agent,
      message: hello,
    });
    const { because } = z.object({ because: z.record(z.string(), z.unknown()) }).parse(only);
    assert.equal(because['code'], 'SENDER_OTHER');
    assert.deepEqual(because['with'], {
      said: 'tokyo',
      proved: identityText(osaka.agent.identity),
    });
    assert.ok(await isConnected('a1'));
  });

  test('expired, used and foreign tokens let nobody in', async () => {
    const make = (server?: string) =>
      site.ask('fleet.token.add', {
        uses: 1,
        minutes: 60,
        ...(server === undefined ? {} : { server: serverId(server) }),
      });
    const [expired, bound, once] = [await make('x1'), await make('x2'), await make()];
    const journal = new DatabaseSync(join(root(), 'tracks/program/current/data/journal.sqlite'));
    const { row } = z
      .object({ row: z.string() })
      .parse(journal.prepare('select row from enrolment_tokens where id = ?').get(expired.id));
    const ended = encode({ ...decode<object>(row, 'enrolment_tokens'), until: 1 });
    journal.prepare('update enrolment_tokens set row = ? where id = ?').run(ended, expired.id);
    journal.close();
    const enrol = (server: string, { token }: { readonly token: string }, change: object = {}) => {
      const said = Buffer.from(token, 'base64url').toString();
      const body = {
        token: { ...z.record(z.string(), z.unknown()).parse(JSON.parse(said)), ...change },
        request: certificateRequest(osaka.agent.key),
        server,
        installId: `install-${server}`,
        machineId: `machine-${server}`,
      };
      return fetched(`${addresses().servers}/v1/enrol`, null, body);
    };
    assert.equal((await enrol('x1', expired))[1], 'ENROLMENT_TOKEN_EXPIRED');
    assert.equal((await enrol('x3', bound))[1], 'ENROLMENT_TOKEN_OF_OTHER');
    assert.equal((await enrol('x2', bound, { site: 'osaka' }))[1], 'ENROLMENT_TOKEN_OF_SITE');
    assert.deepEqual(await enrol('x2', once), [200, '']);
    assert.equal((await enrol('x3', once))[1], 'ENROLMENT_TOKEN_USED');
  });

  test('a stolen key of content signs no program: a release file of a thief who has it is refused whole', async () => {
    const forged = await forgedBy(await site.site.contentKey(), {
      folder: join(elsewhere, 'thief'),
      release: site.newRelease,
    });
    const refused = becauseOf('import', await site.site.importAsItIs(forged));
    assert.equal(refused.code, 'METADATA_UNSIGNED');
    const { components } = await site.ask('components.list', {});
    assert.ok(!JSON.stringify(components).includes(newVersion), 'nothing of it is here');
  });

  test('a server that is revoked is refused within a minute, and ever after', async (t) => {
    const stolen = await credentialsOf('b1');
    const [status] = await fetched(somePackage(), stolen);
    assert.equal(status, 200);
    const began = performance.now();
    await site.ask('fleet.revoke', { server: serverId('b1'), reason: 'stolen' });
    const refused = async () => (await fetched(somePackage(), stolen))[1] === 'CERTIFICATE_REVOKED';
    await site.waitFor('its key is refused', refused, 60);
    await site.waitFor('its session ends', async () => !(await isConnected('b1')), 60);
    const milliseconds = performance.now() - began;
    t.diagnostic(`refused and gone after ${Math.round(milliseconds)} ms`);
    assert.ok(milliseconds < minuteMs);
    const session = `${addresses().servers}/v1/session`;
    await assert.rejects(spoken(session, { shown: stolen, message: {} }), /403/);
    const renewal = { request: certificateRequest(stolen.key) };
    const [, code] = await fetched(`${addresses().servers}/v1/renew`, stolen, renewal);
    assert.equal(code, 'CERTIFICATE_REVOKED');
  });

  test('a certificate that expired while its server was off is renewed by its key; half a year later a token lets it in again', async () => {
    const computer = site.site.server('a1');
    const { authority } = organisation().site;
    const identity = { role: 'normal-server', site: 'tokyo', organisation: 'acme' } as const;

    /** The server was off since so many days before its certificate expired, and starts now. */
    async function returnsAfter(days: number): Promise<void> {
      const { key } = await credentialsOf('a1');
      const request = certificateRequest(key);
      const who = { ...identity, server: serverId('a1') };
      const now = Date.now() - (30 + days) * dayMs;
      const { certificate } = valueOf(
        'leaf',
        await issueLeaf(authority, { request, identity: who, now }),
      );
      const chain = `${certificate}${authority.certificate}`;
      valueOf('write', await writeCredentials(computer.root, 'normal-server', { key, chain }));
      computer.start();
    }

    await computer.stop();
    await site.waitFor('a1 is off', async () => !(await isConnected('a1')));
    await returnsAfter(20);
    await site.waitFor('a1 is back by itself', () => isConnected('a1'), 60);
    assert.ok(((await certificateOf('a1'))?.until ?? 0) > Date.now() + 20 * dayMs);

    await computer.stop();
    await returnsAfter(200);
    await site.waitFor('a1 says what it needs', () =>
      computer.log('normal-server').includes('ENROLMENT_TOKEN_ABSENT'),
    );
    assert.ok(!(await isConnected('a1')));
    const made = await line.run(['fleet', 'token', 'add', '--server', 'a1']);
    await writeFile(join(elsewhere, 'a1.token'), made.out, { mode: 0o600 });
    const enrol = ['enrol', '--root', computer.root, '--token-file', join(elsewhere, 'a1.token')];
    await line.plain(enrol, /tokyo/);
    await site.waitFor('a1 is let in again', () => isConnected('a1'), 90);
  });

  test('a lost computer comes back from its backup; its servers by themselves, who was revoked not at all', async (t) => {
    const backup = ['backup', '--root', root(), '--out', join(elsewhere, 'tokyo.backup')];
    await line.plain([...backup, '--with-secrets'], /tokyo/);
    const { servers: address } = addresses();
    // What comes after the backup is lost with the computer; heads of it stand elsewhere.
    await site.ask('fleet.token.add', { uses: 1, minutes: 60 });
    const late = await site.site.addServer('c1', 'web');
    await site.waitFor('c1 is connected', () => isConnected('c1'), 60);
    site.site.informationServer.killService('information-server');
    await site.waitFor('all are there again', async () =>
      (await Promise.all(['a1', 'c1'].map(isConnected))).every(Boolean),
    );
    const cut = join(elsewhere, 'cut.record');
    await writeFile(cut, cutOff(await line.plain(['audit', 'export'], /server-revoked/)));
    await line.plain(['audit', 'verify', cut], /Every line follows/);
    const found = await line.run(['audit', 'verify', cut, '--heads', heads]);
    assert.deepEqual([found.status, found.code], [1, 'RECORD_BROKEN'], found.out);

    const settings = await readFile(join(root(), 'settings.yaml'), 'utf8');
    await site.site.informationServer.pullCable();
    await rm(root(), { recursive: true });
    // The address is another's for a while: nobody tells it anything.
    const { authority } = organisation().organisation;
    const other = await impostor(Number(new URL(address).port), osaka.informationServer, authority);
    await site.waitFor('servers come to it', () => other.heard.connections >= 2, 60);
    await other.close();
    assert.equal(other.heard.bytes, 0);

    const began = performance.now();
    await Computer.install({
      root: root(),
      services: site.site.informationServer.services,
      settings,
      store: join(site.folder, 'store'),
      release: site.site.oldRelease,
      tokens: { console: site.site.address().token ?? '' },
      trust: { organisation: organisation().text, authority: organisation().site.authority },
    });
    const restore = ['restore', join(elsewhere, 'tokyo.backup'), '--root', root(), '--yes'];
    await line.plain([...restore, '--without-revocations'], /^tokyo in .* is as it was at /m);
    site.site.informationServer.start();
    await site.waitFor(
      'its servers are back by themselves',
      async () => (await Promise.all(['tokyo', 'a1', 'c1'].map(isConnected))).every(Boolean),
      90,
    );
    t.diagnostic(`everybody is back after ${Math.round(performance.now() - began)} ms`);
    assert.ok(late.pid('normal-server') !== null);
    assert.ok(!(await isConnected('b1')));
    assert.equal(
      (await fetched(somePackage(), await credentialsOf('b1')))[1],
      'CERTIFICATE_REVOKED',
    );
    assert.equal((await certificateOf('b1'))?.state, 'revoked');
    const [restored] = await site.record('journal-restored');
    assert.ok(restored !== undefined);
    await line.plain(['audit', 'verify'], /Every line follows/);
    const told = await line.run(['audit', 'verify', '--heads', heads]);
    assert.match(told.out, /restored/i);
  });

  test('bodies that dribble, and strangers who stay, are cut off in their time', async (t) => {
    const seconds = await slow;
    t.diagnostic(JSON.stringify(seconds));
    const bounds: Readonly<Record<string, number>> = {
      'a body to people': limits.bodyMs,
      'a stranger': edgeLimits.strangerMs,
    };
    for (const [what, milliseconds] of Object.entries(bounds)) {
      const took = (seconds[what] ?? 0) * 1_000;
      assert.ok(took > milliseconds - 500 && took < milliseconds + 5_000, `${what}: ${took} ms`);
    }
  });

  test('a control manager keeps heads of its record elsewhere, and by them a cut end is found', async () => {
    const manager = site.site.controlManager;
    const above = ['--root', manager.root];
    const exported = await line.plain(['audit', 'export', ...above], /epoch-begun/);
    manager.killService('control-manager');
    // As it starts it writes a head, behind all that was exported.
    const newest = async () => (await readFile(headsAbove, 'utf8')).trim().split('\n').length > 1;
    await site.waitFor('a head of its new life', newest, 60);
    const whole = join(elsewhere, 'above.record');
    await site.waitFor('it answers', async () => {
      const again = await line.run(['audit', 'export', ...above]);
      if (again.status !== 0) return false;
      await writeFile(whole, again.out);
      return again.out.length > exported.length;
    });
    const verify = (file: string) => line.run(['audit', 'verify', file, '--heads', headsAbove]);
    assert.equal((await verify(whole)).status, 0);
    const cut = join(elsewhere, 'above-cut.record');
    await writeFile(cut, exported);
    await line.plain(['audit', 'verify', cut], /Every line follows/);
    const found = await verify(cut);
    assert.deepEqual([found.status, found.code], [1, 'RECORD_BROKEN'], found.out);
  });
});

/** Without its newest lines, and the header says so: nothing in the file itself can show it. */
function cutOff(record: string): string {
  const [header = '', ...lines] = record.trimEnd().split('\n').slice(0, -4);
  const { hash, line } = exportedLine.parse(JSON.parse(lines.at(-1) ?? ''));
  const told = z.looseObject({}).parse(JSON.parse(header));
  return `${[JSON.stringify({ ...told, head: { hash, number: line.number } }), ...lines].join('\n')}\n`;
}
