/**
 * Every command about who may enrol, about backups and about proving the record, at one real site
 * with certificates: its servers are installed, let in, shut out and brought back by commands alone.
 */

import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { X509Certificate } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { z } from 'zod';
import { aboutRootKey, writeSite } from '#adapters/organisation/organisation-authority.ts';
import { sealText } from '#adapters/secrets/sealed-text.ts';
import { informationServerCalls } from '#protocol/console/contract.ts';
import { CommandLine, triedElsewhere } from './command-line-for-tests.ts';
import { SiteForTests } from './site-for-tests.ts';

const token = informationServerCalls['fleet.token.add'].result;
const tokenView = informationServerCalls['fleet.token.revoke'].result;
const enrolled = informationServerCalls['fleet.approve'].result;
const certificates = informationServerCalls['fleet.certificates'].result;
const passphrase = 'correct horse battery staple';
const nobody = '0000000000000000';

describe('every command for enrolment, backups and the record', () => {
  let site: SiteForTests;
  let line: CommandLine;
  let here = '';
  const launchers = new Map<string, ChildProcess>();

  before(async () => {
    site = await SiteForTests.begin({ servers: [] });
    here = site.site.informationServer.root;
    await writeIn('passphrase', `${passphrase}\n`);
    line = await CommandLine.in(site.folder, {
      DANKAI_PASSPHRASE_FILE: join(site.folder, 'passphrase'),
      DANKAI_ROOT: here,
    });
  });

  after(async () => {
    for (const name of launchers.keys()) await stop(name);
    await site.end();
  });

  async function writeIn(name: string, text: string): Promise<string> {
    const file = join(site.folder, name);
    await writeFile(file, text, { mode: 0o600 });
    return file;
  }

  /** What the information server says of that server's enrolment. */
  async function stateOf(name: string): Promise<string | null> {
    const { servers } = await site.ask('fleet.certificates', {});
    return servers.find(({ server }) => String(server) === name)?.state ?? null;
  }

  const isConnected = async (name: string) => {
    const found = (await site.tree()).find(({ server }) => String(server) === name);
    return found !== undefined && found.session.state !== 'none';
  };

  async function installAndRun(name: string, tokenFile: string): Promise<void> {
    const root = join(site.folder, name);
    const who = ['--role', 'normal-server', '--name', name, '--domain', 'web'];
    const from = ['--release', join(site.folder, 'old.release'), '--token-file', tokenFile];
    const laid = await line.run(['install', ...who, ...from, '--root', root]);
    assert.equal(laid.status, 0, laid.err);
    start(name);
  }

  function start(name: string): void {
    const run = [line.program, 'run', '--root', join(site.folder, name)];
    launchers.set(name, spawn(process.execPath, run, { stdio: 'ignore' }));
  }

  async function stop(name: string): Promise<void> {
    const launcher = launchers.get(name);
    if (launcher === undefined || launcher.exitCode !== null) return;
    const closed = once(launcher, 'close');
    launcher.kill();
    await closed;
  }

  test('tokens are made, listed and taken back', async () => {
    const add = ['fleet', 'token', 'add'];
    const printed = await line.plain(add, /It is shown this once/);
    assert.match(printed, /^[\w-]+\n$/, 'the token alone goes to stdout');
    const named = await line.json(token, [...add, '--server', 'files-01', '--for', '2h']);
    assert.deepEqual([named.server, named.usesMax, named.state], ['files-01', 1, 'open']);
    await line.refused([...add, '--uses', '0'], 2, 'OPTION_WRONG');
    const list = ['fleet', 'token', 'list'];
    await line.plain(list, new RegExp(`^${named.id} .*files-01`, 'm'));
    const { tokens } = await line.json(z.object({ tokens: z.array(tokenView) }), list);
    assert.equal(tokens.length, 2);
    assert.ok(!JSON.stringify(tokens).includes(printed.trim()));
    await line.refused([...list, '--token-file', 'absent'], 3, 'TOKEN_ABSENT');
    const other = tokens.find(({ id }) => id !== named.id)?.id ?? '';
    const revoke = ['fleet', 'token', 'revoke'];
    await line.plain([...revoke, named.id], /lets nobody in any more/);
    assert.equal((await line.json(tokenView, [...revoke, other])).state, 'revoked');
    await line.refused([...revoke, nobody], 3, 'ENROLMENT_TOKEN_UNKNOWN');
  });

  test('servers of a counted token wait, and are let in one by one', async () => {
    const made = await line.run(['fleet', 'token', 'add', '--uses', '2']);
    const file = await writeIn('counted.token', made.out);
    for (const name of ['c1', 'c2']) await installAndRun(name, file);
    for (const name of ['c1', 'c2']) {
      await site.waitFor(`${name} waits`, async () => (await stateOf(name)) === 'waiting');
    }
    await line.plain(['fleet', 'certificates'], /^Authority of tokyo[^]*^c1 +waiting/m);
    const approve = (name: string) => ['fleet', 'approve', name];
    await line.plain(approve('c1'), /^c1 is let in/m);
    assert.equal((await line.json(enrolled, approve('c2'))).state, 'enrolled');
    await line.refused(approve('nobody'), 1, 'SERVER_NOT_ENROLLED');
    for (const name of ['c1', 'c2']) {
      await site.waitFor(`${name} is connected`, () => isConnected(name), 90);
    }
    const { authority, servers } = await line.json(certificates, ['fleet', 'certificates']);
    assert.equal(authority?.site, 'tokyo');
    assert.ok(servers.every(({ state, until }) => state === 'enrolled' && until !== null));
    await line.refused(
      ['fleet', 'certificates', '--organisation', 'passphrase'],
      2,
      'ORGANISATION_UNREADABLE',
    );
  });

  test('servers are shut out at once, and come back with a new token only', async () => {
    const revoke = (name: string) => ['fleet', 'revoke', name, '--reason', 'stolen'];
    await line.refused(revoke('c1'), 2, 'CONFIRMATION_NEEDED');
    await line.plain([...revoke('c1'), '--yes'], /^c1 is shut out\.$/m);
    assert.equal((await line.json(enrolled, [...revoke('c2'), '--yes'])).state, 'revoked');
    for (const name of ['c1', 'c2']) {
      await site.waitFor(`${name} is gone`, async () => !(await isConnected(name)));
    }
    const enrol = async (name: string) => {
      const made = await line.run(['fleet', 'token', 'add', '--server', name]);
      const file = await writeIn(`${name}.token`, made.out);
      return ['enrol', '--root', join(site.folder, name), '--token-file', file];
    };
    const first = await enrol('c1');
    await line.plain(first, /tokyo/);
    const shape = z.object({ site: z.literal('tokyo'), address: z.string() });
    await line.json(shape, await enrol('c2'));
    const unreadable = ['--token-file', join(site.folder, 'passphrase')];
    await line.refused([...first.slice(0, 3), ...unreadable], 2, 'ENROLMENT_TOKEN_UNREADABLE');
    for (const name of ['c1', 'c2']) {
      // It would ask again within a minute by itself, too.
      await stop(name);
      start(name);
      await site.waitFor(`${name} is back`, () => isConnected(name), 90);
    }
  });

  test('the record is exported, and verified by itself and by what the servers were told', async () => {
    const exported = await line.plain(['audit', 'export'], /server-revoked/);
    const asJson = await line.run(['audit', 'export', '--json']);
    assert.equal(asJson.status, 0);
    const linesOf = (text: string) => text.split('\n').slice(1, -1);
    const [plain, json] = [linesOf(exported), linesOf(asJson.out)];
    assert.deepEqual(
      json.slice(0, plain.length),
      plain,
      'the same lines, for they are JSON already',
    );
    await line.refused(
      ['audit', 'export', '--root', join(site.folder, 'c9')],
      1,
      'INSTALLATION_ABSENT',
    );
    const file = await writeIn('tokyo.record', exported);
    const verify = ['audit', 'verify'];
    await line.plain([...verify, file], /Every line follows from the line before\./);
    const found = z.object({
      site: z.literal('tokyo'),
      lines: z.int(),
      problems: z.array(z.unknown()).length(0),
    });
    const { lines } = await line.json(found, [...verify, '--witnesses', '--site', 'tokyo']);
    assert.ok(lines + 1 >= exported.trim().split('\n').length);
    const changed = exported.replace('stolen', 'broken');
    assert.notEqual(changed, exported);
    const broken = await line.run([...verify, await writeIn('changed.record', changed)]);
    assert.deepEqual([broken.status, broken.code], [1, 'RECORD_BROKEN']);
    await line.refused([...verify, 'passphrase'], 2, 'FILE_UNREADABLE');
  });

  test('a backup is made of a running site, and put back into one that stands still', async () => {
    const backup = (name: string) => ['backup', '--root', here, '--out', join(site.folder, name)];
    const facts = z.object({
      site: z.literal('tokyo'),
      withStore: z.boolean(),
      withSecrets: z.boolean(),
    });
    await line.plain(backup('plain.backup'), /Private keys are not in it/);
    const sealed = [...backup('sealed.backup'), '--with-secrets', '--without-store'];
    const made = await line.json(facts, sealed);
    assert.deepEqual([made.withStore, made.withSecrets], [false, true]);
    await line.refused(backup('plain.backup'), 1, 'FILE_EXISTS');
    const unsaid = (name: string) => ['restore', join(site.folder, name), '--root', here, '--yes'];
    const restore = (name: string) => [...unsaid(name), '--without-revocations'];
    await line.refused(unsaid('plain.backup'), 2, 'REVOCATIONS_UNSAID');
    const unasked = restore('plain.backup').filter((one) => one !== '--yes');
    await line.refused(unasked, 2, 'CONFIRMATION_NEEDED');
    await line.refused(restore('plain.backup'), 1, 'INSTALLATION_RUNS');
    await site.site.informationServer.stop();
    await line.refused(restore('passphrase'), 2, 'BACKUP_UNREADABLE');
    await line.plain(restore('plain.backup'), /^tokyo in .* is as it was at /m);
    await line.json(facts, restore('sealed.backup'));
    site.site.informationServer.start();
    for (const name of ['c1', 'c2']) {
      await site.waitFor(`${name} is back`, () => isConnected(name), 90);
    }
    await line.plain(['audit', 'verify', '--witnesses'], /Every line follows/);
  });

  /** As 'dankai init' and 'dankai site add' would have left it; this site was made without them. */
  async function organisationFolder(): Promise<string> {
    const { trusted } = site.site;
    assert.ok(trusted !== null);
    const folder = join(site.folder, 'offline');
    const about = aboutRootKey(trusted.organisation.organisation);
    const sealed = await sealText(trusted.root.key, { about, passphrase });
    const { serialNumber, validToDate } = new X509Certificate(trusted.site.authority.certificate);
    const until = validToDate.getTime();
    const kits = [{ serial: serialNumber.toLowerCase(), madeAt: Date.now(), until }];
    await mkdir(join(folder, 'authority'), { recursive: true });
    await writeFile(join(folder, 'organisation.json'), trusted.text);
    await writeFile(join(folder, 'authority/root.key'), JSON.stringify({ format: 1, sealed }));
    await writeSite(folder, { site: 'tokyo', kits });
    return folder;
  }

  test('the authority of the site is taken back: its servers are shown out, and it comes back by a new kit', async () => {
    const folder = await organisationFolder();
    const offline = ['--organisation-folder', folder];
    const revoke = (name: string) => ['site', 'revoke', name, '--reason', 'stolen', ...offline];
    await line.refused(revoke('tokyo'), 2, 'CONFIRMATION_NEEDED');
    await line.refused([...revoke('kyoto'), '--yes'], 1, 'SITE_UNKNOWN');
    await line.run(['site', 'add', 'osaka', ...offline, '--out', join(site.folder, 'osaka.kit')]);
    const rehome = (name: string, to = 'osaka') => {
      const sites = ['--from', 'tokyo', '--to', to, '--at', 'https://127.0.0.1:4481', ...offline];
      return ['fleet', 'rehome', 'c1', 'c2', ...sites, '--out', join(site.folder, name)];
    };
    await line.plain(rehome('plain.order'), /^c1: dankai enrol --root ROOT --order .*\nc2: /m);
    const ordered = z.object({ to: z.literal('osaka'), servers: z.array(z.string()).length(2) });
    await line.json(ordered, rehome('json.order'));
    await line.refused(rehome('none.order', 'kyoto'), 1, 'SITE_UNKNOWN');
    const list = join(folder, 'authority/refused-authorities.crl');
    await line.plain([...revoke('osaka'), '--yes'], /osaka: 1 taken back by list/);
    const taken = informationServerCalls['organisation.import'].result;
    const bring = ['organisation', 'import', list];
    const first = await line.json(taken, bring);
    assert.equal(first.taken[0]?.authorities.length, 1);
    await line.plain(bring, /It stood here before/);
    await line.refused(['organisation', 'import', 'passphrase'], 1, 'NOTICE_UNREADABLE');
    assert.ok((await isConnected('c1')) && (await isConnected('c2')), 'nobody else is concerned');

    const revoked = z.object({ site: z.literal('tokyo'), file: z.literal(list) });
    await line.json(revoked, [...revoke('tokyo'), '--yes']);
    await line.plain(bring, /refused are 2:/);
    for (const name of ['c1', 'c2']) {
      await site.waitFor(`${name} is gone`, async () => !(await isConnected(name)), 60);
    }
    // The servers heard of it themselves before they were shown out, and refuse their old site.
    const known = join(site.folder, 'c1', 'trust/refused-authorities.crl');
    assert.equal(await readFile(known, 'utf8'), await readFile(list, 'utf8'));
    await line.plain(['audit', 'export'], /authorities-refused/);

    const kit = join(site.folder, 'tokyo-again.kit');
    assert.equal((await line.run(['site', 'add', 'tokyo', ...offline, '--out', kit])).status, 0);
    await site.site.informationServer.stop();
    const byKit = ['enrol', '--root', here, '--kit', kit, '--passphrase-file'];
    const laid = await line.run([...byKit, `${kit}.passphrase`]);
    assert.equal(laid.status, 0, laid.err);
    site.site.informationServer.start();
    for (const name of ['c1', 'c2']) {
      await site.waitFor('a token can be made', async () => {
        const made = await line.run(['fleet', 'token', 'add', '--server', name]);
        if (made.status !== 0) return false;
        const file = await writeIn(`${name}.token`, made.out);
        const root = join(site.folder, name);
        return (await line.run(['enrol', '--root', root, '--token-file', file])).status === 0;
      });
      await site.waitFor(`${name} is back under the new authority`, () => isConnected(name), 90);
    }
  });

  test('no command is without its case', () =>
    line.assertProved(triedElsewhere.trust, { json: ['audit export'] }));
});
