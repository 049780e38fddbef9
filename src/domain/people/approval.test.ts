import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { brand, type PersonName, type RequestId } from '../names.ts';
import {
  againstApproval,
  approverRules,
  approversRequired,
  firstApprovals,
  isApproved,
  isWaiting,
  type Request,
} from './approval.ts';
import { roles, type Asker, type Person, type Role, type Scope } from './person.ts';

const named = (name: string, role: Role = 'approver', scope: Scope = 'whole'): Asker => ({
  name: brand<PersonName>(name),
  role,
  scope,
  isUnnamed: false,
  from: null,
});
const mori = named('mori');
const sato = named('sato');
const kato = named('kato', 'operator');
const installation: Asker = { ...named('administrator', 'administrator'), isUnnamed: true };

const request = (change: Partial<Request> = {}): Request => ({
  id: brand<RequestId>('request-1'),
  call: 'hold.release',
  params: {},
  target: ['tokyo'],
  by: mori.name,
  at: 100,
  until: 200,
  approvedBy: [mori.name],
  state: 'waiting',
  ...change,
});

function required(name: string, people: readonly Person[], expected: 1 | 2): void {
  test(`auto: ${name}`, () => assert.equal(approversRequired('auto', people, ['tokyo']), expected));
}

required('nobody is known by name', [], 1);
required('one may approve', [mori, kato], 1);
required('two may approve', [mori, sato], 2);
required('an administrator may approve as well', [mori, named('abe', 'administrator')], 2);
required('one of two is responsible for another part', [mori, named('ito', 'approver', ['o'])], 1);
required('both are responsible for this part', [mori, named('ito', 'approver', ['tokyo'])], 2);

test('a rule that says how many is obeyed, however many there are', () => {
  assert.equal(approversRequired(1, [mori, sato], 'whole'), 1);
  assert.equal(approversRequired(2, [], 'whole'), 2);
});

function check(
  name: string,
  asked: { of?: Partial<Request>; asker: Asker; required: 1 | 2; now?: number },
  expected: string | null,
): void {
  test(`approval: ${name}`, () => {
    const { asker, now = 150 } = asked;
    const against = againstApproval(request(asked.of), { asker, required: asked.required, now });
    assert.equal(against?.code ?? null, expected);
  });
}

check('another approver', { asker: sato, required: 2 }, null);
check('whoever asked, where two are required', { asker: mori, required: 2 }, 'APPROVAL_OWN');
check('whoever asked, where one is enough', { asker: mori, required: 1 }, null);
check('an operator', { asker: kato, required: 2 }, 'APPROVER_NEEDED');
check('an operator where one is enough', { asker: kato, required: 1 }, 'APPROVER_NEEDED');
check(
  'an approver of another part',
  { asker: named('ito', 'approver', ['osaka']), required: 2 },
  'APPROVER_NEEDED',
);
check(
  'an operator who asked and was made approver since approves no request of his own',
  { of: { by: sato.name, approvedBy: [] }, asker: sato, required: 2 },
  'APPROVAL_OWN',
);
check(
  'twice the same',
  { of: { by: kato.name, approvedBy: [sato.name] }, asker: sato, required: 2 },
  'APPROVAL_TWICE',
);
check('the token of the installation', { asker: installation, required: 2 }, 'APPROVER_UNNAMED');
check('that token, where one is enough', { asker: installation, required: 1 }, null);
check('at the last instant', { asker: sato, required: 2, now: 199 }, null);
check('after its end', { asker: sato, required: 2, now: 200 }, 'REQUEST_OVER');
check('after it was done', { of: { state: 'done' }, asker: sato, required: 2 }, 'REQUEST_OVER');

test('who asks counts as the first where he may approve himself', () => {
  assert.deepEqual(firstApprovals(mori, ['tokyo'], 2), [mori.name]);
  assert.deepEqual(firstApprovals(kato, ['tokyo'], 2), []);
  assert.deepEqual(firstApprovals(installation, ['tokyo'], 1), [installation.name]);
  assert.deepEqual(firstApprovals(installation, ['tokyo'], 2), []);
});

const asker: fc.Arbitrary<Asker> = fc.record({
  name: fc.constantFrom('mori', 'sato', 'kato').map((name) => brand<PersonName>(name)),
  role: fc.constantFrom(...roles),
  scope: fc.constantFrom<Scope>('whole', ['tokyo'], ['osaka']),
  isUnnamed: fc.boolean(),
  from: fc.constant(null),
});

test('whatever the order of who says yes: where two are required, two named approvers did', () => {
  fc.assert(
    fc.property(
      asker,
      fc.array(asker, { maxLength: 6 }),
      fc.constantFrom(...approverRules),
      (first, others, rule) => {
        const needed = approversRequired(rule, [mori, sato], ['tokyo']);
        let one = request({
          by: first.name,
          approvedBy: firstApprovals(first, ['tokyo'], needed),
        });
        for (const other of others) {
          if (isApproved(one.approvedBy, needed) || !isWaiting(one, 150)) break;
          if (againstApproval(one, { asker: other, required: needed, now: 150 }) !== null) continue;
          one = { ...one, approvedBy: [...one.approvedBy, other.name] };
        }
        if (!isApproved(one.approvedBy, needed)) return;
        assert.ok(one.approvedBy.length >= needed);
        assert.equal(new Set(one.approvedBy).size, one.approvedBy.length);
        for (const name of one.approvedBy) {
          assert.ok(
            [first, ...others].some(
              ({ name: known, role, scope, isUnnamed }) =>
                known === name &&
                (role === 'approver' || role === 'administrator') &&
                (scope === 'whole' || scope.includes('tokyo')) &&
                (needed === 1 || !isUnnamed),
            ),
          );
        }
      },
    ),
  );
});
