/** Who is let in: tokens and sessions that live, are over, were revoked; logins and their limits. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attemptLimits } from '#domain/people/attempts.ts';
import { credentialLimits } from '#domain/people/credential.ts';
import { roles } from '#domain/people/person.ts';
import { goodPassword, installationSecret, Office, ownOrigin, shown } from './office.ts';

const { sessionIdleMs, sessionMs, loginTokenMs, tokenDaysDefault } = credentialLimits;
const dayMs = 86_400_000;

for (const role of roles) {
  test(`${role}: the token of a person carries his name, role and scope`, async () => {
    const office = await Office.open();
    const secret = await office.hire('sato', role, ['tokyo']);
    assert.deepEqual(await office.ok('whoami', {}, secret), {
      person: 'sato',
      role,
      scope: ['tokyo'],
    });
  });
}

test('a token that is narrower than its person allows no more than it was made for', async () => {
  const office = await Office.open();
  await office.hire('sato', 'administrator');
  const made = await office.ok('token.add', {
    person: (await office.ok('people.list', {})).people[0]?.person ?? assert.fail(),
    name: 'for a dashboard',
    role: 'viewer',
    scope: ['tokyo'],
  });
  assert.equal(await office.ask('site.show', {}, made.secret), 'done');
  assert.equal(await office.ask('agent.stop', {}, made.secret), 'ROLE_TOO_LOW');
  office.target = ['osaka'];
  assert.equal(await office.ask('upgrade.why', { server: 'b1' }, made.secret), 'SCOPE_TOO_SMALL');
});

test('a token becomes no more than its person is now', async () => {
  const office = await Office.open();
  const secret = await office.hire('sato', 'administrator');
  await office.ask('people.change', { person: 'sato', role: 'viewer' });
  assert.equal(await office.ask('agent.stop', {}, secret), 'ROLE_TOO_LOW');
});

test('an expired token is refused', async () => {
  const office = await Office.open();
  const secret = await office.hire('sato', 'viewer');
  office.now += tokenDaysDefault * dayMs - 1;
  assert.equal(await office.refusal({ bearer: secret }), 'in');
  office.now += 1;
  assert.equal(await office.refusal({ bearer: secret }), 'TOKEN_WRONG');
});

test('a revoked token is refused, and so are those of a person who left', async () => {
  const office = await Office.open();
  const secret = await office.hire('sato', 'viewer');
  const [token] = (await office.ok('token.list', {})).tokens.filter((one) => one.person === 'sato');
  assert.equal(await office.ask('token.revoke', { token: token?.token }), 'done');
  assert.equal(await office.refusal({ bearer: secret }), 'TOKEN_WRONG');
  assert.equal(await office.ask('token.revoke', { token: token?.token }), 'API_TOKEN_UNKNOWN');
  const other = await office.hire('mori', 'viewer');
  await office.ask('people.remove', { person: 'mori' });
  assert.equal(await office.refusal({ bearer: other }), 'TOKEN_WRONG');
});

test('what is no token, or another one with the same id, is refused', async () => {
  const office = await Office.open();
  const secret = await office.hire('sato', 'viewer');
  for (const bearer of ['', 'x', secret.slice(0, -1), `${secret}A`, secret.toUpperCase()]) {
    assert.equal(await office.refusal({ bearer }), 'TOKEN_WRONG', bearer);
  }
  assert.equal(await office.refusal({}), 'TOKEN_WRONG');
});

test('when a token was used last is written down, to the minute', async () => {
  const office = await Office.open();
  const secret = await office.hire('sato', 'viewer');
  const used = async () =>
    (await office.ok('token.list', {})).tokens.find((one) => one.person === 'sato')?.usedAt;
  assert.equal(await used(), null);
  await office.enter(secret);
  const first = office.now;
  assert.equal(await used(), first);
  office.now += 30_000;
  await office.enter(secret);
  assert.equal(await used(), first);
  office.now += 30_000;
  await office.enter(secret);
  assert.equal(await used(), office.now);
});

test("the installation's own token stands as long as its file, unless it was revoked", async () => {
  const office = await Office.open();
  await office.hire('abe', 'administrator');
  const { door } = office.people;
  const abe = await office.loggedIn('abe');
  await door.adoptInstallation('another-secret-in-that-file');
  assert.equal(await office.refusal({ bearer: installationSecret }), 'TOKEN_WRONG');
  await door.adoptInstallation(installationSecret);
  await office.ok('token.revoke', { token: 'installation' as never }, abe);
  assert.equal(await office.refusal({ bearer: installationSecret }), 'TOKEN_WRONG');
  await door.adoptInstallation(installationSecret);
  assert.equal(await office.refusal({ bearer: installationSecret }), 'TOKEN_WRONG', 'a restart');
  await door.adoptInstallation('a-fresh-one-in-that-file');
  assert.equal(await office.refusal({ bearer: 'a-fresh-one-in-that-file' }), 'in');
  await door.adoptInstallation(null);
  assert.equal(await office.refusal({ bearer: 'a-fresh-one-in-that-file' }), 'TOKEN_WRONG');
});

test('a login gives a token that is over after its time, or after logout', async () => {
  const office = await Office.open();
  await office.hire('sato', 'operator');
  const secret = await office.loggedIn('sato');
  assert.equal(await office.refusal({ bearer: secret }), 'in');
  assert.ok((await office.people.logins.end(shown({ bearer: secret }))).ok);
  assert.equal(await office.refusal({ bearer: secret }), 'TOKEN_WRONG');
  const other = await office.loggedIn('sato');
  office.now += loginTokenMs;
  assert.equal(await office.refusal({ bearer: other }), 'TOKEN_WRONG');
  const record = await office.record();
  assert.deepEqual(
    record.filter((line) => line.startsWith('sato')),
    ['sato login', 'sato logout', 'sato login'],
  );
});

test('logging out with a token that was made for a purpose leaves it to who made it', async () => {
  const office = await Office.open();
  const secret = await office.hire('sato', 'operator');
  assert.ok((await office.people.logins.end(shown({ bearer: secret }))).ok);
  assert.equal(await office.refusal({ bearer: secret }), 'in');
});

test('a session ends when nobody uses it, and some time anyhow', async () => {
  const office = await Office.open();
  await office.hire('sato', 'operator');
  const cookie = await office.loggedIn('sato', { form: 'cookie' });
  const from = { cookie, origin: ownOrigin };
  office.now += sessionIdleMs - 1;
  assert.equal(await office.refusal(from), 'in');
  office.now += sessionIdleMs - 1;
  assert.equal(await office.refusal(from), 'in', 'it was used in between');
  office.now += sessionIdleMs;
  assert.equal(await office.refusal(from), 'SESSION_OVER');
  const other = await office.loggedIn('sato', { form: 'cookie' });
  for (let passed = 0; passed < sessionMs; passed += sessionIdleMs / 2) {
    assert.equal(await office.refusal({ cookie: other, origin: ownOrigin }), 'in');
    office.now += sessionIdleMs / 2;
  }
  assert.equal(await office.refusal({ cookie: other, origin: ownOrigin }), 'SESSION_OVER');
});

test('a session lets no page of another origin ask', async () => {
  const office = await Office.open();
  await office.hire('sato', 'operator');
  const cookie = await office.loggedIn('sato', { form: 'cookie' });
  for (const origin of [
    null,
    'null',
    'https://evil.example',
    'http://tokyo.example:7443',
    `${ownOrigin}.evil`,
  ]) {
    assert.equal(await office.refusal({ cookie, origin }), 'ORIGIN_FOREIGN', String(origin));
  }
  const claim = { person: 'sato', password: goodPassword, form: 'cookie' } as const;
  const evidence = shown({ origin: 'https://evil.example' });
  const begun = await office.people.logins.begin(claim, evidence);
  assert.ok(!begun.ok && begun.because.code === 'ORIGIN_FOREIGN', 'nor log anybody in');
});

test('each login has a new secret, and ends the session that it was made from', async () => {
  const office = await Office.open();
  await office.hire('sato', 'operator');
  const first = await office.loggedIn('sato', { form: 'cookie' });
  const second = await office.loggedIn('sato', { form: 'cookie', cookie: first });
  assert.notEqual(first, second);
  assert.equal(await office.refusal({ cookie: first, origin: ownOrigin }), 'SESSION_OVER');
  assert.equal(await office.refusal({ cookie: second, origin: ownOrigin }), 'in');
});

test('a session is no token, and a token no session', async () => {
  const office = await Office.open();
  const token = await office.hire('sato', 'operator');
  const cookie = await office.loggedIn('sato', { form: 'cookie' });
  assert.equal(await office.refusal({ bearer: cookie }), 'TOKEN_WRONG');
  assert.equal(await office.refusal({ cookie: token, origin: ownOrigin }), 'SESSION_OVER');
});

test('login attempts are limited per account, and a success from there is heard all the same', async () => {
  const office = await Office.open();
  await office.hire('abe', 'administrator');
  await office.loggedIn('abe', { remote: '192.0.2.1' });
  const wrong = async (index: number) => {
    const end = await office.login('abe', {
      password: 'a wrong password',
      remote: `198.51.100.${index}`,
    });
    return end.ok ? 'in' : end.because.code;
  };
  const { failuresPerAccountMax } = attemptLimits;
  for (let index = 0; index < failuresPerAccountMax; index++) {
    assert.equal(await wrong(index), 'LOGIN_WRONG');
  }
  assert.equal(await wrong(200), 'LOGIN_TOO_OFTEN');
  const right = await office.login('abe', { remote: '203.0.113.7' });
  assert.ok(!right.ok && right.because.code === 'LOGIN_TOO_OFTEN', 'from a new address');
  assert.ok((await office.login('abe', { remote: '192.0.2.1' })).ok, 'from where he works');
});

test('login attempts are limited per address, also when many come at once', async () => {
  const office = await Office.open();
  const { failuresPerAddressMax } = attemptLimits;
  const ends = await Promise.all(
    Array.from({ length: failuresPerAddressMax + 5 }, (_, index) =>
      office.login(`person-${index}`, { remote: '198.51.100.1' }),
    ),
  );
  const codes = ends.map((end) => (end.ok ? 'in' : end.because.code));
  assert.equal(codes.filter((code) => code === 'LOGIN_WRONG').length, failuresPerAddressMax);
  assert.equal(codes.filter((code) => code === 'LOGIN_TOO_OFTEN').length, 5);
});

test('a password is guessed no faster by changing it than by logging in', async () => {
  const office = await Office.open();
  const token = await office.hire('sato', 'operator');
  const guess = (current: string) =>
    office.ask('password.change', { current, next: 'another set of words' }, token);
  const { failuresPerAccountMax } = attemptLimits;
  const guesses = Array.from({ length: failuresPerAccountMax + 2 }, (_, index) => `guess ${index}`);
  const codes: string[] = [];
  for (const current of guesses) codes.push(await guess(current));
  assert.deepEqual(
    codes.slice(0, failuresPerAccountMax),
    Array(failuresPerAccountMax).fill('LOGIN_WRONG'),
  );
  assert.equal(await guess(goodPassword), 'LOGIN_TOO_OFTEN', 'not even with the right one');
  const login = await office.login('sato', { remote: '203.0.113.7' });
  assert.ok(!login.ok && login.because.code === 'LOGIN_TOO_OFTEN', 'they count together');
  const refused = (await office.record()).filter((line) => line === 'sato login-refused');
  assert.equal(refused.length, failuresPerAccountMax, 'each stands in the record');
  office.now += attemptLimits.windowMs;
  assert.equal(await guess(goodPassword), 'done');
});

test('many logins that succeed are no attempts', async () => {
  const office = await Office.open();
  await office.hire('sato', 'operator');
  for (let turn = 0; turn < 3 * attemptLimits.failuresPerAddressMax; turn++) {
    await office.loggedIn('sato');
  }
  const { tokens } = await office.ok('token.list', {});
  assert.ok(tokens.length <= credentialLimits.sessionsPerPersonMax + 2, 'and the oldest are over');
});

test('the answer does not tell whether there is such an account', async () => {
  const office = await Office.open();
  await office.hire('sato', 'operator');
  const { failuresPerAccountMax } = attemptLimits;
  for (const name of ['sato', 'nobody']) {
    const codes: string[] = [];
    for (let index = 0; index <= failuresPerAccountMax; index++) {
      const remote = `${name}-${index}`;
      const end = await office.login(name, { password: 'a wrong password', remote });
      codes.push(end.ok ? 'in' : end.because.code);
    }
    assert.deepEqual(new Set(codes.slice(0, -1)), new Set(['LOGIN_WRONG']));
    assert.equal(codes.at(-1), 'LOGIN_TOO_OFTEN');
  }
});

test('what was typed as a name stands nowhere unless it is one', async () => {
  const office = await Office.open();
  await office.login('my-password-typed-as-a-name');
  assert.ok((await office.record()).includes('unknown login-refused'));
  assert.ok(!JSON.stringify(await office.details('login-refused')).includes('my-password'));
});
