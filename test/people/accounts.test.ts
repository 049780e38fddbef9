/** Accounts and tokens, as administrators change them. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { credentialLimits } from '#domain/people/credential.ts';
import { goodPassword, installationSecret, Office, ownOrigin } from './office.ts';

test('an account is made, changed and removed, each in the record with who did it', async () => {
  const office = await Office.open();
  const abe = await office.hire('abe', 'administrator');
  assert.equal(
    await office.ask('people.add', { person: 'sato', role: 'viewer', scope: ['tokyo'] }, abe),
    'done',
  );
  assert.equal(
    await office.ask('people.change', { person: 'sato', role: 'operator' }, abe),
    'done',
  );
  const { people } = await office.ok('people.list', {}, abe);
  const sato = people.find((one) => one.person === 'sato');
  assert.deepEqual([sato?.role, sato?.scope, sato?.hasPassword], ['operator', ['tokyo'], false]);
  assert.equal(await office.ask('people.remove', { person: 'sato' }, abe), 'done');
  assert.deepEqual(
    (await office.record()).filter((line) => line.startsWith('abe')),
    ['abe person-added', 'abe person-changed', 'abe person-removed'],
  );
});

test('a call that is refused stands in the record as well', async () => {
  const office = await Office.open();
  const sato = await office.hire('sato', 'operator');
  assert.equal(await office.ask('people.remove', { person: 'sato' }, sato), 'ROLE_TOO_LOW');
  assert.deepEqual(await office.details('call-refused'), [
    { call: 'people.remove', code: 'ROLE_TOO_LOW' },
  ]);
});

test('names are taken once; the name of the installation never is', async () => {
  const office = await Office.open();
  await office.hire('sato', 'viewer');
  for (const person of ['sato', 'administrator']) {
    const added = await office.ask('people.add', { person, role: 'viewer', scope: 'whole' });
    assert.equal(added, 'PERSON_EXISTS');
  }
  for (const call of ['people.change', 'people.remove']) {
    assert.equal(await office.ask(call, { person: 'nobody' }), 'PERSON_UNKNOWN');
  }
});

test('a password that is too short is refused, and leaves the old one', async () => {
  const office = await Office.open();
  const weak = { person: 'sato', role: 'viewer', scope: 'whole', password: 'short' };
  assert.equal(await office.ask('people.add', weak), 'PASSWORD_WEAK');
  await office.hire('sato', 'viewer');
  const changed = await office.ask('people.change', { person: 'sato', password: 'short' });
  assert.equal(changed, 'PASSWORD_WEAK');
  assert.ok((await office.login('sato')).ok);
});

test('a new password ends what the old one began, and leaves tokens for machines', async () => {
  for (const change of ['own', "an administrator's"] as const) {
    const office = await Office.open();
    const machine = await office.hire('sato', 'viewer');
    const login = await office.loggedIn('sato');
    const cookie = await office.loggedIn('sato', { form: 'cookie' });
    const password = 'another set of words';
    const end =
      change === 'own'
        ? await office.ask('password.change', { current: goodPassword, next: password }, login)
        : await office.ask('people.change', { person: 'sato', password });
    assert.equal(end, 'done');
    assert.equal(await office.refusal({ bearer: login }), 'TOKEN_WRONG');
    assert.equal(await office.refusal({ cookie, origin: ownOrigin }), 'SESSION_OVER');
    assert.equal(await office.refusal({ bearer: machine }), 'in');
    assert.ok(!(await office.login('sato')).ok);
    assert.ok((await office.login('sato', { password })).ok);
  }
});

test('one changes his own password only with the old one', async () => {
  const office = await Office.open();
  const sato = await office.hire('sato', 'viewer');
  const next = 'another set of words';
  const wrong = { current: 'a wrong password', next };
  assert.equal(await office.ask('password.change', wrong, sato), 'LOGIN_WRONG');
  const weak = { current: goodPassword, next: 'short' };
  assert.equal(await office.ask('password.change', weak, sato), 'PASSWORD_WEAK');
  const unnamed = { current: installationSecret, next };
  assert.equal(await office.ask('password.change', unnamed), 'PERSON_UNKNOWN');
});

test('the last administrator of the whole stays, as long as nothing else lets anybody in', async () => {
  const office = await Office.open();
  const abe = await office.hire('abe', 'administrator');
  await office.hire('ito', 'administrator', ['osaka']);
  await office.ok('token.revoke', { token: 'installation' as never }, abe);
  const last = 'PERSON_LAST_ADMINISTRATOR';
  assert.equal(await office.ask('people.remove', { person: 'abe' }, abe), last);
  assert.equal(await office.ask('people.change', { person: 'abe', role: 'approver' }, abe), last);
  assert.equal(await office.ask('people.change', { person: 'abe', scope: ['tokyo'] }, abe), last);
  assert.equal(await office.ask('people.change', { person: 'ito', scope: 'whole' }, abe), 'done');
  assert.equal(await office.ask('people.remove', { person: 'abe' }, abe), 'done');
});

test("the installation's own token is not revoked while it is all that lets anybody in", async () => {
  const office = await Office.open();
  const revoked = await office.ask('token.revoke', { token: 'installation' });
  assert.equal(revoked, 'PERSON_LAST_ADMINISTRATOR');
});

test('tokens of one person are bounded, and those that are over make room', async () => {
  const office = await Office.open();
  await office.hire('sato', 'viewer');
  const { tokensPerPersonMax } = credentialLimits;
  const add = () => office.ask('token.add', { person: 'sato', name: 'one more', days: 1 });
  for (let made = 1; made < tokensPerPersonMax; made++) assert.equal(await add(), 'done');
  assert.equal(await add(), 'PEOPLE_TOO_MANY');
  office.now += 86_400_000;
  assert.equal(await add(), 'done');
  assert.ok((await office.ok('token.list', {})).tokens.length < 5);
});

test('no list and no line of the record holds what lets anybody in', async () => {
  const office = await Office.open();
  const sato = await office.hire('sato', 'administrator');
  const login = await office.loggedIn('sato');
  const lists = [
    await office.ok('people.list', {}),
    await office.ok('token.list', {}),
    await office.record(),
    ...(await Promise.all(
      ['person-added', 'token-added', 'login'].map((kind) => office.details(kind)),
    )),
  ];
  const text = JSON.stringify(lists);
  for (const secret of [sato, login, goodPassword, installationSecret, 'argon2', '$simulated$']) {
    assert.ok(!text.includes(secret), secret);
  }
});
