/**
 * Secrets of real programs, looked for wherever they must not be: logs, journals, arguments and
 * surroundings of all processes, answers to people below administrator.
 */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { callConsole } from '#adapters/link/console-client.ts';
import { brand, type PersonName } from '#domain/names.ts';
import type { Role } from '#domain/people/person.ts';
import { peopleCalls } from '#protocol/console/people-calls.ts';
import { bundled } from './bundled.ts';
import { everyAnswer, type Tier } from './calls-for-tests.ts';
import { SiteForTests, valueOf } from './site-for-tests.ts';

const password = 'correct horse battery staple';
const wrongPassword = 'a wrong guess that nobody should read';
const passphrase = 'five other words of a kit';
const bytesMax = 64 * 1024 * 1024;

/** Where secrets are at home. */
const homes = ['secrets', 'config', 'store', 'slots', 'launcher'];

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return homes.includes(entry.name) ? [] : filesIn(path);
    return entry.isFile() && statSync(path).size <= bytesMax ? [path] : [];
  });
}

/** What `ps` and whoever may look at a process would see. */
function processesOf(folder: string): string {
  const seen: string[] = [];
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'latin1');
      if (!line.includes(folder)) continue;
      seen.push(line, readFileSync(`/proc/${pid}/environ`, 'latin1'));
      seen.push(readFileSync(`/proc/${pid}/comm`, 'latin1'));
    } catch {
      // It ended meanwhile.
    }
  }
  return seen.join('\n');
}

/** The private half as its file has it, without the lines around it. */
const keyOf = (text: string): string =>
  text
    .replace(/-----[^-]+-----/g, '')
    .trim()
    .slice(0, 60);

test('secrets stand in no log, journal, argument, environment or answer', async (t) => {
  const site = await SiteForTests.begin({ servers: ['a1'] });
  t.after(() => site.end());
  const here = site.site.informationServer.root;
  const program = join(await bundled(), 'app', 'main.mjs');
  const seen: string[] = [];
  const look = setInterval(() => seen.push(processesOf(site.folder)), 50);
  t.after(() => clearInterval(look));

  async function dankai(...words: string[]): Promise<{ status: number | null; said: string }> {
    const child = spawn(process.execPath, [program, ...words, '--json'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'] ?? '',
        XDG_CONFIG_HOME: join(site.folder, 'config'),
        DANKAI_ROOT: here,
        DANKAI_PASSPHRASE_FILE: join(site.folder, 'config-passphrase'),
      },
    });
    let said = '';
    child.stdout.on('data', (piece: Buffer) => (said += piece.toString()));
    child.stderr.on('data', (piece: Buffer) => (said += piece.toString()));
    await once(child, 'close');
    return { status: child.exitCode, said };
  }

  const passwordFile = join(site.folder, 'config-password');
  const wrongFile = join(site.folder, 'config-wrong');
  await writeFile(passwordFile, password, { mode: 0o600 });
  await writeFile(wrongFile, wrongPassword, { mode: 0o600 });
  const given = ['--password-file', passwordFile];
  const added = await dankai('people', 'add', 'vito', '--role', 'viewer', ...given);
  assert.equal(added.status, 0, added.said);
  const made = await dankai('token', 'add', 'vito', '--name', 'cron');
  const apiToken = String(
    (JSON.parse(made.said.split('\n}')[0] + '\n}') as { secret: string }).secret,
  );
  assert.match(apiToken, /^dankai_/);
  const refused = await dankai('login', 'vito', '--password-file', wrongFile);
  assert.equal(refused.status, 3);
  const loggedIn = await dankai('login', 'vito', ...given);
  assert.equal(loggedIn.status, 0, loggedIn.said);
  const logins = await readFile(join(site.folder, 'config', 'dankai', 'logins.json'), 'utf8');
  const loginToken = /dankai_[A-Za-z0-9_-]+/.exec(logins)?.[0] ?? assert.fail('no login');

  /** A key and a kit of somebody else's organisation, sealed by their passphrase. */
  async function kitMade(): Promise<readonly string[]> {
    await writeFile(join(site.folder, 'config-passphrase'), passphrase, { mode: 0o600 });
    const folder = join(site.folder, 'beta');
    const program = ['--out', folder, '--organisation', 'beta'];
    const made = await dankai('init', ...program);
    const kit = ['--organisation-folder', folder, '--out', join(site.folder, 'kyoto.kit')];
    const added = await dankai('site', 'add', 'kyoto', ...kit);
    assert.deepEqual([made.status, added.status], [0, 0], `${made.said}${added.said}`);
    return [made.said, added.said];
  }

  const keyFiles = [here, site.site.controlManager.root].flatMap((root) =>
    readdirSync(join(root, 'secrets')).map((name) => join(root, 'secrets', name)),
  );
  const keys = keyFiles
    .map((file) => readFileSync(file, 'utf8'))
    .filter((text) => text.includes('PRIVATE KEY') || !text.includes('-----'))
    .map(keyOf);
  assert.ok(keys.length >= 2, keyFiles.join());
  const shown = await shownOnce(site);
  const secrets = [password, wrongPassword, passphrase, apiToken, loginToken, ...shown, ...keys];

  const answers: string[] = [refused.said, loggedIn.said, ...(await kitMade())];
  for (const tier of ['information-server', 'control-manager'] as const) {
    for (const role of ['viewer', 'operator', 'approver'] as const) {
      const { address } = site.site.address(tier);
      const token = await hired(site, tier, role);
      const said = await everyAnswer(tier, { address, token, role });
      for (const answer of said.values()) {
        assert.ok(!answer.includes(token), `its own token is not said to a ${role}`);
        answers.push(answer);
      }
      secrets.push(token);
    }
  }
  // As a viewer by commands: much of it refused.
  const words = [
    'site show',
    'fleet tree',
    'identify a1',
    'components',
    'catalogue show',
    'hold list',
    'upgrade status',
    'record',
    'evidence',
    'people list',
    'token list',
    'fleet token list',
    'fleet certificates',
    'agent stop',
    'approvals',
    'whoami',
    `approve request-${'x'.repeat(6)}`,
    'people remove vito --yes',
    `upgrade why ${apiToken.slice(0, 10)}`,
  ];
  for (const one of words) answers.push((await dankai(...one.split(' '))).said);
  assert.ok(answers.some((text) => text.includes('ROLE_TOO_LOW')));
  assert.equal((await dankai('logout')).status, 0);
  // Killed in the middle of things, and started again: what it says then is searched as well.
  site.site.informationServer.killService('information-server');
  await site.site.informationServer.ready('information-server');
  clearInterval(look);
  seen.push(processesOf(site.folder));

  const files = filesIn(site.folder).filter(
    (file) => !/config-(password|wrong|passphrase)$/.test(file),
  );
  assert.ok(files.some((file) => file.endsWith('journal.sqlite')));
  assert.ok(
    files.some((file) => /\.log/.test(file)),
    files.join('\n'),
  );
  const isSecretFree = (text: string | Buffer, where: string): void => {
    for (const secret of secrets) {
      assert.ok(!text.includes(secret), `${secret.slice(0, 12)}… in ${where}`);
    }
  };
  for (const text of new Set(seen)) isSecretFree(text, 'a process');
  for (const text of answers) isSecretFree(text, 'an answer');
  for (const file of files) isSecretFree(readFileSync(file), file);
  assert.ok(
    seen.some((text) => text.includes('information-server')),
    'processes were looked at',
  );
});

/** What is shown once and never again: of enrolments, of one sign-in, and of a browser's session. */
async function shownOnce(site: SiteForTests): Promise<readonly string[]> {
  const { token } = await site.ask('fleet.token.add', { uses: 1, minutes: 60 });
  const said = Buffer.from(token, 'base64url').toString();
  const { secret } = z.object({ secret: z.string() }).parse(JSON.parse(said));
  const place = site.site.address();
  const link = await callConsole(peopleCalls, place, { call: 'session.link', params: {} });
  const used = await callConsole(peopleCalls, place, { call: 'session.link', params: {} });
  const signIn = async (body: object, call: string): Promise<string> => {
    const sent = request(`${place.address}/v1/${call}`, {
      method: 'POST',
      rejectUnauthorized: false,
      agent: false,
      headers: { 'content-type': 'application/json', origin: place.address },
    }).end(JSON.stringify(body));
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    response.resume();
    const cookie = /=([^;]{20,});/.exec(String(response.headers['set-cookie']))?.[1];
    return cookie ?? assert.fail(`${call}: ${response.statusCode} and no cookie`);
  };
  const redeemed = valueOf('session.link', used).secret;
  const cookies = [
    await signIn({ person: 'vito', password, form: 'cookie' }, 'session.begin'),
    await signIn({ secret: redeemed }, 'session.redeem'),
  ];
  return [token, secret, valueOf('session.link', link).secret, redeemed, ...cookies];
}

async function hired(site: SiteForTests, tier: Tier, role: Role): Promise<string> {
  const place = site.site.address(tier);
  const person = brand<PersonName>(`${role}-of-all`);
  const account = { person, role, scope: 'whole' } as const;
  valueOf('hire', await callConsole(peopleCalls, place, { call: 'people.add', params: account }));
  const made = { person, name: 'for tests' };
  const given = await callConsole(peopleCalls, place, { call: 'token.add', params: made });
  return valueOf('token', given).secret;
}
