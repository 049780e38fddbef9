/** Logins, cookies and tokens over real HTTP. */

import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { after, before, test } from 'node:test';
import { pino } from 'pino';
import { openListener, type Listener } from '#adapters/listener/listener-fastify.ts';
import { loginBytesMax, sessionCookie, shownBy } from '#adapters/listener/listener-people.ts';
import { brand, type PersonName } from '#domain/names.ts';
import { ok } from '#domain/result.ts';
import { informationServerCalls } from '#protocol/console/contract.ts';
import { peopleCalls } from '#protocol/console/people-calls.ts';
import { goodPassword, installationSecret, Office } from './office.ts';

let office: Office;
let listener: Listener;
const logged: string[] = [];

before(async () => {
  office = await Office.open();
  const { people } = office;
  listener = await openListener({
    host: '127.0.0.1',
    port: 0,
    security: { kind: 'insecure-loopback' },
    log: pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) }),
    calls: {
      table: { ...peopleCalls, ...informationServerCalls },
      authenticate: (asking) => people.authenticate(shownBy(asking)),
      answer: people.answer,
    },
    logins: people.logins,
    calendar: {
      name: 'is',
      authenticate: (asking) => people.authenticate(shownBy(asking)),
      answer: people.answer,
    },
    uploads: [
      {
        path: '/v1/share.import',
        authenticate: (asking) => people.authenticateFor('share.import', shownBy(asking)),
        bytesMax: 1_000,
        receive: async (_, by) => ok({ by: by.name }),
      },
    ],
  });
  await office.hire('sato', 'operator');
  await office.hire('vito', 'viewer');
});
after(() => listener.close());

type Answer = {
  readonly status: number;
  readonly cookies: readonly string[];
  readonly cache: string | undefined;
  readonly body: Record<string, unknown>;
};

/** Not `fetch`, which leaves out what a browser decides: origin, cookie, host. */
function post(call: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const asked = httpRequest(
      new URL(`/v1/${call}`, listener.address),
      { method: 'POST', headers: { 'content-type': 'application/json', ...headers } },
      (response) => {
        let said = '';
        response.on('data', (piece: Buffer) => (said += piece.toString()));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            cookies: response.headers['set-cookie'] ?? [],
            cache: response.headers['cache-control'],
            body: JSON.parse(said) as Answer['body'],
          }),
        );
      },
    );
    asked.on('error', reject);
    asked.end(text);
  });
}

const codeOf = ({ status, body }: Answer): string =>
  `${status} ${(body['problem'] as { code: string } | undefined)?.code ?? 'done'}`;

const login = (change: object = {}) => ({
  person: 'sato',
  password: goodPassword,
  form: 'cookie',
  ...change,
});

async function cookieOf(person = 'sato'): Promise<string> {
  const begun = await post('session.begin', login({ person }), { origin: listener.address });
  assert.equal(begun.status, 200);
  return begun.cookies[0]?.split(';')[0] ?? assert.fail('no cookie');
}

test('a calendar program reads holds by a token, which in an address may only look', async () => {
  office.answer = ok({
    holds: [
      {
        id: 'cm-1',
        reason: 'year end',
        owner: 'mori',
        from: 1_000,
        until: 61_000,
        servers: 'site',
        lanes: ['content'],
        components: [],
        active: false,
        keepsBack: [],
      },
    ],
  });
  const token = async (person: string, role?: 'viewer') => {
    const params = { person: brand<PersonName>(person), name: `calendar ${role}` };
    return (await office.ok('token.add', { ...params, ...(role ? { role } : {}) })).secret;
  };
  const mine = await token('sato');
  const looking = await token('sato', 'viewer');
  const get = async (search: string, headers: Record<string, string> = {}) => {
    const answer = await fetch(`${listener.address}/v1/holds.ics${search}`, { headers });
    const text = await answer.text();
    return `${answer.status} ${/SUMMARY:.*|"code":"[A-Z_]+"/.exec(text)?.[0]}`;
  };
  const basic = (secret: string) => {
    return { authorization: `Basic ${Buffer.from(`anybody:${secret}`).toString('base64')}` };
  };
  assert.equal(await get('', basic(mine)), '200 SUMMARY:year end');
  assert.equal(await get('', { authorization: `Bearer ${looking}` }), '200 SUMMARY:year end');
  assert.equal(await get(`?token=${looking}`), '200 SUMMARY:year end');
  office.done.length = 0;
  assert.equal(await get(`?token=${mine}`), '403 "code":"TOKEN_NOT_FOR_ADDRESSES"');
  assert.equal(await get(''), '401 "code":"TOKEN_WRONG"');
  assert.equal(await get('?token=nobody', basic(mine)), '401 "code":"TOKEN_WRONG"');
  assert.ok(!logged.some((line) => line.includes(looking)));
  assert.deepEqual(office.done, []);
  const asks = await fetch(`${listener.address}/v1/holds.ics`);
  assert.match(asks.headers.get('www-authenticate') ?? '', /^Basic /);
  office.answer = ok('done');
});

test('the cookie is out of reach of scripts, other sites and plain links; the answer has no secret', async () => {
  const begun = await post('session.begin', login(), { origin: listener.address });
  assert.equal(begun.cookies.length, 1);
  const [value = '', ...flags] = (begun.cookies[0] ?? '').split('; ');
  assert.match(value, new RegExp(`^${sessionCookie}=dankai_[a-z0-9]{12}_[A-Za-z0-9_-]{43,64}$`));
  assert.ok(sessionCookie.startsWith('__Host-'));
  assert.deepEqual(flags.toSorted(), ['HttpOnly', 'Path=/', 'SameSite=Strict', 'Secure']);
  assert.equal(begun.cache, 'no-store');
  assert.equal(begun.body['secret'], null);
  assert.deepEqual([begun.body['person'], begun.body['role']], ['sato', 'operator']);
});

test('CSRF: with the cookie alone, only a page of this very origin is heard', async () => {
  const cookie = await cookieOf();
  const own = { cookie, origin: listener.address };
  assert.equal(codeOf(await post('whoami', {}, own)), '200 done');
  const { host } = new URL(listener.address);
  for (const origin of [
    'https://evil.example',
    'null',
    `https://${host}`,
    `http://${host}.evil.example`,
    'http://127.0.0.1:1',
  ]) {
    const refused = await post('agent.stop', {}, { cookie, origin });
    assert.equal(codeOf(refused), '403 ORIGIN_FOREIGN', origin);
  }
  assert.equal(codeOf(await post('agent.stop', {}, { cookie })), '403 ORIGIN_FOREIGN');
  const form = { ...own, origin: 'https://evil.example', 'content-type': 'text/plain' };
  assert.equal(codeOf(await post('agent.stop', '{}', form)), '403 ORIGIN_FOREIGN');
  assert.deepEqual(office.done, []);
});

test('CSRF: nobody is logged in or out by a page of another origin', async () => {
  const evil = { origin: 'https://evil.example' };
  const begun = await post('session.begin', login(), evil);
  assert.deepEqual([codeOf(begun), begun.cookies], ['403 ORIGIN_FOREIGN', []]);
  const cookie = await cookieOf();
  assert.equal(codeOf(await post('session.end', {}, { ...evil, cookie })), '403 ORIGIN_FOREIGN');
  const own = { cookie, origin: listener.address };
  assert.equal(codeOf(await post('whoami', {}, own)), '200 done');
});

test('a login ends the session it was made from, and a logout takes the cookie away', async () => {
  const first = await cookieOf();
  const again = await post('session.begin', login(), { cookie: first, origin: listener.address });
  const second = again.cookies[0]?.split(';')[0] ?? '';
  const whoami = (cookie: string) => post('whoami', {}, { cookie, origin: listener.address });
  assert.equal(codeOf(await whoami(first)), '403 SESSION_OVER');
  assert.equal(codeOf(await whoami(second)), '200 done');
  const ended = await post('session.end', {}, { cookie: second, origin: listener.address });
  assert.match(ended.cookies[0] ?? '', /^__Host-dankai=; .*Max-Age=0/);
  assert.equal(codeOf(await whoami(second)), '403 SESSION_OVER');
});

test('a token comes in the header, and needs no origin', async () => {
  const begun = await post('session.begin', login({ form: 'token' }));
  assert.deepEqual(begun.cookies, []);
  const secret = String(begun.body['secret']);
  const bearer = { authorization: `Bearer ${secret}` };
  assert.equal((await post('whoami', {}, bearer)).body['person'], 'sato');
  assert.equal(codeOf(await post('session.end', {}, bearer)), '200 done');
  assert.equal(codeOf(await post('whoami', {}, bearer)), '403 TOKEN_WRONG');
});

test('a header that is no token is not helped by a cookie', async () => {
  const cookie = await cookieOf();
  for (const authorization of ['Bearer x', 'Basic c2F0bzpwYXNz', 'Bearer', '']) {
    const headers = { cookie, origin: listener.address, authorization };
    assert.equal(codeOf(await post('whoami', {}, headers)), '403 TOKEN_WRONG', authorization);
  }
});

test('nobody is let in without either, whatever stands in the cookie', async () => {
  assert.equal(codeOf(await post('site.show', {})), '403 TOKEN_WRONG');
  for (const cookie of [`${sessionCookie}=`, `${sessionCookie}=x; a=b`, 'a', '=;=;=%']) {
    const refused = await post('site.show', {}, { cookie, origin: listener.address });
    assert.match(codeOf(refused), /^403 (SESSION_OVER|TOKEN_WRONG)$/, cookie);
  }
});

test('an upload is refused to whoever may not import, before a byte of it', async () => {
  const stream = { 'content-type': 'application/octet-stream', origin: listener.address };
  const viewer = { ...stream, cookie: await cookieOf('vito') };
  assert.equal(codeOf(await post('share.import', 'bytes', viewer)), '403 ROLE_TOO_LOW');
  const operator = { ...stream, cookie: await cookieOf() };
  assert.deepEqual((await post('share.import', 'bytes', operator)).body, { by: 'sato' });
  assert.equal(codeOf(await post('share.import', 'bytes', stream)), '403 TOKEN_WRONG');
});

test('a wrong login says nothing of what was typed, and neither does the log', async () => {
  const typed = 'a-password-that-is-not-right';
  const wrong = await post('session.begin', login({ password: typed, form: 'token' }));
  assert.equal(codeOf(wrong), '403 LOGIN_WRONG');
  const unreadable = await post('session.begin', login({ password: 5, person: typed }));
  assert.equal(codeOf(unreadable), '400 MESSAGE_UNREADABLE');
  const broken = await post('session.begin', `{"password": "${typed}"`);
  assert.equal(codeOf(broken), '400 MESSAGE_UNREADABLE');
  const large = await post('session.begin', login({ password: typed.repeat(1_000) }));
  assert.equal(codeOf(large), '413 MESSAGE_TOO_LARGE');
  const said = JSON.stringify([wrong, unreadable, broken, large, logged]);
  for (const secret of [typed, goodPassword, installationSecret]) {
    assert.ok(!said.includes(secret), secret);
  }
  assert.ok(loginBytesMax < typed.repeat(1_000).length);
});

test('a sign-in link works once, from a page of this origin, and also for whoever has no account', async () => {
  const origin = { origin: listener.address };
  const installation = { authorization: `Bearer ${installationSecret}` };
  const made = await post('session.link', { person: 'sato' }, installation);
  const { secret } = made.body;
  const redeem = (headers: Record<string, string>) => post('session.redeem', { secret }, headers);
  assert.equal(codeOf(await redeem({ origin: 'https://evil.example' })), '403 ORIGIN_FOREIGN');
  const begun = await redeem(origin);
  assert.deepEqual([begun.body['person'], begun.body['secret']], ['sato', undefined]);
  const cookie = begun.cookies[0]?.split(';')[0] ?? '';
  assert.equal((await post('whoami', {}, { ...origin, cookie })).body['person'], 'sato');
  assert.deepEqual([codeOf(await redeem(origin))], ['403 LINK_OVER']);

  const own = await post('session.link', {}, installation);
  const first = await post('session.redeem', { secret: own.body['secret'] }, origin);
  assert.deepEqual([first.body['person'], first.body['role']], ['administrator', 'administrator']);
  const ofInstallation = { ...origin, cookie: first.cookies[0]?.split(';')[0] ?? '' };
  assert.equal(codeOf(await post('whoami', {}, ofInstallation)), '200 done');
  await office.people.door.adoptInstallation(null);
  assert.equal(codeOf(await post('whoami', {}, ofInstallation)), '403 SESSION_OVER');
  await office.people.door.adoptInstallation(installationSecret);
});

test('only an administrator makes a link, and only for somebody who is there', async () => {
  const cookie = await cookieOf();
  const asked = await post('session.link', {}, { cookie, origin: listener.address });
  assert.equal(codeOf(asked), '403 ROLE_TOO_LOW');
  const installation = { authorization: `Bearer ${installationSecret}` };
  const unknown = await post('session.link', { person: 'nobody' }, installation);
  assert.equal(codeOf(unknown), '404 PERSON_UNKNOWN');
});
