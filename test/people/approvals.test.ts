/** What waits for approval: by two, by one who is recorded, by nobody's own hand. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brand, type PersonName, type RequestId } from '#domain/names.ts';
import { requestMsMax } from '#domain/people/approval.ts';
import { tieMs } from '#domain/people/ties.ts';
import { problem } from '#domain/problem.ts';
import { refuse } from '#domain/result.ts';
import { goodPassword, Office } from './office.ts';

const group = { group: 'A' };
const hold = { hold: 'hold-1' };

async function requestOf(office: Office, call: string, params: object, secret: string) {
  const because = await office.problem(call, params, secret);
  assert.equal(because.code, 'APPROVAL_NEEDED', JSON.stringify(because));
  return {
    id: brand<RequestId>(String(because.with['request'])),
    missing: because.with['missing'],
  };
}

test('where nobody else may approve, one is enough, and the record says so', async () => {
  const office = await Office.open();
  const mori = await office.hire('mori', 'approver');
  assert.equal(await office.ask('upgrade.approve', group, mori), 'done');
  assert.deepEqual(office.done, ['mori upgrade.approve']);
  assert.ok((await office.record()).includes('mori approved-by-one'));
});

test('a group is approved by two as soon as two people may approve', async () => {
  const office = await Office.open();
  const mori = await office.hire('mori', 'approver');
  const sato = await office.hire('sato', 'approver');
  const { id, missing } = await requestOf(office, 'upgrade.approve', group, mori);
  assert.equal(missing, 1);
  assert.deepEqual(office.done, []);
  const given = await office.ok('approval.give', { request: id }, sato);
  assert.deepEqual([given.by, given.call, given.answer], ['mori', 'upgrade.approve', 'done']);
  assert.deepEqual(office.done, ['mori upgrade.approve']);
  assert.deepEqual((await office.details('approval-given'))[0]?.['approvedBy'], ['mori', 'sato']);
});

test('his own approval is refused, asked again or given', async () => {
  const office = await Office.open();
  const mori = await office.hire('mori', 'approver');
  await office.hire('sato', 'approver');
  const { id } = await requestOf(office, 'upgrade.approve', group, mori);
  assert.equal(await office.ask('approval.give', { request: id }, mori), 'APPROVAL_OWN');
  const again = await requestOf(office, 'upgrade.approve', group, mori);
  assert.equal(again.id, id, 'the same request, not another one');
  assert.deepEqual(office.done, []);
});

test('the early release of a hold waits for another person', async () => {
  const office = await Office.open();
  const kato = await office.hire('kato', 'operator');
  const mori = await office.hire('mori', 'approver');
  const sato = await office.hire('sato', 'approver');
  const { id, missing } = await requestOf(office, 'hold.release', hold, kato);
  assert.equal(missing, 2, 'an operator may ask, and does not count');
  assert.equal(await office.ask('approval.give', { request: id }, kato), 'ROLE_TOO_LOW');
  assert.equal(await office.ask('approval.give', { request: id }, mori), 'APPROVAL_NEEDED');
  assert.equal(await office.ask('approval.give', { request: id }, mori), 'APPROVAL_TWICE');
  assert.deepEqual(office.done, []);
  assert.equal(await office.ask('approval.give', { request: id }, sato), 'done');
  assert.deepEqual(office.done, ['kato hold.release']);
});

test('an upgrade is stopped at once by one operator, whatever approvals are wanted', async () => {
  const office = await Office.open(2);
  const kato = await office.hire('kato', 'operator');
  assert.equal(await office.ask('upgrade.stop', {}, kato), 'done');
  assert.equal(await office.ask('upgrade.pause', {}, kato), 'done');
  assert.equal(await office.ask('hold.release', hold, kato), 'APPROVAL_NEEDED');
});

test('with one approver, what an operator asks for waits for that one', async () => {
  const office = await Office.open();
  const kato = await office.hire('kato', 'operator');
  const mori = await office.hire('mori', 'approver');
  const { id } = await requestOf(office, 'hold.release', hold, kato);
  assert.equal(await office.ask('approval.give', { request: id }, mori), 'done');
  assert.deepEqual(office.done, ['kato hold.release']);
});

test('two who ask for the same stand behind it together', async () => {
  const office = await Office.open();
  const mori = await office.hire('mori', 'approver');
  const sato = await office.hire('sato', 'approver');
  await requestOf(office, 'upgrade.approve', group, mori);
  assert.equal(await office.ask('upgrade.approve', { group: 'B' }, sato), 'APPROVAL_NEEDED');
  assert.equal(await office.ask('upgrade.approve', group, sato), 'done');
  assert.deepEqual(office.done, ['mori upgrade.approve']);
});

test('a rule that wants two gets two, and the token of the installation is none of them', async () => {
  const office = await Office.open(2);
  const mori = await office.hire('mori', 'approver');
  const { id, missing } = await requestOf(office, 'hold.release', hold, mori);
  assert.equal(missing, 1);
  assert.equal(await office.ask('approval.give', { request: id }), 'APPROVER_UNNAMED');
  assert.equal(await office.ask('hold.release', hold), 'APPROVAL_NEEDED');
  assert.deepEqual(office.done, []);
});

test('a rule that wants one gets one, however many there are', async () => {
  const office = await Office.open(1);
  const mori = await office.hire('mori', 'approver');
  await office.hire('sato', 'approver');
  assert.equal(await office.ask('hold.release', hold, mori), 'done');
});

test('an approver of other domains counts for nothing here', async () => {
  const office = await Office.open();
  const mori = await office.hire('mori', 'approver');
  const ito = await office.hire('ito', 'approver', ['osaka']);
  office.target = ['tokyo'];
  assert.equal(await office.ask('upgrade.approve', group, mori), 'done', 'the only one for tokyo');
  assert.equal(await office.ask('upgrade.approve', group, ito), 'SCOPE_TOO_SMALL');
  office.target = ['osaka'];
  const { id } = await requestOf(office, 'upgrade.approve', { group: 'B' }, mori);
  office.target = ['osaka', 'tokyo'];
  assert.equal(
    await office.ask('approval.give', { request: id }, ito),
    'APPROVER_NEEDED',
    'a server moved out of his domains since',
  );
  office.target = ['osaka'];
  assert.equal(await office.ask('approval.give', { request: id }, ito), 'done');
});

test('a request that nobody approves in time is over', async () => {
  const office = await Office.open();
  const mori = await office.hire('mori', 'approver');
  const sato = await office.hire('sato', 'approver');
  const { id } = await requestOf(office, 'upgrade.approve', group, mori);
  office.now += requestMsMax;
  assert.equal(await office.ask('approval.give', { request: id }, sato), 'REQUEST_OVER');
  assert.deepEqual((await office.ok('approval.list', {}, sato)).requests, []);
  const anew = await requestOf(office, 'upgrade.approve', group, mori);
  assert.notEqual(anew.id, id);
});

test('it is carried out once, though two approve at once', async () => {
  const office = await Office.open();
  const mori = await office.hire('mori', 'approver');
  const sato = await office.hire('sato', 'approver');
  const abe = await office.hire('abe', 'administrator');
  const { id } = await requestOf(office, 'upgrade.approve', group, mori);
  const ends = await Promise.all(
    [sato, abe].map((secret) => office.ask('approval.give', { request: id }, secret)),
  );
  assert.deepEqual(ends.toSorted(), ['REQUEST_OVER', 'done']);
  assert.deepEqual(office.done, ['mori upgrade.approve']);
});

test('what could not be done anyhow waits for nobody', async () => {
  const office = await Office.open(2);
  const mori = await office.hire('mori', 'approver');
  office.against = problem('HOLD_OVER', { hold: 'hold-1' });
  assert.equal(await office.ask('hold.release', hold, mori), 'HOLD_OVER');
  assert.deepEqual((await office.ok('approval.list', {}, mori)).requests, []);
});

test('whoever asked must still be somebody who may, when it is carried out', async () => {
  for (const [change, expected] of [
    [{ role: 'viewer' }, 'ROLE_TOO_LOW'],
    [{ scope: ['osaka'] }, 'SCOPE_TOO_SMALL'],
    [null, 'REQUEST_OVER'],
  ] as const) {
    const office = await Office.open(2);
    const mori = await office.hire('mori', 'approver');
    const sato = await office.hire('sato', 'approver');
    const { id } = await requestOf(office, 'upgrade.approve', group, mori);
    const person = { person: 'mori' };
    await (change === null
      ? office.ask('people.remove', person)
      : office.ask('people.change', { ...person, ...change }));
    assert.equal(await office.ask('approval.give', { request: id }, sato), expected);
    assert.deepEqual(office.done, []);
  }
});

test('an approval counts no more when who gave it lost the right to, nor again when he is back', async () => {
  for (const [change, back] of [
    [{ role: 'operator' }, { role: 'approver' }],
    [{ scope: ['osaka'] }, { scope: 'whole' }],
    [null, null],
  ] as const) {
    const office = await Office.open(2);
    const kato = await office.hire('kato', 'operator');
    const mori = await office.hire('mori', 'approver');
    const sato = await office.hire('sato', 'approver');
    const { id } = await requestOf(office, 'hold.release', hold, kato);
    assert.equal(await office.ask('approval.give', { request: id }, mori), 'APPROVAL_NEEDED');
    const person = { person: 'mori' };
    await (change === null
      ? office.ask('people.remove', person)
      : office.ask('people.change', { ...person, ...change }));
    const [waiting] = (await office.ok('approval.list', {}, sato)).requests;
    assert.deepEqual([waiting?.approvedBy, waiting?.missing], [[], 2]);
    await (back === null
      ? office.hire('mori', 'approver')
      : office.ask('people.change', { ...person, ...back }));
    assert.equal(await office.ask('approval.give', { request: id }, sato), 'APPROVAL_NEEDED');
    assert.deepEqual(office.done, []);
    const kind = change === null ? 'person-removed' : 'person-changed';
    assert.deepEqual((await office.details(kind))[0]?.['approvalsStruck'], [id]);
  }
});

test('what was asked for by somebody who is gone is over, also for the next of his name', async () => {
  const office = await Office.open(2);
  const kato = await office.hire('kato', 'operator');
  const mori = await office.hire('mori', 'approver');
  const { id } = await requestOf(office, 'hold.release', hold, kato);
  await office.ask('people.remove', { person: 'kato' });
  await office.hire('kato', 'operator');
  assert.equal(await office.ask('approval.give', { request: id }, mori), 'REQUEST_OVER');
  assert.deepEqual((await office.details('person-removed'))[0]?.['requestsEnded'], [id]);
});

test('an administrator who makes himself a second person is seen to be behind both', async () => {
  const office = await Office.open();
  const abe = await office.hire('abe', 'administrator');
  office.now += tieMs;
  const person = { person: brand<PersonName>('puppet'), role: 'approver', scope: 'whole' } as const;
  await office.ok('people.add', { ...person, password: goodPassword }, abe);
  const puppet = await office.loggedIn('puppet');
  const { id } = await requestOf(office, 'hold.release', hold, abe);
  assert.equal(await office.ask('approval.give', { request: id }, puppet), 'done');
  const tie = { person: 'puppet', by: 'abe', at: office.now };
  assert.deepEqual((await office.details('approval-given'))[0]?.['ties'], [tie]);
});

test('so is one who takes an account over by a new password, or by a token of it', async () => {
  for (const takeOver of ['password', 'token'] as const) {
    const office = await Office.open();
    const abe = await office.hire('abe', 'administrator');
    await office.hire('mori', 'approver');
    await office.hire('sato', 'approver');
    office.now += tieMs;
    const mori = brand<PersonName>('mori');
    const taken =
      takeOver === 'token'
        ? (await office.ok('token.add', { person: mori, name: 'x' }, abe)).secret
        : await office
            .ok('people.change', { person: mori, password: 'known to abe now' }, abe)
            .then(() => office.loggedIn('mori', { password: 'known to abe now' }));
    await requestOf(office, 'hold.release', hold, taken);
    const [waiting] = (await office.ok('approval.list', {}, abe)).requests;
    const tie = { person: 'mori', by: 'abe', at: office.now };
    assert.deepEqual(waiting?.ties, [tie], takeOver);
  }
});

test('what goes wrong when it is carried out is told to who approved it, and it is over', async () => {
  const office = await Office.open();
  const mori = await office.hire('mori', 'approver');
  const sato = await office.hire('sato', 'approver');
  const { id } = await requestOf(office, 'upgrade.approve', group, mori);
  office.answer = refuse(problem('GROUP_UNKNOWN', { group: 'A' }));
  assert.equal(await office.ask('approval.give', { request: id }, sato), 'GROUP_UNKNOWN');
  assert.equal(await office.ask('approval.give', { request: id }, sato), 'REQUEST_OVER');
});

test('what waits is shown to those whom it concerns', async () => {
  const office = await Office.open();
  const mori = await office.hire('mori', 'approver');
  const ito = await office.hire('ito', 'approver', ['osaka']);
  await office.hire('sato', 'approver');
  const { id } = await requestOf(office, 'hold.release', hold, mori);
  const seen = async (secret: string) => (await office.ok('approval.list', {}, secret)).requests;
  assert.deepEqual(await seen(ito), []);
  assert.deepEqual(await seen(mori), [
    {
      request: id,
      call: 'hold.release',
      params: hold,
      by: 'mori',
      at: office.now,
      until: office.now + requestMsMax,
      approvedBy: ['mori'],
      missing: 1,
      ties: [{ person: 'mori', by: 'administrator', at: office.now }],
    },
  ]);
});

test('a request that nobody knows is said so', async () => {
  const office = await Office.open();
  assert.equal(await office.ask('approval.give', { request: 'request-x' }), 'REQUEST_UNKNOWN');
});
